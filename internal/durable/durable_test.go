package durable_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"despatch/internal/durable"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustHold(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	must(t, err)
	if string(got) != want {
		t.Errorf("%s holds %q, want %q", path, got, want)
	}
}

// mustBeAlone fails when temporary files were left beside path.
func mustBeAlone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), durable.TempPrefix) {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestWriteFileReplacesAndKeepsTheMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	must(t, durable.WriteFile(path, []byte("one"), 0o600))
	must(t, durable.WriteFile(path, []byte("two"), 0o600))
	mustHold(t, path, "two")
	info, err := os.Stat(path)
	must(t, err)
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode())
	}
	mustBeAlone(t, path)
}

func TestWriteNewLetsOneOfManyWin(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	var won atomic.Int32
	var winner atomic.Value
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			data := fmt.Sprint("writer ", i)
			err := durable.WriteNew(path, []byte(data), 0o644)
			if err == nil {
				won.Add(1)
				winner.Store(data)
			} else if !errors.Is(err, fs.ErrExist) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Fatalf("%d writers won", won.Load())
	}
	mustHold(t, path, winner.Load().(string))
	mustBeAlone(t, path)
}

func TestWriteFileRefusesAFolderThatIsMissingOrInTheWay(t *testing.T) {
	dir := t.TempDir()
	if err := durable.WriteFile(filepath.Join(dir, "none", "file"), nil, 0o644); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing folder gave %v", err)
	}
	must(t, os.Mkdir(filepath.Join(dir, "folder"), 0o755))
	if durable.WriteFile(filepath.Join(dir, "folder"), []byte("x"), 0o644) == nil {
		t.Error("a folder was replaced by a file")
	}
	mustBeAlone(t, filepath.Join(dir, "x"))
}

func TestMkdirAllMakesWhatIsMissingAndRefusesAFileInTheWay(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b", "c")
	must(t, durable.MkdirAll(deep, 0o755))
	must(t, durable.MkdirAll(deep, 0o755))
	file := filepath.Join(dir, "file")
	must(t, durable.WriteFile(file, nil, 0o644))
	if durable.MkdirAll(file, 0o755) == nil || durable.MkdirAll(filepath.Join(file, "below"), 0o755) == nil {
		t.Error("a file in the way was taken for a folder")
	}
}

func TestRemoveIsContentWhenNothingIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	must(t, durable.Remove(path))
	must(t, durable.WriteFile(path, nil, 0o644))
	must(t, durable.Remove(path))
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestBatchMakesFoldersAndIsUsedByManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	var b durable.Batch
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			path := filepath.Join(dir, fmt.Sprint(i%4), fmt.Sprint(i))
			if err := b.WriteFile(path, []byte("x"), 0o644); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	must(t, b.Sync())
	for i := range 32 {
		mustHold(t, filepath.Join(dir, fmt.Sprint(i%4), fmt.Sprint(i)), "x")
	}
	must(t, b.Remove(filepath.Join(dir, "0", "0")))
	must(t, b.Remove(filepath.Join(dir, "0", "0")))
	must(t, b.Sync())
	mustBeAlone(t, filepath.Join(dir, "0", "x"))
}

func TestErrorOfASyncSaysSo(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("folders are not synced there")
	}
	err := durable.SyncFolder(filepath.Join(t.TempDir(), "none"))
	if err == nil || !strings.Contains(err.Error(), "fsync") {
		t.Errorf("got %v, want an error that says fsync", err)
	}
}

func TestBatchWritesNewFilesOfManyFoldersAndRefusesTakenNames(t *testing.T) {
	for _, n := range []int{3, 40} { // synced one by one, and together
		dir := t.TempDir()
		var batch durable.Batch
		var wait sync.WaitGroup
		path := func(i int) string { return filepath.Join(dir, fmt.Sprint("folder ", i%7), "deep", fmt.Sprint(i)) }
		for i := range n {
			wait.Go(func() {
				if err := batch.WriteNew(path(i), fmt.Append(nil, "data ", i), 0o644); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if err := batch.WriteNew(path(1), []byte("other"), 0o644); !errors.Is(err, fs.ErrExist) {
			t.Errorf("a taken name gave %v, want fs.ErrExist", err)
		}
		must(t, batch.Remove(path(2)))
		must(t, batch.Sync())
		must(t, batch.Sync())
		for i := range n {
			if i == 2 {
				continue
			}
			mustHold(t, path(i), fmt.Sprint("data ", i))
			info, err := os.Stat(path(i))
			must(t, err)
			if runtime.GOOS != "windows" && info.Mode().Perm() != 0o644 {
				t.Errorf("mode %v, want 0644", info.Mode())
			}
		}
	}
}
