package tree

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"despatch/internal/refusal"
)

// Entry is a listed file: the SHA-256 of its bytes and its path in the tree.
type Entry struct {
	Sum  [32]byte
	Path string
}

// entryOf lists data under a path.
func entryOf(path string, data []byte) Entry { return Entry{sha256.Sum256(data), path} }

func byPath(a, b Entry) int { return cmp.Compare(a.Path, b.Path) }

// formatList writes entries as sha256sum does. They must be sorted.
func formatList(b []byte, entries []Entry) []byte {
	for _, e := range entries {
		b = hex.AppendEncode(b, e.Sum[:])
		b = append(b, ' ', ' ')
		b = append(b, e.Path...)
		b = append(b, '\n')
	}
	return b
}

// parseList reads lines as formatList writes them: sorted by path, each path
// once. Whether the paths belong there is the caller's to check.
func parseList(text []byte) ([]Entry, error) {
	entries := make([]Entry, 0, bytes.Count(text, []byte{'\n'}))
	whole := string(text)
	for at := 0; at < len(whole); {
		end := bytes.IndexByte(text[at:], '\n')
		if end < 0 {
			return nil, refusal.Malformed.Errorf("the last line has no end")
		}
		e, ok := parseEntry(whole[at : at+end])
		if !ok {
			return nil, refusal.Malformed.Errorf("line %d is %.90q (want a SHA-256, two spaces and a path)", len(entries)+1, whole[at:at+end])
		}
		if n := len(entries); n > 0 && entries[n-1].Path >= e.Path {
			return nil, refusal.Malformed.Errorf("line %d (%s) is out of order or repeated", n+1, e.Path)
		}
		entries = append(entries, e)
		at += end + 1
	}
	return entries, nil
}

func parseEntry(line string) (e Entry, ok bool) {
	if len(line) < 67 || !isHex(line[:64], 64) || line[64:66] != "  " {
		return e, false
	}
	if _, err := hex.Decode(e.Sum[:], []byte(line[:64])); err != nil {
		return e, false
	}
	e.Path = line[66:]
	return e, true
}

// find gives the entry of a path in a sorted list.
func find(entries []Entry, path string) (Entry, bool) {
	at, found := slices.BinarySearchFunc(entries, path, func(e Entry, p string) int { return cmp.Compare(e.Path, p) })
	if !found {
		return Entry{}, false
	}
	return entries[at], true
}

// withPrefix gives the entries of a sorted list whose paths start with prefix.
func withPrefix(entries []Entry, prefix string) []Entry {
	from, _ := slices.BinarySearchFunc(entries, prefix, func(e Entry, p string) int { return cmp.Compare(e.Path, p) })
	to := from
	for to < len(entries) && len(entries[to].Path) >= len(prefix) && entries[to].Path[:len(prefix)] == prefix {
		to++
	}
	return entries[from:to]
}

// merge gives base without the paths of drop and with the entries of add, in
// order. All three must be sorted; an added path replaces the one in base.
func merge(base, drop, add []Entry) []Entry {
	out := make([]Entry, 0, len(base)+len(add))
	for len(drop) > 0 || len(add) > 0 {
		next := ""
		if len(drop) > 0 {
			next = drop[0].Path
		}
		if len(add) > 0 && (len(drop) == 0 || add[0].Path <= next) {
			next = add[0].Path
		}
		at, found := slices.BinarySearchFunc(base, next, func(e Entry, p string) int { return cmp.Compare(e.Path, p) })
		out = append(out, base[:at]...)
		if found {
			at++
		}
		base = base[at:]
		if len(add) > 0 && add[0].Path == next {
			out = append(out, add[0])
			add = add[1:]
		}
		if len(drop) > 0 && drop[0].Path == next {
			drop = drop[1:]
		}
	}
	return append(out, base...)
}
