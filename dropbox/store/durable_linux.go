package store

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// forgetful are file systems that keep nothing over a power cut, or on which a
// link or an fsync does not mean what it means on a disk.
var forgetful = map[int64]string{
	unix.TMPFS_MAGIC:      "tmpfs",
	unix.RAMFS_MAGIC:      "ramfs",
	unix.NFS_SUPER_MAGIC:  "NFS",
	unix.SMB_SUPER_MAGIC:  "SMB",
	unix.CIFS_SUPER_MAGIC: "SMB",
	unix.SMB2_SUPER_MAGIC: "SMB",
	unix.FUSE_SUPER_MAGIC: "FUSE",
	unix.V9FS_MAGIC:       "9p",
}

// checkDisk refuses a file system that is known to forget.
func checkDisk(root string) error {
	var s unix.Statfs_t
	if err := unix.Statfs(root, &s); err != nil {
		return fmt.Errorf("look at the file system of %s: %w", root, err)
	}
	if name, ok := forgetful[int64(s.Type)]; ok {
		return fmt.Errorf("%s is on %s, which does not keep what it acknowledges over a power cut: use a local disk", root, name)
	}
	return nil
}

// openDisk opens the root for syncDisk. It stays open: the kernel reports an error
// of writing to those who had the file system open when it happened.
func openDisk(root string) (*os.File, error) { return os.Open(root) }

// syncDisk makes all durable that was written to the file system that the folder is
// on. Linux tells errors since 5.8.
func syncDisk(root *os.File) error { return unix.Syncfs(int(root.Fd())) }
