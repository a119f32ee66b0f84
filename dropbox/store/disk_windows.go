package store

import (
	"errors"

	"golang.org/x/sys/windows"
)

// foldersSync tells whether a folder can be synced by itself. Windows offers no
// such thing: NTFS journals names itself.
const foldersSync = false

// isFull tells whether there was no room for something.
func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}
