package collect

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"despatch/internal/durable"
)

// A batch gathers files and makes them durable together. The first error stays.
type batch struct {
	dir   string
	files durable.Batch
	made  map[string]bool
	err   error
}

func (b *batch) write(name string, data []byte) {
	if b.err != nil {
		return
	}
	file := filepath.Join(b.dir, filepath.FromSlash(name))
	folder := filepath.Dir(file)
	if !b.made[folder] {
		mode := fs.FileMode(0o755)
		if strings.HasPrefix(name, "vault/") {
			mode = 0o700
		}
		if b.err = durable.MkdirAll(folder, mode); b.err != nil {
			return
		}
		if b.made == nil {
			b.made = make(map[string]bool)
		}
		b.made[folder] = true
	}
	perm := fs.FileMode(0o644)
	if strings.HasPrefix(name, "vault/") {
		perm = 0o600
	}
	b.err = b.files.WriteFile(file, data, perm)
}

func (b *batch) remove(name string) {
	file := filepath.Join(b.dir, filepath.FromSlash(name))
	if _, err := os.Lstat(file); b.err != nil || errors.Is(err, fs.ErrNotExist) {
		return
	}
	b.err = b.files.Remove(file)
}

func (b *batch) sync() error {
	if b.err != nil {
		return b.err
	}
	return b.files.Sync()
}
