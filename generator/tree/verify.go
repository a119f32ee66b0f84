package tree

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"despatch/internal/refusal"
	"despatch/internal/seal"
	"despatch/internal/sshsig"
)

// The kinds of finding beside the reasons of a refusal.
const (
	Changed     = "changed"     // a listed file differs from what was published
	Missing     = "missing"     // a listed file is not there
	Added       = "added"       // a file is there that nothing lists
	RolledBack  = "rollback"    // the head is older than one made here
	Stale       = "stale"       // the head is past its valid-until: a warning
	Unsealed    = "unsealed"    // a listed file is not sealed as it must be
	Unreachable = "unreachable" // the host did not answer for a file
)

// Finding is something wrong with one file of a tree. Kind is one of the
// constants above or the name of a refusal (malformed, newer, signature).
type Finding struct {
	Path string
	Kind string
	Text string // one sentence
}

// Warning tells whether the finding is only a warning.
func (f Finding) Warning() bool { return f.Kind == Stale }

// String is "<kind>: <path>: <text>".
func (f Finding) String() string { return f.Kind + ": " + f.Path + ": " + f.Text }

// VerifyOptions say what a tree is measured against.
type VerifyOptions struct {
	Now           time.Time
	HighestSerial int   // a head below it was rolled back; 0: none known
	Heads         Heads // the heads made here; "": none known
	// Progress is told how many files were checked; nil: nobody is.
	Progress func(done, total int, what string)
}

// Verify checks every file of the tree in a folder, from the root down, and names
// each that was changed, is missing, was added or rolled back. Findings are
// sorted by path; none means that the tree is what was published. An error means
// that it could not be checked.
func Verify(dir string, root sshsig.PublicKey, o VerifyOptions) ([]Finding, error) {
	return VerifyAt(context.Background(), Folder(dir), root, o)
}

// VerifyAt is Verify for a target of deploys.
func VerifyAt(ctx context.Context, at Target, root sshsig.PublicKey, o VerifyOptions) ([]Finding, error) {
	v := verifierOf(ctx, at.Open, o)
	s := v.check(ctx, root)
	if s == nil {
		return v.findings, v.failed
	}
	err := at.Walk(ctx, func(path string, isFile bool) error {
		v.found(s, path, isFile)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("verify %s: %w", at, err)
	}
	return v.sorted(), v.failed
}

// verifier collects findings, several files at a time.
type verifier struct {
	o    VerifyOptions
	open func(path string) (io.ReadCloser, error) // a missing file is fs.ErrNotExist
	// alone are the files to hash, beside the lists; nil: all.
	alone map[string]bool

	mu       sync.Mutex
	findings []Finding    // guarded by mu
	failed   error        // guarded by mu; why the tree could not be checked
	done     int          // guarded by mu
	shards   map[int]bool // guarded by mu; those that cannot be believed
	retired  bool         // guarded by mu; a retired list cannot be believed
}

// check verifies the head, its lists and all files that they name. It gives nil
// when the head or the keys cannot be believed.
func (v *verifier) check(ctx context.Context, root sshsig.PublicKey) *State {
	v.shards = make(map[int]bool)
	s, err := load(v.read, root, v.badList)
	var b broken
	switch {
	case errors.As(err, &b) && (refusal.Of(err) != "" || errors.Is(err, fs.ErrNotExist)):
		v.add(b.path, kindOf(err), err.Error())
		return nil
	case err != nil:
		v.failed = err
		return nil
	}
	v.checkHead(s)
	jobs := s.jobs()
	if v.alone != nil {
		jobs = slices.DeleteFunc(jobs, func(j job) bool { return !v.alone[j.Path] })
	}
	each(len(jobs), func(i int) {
		if ctx.Err() == nil {
			v.checkFile(jobs[i])
			v.progress(len(jobs))
		}
	})
	if err := ctx.Err(); err != nil {
		v.failed = err
	}
	return s
}

// checkHead measures a believed head against time and what was seen before.
func (v *verifier) checkHead(s *State) {
	if s.Head.Serial < v.o.HighestSerial {
		v.add(headPath, RolledBack, fmt.Sprintf("its serial is %d, but serial %d was published before", s.Head.Serial, v.o.HighestSerial))
	}
	if v.o.Heads != "" {
		if kept, err := v.o.Heads.Signed(s.Head.Serial); err == nil && sumOf(kept) != s.HeadSum {
			v.add(headPath, RolledBack, fmt.Sprintf("another head of serial %d was published before", s.Head.Serial))
		}
	}
	if v.o.Now.After(s.Head.ValidUntil) {
		v.add(headPath, Stale, "nothing vouches for it since "+s.Head.ValidUntil.Format("2006-01-02 15:04 UTC")+": run despatch renew")
	}
}

// job is a file to hash.
type job struct {
	Entry
	optional bool // retired: may be gone
}

// jobs are all listed and retired files whose bytes were not read with the lists.
func (s *State) jobs() []job {
	jobs := make([]job, 0, len(s.Entries)+len(s.Head.Entries))
	for _, e := range s.Head.Entries {
		if c := classify(e.Path); c == shellFile || c == asset {
			jobs = append(jobs, job{e, false})
		}
	}
	for _, e := range s.Entries {
		jobs = append(jobs, job{e, false})
	}
	for _, r := range s.retired {
		for _, e := range r.entries {
			jobs = append(jobs, job{e, true})
		}
	}
	return jobs
}

// checkFile hashes a listed file.
func (v *verifier) checkFile(j job) {
	sum, start, err := v.hash(j.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if !j.optional {
			v.add(j.Path, Missing, "it is listed but not there")
		}
	case err != nil:
		v.add(j.Path, Unreachable, err.Error())
	case sum != j.Sum:
		v.add(j.Path, Changed, "it differs from what was published")
	default:
		v.checkSeal(j.Path, start)
	}
}

// checkSeal looks at the header of what must be sealed.
func (v *verifier) checkSeal(path string, start []byte) {
	want, ok := sealedAs[classify(path)]
	if !ok {
		return
	}
	kind, _, err := seal.Inspect(start)
	if err == nil && kind != want {
		err = fmt.Errorf("it is sealed in another way (%s) than its name says", kind)
	}
	if err != nil {
		v.add(path, Unsealed, err.Error())
	}
}

// found judges a file that is in the folder.
func (v *verifier) found(s *State, path string, isFile bool) {
	c := classify(path)
	switch {
	case !isFile:
		v.add(path, Added, "it is not a regular file")
	case path == headPath || s.names(path):
	case c.inShard() && v.shards[shardOf(path, s.Head.Shards)]:
	case v.retired && c != unknown && !c.inPlace():
	default:
		v.add(path, Added, "nothing lists it")
	}
}

// badList takes a shard or retired list that cannot be believed.
func (v *verifier) badList(path string, err error) {
	v.add(path, kindOf(err), err.Error())
	v.mu.Lock()
	defer v.mu.Unlock()
	if classify(path) == shardPath {
		v.shards[shardNumber(path)] = true
	} else {
		v.retired = true
	}
}

// kindOf names a refusal as a finding.
func kindOf(err error) string {
	switch r := refusal.Of(err); {
	case r == refusal.Mismatch:
		return Changed
	case r == refusal.Missing || errors.Is(err, fs.ErrNotExist):
		return Missing
	case r == "":
		return Unreachable
	default:
		return string(r)
	}
}

// hash gives the SHA-256 of a file and its first bytes.
func (v *verifier) hash(path string) (sum [32]byte, start []byte, err error) {
	f, err := v.open(path)
	if err != nil {
		return sum, nil, err
	}
	defer f.Close()
	h := &hashing{sha256.New(), make([]byte, 0, seal.InspectSize)}
	if _, err := io.Copy(h, f); err != nil {
		return sum, nil, err
	}
	h.Sum(sum[:0])
	return sum, h.start, nil
}

// hashing hashes what is written to it and keeps the start.
type hashing struct {
	hash.Hash
	start []byte
}

// Write never fails.
func (h *hashing) Write(b []byte) (int, error) {
	h.start = append(h.start, b[:min(len(b), cap(h.start)-len(h.start))]...)
	return h.Hash.Write(b)
}

// read reads one of the small files whole.
func (v *verifier) read(path string) ([]byte, error) {
	f, err := v.open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxFile))
}

func (v *verifier) add(path, kind, text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.findings = append(v.findings, Finding{path, kind, text})
}

func (v *verifier) progress(total int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.done++
	if v.o.Progress != nil {
		v.o.Progress(v.done, total, "checked")
	}
}

func (v *verifier) sorted() []Finding {
	slices.SortFunc(v.findings, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Kind, b.Kind))
	})
	return v.findings
}
