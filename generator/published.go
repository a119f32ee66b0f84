package generator

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"despatch/generator/source"
	"despatch/generator/tree"
)

// NotPublished is LastBuild's error where the folder holds what no build has
// published.
type NotPublished struct{ why string }

func (n NotPublished) Error() string { return n.why }

// LastBuild gives the tree that stands in dir, which the folder's last build made
// of exactly the sources in l, and which of its sealed files are of a school or of
// the authority for all schools. Anything that changed since, or that the clock
// would publish by now, is NotPublished: what is said to have been published must
// have been.
func LastBuild(dir string, l *source.Listing, base *tree.State, school string, now time.Time) ([]tree.Entry, error) {
	known, err := readState(dir)
	if err != nil {
		return nil, NotPublished{"nothing remembers what was published: " + filepath.Join(dir, cacheDir) + " has no state of a build"}
	}
	if !known.Next.IsZero() && !now.Before(known.Next) {
		return nil, NotPublished{fmt.Sprintf("what was due on %s is not published yet", known.Next.UTC().Format(time.DateTime))}
	}
	then := slices.DeleteFunc(slices.Clone(known.Sources), func(s sourceState) bool { return !isSource(s.Path) })
	if at := differs(then, l.Entries); at != "" {
		return nil, NotPublished{at + " changed since the last build"}
	}
	var listed []tree.Entry
	for _, u := range known.Units {
		if u.ID != school && u.ID != authorityUnit {
			continue
		}
		paths := slices.Clone(u.Paths)
		for _, x := range u.Indexes {
			paths = append(paths, x.Path)
		}
		for _, path := range paths {
			e, ok := base.Lookup(path)
			if !ok {
				return nil, NotPublished{path + " of the last build is not in the tree"}
			}
			listed = append(listed, e)
		}
	}
	if !slices.ContainsFunc(known.Units, func(u unitState) bool { return u.ID == school }) {
		return nil, errors.New("the last build knew no school " + school)
	}
	slices.SortFunc(listed, func(a, b tree.Entry) int { return strings.Compare(a.Path, b.Path) })
	return listed, nil
}

// isSource tells content and events from key files.
func isSource(path string) bool {
	return path == "despatch.yaml" || strings.HasPrefix(path, "content/") || strings.HasPrefix(path, "events/")
}

// differs gives the first path that is not as it was, or nothing.
func differs(then []sourceState, now []source.Entry) string {
	for i := range max(len(then), len(now)) {
		switch {
		case i >= len(then):
			return now[i].Path
		case i >= len(now):
			return then[i].Path
		case then[i].Path != now[i].Path:
			return min(then[i].Path, now[i].Path)
		case then[i].Size != now[i].Size || then[i].ModTime != now[i].ModTime.UnixNano() || then[i].Inode != now[i].Inode:
			return now[i].Path
		}
	}
	return ""
}
