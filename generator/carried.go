package generator

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
)

// Carried tells which files the tree was built from that stands in an authority's
// folder, by their paths, and its serial. It is an error where that cannot be told:
// where the head is another than the one that the last build left.
func Carried(dir string) (files map[string]bool, serial int, err error) {
	s, err := readState(dir)
	if err != nil {
		return nil, 0, errNotBuilt
	}
	head, err := os.ReadFile(filepath.Join(dir, "public", "head"))
	if err != nil {
		return nil, 0, errNotBuilt
	}
	if sum := sha256.Sum256(head); hex.EncodeToString(sum[:]) != s.Head {
		return nil, 0, errNotBuilt
	}
	return s.files(), s.Serial, nil
}

func (s *state) files() map[string]bool {
	files := make(map[string]bool, len(s.Sources))
	for i := range s.Sources {
		files[s.Sources[i].Path] = true
	}
	return files
}

// Carried tells which files the tree that now stands was built from.
func (s Summary) Carried() map[string]bool {
	if s.known == nil {
		return nil
	}
	return s.known.files()
}

var errNotBuilt = errors.New("it cannot be told what the tree in public was built from: build first")
