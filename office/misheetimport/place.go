package misheetimport

import (
	"fmt"
	"strings"

	"despatch/records/calendar"
	"despatch/records/misheet"
)

// place puts a field's value into the sheet.
func (r *reader) place(f labelled) {
	if len(f.values) == 0 {
		return
	}
	s := r.sheet
	switch f.field {
	case fieldTitle:
		r.single(f, &s.Title)
	case fieldSummary:
		r.prose(f, &s.Summary)
	case fieldAction:
		r.prose(f, &s.Action)
	case fieldEffective:
		r.single(f, &s.Effective)
	case fieldReference:
		r.single(f, &s.Reference)
	case fieldType, fieldNumber, fieldPublished, fieldDue:
		r.formed(f)
	case fieldPhone, fieldEmail:
		r.reach = append(r.reach, f)
	default:
		for _, v := range f.values {
			r.listed(f.field, v)
		}
	}
}

// listed places one line of a field that holds a list.
func (r *reader) listed(f field, v line) {
	s := r.sheet
	switch f {
	case fieldContact:
		s.Contacts = append(s.Contacts, r.contacts(v)...)
	case fieldAudience:
		s.Audience = append(s.Audience, r.audience(unbullet(v))...)
	case fieldCC:
		s.CC = append(s.CC, r.audience(unbullet(v))...)
	case fieldDocuments:
		s.Documents = append(s.Documents, squeeze(unbullet(v).text))
	case fieldLinks:
		links, other := r.links(unbullet(v))
		s.Links = append(s.Links, links...)
		s.Documents = append(s.Documents, other...)
	}
}

func unbullet(l line) line {
	if text, ok := bullet(l.text); ok {
		l.text = text
	}
	return l
}

// single sets a field that holds one line; more of it goes to the body.
func (r *reader) single(f labelled, to *string) {
	for _, v := range f.values {
		switch text := squeeze(v.text); {
		case *to == "":
			*to = text
		case fold(*to) != fold(text):
			r.keep(v, "a second value of one field")
		}
	}
}

func (r *reader) prose(f labelled, to *string) {
	for _, v := range f.values {
		*to = joinWords(*to, squeeze(v.text))
	}
}

// formed sets a field whose value has a form: what has not goes to the body.
func (r *reader) formed(f labelled) {
	s := r.sheet
	for _, v := range f.values {
		text := squeeze(v.text)
		switch f.field {
		case fieldType:
			t, ok := sheetType(text)
			if !ok || s.Type != "" && s.Type != t {
				r.keep(v, "the type is neither Action nor Information alone")
				continue
			}
			s.Type = t
		case fieldNumber:
			r.setNumber(v, text)
		case fieldPublished:
			r.setPublished(v, text)
		case fieldDue:
			r.setDue(v, text)
		}
	}
}

func (r *reader) setNumber(v line, text string) {
	if !isNumber(text) {
		r.keep(v, "this is not the form of a sheet's number (want one like 236/15)")
		return
	}
	if r.sheet.Number == "" {
		r.sheet.Number, r.number = text, v
		return
	}
	if !sameNumber(r.sheet.Number, text) {
		r.conflict = fmt.Errorf("line %d says the number is %s and line %d says %s: which is it?", r.number.number, r.sheet.Number, v.number, text)
	}
}

func (r *reader) setPublished(v line, text string) {
	m, ok := parseDate(text)
	if !ok {
		r.keep(v, "this is not a date (want one like 11/12/2015)")
		return
	}
	at := calendar.Moment{Date: m.date}
	if !m.idle() {
		at.Hour, at.Minute = m.hour, m.minute
		if m.second != 0 {
			r.keep(v, "a time is kept to the minute")
		}
	}
	if _, err := calendar.ParseMoment(at.String()); err != nil {
		r.keep(v, "that time did not exist")
		at.Hour, at.Minute = 0, 0
	}
	switch {
	case r.sheet.Published.Date.IsZero():
		r.sheet.Published = at
	case r.sheet.Published != at:
		r.keep(v, "a second publication date")
	}
}

func (r *reader) setDue(v line, text string) {
	r.due = append(r.due, v)
	due := misheet.Due{Text: text}
	if (&misheet.Due{}).UnmarshalText([]byte(text)) != nil {
		r.keep(v, "this has the form of a date and is none")
		return
	}
	if m, ok := parseDate(text); ok {
		due = misheet.Due{Date: m.date}
		if !m.idle() {
			r.keep(v, "the time of a due date has no place of its own")
		}
	} else if r.sheet.Due == (misheet.Due{}) {
		r.note(v, "the due value %q is not a date: kept as written", text)
	}
	switch {
	case r.sheet.Due == (misheet.Due{}):
		r.sheet.Due = due
	case r.sheet.Due != due:
		r.keep(v, "a second due value")
	}
}

// settle finishes what needs the whole header block.
func (r *reader) settle() error {
	if r.conflict != nil {
		return r.conflict
	}
	s := r.sheet
	for _, f := range r.reach {
		for _, v := range f.values {
			r.placeReach(f.field, v)
		}
	}
	if s.Type == misheet.Information && s.Due != (misheet.Due{}) {
		for _, f := range r.due {
			r.keep(f, "an Information sheet has no due date")
		}
		s.Due = misheet.Due{}
	}
	if _, year, ok := misheet.ParseNumber(s.Number); ok && !s.Published.Date.IsZero() && year != s.Published.Date.Year {
		r.note(r.number, "the number %s is of %d, the publication date of %d", s.Number, year, s.Published.Date.Year)
	}
	return nil
}

// placeReach gives a telephone or e-mail field to its contact.
func (r *reader) placeReach(f field, v line) {
	pattern := phoneNumber
	if f == fieldEmail {
		pattern = anyEmail
	}
	all := pattern.FindAllString(v.text, -1)
	rest := strings.Trim(pattern.ReplaceAllString(v.text, ""), " ,;/()")
	if len(all) == 0 || rest != "" && fold(rest) != "or" && fold(rest) != "and" {
		r.keep(v, "this is not a number or address alone")
		return
	}
	for _, one := range all {
		if f == fieldEmail {
			r.addReach(v, one, "")
		} else {
			r.addReach(v, "", squeeze(balance(one)))
		}
	}
}

// sameNumber compares two ways of writing a sheet's number.
func sameNumber(a, b string) bool {
	serialA, yearA, okA := misheet.ParseNumber(a)
	serialB, yearB, okB := misheet.ParseNumber(b)
	if okA && okB {
		return serialA == serialB && yearA == yearB
	}
	return fold(a) == fold(b)
}
