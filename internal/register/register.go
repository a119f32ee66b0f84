// Package register reads and writes the drop-box's register: who may deposit for
// which school, without names, roles or URNs.
//
// It follows docs/formats.md section 16 and trusts the authority's root alone,
// which the caller pins. The reader accepts only what the writer writes, byte for
// byte (TestRegisterRefusesEverySingleByteChange). Whether a serial is below one
// already held is the caller's to check.
package register

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"time"

	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

// Namespace is what signatures of registers are made for.
const Namespace = "despatch-register"

// The states of an account.
const (
	Active    = "active"    // may sign in, and deposit for its schools
	Suspended = "suspended" // may not sign in
	Collector = "collector" // the office: reads log and deposits, deposits nothing
)

// Register is what a register says. Time is UTC in whole seconds.
type Register struct {
	Serial   int // counts from 1; a lower one than held is a rollback
	Date     time.Time
	Root     sshsig.PublicKey // signs this file
	Schools  []School         // sorted by opaque id
	Accounts []Account        // sorted by opaque id

	byAccount map[string]*Account
	bySchool  map[string]*School
}

// School is what all accounts of a school may deposit together.
type School struct {
	Opaque string // 32 hex digits
	Quota  int    // MiB a day
}

// Account is one person's right to deposit.
type Account struct {
	Opaque  string // the opaque account id, 32 hex digits
	State   string
	Quota   int      // MiB a day
	Schools []string // opaque ids, sorted; each is in the register
	Key     sshsig.PublicKey
}

// Account finds an account by its opaque id, or gives nil.
func (r *Register) Account(opaque string) *Account { return r.byAccount[opaque] }

// School finds a school by its opaque id, or gives nil.
func (r *Register) School(opaque string) *School { return r.bySchool[opaque] }

// Format writes and signs a register. Accounts and schools come out sorted and
// once. What Parse would refuse it writes nevertheless: parse what you are about
// to send.
func Format(r *Register, priv ed25519.PrivateKey) []byte {
	return sshsig.SignText(priv, Namespace, r.text())
}

// Parse checks that signed is a register signed by root, and reads it. Errors are
// refusals: malformed, newer, or signature.
func Parse(signed []byte, root sshsig.PublicKey) (*Register, error) {
	text, sig, err := sshsig.OpenText(signed)
	if err != nil {
		return nil, fmt.Errorf("register: %w", err)
	}
	if err := sshsig.Verify(root, Namespace, text, sig); err != nil {
		return nil, fmt.Errorf("register: %w", err)
	}
	r, err := parseText(text)
	if err != nil {
		return nil, fmt.Errorf("register: %w", err)
	}
	if r.Root != root {
		return nil, refusal.Signature.Errorf("register: names another root than the one that signed it")
	}
	if !bytes.Equal(r.text(), text) {
		return nil, refusal.Malformed.Errorf("register: lines are repeated, out of order or not as Despatch writes them")
	}
	return r, r.index()
}

// index makes the register searchable, and refuses an account that stands there
// twice or deposits for a school without a line.
func (r *Register) index() error {
	r.byAccount, r.bySchool = make(map[string]*Account, len(r.Accounts)), make(map[string]*School, len(r.Schools))
	for i := range r.Schools {
		s := &r.Schools[i]
		if r.bySchool[s.Opaque] != nil {
			return refusal.Malformed.Errorf("register: school %s stands there twice", s.Opaque)
		}
		r.bySchool[s.Opaque] = s
	}
	for i := range r.Accounts {
		a := &r.Accounts[i]
		if r.byAccount[a.Opaque] != nil {
			return refusal.Malformed.Errorf("register: account %s stands there twice", a.Opaque)
		}
		r.byAccount[a.Opaque] = a
		for _, s := range a.Schools {
			if r.bySchool[s] == nil {
				return refusal.Malformed.Errorf("register: account %s deposits for school %s, which has no line", a.Opaque, s)
			}
		}
	}
	return nil
}
