package misheetimport

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A field is what a label stands for.
type field int

const (
	noField field = iota
	fieldTitle
	fieldType
	fieldDue
	fieldNumber
	fieldPublished
	fieldContact
	fieldPhone
	fieldEmail
	fieldAudience
	fieldLinks
	fieldSummary
	fieldAction
	fieldEffective
	fieldReference
	fieldDocuments
	fieldCC
)

// prose reports whether the field's value may run over several lines of text.
func (f field) prose() bool {
	return f == fieldSummary || f == fieldAction || f == fieldDocuments
}

// A label is one way in which publishers write a field's name. A plain one is
// also an ordinary word and counts only with a colon or a tab after it.
type label struct {
	words string
	field field
	plain bool
}

// labels are tried in this order: longer ones before what they start with.
func labels() []label {
	all := []label{
		{"mi sheet title", fieldTitle, false},
		{"title", fieldTitle, true},
		{"subject", fieldTitle, true},
		{"mi sheet type", fieldType, false},
		{"sheet type", fieldType, false},
		{"type", fieldType, true},
		{"to be completed by date", fieldDue, false},
		{"to be completed by", fieldDue, false},
		{"action to be completed by", fieldDue, false},
		{"completion date", fieldDue, true},
		{"due date", fieldDue, true},
		{"deadline", fieldDue, true},
		{"mi sheet number", fieldNumber, false},
		{"mi sheet no.", fieldNumber, false},
		{"mi sheet no", fieldNumber, false},
		{"mi number", fieldNumber, false},
		{"mi no.", fieldNumber, false},
		{"mi no", fieldNumber, false},
		{"sheet number", fieldNumber, true},
		{"number", fieldNumber, true},
		{"publication date", fieldPublished, false},
		{"date of publication", fieldPublished, false},
		{"date published", fieldPublished, true},
		{"published", fieldPublished, true},
		{"date", fieldPublished, true},
		{"la contacts", fieldContact, false},
		{"la contact", fieldContact, false},
		{"lea contact", fieldContact, false},
		{"contact name", fieldContact, true},
		{"contact officer", fieldContact, true},
		{"contacts", fieldContact, true},
		{"contact", fieldContact, true},
		{"telephone number", fieldPhone, true},
		{"telephone", fieldPhone, true},
		{"phone", fieldPhone, true},
		{"tel", fieldPhone, true},
		{"e-mail address", fieldEmail, false},
		{"email address", fieldEmail, false},
		{"e-mail", fieldEmail, true},
		{"email", fieldEmail, true},
		{"target audience", fieldAudience, false},
		{"audience", fieldAudience, false},
		{"links", fieldLinks, false},
		{"link", fieldLinks, true},
		{"summary of contents", fieldSummary, false},
		{"summary of content", fieldSummary, false},
		{"summary of action required", fieldAction, false},
		{"summary of actions required", fieldAction, false},
		{"action required", fieldAction, true},
		{"effective from", fieldEffective, false},
		{"reference", fieldReference, true},
		{"associated documents", fieldDocuments, false},
		{"associated document", fieldDocuments, false},
		{"cc audience", fieldCC, false},
		{"c.c.", fieldCC, true},
		{"cc", fieldCC, true},
	}
	slices.SortStableFunc(all, func(a, b label) int { return len(b.words) - len(a.words) })
	return all
}

// selfReview is the one label that starts with the authority's name.
var selfReview = regexp.MustCompile(`(?i)^(?:\w+ )?self[ -]review reference\b`)

// heading is the page's own heading, with the sheet's number where it has one.
var heading = regexp.MustCompile(`(?i)^(?:management information|MI) sheet(?:\s*[:–-]?\s*((?:MI ?)?\d{1,4} ?[/-] ?\d{2,4}))?$`)

// unknownLabel is a line that looks like a field nobody told us of.
var unknownLabel = regexp.MustCompile(`^[A-Z][\pL/&' -]{1,40}?\s?:\s*\S`)

// splitLabel finds the field at the start of a line of the header block and
// gives what stands after its label.
func splitLabel(all []label, s string) (field, string) {
	if m := selfReview.FindString(s); m != "" {
		return fieldReference, strings.TrimSpace(strings.TrimLeft(s[len(m):], " \t:"))
	}
	for _, l := range all {
		rest, ok := afterWords(s, l.words)
		if !ok {
			continue
		}
		if value, ok := afterLabel(rest, l); ok {
			return l.field, strings.TrimSpace(value)
		}
	}
	return noField, ""
}

// afterWords cuts words off the start of s: case and the width of spaces do
// not count.
func afterWords(s, words string) (string, bool) {
	for i, word := range strings.Fields(words) {
		if i > 0 {
			trimmed := strings.TrimLeft(s, " ")
			if trimmed == s {
				return "", false
			}
			s = trimmed
		}
		if len(s) < len(word) || !strings.EqualFold(s[:len(word)], word) {
			return "", false
		}
		s = s[len(word):]
	}
	return s, true
}

// afterLabel says whether rest, which follows the words of l, shows that they
// are a label: by a colon, a tab, the end of the line, a value that runs into
// it (MI Sheet TypeAction), or a value of the field's own form.
func afterLabel(rest string, l label) (string, bool) {
	trimmed := strings.TrimLeft(rest, " ")
	for _, colon := range []string{":", "："} {
		if value, ok := strings.CutPrefix(trimmed, colon); ok {
			return value, true
		}
	}
	if strings.HasPrefix(trimmed, "\t") {
		value, _ := strings.CutPrefix(strings.TrimSpace(trimmed), ":")
		return value, true
	}
	if l.plain {
		return "", false
	}
	if trimmed == "" {
		return "", true
	}
	first, _ := utf8.DecodeRuneInString(rest)
	if unicode.IsUpper(first) || unicode.IsDigit(first) || strings.HasPrefix(rest, "http://") || strings.HasPrefix(rest, "https://") {
		return rest, true
	}
	return trimmed, hasForm(l.field, trimmed)
}

// hasForm reports whether a value can be nothing but one of the field's.
func hasForm(f field, value string) bool {
	switch f {
	case fieldType:
		_, ok := sheetType(value)
		return ok
	case fieldNumber:
		return isNumber(value)
	case fieldPublished, fieldDue, fieldEffective:
		_, ok := parseDate(value)
		return ok
	case fieldLinks:
		return startsAddress(value)
	case fieldEmail:
		return wholeEmail.MatchString(value)
	}
	return false
}
