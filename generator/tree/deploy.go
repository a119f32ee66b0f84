package tree

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	pathpkg "path"
	"path/filepath"
	"strings"
	"sync"

	"despatch/internal/durable"
	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

// DeployOptions are those of the verification after it; Heads also tells which
// heads the tree was built on.
type DeployOptions struct {
	VerifyOptions
	// NewAlone takes the target's word, by its signed lists, for what it has already,
	// and verifies the lists and what was copied, not the whole.
	NewAlone bool
}

// Deployed says what a deploy did.
type Deployed struct {
	Serial          int // of the head that the target now has
	Copied, Removed int // files
	Findings        []Finding
}

// Deploy brings a target to the state of the tree in from: new files first, head
// last, then what is neither listed nor retired any more is removed, and the whole
// is verified. It refuses a target that holds something else than a tree of this
// root, or one whose head from was not built on; and it never removes what no head
// of the target listed. It may be cut off anywhere: a target shows the old tree or
// the new one, and the next deploy comes to the same
// (TestDeployCutOffAnywhereShowsOneTreeAndComesToTheSame).
func Deploy(ctx context.Context, from string, to Target, root sshsig.PublicKey, o DeployOptions) (*Deployed, error) {
	source, err := Read(os.DirFS(from), root)
	if err != nil {
		return nil, fmt.Errorf("deploy %s: %w", from, err)
	}
	target, err := readTarget(ctx, to, root, source)
	if err != nil {
		return nil, err
	}
	if err := builtOn(source, target, o.Heads); err != nil {
		return nil, fmt.Errorf("deploy to %s: %w", to, err)
	}
	d := &deployment{from: from, to: to, source: source, target: target, o: o, copied: make(map[string]bool), listed: make(map[string][32]byte)}
	for _, e := range append(target.Head.Entries[:len(target.Head.Entries):len(target.Head.Entries)], target.Entries...) {
		d.listed[e.Path] = e.Sum
	}
	old, err := d.old()
	if err != nil {
		return nil, err
	}
	if err := d.copyAll(ctx, func() error { return d.remember(old) }); err != nil {
		return nil, err
	}
	if err := d.removeOld(ctx, old); err != nil {
		return nil, err
	}
	d.done.Serial = source.Head.Serial
	d.done.Findings, err = d.verify(ctx, root)
	return &d.done, err
}

// verify verifies the target.
func (d *deployment) verify(ctx context.Context, root sshsig.PublicKey) ([]Finding, error) {
	if !d.o.NewAlone {
		return VerifyAt(ctx, d.to, root, d.o.VerifyOptions)
	}
	v := verifierOf(ctx, d.to.Open, d.o.VerifyOptions)
	v.alone = d.copied
	v.check(ctx, root)
	return v.sorted(), v.failed
}

// readTarget reads the state of the target: empty for one that holds nothing but what
// a deploy of source that was cut off left there.
func readTarget(ctx context.Context, to Target, root sshsig.PublicKey, source *State) (*State, error) {
	v := verifierOf(ctx, to.Open, VerifyOptions{})
	target, err := load(v.read, root, func(string, error) {})
	if err == nil {
		return target, nil
	}
	if !errors.Is(err, fs.ErrNotExist) || refusal.Of(err) != "" {
		return nil, fmt.Errorf("deploy to %s: it holds a tree that is not this authority's, or a broken one: %w", to, err)
	}
	err = to.Walk(ctx, func(path string, _ bool) error {
		if !source.names(path) && !strings.HasPrefix(pathpkg.Base(path), durable.TempPrefix) {
			return fmt.Errorf("deploy to %s: it holds %s and no head: want an empty one or one that was deployed to before", to, path)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // a folder that is made when the first file is put
	}
	return &State{}, err
}

// builtOn refuses when the target's head is none that the source came after.
func builtOn(source, target *State, heads Heads) error {
	switch {
	case target.HeadSum == "" || target.HeadSum == source.HeadSum || target.HeadSum == source.Head.Previous:
		return nil
	case target.Head.Serial < source.Head.Serial && heads != "":
		if kept, err := heads.Signed(target.Head.Serial); err == nil && sumOf(kept) == target.HeadSum {
			return nil
		}
	}
	_, sig, err := sshsig.OpenText(target.signed)
	if err != nil {
		return err
	}
	signer, err := sshsig.Signer(sig)
	if err != nil {
		return err
	}
	return fmt.Errorf("it is at %s, signed by %s, which serial %d here was not built on: %w",
		describe(target.signed), signer, source.Head.Serial, ErrStale)
}

// deployment is one deploy under way.
type deployment struct {
	from           string
	to             Target
	source, target *State
	o              DeployOptions
	listed         map[string][32]byte // by the target's head and lists

	mu     sync.Mutex
	done   Deployed        // guarded by mu
	copied map[string]bool // guarded by mu
	err    error           // guarded by mu; the first
	seen   int             // guarded by mu; files looked at
}

// copyAll copies what differs: immutable files, then the lists, then what is
// overwritten in place, then, once ready, the head.
func (d *deployment) copyAll(ctx context.Context, ready func() error) error {
	var immutable, lists, inPlace []Entry
	for _, e := range append(d.source.Head.Entries[:len(d.source.Head.Entries):len(d.source.Head.Entries)], d.source.Entries...) {
		switch c := classify(e.Path); {
		case c == keysPath || c == shardPath || c == retiredPath:
			lists = append(lists, e)
		case c.inPlace():
			inPlace = append(inPlace, e)
		default:
			immutable = append(immutable, e)
		}
	}
	total := len(immutable) + len(lists) + len(inPlace)
	for _, phase := range [][]Entry{immutable, lists, inPlace} {
		each(len(phase), func(i int) { d.copy(ctx, phase[i], total) })
		if d.err != nil {
			return d.err
		}
		if err := d.to.Sync(); err != nil {
			return err
		}
	}
	if d.target.HeadSum == d.source.HeadSum {
		return nil
	}
	if err := ready(); err != nil {
		return err
	}
	d.done.Copied++
	if err := d.to.Put(ctx, headPath, d.source.signed); err != nil {
		return err
	}
	return d.to.Sync()
}

// copy copies one file unless the target has it, byte for byte.
func (d *deployment) copy(ctx context.Context, e Entry, total int) {
	copied, err := d.copyFile(ctx, e)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil && d.err == nil {
		d.err = err
	}
	if copied {
		d.done.Copied++
		d.copied[e.Path] = true
	}
	d.seen++
	if d.o.Progress != nil {
		d.o.Progress(d.seen, total, "copied")
	}
}

func (d *deployment) copyFile(ctx context.Context, e Entry) (copied bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if d.o.NewAlone && d.listed[e.Path] == e.Sum {
		return false, nil
	}
	data, err := getListed(func(path string) ([]byte, error) { return os.ReadFile(filepath.Join(d.from, filepath.FromSlash(path))) }, e)
	if err != nil {
		return false, fmt.Errorf("deploy: %w: run despatch verify", err)
	}
	if there, err := d.to.Has(ctx, e.Path, data); there || err != nil {
		return false, err
	}
	return true, d.to.Put(ctx, e.Path, data)
}

// old is what the target's old head listed or retired and the new one does not, and
// what a deploy that was cut off left of an earlier one.
func (d *deployment) old() (paths []string, err error) {
	seen := make(map[string]bool)
	add := func(path string) {
		if !seen[path] && !d.source.names(path) && classify(path) != unknown {
			seen[path] = true
			paths = append(paths, path)
		}
	}
	entries := append(d.target.Head.Entries[:len(d.target.Head.Entries):len(d.target.Head.Entries)], d.target.Entries...)
	for _, r := range d.target.retired {
		entries = append(entries, r.entries...)
	}
	for _, e := range entries {
		add(e.Path)
	}
	if d.o.Heads == "" {
		return paths, nil
	}
	kept, err := os.ReadFile(d.removals())
	if errors.Is(err, fs.ErrNotExist) {
		return paths, nil
	}
	for i, line := range strings.Split(string(kept), "\n") {
		if i == 0 && line != d.to.String() {
			break
		}
		add(line)
	}
	return paths, err
}

// removals is the file that remembers what is to be removed once the head is there: it
// says which no longer.
func (d *deployment) removals() string { return filepath.Join(string(d.o.Heads), "removals") }

// remember keeps what is to be removed, for the deploy after one that was cut off.
func (d *deployment) remember(old []string) error {
	if d.o.Heads == "" || len(old) == 0 {
		return nil
	}
	if err := durable.MkdirAll(string(d.o.Heads), 0o755); err != nil {
		return err
	}
	return durable.WriteFile(d.removals(), []byte(d.to.String()+"\n"+strings.Join(old, "\n")), 0o644)
}

// removeOld removes what is old.
func (d *deployment) removeOld(ctx context.Context, old []string) error {
	for _, path := range old {
		switch there, err := d.to.Open(ctx, path); {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return err
		default:
			there.Close()
		}
		if err := d.to.Remove(ctx, path); err != nil {
			return err
		}
		d.done.Removed++
	}
	if err := d.to.Sync(); err != nil || d.o.Heads == "" || len(old) == 0 {
		return err
	}
	return durable.Remove(d.removals())
}
