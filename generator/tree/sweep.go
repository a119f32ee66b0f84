package tree

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"despatch/internal/durable"
	"despatch/internal/seal"
)

// sweep walks the tree and refuses what is neither sealed nor public by decision.
// Files that a build of mine left behind when it was cut off are returned, to be
// deleted. Files of others that no list names are left alone when they are
// sealed: another team may be about to publish them.
func (w *Writer) sweep(next *State) (orphans []string, err error) {
	err = filepath.WalkDir(w.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(w.dir, name)
		if err != nil {
			return err
		}
		path := filepath.ToSlash(rel)
		if strings.HasPrefix(d.Name(), durable.TempPrefix) || w.isOrphan(path, next) {
			orphans = append(orphans, path)
			return nil
		}
		return w.checkFound(path, d, next)
	})
	if err != nil {
		return nil, fmt.Errorf("nothing was published: %w", err)
	}
	return orphans, nil
}

// isOrphan tells whether a file is one of this team's that no list names.
func (w *Writer) isOrphan(path string, next *State) bool {
	if path == headPath || next.names(path) || w.base.names(path) {
		return false
	}
	switch classify(path) {
	case keysPath, shardPath, retiredPath, asset:
		return true
	case unknown:
		return false
	}
	return w.mine(path)
}

// checkFound refuses a file that must not be in a tree. What this team's own
// builds listed was inspected when it was put.
func (w *Writer) checkFound(path string, d fs.DirEntry, next *State) error {
	c := classify(path)
	if !d.Type().IsRegular() || c == unknown && path != headPath {
		return fmt.Errorf("%s in the tree is neither sealed nor public by decision: move it out of %s", path, w.dir)
	}
	want, isSealed := sealedAs[c]
	if !isSealed || w.mine(path) && next.names(path) {
		return nil
	}
	kind, err := inspectFile(w.at(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%s in the tree: %w", path, err)
	case kind != want:
		return fmt.Errorf("%s in the tree is sealed in another way (%s) than its name says", path, kind)
	}
	return nil
}

// sealedAs is how the files of a class are sealed.
var sealedAs = map[class]string{sealedFile: seal.Hybrid, identity: seal.Scrypt, passkeyFile: seal.Passkey}

// inspectFile says how a file on disk is sealed.
func inspectFile(name string) (kind string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	start := make([]byte, seal.InspectSize)
	n, err := io.ReadFull(f, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return "", err
	}
	kind, _, err = seal.Inspect(start[:n])
	return kind, err
}
