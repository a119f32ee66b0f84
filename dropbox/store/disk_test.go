//go:build !windows

package store_test

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// A disk records what a folder store makes durable, and gives the states in which a
// power cut may leave it. It stands in the place of fsync: before each one takes
// effect, the power may fail. What POSIX and the file systems promise is all that it
// assumes: bytes of a file survive once that file was synced, a name once its folder
// was; all else may be there or not, each by itself, and bytes that were not synced may
// be none or half. Folders themselves are made by package durable, which syncs them.
type disk struct {
	t         *testing.T
	root      string
	forgetful string // "files", "folders": what its fsync only says to have done

	mu    sync.Mutex
	bytes map[uint64]bool            // inodes whose bytes are durable
	names map[string]map[string]bool // by folder, the names that are durable
	cut   func()                     // told before each sync takes effect
	syncs int
}

func newDisk(t *testing.T) *disk {
	return &disk{t: t, root: t.TempDir(), bytes: map[uint64]bool{}, names: map[string]map[string]bool{}, cut: func() {}}
}

func inode(info fs.FileInfo) uint64 { return info.Sys().(*syscall.Stat_t).Ino }

// sync is fsync of a file or a folder.
func (d *disk) sync(f *os.File) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.syncs++
	d.cut()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	switch {
	case info.IsDir() && d.forgetful != "folders":
		return d.keepNames(f.Name())
	case !info.IsDir() && d.forgetful != "files":
		d.bytes[inode(info)] = true
	}
	return nil
}

// whole is syncfs.
func (d *disk) whole() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.syncs++
	d.cut()
	return filepath.WalkDir(d.root, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil // it went meanwhile
		}
		if e.IsDir() {
			if d.forgetful != "folders" {
				return d.keepNames(name)
			}
			return nil
		}
		if info, err := e.Info(); err == nil && d.forgetful != "files" {
			d.bytes[inode(info)] = true
		}
		return nil
	})
}

func (d *disk) keepNames(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil // it went meanwhile
	}
	kept := make(map[string]bool, len(entries))
	for _, e := range entries {
		kept[e.Name()] = true
	}
	d.names[folder] = kept
	return nil
}

// A file that has a name, and what of it a power cut may take.
type found struct {
	path            string // below the root
	named, complete bool   // durably
}

// look gives all files with names, as they are now. d.mu is held.
func (d *disk) look() (all []found) {
	alive := make(map[uint64]bool, len(d.bytes))
	_ = filepath.WalkDir(d.root, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return nil
		}
		alive[inode(info)] = true
		rel, _ := filepath.Rel(d.root, name)
		if strings.HasPrefix(rel, ".tmp") {
			return nil // nobody reads it after a start
		}
		all = append(all, found{rel, d.names[filepath.Dir(name)][e.Name()], d.bytes[inode(info)]})
		return nil
	})
	for i := range d.bytes {
		if !alive[i] {
			delete(d.bytes, i) // its number may be given to another
		}
	}
	return all
}

// What became of bytes that were not synced.
const (
	full = iota
	none
	half
)

// A state is one in which the power cut may leave the disk: which of the names that
// were not durable are there, and what of bytes that were not.
type state struct {
	there func(i int) bool
	bytes int
}

// states are the ways in which n names may be lost: all of them where there are few,
// else none, all, each alone, each but one, and some at random.
func states(rng *rand.Rand, n int, torn bool) (all []state) {
	add := func(there func(int) bool) {
		all = append(all, state{there, full})
		if torn {
			all = append(all, state{there, none}, state{there, half})
		}
	}
	if n <= 4 {
		for mask := range 1 << n {
			add(func(i int) bool { return mask>>i&1 == 1 })
		}
		return all
	}
	add(func(int) bool { return false })
	add(func(int) bool { return true })
	for k := range n {
		add(func(i int) bool { return i == k })
		add(func(i int) bool { return i != k })
	}
	for range 8 {
		mask := rng.Uint64()
		add(func(i int) bool { return mask>>(i%64)&1 == 1 })
	}
	return all
}

// write makes the folder that is left in a state. Files that are whole are links.
func (d *disk) write(all []found, s state, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	lost := 0
	for _, f := range all {
		if !f.named {
			if lost++; !s.there(lost - 1) {
				continue
			}
		}
		at := filepath.Join(to, f.path)
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			return err
		}
		if f.complete || s.bytes == full {
			if err := os.Link(filepath.Join(d.root, f.path), at); err != nil {
				return err
			}
			continue
		}
		data, err := os.ReadFile(filepath.Join(d.root, f.path))
		if err != nil {
			return err
		}
		if s.bytes == none {
			data = nil
		}
		if err := os.WriteFile(at, data[:len(data)/2], 0o600); err != nil {
			return err
		}
	}
	return nil
}
