package logbook

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"despatch/dropbox/store"
	"despatch/internal/auditlog"
)

// tiles are the tiles at the right edge of the log, which are not full yet, and
// the checkpoint that they belong to. A value is never changed.
type tiles struct {
	checkpoint []byte
	size       int64
	leaves     []auditlog.Leaf // of the entries tile
	levels     [][]tlog.Hash   // from level 0 on
}

// grown gives the tiles after a head, and those that it filled, by path.
func (t *tiles) grown(h *auditlog.Head) (next *tiles, full map[string][]byte) {
	next = &tiles{checkpoint: h.Checkpoint, size: t.size, leaves: slices.Clone(t.leaves)}
	for _, hashes := range t.levels {
		next.levels = append(next.levels, slices.Clone(hashes))
	}
	full = map[string][]byte{}
	for _, l := range h.Leaves {
		next.leaves = append(next.leaves, l)
		next.size++
		if len(next.leaves) == auditlog.TileWidth {
			full[auditlog.Tile{Level: -1, N: next.size/auditlog.TileWidth - 1, Width: auditlog.TileWidth}.Path()] = auditlog.FormatEntries(next.leaves)
			next.leaves = nil
		}
		next.push(0, l.Hash(), full)
	}
	return next, full
}

// push adds a hash to a level of a value that is being made; a level that is full
// becomes a hash of the next.
func (t *tiles) push(level int, h tlog.Hash, full map[string][]byte) {
	if level == len(t.levels) {
		t.levels = append(t.levels, nil)
	}
	t.levels[level] = append(t.levels[level], h)
	hashes := t.levels[level]
	if len(hashes) < auditlog.TileWidth {
		return
	}
	t.levels[level] = nil
	n := t.size>>((level+1)*auditlog.TileHeight) - 1
	full[auditlog.Tile{Level: level, N: n, Width: auditlog.TileWidth}.Path()] = tileBytes(hashes)
	t.push(level+1, rootOf(hashes), full)
}

func tileBytes(hashes []tlog.Hash) []byte {
	var b bytes.Buffer
	for _, h := range hashes {
		b.Write(h[:])
	}
	return b.Bytes()
}

// rootOf folds a full tile.
func rootOf(hashes []tlog.Hash) tlog.Hash {
	for len(hashes) > 1 {
		var up []tlog.Hash
		for i := 0; i < len(hashes); i += 2 {
			up = append(up, tlog.NodeHash(hashes[i], hashes[i+1]))
		}
		hashes = up
	}
	return hashes[0]
}

// Checkpoint gives the newest checkpoint whose tiles are all there.
func (b *Book) Checkpoint() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tiles.checkpoint
}

// Tile reads a tile of the log, full or partial. One that the log does not reach
// yet is store.ErrMissing.
func (b *Book) Tile(ctx context.Context, t auditlog.Tile) ([]byte, error) {
	full := t
	full.Width = auditlog.TileWidth
	data, err := b.o.Store.Get(ctx, tilePrefix+full.Path())
	if err == nil {
		return data[:len(data)/auditlog.TileWidth*t.Width], nil
	}
	b.mu.Lock()
	edge := b.tiles
	b.mu.Unlock()
	if there := edge.edgeTile(t); there != nil {
		return there, nil
	}
	return nil, err
}

// edgeTile gives a partial tile of the right edge, or nil.
func (t *tiles) edgeTile(want auditlog.Tile) []byte {
	level := max(want.Level, 0)
	if want.N != t.size>>((level+1)*auditlog.TileHeight) {
		return nil
	}
	if want.Level < 0 {
		if want.Width > len(t.leaves) {
			return nil
		}
		return auditlog.FormatEntries(t.leaves[:want.Width])
	}
	if level >= len(t.levels) || want.Width > len(t.levels[level]) {
		return nil
	}
	return tileBytes(t.levels[level][:want.Width])
}

// edgeAt rebuilds the tiles at the right edge of the log as it was after a head,
// from heads back to the last full tile and from the full tiles below.
func (b *Book) edgeAt(ctx context.Context, h *auditlog.Head) (*tiles, error) {
	t := &tiles{checkpoint: h.Checkpoint, size: h.After.Size}
	first := t.size - t.size%auditlog.TileWidth
	for at := h; ; {
		from := max(0, first-at.Before.Size)
		if from < int64(len(at.Leaves)) {
			t.leaves = slices.Concat(at.Leaves[from:], t.leaves)
		}
		if at.Before.Size <= first {
			break
		}
		var err error
		if at, err = b.Head(ctx, at.Number-1); err != nil {
			return nil, err
		}
	}
	level0 := make([]tlog.Hash, 0, len(t.leaves))
	for _, l := range t.leaves {
		level0 = append(level0, l.Hash())
	}
	t.levels = append(t.levels, level0)
	for level := 1; t.size>>(level*auditlog.TileHeight) > 0; level++ {
		count := t.size >> (level * auditlog.TileHeight)
		var hashes []tlog.Hash
		for n := count - count%auditlog.TileWidth; n < count; n++ {
			root, err := b.tileRoot(ctx, level-1, n)
			if err != nil {
				return nil, err
			}
			hashes = append(hashes, root)
		}
		t.levels = append(t.levels, hashes)
	}
	return t, nil
}

// tileRoot reads a full tile and folds it.
func (b *Book) tileRoot(ctx context.Context, level int, n int64) (root tlog.Hash, err error) {
	path := auditlog.Tile{Level: level, N: n, Width: auditlog.TileWidth}.Path()
	data, err := b.o.Store.Get(ctx, tilePrefix+path)
	if err != nil {
		return root, err
	}
	if len(data) != auditlog.TileWidth*tlog.HashSize {
		return root, fmt.Errorf("%s has %d bytes: %w", path, len(data), store.ErrMissing)
	}
	hashes := make([]tlog.Hash, auditlog.TileWidth)
	for i := range hashes {
		copy(hashes[i][:], data[i*tlog.HashSize:])
	}
	return rootOf(hashes), nil
}
