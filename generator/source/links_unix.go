//go:build unix

package source

import (
	"io/fs"
	"syscall"
)

// links is a file's inode and how many names it has.
func links(info fs.FileInfo) (inode, names uint64) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 1
	}
	return uint64(st.Ino), uint64(st.Nlink)
}
