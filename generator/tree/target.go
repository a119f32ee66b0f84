package tree

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"despatch/internal/durable"
)

// A Target is where a tree is deployed to, by the paths of the tree. A file that is
// not there is fs.ErrNotExist. Its methods may be called by several goroutines. What
// was put and removed is promised only once Sync returned nil.
type Target interface {
	Open(ctx context.Context, path string) (io.ReadCloser, error)
	// Has tells whether the target's file has these very bytes.
	Has(ctx context.Context, path string, data []byte) (bool, error)
	Put(ctx context.Context, path string, data []byte) error
	Remove(ctx context.Context, path string) error
	Sync() error
	// Walk gives all that is there; isFile is false for what a tree never holds.
	Walk(ctx context.Context, each func(path string, isFile bool) error) error
	String() string
}

// Folder is a folder that a web host serves.
func Folder(dir string) Target { return &folder{dir: dir} }

type folder struct {
	dir   string
	batch durable.Batch
}

func (f *folder) name(path string) string { return filepath.Join(f.dir, filepath.FromSlash(path)) }

func (f *folder) String() string { return f.dir }

func (f *folder) Open(_ context.Context, path string) (io.ReadCloser, error) {
	return os.Open(f.name(path))
}

func (f *folder) Has(_ context.Context, path string, data []byte) (bool, error) {
	info, err := os.Lstat(f.name(path))
	if err != nil || info.Size() != int64(len(data)) {
		return false, nil // what is wrong with it shows when it is written
	}
	there, err := os.ReadFile(f.name(path))
	return err == nil && string(there) == string(data), nil
}

func (f *folder) Put(_ context.Context, path string, data []byte) error {
	return f.batch.WriteFile(f.name(path), data, 0o644)
}

func (f *folder) Remove(_ context.Context, path string) error { return f.batch.Remove(f.name(path)) }

func (f *folder) Sync() error { return f.batch.Sync() }

func (f *folder) Walk(_ context.Context, each func(path string, isFile bool) error) error {
	return filepath.WalkDir(f.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(f.dir, name)
		if err != nil {
			return err
		}
		return each(filepath.ToSlash(rel), d.Type().IsRegular())
	})
}
