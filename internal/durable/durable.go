// Package durable writes files so that what it reports as written survives a
// power cut: temporary file in the same folder, write, fsync, rename (or link),
// fsync of the folder.
//
// It trusts the file system to keep what fsync acknowledged. An error of fsync
// is returned and says so: after it nothing is known about the file, and the
// caller must not promise anything. On Windows folders cannot be synced and that
// step is skipped. Temporary files start with TempPrefix; one that is left
// behind by a crash may be deleted at any time.
package durable

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// TempPrefix starts the name of every temporary file made here.
const TempPrefix = ".despatch-"

// WriteFile puts data at path, replacing what is there, and returns when file
// and folder are on disk. A reader sees the old bytes or the new, never a part.
func WriteFile(path string, data []byte, perm fs.FileMode) error {
	if err := replace(path, data, perm); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

// WriteTo is WriteFile for what is too much to hold: fill writes it. Where fill
// fails, what was at path stays.
func WriteTo(path string, perm fs.FileMode, fill func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), TempPrefix+"*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(f.Name()) // once it is renamed there is none
	w := bufio.NewWriterSize(f, 1<<20)
	if err := fill(w); err != nil {
		return errors.Join(err, f.Close())
	}
	err = w.Flush()
	if err == nil {
		err = f.Chmod(perm)
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return SyncFolder(filepath.Dir(path))
}

// WriteNew is WriteFile for a path that must not exist: of several writers one
// wins, the others get an error that is fs.ErrExist.
func WriteNew(path string, data []byte, perm fs.FileMode) error {
	temp, err := writeTemp(path, data, perm)
	if err != nil {
		return err
	}
	defer os.Remove(temp) // a linked file stays, of a renamed one there is none
	if err := moveNew(temp, path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("write %s: %w", path, fs.ErrExist)
		}
		return fmt.Errorf("write %s: %w", path, err)
	}
	return SyncFolder(filepath.Dir(path))
}

// MkdirAll creates path and the folders above it that are missing; each is on
// disk before the next is made.
func MkdirAll(path string, perm fs.FileMode) error {
	path = filepath.Clean(path)
	if info, err := os.Stat(path); err == nil {
		if !info.IsDir() {
			return fmt.Errorf("create folder %s: a file is in its place", path)
		}
		return nil
	}
	parent := filepath.Dir(path)
	if parent != path {
		if err := MkdirAll(parent, perm); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, perm); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create folder %s: %w", path, err)
	}
	return SyncFolder(parent)
}

// Remove deletes the file at path durably. A file that is not there is no error.
func Remove(path string) error {
	if err := os.Remove(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return fmt.Errorf("remove %s: %w", path, err)
	}
	return SyncFolder(filepath.Dir(path))
}

// NewFolder makes a folder that is its owner's alone, and the folders above it. One
// that is there already must be empty.
func NewFolder(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty (%s is in it); give a new folder", path, entries[0].Name())
	}
	if err := MkdirAll(filepath.Dir(filepath.Clean(path)), 0o755); err != nil {
		return err
	}
	return MkdirAll(path, 0o700)
}

// SyncFolder makes the names in a folder durable. On Windows it does nothing.
func SyncFolder(path string) error {
	if err := syncFolder(path); err != nil {
		return fmt.Errorf("fsync of folder %s did not succeed, its newest files may be lost: %w", path, err)
	}
	return nil
}

// Batch writes many files and syncs each of their folders once, in Sync. It may
// be used by several goroutines. Nothing in it is promised before Sync returned
// nil.
type Batch struct {
	mu      sync.Mutex
	folders map[string]bool     // guarded by mu; folders with names not yet synced
	fresh   map[string][]string // guarded by mu; what WriteNew wrote since the last Sync, by folder
}

// WriteFile is the package's WriteFile without the sync of the folder. Missing
// folders are created.
func (b *Batch) WriteFile(path string, data []byte, perm fs.FileMode) error {
	folder := filepath.Dir(path)
	err := replace(path, data, perm)
	if errors.Is(err, fs.ErrNotExist) {
		if err := MkdirAll(folder, 0o755); err != nil {
			return err
		}
		err = replace(path, data, perm)
	}
	if err != nil {
		return err
	}
	b.touch(folder)
	return nil
}

// WriteNew writes a file that must not exist (else fs.ErrExist) and that nobody
// looks for before Sync: until then it may be missing, empty or cut short. Many
// such files wait for the disk once.
func (b *Batch) WriteNew(path string, data []byte, perm fs.FileMode) error {
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	f, err := os.OpenFile(path, flags, perm)
	if errors.Is(err, fs.ErrNotExist) {
		if err := MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		f, err = os.OpenFile(path, flags, perm)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := errors.Join(f.Chmod(perm), fillUnsynced(f, data)); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(path))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fresh == nil {
		b.fresh = make(map[string][]string)
	}
	folder := filepath.Dir(path)
	b.fresh[folder] = append(b.fresh[folder], path)
	return nil
}

// Remove is the package's Remove without the sync of the folder.
func (b *Batch) Remove(path string) error {
	if err := os.Remove(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return fmt.Errorf("remove %s: %w", path, err)
	}
	b.touch(filepath.Dir(path))
	return nil
}

// Sync makes everything written and removed since the last Sync durable.
func (b *Batch) Sync() error {
	b.mu.Lock()
	folders, fresh := b.folders, b.fresh
	b.folders, b.fresh = nil, nil
	b.mu.Unlock()
	if err := syncFresh(fresh); err != nil {
		return fmt.Errorf("sync of new files did not succeed, they may be lost: %w", err)
	}
	for folder := range folders {
		if err := SyncFolder(folder); err != nil {
			return err
		}
	}
	return nil
}

// fewFresh is how many files are synced one by one: a sync of the whole file
// system also waits for what others write to it.
const fewFresh = 8

// syncFresh makes new files durable, with their names.
func syncFresh(fresh map[string][]string) error {
	n := 0
	for _, paths := range fresh {
		n += len(paths)
	}
	if n > fewFresh {
		return syncMany(fresh)
	}
	for folder, paths := range fresh {
		for _, path := range paths {
			if err := syncFile(path); err != nil {
				return err
			}
		}
		if err := SyncFolder(folder); err != nil {
			return err
		}
	}
	return nil
}

// syncFile syncs a file that was closed.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // removed since
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (b *Batch) touch(folder string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.folders == nil {
		b.folders = make(map[string]bool)
	}
	b.folders[folder] = true
}

func replace(path string, data []byte, perm fs.FileMode) error {
	temp, err := writeTemp(path, data, perm)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(temp))
	}
	return nil
}

// writeTemp writes and syncs data beside path and returns the temporary name.
func writeTemp(path string, data []byte, perm fs.FileMode) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), TempPrefix+"*")
	if err != nil {
		return "", fmt.Errorf("write %s: %w", path, err)
	}
	if err := fill(f, data, perm); err != nil {
		return "", errors.Join(fmt.Errorf("write %s: %w", path, err), f.Close(), os.Remove(f.Name()))
	}
	if err := f.Close(); err != nil {
		return "", errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return f.Name(), nil
}

func fill(f *os.File, data []byte, perm fs.FileMode) error {
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Chmod(perm); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("fsync did not succeed, the file may be lost: %w", err)
	}
	return nil
}
