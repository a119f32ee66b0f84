// Package keysfile reads and writes the `keys` file: one text, signed by the
// authority's root, that names every other key.
//
// It follows docs/formats.md section 8 and trusts the root alone, which the
// caller pins. The reader accepts only what the writer writes, byte for byte
// (TestKeysRefuseEverySingleByteChange). Whether a serial is below one already
// seen is the caller's to check: only it remembers.
package keysfile

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"slices"
	"time"

	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

// Namespace is what signatures of keys files are made for.
const Namespace = "despatch-keys"

// Keys is what a keys file says. Times are UTC in whole seconds.
type Keys struct {
	Serial    int // counts from 1; a lower one than seen before is a rollback
	Date      time.Time
	Root      sshsig.PublicKey   // signs this file
	Heads     []sshsig.PublicKey // may sign heads; one or more
	Inboxes   []Inbox
	Box       string             // origin of the drop-box, or empty
	Logs      []string           // C2SP verifier keys
	Receipts  []sshsig.PublicKey // may sign receipts
	Witnesses []string           // C2SP verifier keys
	Accounts  []Account
}

// Inbox is where deposits for a service are sealed to.
type Inbox struct {
	Service   string
	Recipient string // age1pq1…
}

// Account is the signing key of an account and the period it is good for. A zero
// Until is open.
type Account struct {
	Opaque      string // the opaque account id, 32 hex digits
	From, Until time.Time
	Key         sshsig.PublicKey
}

// IsHead tells whether key may sign heads.
func (k *Keys) IsHead(key sshsig.PublicKey) bool { return slices.Contains(k.Heads, key) }

// Format writes and signs a keys file. Lines of a kind come out sorted and once.
// What Parse would refuse (no head key, a service that is no slug) it writes
// nevertheless: parse what you are about to publish.
func Format(k *Keys, priv ed25519.PrivateKey) []byte {
	return sshsig.SignText(priv, Namespace, k.text())
}

// Parse checks that signed is a keys file signed by root, and reads it. Errors
// are refusals: malformed, newer, or signature.
func Parse(signed []byte, root sshsig.PublicKey) (*Keys, error) {
	text, sig, err := sshsig.OpenText(signed)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if err := sshsig.Verify(root, Namespace, text, sig); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	k, err := parseText(text)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if k.Root != root {
		return nil, refusal.Signature.Errorf("keys: names another root than the one that signed it")
	}
	if !bytes.Equal(k.text(), text) {
		return nil, refusal.Malformed.Errorf("keys: lines are repeated, out of order or not as Despatch writes them")
	}
	return k, nil
}
