// Package plaintext makes what a person typed or pasted into text that may be
// kept and quoted: plain characters, spaces and line ends, and nothing that a
// reader could not see.
//
// It follows docs/formats.md section 18.1 and trusts nobody. The browser does the
// same, held by docs/vectors/response.json.
package plaintext

import (
	"strings"
	"unicode"
)

// Clean makes text of what a person typed or pasted: line ends are LF, tabs
// spaces; characters that do not belong in text go, and so do spaces at the end
// of a line and empty lines at the beginning and end. What is only white space
// becomes nothing.
func Clean(typed string) string {
	typed = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " ").Replace(typed)
	typed = strings.Map(func(r rune) rune {
		if forbidden(r) {
			return -1
		}
		return r
	}, typed)
	if strings.TrimFunc(typed, unicode.IsSpace) == "" {
		return ""
	}
	lines := strings.Split(typed, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// forbidden are controls but LF, bidirectional controls, line and paragraph
// separators, the byte order mark, and the two characters at the end of Unicode's
// first plane, which are none.
func forbidden(r rune) bool {
	switch {
	case r == '\n':
		return false
	case r < ' ', r >= 0x7f && r <= 0x9f,
		r == 0x061c, r >= 0x200e && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069,
		r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfffe, r == 0xffff:
		return true
	}
	return false
}
