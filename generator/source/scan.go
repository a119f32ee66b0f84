package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"despatch/internal/strictyaml"
)

// Scan lists the folder without opening a file. Links, devices, names that no
// system may have, names that differ only in case and files that nothing reads
// are problems and not listed; dot files and editors' leavings are passed over.
func (f *Folder) Scan() (*Listing, []Problem, error) {
	s := scanner{dir: f.dir}
	info, err := os.Lstat(filepath.Join(f.dir, settingsFile))
	if err != nil {
		return nil, nil, fmt.Errorf("list %s: %w", settingsFile, err)
	}
	s.file(settingsFile, info)
	if err := s.folders([]string{"content", "events"}); err != nil {
		return nil, nil, err
	}
	return &Listing{s.entries}, Sort(s.problems), nil
}

type scanner struct {
	dir      string
	entries  []Entry
	problems []Problem
}

func (s *scanner) add(path, format string, args ...any) {
	s.problems = append(s.problems, Problem{File: path, Text: fmt.Sprintf(format, args...)})
}

// folders lists all that is in the folders and sorts what was found. A folder
// that is not there has nothing in it.
func (s *scanner) folders(paths []string) error {
	for _, path := range paths {
		info, err := os.Lstat(filepath.Join(s.dir, filepath.FromSlash(path)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return fmt.Errorf("list %s: %w", path, err)
		case !info.IsDir():
			s.add(path, "this is %s; it must be a folder", what(info.Mode()))
			continue
		}
		if err := s.folder(path); err != nil {
			return err
		}
	}
	slices.SortFunc(s.entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return nil
}

func (s *scanner) folder(path string) error {
	names, err := os.ReadDir(filepath.Join(s.dir, filepath.FromSlash(path)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it went away while we looked: there is nothing in it
	}
	if err != nil {
		return fmt.Errorf("list %s: %w", path, err)
	}
	s.twins(path, names)
	for _, e := range names {
		name := e.Name()
		if passedOver(name) {
			continue
		}
		child := path + "/" + name
		if why := badName(name); why != "" {
			s.add(child, "%s", why)
			continue
		}
		if e.IsDir() {
			if err := s.folder(child); err != nil {
				return err
			}
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // it went away while we looked, as a save does
		}
		if err != nil {
			return fmt.Errorf("list %s: %w", child, err)
		}
		s.file(child, info)
	}
	return nil
}

func (s *scanner) file(path string, info fs.FileInfo) {
	if !info.Mode().IsRegular() {
		s.add(path, "this is %s; put the file itself here", what(info.Mode()))
		return
	}
	inode, names := links(info)
	if names > 1 {
		s.add(path, "this file has %d names (hard links); copy it instead", names)
		return
	}
	if _, why := placeOf(path); why != "" {
		s.add(path, "%s", why)
		return
	}
	s.entries = append(s.entries, Entry{path, info.Size(), info.ModTime(), inode})
}

// twins reports names that are the same where letter case does not count, as on
// Windows.
func (s *scanner) twins(path string, names []fs.DirEntry) {
	folded := make(map[string]string)
	lower := func(e fs.DirEntry) bool { return e.Name() == strings.ToLower(e.Name()) }
	if len(names) < 2 || !slices.ContainsFunc(names, func(e fs.DirEntry) bool { return !lower(e) }) {
		return
	}
	for _, e := range names {
		key := strings.ToLower(e.Name())
		if first, ok := folded[key]; ok {
			s.add(path+"/"+e.Name(), "the name differs from %q only in case; rename one", first)
		}
		folded[key] = e.Name()
	}
}

// passedOver reports whether a name is an editor's or a system's leaving, which
// nobody meant to publish.
func passedOver(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") || strings.HasSuffix(name, "~") || strings.HasPrefix(name, "#") {
		return true
	}
	lower := strings.ToLower(name)
	switch filepath.Ext(lower) {
	case ".swp", ".swo", ".tmp", ".bak", ".orig":
		return true
	}
	return lower == "thumbs.db" || lower == "desktop.ini"
}

var reserved = []string{
	"con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
	"lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
}

// badName says why a name cannot be a file's on every system, or nothing.
func badName(name string) string {
	const most = 128
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	switch {
	case !utf8.ValidString(name):
		return "the name is not UTF-8; rename it"
	case len(name) > most:
		return fmt.Sprintf("the name has %d bytes (want at most %d); shorten it", len(name), most)
	case strings.ContainsFunc(name, func(r rune) bool { return r == '\t' || r == '\n' || strictyaml.Forbidden(r) }):
		return fmt.Sprintf("the name %q has a control or bidirectional character; rename it", name)
	case !norm.NFC.IsNormalString(name):
		return "the name is not in NFC: an accent stands apart from its letter; rename it"
	case strings.ContainsAny(name, `<>:"/\|?*`):
		return fmt.Sprintf("the name %q has a character that Windows refuses; rename it", name)
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") || strings.HasPrefix(name, " "):
		return fmt.Sprintf("the name %q starts or ends with a space or a dot; rename it", name)
	case slices.Contains(reserved, strings.TrimSpace(stem)):
		return fmt.Sprintf("the name %q is a device on Windows; rename it", name)
	}
	return ""
}

func what(m fs.FileMode) string {
	switch {
	case m&fs.ModeSymlink != 0:
		return "a symbolic link"
	case m.IsDir():
		return "a folder"
	case m.IsRegular():
		return "a file"
	}
	return "a device, pipe or socket"
}
