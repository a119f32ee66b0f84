// Package misheetimport turns the text of an MI sheet's page, as publishers
// paste or save it, into a sheet file of docs/content.md (rows P01-P07,
// R01-R04, G8).
//
// It never guesses silently and never loses a word: what it cannot place it
// keeps in the body under its own words and notes with the line. Every word of
// the text is in the file, but for labels, joining words between list entries
// and a title said twice (TestNoWordIsLost, FuzzParse). The text is whoever
// wrote it: nothing in it can format the page by accident (TestBodyMeansItself).
package misheetimport

import (
	"errors"
	"fmt"
	"strings"

	"despatch/records/calendar"
	"despatch/records/misheet"
)

// A Note says what an officer should look at, and where. Line counts from 1; 0
// is the whole sheet.
type Note struct {
	Line int
	Text string
}

func (n Note) String() string {
	if n.Line == 0 {
		return n.Text
	}
	return fmt.Sprintf("line %d: %s", n.Line, n.Text)
}

// Options is what an officer adds to a text that does not say it.
type Options struct {
	Title     string        // empty: as the text says
	Published calendar.Date // zero: as the text says
}

// errUndated is a text without a publication date. The date is part of the
// sheet's id and is never guessed.
var errUndated = errors.New("the text does not say when the sheet was published")

// Parse reads the text of one sheet and gives it its id. The error is one sentence that says why
// nothing can be imported.
func Parse(data []byte, o Options) (*misheet.Sheet, []Note, error) {
	text, notes, err := lines(data)
	if err != nil {
		return nil, nil, err
	}
	r := &reader{labels: labels(), sheet: &misheet.Sheet{Format: 1, Title: o.Title}, notes: notes}
	body := r.header(text)
	if err := r.settle(); err != nil {
		return nil, nil, err
	}
	body, err = r.title(body)
	if err != nil {
		return nil, nil, err
	}
	if !o.Published.IsZero() {
		published := r.sheet.Published.Date
		if !published.IsZero() && published != o.Published {
			return nil, nil, fmt.Errorf("the text was published on %s, not on %s", published, o.Published)
		}
		if published.IsZero() {
			r.sheet.Published = calendar.Moment{Date: o.Published}
		}
	}
	if r.sheet.Published.Date.IsZero() {
		return nil, nil, errUndated
	}
	r.sheet.Body = r.markdown(body)
	r.missing()
	identify(r.sheet, trimBlank(text))
	return r.sheet, r.notes, nil
}

// A reader carries one sheet from its text.
type reader struct {
	labels   []label
	sheet    *misheet.Sheet
	lead     []line     // before the first label, without the page's heading
	found    bool       // a header block was found
	reach    []labelled // telephone and e-mail fields, for when all contacts are known
	kept     []line     // header lines that go to the body as they stand
	notes    []Note
	number   line   // where the sheet's number was read
	due      []line // where due values were read
	conflict error  // two numbers
}

func (r *reader) note(l line, format string, args ...any) {
	r.notes = append(r.notes, Note{Line: l.number, Text: fmt.Sprintf(format, args...)})
}

// keep puts a header line into the body under its own words.
func (r *reader) keep(l line, why string) {
	for _, k := range r.kept {
		if k.number == l.number {
			return
		}
	}
	if l.whole != "" {
		l.text = l.whole
	}
	r.kept = append(r.kept, l)
	r.note(l, "%s: %q is kept in the text", why, l.text)
}

// title settles the sheet's title and drops where the text says it again.
func (r *reader) title(body []line) ([]line, error) {
	lead := r.lead
	if r.sheet.Title == "" && len(lead) > 0 {
		r.sheet.Title = squeeze(lead[0].text)
		if !r.found {
			r.note(lead[0], "no header block was found: the title is taken from this line")
		}
		lead = lead[1:]
	}
	body = trimBlank(body)
	if r.sheet.Title == "" {
		if len(body) == 0 {
			return nil, errors.New("the text has no title")
		}
		r.sheet.Title = squeeze(body[0].text)
		r.note(body[0], "the title is taken from this line")
		body = trimBlank(body[1:])
	}
	if n := len([]rune(r.sheet.Title)); n > 200 {
		return nil, fmt.Errorf("the title would be %d characters long: %.40q…", n, r.sheet.Title)
	}
	for _, l := range lead {
		if fold(l.text) != fold(r.sheet.Title) {
			r.keep(l, "it stands before the header and is not the title")
		}
	}
	if len(body) > 0 && fold(body[0].text) == fold(r.sheet.Title) {
		body = trimBlank(body[1:])
	}
	return r.joinKept(body), nil
}

// joinKept puts kept lines before the body, each a paragraph of its own.
func (r *reader) joinKept(body []line) []line {
	var all []line
	for _, l := range r.kept {
		all = append(all, line{number: l.number, text: l.text}, line{number: l.number})
	}
	return append(all, body...)
}

func trimBlank(all []line) []line {
	for len(all) > 0 && all[0].blank() {
		all = all[1:]
	}
	for len(all) > 0 && all[len(all)-1].blank() {
		all = all[:len(all)-1]
	}
	return all
}

// missing notes the fields that a sheet should have and this one has not.
func (r *reader) missing() {
	s := r.sheet
	var names []string
	for _, m := range []struct {
		name string
		is   bool
	}{
		{"type", s.Type == ""},
		{"number", s.Number == ""},
		{"contacts", len(s.Contacts) == 0},
		{"audience", len(s.Audience) == 0},
		{"due", s.Type == misheet.Action && s.Due.Date.IsZero() && s.Due.Text == ""},
	} {
		if m.is {
			names = append(names, m.name)
		}
	}
	if len(names) > 0 {
		r.notes = append(r.notes, Note{Text: "the text says nothing for " + strings.Join(names, ", ") + ": add it to the file where it is known"})
	}
	if s.Body == "" {
		r.notes = append(r.notes, Note{Text: "the text has a header block and no body"})
	}
}
