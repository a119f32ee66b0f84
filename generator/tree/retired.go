package tree

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"despatch/internal/naming"
	"despatch/internal/refusal"
	"despatch/records/calendar"
)

// retiredDays is how many days a file stays, after the London day on which it was
// last listed, for readers of an older head.
const retiredDays = 7

// retiredList is the files that ceased to be listed on one London day.
type retiredList struct {
	file    Entry
	day     string // yyyymmdd
	entries []Entry
}

func loadRetired(get getter, e Entry) (*retiredList, error) {
	data, err := getListed(get, e)
	if err != nil {
		return nil, err
	}
	entries, err := parseRetired(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Path, err)
	}
	day, _, _ := strings.Cut(strings.TrimPrefix(e.Path, "manifest/retired-"), ".")
	return &retiredList{e, day, entries}, nil
}

// parseRetired reads the lines of a retired list: immutable files only.
func parseRetired(text []byte) ([]Entry, error) {
	entries, err := parseList(text)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, refusal.Malformed.Errorf("the list is empty")
	}
	for _, e := range entries {
		c := classify(e.Path)
		if c == unknown || c == retiredPath || c.inPlace() || !namesItsHash(c, e) {
			return nil, refusal.Malformed.Errorf("%s cannot be a retired file", e.Path)
		}
	}
	return entries, nil
}

// write names the list and gives its text.
func (r *retiredList) write() []byte {
	text := formatList(nil, r.entries)
	r.file = entryOf(fmt.Sprintf("manifest/retired-%s.%s", r.day, naming.Hash(text)), text)
	return text
}

// londonDay is the day of a moment as it stands in the names of retired lists.
func londonDay(now time.Time) string { return strings.ReplaceAll(calendar.On(now).String(), "-", "") }

// retire gives the retired lists after a change at now: gone joins today's list,
// what is listed again or matches drop leaves, lists of more than 7 days ago end.
// The files of expired and dropped lines are to be deleted; changed are the lists
// to write.
func retire(old []retiredList, gone []Entry, now time.Time, drop func(path string) bool) (lists []retiredList, expired []Entry) {
	today := londonDay(now)
	oldest := londonDay(calendar.On(now).AddDays(-retiredDays).Start())
	found := false
	for _, r := range old {
		if r.day < oldest {
			expired = append(expired, r.entries...)
			continue
		}
		next := retiredList{r.file, r.day, slices.DeleteFunc(slices.Clone(r.entries), func(e Entry) bool { return drop(e.Path) })}
		if r.day == today {
			found = true
			next.entries = merge(next.entries, nil, gone)
		}
		lists = append(lists, next)
	}
	if !found && len(gone) > 0 {
		lists = append(lists, retiredList{day: today, entries: slices.Clone(gone)})
	}
	return slices.DeleteFunc(lists, func(r retiredList) bool { return len(r.entries) == 0 }), expired
}

// without takes what is listed out of the list and tells whether nothing is left.
func (r *retiredList) without(listed []Entry) bool {
	r.entries = slices.DeleteFunc(slices.Clone(r.entries), func(e Entry) bool { _, ok := find(listed, e.Path); return ok })
	return len(r.entries) == 0
}
