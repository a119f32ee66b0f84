package tree

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"despatch/internal/naming"
	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

// RenewOptions say how a head is signed anew.
type RenewOptions struct {
	Now     time.Time
	Valid   time.Duration      // until the head is stale; 0: 4 days
	HeadKey ed25519.PrivateKey // must be named by the published keys file
	// RollbackTo is the serial whose list is signed again; 0: the present one's.
	RollbackTo int
	Heads      Heads // where that serial's head was kept; needed for RollbackTo
}

// Renew signs the list of the tree in dir under the next serial, so that it is
// fresh again. Nothing but the head is written, unless an earlier list is asked
// for: then that list becomes the present one. The caller keeps the head.
func Renew(dir string, root sshsig.PublicKey, o RenewOptions) (*State, error) {
	base, err := Read(os.DirFS(dir), root)
	if err != nil {
		return nil, fmt.Errorf("renew %s: %w", dir, err)
	}
	if !base.Keys.IsHead(sshsig.PublicOf(o.HeadKey)) {
		return nil, errors.New("the published keys file does not name this machine's head key: build once with the new keys file")
	}
	w, err := Begin(dir, base, naming.Key{}, WriterOptions{KeepRest: true})
	if err != nil {
		return nil, err
	}
	c := newChange(base, nil, nil)
	if o.RollbackTo != 0 {
		if c, err = rollback(w, root, o); err != nil {
			return nil, fmt.Errorf("go back to serial %d: %w", o.RollbackTo, err)
		}
	}
	c.keys, c.keysEntry, c.differs = base.Keys, base.Head.KeysEntry(), true
	p := &plan{}
	inPlace := func(e Entry) bool { return classify(e.Path).inPlace() }
	none := func(string) bool { return false }
	if err := c.finish(p, CommitOptions{Now: o.Now, Valid: o.Valid, HeadKey: o.HeadKey}, inPlace, none); err != nil {
		return nil, err
	}
	for _, step := range w.steps(p) {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p.next, nil
}

// rollback works out the change from the present list to that of an earlier
// serial. Keys are never taken back, nor are people: an identity file, a public
// page or a file of the shell that was overwritten since stays as it is, and an
// account or passkey that is new since stays.
func rollback(w *Writer, root sshsig.PublicKey, o RenewOptions) (*change, error) {
	signed, err := o.Heads.Signed(o.RollbackTo)
	if err != nil {
		return nil, err
	}
	var gone []string
	get := func(path string) ([]byte, error) {
		if path == headPath {
			return signed, nil
		}
		return os.ReadFile(w.at(path))
	}
	old, err := load(get, root, func(path string, _ error) {
		if classify(path) == shardPath {
			gone = append(gone, path)
		}
	})
	if err != nil {
		return nil, err
	}
	if len(gone) > 0 {
		slices.Sort(gone)
		return nil, refusal.Missing.Errorf("%d lists of it are gone (%s …): files stay 7 days", len(gone), gone[0])
	}
	list, gone := w.oldList(old)
	shell, goneShell := w.oldShell(old)
	if gone = append(gone, goneShell...); len(gone) > 0 {
		return nil, refusal.Missing.Errorf("%d of its files are gone or changed (%s …): files stay 7 days", len(gone), gone[0])
	}
	var drop, add []Entry
	for _, e := range w.base.Entries {
		if _, ok := find(list, e.Path); !ok {
			drop = append(drop, e)
		}
	}
	for _, e := range list {
		if now, ok := find(w.base.Entries, e.Path); !ok || now != e {
			add = append(add, e)
		}
	}
	c := newChange(w.base, drop, add)
	c.shell = shell
	return c, nil
}

// oldList is what the shards will list after going back, and which files of it
// are not there any more.
func (w *Writer) oldList(old *State) (list []Entry, gone []string) {
	people := make(map[string]bool)
	for _, e := range old.Entries {
		account := strings.HasPrefix(e.Path, "k/")
		people[shardStem(e.Path)] = account
		now, listed := find(w.base.Entries, e.Path)
		switch {
		case w.intact(e):
			list = append(list, e)
		case listed && classify(e.Path).inPlace():
			list = append(list, now)
		case !account:
			gone = append(gone, e.Path)
		}
	}
	for _, e := range w.base.Entries {
		_, kept := find(old.Entries, e.Path)
		if strings.HasPrefix(e.Path, "k/") && (!people[shardStem(e.Path)] || !kept && classify(e.Path) == passkeyFile) {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, byPath)
	return list, gone
}

// oldShell is the present shell and the assets that old pages ask for.
func (w *Writer) oldShell(old *State) (shell []Entry, gone []string) {
	for _, e := range w.base.Head.Entries {
		if c := classify(e.Path); c == shellFile || c == asset {
			shell = append(shell, e)
		}
	}
	for _, e := range withPrefix(old.Head.Entries, "assets/") {
		if _, ok := find(shell, e.Path); ok {
			continue
		}
		if !w.intact(e) {
			gone = append(gone, e.Path)
			continue
		}
		shell = append(shell, e)
	}
	slices.SortFunc(shell, byPath)
	return shell, gone
}

// intact tells whether a file on disk is what an entry lists.
func (w *Writer) intact(e Entry) bool {
	there := verifier{open: func(path string) (io.ReadCloser, error) { return os.Open(w.at(path)) }}
	sum, _, err := there.hash(e.Path)
	return err == nil && sum == e.Sum
}
