package auditlog

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"despatch/internal/refusal"
)

// MostLeaves is how many leaves a head object may carry.
const MostLeaves = 256

const headWord = "despatch-log-head"

// Head is one batch of the log: the tree before it, its leaves, and the
// checkpoint of the tree after it. It is complete in itself: who has the newest
// head object can go on with the log, and can prove each of its leaves.
type Head struct {
	Number     int64 // counts from 1
	Before     Edge
	Leaves     []Leaf // 1 to MostLeaves
	Checkpoint []byte
	After      Edge // made from Before and Leaves

	tree *growth
}

// NewHead makes the head that follows on prev (nil before the first) with those
// leaves, and signs its checkpoint. Leaves must not go back in time.
func NewHead(prev *Head, leaves []Leaf, key note.Signer) (*Head, error) {
	h := &Head{Number: 1, Leaves: leaves}
	if prev != nil {
		h.Number, h.Before = prev.Number+1, prev.After
	}
	root, err := h.build()
	if err != nil {
		return nil, err
	}
	if prev != nil && leaves[0].Time.Before(prev.Last()) {
		return nil, fmt.Errorf("head %d would go back in time", h.Number)
	}
	h.Checkpoint, err = SignCheckpoint(Checkpoint{h.After.Size, root}, key)
	return h, err
}

// build makes the tree after the leaves and gives its root.
func (h *Head) build() (root tlog.Hash, err error) {
	if len(h.Leaves) == 0 || len(h.Leaves) > MostLeaves {
		return root, refusal.Malformed.Errorf("head %d has %d leaves (want 1 to %d)", h.Number, len(h.Leaves), MostLeaves)
	}
	if h.tree, err = grow(h.Before); err != nil {
		return root, refusal.Malformed.Errorf("head %d: %v", h.Number, err)
	}
	var last time.Time
	for _, l := range h.Leaves {
		if l.Time.Before(last) {
			return root, refusal.Malformed.Errorf("head %d goes back in time", h.Number)
		}
		last = l.Time
		if err := h.tree.add(l.Hash()); err != nil {
			return root, err
		}
	}
	if root, err = h.tree.root(); err != nil {
		return root, err
	}
	h.After, err = h.tree.edge()
	return root, err
}

// Last is the time of the last leaf.
func (h *Head) Last() time.Time { return h.Leaves[len(h.Leaves)-1].Time }

// Prove gives the proof of the i-th leaf of this head, by this head's checkpoint.
func (h *Head) Prove(i int) (Proof, error) {
	p := Proof{Index: h.Before.Size + int64(i), Checkpoint: h.Checkpoint}
	var err error
	p.Path, err = tlog.ProveRecord(h.After.Size, p.Index, h.tree)
	return p, err
}

// Follows checks that h goes on where prev ended.
func (h *Head) Follows(prev *Head) error {
	switch {
	case h.Number != prev.Number+1:
		return refusal.Mismatch.Errorf("head %d does not follow on head %d", h.Number, prev.Number)
	case !h.Before.equal(prev.After):
		return refusal.Mismatch.Errorf("head %d goes on with another log than head %d ended with", h.Number, prev.Number)
	case h.Leaves[0].Time.Before(prev.Last()):
		return refusal.Mismatch.Errorf("head %d goes back in time behind head %d", h.Number, prev.Number)
	}
	return nil
}

// Format writes the head object.
func (h *Head) Format() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s 1\nnumber %d\nsize %d\n", headWord, h.Number, h.Before.Size)
	for _, e := range h.Before.Hashes {
		b.WriteString("edge " + e.String() + "\n")
	}
	for _, l := range h.Leaves {
		b.WriteString("leaf " + hex.EncodeToString(l.Salt[:]) + " " + l.fields() + "\n")
	}
	b.WriteString("\n")
	b.Write(h.Checkpoint)
	return b.Bytes()
}

// ParseHead reads a head object and checks that its checkpoint, signed by one of
// the keys, is of the tree that its edge and leaves make. Errors are refusals:
// malformed, newer, signature or mismatch.
func ParseHead(data []byte, keys ...note.Verifier) (*Head, error) {
	head, checkpoint, ok := strings.Cut(string(data), "\n\n")
	if !ok {
		return nil, refusal.Malformed.Errorf("a head object without checkpoint")
	}
	h, err := parseHead(strings.Split(head, "\n"))
	if err != nil {
		return nil, err
	}
	h.Checkpoint = []byte(checkpoint)
	root, err := h.build()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(h.Format(), data) {
		return nil, refusal.Malformed.Errorf("head %d is not as Despatch writes it", h.Number)
	}
	c, err := ParseCheckpoint(h.Checkpoint, keys...)
	if err != nil {
		return nil, fmt.Errorf("head %d: %w", h.Number, err)
	}
	if c.Size != h.After.Size || c.Root != root {
		return nil, refusal.Mismatch.Errorf("the checkpoint of head %d is of another tree", h.Number)
	}
	return h, nil
}

func parseHead(lines []string) (*Head, error) {
	h := &Head{}
	if err := refusal.CheckFormat(lines[0], headWord, "a head object of the log"); err != nil {
		return nil, err
	}
	for i, line := range lines[1:] {
		word, value, _ := strings.Cut(line, " ")
		if err := h.set(word, value); err != nil {
			return nil, refusal.Malformed.Errorf("line %d: %v", i+2, err)
		}
	}
	return h, nil
}

// set takes one line in. Order is judged by the caller, who writes it again.
func (h *Head) set(word, value string) (err error) {
	switch word {
	case "number":
		if h.Number, err = strconv.ParseInt(value, 10, 64); err == nil && h.Number < 1 {
			err = fmt.Errorf("heads count from 1")
		}
	case "size":
		if h.Before.Size, err = strconv.ParseInt(value, 10, 64); err == nil && h.Before.Size < 0 {
			err = fmt.Errorf("a log has no %d leaves", h.Before.Size)
		}
	case "edge":
		var e tlog.Hash
		e, err = tlog.ParseHash(value)
		h.Before.Hashes = append(h.Before.Hashes, e)
	case "leaf":
		salt, fields, _ := strings.Cut(value, " ")
		var l Leaf
		l, err = parseLeaf(salt, fields)
		h.Leaves = append(h.Leaves, l)
	default:
		err = fmt.Errorf("unknown word %.40q", word)
	}
	return err
}
