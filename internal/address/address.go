// Package address is the payload by which a person gives another e-mail address of
// their own (row P29).
//
// It follows docs/formats.md section 18.6. The reader accepts only what the writer
// writes, byte for byte (TestAddressVectors): an address that is one plain word in any
// file, list or mail header, and so needs no quotes anywhere.
package address

import (
	"regexp"
	"strings"

	"despatch/internal/refusal"
)

// Kind is the kind of deposit whose payload this is.
const Kind = "email-change"

// longest is how many characters an address may have (RFC 5321).
const longest = 254

const firstWord = "despatch-email-change"

var wellFormed = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_'+-]*(\.[A-Za-z0-9_'+-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])$`)

// Check tells whether an address is one that a person may give.
func Check(address string) error {
	local, _, _ := strings.Cut(address, "@")
	if len(address) > longest || len(local) > 64 || !wellFormed.MatchString(address) {
		return refusal.Malformed.Errorf("%.100q is not an e-mail address (want one like name@school.example)", address)
	}
	return nil
}

// Format writes the payload. What Parse would refuse is an error.
func Format(address string) ([]byte, error) {
	text := []byte(firstWord + " 1\naddress " + address + "\n")
	_, err := Parse(text)
	return text, err
}

// Parse reads the payload and gives the address. Errors are refusals: malformed or
// newer.
func Parse(text []byte) (string, error) {
	if len(text) > longest+100 {
		return "", refusal.Malformed.Errorf("email-change: it is longer than any may be")
	}
	first, rest, _ := strings.Cut(string(text), "\n")
	if err := refusal.CheckFormat(first, firstWord, "email-change"); err != nil {
		return "", err
	}
	line, ends := strings.CutSuffix(rest, "\n")
	address, named := strings.CutPrefix(line, "address ")
	if !ends || !named {
		return "", refusal.Malformed.Errorf("email-change: not written as Despatch writes it")
	}
	return address, Check(address)
}
