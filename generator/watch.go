package generator

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// debounce is how long a folder must be quiet before it is looked at: an
	// editor's save is several events.
	debounce = 5 * time.Millisecond
	// rescan is how often everything is looked at, whatever the system told.
	rescan = time.Minute
)

// A Change says where something may have changed since the last one.
type Change struct {
	Folders []string // relative to the authority's folder, with slashes
	All     bool     // anything may have changed
	Keys    bool     // key files may have changed
}

// Changes calls changed when files under dir may have changed, once they have
// been quiet for a few milliseconds, and for everything once a minute. The
// system's notices are only a hint: what they miss the next full look finds. It
// returns when ctx ends, with nil, or when the folder cannot be watched.
func Changes(ctx context.Context, dir string, log *slog.Logger, changed func(Change)) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer w.Close()
	n := notices{watcher: w, dir: dir, log: log}
	n.watchAll()
	quiet := time.NewTimer(debounce)
	quiet.Stop()
	full := time.NewTicker(rescan)
	defer full.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-w.Events:
			if n.note(e) {
				quiet.Reset(debounce)
			}
		case err := <-w.Errors:
			if log != nil {
				log.Warn("notices were lost, everything is looked at again", "error", err)
			}
			n.change.All = true
			quiet.Reset(debounce)
		case <-full.C:
			n.change.All, n.change.Keys = true, true
			quiet.Reset(debounce)
		case <-quiet.C:
			c := n.change
			n.change = Change{}
			if c.All {
				n.watchAll()
			}
			changed(c)
		}
	}
}

// notices gathers what the system tells into a Change.
type notices struct {
	watcher *fsnotify.Watcher
	dir     string
	log     *slog.Logger
	change  Change
	short   bool // the system gives no more watches
}

// watchAll watches every folder that sources and keys are in.
func (n *notices) watchAll() {
	n.watch(".", false)
	for _, top := range []string{"content", "events", "public-keys"} {
		n.watch(top, true)
	}
}

// watch watches a folder, and where deep those inside it. The ledger of heads is
// the build's own output.
func (n *notices) watch(rel string, deep bool) {
	if rel == "public-keys/heads" {
		return
	}
	full := filepath.Join(n.dir, filepath.FromSlash(rel))
	if err := n.watcher.Add(full); err != nil {
		if !errors.Is(err, fs.ErrNotExist) && !n.short {
			n.short = true
			if n.log != nil {
				n.log.Warn("not every folder can be watched; what is missed is found within a minute", "error", err)
			}
		}
		return
	}
	if !deep {
		return
	}
	names, err := os.ReadDir(full)
	if err != nil {
		return
	}
	for _, e := range names {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			n.watch(rel+"/"+e.Name(), true)
		}
	}
}

// note adds one notice and reports whether it matters.
func (n *notices) note(e fsnotify.Event) bool {
	if e.Op == fsnotify.Chmod {
		return false
	}
	rel, err := filepath.Rel(n.dir, e.Name)
	if err != nil {
		n.change.All = true
		return true
	}
	rel = filepath.ToSlash(rel)
	top, _, inside := strings.Cut(rel, "/")
	switch {
	case rel == "despatch.yaml":
		n.change.All = true
		return true
	case top == "public-keys":
		n.change.Keys = true
		return rel != "public-keys/heads"
	case top != "content" && top != "events":
		return false
	case !inside:
		n.change.All = true
		return true
	}
	if e.Op.Has(fsnotify.Create) {
		if info, err := os.Lstat(e.Name); err == nil && info.IsDir() {
			n.watch(rel, true)
			n.touch(rel)
			return true
		}
	}
	n.touch(rel[:strings.LastIndexByte(rel, '/')])
	return true
}

func (n *notices) touch(folder string) {
	if !slices.Contains(n.change.Folders, folder) {
		n.change.Folders = append(n.change.Folders, folder)
	}
}

// Watch builds, and again whenever the sources change, until ctx ends. told is
// given each summary; an error of type Problems leaves the last good tree as it
// stands, and Watch goes on. o.Now is the time of the start; a later build takes
// as much more as clock says has gone by since.
func Watch(ctx context.Context, o Options, clock func() time.Time, told func(Summary, error)) error {
	l, err := lock(o.Dir)
	if err != nil {
		return err
	}
	defer l.release()
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(memory))
	defer debug.SetGCPercent(debug.SetGCPercent(leisure))
	e, err := newEngine(o.Dir, l)
	if err != nil {
		return err
	}
	defer e.close()
	look := func(c Change) {
		at := o
		at.Now = clock()
		told(e.look(ctx, at, c))
		o.Verify = false
	}
	look(Change{All: true, Keys: true})
	if err := e.remember(); err != nil {
		return err
	}
	err = Changes(ctx, o.Dir, o.Log, look)
	return errors.Join(err, e.remember())
}
