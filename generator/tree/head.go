package tree

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"despatch/internal/keysfile"
	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

// HeadNamespace is what signatures of heads are made for.
const HeadNamespace = "despatch-head"

const (
	headWord  = "despatch-head"
	maxShards = 1 << 16
)

// Head is what a head says (docs/formats.md section 9). Times are UTC in whole
// seconds.
type Head struct {
	Serial     int // counts from 1
	Date       time.Time
	ValidUntil time.Time // afterwards it is stale: that warns and never blocks
	Previous   string    // hex SHA-256 of the whole previous head file, or "-"
	Shards     int       // a power of two
	Entries    []Entry   // what the head lists itself, sorted by path
}

// FormatHead writes and signs a head.
func FormatHead(h *Head, priv ed25519.PrivateKey) []byte {
	return sshsig.SignText(priv, HeadNamespace, h.text())
}

// ParseHead reads a head without believing it: VerifyHead tells whether one of
// the authority's head keys signed it. Errors are refusals: malformed or newer.
func ParseHead(signed []byte) (*Head, error) {
	text, _, err := sshsig.OpenText(signed)
	if err != nil {
		return nil, fmt.Errorf("head: %w", err)
	}
	h, err := parseHeadText(text)
	if err != nil {
		return nil, fmt.Errorf("head: %w", err)
	}
	if !bytes.Equal(h.text(), text) {
		return nil, refusal.Malformed.Errorf("head: not written as Despatch writes it")
	}
	if err := h.check(); err != nil {
		return nil, fmt.Errorf("head: %w", err)
	}
	return h, nil
}

// VerifyHead checks that signed is signed by one of the head keys.
func VerifyHead(signed []byte, keys *keysfile.Keys) error {
	text, sig, err := sshsig.OpenText(signed)
	if err != nil {
		return fmt.Errorf("head: %w", err)
	}
	signer, err := sshsig.Signer(sig)
	if err != nil {
		return fmt.Errorf("head: %w", err)
	}
	if !keys.IsHead(signer) {
		return refusal.Signature.Errorf("head: signed by a key that the keys file does not name (%s)", signer)
	}
	if err := sshsig.Verify(signer, HeadNamespace, text, sig); err != nil {
		return fmt.Errorf("head: %w", err)
	}
	return nil
}

// KeysEntry is the keys file that the head lists.
func (h *Head) KeysEntry() Entry {
	if keys := withPrefix(h.Entries, "keys."); len(keys) == 1 {
		return keys[0]
	}
	return Entry{}
}

// sumOf is the hex SHA-256 by which a head is named.
func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (h *Head) text() []byte {
	b := make([]byte, 0, 256+len(h.Entries)*100)
	b = fmt.Appendf(b, "%s 1\nserial %d\ndate %s\nvalid-until %s\nprevious %s\nshards %d\n", headWord, h.Serial,
		h.Date.UTC().Format(sshsig.TimeLayout), h.ValidUntil.UTC().Format(sshsig.TimeLayout), h.Previous, h.Shards)
	return formatList(b, h.Entries)
}

// parseHeadText reads the lines; the caller writes them again and compares.
func parseHeadText(text []byte) (*Head, error) {
	first, rest, _ := bytes.Cut(text, []byte{'\n'})
	if err := refusal.CheckFormat(string(first), headWord, "the head"); err != nil {
		return nil, err
	}
	h := &Head{}
	for _, field := range []struct {
		word string
		set  func(value string) error
	}{
		{"serial", number(&h.Serial)},
		{"date", moment(&h.Date)},
		{"valid-until", moment(&h.ValidUntil)},
		{"previous", func(v string) error { h.Previous = v; return nil }},
		{"shards", number(&h.Shards)},
	} {
		line, after, _ := bytes.Cut(rest, []byte{'\n'})
		value, found := strings.CutPrefix(string(line), field.word+" ")
		if !found {
			return nil, refusal.Malformed.Errorf("the line %.40q stands where %q is wanted", line, field.word)
		}
		if err := field.set(value); err != nil {
			return nil, refusal.Malformed.Errorf("%s: %v", field.word, err)
		}
		rest = after
	}
	var err error
	h.Entries, err = parseList(rest)
	return h, err
}

func number(into *int) func(string) error {
	return func(v string) (err error) { *into, err = strconv.Atoi(v); return err }
}

func moment(into *time.Time) func(string) error {
	return func(v string) (err error) { *into, err = time.Parse(sshsig.TimeLayout, v); return err }
}

// check holds the fields and the listed paths to section 9.
func (h *Head) check() error {
	switch {
	case h.Serial < 1:
		return refusal.Malformed.Errorf("the serial is %d (want 1 or more)", h.Serial)
	case h.ValidUntil.Before(h.Date):
		return refusal.Malformed.Errorf("it is valid until a time before its own")
	case h.Previous != "-" && !isHex(h.Previous, 64):
		return refusal.Malformed.Errorf("previous is neither a SHA-256 nor -")
	case h.Shards < 1 || h.Shards > maxShards || bits.OnesCount(uint(h.Shards)) != 1:
		return refusal.Malformed.Errorf("shards is %d (want a power of two from 1 to %d)", h.Shards, maxShards)
	}
	keys := 0
	numbers := make(map[int]bool)
	for _, e := range h.Entries {
		c := classify(e.Path)
		switch {
		case !c.inHead():
			return refusal.Malformed.Errorf("it lists %s, which no head lists", e.Path)
		case c == keysPath:
			keys++
		case c == shardPath:
			n := shardNumber(e.Path)
			if n >= h.Shards || numbers[n] {
				return refusal.Malformed.Errorf("it lists %s, of a shard that is listed already or cannot be", e.Path)
			}
			numbers[n] = true
		}
		if !namesItsHash(c, e) {
			return refusal.Malformed.Errorf("it lists %s with a SHA-256 that the name does not fit", e.Path)
		}
	}
	if keys != 1 {
		return refusal.Malformed.Errorf("it lists %d keys files (want 1)", keys)
	}
	return nil
}

// namesItsHash tells whether the hash in an immutable name is that of the sum.
func namesItsHash(c class, e Entry) bool {
	var hash string
	switch c {
	case keysPath, shardPath, retiredPath:
		_, hash, _ = cutLast(e.Path, '.')
	case sealedFile:
		_, hash, _ = cutLast(strings.TrimSuffix(e.Path, ".age"), '.')
	default:
		return true
	}
	var digits [16]byte
	hex.Encode(digits[:], e.Sum[:8])
	return string(digits[:]) == hash
}
