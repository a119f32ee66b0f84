//go:build !linux

package store

import (
	"errors"
	"os"
)

// checkDisk refuses a file system that is known to forget. Only Linux tells.
func checkDisk(string) error { return nil }

// openDisk opens nothing: only Linux syncs a file system whole and waits for it.
func openDisk(string) (*os.File, error) { return nil, nil }

func syncDisk(*os.File) error { return errors.ErrUnsupported }
