// Package recordid makes the ids of records, as docs/content.md has them:
// <date>-<4 base32 characters>-<slug>, at most 64 characters, which is the name
// of a record's folder or file (TestIDsFitTheirPattern).
package recordid

import (
	"encoding/base32"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"despatch/records/calendar"
)

// mostSlug keeps an id within 64 characters: date, four characters and their
// hyphens take 16.
const mostSlug = 48

// crockford is Crockford's alphabet in lower case: no i, l, o or u.
const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// New is the id of a record of that date and title. The first 20 bits of bits,
// which are random or a hash, tell records of one day and title apart; bits
// has at least 3 bytes.
func New(date calendar.Date, bits []byte, title string) string {
	four := base32.NewEncoding(crockford).WithPadding(base32.NoPadding).EncodeToString(bits[:3])[:4]
	return date.String() + "-" + four + "-" + slug(title)
}

// slug makes words fit for the end of an id: letters without their accents and
// digits, cut between words where that leaves any.
func slug(title string) string {
	var b strings.Builder
	for _, c := range norm.NFD.String(strings.ToLower(title)) {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b.WriteRune(c)
		case c == '\'' || c == '’' || unicode.Is(unicode.Mn, c):
		default:
			b.WriteByte(' ')
		}
	}
	out := ""
	for _, word := range strings.Fields(b.String()) {
		if out == "" {
			out = word[:min(len(word), mostSlug)]
			continue
		}
		if len(out)+1+len(word) > mostSlug {
			break
		}
		out += "-" + word
	}
	if out == "" {
		return "untitled"
	}
	return out
}
