package durable_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"despatch/internal/durable"
)

func TestBulkWritesNewFilesAndReplacesOldOnes(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "old"), []byte("before"), 0o600))
	var bulk durable.Bulk
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			if err := bulk.WriteNew(filepath.Join(dir, fmt.Sprint(i)), fmt.Append(nil, "data ", i), 0o644); err != nil {
				t.Error(err)
			}
		})
	}
	must(t, bulk.WriteFile(filepath.Join(dir, "old"), []byte("after"), 0o644))
	wait.Wait()
	must(t, bulk.Sync())
	must(t, bulk.Sync())
	mustHold(t, filepath.Join(dir, "7"), "data 7")
	mustHold(t, filepath.Join(dir, "old"), "after")
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), durable.TempPrefix) {
			t.Errorf("%s was left behind", e.Name())
		}
	}
	if len(entries) != 21 {
		t.Errorf("%d files, want 21", len(entries))
	}
}

func TestBulkRefusesWhatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	must(t, os.WriteFile(taken, []byte("before"), 0o600))
	var bulk durable.Bulk
	if err := bulk.WriteNew(taken, []byte("after"), 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a taken name gave %v, want fs.ErrExist", err)
	}
	mustHold(t, taken, "before")
	if err := bulk.WriteFile(filepath.Join(dir, "none", "file"), nil, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing folder gave %v, want fs.ErrNotExist", err)
	}
	must(t, os.Mkdir(filepath.Join(dir, "folder"), 0o700))
	if err := bulk.WriteFile(filepath.Join(dir, "folder"), nil, 0o600); err == nil {
		t.Error("a folder was replaced by a file")
	}
}
