// Package receipt is what the drop-box gives for a deposit: the record of the
// log, the proof that it is there, and the box's signature.
//
// It follows docs/formats.md section 21. Whoever verifies one needs nothing but
// the authority's keys file: it trusts the receipt key for who gave the receipt
// and the log key for place and time. A receipt says that the box has taken these
// very bytes; it cannot say what is in them. The reader accepts only what the
// writer writes, byte for byte (TestReceiptRefusesEverySingleByteChange).
package receipt

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"despatch/internal/auditlog"
	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

// Namespace is what signatures of receipts are made for.
const Namespace = "despatch-receipt"

const firstWord = "despatch-receipt"

// Receipt is what a receipt says.
type Receipt struct {
	Box   string // origin of the box
	Leaf  auditlog.Leaf
	Proof auditlog.Proof
}

// Trust is whom a reader believes, out of the authority's keys file.
type Trust struct {
	Box      string // "" for any
	Receipts []sshsig.PublicKey
	Logs     []note.Verifier
}

var originForm = regexp.MustCompile(`^https?://[a-z0-9][a-z0-9.:-]*$`)

// Format writes and signs a receipt.
func Format(r Receipt, priv ed25519.PrivateKey) []byte {
	return sshsig.SignText(priv, Namespace, r.text())
}

func (r Receipt) text() []byte {
	return slices.Concat([]byte(firstWord+" 1\nbox "+r.Box+"\n"+r.Leaf.Text()+"\n"), r.Proof.Format())
}

// Verify checks a receipt whole: signature, form, proof and checkpoint. Errors
// are refusals: malformed, newer, signature or mismatch.
func Verify(signed []byte, trust Trust) (Receipt, error) {
	r, err := verify(signed, trust)
	if err != nil {
		return Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	return r, nil
}

func verify(signed []byte, trust Trust) (r Receipt, err error) {
	text, sig, err := sshsig.OpenText(signed)
	if err != nil {
		return r, err
	}
	if r, err = parse(text); err != nil {
		return r, err
	}
	if err := sshsig.VerifyByAny(trust.Receipts, "receipt key of the authority", Namespace, text, sig); err != nil {
		return r, err
	}
	if trust.Box != "" && trust.Box != r.Box {
		return r, refusal.Mismatch.Errorf("it is of the box %s, not of %s", r.Box, trust.Box)
	}
	_, err = r.Proof.Check(r.Leaf, trust.Logs...)
	return r, err
}

func parse(text []byte) (r Receipt, err error) {
	head, proof, ok := bytes.Cut(text, []byte("\n\n"))
	lines := strings.SplitN(string(head), "\n", 3)
	if err := refusal.CheckFormat(lines[0], firstWord, "a receipt"); err != nil {
		return r, err
	}
	if !ok || len(lines) != 3 {
		return r, refusal.Malformed.Errorf("the receipt breaks off")
	}
	if r.Box, ok = strings.CutPrefix(lines[1], "box "); !ok || !originForm.MatchString(r.Box) {
		return r, refusal.Malformed.Errorf("line 2 names no box")
	}
	if r.Leaf, err = auditlog.ParseLeaf(lines[2] + "\n"); err != nil {
		return r, err
	}
	if r.Leaf.IsTime() {
		return r, refusal.Malformed.Errorf("the record is of no deposit")
	}
	if r.Proof, err = auditlog.ParseProof(proof); err != nil {
		return r, err
	}
	if !bytes.Equal(r.text(), text) {
		return r, refusal.Malformed.Errorf("lines are not as Despatch writes them")
	}
	return r, nil
}
