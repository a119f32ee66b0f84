// Package seal makes sealed files: age v1 files to exactly one hybrid
// post-quantum recipient, and checks that a file is one.
//
// It follows C2SP age and docs/formats.md sections 2 and 3. All cryptography is
// filippo.io/age's; only the cleartext header is parsed here, strictly, so that a
// file with a classic stanza, or with more than one, is refused. A sealed file
// says nothing about who wrote it: whoever knows a recipient can make one, so
// everything that is published is also listed under a signed head.
package seal

import (
	"fmt"
	"strings"

	"filippo.io/age"

	"despatch/internal/refusal"
)

// Recipient is a parsed age1pq1… recipient. It may be used by several
// goroutines. Parsing one is as dear as sealing to it: keep it.
type Recipient struct {
	text   string
	hybrid *age.HybridRecipient
}

// ParseRecipient reads a hybrid recipient. Any other kind is refused.
func ParseRecipient(s string) (*Recipient, error) {
	hybrid, err := age.ParseHybridRecipient(s)
	if err != nil {
		return nil, refusal.Malformed.Errorf("recipient %.20q is not a hybrid age recipient (want age1pq1…)", s)
	}
	// Bech32 has one spelling in lower case, so writing the recipient again, as dear
	// as reading it, would show nothing more (FuzzParseRecipient).
	if !strings.HasPrefix(s, "age1pq1") || strings.ToLower(s) != s {
		return nil, refusal.Malformed.Errorf("recipient %.20q is not written as age writes it", s)
	}
	return &Recipient{s, hybrid}, nil
}

// String gives the recipient as age writes it.
func (r *Recipient) String() string { return r.text }

// Seal appends the sealed form of plain to dst and returns the longer slice. What
// comes is different each time.
func (r *Recipient) Seal(dst, plain []byte) ([]byte, error) {
	out := appender{dst}
	w, err := age.Encrypt(&out, r.hybrid)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return out.b, nil
}

// appender is a writer onto the end of a slice.
type appender struct{ b []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}
