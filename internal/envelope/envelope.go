// Package envelope is the inside of a deposit: a text that its sender signed,
// the payload, and padding.
//
// It follows docs/formats.md section 18. The envelope names the inbox, account,
// school, subject and kind that it is meant for, so that a deposit cannot be
// moved to another place; whoever opens one trusts the sender's key alone, and
// looks up for itself whether that key might. An envelope of a kind not known
// here is read all the same.
package envelope

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"despatch/internal/padding"
	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

// Namespace is what signatures of envelopes are made for.
const Namespace = "despatch-envelope"

// Least is the plaintext length that every response-like deposit has.
const Least = 64 << 10

// maxText bounds what is parsed as an envelope: every line has its limit.
const maxText = 8 << 10

// Envelope is what the sender signed. Empty strings stand for "none".
type Envelope struct {
	ID          string           // 32 hex digits, made when the form was opened
	Kind        string           // response, return, upload …
	Inbox       string           // Fingerprint of the service's recipient
	Account     string           // opaque account id
	Key         sshsig.PublicKey // the account's signing key
	School      string           // opaque school id, or none
	Subject     string           // item id of the record, or none
	SubjectHash string           // SHA-256 of the record as published; with Subject
	FormHash    string           // SHA-256 of the form as published, or none
	Supersedes  string           // SHA-256 of the deposit that this one amends, or none
	Head        int              // serial of the head that the sender saw
	Time        time.Time        // by the sender's clock
	PayloadHash string           // SHA-256 of the payload
	PayloadSize int
}

// Fingerprint names an inbox: the SHA-256 of its recipient as age writes it.
func Fingerprint(recipient string) string {
	sum := sha256.Sum256([]byte(recipient))
	return hex.EncodeToString(sum[:])
}

// Format signs the envelope, appends the payload and pads the whole. It fills in
// Key, PayloadHash and PayloadSize.
func Format(e Envelope, payload []byte, priv ed25519.PrivateKey) []byte {
	sum := sha256.Sum256(payload)
	e.Key, e.PayloadHash, e.PayloadSize = sshsig.PublicOf(priv), hex.EncodeToString(sum[:]), len(payload)
	plain := append(sshsig.SignText(priv, Namespace, e.text()), payload...)
	return append(plain, make([]byte, padding.Bucket(len(plain), Least)-len(plain))...)
}

// Open reads a deposit's plaintext, checks the sender's signature by the key that
// the envelope names, the payload's hash and the padding. Whether that key is the
// account's, and all the rest, is the caller's to check. Errors are refusals:
// malformed, newer, signature or mismatch.
func Open(plain []byte) (Envelope, []byte, error) {
	e, rest, err := open(plain)
	if err != nil {
		return Envelope{}, nil, fmt.Errorf("envelope: %w", err)
	}
	return e, rest, nil
}

// Signed is the text at the beginning of a deposit's plaintext, which its sender
// signed; nil where there is none.
func Signed(plain []byte) []byte {
	const end = "\n-----END SSH SIGNATURE-----\n"
	at := bytes.Index(plain[:min(len(plain), maxText)], []byte(end))
	if at < 0 {
		return nil
	}
	return plain[:at+len(end)]
}

// ParseSigned reads a signed text that was kept, and checks its sender's signature
// by the key that it names.
func ParseSigned(signed []byte) (Envelope, error) {
	e, err := parseSigned(signed)
	if err != nil {
		return Envelope{}, fmt.Errorf("envelope: %w", err)
	}
	return e, nil
}

func parseSigned(signed []byte) (e Envelope, err error) {
	text, sig, err := sshsig.OpenText(signed)
	if err != nil {
		return e, err
	}
	if e, err = parseText(text); err != nil {
		return e, err
	}
	return e, sshsig.Verify(e.Key, Namespace, text, sig)
}

func open(plain []byte) (e Envelope, payload []byte, err error) {
	signed := Signed(plain)
	if signed == nil {
		return e, nil, refusal.Malformed.Errorf("no signed text stands at the beginning")
	}
	rest := plain[len(signed):]
	if e, err = parseSigned(signed); err != nil {
		return e, nil, err
	}
	if len(rest) < e.PayloadSize || len(plain) != padding.Bucket(len(signed)+e.PayloadSize, Least) {
		return e, nil, refusal.Malformed.Errorf("the plaintext is not padded to its bucket")
	}
	payload, rest = rest[:e.PayloadSize:e.PayloadSize], rest[e.PayloadSize:]
	if len(bytes.Trim(rest, "\x00")) > 0 {
		return e, nil, refusal.Malformed.Errorf("something follows the payload")
	}
	if sum := sha256.Sum256(payload); hex.EncodeToString(sum[:]) != e.PayloadHash {
		return e, nil, refusal.Mismatch.Errorf("the payload is not the one that was signed")
	}
	return e, payload, nil
}
