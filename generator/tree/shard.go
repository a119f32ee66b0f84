package tree

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"despatch/internal/naming"
	"despatch/internal/refusal"
)

// maxLines is the most lines a shard has.
const maxLines = 64

// shard is one manifest shard: what it lists, and where it is published.
type shard struct {
	file    Entry // zero when the shard is empty: empty shards are not written
	entries []Entry
}

// shardOf is the number, below shards, of the shard that lists path.
func shardOf(path string, shards int) int {
	sum := sha256.Sum256([]byte(shardStem(path)))
	return int(binary.BigEndian.Uint32(sum[:4]) >> 1 >> (31 - bits.Len(uint(shards-1))))
}

// shardNumber reads the number off a shard's path.
func shardNumber(path string) int {
	digits, _, _ := strings.Cut(strings.TrimPrefix(path, "manifest/"), ".")
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil {
		return maxShards
	}
	return int(n)
}

// FormatShard writes the lines of shard number, and names the file.
func FormatShard(number int, entries []Entry) (file Entry, text []byte) {
	text = formatList(nil, entries)
	return entryOf(fmt.Sprintf("manifest/%03x.%s", number, naming.Hash(text)), text), text
}

// ParseShard reads the shard of a number out of that many shards: 1 to 64 files
// that belong in it. Errors are refusals: malformed.
func ParseShard(text []byte, number, shards int) ([]Entry, error) {
	entries, err := parseList(text)
	if err != nil {
		return nil, fmt.Errorf("shard %d: %w", number, err)
	}
	if len(entries) == 0 || len(entries) > maxLines {
		return nil, refusal.Malformed.Errorf("shard %d has %d lines (want 1 to %d)", number, len(entries), maxLines)
	}
	for _, e := range entries {
		c := classify(e.Path)
		if !c.inShard() || shardOf(e.Path, shards) != number {
			return nil, refusal.Malformed.Errorf("shard %d lists %s, which does not belong in it", number, e.Path)
		}
		if !namesItsHash(c, e) {
			return nil, refusal.Malformed.Errorf("shard %d lists %s with a SHA-256 that the name does not fit", number, e.Path)
		}
	}
	return entries, nil
}

// split spreads entries over the smallest number of shards for which none is too
// long. The entries must be sorted.
func split(entries []Entry) ([]shard, error) {
	for n := 1; n <= maxShards; n *= 2 {
		if n*maxLines < len(entries) {
			continue
		}
		if shards, ok := splitOver(entries, n); ok {
			return shards, nil
		}
	}
	return nil, fmt.Errorf("%d files do not fit into %d manifest shards", len(entries), maxShards)
}

func splitOver(entries []Entry, n int) ([]shard, bool) {
	shards := make([]shard, n)
	for _, e := range entries {
		s := &shards[shardOf(e.Path, n)]
		if len(s.entries) == maxLines {
			return nil, false
		}
		s.entries = append(s.entries, e)
	}
	return shards, true
}

// isSmallest tells whether no shard is too long and half as many would not do.
func isSmallest(shards []shard) bool {
	for _, s := range shards {
		if len(s.entries) > maxLines {
			return false
		}
	}
	for i := 0; i+1 < len(shards); i += 2 {
		if len(shards[i].entries)+len(shards[i+1].entries) > maxLines {
			return true
		}
	}
	return len(shards) == 1
}

// reshard gives the shards after a change: only those that list something of
// drop or add are new, unless their number has to change.
func reshard(old []shard, drop, add, all []Entry) ([]shard, error) {
	if len(old) == 0 {
		return split(all)
	}
	type change struct{ drop, add []Entry }
	changes := make(map[int]*change)
	of := func(e Entry) *change {
		n := shardOf(e.Path, len(old))
		if changes[n] == nil {
			changes[n] = &change{}
		}
		return changes[n]
	}
	for _, e := range drop {
		c := of(e)
		c.drop = append(c.drop, e)
	}
	for _, e := range add {
		c := of(e)
		c.add = append(c.add, e)
	}
	shards := append([]shard(nil), old...)
	for n, c := range changes {
		shards[n] = shard{entries: merge(old[n].entries, c.drop, c.add)}
	}
	if !isSmallest(shards) {
		return split(all)
	}
	return shards, nil
}
