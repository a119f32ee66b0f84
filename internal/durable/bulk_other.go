//go:build !linux

package durable

import (
	"errors"
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
