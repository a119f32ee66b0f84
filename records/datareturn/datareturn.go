// Package datareturn describes a data return: a form that schools complete for
// the authority, what may be answered, and what is wrong with answers (rows P13,
// P22-P28, M5).
//
// It follows docs/formats.md section 18.2. The browser has the same rules; both
// are held to docs/vectors/datareturn.json (TestVectors). An answer comes from
// outside: what Read does not refuse is still only text.
package datareturn

import (
	"fmt"
	"strings"

	"despatch/records/authority"
	"despatch/records/calendar"
)

// A Form is one data return as published.
type Form struct {
	ID          string            `yaml:"-"`
	Format      int               `yaml:"format"`
	Title       string            `yaml:"title"`
	Published   calendar.Moment   `yaml:"published"`
	Due         calendar.Date     `yaml:"due"`
	LateUntil   calendar.Date     `yaml:"late_until"`
	Audience    []string          `yaml:"audience"`
	Group       string            `yaml:"group"`
	Contact     authority.Contact `yaml:"contact"`
	Statutory   bool              `yaml:"statutory"`
	Minutes     int               `yaml:"minutes"`
	Intro       string            `yaml:"intro"`
	After       string            `yaml:"after"`       // what to do once it is sent (row P26)
	NilReturn   string            `yaml:"nil_return"`  // what a school confirms that has nothing to report; empty: no nil return
	Declaration string            `yaml:"declaration"` // what whoever sends it confirms; empty: nothing
	Fields      []Field           `yaml:"fields"`
	Rules       []Rule            `yaml:"rules"`
}

// A Field is one question of a form. What does not belong to its type is left out.
type Field struct {
	ID          string   `yaml:"id"`
	Label       string   `yaml:"label"`
	Hint        string   `yaml:"hint"`
	Section     string   `yaml:"section"` // heading of the part that begins here
	Type        string   `yaml:"type"`    // one of FieldTypes
	Required    bool     `yaml:"required"`
	Unavailable bool     `yaml:"unavailable"` // "not available" is an answer
	AskIf       AskIf    `yaml:"ask_if"`
	Choices     []string `yaml:"choices"`
	Several     bool     `yaml:"several"` // of choices
	Rows        []string `yaml:"rows"`
	Columns     []string `yaml:"columns"`

	Least       string `yaml:"least"` // of a number, and of every cell of a table
	Most        string `yaml:"most"`
	Decimals    int    `yaml:"decimals"`
	ExpectLeast string `yaml:"expect_least"` // outside: a query
	ExpectMost  string `yaml:"expect_most"`

	Characters int  `yaml:"characters"` // the most that a text may have; left out: 500
	Long       bool `yaml:"long"`       // a text of several lines

	Earliest  calendar.Date `yaml:"earliest"` // of a date
	Latest    calendar.Date `yaml:"latest"`
	NotFuture bool          `yaml:"not_future"`

	Endings []string `yaml:"endings"` // of files; left out: all that may be sent
	Many    int      `yaml:"many"`    // files at most; left out: 1
}

// AskIf asks a field only where a choice before it was answered so.
type AskIf struct {
	Field string   `yaml:"field"`
	Is    []string `yaml:"is"`
}

// A Rule compares answers with one another.
type Rule struct {
	ID    string `yaml:"id"`    // left out: rule-1, rule-2 …
	Each  string `yaml:"each"`  // a table: the rule holds for each of its rows
	That  string `yaml:"that"`  // boys + girls = roll
	Say   string `yaml:"say"`   // what a person reads where it does not hold
	At    string `yaml:"at"`    // the field or cell that the message leads to; left out: the first one that the rule names
	Query bool   `yaml:"query"` // an explanation is enough
}

// The types of fields.
const (
	Text   = "text"
	Number = "number"
	Date   = "date"
	Choice = "choice"
	Email  = "email"
	Table  = "table"
	Files  = "file"
)

// FieldTypes are the types that a field may have.
func FieldTypes() []string {
	return []string{Text, Number, Date, Choice, Email, Table, Files}
}

// Endings are the kinds of file that may be sent, by the ending of their names.
// Nothing among them is a program or a page.
func Endings() []string {
	return []string{"csv", "docx", "jpg", "ods", "odt", "pdf", "png", "txt", "xlsx"}
}

// Limits of what one return may hold. Together with the envelope, a return
// without files fits the one size that all answers have; one with files goes to
// the drop-box in one request.
const (
	MostText        = 48_000    // bytes of the line of answers
	MostFile        = 5 << 20   // bytes of one file
	MostFiles       = 6 << 20   // bytes of all files
	MostExplanation = 500       // characters
	usualCharacters = 500       //
	mostCharacters  = 10_000    //
	mostPlaces      = 500       // questions and cells
	mostDigits      = 9         // before the point
	mostDecimals    = 3         //
	manyFiles       = 10        // of one field
	mostNameOfFile  = 100       // characters
	firstYear       = 1900      //
	lastYear        = 2100      //
	one             = 1000      // numbers are counted in thousandths
	declarationAt   = "declare" // where the declaration's error leads
)

// ClosesOn is the last day on which the form is taken, late ones included.
func (f *Form) ClosesOn() calendar.Date {
	if f.LateUntil.IsZero() {
		return f.Due
	}
	return f.LateUntil
}

// Late reports whether a return that came on a day is marked late (row P27).
func (f *Form) Late(day calendar.Date) bool {
	return !f.Due.IsZero() && day.After(f.Due)
}

// A Place is one thing that is answered: a field, or a cell of a table.
type Place struct {
	At    string // field, or table.row.column
	Label string
}

// Places are all that may be answered, in the form's order. Files are in it as
// one place a field.
func (f *Form) Places() []Place {
	var all []Place
	for i := range f.Fields {
		all = append(all, f.Fields[i].places()...)
	}
	return all
}

func (fd *Field) places() []Place {
	if fd.Type != Table {
		return []Place{{fd.ID, fd.Label}}
	}
	var all []Place
	for _, row := range fd.Rows {
		for _, column := range fd.Columns {
			all = append(all, Place{fd.ID + "." + Slug(row) + "." + Slug(column), fd.Label + ", " + row + ", " + column})
		}
	}
	return all
}

// Slug is what rules and answers call a row or column: its label in lower case,
// with a hyphen for whatever is neither a letter from a to z nor a digit.
func Slug(label string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(label) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}

func (f *Form) field(id string) *Field {
	for i := range f.Fields {
		if f.Fields[i].ID == id {
			return &f.Fields[i]
		}
	}
	return nil
}

func (r *Rule) id(i int) string {
	if r.ID == "" {
		return fmt.Sprintf("rule-%d", i+1)
	}
	return r.ID
}

func (fd *Field) characters() int {
	if fd.Characters == 0 {
		return usualCharacters
	}
	return fd.Characters
}

func (fd *Field) many() int { return max(fd.Many, 1) }

func (fd *Field) endings() []string {
	if len(fd.Endings) == 0 {
		return Endings()
	}
	return fd.Endings
}
