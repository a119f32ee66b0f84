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
	reported := 0 // the last line with a problem: counting columns of one line again and again would be quadratic
	add := func(line int, before []byte, format string, args ...any) {
		if line != reported && len(problems) < mostProblems {
			problems = append(problems, Problem{line, utf8.RuneCount(before) + 1, fmt.Sprintf(format, args...)})
		}
		reported = line
	}
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		add(1, nil, "the file starts with a byte order mark; save it as UTF-8 without BOM")
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
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			add(line, data[start:i], "the byte %#02x is not UTF-8; save the file as UTF-8", c)
		case Forbidden(r):
			add(line, data[start:i], "the character %U does not belong in text; take it out", r)
		}
		ascii = ascii && r < utf8.RuneSelf
		i += size
	}
	if ascii || !utf8.Valid(data) {
		return problems
	}
	line = 1
	for l := range bytes.Lines(data) {
		if i := notNormal(l); i >= 0 {
			add(line, l[:i], "the text is not in NFC: an accent stands apart from its letter; type the letter anew")
		}
		line++
	}
	return problems
}

// notNormal is where a line stops being in NFC, -1 where it does not. What the
// quick look cannot tell is looked at letter by letter; a letter under more
// accents than any script has is not looked at but refused (Unicode's
// Stream-Safe Text Format).
func notNormal(l []byte) int {
	const mostAccents = 30 * utf8.UTFMax
	for at := norm.NFC.QuickSpan(l); at < len(l); {
		end := at + max(norm.NFC.NextBoundary(l[at:], true), 1)
		if end-at > mostAccents || !norm.NFC.IsNormal(l[at:end]) {
			return at
		}
		at = end
	}
	return -1
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
