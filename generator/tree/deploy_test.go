package tree_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"despatch/generator/tree"
)

func (a *authority) deploy(to string, now time.Time) (*tree.Deployed, error) {
	return tree.Deploy(context.Background(), a.dir, tree.Folder(to), a.rootKey(), tree.DeployOptions{VerifyOptions: tree.VerifyOptions{Now: now, Heads: a.heads}})
}

func (a *authority) mustDeploy(to string, now time.Time) *tree.Deployed {
	a.t.Helper()
	d, err := a.deploy(to, now)
	must(a.t, err)
	for _, f := range d.Findings {
		a.t.Errorf("finding after deploy: %s", f)
	}
	return d
}

func TestDeployBringsAnEmptyFolderToTheTreeAndThenOnlyWhatChanged(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	to := filepath.Join(t.TempDir(), "www")
	base := a.small()
	if d := a.mustDeploy(to, start); d.Serial != 1 || d.Copied != len(files(t, a.dir)) || d.Removed != 0 {
		t.Errorf("first deploy: %+v", d)
	}
	if !slices.Equal(files(t, a.dir), files(t, to)) {
		t.Error("the folder differs from the tree")
	}
	if d := a.mustDeploy(to, start); d.Copied != 0 || d.Removed != 0 {
		t.Errorf("second deploy: %+v", d)
	}
	w := a.begin(base)
	keepAll(t, w, base)
	a.pack(w, "900009/visits-full", "new")
	base, _ = a.commit(w, start)
	if d := a.mustDeploy(to, start); d.Copied < 4 || d.Copied > 6 {
		t.Errorf("a new pack: %d files copied, want pack, shards, retired list and head", d.Copied)
	}
	for day := 1; day < 10; day++ {
		w = a.begin(base)
		keepAll(t, w, base)
		a.index(w, 1)
		base, _ = a.commit(w, start.AddDate(0, 0, day))
	}
	if d := a.mustDeploy(to, start.AddDate(0, 0, 9)); d.Removed == 0 {
		t.Error("nothing old was removed")
	}
}

func TestDeployRefusesAFolderThatIsNotThisAuthoritys(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	a.small()
	strangers := newAuthority(t, t.TempDir())
	strangers.root = privateKey(9)
	strangers.signKeys(1, strangers.head)
	strangers.small()
	home := t.TempDir()
	must(t, os.WriteFile(filepath.Join(home, "letter.txt"), []byte("dear"), 0o644))
	broken := t.TempDir()
	must(t, os.WriteFile(filepath.Join(broken, "head"), []byte("head"), 0o644))
	for name, to := range map[string]string{"other files": home, "another authority's tree": strangers.dir, "a broken head": broken} {
		before := stamps(t, to)
		if _, err := a.deploy(to, start); err == nil {
			t.Errorf("%s: deployed over it", name)
		}
		if !slices.Equal(before, stamps(t, to)) {
			t.Errorf("%s: files were touched", name)
		}
	}
}

func TestDeployRefusesAHeadThatTheTreeWasNotBuiltOn(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	to := filepath.Join(t.TempDir(), "www")
	base := a.small()
	a.mustDeploy(to, start)
	other := newAuthority(t, to)
	w := other.begin(other.read())
	keepAll(t, w, other.read())
	other.pack(w, "900010/visits-full", "the other officer's")
	other.commit(w, start.Add(time.Minute))
	w = a.begin(base)
	keepAll(t, w, base)
	a.pack(w, "900009/visits-full", "mine")
	a.commit(w, start)
	if _, err := a.deploy(to, start); !errors.Is(err, tree.ErrStale) {
		t.Errorf("got %v, want a refusal as stale", err)
	}
	other.mustVerify(start)
}

func TestDeployGoesOnAfterAnInterruptedOneAndMendsWhatTheHostSpoilt(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	to := t.TempDir()
	a.small()
	must(t, os.MkdirAll(filepath.Join(to, "manifest"), 0o755))
	for _, f := range files(t, a.dir)[:2] {
		data, err := os.ReadFile(filepath.Join(a.dir, f))
		must(t, err)
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(to, f)), 0o755))
		must(t, os.WriteFile(filepath.Join(to, f), data[:len(data)/2], 0o644))
	}
	a.mustDeploy(to, start)
	for _, f := range files(t, to) {
		if f != "head" && filepath.Dir(f) == "i" {
			must(t, os.WriteFile(filepath.Join(to, f), []byte("spoilt"), 0o644))
		}
	}
	if d := a.mustDeploy(to, start); d.Copied != 1 {
		t.Errorf("%d files were mended, want 1", d.Copied)
	}
}

func TestDeployNeverRemovesWhatItDidNotPublish(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	to := t.TempDir()
	a.small()
	a.mustDeploy(to, start)
	must(t, os.WriteFile(filepath.Join(to, "robots.txt"), []byte("x"), 0o644))
	d, err := a.deploy(to, start)
	must(t, err)
	mustName(t, d.Findings, "robots.txt", tree.Added)
	if !exists(to, "robots.txt") {
		t.Error("a file that was not published from here was removed")
	}
}
