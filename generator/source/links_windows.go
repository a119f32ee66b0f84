package source

import "io/fs"

// links is a file's inode and how many names it has; Windows gives neither
// without opening the file.
func links(fs.FileInfo) (inode, names uint64) { return 0, 1 }
