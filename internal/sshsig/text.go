package sshsig

import (
	"bytes"
	"crypto/ed25519"
	"slices"
	"unicode/utf8"

	"despatch/internal/refusal"
)

// TimeLayout is how times stand in signed texts: UTC, whole seconds.
const TimeLayout = "2006-01-02T15:04:05Z"

// SignText returns text followed by its armored signature: a signed text of
// docs/formats.md section 1. The text must itself pass the rules of section 0
// and hold no signature; it panics otherwise, for that is a bug of the caller.
func SignText(priv ed25519.PrivateKey, namespace string, text []byte) []byte {
	if err := checkText(text); err != nil {
		panic("sshsig: " + err.Error())
	}
	return slices.Concat(text, Sign(priv, namespace, text))
}

// OpenText parts a signed text into the text and its armored signature. Nothing
// is verified yet: pass both to Verify.
func OpenText(signed []byte) (text, sig []byte, err error) {
	at := bytes.Index(signed, []byte("\n"+beginLine))
	if at < 0 {
		return nil, nil, refusal.Malformed.Errorf("no signature stands at the end of the text")
	}
	text, sig = signed[:at+1:at+1], signed[at+1:]
	if err := checkText(text); err != nil {
		return nil, nil, err
	}
	if _, err := parse(sig); err != nil {
		return nil, nil, err
	}
	return text, sig, nil
}

// checkText holds a text to docs/formats.md section 0.
func checkText(text []byte) error {
	switch {
	case len(text) == 0 || text[len(text)-1] != '\n':
		return refusal.Malformed.Errorf("the text does not end with a line end")
	case !utf8.Valid(text) || bytes.HasPrefix(text, []byte("\ufeff")):
		return refusal.Malformed.Errorf("the text is not UTF-8 without byte order mark")
	case bytes.ContainsAny(text, "\r\x00"):
		return refusal.Malformed.Errorf("the text holds a CR or NUL byte")
	case bytes.Contains(text, []byte(" \n")):
		return refusal.Malformed.Errorf("a line of the text ends with a space")
	case bytes.HasPrefix(text, []byte(beginLine)), bytes.Contains(text, []byte("\n"+beginLine)):
		return refusal.Malformed.Errorf("the text holds a signature")
	}
	return nil
}
