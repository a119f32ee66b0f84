package tree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"despatch/internal/durable"
	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

// DeployOptions are those of the verification after it; Heads also tells which
// heads the tree was built on.
type DeployOptions = VerifyOptions

// Deployed says what a deploy did.
type Deployed struct {
	Serial          int // of the head that the target now has
	Copied, Removed int // files
	Findings        []Finding
}

// Deploy brings the folder to to the state of the tree in from: new files first,
// head last, then what is neither listed nor retired any more is removed, and the
// whole is verified. It refuses a target that holds something else than a tree of
// this root, or one whose head from was not built on; and it never removes what
// no head of the target listed.
func Deploy(ctx context.Context, from, to string, root sshsig.PublicKey, o DeployOptions) (*Deployed, error) {
	source, err := Read(os.DirFS(from), root)
	if err != nil {
		return nil, fmt.Errorf("deploy %s: %w", from, err)
	}
	if err := durable.MkdirAll(to, 0o755); err != nil {
		return nil, err
	}
	target, err := readTarget(to, root, source)
	if err != nil {
		return nil, err
	}
	if err := builtOn(source, target, o.Heads); err != nil {
		return nil, fmt.Errorf("deploy to %s: %w", to, err)
	}
	d := &deployment{from: from, to: to, source: source, target: target, o: o}
	if err := d.copyAll(ctx); err != nil {
		return nil, err
	}
	if err := d.removeOld(); err != nil {
		return nil, err
	}
	d.done.Serial = source.Head.Serial
	d.done.Findings, err = Verify(to, root, o)
	return &d.done, err
}

// readTarget reads the state of the target: empty for a folder that holds nothing
// but what a deploy of source that was cut off left there.
func readTarget(to string, root sshsig.PublicKey, source *State) (*State, error) {
	target, err := load(func(path string) ([]byte, error) { return os.ReadFile(filepath.Join(to, filepath.FromSlash(path))) },
		root, func(string, error) {})
	if err == nil {
		return target, nil
	}
	if !errors.Is(err, fs.ErrNotExist) || refusal.Of(err) != "" {
		return nil, fmt.Errorf("deploy to %s: it holds a tree that is not this authority's, or a broken one: %w", to, err)
	}
	err = filepath.WalkDir(to, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(to, name)
		if err != nil {
			return err
		}
		if !source.names(filepath.ToSlash(rel)) && !strings.HasPrefix(d.Name(), durable.TempPrefix) {
			return fmt.Errorf("deploy to %s: it holds %s and no head: want an empty folder or one that was deployed to before", to, rel)
		}
		return nil
	})
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
	from, to       string
	source, target *State
	o              DeployOptions
	batch          durable.Batch

	mu   sync.Mutex
	done Deployed // guarded by mu
	err  error    // guarded by mu; the first
	seen int      // guarded by mu; files looked at
}

// copyAll copies what differs: immutable files, then the lists, then what is
// overwritten in place, then the head.
func (d *deployment) copyAll(ctx context.Context) error {
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
		if err := d.batch.Sync(); err != nil {
			return err
		}
	}
	if d.target.HeadSum == d.source.HeadSum {
		return nil
	}
	d.done.Copied++
	return durable.WriteFile(filepath.Join(d.to, headPath), d.source.signed, 0o644)
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
	name := filepath.Join(d.to, filepath.FromSlash(e.Path))
	there := verifier{open: func(string) (io.ReadCloser, error) { return os.Open(name) }}
	if sum, _, err := there.hash(e.Path); err == nil && sum == e.Sum {
		return false, nil
	}
	data, err := getListed(func(path string) ([]byte, error) { return os.ReadFile(filepath.Join(d.from, filepath.FromSlash(path))) }, e)
	if err != nil {
		return false, fmt.Errorf("deploy: %w: run despatch verify", err)
	}
	return true, d.batch.WriteFile(name, data, 0o644)
}

// removeOld removes what the target's old head listed or retired and the new one
// does not.
func (d *deployment) removeOld() error {
	old := append([]Entry(nil), d.target.Head.Entries...)
	old = append(old, d.target.Entries...)
	for _, r := range d.target.retired {
		old = append(old, r.entries...)
	}
	for _, e := range old {
		if d.source.names(e.Path) {
			continue
		}
		name := filepath.Join(d.to, filepath.FromSlash(e.Path))
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := d.batch.Remove(name); err != nil {
			return err
		}
		d.done.Removed++
	}
	return d.batch.Sync()
}
