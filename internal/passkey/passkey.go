// Package passkey is the payload by which a person adds a passkey to their account, or
// takes one away.
//
// It follows docs/formats.md section 18.8. The reader accepts only what the writer
// writes, byte for byte, and of a file to publish only one that is sealed as section 6.1
// says (TestPasskeyChangeVectors). It opens nothing: the key is in the authenticator.
package passkey

import (
	"encoding/base64"
	"regexp"
	"strings"

	"despatch/internal/refusal"
	"despatch/internal/seal"
)

// Kind is the kind of deposit whose payload this is.
const Kind = "passkey"

const (
	firstWord = "despatch-passkey"
	// mostFile is more than an identity file can be.
	mostFile = 4096
)

// A Change adds a passkey, or takes it away.
type Change struct {
	Credential string // its id, in hex
	File       []byte // the identity file sealed to it; nil: it is taken away
}

var wellFormed = regexp.MustCompile(`^credential ((?:[0-9a-f]{2}){1,96})\nfile (-|[A-Za-z0-9+/]+={0,2})\n$`)

// Format writes the payload. What Parse would refuse is an error.
func Format(c Change) ([]byte, error) {
	file := "-"
	if c.File != nil {
		file = base64.StdEncoding.EncodeToString(c.File)
	}
	text := []byte(firstWord + " 1\ncredential " + c.Credential + "\nfile " + file + "\n")
	_, err := Parse(text)
	return text, err
}

// Parse reads the payload. Errors are refusals: malformed or newer.
func Parse(text []byte) (Change, error) {
	if len(text) > 2*mostFile {
		return Change{}, refusal.Malformed.Errorf("passkey: it is longer than any may be")
	}
	first, rest, _ := strings.Cut(string(text), "\n")
	if err := refusal.CheckFormat(first, firstWord, "passkey"); err != nil {
		return Change{}, err
	}
	m := wellFormed.FindStringSubmatch(rest)
	if m == nil {
		return Change{}, refusal.Malformed.Errorf("passkey: not written as Despatch writes it")
	}
	c := Change{Credential: m[1]}
	if m[2] == "-" {
		return c, nil
	}
	var err error
	if c.File, err = base64.StdEncoding.Strict().DecodeString(m[2]); err != nil {
		return Change{}, refusal.Malformed.Errorf("passkey: its file is not in base64 as Despatch writes it")
	}
	kind, _, err := seal.Inspect(c.File)
	if err != nil || kind != seal.Passkey || len(c.File) > mostFile {
		return Change{}, refusal.Malformed.Errorf("passkey: its file is not sealed to a passkey")
	}
	return c, nil
}
