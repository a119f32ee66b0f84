package envelope

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

const (
	firstWord = "despatch-envelope"
	none      = "-"
	// mostPayload is 64 GiB, far above any quota; sizes stay exact in JavaScript.
	mostPayload = 64 << 30
)

var (
	kindForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)
	hex16    = regexp.MustCompile(`^[0-9a-f]{16}$`)
	hex32    = regexp.MustCompile(`^[0-9a-f]{32}$`)
	hex64    = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// orNone writes a value that may be missing.
func orNone(s string) string {
	if s == "" {
		return none
	}
	return s
}

// text writes the lines that the signature covers.
func (e *Envelope) text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s 1\nid %s\nkind %s\ninbox %s\naccount %s %s\n", firstWord, e.ID, e.Kind, e.Inbox, e.Account, e.Key)
	fmt.Fprintf(&b, "school %s\nsubject %s\nsubject-sha256 %s\nform-sha256 %s\nsupersedes %s\n",
		orNone(e.School), orNone(e.Subject), orNone(e.SubjectHash), orNone(e.FormHash), orNone(e.Supersedes))
	fmt.Fprintf(&b, "head %d\ntime %s\npayload %s %d\n", e.Head, e.Time.UTC().Format(sshsig.TimeLayout), e.PayloadHash, e.PayloadSize)
	return b.Bytes()
}

// words are the lines' first words, in order.
var words = []string{"id", "kind", "inbox", "account", "school", "subject", "subject-sha256", "form-sha256", "supersedes", "head", "time", "payload"}

func parseText(text []byte) (e Envelope, err error) {
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if err := refusal.CheckFormat(lines[0], firstWord, "envelope"); err != nil {
		return e, err
	}
	if len(lines) != 1+len(words) {
		return e, refusal.Malformed.Errorf("an envelope has %d lines, this one %d", 1+len(words), len(lines))
	}
	for i, want := range words {
		word, value, _ := strings.Cut(lines[i+1], " ")
		if word != want {
			return e, refusal.Malformed.Errorf("line %d begins with %.40q (want %s)", i+2, word, want)
		}
		if err := e.set(word, value); err != nil {
			return e, refusal.Malformed.Errorf("line %d: %v", i+2, err)
		}
	}
	if (e.Subject == "") != (e.SubjectHash == "") {
		return e, refusal.Malformed.Errorf("subject and subject-sha256 stand together or not at all")
	}
	if !bytes.Equal(e.text(), text) {
		return e, refusal.Malformed.Errorf("lines are not as Despatch writes them")
	}
	return e, nil
}

// set takes one line in.
func (e *Envelope) set(word, value string) (err error) {
	switch word {
	case "id":
		e.ID, err = form(hex32, value)
	case "kind":
		e.Kind, err = form(kindForm, value)
	case "inbox":
		e.Inbox, err = form(hex64, value)
	case "account":
		opaque, key, _ := strings.Cut(value, " ")
		if e.Account, err = form(hex32, opaque); err != nil {
			return err
		}
		e.Key, err = sshsig.ParsePublicKey(key)
	case "school":
		e.School, err = optional(hex32, value)
	case "subject":
		e.Subject, err = optional(hex16, value)
	case "subject-sha256":
		e.SubjectHash, err = optional(hex64, value)
	case "form-sha256":
		e.FormHash, err = optional(hex64, value)
	case "supersedes":
		e.Supersedes, err = optional(hex64, value)
	case "head":
		e.Head, err = strconv.Atoi(value)
		if err == nil && e.Head < 1 {
			err = fmt.Errorf("serials count from 1")
		}
	case "time":
		e.Time, err = time.Parse(sshsig.TimeLayout, value)
	case "payload":
		hash, size, _ := strings.Cut(value, " ")
		if e.PayloadHash, err = form(hex64, hash); err != nil {
			return err
		}
		e.PayloadSize, err = strconv.Atoi(size)
		if err == nil && (e.PayloadSize < 0 || e.PayloadSize > mostPayload) {
			err = fmt.Errorf("no payload has %d bytes", e.PayloadSize)
		}
	}
	return err
}

func form(want *regexp.Regexp, value string) (string, error) {
	if !want.MatchString(value) {
		return "", fmt.Errorf("%.40q has not the form %s", value, want)
	}
	return value, nil
}

func optional(want *regexp.Regexp, value string) (string, error) {
	if value == none {
		return "", nil
	}
	return form(want, value)
}
