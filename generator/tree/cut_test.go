package tree_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"despatch/generator/sitebucket"
	"despatch/generator/tree"
	"despatch/internal/bucket"
)

var errCut = errors.New("cut off")

// A cutting target fails for good at one call that changes something: before it is
// done, or after.
type cutting struct {
	tree.Target
	left  atomic.Int64
	after bool
}

func (c *cutting) do(call func() error) error {
	switch left := c.left.Add(-1); {
	case left < 0, left == 0 && !c.after:
		return errCut
	case left == 0:
		return errors.Join(call(), errCut)
	}
	return call()
}

func (c *cutting) Put(ctx context.Context, path string, data []byte) error {
	return c.do(func() error { return c.Target.Put(ctx, path, data) })
}

func (c *cutting) Remove(ctx context.Context, path string) error {
	return c.do(func() error { return c.Target.Remove(ctx, path) })
}

// A forgetful target is broken: it acknowledges files that it has not written yet,
// which a cut takes with it, and the head at once.
type forgetful struct{ tree.Target }

func (f forgetful) Put(ctx context.Context, path string, data []byte) error {
	if path != "head" {
		return nil
	}
	return f.Target.Put(ctx, path, data)
}

func inFolder(t *testing.T) tree.Target { return tree.Folder(t.TempDir()) }

// inBucket is a bucket of an S3 server in this process.
func inBucket(t *testing.T) tree.Target {
	t.Helper()
	backend := s3mem.New()
	must(t, backend.CreateBucket("site"))
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	s, err := sitebucket.Open(t.Context(), bucket.Config{Endpoint: server.URL, Region: "us-east-1", Name: "site", AccessKey: "key", SecretKey: "secret"})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// held is all that a target holds.
func held(t *testing.T, of tree.Target) map[string]string {
	t.Helper()
	all := make(map[string]string)
	must(t, of.Walk(t.Context(), func(path string, _ bool) error {
		in, err := of.Open(t.Context(), path)
		if err != nil {
			return err
		}
		defer in.Close()
		data, err := io.ReadAll(in)
		all[path] = string(data)
		return err
	}))
	return all
}

// twoTrees are one that was deployed and one, ten days later, with packs that came and
// went; the second is in the authority's folder.
func twoTrees(t *testing.T) (a *authority, first, second func(to tree.Target) (*tree.Deployed, error)) {
	t.Helper()
	a = newAuthority(t, t.TempDir())
	base := a.small()
	old := t.TempDir()
	must(t, os.CopyFS(old, os.DirFS(a.dir)))
	for day := 1; day < 10; day++ {
		w := a.begin(base)
		keepAll(t, w, base)
		a.index(w, 1)
		if day == 9 {
			a.pack(w, "900009/visits-full", "new")
		}
		base, _ = a.commit(w, start.AddDate(0, 0, day))
	}
	deploy := func(from string, days int) func(to tree.Target) (*tree.Deployed, error) {
		return func(to tree.Target) (*tree.Deployed, error) {
			o := tree.DeployOptions{VerifyOptions: tree.VerifyOptions{Now: start.AddDate(0, 0, days), Heads: a.heads}}
			return tree.Deploy(t.Context(), from, to, a.rootKey(), o)
		}
	}
	return a, deploy(old, 0), deploy(a.dir, 9)
}

// shown tells what a reader finds wrong with what a target shows, beside files that
// nothing lists yet or any more.
func (a *authority) shown(to tree.Target) (wrong []tree.Finding) {
	a.t.Helper()
	findings, err := tree.VerifyAt(a.t.Context(), to, a.rootKey(), tree.VerifyOptions{Now: start})
	must(a.t, err)
	return slices.DeleteFunc(findings, func(f tree.Finding) bool { return f.Kind == tree.Added })
}

func TestDeployCutOffAnywhereShowsOneTreeAndComesToTheSame(t *testing.T) {
	for name, open := range map[string]func(*testing.T) tree.Target{"folder": inFolder, "bucket": inBucket} {
		t.Run(name, func(t *testing.T) {
			a, first, second := twoTrees(t)
			whole := open(t)
			_, err := first(whole)
			must(t, err)
			done, err := second(whole)
			must(t, err)
			if len(done.Findings) > 0 || done.Removed == 0 {
				t.Fatalf("undisturbed: %+v", done)
			}
			want, cuts := held(t, whole), 0
			for _, after := range []bool{false, true} {
				for n := 1; ; n++ {
					to := open(t)
					_, err := first(to)
					must(t, err)
					cut := &cutting{Target: to, after: after}
					cut.left.Store(int64(n))
					_, err = second(cut)
					if err == nil {
						break
					}
					if !errors.Is(err, errCut) {
						t.Fatal(err)
					}
					cuts++
					for _, f := range a.shown(to) {
						t.Errorf("cut at call %d (after: %v), a reader finds %s", n, after, f)
					}
					if done, err := second(to); err != nil || len(done.Findings) > 0 || !maps.Equal(want, held(t, to)) {
						t.Errorf("cut at call %d (after: %v), the next deploy comes to something else: %+v, %v", n, after, done, err)
					}
				}
			}
			if cuts < 10 {
				t.Errorf("only %d cuts", cuts)
			}
			t.Logf("%d cuts", cuts)
		})
	}
}

func TestATargetThatForgetsIsFoundOut(t *testing.T) {
	a, first, second := twoTrees(t)
	to := inFolder(t)
	_, err := first(to)
	must(t, err)
	done, err := second(forgetful{to})
	if err != nil || len(done.Findings) == 0 || len(a.shown(to)) == 0 {
		t.Errorf("a target that did not write what it acknowledged: %+v, %v", done, err)
	}
}

func TestDeployOfWhatIsNewAloneReadsOnlyThat(t *testing.T) {
	a, first, _ := twoTrees(t)
	to := inBucket(t)
	_, err := first(to)
	must(t, err)
	o := tree.DeployOptions{VerifyOptions: tree.VerifyOptions{Now: start.AddDate(0, 0, 9), Heads: a.heads}, NewAlone: true}
	reads := &counting{Target: to}
	done, err := tree.Deploy(t.Context(), a.dir, reads, a.rootKey(), o)
	if err != nil || len(done.Findings) > 0 || done.Copied == 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	for path := range held(t, to) {
		if path[:2] == "b/" && reads.opened[path] > 0 && !reads.put[path] {
			t.Errorf("%s was there and was read", path)
		}
	}
	if findings, err := tree.VerifyAt(t.Context(), to, a.rootKey(), o.VerifyOptions); err != nil || len(findings) > 0 {
		t.Errorf("the whole: %v, %v", findings, err)
	}
}

// A counting target notes what is read and put.
type counting struct {
	tree.Target
	mu     sync.Mutex
	opened map[string]int
	put    map[string]bool
}

func (c *counting) Open(ctx context.Context, path string) (io.ReadCloser, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened == nil {
		c.opened = make(map[string]int)
	}
	c.opened[path]++
	return c.Target.Open(ctx, path)
}

func (c *counting) Put(ctx context.Context, path string, data []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.put == nil {
		c.put = make(map[string]bool)
	}
	c.put[path] = true
	return c.Target.Put(ctx, path, data)
}
