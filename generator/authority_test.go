package generator_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"despatch/generator"
	"despatch/generator/source"
	"despatch/generator/tree"
	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
	"despatch/internal/naming"
	"despatch/office/demo"
	"despatch/office/enrol"
	"despatch/records/access"
)

// now is when tests build.
var now = time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC)

// An original is the fictional authority with keys but without accounts, made
// once, and the officer's key that opens everything in it.
type original struct {
	dir string
	key keyring.Key
	err error
}

var theOriginal = sync.OnceValue(func() (o original) {
	if o.dir, o.err = makeOnce(); o.err != nil {
		return o
	}
	if o.err = demo.CopyContent(o.dir, now); o.err != nil {
		return o
	}
	p, err := enrol.Init(o.dir, "officer", now)
	if err != nil {
		return original{err: err}
	}
	office, err := enrol.Unlock(o.dir, "officer", p.Typed())
	if err != nil {
		return original{err: err}
	}
	folder, err := source.Open(o.dir)
	if err != nil {
		return original{err: err}
	}
	defer folder.Close()
	listing, _, err := folder.Scan()
	if err != nil {
		return original{err: err}
	}
	site, _ := folder.Site(listing)
	if _, o.err = office.EnsureCompartments(context.Background(), site, nil); o.err != nil {
		return o
	}
	if o.err = office.SignKeys(site, now); o.err != nil {
		return o
	}
	sealed, err := os.ReadFile(filepath.Join(o.dir, filepath.FromSlash(buildkeys.OfficerKeysDir), "officer.id.age"))
	if err != nil {
		return original{err: err}
	}
	officer, err := keyring.OpenOfficer(sealed, p.Typed())
	if err != nil {
		return original{err: err}
	}
	o.key = officer.Key
	return o
})

// theBuilt is the original and the tree that a build made of it, once.
var theBuilt = sync.OnceValue(func() (o original) {
	if o = theOriginal(); o.err != nil {
		return o
	}
	from := o.dir
	if o.dir, o.err = makeOnce(); o.err != nil {
		return o
	}
	if o.err = copyAll(from, o.dir); o.err == nil {
		_, o.err = generator.Build(context.Background(), generator.Options{Dir: o.dir, Now: now})
	}
	return o
})

// madeOnce are the folders of originals.
var madeOnce []string

func makeOnce() (string, error) {
	dir, err := os.MkdirTemp("", "despatch-generator-")
	if err == nil {
		madeOnce = append(madeOnce, dir)
	}
	return dir, err
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range madeOnce {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// An authority is a copy of the original that a test may change.
type authority struct {
	t   *testing.T
	dir string
}

func newAuthority(t *testing.T) *authority { t.Helper(); return copyOf(t, theOriginal()) }

// newBuilt is a copy of the built original. Its state is that of other files, so
// that the next build looks at everything once, and finds all that stands.
func newBuilt(t *testing.T) *authority { t.Helper(); return copyOf(t, theBuilt()) }

func copyOf(t *testing.T, o original) *authority {
	t.Helper()
	if o.err != nil {
		t.Fatal(o.err)
	}
	a := &authority{t, filepath.Join(t.TempDir(), "la")}
	if err := copyAll(o.dir, a.dir); err != nil {
		t.Fatal(err)
	}
	return a
}

// copyAll copies a folder, but for some in it, with the permissions of its files,
// whose times are an hour ago: what changed seconds before a build is looked at
// twice.
func copyAll(from, to string, without ...string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		into := filepath.Join(to, rel)
		if d.IsDir() {
			if slices.Contains(without, filepath.ToSlash(rel)) {
				return filepath.SkipDir
			}
			return os.MkdirAll(into, 0o755)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(into, data, info.Mode().Perm()); err != nil {
			return err
		}
		then := info.ModTime().Add(-time.Hour)
		return os.Chtimes(into, then, then)
	})
}

// build builds and fails the test when it cannot.
func (a *authority) build() generator.Summary { a.t.Helper(); return a.buildAt(now) }

func (a *authority) buildAt(at time.Time) generator.Summary {
	a.t.Helper()
	s, err := generator.Build(a.t.Context(), generator.Options{Dir: a.dir, Now: at})
	if err != nil {
		a.t.Fatal(err)
	}
	return s
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, filepath.FromSlash(name)) }

func (a *authority) read(name string) string {
	a.t.Helper()
	data, err := os.ReadFile(a.path(name))
	if err != nil {
		a.t.Fatal(err)
	}
	return string(data)
}

func (a *authority) write(name, text string) {
	a.t.Helper()
	if err := os.MkdirAll(filepath.Dir(a.path(name)), 0o755); err != nil {
		a.t.Fatal(err)
	}
	if err := os.WriteFile(a.path(name), []byte(text), 0o644); err != nil {
		a.t.Fatal(err)
	}
}

func (a *authority) edit(name, old, new string) {
	a.t.Helper()
	text := a.read(name)
	if !strings.Contains(text, old) {
		a.t.Fatalf("%s has no %q to change", name, old)
	}
	a.write(name, strings.Replace(text, old, new, 1))
}

// snapshot is the path, size, time and mode of every file in a folder.
func (a *authority) snapshot(folder string) map[string]string {
	a.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(a.path(folder), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		all[name] = fmt.Sprint(info.Size(), info.ModTime().UnixNano(), info.Mode())
		return err
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return all
}

// state reads the published tree and fails the test unless all of it verifies.
func (a *authority) state() *tree.State {
	a.t.Helper()
	root, err := buildkeys.LoadRoot(a.dir)
	if err != nil {
		a.t.Fatal(err)
	}
	findings, err := tree.Verify(a.path("public"), root, tree.VerifyOptions{Now: now})
	if err != nil {
		a.t.Fatal(err)
	}
	for _, f := range findings {
		a.t.Errorf("verify: %v", f)
	}
	s, err := tree.Read(os.DirFS(a.path("public")), root)
	if err != nil {
		a.t.Fatal(err)
	}
	return s
}

// stems are the opaque names of everything sealed, without hashes.
func (a *authority) stems() []string {
	a.t.Helper()
	var all []string
	for _, e := range a.state().Entries {
		stem, _, _ := strings.Cut(e.Path, ".")
		all = append(all, stem)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// opened is everything that the compartments' holders can read, by compartment
// and name; and every index, without what differs from sealing to sealing.
func (a *authority) opened() map[string]string {
	a.t.Helper()
	all := map[string]string{}
	s := a.state()
	bundles, err := os.ReadDir(a.path(buildkeys.BundlesDir))
	if err != nil {
		a.t.Fatal(err)
	}
	key, err := naming.Read([]byte(a.read(buildkeys.NamingFile)))
	if err != nil {
		a.t.Fatal(err)
	}
	for _, b := range bundles {
		school := strings.TrimSuffix(b.Name(), ".age")
		if school == buildkeys.Authority {
			school = ""
		}
		bundle, err := keyring.OpenBundle([]byte(a.read(buildkeys.BundlePath(school))), theOriginal().key, cmp.Or(school, "-"))
		if err != nil {
			a.t.Fatal(err)
		}
		for _, k := range bundle.Kinds {
			a.openInto(all, s, key, k, access.Compartment{School: school, Kind: k.Name}.ID())
		}
	}
	return all
}

func (a *authority) openInto(all map[string]string, s *tree.State, key naming.Key, k keyring.Kind, id string) {
	a.t.Helper()
	stem := naming.IndexPath(key.Secret(id, k.Epoch))
	at := slices.IndexFunc(s.Entries, func(e tree.Entry) bool { return strings.HasPrefix(e.Path, stem+".") })
	if at < 0 {
		return
	}
	x, lists, err := tree.ReadIndex(a.open(k.Key, s.Entries[at].Path))
	if err != nil {
		a.t.Fatal(err)
	}
	for _, f := range lists {
		all[id+" "+f.Name] = string(f.Data)
	}
	for i := range x.Packs {
		files, err := tree.ReadPack(a.open(k.Key, x.Packs[i].Path))
		if err != nil {
			a.t.Fatal(err)
		}
		for _, f := range files {
			all[id+" "+f.Name] = string(f.Data)
		}
		x.Packs[i].Path, x.Packs[i].SHA256 = "", ""
	}
	for i := range x.Files {
		if x.Files[i].Path == "" {
			continue
		}
		f, err := tree.ReadFile(a.open(k.Key, x.Files[i].Path))
		if err != nil {
			a.t.Fatal(err)
		}
		all[id+" "+f.Name] = string(f.Data)
		x.Files[i].Path, x.Files[i].SHA256 = "", ""
	}
	text, err := json.Marshal(x)
	if err != nil {
		a.t.Fatal(err)
	}
	all[id+" index"] = string(text)
}

// lists counts the list pages that all indexes name.
func (a *authority) lists() int {
	a.t.Helper()
	n := 0
	for name, text := range a.opened() {
		if !strings.HasSuffix(name, " index") {
			continue
		}
		var x tree.Index
		if err := json.Unmarshal([]byte(text), &x); err != nil {
			a.t.Fatal(err)
		}
		n += len(x.Lists)
	}
	if n == 0 {
		a.t.Fatal("no index names a list")
	}
	return n
}

func (a *authority) open(k keyring.Key, path string) []byte {
	a.t.Helper()
	plain, ok := openings.Load(path)
	if ok {
		return plain.([]byte)
	}
	opened, err := k.Open([]byte(a.read("public/" + path)))
	if err != nil {
		a.t.Fatalf("open %s: %v", path, err)
	}
	if _, err := os.Stat(filepath.Join(theBuilt().dir, "public", path)); err == nil {
		openings.Store(path, opened)
	}
	return opened
}

// openings are the plaintexts of the built original's files, which most trees have
// too, by path, which names the sealed bytes.
var openings sync.Map

// clean builds the same sources anew in another folder.
func (a *authority) clean() *authority {
	a.t.Helper()
	b := &authority{a.t, filepath.Join(a.t.TempDir(), "clean")}
	if err := copyAll(a.dir, b.dir, "public", "cache", buildkeys.HeadsDir); err != nil {
		a.t.Fatal(err)
	}
	b.build()
	return b
}

// agrees fails the test unless a clean build of the same sources gives the same
// opaque names and the same opened bytes.
func (a *authority) agrees() {
	a.t.Helper()
	b := a.clean()
	if got, want := a.stems(), b.stems(); !slices.Equal(got, want) {
		a.t.Errorf("opaque names differ from a clean build's: %d and %d, first difference %s", len(got), len(want), firstDifference(got, want))
	}
	got, want := a.opened(), b.opened()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			a.t.Errorf("%s differs from a clean build's", name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			a.t.Errorf("%s is not in a clean build", name)
		}
	}
}

func firstDifference(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return a[i] + " " + b[i]
		}
	}
	return "in length"
}

// wrong builds and gives the problems that it must have.
func (a *authority) wrong() generator.Problems {
	a.t.Helper()
	_, err := generator.Build(a.t.Context(), generator.Options{Dir: a.dir, Now: now})
	problems, ok := errors.AsType[generator.Problems](err)
	if !ok {
		a.t.Fatalf("build: %v (want problems)", err)
	}
	return problems
}
