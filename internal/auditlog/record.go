// Package auditlog is the drop-box's log as bytes: records, leaves, head objects,
// checkpoints, tiles and proofs. It stores nothing and knows no clock.
//
// It follows docs/formats.md section 20 and C2SP's tlog-checkpoint, tlog-tiles
// and tlog-proof; the Merkle tree is golang.org/x/mod/sumdb/tlog's (RFC 6962).
// A reader trusts the log's key, which the authority's keys file names, for the
// order of leaves and for their time, and nothing else. Readers accept only what
// writers write, but for signatures of witnesses under a checkpoint.
package auditlog

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"despatch/internal/refusal"
)

// TimeLayout is how times stand in records.
const TimeLayout = "2006-01-02T15:04:05Z"

const none = "-"

// Record is what the log says about one deposit. A record without a deposit only
// says that the box was there at that time.
type Record struct {
	Time    time.Time
	Account string // opaque account id
	School  string // opaque school id, or none
	Deposit string // SHA-256 of the sealed bytes
	Size    int64  // of the sealed bytes
	Slot    string // 64 hex digits
}

// Leaf is a record with the salt that keeps its hash from being guessed.
type Leaf struct {
	Salt [16]byte
	Record
}

// isHex tells whether s is n hex digits in lower case. A log has four such fields a
// leaf, and a start reads a day of them.
func isHex(s string, n int) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == n
}

// IsTime tells whether the record is no deposit's.
func (r Record) IsTime() bool { return r.Deposit == "" }

// NewLeaf salts a record.
func NewLeaf(r Record, rand io.Reader) (Leaf, error) {
	l := Leaf{Record: r}
	if _, err := io.ReadFull(rand, l.Salt[:]); err != nil {
		return l, fmt.Errorf("make a salt: %w", err)
	}
	return l, nil
}

// fields writes the record's line without its first word.
func (r Record) fields() string {
	return strings.Join([]string{
		r.Time.UTC().Format(TimeLayout), orNone(r.Account), orNone(r.School), orNone(r.Deposit), strconv.FormatInt(r.Size, 10), orNone(r.Slot),
	}, " ")
}

// Text writes the two lines that the leaf's hash is over, and that a receipt
// shows.
func (l Leaf) Text() string {
	return "salt " + hex.EncodeToString(l.Salt[:]) + "\nrecord " + l.fields() + "\n"
}

// Entry is the log's entry for the leaf: the SHA-256 of its text.
func (l Leaf) Entry() []byte {
	sum := sha256.Sum256([]byte(l.Text()))
	return sum[:]
}

// Hash is the leaf's hash in the tree.
func (l Leaf) Hash() tlog.Hash { return tlog.RecordHash(l.Entry()) }

// ParseLeaf reads what Text writes.
func ParseLeaf(text string) (Leaf, error) {
	salt, rest, _ := strings.Cut(text, "\n")
	salt, ok := strings.CutPrefix(salt, "salt ")
	record, isRecord := strings.CutPrefix(rest, "record ")
	if !ok || !isRecord || !strings.HasSuffix(record, "\n") {
		return Leaf{}, refusal.Malformed.Errorf("a leaf has two lines, salt and record")
	}
	return parseLeaf(salt, strings.TrimSuffix(record, "\n"))
}

// parseLeaf reads a leaf from its salt and the fields of its record.
func parseLeaf(salt, fields string) (l Leaf, err error) {
	if !isHex(salt, 32) {
		return l, refusal.Malformed.Errorf("%.40q is no salt (want 32 hex digits)", salt)
	}
	if _, err := hex.Decode(l.Salt[:], []byte(salt)); err != nil {
		return l, refusal.Malformed.Errorf("%.40q is no salt: %v", salt, err)
	}
	f := strings.Split(fields, " ")
	if len(f) != 6 {
		return l, refusal.Malformed.Errorf("a record has 6 fields, this one %d", len(f))
	}
	if l.Time, err = time.Parse(TimeLayout, f[0]); err != nil {
		return l, refusal.Malformed.Errorf("%.40q is not a time", f[0])
	}
	if l.Size, err = strconv.ParseInt(f[4], 10, 64); err != nil || l.Size < 0 {
		return l, refusal.Malformed.Errorf("%.40q is not a size", f[4])
	}
	for _, v := range []struct {
		to     *string
		digits int
		value  string
	}{{&l.Account, 32, f[1]}, {&l.School, 32, f[2]}, {&l.Deposit, 64, f[3]}, {&l.Slot, 64, f[5]}} {
		if v.value == none {
			continue
		}
		if !isHex(v.value, v.digits) {
			return l, refusal.Malformed.Errorf("%.80q is not %d hex digits", v.value, v.digits)
		}
		*v.to = v.value
	}
	deposit := l.Account != "" && l.Deposit != "" && l.Slot != "" && l.Size > 0
	empty := l.Account == "" && l.School == "" && l.Deposit == "" && l.Slot == "" && l.Size == 0
	if !deposit && !empty {
		return l, refusal.Malformed.Errorf("a record is of a deposit, with account, hash, size and slot, or of none")
	}
	if l.fields() != fields {
		return l, refusal.Malformed.Errorf("the record is not as Despatch writes it")
	}
	return l, nil
}

func orNone(s string) string {
	if s == "" {
		return none
	}
	return s
}
