package generator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"

	"despatch/generator/page"
	"despatch/generator/paper"
	"despatch/generator/render"
	"despatch/generator/source"
	"despatch/generator/tree"
	"despatch/internal/buildkeys"
	"despatch/internal/naming"
	"despatch/layouts"
	"despatch/records/access"
)

// publicDir is the folder of the tree in an authority's folder.
const publicDir = "public"

// memory is the soft limit of a build's heap, in bytes: the collector works
// harder near it, so that a large authority's build stays as small as a small one's.
const memory = 72 << 20

// leisure is by how many percent the heap may grow between collections while it
// is far from that limit.
const leisure = 400

// An engine builds one folder, once or again and again. What it holds between
// builds is what the last one left; nil members are read when next needed.
type engine struct {
	dir     string
	lock    *folderLock
	folder  *source.Folder
	assets  *layouts.Assets
	program string

	known  *state // what the last build saw and made
	site   *source.Site
	common *source.Common
	render *render.Renderer
	press  *paper.Press
	// unstamped prints what cannot be stamped; nil where nothing is stamped.
	unstamped  *paper.Press
	notStamped atomic.Pointer[error] // why, in this build
	keys       *buildkeys.Keys
	base       *tree.State // the tree as it stands

	listing  *source.Listing
	refused  []source.Problem // of the listing
	keyFiles []source.Entry
}

func newEngine(dir string, l *folderLock) (*engine, error) {
	folder, err := source.Open(dir)
	if err != nil {
		return nil, err
	}
	assets, err := layouts.Load()
	if err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	e := &engine{dir: dir, lock: l, folder: folder, assets: assets, program: programID()}
	if known, err := readState(dir); err == nil && !l.interrupted && known.Program == e.program {
		e.known = known
	}
	return e, nil
}

func (e *engine) close() error { return e.folder.Close() }

// programID tells one build of this program from another, so that a new one
// looks at everything once.
func programID() string {
	name, err := os.Executable()
	if err != nil {
		return ""
	}
	info, err := os.Stat(name)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano())
}

// Build brings the published tree up to date with the sources. Problems in them
// are an error of type Problems.
func Build(ctx context.Context, o Options) (Summary, error) {
	l, err := lock(o.Dir)
	if err != nil {
		return Summary{}, err
	}
	defer l.release()
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(memory))
	defer debug.SetGCPercent(debug.SetGCPercent(leisure))
	e, err := newEngine(o.Dir, l)
	if err != nil {
		return Summary{}, err
	}
	defer e.close()
	summary, err := e.look(ctx, o, Change{All: true, Keys: true})
	return summary, errors.Join(err, e.remember())
}

// look lists what may have changed and builds.
func (e *engine) look(ctx context.Context, o Options, c Change) (Summary, error) {
	e.notStamped.Store(nil)
	seen, err := e.lock.clock()
	if err != nil {
		return Summary{}, err
	}
	switch {
	case c.All || e.listing == nil:
		e.listing, e.refused, err = e.folder.Scan()
	case len(c.Folders) > 0:
		var refused []source.Problem
		e.listing, refused, err = e.folder.Rescan(e.listing, c.Folders)
		e.refused = append(outside(e.refused, c.Folders), refused...)
	}
	if err != nil {
		return Summary{}, err
	}
	if c.All || c.Keys || e.keyFiles == nil {
		if e.keyFiles, err = listKeys(e.dir); err != nil {
			return Summary{}, err
		}
	}
	b := &build{engine: e, o: o, seen: seen, entries: slices.Concat(e.listing.Entries, e.keyFiles)}
	summary, err := b.run(ctx)
	summary.Sources, summary.known = len(e.listing.Entries), e.known
	return summary, err
}

// outside gives the problems that are not in the folders.
func outside(problems []source.Problem, folders []string) []source.Problem {
	return slices.DeleteFunc(slices.Clone(problems), func(p source.Problem) bool {
		return slices.ContainsFunc(folders, func(f string) bool { return p.File == f || strings.HasPrefix(p.File, f+"/") })
	})
}

// remember writes the state to disk, if it is new.
func (e *engine) remember() error {
	if e.known == nil || !e.known.fresh {
		return nil
	}
	if err := writeState(e.dir, e.known); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Join(cacheDir, "state"), err)
	}
	e.known.fresh = false
	return nil
}

// PageNames are the opaque names of pages, as a build by these keys gives them.
func PageNames(k *buildkeys.Keys) page.Names {
	return page.Names{
		Root: func(c access.Compartment) string { return k.Naming.Root(c.ID()) },
		Name: k.Naming.Page,
		Item: k.Naming.Item, Account: naming.OpaqueAccount,
	}
}
