package misheetimport

import (
	"regexp"
	"strings"
)

// people is a word for a person, by which "and" between two audiences is told
// from "and" within one (Headteachers of primary and special schools).
var people = regexp.MustCompile(`(?i)\b(?:heads?|head ?teachers?|deput(?:y|ies)|teachers?|principals?|governors?|governing bod(?:y|ies)|chairs?|clerks?|secretar(?:y|ies)|staff|admin|administrators?|managers?|bursars?|co-?ordinators?|leaders?|leads?|sencos?|dsls?|officers?|advisers?|assistants?|practitioners?|parents?|teams?|trustees?)\b`)

var conjunction = regexp.MustCompile(`(?i)\s+(?:and|&)\s+`)

// audience splits who a sheet is for into a list, words as written. Where it
// is not plain that "and" joins two audiences it keeps them together and says
// so.
func (r *reader) audience(l line) []string {
	var all []string
	for _, part := range splitOutside(l.text, ",;\t") {
		part = strings.TrimSpace(part)
		// "A, B and C" and "A, B, and C"
		if after, ok := cutWord(part, "and"); ok && len(all) > 0 {
			part = after
		}
		all = append(all, r.splitAnd(l, part)...)
	}
	return all
}

func (r *reader) splitAnd(l line, part string) []string {
	part = squeeze(strings.TrimRight(part, ". "))
	if part == "" {
		return nil
	}
	for _, at := range conjunction.FindAllStringIndex(part, -1) {
		left, right := part[:at[0]], part[at[1]:]
		if people.MatchString(left) && people.MatchString(right) && !strings.ContainsAny(left, "(") {
			return append([]string{left}, r.splitAnd(l, right)...)
		}
		r.note(l, "the audience %q is kept as one: split it by commas if it is several", part)
	}
	return []string{part}
}

// cutWord cuts a leading word off s.
func cutWord(s, word string) (string, bool) {
	if len(s) > len(word) && strings.EqualFold(s[:len(word)], word) && s[len(word)] == ' ' {
		return strings.TrimSpace(s[len(word):]), true
	}
	return s, false
}

// splitOutside splits at any of the separators that stand outside brackets.
func splitOutside(s, separators string) []string {
	var parts []string
	depth, from := 0, 0
	for i, c := range s {
		switch {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0 && strings.ContainsRune(separators, c):
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}
