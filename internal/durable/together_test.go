package durable_test

import (
	"os"
	"path/filepath"
	"testing"

	"despatch/internal/durable"
)

func TestTogetherNothingAppearsBeforeSync(t *testing.T) {
	dir, temps := t.TempDir(), t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"old", "gone"} {
		if err := os.WriteFile(path(name), []byte("before"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func(name string) string {
		data, err := os.ReadFile(path(name))
		if err != nil {
			return "none"
		}
		return string(data)
	}
	both := durable.Together{Temps: temps}
	write := func() {
		t.Helper()
		for _, name := range []string{"old", "new"} {
			if err := both.WriteFile(path(name), []byte("after"), 0o640); err != nil {
				t.Fatal(err)
			}
		}
		both.Remove(path("gone"))
		both.Remove(path("never there"))
	}
	is := func(when, old, fresh, gone string) {
		t.Helper()
		if read("old") != old || read("new") != fresh || read("gone") != gone {
			t.Errorf("%s: %s, %s, %s", when, read("old"), read("new"), read("gone"))
		}
	}
	write()
	is("before sync", "before", "none", "before")
	if err := both.Abandon(); err != nil {
		t.Error(err)
	}
	if err := both.Sync(); err != nil {
		t.Error(err)
	}
	is("abandoned", "before", "none", "before")
	write()
	if err := both.Sync(); err != nil {
		t.Fatal(err)
	}
	is("after sync", "after", "after", "none")
	if info, err := os.Stat(path("new")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("its mode: %v, %v", info, err)
	}
	write()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if both.Sync() == nil {
		t.Error("a folder that went away is no error")
	}
	if left, err := os.ReadDir(temps); err != nil || len(left) > 0 {
		t.Errorf("%d temporary files are left (%v)", len(left), err)
	}
}
