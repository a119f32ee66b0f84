// Package permission is the payload by which a Headteacher says what a colleague may
// see of an area (row V11).
//
// It follows docs/formats.md section 18.7. The reader accepts only what the writer
// writes, byte for byte (TestPermissionVectors). Whether there is such an area, and
// whether its sender may say so, is for whoever collects it.
package permission

import (
	"regexp"
	"strings"

	"despatch/internal/refusal"
)

// Kind is the kind of deposit whose payload this is.
const Kind = "permission-grant"

const firstWord = "despatch-permission-grant"

// A Grant is what an account may see of an area from now on.
type Grant struct {
	Account string // opaque
	Area    string
	Right   string // off, audit or full
}

var wellFormed = regexp.MustCompile(`^account ([0-9a-f]{32})\narea ([a-z][a-z-]{0,31})\nright (off|audit|full)\n$`)

// Format writes the payload. What Parse would refuse is an error.
func Format(g Grant) ([]byte, error) {
	text := []byte(firstWord + " 1\naccount " + g.Account + "\narea " + g.Area + "\nright " + g.Right + "\n")
	_, err := Parse(text)
	return text, err
}

// Parse reads the payload. Errors are refusals: malformed or newer.
func Parse(text []byte) (Grant, error) {
	if len(text) > 256 {
		return Grant{}, refusal.Malformed.Errorf("permission-grant: it is longer than any may be")
	}
	first, rest, _ := strings.Cut(string(text), "\n")
	if err := refusal.CheckFormat(first, firstWord, "permission-grant"); err != nil {
		return Grant{}, err
	}
	m := wellFormed.FindStringSubmatch(rest)
	if m == nil {
		return Grant{}, refusal.Malformed.Errorf("permission-grant: not written as Despatch writes it")
	}
	return Grant{m[1], m[2], m[3]}, nil
}
