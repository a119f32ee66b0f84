// Package statement is what an authority signs when it takes a school's silence for
// an answer: that up to a place of the drop-box's log nothing was received.
//
// It follows docs/formats.md section 26. Whoever verifies one needs nothing but the
// authority's keys file and no network: it trusts a head key for the statement, which
// stays the authority's word, and the log key for the leaf that proves that the log
// went on beyond the deadline. A receipt of the same school and log with a lower
// index, for an answer to the same words, shows a statement to be false. The reader
// accepts only what the writer writes, byte for byte
// (TestStatementRefusesEverySingleByteChange).
package statement

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"despatch/internal/auditlog"
	"despatch/internal/refusal"
	"despatch/internal/signin"
	"despatch/internal/sshsig"
	"despatch/records/calendar"
)

// Namespace is what signatures of statements are made for.
const Namespace = "despatch-statement"

const firstWord = "despatch-statement"

// A Statement says that a school sent no answer to a visit by its deadline.
type Statement struct {
	Time      time.Time // when it was made
	Box       string    // origin of the drop-box
	URN       string    // of the school
	School    string    // its opaque id, as the log has it
	Visit     string    // the record's id
	Subject   string    // SHA-256 of the record as published (docs/formats.md section 23)
	RespondBy calendar.Date
	// Leaf is the first of the log after the deadline, and Proof shows that it is there.
	Leaf  auditlog.Leaf
	Proof auditlog.Proof
}

// Trust is whom a reader believes, out of the authority's keys file.
type Trust struct {
	Heads []sshsig.PublicKey
	Logs  []note.Verifier
}

// Format writes and signs a statement.
func Format(s Statement, priv ed25519.PrivateKey) []byte {
	return sshsig.SignText(priv, Namespace, s.text())
}

func (s Statement) text() []byte {
	head := fmt.Sprintf("%s 1\nsays nothing-received\ntime %s\nbox %s\nschool %s %s\nvisit %s\nsubject-sha256 %s\nrespond-by %s\ndeadline %s\n",
		firstWord, s.Time.UTC().Format(sshsig.TimeLayout), s.Box, s.URN, s.School, s.Visit, s.Subject, s.RespondBy, s.RespondBy.End().UTC().Format(sshsig.TimeLayout))
	return slices.Concat([]byte(head+s.Leaf.Text()+"\n"), s.Proof.Format())
}

// Verify checks a statement whole: signature, form, proof, checkpoint, and that its
// leaf is later than the deadline. Errors are refusals: malformed, newer, signature
// or mismatch.
func Verify(signed []byte, trust Trust) (Statement, error) {
	s, err := verify(signed, trust)
	if err != nil {
		return Statement{}, fmt.Errorf("statement: %w", err)
	}
	return s, nil
}

func verify(signed []byte, trust Trust) (s Statement, err error) {
	text, sig, err := sshsig.OpenText(signed)
	if err != nil {
		return s, err
	}
	if s, err = Parse(text); err != nil {
		return s, err
	}
	if err := sshsig.VerifyByAny(trust.Heads, "head key of the authority", Namespace, text, sig); err != nil {
		return s, err
	}
	if !s.Leaf.Time.After(s.RespondBy.End()) {
		return s, refusal.Mismatch.Errorf("the log's leaf %d is not later than the deadline", s.Proof.Index)
	}
	var logs []note.Verifier // of this box alone
	for _, v := range trust.Logs {
		if v.Name() == auditlog.Name(s.Box) {
			logs = append(logs, v)
		}
	}
	if len(logs) == 0 {
		return s, refusal.Mismatch.Errorf("the authority names no log of the box %s", s.Box)
	}
	_, err = s.Proof.Check(s.Leaf, logs...)
	return s, err
}

var (
	urnForm    = regexp.MustCompile(`^[0-9]{1,16}$`)
	opaqueForm = regexp.MustCompile(`^[0-9a-f]{32}$`)
	idForm     = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,99}$`)
	sumForm    = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// words are the lines of a statement before its leaf, in their order.
var words = []string{"says", "time", "box", "school", "visit", "subject-sha256", "respond-by", "deadline"}

// Parse reads the text of a statement. Nothing is verified yet.
func Parse(text []byte) (s Statement, err error) {
	head, proof, ok := bytes.Cut(text, []byte("\n\n"))
	lines := strings.SplitN(string(head), "\n", len(words)+2)
	if err := refusal.CheckFormat(lines[0], firstWord, "a statement"); err != nil {
		return s, err
	}
	if !ok || len(lines) != len(words)+2 {
		return s, refusal.Malformed.Errorf("the statement breaks off")
	}
	for i, word := range words {
		value, found := strings.CutPrefix(lines[i+1], word+" ")
		if !found || s.set(word, value) != nil {
			return s, refusal.Malformed.Errorf("line %d is no %s line as a statement has it", i+2, word)
		}
	}
	if s.Leaf, err = auditlog.ParseLeaf(lines[len(words)+1] + "\n"); err != nil {
		return s, err
	}
	if s.Proof, err = auditlog.ParseProof(proof); err != nil {
		return s, err
	}
	if !bytes.Equal(s.text(), text) {
		return s, refusal.Malformed.Errorf("lines are not as Despatch writes them")
	}
	return s, nil
}

var errValue = refusal.Malformed.Errorf("not a value of its line")

func (s *Statement) set(word, value string) (err error) {
	good := true
	switch word {
	case "says":
		good = value == "nothing-received"
	case "time":
		s.Time, err = time.Parse(sshsig.TimeLayout, value)
	case "box":
		s.Box, good = value, signin.IsOrigin(value)
	case "school":
		s.URN, s.School, good = strings.Cut(value, " ")
		good = good && urnForm.MatchString(s.URN) && opaqueForm.MatchString(s.School)
	case "visit":
		s.Visit, good = value, idForm.MatchString(value)
	case "subject-sha256":
		s.Subject, good = value, sumForm.MatchString(value)
	case "respond-by":
		s.RespondBy, err = calendar.Parse(value)
	}
	if !good {
		return errValue
	}
	return err
}
