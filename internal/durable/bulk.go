package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Bulk writes very many files that can be made again from what they came from,
// as an import can: no file waits for the disk, Sync waits once for all. Before
// Sync returned nil a power cut may leave any of them out, or empty. It may be
// used by several goroutines.
type Bulk struct {
	mu    sync.Mutex
	paths map[string][]string // guarded by mu; folder to what was written in it since the last Sync
}

// WriteNew writes a file that must not exist (else fs.ErrExist).
func (b *Bulk) WriteNew(path string, data []byte, perm fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := fillUnsynced(f, data); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(path))
	}
	b.note(path)
	return nil
}

// WriteFile replaces what is at path, or is WriteNew where nothing is. A reader
// sees the old bytes or the new.
func (b *Bulk) WriteFile(path string, data []byte, perm fs.FileMode) error {
	err := b.WriteNew(path, data, perm)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), TempPrefix+"*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	err = errors.Join(f.Chmod(perm), fillUnsynced(f, data))
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	b.note(path)
	return nil
}

// Sync makes everything written since the last Sync durable.
func (b *Bulk) Sync() error {
	b.mu.Lock()
	paths := b.paths
	b.paths = nil
	b.mu.Unlock()
	for folder, written := range paths {
		if err := syncAll(folder, written); err != nil {
			return fmt.Errorf("sync of folder %s did not succeed, its newest files may be lost: %w", folder, err)
		}
	}
	return nil
}

func (b *Bulk) note(path string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.paths == nil {
		b.paths = make(map[string][]string)
	}
	folder := filepath.Dir(path)
	b.paths[folder] = append(b.paths[folder], path)
}

func fillUnsynced(f *os.File, data []byte) error {
	_, err := f.Write(data)
	return errors.Join(err, f.Close())
}
