package store

import "os"

// Syncing has the folder call sync in the place of fsync, of files and folders and of
// the file system whole.
func (f *Folder) Syncing(sync func(*os.File) error, whole func() error) {
	f.sync = sync
	f.syncDisk = func(*os.File) error { return whole() }
}
