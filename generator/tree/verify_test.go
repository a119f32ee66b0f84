package tree_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"despatch/generator/tree"
)

// withEveryKind publishes twice, so that the tree has retired files and lists.
func withEveryKind(t *testing.T) *authority {
	a := newAuthority(t, t.TempDir())
	w := a.begin(a.small())
	a.shell(w, "one")
	a.index(w, 1)
	a.pack(w, "900001/visits-full", "visit")
	a.pack(w, "900002/visits-full", "changed")
	must(t, w.PutPublic(a.naming.Pub("mi-236-15"), []byte("<p>sheet</p>")))
	a.commit(w, start)
	a.mustVerify(start)
	return a
}

// mustName fails unless the findings name path, and nothing but path.
func mustName(t *testing.T, findings []tree.Finding, path, kind string) {
	t.Helper()
	if !slices.ContainsFunc(findings, func(f tree.Finding) bool { return f.Path == path && (kind == "" || f.Kind == kind) }) {
		t.Errorf("%s %s is not named: %v", kind, path, findings)
	}
	for _, f := range findings {
		if f.Path != path {
			t.Errorf("%s is named, only %s is spoilt", f, path)
		}
	}
}

func TestVerifyNamesEachSingleFileThatIsChangedCutMissingOrAdded(t *testing.T) {
	a := withEveryKind(t)
	verify := func() []tree.Finding {
		findings, err := tree.Verify(a.dir, a.rootKey(), tree.VerifyOptions{Now: start})
		must(t, err)
		return findings
	}
	retired := a.retiredPaths()
	for _, path := range files(t, a.dir) {
		name := filepath.Join(a.dir, path)
		data, err := os.ReadFile(name)
		must(t, err)
		for _, at := range []int{0, len(data) / 2, len(data) - 1} {
			bad := bytes.Clone(data)
			bad[at] ^= 1
			must(t, os.WriteFile(name, bad, 0o644))
			mustName(t, verify(), path, "")
		}
		for _, n := range []int{0, len(data) / 2, len(data) - 1} {
			must(t, os.WriteFile(name, data[:n], 0o644))
			mustName(t, verify(), path, "")
		}
		must(t, os.Remove(name))
		if findings := verify(); !slices.Contains(retired, path) {
			mustName(t, findings, path, tree.Missing)
		} else if len(findings) > 0 {
			t.Errorf("a retired file may be missing, got %v", findings)
		}
		must(t, os.WriteFile(name, data, 0o644))
		must(t, os.WriteFile(name+"x", data, 0o644))
		mustName(t, verify(), path+"x", tree.Added)
		must(t, os.Remove(name+"x"))
	}
	if findings := verify(); len(findings) > 0 {
		t.Errorf("the mended tree has findings: %v", findings)
	}
}

// retiredPaths are the paths that the tree's retired lists name.
func (a *authority) retiredPaths() (paths []string) {
	all := files(a.t, a.dir)
	s := a.read()
	for _, path := range all {
		if _, ok := s.Lookup(path); !ok && path != "head" {
			paths = append(paths, path)
		}
	}
	if len(paths) < 2 {
		a.t.Fatalf("only %d files are retired", len(paths))
	}
	return paths
}

func TestVerifyNamesAHeadThatWasRolledBackOrReplaced(t *testing.T) {
	a := withEveryKind(t)
	o := tree.VerifyOptions{Now: start, Heads: a.heads}
	var err error
	o.HighestSerial, err = a.heads.Highest()
	must(t, err)
	findings, err := tree.Verify(a.dir, a.rootKey(), o)
	must(t, err)
	if o.HighestSerial != 2 || len(findings) > 0 {
		t.Fatalf("highest serial %d, findings %v", o.HighestSerial, findings)
	}
	again, err := tree.Renew(a.dir, a.rootKey(), tree.RenewOptions{Now: start, HeadKey: a.head})
	must(t, err)
	must(t, a.heads.Save(again))
	second, err := a.heads.Signed(2)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(a.dir, "head"), second, 0o644))
	o.HighestSerial = 3
	findings, err = tree.Verify(a.dir, a.rootKey(), o)
	must(t, err)
	mustName(t, findings, "head", tree.RolledBack)
	other, err := tree.Renew(a.dir, a.rootKey(), tree.RenewOptions{Now: start.Add(time.Hour), HeadKey: a.head})
	must(t, err)
	if other.Head.Serial != 3 {
		t.Fatalf("serial %d, want 3", other.Head.Serial)
	}
	findings, err = tree.Verify(a.dir, a.rootKey(), o)
	must(t, err)
	mustName(t, findings, "head", tree.RolledBack)
}

func TestVerifyWarnsOfAStaleHeadAndNoMore(t *testing.T) {
	a := withEveryKind(t)
	for _, tc := range []struct {
		after time.Duration
		stale bool
	}{{96 * time.Hour, false}, {96*time.Hour + time.Second, true}} {
		findings, err := tree.Verify(a.dir, a.rootKey(), tree.VerifyOptions{Now: start.Add(tc.after)})
		must(t, err)
		if got := len(findings) == 1 && findings[0].Kind == tree.Stale && findings[0].Warning(); got != tc.stale || len(findings) > 1 {
			t.Errorf("after %v: %v, want stale: %v", tc.after, findings, tc.stale)
		}
	}
}

func TestVerifyRefusesAnotherRoot(t *testing.T) {
	a := withEveryKind(t)
	a.root = privateKey(9)
	findings, err := tree.Verify(a.dir, a.rootKey(), tree.VerifyOptions{Now: start})
	must(t, err)
	if len(findings) != 1 || findings[0].Kind != "signature" {
		t.Errorf("got %v, want one signature finding", findings)
	}
}

func TestVerifyURLNamesEachFileThatAHostChangesOrWithholds(t *testing.T) {
	a := withEveryKind(t)
	spoil, how := "", ""
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path[len("/portal/"):]
		data, err := os.ReadFile(filepath.Join(a.dir, path))
		if err != nil || path == spoil && how == tree.Missing {
			http.NotFound(w, r)
			return
		}
		if path == spoil && how == tree.Unreachable {
			http.Error(w, "later", http.StatusServiceUnavailable)
			return
		}
		if path == spoil {
			data = append(data[:len(data)/2:len(data)/2], data[len(data)/2+1:]...)
		}
		if _, err := w.Write(data); err != nil {
			t.Error(err)
		}
	}))
	defer host.Close()
	verify := func(o tree.VerifyOptions) ([]tree.Finding, error) {
		return tree.VerifyURL(context.Background(), host.Client(), host.URL+"/portal/", a.rootKey(), o)
	}
	o := tree.VerifyOptions{Now: start}
	findings, err := verify(o)
	must(t, err)
	if len(findings) > 0 {
		t.Fatalf("findings at an honest host: %v", findings)
	}
	retired := a.retiredPaths()
	for _, spoil = range files(t, a.dir) {
		how = tree.Changed
		findings, err := verify(o)
		must(t, err)
		mustName(t, findings, spoil, "")
		how = tree.Missing
		findings, err = verify(o)
		must(t, err)
		if !slices.Contains(retired, spoil) {
			mustName(t, findings, spoil, tree.Missing)
		}
		how = tree.Unreachable
		if findings, err = verify(o); err == nil {
			mustName(t, findings, spoil, tree.Unreachable)
		}
	}
	spoil = ""
	findings, err = verify(tree.VerifyOptions{Now: start.AddDate(0, 1, 0), HighestSerial: 3})
	must(t, err)
	if len(findings) != 2 {
		t.Errorf("got %v, want rollback and stale", findings)
	}
}
