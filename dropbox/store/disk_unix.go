//go:build !windows

package store

import (
	"errors"
	"syscall"
)

// foldersSync tells whether a folder can be synced by itself.
const foldersSync = true

// isFull tells whether there was no room for something.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
