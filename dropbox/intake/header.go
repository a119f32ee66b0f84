package intake

import (
	"bytes"
	"encoding/base64"
	"strings"

	"despatch/internal/padding"
	"despatch/internal/refusal"
)

const (
	intro       = "age-encryption.org/v1\n"
	hybridStart = "-> mlkem768x25519 "
	macStart    = "--- "

	encSize  = 1088 + 32 // an ML-KEM-768 ciphertext and an X25519 share
	bodySize = 16 + 16   // a file key and its authentication tag
	macSize  = 32

	hybridStanza = len(hybridStart) + (encSize*8+5)/6 + 1 + (bodySize*8+5)/6 + 1
)

// HeaderSize is the length of every deposit's age header; a draft's is shorter.
const HeaderSize = len(intro) + 2*hybridStanza + len(macStart) + (macSize*8+5)/6 + 1

// leastPlain is the plaintext length of every response-like deposit.
const leastPlain = 64 << 10

// CheckDeposit holds a deposit's beginning and size to docs/formats.md section 18:
// two stanzas, for the service's inbox and for the sender.
func CheckDeposit(head []byte, size int64) error { return checkSealed(head, size, 2) }

// CheckDraft holds a draft's beginning and size to docs/formats.md section 25: one
// stanza, for the account that saves it.
func CheckDraft(head []byte, size int64) error { return checkSealed(head, size, 1) }

// checkSealed holds a sealed file to docs/formats.md section 18: an age header
// with exactly that many hybrid stanzas in age's own spelling, and a payload of a
// length that padding leaves. head is the file's beginning, at least HeaderSize
// bytes where it has so many; size is the whole file's. It opens nothing and
// could not: the header's MAC and the payload are not checked.
func checkSealed(head []byte, size int64, stanzas int) error {
	rest, ok := bytes.CutPrefix(head, []byte(intro))
	if !ok {
		return refusal.Malformed.Errorf("not an age file")
	}
	for i := range stanzas {
		var stanza, body string
		if stanza, rest, ok = cutLine(rest); !ok {
			return refusal.Malformed.Errorf("the age header breaks off")
		}
		enc, found := strings.CutPrefix(stanza, hybridStart)
		if !found || !isRaw(enc, encSize) {
			return refusal.Malformed.Errorf("stanza %d of the age header is not mlkem768x25519 (want %d such stanzas)", i+1, stanzas)
		}
		if body, rest, ok = cutLine(rest); !ok || !isRaw(body, bodySize) {
			return refusal.Malformed.Errorf("stanza %d of the age header has no file key of the right length", i+1)
		}
	}
	mac, rest, ok := cutLine(rest)
	if strings.HasPrefix(mac, "-> ") {
		return refusal.Malformed.Errorf("the age header has more than %d stanzas", stanzas)
	}
	encoded, found := strings.CutPrefix(mac, macStart)
	if !ok || !found || !isRaw(encoded, macSize) {
		return refusal.Malformed.Errorf("the age header does not end with its MAC")
	}
	if !isPadded(size - int64(len(head)-len(rest))) {
		return refusal.Malformed.Errorf("a sealed file of %d bytes is not padded to a bucket", size)
	}
	return nil
}

// isPadded tells whether an age payload of that many bytes is one of a padded
// plaintext.
func isPadded(payload int64) bool {
	plain, ok := padding.PlainLen(int(payload))
	return payload > 0 && ok && padding.Bucket(plain, leastPlain) == plain
}

// cutLine takes a line off the front of b.
func cutLine(b []byte) (line string, rest []byte, ok bool) {
	at := bytes.IndexByte(b[:min(len(b), hybridStanza)], '\n')
	if at < 0 {
		return "", nil, false
	}
	return string(b[:at]), b[at+1:], true
}

// isRaw tells whether s is the unpadded base64 of n bytes as age writes it.
func isRaw(s string, n int) bool {
	if len(s) != base64.RawStdEncoding.EncodedLen(n) || strings.ContainsAny(s, "\r\n") {
		return false
	}
	_, err := base64.RawStdEncoding.Strict().DecodeString(s)
	return err == nil
}
