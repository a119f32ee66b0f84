package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"despatch/internal/durable"
)

// fewSyncs is up to how many files and folders are synced one by one. More are
// made durable by one sync of the file system, where there is one that waits and
// reports errors: a rush costs as many waits for the disk as a trickle.
const fewSyncs = 6

// newcomer is an object on its way: written under a temporary name, not yet synced.
type newcomer struct {
	temp *os.File
	path string
	err  error         // fs.ErrExist where another was first; read once done is closed
	done chan struct{} // closed when the object is durable, or is not
}

// admit makes an object durable together with others that come meanwhile.
func (f *Folder) admit(temp *os.File, path string) error {
	n := &newcomer{temp: temp, path: path, done: make(chan struct{})}
	f.mu.Lock()
	f.waiting = append(f.waiting, n)
	if !f.committing {
		f.committing = true
		go f.commit()
	}
	f.mu.Unlock()
	<-n.done
	return n.err
}

// commit works until nobody waits. Each round gives those whose bytes are durable
// their names, and then syncs these names together with the bytes of the next ones:
// a name never leads to bytes that a power cut could take.
func (f *Folder) commit() {
	var written, named []*newcomer
	for {
		named = written
		for _, n := range named {
			n.err = f.name(n)
		}
		f.mu.Lock()
		written, f.waiting = f.waiting, nil
		if len(named)+len(written) == 0 {
			f.committing = false
			f.mu.Unlock()
			return
		}
		f.mu.Unlock()
		err := f.syncRound(written, named)
		for _, n := range named {
			if err != nil {
				n.err = err
			}
			close(n.done)
		}
		if err == nil {
			continue
		}
		for _, n := range written {
			n.err = errors.Join(err, n.temp.Close(), os.Remove(n.temp.Name()))
			close(n.done)
		}
		written = nil
	}
}

// name links an object to its name and forgets its temporary one.
func (f *Folder) name(n *newcomer) error {
	temp := n.temp.Name()
	closed := n.temp.Close()
	err := os.Link(temp, n.path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = durable.MkdirAll(filepath.Dir(n.path), 0o700); err == nil {
			err = os.Link(temp, n.path)
		}
	}
	if removed := os.Remove(temp); err == nil || errors.Is(err, fs.ErrExist) {
		if failed := errors.Join(closed, removed); failed != nil {
			return failed
		}
	}
	return err
}

// syncRound makes the bytes of some and the names of others durable. Names also
// where another was first: that one may have died between its link and its sync,
// and what the caller builds on it must not go away with the power.
func (f *Folder) syncRound(written, named []*newcomer) error {
	folders := make(map[string]bool, len(named))
	for _, n := range named {
		if n.err == nil || errors.Is(n.err, fs.ErrExist) {
			folders[filepath.Dir(n.path)] = true
		}
	}
	if f.disk != nil && len(written)+len(folders) > fewSyncs {
		return f.survive(f.syncDisk(f.disk), "the file system of "+f.root)
	}
	for _, n := range written {
		if err := f.survive(f.sync(n.temp), n.temp.Name()); err != nil {
			return err
		}
	}
	for folder := range folders {
		if err := f.syncFolder(folder); err != nil {
			return err
		}
	}
	return nil
}

// survive gives the disk up at an error of fsync.
func (f *Folder) survive(err error, what string) error {
	if err != nil {
		f.die(fmt.Errorf("fsync of %s: %w", what, err))
	}
	return err
}
