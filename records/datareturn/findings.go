package datareturn

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"despatch/records/calendar"
)

// A Finding is something about answers that a person has to look at: an error,
// which has to be put right, or a query, which has to be put right or explained.
// A query without an explanation is an error besides.
type Finding struct {
	At    string // field or cell; "explain.<query>" for an explanation that is missing
	Query string // empty: an error
	Text  string
}

var email = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$`)

const longestEmail = 254

// Acceptable reports whether nothing has to be put right any more.
func Acceptable(findings []Finding) bool {
	return !slices.ContainsFunc(findings, func(x Finding) bool { return x.Query == "" })
}

// Findings says what is wrong with answers, in the form's order. The day is the
// one on which they were sent.
func (f *Form) Findings(a Answers, day calendar.Date) []Finding {
	e := examination{form: f, answers: &a, day: day, values: make(map[string]string)}
	for _, x := range a.Answers {
		e.values[x.At] = x.Value
	}
	if !a.Nil {
		for i := range f.Fields {
			if fd := &f.Fields[i]; f.asked(fd, &a) {
				e.field(fd)
			}
		}
		e.size()
		for i := range f.Rules {
			e.rule(&f.Rules[i], f.Rules[i].id(i))
		}
	}
	if f.Declaration != "" && !a.Declared {
		e.error(declarationAt, "Confirm the declaration")
	}
	return e.found
}

// An examination goes through answers once.
type examination struct {
	form    *Form
	answers *Answers
	day     calendar.Date
	values  map[string]string
	wrong   []string // places whose answer is wrong in itself: no rule counts with them
	found   []Finding
}

func (e *examination) error(at, text string) {
	e.found = append(e.found, Finding{At: at, Text: text})
}

// query asks for an explanation, and whether it is there.
func (e *examination) query(id, at, text string) {
	e.found = append(e.found, Finding{At: at, Query: id, Text: text})
	said := e.answers.Explained(id)
	switch {
	case said == "":
		e.error("explain."+id, "Explain why this is right: "+text)
	case utf8.RuneCountInString(said) > MostExplanation:
		e.error("explain."+id, fmt.Sprintf("The explanation must have at most %d characters: %s", MostExplanation, text))
	}
}

func (e *examination) field(fd *Field) {
	if fd.Type == Files {
		e.files(fd)
		return
	}
	for _, p := range fd.places() {
		value, answered := e.values[p.At]
		switch text := ""; {
		case slices.Contains(e.answers.Unavailable, p.At):
		case !answered && fd.Required:
			e.error(p.At, p.Label+": "+missing[fd.Type])
		case !answered:
		default:
			if text = e.wrongWith(fd, value); text != "" {
				e.wrong = append(e.wrong, p.At)
				e.error(p.At, p.Label+": "+text)
			} else {
				e.expected(fd, p, value)
			}
		}
	}
}

var missing = map[string]string{
	Text: "enter an answer", Number: "enter a number", Date: "enter a date", Choice: "choose an answer", Email: "enter an e-mail address", Table: "enter a number",
}

// wrongWith says what is wrong with one answer, or nothing.
func (e *examination) wrongWith(fd *Field, value string) string {
	switch fd.Type {
	case Number, Table:
		return fd.wrongNumber(value)
	case Date:
		return e.wrongDate(fd, value)
	case Choice:
		return fd.wrongChoice(value)
	case Email:
		if !email.MatchString(value) || len(value) > longestEmail {
			return "enter an e-mail address in the right form, like name@example.com"
		}
	case Text:
		if utf8.RuneCountInString(value) > fd.characters() {
			return fmt.Sprintf("enter at most %d characters", fd.characters())
		}
	}
	return ""
}

func (fd *Field) wrongNumber(value string) string {
	n, ok := number(value)
	if !ok {
		return "enter a number, like 12"
	}
	if decimals(value) > fd.Decimals {
		switch fd.Decimals {
		case 0:
			return "enter a whole number"
		case 1:
			return "enter a number with at most 1 decimal place"
		}
		return fmt.Sprintf("enter a number with at most %d decimal places", fd.Decimals)
	}
	if least, ok := number(fd.Least); ok && n < least {
		return "enter " + fd.Least + " or more"
	}
	if most, ok := number(fd.Most); ok && n > most {
		return "enter " + fd.Most + " or less"
	}
	return ""
}

func (e *examination) wrongDate(fd *Field, value string) string {
	d, ok := dayOf(value)
	switch {
	case !ok:
		return "enter a real date, with day, month and year"
	case !fd.Earliest.IsZero() && d.Before(fd.Earliest):
		return "enter a date on or after " + fd.Earliest.Short()
	case !fd.Latest.IsZero() && d.After(fd.Latest):
		return "enter a date on or before " + fd.Latest.Short()
	case fd.NotFuture && d.After(e.day):
		return "enter a date that is not in the future"
	}
	return ""
}

// wrongChoice wants choices of the form, several of them in its order.
func (fd *Field) wrongChoice(value string) string {
	chosen, last := []string{value}, -1
	if fd.Several {
		chosen = strings.Split(value, "\n")
	}
	for _, c := range chosen {
		at := slices.Index(fd.Choices, c)
		if at <= last {
			return "choose from the answers that are offered"
		}
		last = at
	}
	return ""
}

// expected queries a number that is outside what was expected.
func (e *examination) expected(fd *Field, p Place, value string) {
	n, ok := number(value)
	if !ok {
		return
	}
	if least, set := number(fd.ExpectLeast); set && n < least {
		e.query(p.At+":expected", p.At, fmt.Sprintf("%s: %s is less than expected (%s or more)", p.Label, value, fd.ExpectLeast))
	}
	if most, set := number(fd.ExpectMost); set && n > most {
		e.query(p.At+":expected", p.At, fmt.Sprintf("%s: %s is more than expected (%s or less)", p.Label, value, fd.ExpectMost))
	}
}

// beginnings are the first bytes of files whose name says what they are.
var beginnings = map[string]string{
	"pdf": "%PDF-", "png": "\x89PNG", "jpg": "\xff\xd8\xff", "docx": "PK\x03\x04", "xlsx": "PK\x03\x04", "odt": "PK\x03\x04", "ods": "PK\x03\x04",
}

func (e *examination) files(fd *Field) {
	count := 0
	for _, x := range e.answers.Files {
		if x.Field != fd.ID {
			continue
		}
		count++
		ending := x.Name[strings.LastIndex(x.Name, ".")+1:]
		switch {
		case !slices.Contains(fd.endings(), ending):
			e.error(fd.ID, fmt.Sprintf("%s: %s cannot be sent; choose a file that ends in %s", fd.Label, x.Name, joinedOr(fd.endings())))
		case x.Size == 0:
			e.error(fd.ID, fmt.Sprintf("%s: %s is empty", fd.Label, x.Name))
		case x.Size > MostFile:
			e.error(fd.ID, fmt.Sprintf("%s: %s must be at most %d MB", fd.Label, x.Name, MostFile>>20))
		case !bytes.HasPrefix(x.Bytes, []byte(beginnings[ending])):
			e.error(fd.ID, fmt.Sprintf("%s: %s is not what its name says; save it again in the right form", fd.Label, x.Name))
		}
	}
	switch {
	case count == 0 && fd.Required:
		e.error(fd.ID, fd.Label+": choose a file")
	case count > fd.many():
		e.error(fd.ID, fmt.Sprintf("%s: choose at most %d", fd.Label, fd.many()))
	}
}

// size holds all files together to what goes in one request.
func (e *examination) size() {
	all := 0
	for _, x := range e.answers.Files {
		all += x.Size
	}
	if all > MostFiles {
		e.error(e.answers.Files[0].Field, fmt.Sprintf("All files together must be at most %d MB", MostFiles>>20))
	}
}

func joinedOr(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
