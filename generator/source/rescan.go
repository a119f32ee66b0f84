package source

import (
	"io/fs"
	"slices"
	"strings"
)

// EntryOf is the entry of a file by what Lstat said of it.
func EntryOf(path string, info fs.FileInfo) Entry {
	inode, _ := links(info)
	return Entry{path, info.Size(), info.ModTime(), inode}
}

// Rescan lists the given folders again, and all that is in them, and takes the
// rest from l, which stays as it is. A folder that is gone has nothing in it. The
// problems are those of the given folders only.
func (f *Folder) Rescan(l *Listing, folders []string) (*Listing, []Problem, error) {
	s := scanner{dir: f.dir}
	folders = outermost(folders)
	if err := s.folders(folders); err != nil {
		return nil, nil, err
	}
	return &Listing{splice(l.Entries, s.entries, folders)}, Sort(s.problems), nil
}

// outermost drops folders inside others and sorts the rest as what is in them is
// sorted: a-b/x stands before a/x.
func outermost(folders []string) []string {
	folders = slices.SortedFunc(slices.Values(folders), func(a, b string) int { return strings.Compare(a+"/", b+"/") })
	var out []string
	for _, folder := range folders {
		if !slices.ContainsFunc(out, func(o string) bool { return folder == o || strings.HasPrefix(folder, o+"/") }) {
			out = append(out, folder)
		}
	}
	return out
}

// splice puts found in place of what old has inside the folders. All are sorted.
func splice(old, found []Entry, folders []string) []Entry {
	all := make([]Entry, 0, len(old)+len(found))
	byPath := func(e Entry, path string) int { return strings.Compare(e.Path, path) }
	for _, folder := range folders {
		// What is inside a folder lies between "folder/" and "folder0": 0 follows /.
		from, _ := slices.BinarySearchFunc(old, folder+"/", byPath)
		to, _ := slices.BinarySearchFunc(old, folder+"0", byPath)
		all = append(all, old[:from]...)
		old = old[to:]
		n, _ := slices.BinarySearchFunc(found, folder+"0", byPath)
		all = append(all, found[:n]...)
		found = found[n:]
	}
	return append(all, old...)
}

// BySchool sorts the files of visits, and the events about them, by school; those
// whose school cannot be told are under the empty name.
func (f *Folder) BySchool(l *Listing) (visits, events map[string][]Entry) {
	visits, events, _ = f.bySchool(l)
	return visits, events
}
