package durable_test

import (
	"errors"
	"path/filepath"
	"testing"

	"despatch/internal/durable"
)

func TestLockIsHeldByOneAndFreeWhenItEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := durable.Lock(path, 0o600)
	must(t, err)
	if second, err := durable.Lock(path, 0o600); !errors.Is(err, durable.ErrLocked) {
		t.Fatalf("a second lock gave %v, %v", second, err)
	}
	must(t, first.Close())
	again, err := durable.Lock(path, 0o600)
	must(t, err)
	must(t, again.Close())
	if _, err := durable.Lock(filepath.Join(path, "below"), 0o600); err == nil {
		t.Error("a lock below a file was taken")
	}
}
