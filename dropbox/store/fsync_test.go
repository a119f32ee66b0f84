package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
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

// rush puts n objects at once into some folders: all of them are on their way
// before the first is synced.
func rush(t *testing.T, f *Folder, n int, syncDisk func(*os.File) error) []error {
	t.Helper()
	if f.disk == nil {
		t.Skip("no file system can be synced whole here")
	}
	f.syncDisk = syncDisk
	f.committing = true // nobody begins
	errs := make([]error, n)
	var together sync.WaitGroup
	for i := range n {
		together.Go(func() {
			errs[i] = f.PutNew(context.Background(), fmt.Sprintf("rush/%d/%d", i%16, i), []byte{byte(i)})
		})
	}
	for here := 0; here < n; runtime.Gosched() {
		f.mu.Lock()
		here = len(f.waiting)
		f.mu.Unlock()
	}
	f.commit()
	together.Wait()
	return errs
}

// inodes gives the files in a folder of the store and below.
func inodes(f *Folder, folder string) (found []os.FileInfo) {
	_ = filepath.WalkDir(filepath.Join(f.root, folder), func(_ string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil // what goes meanwhile is not there
		}
		if info, err := e.Info(); err == nil {
			found = append(found, info)
		}
		return nil
	})
	return found
}

func TestARushIsSyncedTogetherAndNoNameComesBeforeItsBytes(t *testing.T) {
	const n = 64
	f, died, _ := failing(t, 0)
	var durable []os.FileInfo
	syncs := 0
	errs := rush(t, f, n, func(disk *os.File) error {
		syncs++
		for _, info := range inodes(f, "rush") {
			if !slices.ContainsFunc(durable, func(d os.FileInfo) bool { return os.SameFile(d, info) }) {
				t.Errorf("%s had its name before its bytes were synced", info.Name())
			}
		}
		durable = append(durable, inodes(f, tempFolder)...)
		return syncDisk(disk)
	})
	if err := errors.Join(errs...); err != nil || *died != 0 {
		t.Fatal(err)
	}
	if len(inodes(f, "rush")) != n || len(inodes(f, tempFolder)) != 0 {
		t.Errorf("%d objects and %d temporary files are there", len(inodes(f, "rush")), len(inodes(f, tempFolder)))
	}
	if syncs != 2 { // of bytes, of names
		t.Errorf("%d objects took %d syncs of the file system", n, syncs)
	}
}

func TestASyncOfTheFileSystemThatFailsPromisesNothing(t *testing.T) {
	for at := 1; at <= 2; at++ { // of bytes; of bytes and names
		const n = 64
		f, died, _ := failing(t, 0)
		syncs := 0
		errs := rush(t, f, n, func(disk *os.File) error {
			if syncs++; syncs >= at {
				return syscall.EIO
			}
			return syncDisk(disk)
		})
		refused := 0
		for _, err := range errs {
			if errors.Is(err, syscall.EIO) {
				refused++
			} else if err != nil {
				t.Error(err)
			}
		}
		if refused != n || *died != 1 {
			t.Errorf("sync %d failed: %d of %d were refused, given up %d times", at, refused, n, *died)
		}
		if left := len(inodes(f, tempFolder)); left != 0 {
			t.Errorf("%d temporary files were left", left)
		}
	}
}
