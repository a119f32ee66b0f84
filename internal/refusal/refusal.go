// Package refusal names the reasons for which Despatch refuses what it reads.
//
// The names are those of docs/formats.md section 0 and are the same in Go and in
// TypeScript; docs/vectors names the expected one for each case. The package
// trusts nobody and knows no format.
package refusal

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Reason is the shared name of a kind of refusal. It is an error itself, so that
// errors.Is(err, refusal.Newer) tells whether err is one.
type Reason string

// The reasons of docs/formats.md section 0.
const (
	Malformed Reason = "malformed" // not what the writer writes
	Newer     Reason = "newer"     // a format number above the one known here
	Signature Reason = "signature" // does not verify, wrong key or wrong namespace
	Mismatch  Reason = "mismatch"  // a hash differs
	Rollback  Reason = "rollback"  // a serial below one already seen
	Missing   Reason = "missing"   // listed, but not there
	Locked    Reason = "locked"    // no key opens it
	Expired   Reason = "expired"   // its time is over
)

// Error gives the shared name.
func (r Reason) Error() string { return string(r) }

// refused is one sentence with the reason it stands for.
type refused struct {
	reason Reason
	text   string
}

func (r *refused) Error() string { return r.text }
func (r *refused) Unwrap() error { return r.reason }

// Errorf makes a refusal of this reason; the formatted sentence is its text.
func (r Reason) Errorf(format string, args ...any) error {
	return &refused{r, fmt.Sprintf(format, args...)}
}

// NewerFormat is the refusal of a format number that this program does not know.
func NewerFormat(what string, number int) error {
	return Newer.Errorf("%s has format %d, written by a newer Despatch: update despatch", what, number)
}

// CheckFormat refuses a text whose first line is not word and the format number 1,
// as every text of docs/formats.md begins. What names the text in a sentence.
func CheckFormat(line, word, what string) error {
	first, number, _ := strings.Cut(line, " ")
	n, err := strconv.Atoi(number)
	if first != word || err != nil || n < 1 || strconv.Itoa(n) != number {
		return Malformed.Errorf("line 1 is %.40q (want %s 1)", line, word)
	}
	if n > 1 {
		return NewerFormat(what, n)
	}
	return nil
}

// Of gives the reason of err, or "" when err is no refusal.
func Of(err error) Reason {
	var r Reason
	if errors.As(err, &r) {
		return r
	}
	return ""
}
