package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// ErrLocked is what Lock returns when another process holds the lock.
var ErrLocked = errors.New("held by another process")

// Lock takes the lock of the file at path, which it creates where it is missing,
// without waiting. Whoever closes the file, or ends, lets go of it: there is no
// stale lock to remove.
func Lock(path string, perm fs.FileMode) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, perm)
	if err != nil {
		return nil, fmt.Errorf("open the lock: %w", err)
	}
	if err := lockFile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return f, nil
}
