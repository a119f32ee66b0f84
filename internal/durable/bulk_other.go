//go:build !linux

package durable

import (
	"errors"
	"io/fs"
	"os"
)

// syncAll syncs each file and then the folder: there is no call that syncs a
// file system and waits for it.
func syncAll(folder string, written []string) error {
	for _, path := range written {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return SyncFolder(folder)
}

// syncNames syncs each folder.
func syncNames(_ string, folders map[string]bool) error {
	for folder := range folders {
		if err := SyncFolder(folder); err != nil {
			return err
		}
	}
	return nil
}

// makeFolders makes folders, durably: syncNames syncs only what is in them.
func makeFolders(path string, perm fs.FileMode) error { return MkdirAll(path, perm) }
