// Package keyring is the only room that holds age identities or opens with one:
// identity files, keyrings, officers' identities and the bundles of compartment
// identities (docs/formats.md sections 4, 6 and 7; docs/operations.md, Keys).
//
// Errors that callers tell apart are refusals by the shared names of package
// refusal: malformed, newer, locked.
//
// It knows nothing of schools or folders and does no I/O. Whoever imports it can
// read everything, so only the office does: the build and the drop-box never
// reach it. Nothing here seals under a passphrase that a person chose: sealing
// takes a [Passphrase], and only [NewPassphrase] makes one
// (TestPassphrasesAreGeneratedOnly).
package keyring

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"filippo.io/age"

	"despatch/internal/refusal"
	"despatch/internal/seal"
)

// A Key is one hybrid age identity: it opens what was sealed to its recipient.
// Made by [NewKey] or by parsing; its zero value opens nothing.
type Key struct {
	age *age.HybridIdentity
}

// NewKey makes a new identity from the system's randomness.
func NewKey() (Key, error) {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		return Key{}, err
	}
	return Key{id}, nil
}

// parseKey reads one AGE-SECRET-KEY-PQ-1… line, spelled as age writes it.
func parseKey(line string) (Key, error) {
	id, err := age.ParseHybridIdentity(line)
	if err != nil || id.String() != line {
		return Key{}, refusal.Malformed.Errorf("not an AGE-SECRET-KEY-PQ-1 identity as age writes it")
	}
	return Key{id}, nil
}

// IsZero is true for a Key that was never made.
func (k Key) IsZero() bool { return k.age == nil }

// Recipient is the public half, as age1pq1….
func (k Key) Recipient() string { return k.age.Recipient().String() }

// String withholds the secret, so that it cannot reach a log by accident.
func (k Key) String() string { return "[withheld]" }

// secret is the identity as age writes it.
func (k Key) secret() string { return k.age.String() }

// Open opens an age file sealed to this key's recipient, and to hybrid ones
// alone. Locked when it was sealed to somebody else, malformed when it is
// damaged, no age file, or sealed to a classic recipient too.
func (k Key) Open(sealed []byte) ([]byte, error) {
	if k.age == nil {
		return nil, refusal.Locked.Errorf("there is no key to open it with")
	}
	if err := seal.AllHybrid(sealed); err != nil {
		return nil, err
	}
	plain, err := decrypt(sealed, k.age)
	if errors.As(err, new(*age.NoIdentityMatchError)) {
		return nil, refusal.Locked.Errorf("it is not sealed to this key")
	}
	if err != nil {
		return nil, refusal.Malformed.Errorf("it is damaged or no age file (%v)", err)
	}
	return plain, nil
}

// decrypt opens sealed whole: nothing of a damaged file is given out.
func decrypt(sealed []byte, id age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(sealed), id)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// encrypt seals plain to all of to.
func encrypt(plain []byte, to ...age.Recipient) ([]byte, error) {
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to...)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return sealed.Bytes(), nil
}

// SealTo seals plain to several recipients at once: the form of what officers
// keep for themselves. Files of the published tree have one recipient each and
// are sealed by package seal.
func SealTo(recipients []string, plain []byte) ([]byte, error) {
	if len(recipients) == 0 {
		return nil, errors.New("no recipient to seal to")
	}
	to := make([]age.Recipient, 0, len(recipients))
	for _, s := range recipients {
		r, err := age.ParseHybridRecipient(s)
		if err != nil || r.String() != s {
			return nil, refusal.Malformed.Errorf("recipient is not one age1pq1 line as age writes it")
		}
		to = append(to, r)
	}
	return encrypt(plain, to...)
}

// textLines splits a text of LF-ended lines; nil when it is not one.
func textLines(text []byte) []string {
	body, ok := strings.CutSuffix(string(text), "\n")
	if !ok {
		return nil
	}
	return strings.Split(body, "\n")
}

// header checks the first line "# <format> 1". A higher number is newer.
func header(line, format string) error {
	n, ok := strings.CutPrefix(line, "# "+format+" ")
	if !ok {
		return refusal.Malformed.Errorf("the first line is not %q", "# "+format+" 1")
	}
	if n == "1" {
		return nil
	}
	if number.MatchString(n) {
		return refusal.Newer.Errorf("this was written by a newer Despatch: update despatch")
	}
	return refusal.Malformed.Errorf("the first line is not %q", "# "+format+" 1")
}
