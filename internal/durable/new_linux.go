package durable

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// moveNew gives a file its name if nobody has it. A rename at once leaves no moment in
// which it has two: a file that a crash left so would be refused as a hard link.
func moveNew(temp, path string) error {
	err := unix.Renameat2(unix.AT_FDCWD, temp, unix.AT_FDCWD, path, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) { // a file system that cannot
		return os.Link(temp, path)
	}
	return err
}
