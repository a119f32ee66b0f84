// Package tree is the published tree: what is in it, under one signed head, and
// how a new state of it comes about.
//
// It follows docs/formats.md sections 9 to 14 and design section 4. The chain of
// belief is root, keys file, head, shards, files; a reader trusts the root that
// it pins and nothing else. A writer puts everything new on disk first and the
// head last, so that a reader at any moment, and after any power cut, finds the
// old state or the new one whole (TestTreeIsWholeAfterEveryStepOfACommit). It
// never opens anything sealed and needs no passphrase.
package tree

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"despatch/internal/keysfile"
	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

// readers is how many shards are read, or files hashed, at a time.
const readers = 4

// State is a published tree as its head, keys and shards tell it. It is not
// changed once made, and may be used by several goroutines.
type State struct {
	Head    Head
	Keys    *keysfile.Keys
	Entries []Entry // what the shards list, sorted by path
	HeadSum string  // hex SHA-256 of the whole head file

	signed  []byte // the head file
	shards  []shard
	retired []retiredList // sorted by day
}

// Signed is the whole head file. It must not be changed.
func (s *State) Signed() []byte { return s.signed }

// Lookup finds a listed file by its path, whoever lists it.
func (s *State) Lookup(path string) (Entry, bool) {
	if e, ok := find(s.Head.Entries, path); ok {
		return e, true
	}
	return find(s.Entries, path)
}

// Read reads the state of a tree and verifies head, keys, shards and retired
// lists, but not the files that they list. A tree without head is fs.ErrNotExist;
// other errors name the file and are refusals.
func Read(fsys fs.FS, root sshsig.PublicKey) (*State, error) {
	return load(func(path string) ([]byte, error) { return fs.ReadFile(fsys, path) }, root, nil)
}

// getter reads a file of a tree. A missing file is fs.ErrNotExist.
type getter func(path string) ([]byte, error)

// load reads a state through get. Where bad is given it is told of each shard and
// retired list that cannot be believed, one at a time, and what is left is
// returned.
func load(get getter, root sshsig.PublicKey, bad func(path string, err error)) (*State, error) {
	s, err := loadHead(get, root)
	if err != nil {
		return nil, err
	}
	if bad == nil {
		var first error
		s.loadLists(get, func(_ string, err error) {
			if first == nil {
				first = err
			}
		})
		if first != nil {
			return nil, first
		}
		if !isSmallest(s.shards) {
			return nil, refusal.Malformed.Errorf("head: %d shards are too few or too many for what they list", len(s.shards))
		}
		return s, nil
	}
	s.loadLists(get, bad)
	return s, nil
}

// broken is an error about one file of a tree.
type broken struct {
	path string
	error
}

// Unwrap gives the error without its path.
func (b broken) Unwrap() error { return b.error }

// loadHead reads head and keys and verifies both. Errors are broken.
func loadHead(get getter, root sshsig.PublicKey) (*State, error) {
	signed, err := get(headPath)
	if err != nil {
		return nil, broken{headPath, fmt.Errorf("read head: %w", err)}
	}
	h, err := ParseHead(signed)
	if err != nil {
		return nil, broken{headPath, err}
	}
	listed := h.KeysEntry()
	data, err := getListed(get, listed)
	if err != nil {
		return nil, broken{listed.Path, err}
	}
	keys, err := keysfile.Parse(data, root)
	if err != nil {
		return nil, broken{listed.Path, err}
	}
	if err := VerifyHead(signed, keys); err != nil {
		return nil, broken{headPath, err}
	}
	return &State{Head: *h, Keys: keys, HeadSum: sumOf(signed), signed: signed, shards: make([]shard, h.Shards)}, nil
}

// getListed reads a listed file and compares it with its SHA-256.
func getListed(get getter, e Entry) ([]byte, error) {
	data, err := get(e.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refusal.Missing.Errorf("%s is listed but not there", e.Path)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", e.Path, err)
	}
	if sha256.Sum256(data) != e.Sum {
		return nil, refusal.Mismatch.Errorf("%s differs from what was published", e.Path)
	}
	return data, nil
}

// loadLists reads shards and retired lists, several at a time.
func (s *State) loadLists(get getter, bad func(path string, err error)) {
	retired := make([]*retiredList, len(s.Head.Entries))
	var mu sync.Mutex
	each(len(s.Head.Entries), func(i int) {
		e := s.Head.Entries[i]
		var err error
		switch classify(e.Path) {
		case shardPath:
			err = s.loadShard(get, e)
		case retiredPath:
			retired[i], err = loadRetired(get, e)
		}
		if err != nil {
			mu.Lock()
			defer mu.Unlock()
			bad(e.Path, err)
		}
	})
	total := 0
	for _, sh := range s.shards {
		total += len(sh.entries)
	}
	s.Entries = make([]Entry, 0, total)
	for _, sh := range s.shards {
		s.Entries = append(s.Entries, sh.entries...)
	}
	slices.SortFunc(s.Entries, byPath)
	for _, r := range retired {
		if r != nil {
			s.retired = append(s.retired, *r)
		}
	}
}

func (s *State) loadShard(get getter, e Entry) error {
	data, err := getListed(get, e)
	if err != nil {
		return err
	}
	n := shardNumber(e.Path)
	entries, err := ParseShard(data, n, s.Head.Shards)
	if err != nil {
		return fmt.Errorf("%s: %w", e.Path, err)
	}
	s.shards[n] = shard{e, entries}
	return nil
}

// each calls do for 0 to n-1, a few at a time, and returns when all are done.
func each(n int, do func(i int)) {
	var wg sync.WaitGroup
	for w := range min(readers, n) {
		wg.Go(func() {
			for i := w; i < n; i += readers {
				do(i)
			}
		})
	}
	wg.Wait()
}
