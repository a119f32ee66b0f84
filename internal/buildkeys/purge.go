package buildkeys

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"despatch/internal/durable"
	"despatch/internal/refusal"
)

var stemForm = regexp.MustCompile(`^[a-z0-9][a-z0-9/-]*$`)

// Purge are the stems of files of rotated epochs and removed people: the next
// build deletes them at once, unless it lists them still. A stem is a path up to
// the first dot after its last slash. Sorted; none is no error.
func (k *Keys) Purge() ([]string, error) { return Purge(k.dir) }

// Purge is Keys.Purge of a folder.
func Purge(dir string) ([]string, error) { return readStems(dir, PurgeFile) }

// ClearPurge takes done off the list, after the head was written that lists them
// no more. What was added meanwhile stays.
func (k *Keys) ClearPurge(done []string) error {
	all, err := k.Purge()
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(all, func(s string) bool { return slices.Contains(done, s) })
	return writeStems(k.dir, PurgeFile, left)
}

// AddPurge puts stems on the list.
func AddPurge(dir string, stems []string) error { return addStems(dir, PurgeFile, stems) }

// Removed are the opaque ids of accounts that were removed, sorted.
func Removed(dir string) ([]string, error) { return readStems(dir, RemovedFile) }

// AddRemoved notes that an account was removed.
func AddRemoved(dir, opaque string) error { return addStems(dir, RemovedFile, []string{opaque}) }

// DropRemoved takes an account off the list of removed ones: it has new keys.
func DropRemoved(dir, opaque string) error {
	all, err := Removed(dir)
	if err != nil || !slices.Contains(all, opaque) {
		return err
	}
	return writeStems(dir, RemovedFile, slices.DeleteFunc(all, func(s string) bool { return s == opaque }))
}

func addStems(dir, name string, stems []string) error {
	all, err := readStems(dir, name)
	if err != nil {
		return err
	}
	more := slices.Compact(slices.Sorted(slices.Values(slices.Concat(all, stems))))
	if slices.Equal(more, all) {
		return nil
	}
	return writeStems(dir, name, more)
}

func readStems(dir, name string) ([]string, error) {
	text, err := readPublic(dir, name)
	if missing(err) || err == nil && len(text) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	body, ok := strings.CutSuffix(string(text), "\n")
	if !ok {
		return nil, refusal.Malformed.Errorf("%s does not end in a line end", name)
	}
	lines := strings.Split(body, "\n")
	for i, l := range lines {
		if !stemForm.MatchString(l) || i > 0 && l <= lines[i-1] {
			return nil, refusal.Malformed.Errorf("%s:%d: %q is no name, or not in its place", name, i+1, l)
		}
	}
	return lines, nil
}

func writeStems(dir, name string, lines []string) error {
	var text strings.Builder
	for _, l := range lines {
		text.WriteString(l + "\n")
	}
	return durable.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text.String()), 0o644)
}
