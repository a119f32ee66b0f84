package seal

import (
	"bytes"
	"encoding/base64"
	"strings"

	"despatch/internal/refusal"
)

// The kinds of sealed file.
const (
	Hybrid  = "hybrid"  // one mlkem768x25519 stanza: everything but identity and passkey files
	Scrypt  = "scrypt"  // one scrypt stanza of work factor 16: identity files
	Passkey = "passkey" // one fido2prf stanza: passkey files
)

const (
	intro        = "age-encryption.org/v1\n"
	hybridStart  = "-> mlkem768x25519 "
	scryptStart  = "-> scrypt "
	scryptFactor = " 16"
	prfStart     = "-> age-encryption.org/fido2prf "
	macStart     = "--- "

	encSize  = 1088 + 32 // an ML-KEM-768 ciphertext and an X25519 share
	saltSize = 16        // also of the nonce of a passkey
	bodySize = 16 + 16   // a file key and its authentication tag
	macSize  = 32
	maxLine  = 2048 // longer than any line of a header
)

// HeaderSize is the length of the header of every hybrid sealed file.
const HeaderSize = len(intro) + len(hybridStart) + (encSize*8+5)/6 + 1 +
	(bodySize*8+5)/6 + 1 + len(macStart) + (macSize*8+5)/6 + 1

// InspectSize is the number of bytes at the start of a file that Inspect needs
// to see whole.
const InspectSize = 2048

// Inspect reads the header at the start of data, of which more may follow, and
// says which kind of sealed file it is and how long its header is. Anything but
// exactly one stanza of a known kind, in age's own spelling, is malformed. It
// opens nothing: the header's MAC and the payload are not checked.
func Inspect(data []byte) (kind string, headerLen int, err error) {
	rest, ok := bytes.CutPrefix(data, []byte(intro))
	if !ok {
		return "", 0, refusal.Malformed.Errorf("not an age file")
	}
	stanza, rest, ok := cutLine(rest)
	if !ok {
		return "", 0, refusal.Malformed.Errorf("the age header breaks off")
	}
	if kind, err = stanzaKind(stanza); err != nil {
		return "", 0, err
	}
	body, rest, ok := cutLine(rest)
	if !ok || !isRaw(body, bodySize) {
		return "", 0, refusal.Malformed.Errorf("the age header's stanza has no file key of the right length")
	}
	mac, rest, ok := cutLine(rest)
	if ok && strings.HasPrefix(mac, "-> ") {
		return "", 0, refusal.Malformed.Errorf("the age header has more than one stanza")
	}
	encoded, found := strings.CutPrefix(mac, macStart)
	if !ok || !found || !isRaw(encoded, macSize) {
		return "", 0, refusal.Malformed.Errorf("the age header does not end with its MAC")
	}
	return kind, len(data) - len(rest), nil
}

// AllHybrid refuses a header with no stanza, or with one that is not hybrid: a
// file that is sealed to a classic recipient as well is no safer than that one.
// What a stanza holds beyond its kind is left to age, which reads it anyway.
func AllHybrid(data []byte) error {
	rest, ok := bytes.CutPrefix(data, []byte(intro))
	if !ok {
		return refusal.Malformed.Errorf("not an age file")
	}
	for found := false; ; {
		line, after, ok := cutLine(rest)
		switch {
		case !ok:
			return refusal.Malformed.Errorf("the age header breaks off")
		case strings.HasPrefix(line, macStart) && found:
			return nil
		case strings.HasPrefix(line, hybridStart):
			found = true
		case strings.HasPrefix(line, "-"):
			return refusal.Malformed.Errorf("the age header has %.30q (want mlkem768x25519 stanzas only)", line)
		}
		rest = after
	}
}

// stanzaKind reads a stanza's first line.
func stanzaKind(line string) (string, error) {
	if enc, ok := strings.CutPrefix(line, hybridStart); ok && isRaw(enc, encSize) {
		return Hybrid, nil
	}
	if salt, ok := strings.CutPrefix(line, scryptStart); ok {
		if salt, ok = strings.CutSuffix(salt, scryptFactor); ok && isRaw(salt, saltSize) {
			return Scrypt, nil
		}
		return "", refusal.Malformed.Errorf("the age header's scrypt stanza has not work factor 16")
	}
	if nonce, ok := strings.CutPrefix(line, prfStart); ok && isRaw(nonce, saltSize) {
		return Passkey, nil
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(line, "-> "), " ")
	return "", refusal.Malformed.Errorf("the age header's stanza is %.30q (want one mlkem768x25519 stanza)", name)
}

// cutLine takes a line off the front of b.
func cutLine(b []byte) (line string, rest []byte, ok bool) {
	at := bytes.IndexByte(b[:min(len(b), maxLine)], '\n')
	if at < 0 {
		return "", nil, false
	}
	return string(b[:at]), b[at+1:], true
}

// isRaw tells whether s is the unpadded base64 of n bytes as age writes it.
func isRaw(s string, n int) bool {
	if len(s) != rawLen(n) || strings.ContainsAny(s, "\r\n") {
		return false
	}
	_, err := base64.RawStdEncoding.Strict().DecodeString(s)
	return err == nil
}

func rawLen(n int) int { return base64.RawStdEncoding.EncodedLen(n) }
