package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// failing opens a folder store whose n-th sync from now on gives EIO, and says how
// often it was given up.
func failing(t *testing.T, n int) (f *Folder, died *int, synced *[]string) {
	t.Helper()
	died, synced = new(int), new([]string)
	f, err := OpenFolder(t.TempDir(), func(error) { *died++ })
	if err != nil {
		t.Fatal(err)
	}
	f.sync = func(file *os.File) error {
		*synced = append(*synced, filepath.Base(file.Name()))
		if len(*synced) == n {
			return syscall.EIO
		}
		return file.Sync()
	}
	return f, died, synced
}

func TestAnyFsyncErrorGivesTheDiskUp(t *testing.T) {
	for n, what := range map[int]string{1: "the file's", 2: "the folder's"} {
		f, died, _ := failing(t, n)
		err := f.PutNew(context.Background(), "a/b", []byte("x"))
		if !errors.Is(err, syscall.EIO) || *died != 1 {
			t.Errorf("%s fsync failed: put gave %v, given up %d times", what, err, *died)
		}
	}
	f, died, _ := failing(t, 3)
	if err := f.PutNew(context.Background(), "a/b", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := f.Delete(context.Background(), "a/b"); !errors.Is(err, syscall.EIO) || *died != 1 {
		t.Errorf("a delete whose fsync failed gave %v, given up %d times", err, *died)
	}
}

// TestPutSyncsFileThenFolderAlsoWhenItLost: whoever is told that an object is
// there may build on it, although its writer may have died before its own sync.
func TestPutSyncsFileThenFolderAlsoWhenItLost(t *testing.T) {
	f, _, synced := failing(t, 0)
	for _, want := range []error{nil, ErrExists} {
		*synced = nil
		if err := f.PutNew(context.Background(), "folder/object", []byte("x")); !errors.Is(err, want) {
			t.Fatal(err)
		}
		if len(*synced) != 2 || (*synced)[1] != "folder" {
			t.Errorf("put (%v) synced %s", want, strings.Join(*synced, ", "))
		}
	}
}
