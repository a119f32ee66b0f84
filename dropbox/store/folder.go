package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"despatch/internal/durable"
)

// Folder is a store on a local disk: an object is a file. It is written to a
// temporary file, which is synced, linked to its name and forgotten; then the
// folder of that name is synced. A link is made once only, by whoever is first.
// Objects that come together are synced together.
//
// After an error of fsync nothing is known about what was written before, so Die
// is called and the process must end: the next start reads what is really there.
type Folder struct {
	root string
	die  func(error)
	// sync is (*os.File).Sync and syncDisk that of the file system; tests of a
	// failing disk put theirs.
	sync, syncDisk func(*os.File) error
	disk           *os.File // of the root, where a file system can be synced whole

	mu         sync.Mutex
	waiting    []*newcomer // guarded by mu
	committing bool        // guarded by mu
}

const (
	tempFolder = ".tmp" // no key begins with a dot
	// tempAge is how old a left temporary file must be to be nobody's.
	tempAge = 24 * time.Hour
)

// OpenFolder opens the store in a folder, which must be there: a folder made by
// mistake would be an empty log. Temporary files that a crash left a day ago are
// removed. die is called with an error of fsync and must not return.
func OpenFolder(root string, die func(error)) (*Folder, error) {
	info, err := os.Stat(root)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("open the store: %s is no folder", root)
	}
	f := &Folder{root: root, die: die, sync: (*os.File).Sync, syncDisk: syncDisk}
	if f.disk, err = openDisk(root); err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	temp := filepath.Join(root, tempFolder)
	if err := durable.MkdirAll(temp, 0o700); err != nil {
		return nil, err
	}
	return f, f.sweep(temp, time.Now().Add(-tempAge))
}

// sweep removes temporary files that are older than before.
func (f *Folder) sweep(temp string, before time.Time) error {
	left, err := os.ReadDir(temp)
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	for _, e := range left {
		info, err := e.Info()
		if err != nil || info.ModTime().After(before) {
			continue // its writer has just removed it, or lives
		}
		if err := os.Remove(filepath.Join(temp, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("open the store: %w", err)
		}
	}
	return nil
}

func (f *Folder) path(key string) string { return filepath.Join(f.root, filepath.FromSlash(key)) }

// PutNew is Store's.
func (f *Folder) PutNew(_ context.Context, key string, data []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	err := f.putNew(f.path(key), data)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("put %s: %w", key, ErrExists)
	case isFull(err):
		return fmt.Errorf("put %s: %w (%v)", key, ErrFull, err)
	}
	return fmt.Errorf("put %s: %w", key, err)
}

func (f *Folder) putNew(path string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Join(f.root, tempFolder), "*")
	if err != nil {
		return err
	}
	if _, err := temp.Write(data); err != nil {
		return errors.Join(err, temp.Close(), os.Remove(temp.Name()))
	}
	return f.admit(temp, path)
}

// syncFolder makes the names in a folder durable.
func (f *Folder) syncFolder(path string) error {
	if !foldersSync {
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.survive(f.sync(d), "the folder "+path), d.Close())
}

// Get is Store's.
func (f *Folder) Get(_ context.Context, key string) ([]byte, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(f.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("get %s: %w", key, ErrMissing)
	}
	return data, err
}

// Stat is Store's.
func (f *Folder) Stat(_ context.Context, key string) (int64, error) {
	if err := checkKey(key); err != nil {
		return 0, err
	}
	info, err := os.Lstat(f.path(key))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, fmt.Errorf("stat %s: %w", key, ErrMissing)
	case err != nil:
		return 0, err
	case !info.Mode().IsRegular():
		return 0, fmt.Errorf("stat %s: not an object (%s)", key, info.Mode().Type())
	}
	return info.Size(), nil
}

// List is Store's.
func (f *Folder) List(_ context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if err := checkKey(strings.TrimSuffix(prefix, "/")); err != nil {
			yield(Entry{}, err)
			return
		}
		f.list(strings.TrimSuffix(prefix, "/"), yield)
	}
}

// list goes through a folder in the order of keys: "a.b" stands before "a/b",
// as in a bucket.
func (f *Folder) list(folder string, yield func(Entry, error) bool) bool {
	entries, err := os.ReadDir(f.path(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	if err != nil {
		return yield(Entry{}, err)
	}
	sortAsKeys(entries)
	for _, e := range entries {
		key := folder + "/" + e.Name()
		if e.IsDir() {
			if !f.list(key, yield) {
				return false
			}
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return yield(Entry{}, err)
		}
		if !yield(Entry{key, info.Size()}, nil) {
			return false
		}
	}
	return true
}

// Delete is Store's.
func (f *Folder) Delete(_ context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	err := os.Remove(f.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return f.syncFolder(filepath.Dir(f.path(key)))
}

// Highest is Store's.
func (f *Folder) Highest(ctx context.Context, prefix string) (int64, error) {
	return highest(ctx, f, prefix)
}
