package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"despatch/internal/durable"
	"despatch/internal/naming"
	"despatch/internal/refusal"
	"despatch/internal/seal"
)

// Writer gathers what a new state of a tree shall hold. Sealed files go to disk
// as they come; everything else, and the head, at Commit. Until then the old
// state stands whole. It may be used by several goroutines.
type Writer struct {
	dir  string
	base *State // what the tree was when it began; empty for a new tree
	key  naming.Key
	o    WriterOptions

	batch durable.Batch
	mu    sync.Mutex
	kept  []bool           // guarded by mu; by index into base.Entries
	gone  map[string]bool  // guarded by mu; paths that were dropped
	put   map[string]Entry // guarded by mu; what shards shall list anew, by path
	shell map[string]Entry // guarded by mu; what the head shall list of the shell
	held  map[string][]byte
	// held, guarded by mu: bytes to write in place at Commit, by path
}

// WriterOptions say what belongs to whoever writes.
type WriterOptions struct {
	// Mine tells for an index or an identity file whether this team publishes it;
	// names of other files tell by themselves. nil: none that is not put.
	Mine func(path string) bool
	// KeepRest leaves alone what was neither put nor dropped, and skips the walk
	// over the whole tree: for a build that knows exactly what changed. Without it
	// whatever of mine was neither put nor kept ceases to be listed.
	KeepRest bool
}

// Begin starts a new state of the tree in dir on top of base, which is what Read
// or the last Commit gave, or nil where there is no head yet.
func Begin(dir string, base *State, key naming.Key, o WriterOptions) (*Writer, error) {
	if base == nil {
		base = &State{}
	}
	if err := durable.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	w := &Writer{
		dir: dir, base: base, key: key, o: o,
		kept: make([]bool, len(base.Entries)), gone: make(map[string]bool),
		put: make(map[string]Entry), shell: make(map[string]Entry), held: make(map[string][]byte),
	}
	return w, w.isCurrent()
}

// Has finds the published file of a stem (the path up to its hash) in the state
// that the writer began from, if it is still on disk. Call Keep to keep it.
func (w *Writer) Has(stem string) (path string, ok bool) {
	for _, e := range withPrefix(w.base.Entries, stem+".") {
		if got, _ := family(e.Path); got == stem && classify(e.Path) == sealedFile && w.onDisk(e.Path) {
			return e.Path, true
		}
	}
	return "", false
}

// Keep says that a listed file of mine stays as it is.
func (w *Writer) Keep(path string) error {
	at, found := slices.BinarySearchFunc(w.base.Entries, path, func(e Entry, p string) int { return strings.Compare(e.Path, p) })
	if !found {
		return refusal.Missing.Errorf("keep %s: it is not published", path)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kept[at] = true
	return nil
}

// Drop says that a file of mine ceases to be listed. Only KeepRest needs it.
func (w *Writer) Drop(path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone[path] = true
}

// Put adds a sealed file: at <stem>.<hash><ext> with ext ".age", replacing the
// published one of this stem; or an identity file at <stem>.id.age with ext
// ".id.age", or a passkey file at <stem>.pk.age with ext ".pk.age". Data that is not sealed as such a file must be, or whose length
// would tell its content's, is refused.
func (w *Writer) Put(stem, ext string, data []byte) (Entry, error) {
	if ext == ".id.age" || ext == ".pk.age" {
		return w.putIdentity(stem+ext, data)
	}
	e := entryOf(stem+"."+naming.Hash(data)+ext, data)
	if classify(e.Path) != sealedFile {
		return Entry{}, fmt.Errorf("put %s: no sealed file has such a name", e.Path)
	}
	if err := checkSealed(data); err != nil {
		return Entry{}, fmt.Errorf("put %s: %w", e.Path, err)
	}
	if listed, ok := find(w.base.Entries, e.Path); !ok || listed != e || !w.onDisk(e.Path) {
		if err := w.writeSealed(e.Path, data); err != nil {
			return Entry{}, err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.put[e.Path] = e
	return e, nil
}

// writeSealed writes a file whose name is its bytes' own. Until Commit has synced
// it no head lists it, so it needs no temporary name, unless it is to take the
// place of what a head lists and nobody finds.
func (w *Writer) writeSealed(path string, data []byte) error {
	if !w.base.names(path) {
		if err := w.batch.WriteNew(w.at(path), data, 0o644); !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return w.batch.WriteFile(w.at(path), data, 0o644)
}

func (w *Writer) putIdentity(path string, data []byte) (Entry, error) {
	kind, _, err := seal.Inspect(data)
	switch {
	case err != nil:
		return Entry{}, fmt.Errorf("put %s: %w", path, err)
	case !classify(path).isIdentity() || kind != sealedAs[classify(path)]:
		return Entry{}, fmt.Errorf("put %s: not an identity file sealed by a passphrase or to a passkey", path)
	}
	return w.hold(w.put, path, data), nil
}

// PutPublic adds a page that anyone may read: pub/<name>.html.
func (w *Writer) PutPublic(path string, data []byte) error {
	if classify(path) != publicFile {
		return fmt.Errorf("put %s: no public page has such a name", path)
	}
	w.hold(w.put, path, data)
	return nil
}

// PutShell adds a file of the shell. A writer that puts none carries over the
// whole shell of the state that it began from; one that puts any puts all.
func (w *Writer) PutShell(path string, data []byte) error {
	if c := classify(path); c != shellFile && c != asset {
		return fmt.Errorf("put %s: no file of the shell has such a name", path)
	}
	w.hold(w.shell, path, data)
	return nil
}

// hold lists data and keeps it for Commit, unless it is on disk already.
func (w *Writer) hold(list map[string]Entry, path string, data []byte) Entry {
	e := entryOf(path, data)
	listed, ok := w.base.Lookup(path)
	same := ok && listed == e && w.onDisk(path)
	w.mu.Lock()
	defer w.mu.Unlock()
	list[path] = e
	if !same {
		w.held[path] = data
	}
	return e
}

// checkSealed refuses what is not one hybrid file of a padded length.
func checkSealed(data []byte) error {
	kind, header, err := seal.Inspect(data)
	if err != nil {
		return err
	}
	if kind != seal.Hybrid {
		return refusal.Malformed.Errorf("sealed by a passphrase, not to a recipient")
	}
	plain, ok := seal.PlainLen(len(data) - header)
	if !ok || seal.Bucket(plain, 0) != plain {
		return refusal.Malformed.Errorf("its length of %d bytes is not that of padded content", len(data))
	}
	return nil
}

// mine tells whether a listed file belongs to whoever writes.
func (w *Writer) mine(path string) bool {
	return w.key.Mine(path) || w.o.Mine != nil && w.o.Mine(path)
}

func (w *Writer) at(path string) string { return filepath.Join(w.dir, filepath.FromSlash(path)) }

func (w *Writer) onDisk(path string) bool {
	info, err := os.Lstat(w.at(path))
	return err == nil && info.Mode().IsRegular()
}

// ErrStale says that the tree's head is no longer the one that a writer began
// from: someone else has published since. Read the tree again and build again.
var ErrStale = errors.New("another build has published since")

// isCurrent refuses when the head on disk is another than the base's.
func (w *Writer) isCurrent() error {
	signed, err := os.ReadFile(w.at(headPath))
	switch {
	case errors.Is(err, fs.ErrNotExist) && w.base.HeadSum == "":
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the head of %s is gone since this build began: %w", w.dir, ErrStale)
	case err != nil:
		return fmt.Errorf("read head: %w", err)
	case sumOf(signed) == w.base.HeadSum:
		return nil
	}
	return fmt.Errorf("the tree in %s is at %s, this build began from serial %d: %w", w.dir, describe(signed), w.base.Head.Serial, ErrStale)
}

// describe names a head by serial, date and signer, for people.
func describe(signed []byte) string {
	h, err := ParseHead(signed)
	if err != nil {
		return "a head that cannot be read"
	}
	return fmt.Sprintf("serial %d of %s", h.Serial, h.Date.Format("2006-01-02 15:04 UTC"))
}
