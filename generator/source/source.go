// Package source is the only reader of an authority's folder: despatch.yaml,
// content/ and events/, as docs/content.md describes them.
//
// It trusts nobody's file: it reads regular files inside the folder only
// (os.Root), refuses symbolic and hard links, devices and names that differ only
// in case, holds YAML to internal/strictyaml's limits and attachments to an
// allow-list (security section 2; TestScanRefuses, TestAttachmentTypes). All
// problems are reported together, each with file, line and column. Recipients
// fail closed: what goes to whom cannot be told is held (TestHeldWhenUnknown).
//
// Scan lists without reading; everything else is read from a listing, visits of
// one school at a time, so that memory does not grow with their number.
package source

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// A Problem is one thing that is wrong in the folder. Line and Column count from
// 1 and are 0 where the file as a whole is meant. A Warning does not keep
// anything from being built.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Text    string `json:"text"`
	Warning bool   `json:"warning"`
}

// String is file:line:column: text.
func (p Problem) String() string {
	text := p.Text
	if p.Warning {
		text = "warning: " + text
	}
	if p.Line == 0 {
		return p.File + ": " + text
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, text)
}

// Sort orders problems by file, line, column and text and drops repeats.
func Sort(problems []Problem) []Problem {
	slices.SortFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(problems)
}

// An Entry is a regular file as Scan saw it. Path is relative to the folder and
// uses slashes; Inode is 0 on Windows.
type Entry struct {
	Path    string
	Size    int64
	ModTime time.Time
	Inode   uint64
}

// A Listing is despatch.yaml and every file of content/ and events/ that has a
// place there, sorted by path.
type Listing struct{ Entries []Entry }

// A Folder is an authority's folder. Its methods may be called from several
// goroutines.
type Folder struct {
	dir  string
	root *os.Root
}

// The limits of what is read, in bytes.
const (
	mostText       = 1 << 20  // a Markdown file
	mostAttachment = 64 << 20 // docs/formats.md section 12
)

// NoAuthority is Open's error for what is no authority's folder.
type NoAuthority struct{ text string }

func (n NoAuthority) Error() string { return n.text }

// Open opens the authority's folder. It refuses one without despatch.yaml.
func Open(dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, NoAuthority{fmt.Sprintf("open the authority's folder: there is no folder %s", filepath.Clean(dir))}
		}
		return nil, fmt.Errorf("open the authority's folder: %w", err)
	}
	if info, err := root.Lstat(settingsFile); err != nil || !info.Mode().IsRegular() {
		root.Close()
		return nil, NoAuthority{fmt.Sprintf("%s is not an authority's folder: it has no %s", filepath.Clean(dir), settingsFile)}
	}
	return &Folder{dir, root}, nil
}

// Close lets go of the folder.
func (f *Folder) Close() error { return f.root.Close() }

// ReadFile reads one file of the listing, attachments included.
func (f *Folder) ReadFile(path string) ([]byte, error) { return f.read(path, mostAttachment) }

func (f *Folder) read(path string, most int64) ([]byte, error) {
	file, err := f.root.Open(filepath.FromSlash(path))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("read %s: it is not a regular file", path)
	case info.Size() > most:
		return nil, fmt.Errorf("read %s: it has %d bytes (want at most %d)", path, info.Size(), most)
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(file, data); err != nil {
		return nil, fmt.Errorf("read %s: it changed while it was read: %w", path, err)
	}
	return data, nil
}
