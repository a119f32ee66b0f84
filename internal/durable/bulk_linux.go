package durable

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// syncAll syncs the file system that the folder is on: one wait, however many
// files were written.
func syncAll(folder string, _ []string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(unix.Syncfs(int(f.Fd())), f.Close())
}

// syncNames syncs the file system that all these folders are on.
func syncNames(on string, _ map[string]bool) error { return syncAll(on, nil) }

// makeFolders makes folders that syncNames makes durable.
func makeFolders(path string, perm fs.FileMode) error { return os.MkdirAll(path, perm) }

// syncMany syncs the file systems that the folders are on, each once.
func syncMany(fresh map[string][]string) error {
	synced := make(map[uint64]bool)
	for folder := range fresh {
		var about unix.Stat_t
		if err := unix.Stat(folder, &about); err != nil {
			return &fs.PathError{Op: "stat", Path: folder, Err: err}
		}
		if synced[about.Dev] {
			continue
		}
		synced[about.Dev] = true
		if err := syncAll(folder, nil); err != nil {
			return err
		}
	}
	return nil
}
