package strictyaml

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// CheckText holds any text against what text may be: UTF-8 in NFC without byte
// order mark, control or bidirectional characters. Line ends may be LF or CRLF.
// Each line is reported once.
func CheckText(data []byte) []Problem {
	var problems []Problem
	add := func(line, column int, format string, args ...any) {
		if n := len(problems); n == 0 || problems[n-1].Line != line {
			problems = append(problems, Problem{line, column, fmt.Sprintf(format, args...)})
		}
	}
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		add(1, 1, "the file starts with a byte order mark; save it as UTF-8 without BOM")
	}
	ascii, line, start := true, 1, 0
	for i := 0; i < len(data); {
		c := data[i]
		switch {
		case c == '\n':
			line, start = line+1, i+1
			i++
			continue
		case c >= ' ' && c < 0x7f, c == '\t', c == '\r' && i+1 < len(data) && data[i+1] == '\n':
			i++
			continue
		}
		column := utf8.RuneCount(data[start:i]) + 1
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			add(line, column, "the byte %#02x is not UTF-8; save the file as UTF-8", c)
		case Forbidden(r):
			add(line, column, "the character %U does not belong in text; take it out", r)
		}
		ascii = ascii && r < utf8.RuneSelf
		i += size
	}
	if ascii || norm.NFC.IsNormal(data) {
		return cut(problems)
	}
	line = 1
	for l := range bytes.Lines(data) {
		if !norm.NFC.IsNormal(l) {
			i := norm.NFC.FirstBoundary(l)
			for span := norm.NFC.QuickSpan(l); i < span; {
				i = span
			}
			add(line, utf8.RuneCount(l[:max(i, 0)])+1, "the text is not in NFC: an accent stands apart from its letter; type the letter anew")
		}
		line++
	}
	return cut(problems)
}

// Forbidden reports whether a character may not stand in any text or name:
// controls but tab and line ends, bidirectional controls, line and paragraph
// separators, and the byte order mark.
func Forbidden(r rune) bool {
	switch {
	case r == '\t' || r == '\n':
		return false
	case r < ' ', r >= 0x7f && r <= 0x9f, // C0, DEL, C1
		r == 0x061c, r >= 0x200e && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, // bidirectional
		r == 0x2028, r == 0x2029, r == 0xfeff:
		return true
	}
	return false
}
