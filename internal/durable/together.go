package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Together writes many files that appear under their names only when all of them are
// on disk, with one wait for all: until Sync returned nil a power cut or a crash
// leaves each name as it was or with its new content, never half of it. What is left
// of it in Temps may be deleted by whoever knows that nobody writes there.
type Together struct {
	// Temps is an existing folder on the file system that the files go to.
	Temps string

	written []moved
	removed []string
}

// A moved file waits in temp to be put at path.
type moved struct{ temp, path string }

// WriteFile replaces what is at path, in a folder that exists, at Sync.
func (t *Together) WriteFile(path string, data []byte, perm fs.FileMode) error {
	f, err := os.CreateTemp(t.Temps, TempPrefix+"*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	t.written = append(t.written, moved{f.Name(), path})
	if perm != 0o600 { // what a temporary file has
		err = f.Chmod(perm)
	}
	if err := errors.Join(err, fillUnsynced(f, data)); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Stream writes a file into Temps, which no name leads to yet, and gives its path. It
// is the caller's to hand it to Adopt or to remove it.
func (t *Together) Stream(from io.Reader) (temp string, err error) {
	f, err := os.CreateTemp(t.Temps, TempPrefix+"*")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(f, from)
	if err := errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// Adopt puts a file of Temps at path, in a folder that exists, at Sync.
func (t *Together) Adopt(temp, path string, perm fs.FileMode) error {
	t.written = append(t.written, moved{temp, path})
	return os.Chmod(temp, perm)
}

// MkdirAll makes a folder and those above it, durably once Sync returned nil.
func (t *Together) MkdirAll(path string, perm fs.FileMode) error { return makeFolders(path, perm) }

// Remove removes a file at Sync, after all were written.
func (t *Together) Remove(path string) { t.removed = append(t.removed, path) }

// Abandon forgets what was not synced yet. Files that were adopted under a name of
// their own stay in Temps, for whoever goes on with them.
func (t *Together) Abandon() error {
	var errs []error
	for _, m := range t.written {
		if !strings.HasPrefix(filepath.Base(m.temp), TempPrefix) {
			continue
		}
		if err := os.Remove(m.temp); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	t.written, t.removed = nil, nil
	return errors.Join(errs...)
}

// Sync puts everything in its place, durably.
func (t *Together) Sync() error {
	if len(t.written)+len(t.removed) == 0 {
		return nil
	}
	if err := t.sync(); err != nil {
		return errors.Join(err, t.Abandon())
	}
	t.written, t.removed = nil, nil
	return nil
}

func (t *Together) sync() error {
	var temps []string
	for _, m := range t.written {
		temps = append(temps, m.temp)
	}
	if len(temps) > 0 {
		if err := syncAll(t.Temps, temps); err != nil {
			return fmt.Errorf("sync of %s did not succeed: %w", t.Temps, err)
		}
	}
	folders := make(map[string]bool)
	for _, m := range t.written {
		if err := os.Rename(m.temp, m.path); err != nil {
			return err
		}
		folders[filepath.Dir(m.path)] = true
	}
	for _, path := range t.removed {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		folders[filepath.Dir(path)] = true
	}
	if err := syncNames(t.Temps, folders); err != nil {
		return fmt.Errorf("sync of the folders did not succeed, their newest files may be lost: %w", err)
	}
	return nil
}
