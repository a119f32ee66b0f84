//go:build !linux

package durable

import "io/fs"

// syncAll syncs each file and then the folder: there is no call that syncs a
// file system and waits for it.
func syncAll(folder string, written []string) error {
	for _, path := range written {
		if err := syncFile(path); err != nil {
			return err
		}
	}
	return SyncFolder(folder)
}

// syncMany syncs each file and each folder.
func syncMany(fresh map[string][]string) error {
	for folder, paths := range fresh {
		if err := syncAll(folder, paths); err != nil {
			return err
		}
	}
	return nil
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
