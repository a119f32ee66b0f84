package misheet

import (
	"fmt"
	"regexp"
	"strings"

	"despatch/records/calendar"
)

// A Due is a date, or words that are not one ("with immediate effect"); the zero
// Due is none.
type Due struct {
	Date calendar.Date
	Text string
}

var likeDate = regexp.MustCompile(`^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$`)

// UnmarshalText reads a date as 2015-12-18, or keeps the words as written. What
// has the shape of a date but is none is refused.
func (d *Due) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	if !likeDate.MatchString(s) {
		*d = Due{Text: s}
		return nil
	}
	date, err := calendar.Parse(s)
	if err == nil {
		*d = Due{Date: date}
	}
	return err
}

// MarshalText is String.
func (d Due) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String is the date as 2015-12-18, or the words.
func (d Due) String() string {
	if d.Text != "" {
		return d.Text
	}
	return d.Date.String()
}

// IsZero reports whether nothing is due.
func (d Due) IsZero() bool { return d == Due{} }

// Check reports what is wrong with the sheet: the key, as links.0.url, and a
// sentence. Drafts, without a publication date, are checked alike.
func (s *Sheet) Check(report func(key, text string)) {
	if strings.TrimSpace(s.Title) == "" {
		report("title", "a sheet has a title")
	}
	switch s.Type {
	case Action:
		if s.Due.IsZero() {
			report("due", "an Action sheet says by when (a date, or words such as \"with immediate effect\")")
		}
	case Information:
		if !s.Due.IsZero() {
			report("due", "an Information sheet has no due date: take it out, or make the type Action")
		}
	default:
		report("type", fmt.Sprintf("unknown type %q (want Action or Information)", s.Type))
	}
	if s.Number != "" {
		if _, _, ok := ParseNumber(s.Number); !ok {
			report("number", fmt.Sprintf("%q is not an MI number (want one like 236/15)", s.Number))
		}
	}
	if s.Replaces != "" {
		if _, _, ok := ParseNumber(s.Replaces); !ok {
			report("replaces", fmt.Sprintf("%q is not an MI number (want one like 236/15)", s.Replaces))
		}
	}
	switch {
	case len(s.Audience) == 0 && s.Group == "":
		report("audience", "nobody would see this sheet: name an audience or a group")
	case len(s.Audience) > 0 && s.Group != "":
		report("group", "the sheet has both an audience and a group: keep one")
	}
	for i, l := range s.Links {
		if _, err := l.Href(); err != nil {
			report(fmt.Sprintf("links.%d.url", i), err.Error())
		}
	}
}
