package auditlog

import (
	"fmt"
	"math/bits"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// Edge is all that is needed of a tree to go on with it: its size and the roots
// of the largest complete subtrees that make it up, from the left.
type Edge struct {
	Size   int64
	Hashes []tlog.Hash
}

// places are the storage indexes of the edge's hashes.
func (e Edge) places() []int64 {
	var out []int64
	for at, left := int64(0), e.Size; left > 0; {
		level := bits.Len64(uint64(left)) - 1
		out = append(out, tlog.StoredHashIndex(level, at>>level))
		at += 1 << level
		left -= 1 << level
	}
	return out
}

// growth is a tree that grows from an edge: the edge's hashes and all that were
// added since, by storage index. It is enough to prove every added leaf, since
// what lies left of a leaf is made of the edge and of added leaves.
type growth struct {
	size   int64
	hashes map[int64]tlog.Hash
}

func grow(e Edge) (*growth, error) {
	places := e.places()
	if len(places) != len(e.Hashes) {
		return nil, fmt.Errorf("a tree of %d leaves has an edge of %d hashes, not %d", e.Size, len(places), len(e.Hashes))
	}
	g := &growth{e.Size, make(map[int64]tlog.Hash, len(places))}
	for i, p := range places {
		g.hashes[p] = e.Hashes[i]
	}
	return g, nil
}

// ReadHashes is tlog.HashReader's.
func (g *growth) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		h, ok := g.hashes[at]
		if !ok {
			return nil, fmt.Errorf("hash %d of the tree is left of its edge", at)
		}
		out[i] = h
	}
	return out, nil
}

func (g *growth) add(leaf tlog.Hash) error {
	hashes, err := tlog.StoredHashesForRecordHash(g.size, leaf, g)
	if err != nil {
		return err
	}
	at := tlog.StoredHashIndex(0, g.size)
	for i, h := range hashes {
		g.hashes[at+int64(i)] = h
	}
	g.size++
	return nil
}

func (g *growth) root() (tlog.Hash, error) {
	return tlog.TreeHash(g.size, g)
}

func (g *growth) edge() (Edge, error) {
	e := Edge{Size: g.size}
	var err error
	e.Hashes, err = g.ReadHashes(e.places())
	return e, err
}

// equal tells whether two edges are of the same tree.
func (e Edge) equal(other Edge) bool {
	return e.Size == other.Size && slices.Equal(e.Hashes, other.Hashes)
}
