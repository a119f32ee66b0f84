package misheetimport

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// labelled is one field of the header block with the lines of its value.
type labelled struct {
	field  field
	at     line // the label's line
	values []line
}

// The header block starts within the first lines of the text; between two of
// its labels stand at most a few lines of value.
const (
	headerStartsWithin = 8
	valueLines         = 4
	proseLines         = 40
	longLine           = 160
)

// header reads the header block and returns the lines after it.
func (r *reader) header(text []line) []line {
	first := r.firstLabel(text)
	if first < 0 {
		r.leadIn(text)
		if len(r.lead) == 0 {
			return nil
		}
		rest := r.lead[0].number // lines are numbered from 1
		r.lead = r.lead[:1]
		return text[rest:]
	}
	r.found = true
	r.leadIn(text[:first])
	i := first
	for i < len(text) {
		f, value := splitLabel(r.labels, text[i].text)
		if f == noField {
			break
		}
		at := text[i]
		i++
		field := labelled{field: f, at: at}
		if value != "" {
			field.values = append(field.values, line{number: at.number, text: value, whole: at.text})
		}
		i = r.values(&field, text, i)
		r.place(field)
	}
	return text[r.leftover(text, i):]
}

// leftover keeps lines that stand right under the block and before the title
// said again: they belong to the block, but to no field of it.
func (r *reader) leftover(text []line, i int) int {
	end := i
	for end < len(text) && !text[end].blank() && !r.isTitle(text[end]) {
		end++
	}
	next := end
	for next < len(text) && text[next].blank() {
		next++
	}
	if end == i || next == end || next == len(text) || !r.isTitle(text[next]) {
		return i
	}
	for _, l := range text[i:end] {
		r.keep(l, "this is no field of an MI sheet")
	}
	return end
}

// leadIn keeps what stands before the first label, but for the page's heading.
func (r *reader) leadIn(before []line) {
	for _, l := range before {
		if l.blank() {
			continue
		}
		if m := heading.FindStringSubmatch(squeeze(l.text)); m != nil {
			if m[1] != "" {
				r.place(labelled{field: fieldNumber, at: l, values: []line{{number: l.number, text: m[1], whole: l.text}}})
			}
			continue
		}
		r.lead = append(r.lead, l)
	}
	// a label on its own line, as the other labels of such a text are
	if len(r.lead) > 1 && fold(r.lead[0].text) == "title" {
		r.lead = r.lead[1:]
	}
}

// firstLabel finds where the header block starts, or -1. One label of ordinary
// words (Contact:) alone does not make a header block.
func (r *reader) firstLabel(text []line) int {
	seen := 0
	for i, l := range text {
		if l.blank() {
			continue
		}
		if seen++; seen > headerStartsWithin {
			return -1
		}
		f, value := splitLabel(r.labels, l.text)
		if f == noField {
			continue
		}
		if r.ownLabel(l.text) || r.nextLabel(text, i+1, f, value != "") >= 0 {
			return i
		}
	}
	return -1
}

// ownLabel reports whether the label that s starts with is one that only MI
// sheets have.
func (r *reader) ownLabel(s string) bool {
	for _, l := range r.labels {
		if l.plain {
			continue
		}
		if rest, ok := afterWords(s, l.words); ok {
			_, ok = afterLabel(rest, l)
			return ok
		}
	}
	return false
}

// nextLabel finds the next label of the block from line i on, when no more
// stands between than a value of the field f may take; else it is -1. A field
// that has its value on the label's line goes on without an empty line only;
// else the text after it is the body, whatever its lines start with.
func (r *reader) nextLabel(text []line, i int, f field, hasValue bool) int {
	most := valueLines
	if f.prose() {
		most = proseLines
	}
	seen, gaps := 0, 0
	for ; i < len(text); i++ {
		l := text[i]
		if l.blank() {
			continue
		}
		if next, _ := splitLabel(r.labels, l.text); next != noField && (gaps == 0 || f.prose() && r.ownLabel(l.text)) {
			return i
		}
		if text[i-1].blank() && (hasValue || seen > 0) {
			gaps++
		}
		if gaps > 0 && !f.prose() {
			return -1
		}
		if seen++; seen > most || !f.prose() && len(l.text) > longLine || r.isTitle(l) {
			return -1
		}
	}
	return -1
}

// isTitle reports whether l says the title again, which ends the header block.
func (r *reader) isTitle(l line) bool {
	return r.sheet.Title != "" && fold(l.text) == fold(r.sheet.Title) ||
		len(r.lead) > 0 && fold(l.text) == fold(r.lead[0].text)
}

// values gathers the lines of a field's value from line i on and returns where
// the next label or the body starts.
func (r *reader) values(f *labelled, text []line, i int) int {
	if next := r.nextLabel(text, i, f.field, len(f.values) > 0); next >= 0 {
		for _, l := range text[i:next] {
			r.value(f, l)
		}
		return next
	}
	// The last field of the block: only what can be nothing else is its value.
	for end := i; end < len(text); end++ {
		l := text[end]
		if l.blank() {
			if len(f.values) > 0 || !belongsAfterBlank(f.field) {
				return i
			}
			continue
		}
		if !r.belongs(f, l) {
			return i
		}
		r.value(f, l)
		i = end + 1
	}
	return i
}

// value adds one line to a field: to its last line where it goes on in lower
// case, to the body where it looks like a field that nobody told us of.
func (r *reader) value(f *labelled, l line) {
	switch {
	case l.blank():
	case !f.field.prose() && unknownLabel.MatchString(l.text) && !startsAddress(l.text):
		r.keep(l, "this is no field of an MI sheet")
	case len(f.values) > 0 && goesOn(f.field, l):
		last := &f.values[len(f.values)-1]
		last.text = joinWords(last.text, l.text)
		last.whole = joinWords(last.whole, l.text)
	default:
		l.whole = l.text
		f.values = append(f.values, l)
	}
}

// goesOn reports whether l continues the line before it: a list of people that
// was broken to fit, which goes on in lower case.
func goesOn(f field, l line) bool {
	first, _ := utf8.DecodeRuneInString(l.text)
	return (f == fieldAudience || f == fieldContact || f == fieldCC) && unicode.IsLower(first)
}

// belongsAfterBlank reports whether a value of the field has a form of its own,
// so that it may be told from the body even after an empty line.
func belongsAfterBlank(f field) bool {
	return f == fieldType || f == fieldNumber || f == fieldPublished || f == fieldLinks
}

// belongs reports whether l, which follows the last label of the block, is its
// value.
func (r *reader) belongs(f *labelled, l line) bool {
	if r.isTitle(l) {
		return false
	}
	empty := len(f.values) == 0
	if !empty && goesOn(f.field, l) && len(l.text) < 120 {
		return true
	}
	switch f.field {
	case fieldLinks:
		return startsAddress(l.text) || isNumber(l.text)
	case fieldType, fieldNumber, fieldPublished, fieldDue, fieldEmail:
		return empty && hasForm(f.field, l.text)
	case fieldContact:
		return hasReach(l.text) && len(l.text) < 100 || empty && isName(l.text)
	case fieldAudience, fieldCC:
		return empty && len(l.text) < 120 && people.MatchString(l.text) && !strings.HasSuffix(l.text, ".") ||
			!empty && strings.HasSuffix(f.values[len(f.values)-1].text, ",") && len(l.text) < 120
	case fieldSummary, fieldAction, fieldDocuments:
		return true // until the next empty line
	}
	return false
}
