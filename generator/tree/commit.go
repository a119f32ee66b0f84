package tree

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"despatch/internal/durable"
	"despatch/internal/keysfile"
	"despatch/internal/naming"
	"despatch/internal/sshsig"
)

// CommitOptions say how a new head is made.
type CommitOptions struct {
	Now     time.Time
	Valid   time.Duration      // until the head is stale; 0: 4 days
	HeadKey ed25519.PrivateKey // must be named by the keys file
	// Keys is the signed keys file. Where the tree has one of a higher serial that
	// one stays.
	Keys []byte
	// Purge are stems (a path up to the first dot after its last slash) of files
	// that are deleted at once, whoever published them, unless they were put or
	// kept.
	Purge []string
	// NoRetire deletes at once, too, whatever of mine ceases to be listed: for a
	// build after a rotation that cannot tell which packs were of the old epoch.
	NoRetire bool
}

// defaultValid is how long a head is fresh (design section 4).
const defaultValid = 96 * time.Hour

// plan is all that a commit will do, worked out before anything is done.
type plan struct {
	next    *State
	keys    []byte            // to write as the keys file; nil when it is there
	lists   map[string][]byte // shards and retired lists to write
	deletes []string          // to delete after the head stands
}

// Commit makes what was put and kept, and what is not mine, the new state of the
// tree: new files first, head last, then what no one needs any more is deleted.
// When nothing differs from the state that the writer began from, no byte is
// written and changed is false. It refuses with ErrStale when someone else has
// published since, and when anything in the tree is neither sealed nor public by
// decision. The writer is spent afterwards.
func (w *Writer) Commit(o CommitOptions) (s *State, changed bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.isCurrent(); err != nil {
		return nil, false, err
	}
	p, err := w.plan(o)
	if err != nil {
		return nil, false, err
	}
	if !w.o.KeepRest {
		orphans, err := w.sweep(p.next)
		if err != nil {
			return nil, false, err
		}
		p.deletes = append(p.deletes, orphans...)
	}
	if p.next == w.base {
		return w.base, false, w.clear(p.deletes)
	}
	for _, step := range w.steps(p) {
		if err := step(); err != nil {
			return nil, false, err
		}
	}
	return p.next, true, nil
}

// steps are what a commit does, in the order that keeps the tree whole.
func (w *Writer) steps(p *plan) []func() error {
	return []func() error{
		func() error { return w.writeAll(p.lists) },
		func() error {
			if p.keys == nil {
				return nil
			}
			return w.batch.WriteFile(w.at(p.next.Head.KeysEntry().Path), p.keys, 0o644)
		},
		w.batch.Sync,
		func() error { return w.writeAll(w.held) },
		w.batch.Sync,
		w.isCurrent,
		func() error { return durable.WriteFile(w.at(headPath), p.next.signed, 0o644) },
		func() error { return w.clear(p.deletes) },
	}
}

// writeAll writes files in order of their paths.
func (w *Writer) writeAll(files map[string][]byte) error {
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if err := w.batch.WriteFile(w.at(path), files[path], 0o644); err != nil {
			return err
		}
	}
	return nil
}

// clear deletes files that no head lists.
func (w *Writer) clear(paths []string) error {
	for _, path := range paths {
		if err := w.batch.Remove(w.at(path)); err != nil {
			return fmt.Errorf("the new head stands, but %w", err)
		}
	}
	return w.batch.Sync()
}

// plan works the new state out. Its next is the base when nothing differs.
func (w *Writer) plan(o CommitOptions) (*plan, error) {
	purged := purger(o.Purge)
	drop, add := w.differences(purged, len(o.Purge) > 0)
	c := newChange(w.base, drop, add)
	c.shellDiffers(w.shell)
	p := &plan{}
	var err error
	if p.keys, err = c.chooseKeys(o.Keys); err != nil {
		return nil, err
	}
	if !c.keys.IsHead(sshsig.PublicOf(o.HeadKey)) {
		return nil, errors.New("the keys file does not name this machine's head key: sign it with `despatch keys`")
	}
	stays := func(e Entry) bool {
		return classify(e.Path).inPlace() || purged(e.Path) || o.NoRetire && w.mine(e.Path)
	}
	if err := c.finish(p, o, stays, purged); err != nil {
		return nil, err
	}
	return p, nil
}

// differences are what the shards shall list no more, and anew; both sorted.
func (w *Writer) differences(purged func(string) bool, purges bool) (drop, add []Entry) {
	for _, path := range slices.Sorted(maps.Keys(w.put)) {
		e := w.put[path]
		if listed, ok := find(w.base.Entries, path); !ok || listed != e {
			add = append(add, e)
		}
		drop = append(drop, w.replaced(e)...)
	}
	if w.o.KeepRest {
		for path := range w.gone {
			if e, ok := find(w.base.Entries, path); ok && !w.isPut(e) {
				drop = append(drop, e)
			}
		}
	}
	rest := w.base.Entries
	if w.o.KeepRest && !purges {
		rest = nil // what goes was named one by one
	}
	for i, e := range rest {
		if w.kept[i] || w.isPut(e) {
			continue
		}
		if purged(e.Path) || !w.o.KeepRest && w.mine(e.Path) {
			drop = append(drop, e)
		}
	}
	slices.SortFunc(drop, byPath)
	return slices.Compact(drop), add
}

func (w *Writer) isPut(e Entry) bool { _, ok := w.put[e.Path]; return ok }

// replaced are the published files whose place a newly put one takes.
func (w *Writer) replaced(e Entry) []Entry {
	if classify(e.Path) != sealedFile {
		return nil
	}
	stem, _ := family(e.Path)
	var old []Entry
	for _, o := range withPrefix(w.base.Entries, stem+".") {
		if got, _ := family(o.Path); got == stem && !w.isPut(o) {
			old = append(old, o)
		}
	}
	return old
}

// purger tells of a path whether one of the stems is its own.
func purger(stems []string) func(path string) bool {
	if len(stems) == 0 {
		return func(string) bool { return false }
	}
	all := make(map[string]bool, len(stems))
	for _, s := range stems {
		all[s] = true
	}
	return func(path string) bool {
		name := strings.LastIndexByte(path, '/') + 1
		stem, _, found := strings.Cut(path[name:], ".")
		return found && all[path[:name]+stem]
	}
}

// change is a state in the making.
type change struct {
	base      *State
	drop, add []Entry // of the shards' lists
	shell     []Entry
	gone      []Entry // ceased to be listed, or to be a shard
	keys      *keysfile.Keys
	keysEntry Entry
	differs   bool
}

func newChange(base *State, drop, add []Entry) *change {
	c := &change{base: base, drop: drop, add: add, differs: len(drop)+len(add) > 0 || base.HeadSum == ""}
	c.gone = append(c.gone, drop...)
	for _, e := range base.Head.Entries {
		if k := classify(e.Path); k == shellFile || k == asset {
			c.shell = append(c.shell, e)
		}
	}
	return c
}

// shellDiffers takes the files of a new shell in, if any were put.
func (c *change) shellDiffers(put map[string]Entry) {
	if len(put) == 0 {
		return
	}
	shell := slices.SortedFunc(maps.Values(put), byPath)
	for _, e := range c.shell {
		if _, ok := put[e.Path]; !ok {
			c.gone = append(c.gone, e)
		}
	}
	c.differs = c.differs || !slices.Equal(shell, c.shell)
	c.shell = shell
}

// chooseKeys picks the given keys file or the published one, whichever has the
// higher serial, and returns the given one when it is to be written.
func (c *change) chooseKeys(given []byte) (write []byte, err error) {
	_, sig, err := sshsig.OpenText(given)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	root, err := sshsig.Signer(sig)
	if err != nil {
		return nil, err
	}
	if c.keys, err = keysfile.Parse(given, root); err != nil {
		return nil, err
	}
	c.keysEntry = entryOf("keys."+naming.Hash(given), given)
	old := c.base.Keys
	if old == nil {
		return given, nil
	}
	listed := c.base.Head.KeysEntry()
	switch {
	case root != old.Root:
		return nil, fmt.Errorf("the keys file is signed by another root (%s) than the published one (%s): every browser would refuse it", root, old.Root)
	case c.keys.Serial < old.Serial:
		c.keys, c.keysEntry = old, listed
		return nil, nil
	case c.keysEntry == listed:
		return nil, nil
	case c.keys.Serial == old.Serial:
		return nil, fmt.Errorf("the keys file differs from the published one and has the same serial %d: sign it anew with `despatch keys`", old.Serial)
	}
	c.gone = append(c.gone, listed)
	c.differs = true
	return given, nil
}

// finish writes shards, retired lists and head into p. atOnce tells which files
// that ceased to be listed are deleted now; purged which retired ones.
func (c *change) finish(p *plan, o CommitOptions, atOnce func(Entry) bool, purged func(string) bool) error {
	next := &State{Keys: c.keys, Entries: merge(c.base.Entries, c.drop, c.add)}
	var err error
	if next.shards, err = reshard(c.base.shards, c.drop, c.add, next.Entries); err != nil {
		return err
	}
	p.lists = make(map[string][]byte)
	c.nameShards(next, p.lists)
	var retiring []Entry
	for _, e := range c.gone {
		if atOnce(e) {
			p.deletes = append(p.deletes, e.Path)
		} else {
			retiring = append(retiring, e)
		}
	}
	slices.SortFunc(retiring, byPath)
	leaves := func(path string) bool { _, again := find(next.Entries, path); return again || purged(path) }
	var expired []Entry
	next.retired, expired = retire(c.base.retired, retiring, o.Now, leaves)
	if !c.differs && !retiredDiffer(c.base.retired, next.retired) {
		p.next = c.base
		return nil
	}
	c.seal(next, o, p.lists)
	p.deletes = append(p.deletes, c.leftovers(next, expired, purged)...)
	p.next = next
	return nil
}

// nameShards writes the shards that are new, and retires those that they replace.
func (c *change) nameShards(next *State, lists map[string][]byte) {
	named := make(map[string]bool, len(next.shards))
	for n := range next.shards {
		s := &next.shards[n]
		if len(s.entries) > 0 && s.file.Path == "" {
			var text []byte
			s.file, text = FormatShard(n, s.entries)
			lists[s.file.Path] = text
		}
		named[s.file.Path] = true
	}
	for _, s := range c.base.shards {
		if s.file.Path != "" && !named[s.file.Path] {
			c.gone = append(c.gone, s.file)
		}
	}
}

// seal makes the head of next. Retired lists are named here; a shard or an asset
// that is back from retirement leaves its list.
func (c *change) seal(next *State, o CommitOptions, lists map[string][]byte) {
	h := Head{Serial: c.base.Head.Serial + 1, Date: o.Now.UTC().Truncate(time.Second), Previous: "-", Shards: len(next.shards)}
	valid := o.Valid
	if valid == 0 {
		valid = defaultValid
	}
	h.ValidUntil = h.Date.Add(valid)
	if c.base.HeadSum != "" {
		h.Previous = c.base.HeadSum
	}
	h.Entries = append(slices.Clone(c.shell), c.keysEntry)
	for _, s := range next.shards {
		if s.file.Path != "" {
			h.Entries = append(h.Entries, s.file)
		}
	}
	slices.SortFunc(h.Entries, byPath)
	next.retired = slices.DeleteFunc(next.retired, func(r retiredList) bool { return r.without(h.Entries) })
	for i := range next.retired {
		r := &next.retired[i]
		text := r.write()
		if !slices.ContainsFunc(c.base.retired, func(old retiredList) bool { return old.file == r.file }) {
			lists[r.file.Path] = text
		}
		h.Entries = append(h.Entries, r.file)
	}
	slices.SortFunc(h.Entries, byPath)
	next.Head = h
	next.signed = FormatHead(&h, o.HeadKey)
	next.HeadSum = sumOf(next.signed)
}

// leftovers are the files that no list names any more: expired and purged retired
// ones, and retired lists that were written anew.
func (c *change) leftovers(next *State, expired []Entry, purged func(string) bool) []string {
	var paths []string
	for _, r := range c.base.retired {
		for _, e := range r.entries {
			if purged(e.Path) {
				expired = append(expired, e)
			}
		}
		if !slices.ContainsFunc(next.retired, func(n retiredList) bool { return n.file == r.file }) {
			paths = append(paths, r.file.Path)
		}
	}
	for _, e := range expired {
		if !next.names(e.Path) {
			paths = append(paths, e.Path)
		}
	}
	return paths
}

// names tells whether the state lists a path or has it retired.
func (s *State) names(path string) bool {
	if _, ok := s.Lookup(path); ok {
		return true
	}
	return slices.ContainsFunc(s.retired, func(r retiredList) bool { _, ok := find(r.entries, path); return ok })
}

func retiredDiffer(a, b []retiredList) bool {
	return !slices.EqualFunc(a, b, func(x, y retiredList) bool {
		return x.day == y.day && slices.Equal(x.entries, y.entries)
	})
}
