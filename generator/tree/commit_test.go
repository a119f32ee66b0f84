package tree_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/generator/tree"
)

func TestCommitGivesATreeThatReadsAndVerifies(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	s := a.small()
	a.mustVerify(start)
	got := a.read()
	if got.HeadSum != s.HeadSum || got.Head.Serial != 1 || got.Head.Previous != "-" || !slices.Equal(got.Entries, s.Entries) {
		t.Errorf("read serial %d with %d files, committed serial %d with %d", got.Head.Serial, len(got.Entries), s.Head.Serial, len(s.Entries))
	}
}

func TestCommitWritesNoByteWhenNothingChanged(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	base := a.small()
	before := stamps(t, a.dir)
	w := a.begin(base)
	a.shell(w, "one")
	for _, e := range base.Entries {
		must(t, w.Keep(e.Path))
	}
	s, changed := a.commit(w, start.Add(time.Hour))
	if changed || s != base {
		t.Error("a head was made though nothing changed")
	}
	if after := stamps(t, a.dir); !slices.Equal(before, after) {
		t.Error("files were written though nothing changed")
	}
}

// stamps describes every file of a folder by name, size and time.
func stamps(t *testing.T, dir string) (all []string) {
	t.Helper()
	for _, f := range files(t, dir) {
		info, err := os.Stat(filepath.Join(dir, f))
		must(t, err)
		all = append(all, fmt.Sprint(f, info.Size(), info.ModTime().UnixNano()))
	}
	return all
}

func TestFileThatIsNoLongerListedStaysSevenLondonDays(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	w := a.begin(nil)
	old := a.pack(w, "900001/visits-full", "before")
	base, _ := a.commit(w, start)
	now := start.Add(time.Hour)
	w = a.begin(base)
	a.pack(w, "900001/visits-full", "after")
	base, _ = a.commit(w, now)
	if !exists(a.dir, old) {
		t.Fatal("the old pack went at once")
	}
	if _, ok := base.Lookup(old); ok {
		t.Fatal("the old pack is still listed")
	}
	a.mustVerify(now)
	for day := 1; day <= 8; day++ {
		now = start.AddDate(0, 0, day)
		w = a.begin(base)
		a.pack(w, "900001/visits-full", fmt.Sprint("day ", day))
		base, _ = a.commit(w, now)
		if got, want := exists(a.dir, old), day <= 7; got != want {
			t.Errorf("day %d: the old pack is there: %v, want %v", day, got, want)
		}
		a.mustVerify(now)
	}
}

func TestPurgedStemGoesAtOnceAndIsNotRetired(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	w := a.begin(nil)
	old := a.index(w, 1)
	kept := a.pack(w, "900001/visits-full", "visit")
	base, _ := a.commit(w, start)
	w = a.begin(base)
	a.pack(w, "900001/visits-full", "visit")
	a.index(w, 2)
	o := a.at(start)
	stem, _, _ := strings.Cut(old, ".")
	o.Purge = []string{stem, kept[:strings.IndexByte(kept, '.')]}
	_, _, err := w.Commit(o)
	must(t, err)
	if exists(a.dir, old) {
		t.Error("the purged index is still there")
	}
	if !exists(a.dir, kept) {
		t.Error("a pack that was kept was purged")
	}
	a.mustVerify(start)
}

func TestRetiredFileIsDeletedWhenItsStemIsPurgedLater(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	w := a.begin(nil)
	old := a.pack(w, "900001/visits-full", "before")
	base, _ := a.commit(w, start)
	w = a.begin(base)
	a.pack(w, "900001/visits-full", "after")
	base, _ = a.commit(w, start)
	w = a.begin(base)
	a.pack(w, "900001/visits-full", "after")
	o := a.at(start)
	o.Purge = []string{old[:strings.IndexByte(old, '.')]}
	_, changed, err := w.Commit(o)
	must(t, err)
	if !changed || exists(a.dir, old) {
		t.Error("the retired pack of a rotated epoch is still there")
	}
	a.mustVerify(start)
}

func TestNoRetireDeletesAtOnce(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	w := a.begin(nil)
	old := a.pack(w, "900001/visits-full", "before")
	base, _ := a.commit(w, start)
	w = a.begin(base)
	a.pack(w, "900001/visits-full", "after")
	o := a.at(start)
	o.NoRetire = true
	_, _, err := w.Commit(o)
	must(t, err)
	if exists(a.dir, old) {
		t.Error("the old pack is still there")
	}
	a.mustVerify(start)
}

func TestSecondOfficerIsRefusedWhenStaleAndThenRebases(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	base := a.small()
	first, second := a.begin(base), a.begin(base)
	keepAll(t, first, base)
	keepAll(t, second, base)
	one := a.pack(first, "900007/visits-full", "first officer")
	a.pack(second, "900008/visits-full", "second officer")
	a.commit(first, start)
	if _, _, err := second.Commit(a.at(start)); !errors.Is(err, tree.ErrStale) {
		t.Fatalf("the second officer got %v, want a refusal as stale", err)
	}
	a.mustRead(one)
	base = a.read()
	w := a.begin(base)
	keepAll(t, w, base)
	two := a.pack(w, "900008/visits-full", "second officer")
	a.commit(w, start)
	a.mustVerify(start)
	a.mustRead(one)
	a.mustRead(two)
}

func keepAll(t *testing.T, w *tree.Writer, s *tree.State) {
	t.Helper()
	for _, e := range s.Entries {
		must(t, w.Keep(e.Path))
	}
}

func (a *authority) mustRead(path string) {
	a.t.Helper()
	if _, ok := a.read().Lookup(path); !ok {
		a.t.Errorf("%s is not listed", path)
	}
}

func TestTwoTeamsPublishIntoOneTreeAndCarryEachOtherOver(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	b := a.colleague()
	base := a.small()
	w := b.begin(base)
	theirs := b.pack(w, "900001/care-one", "care")
	base, _ = b.commit(w, start)
	if base.Head.Serial != 2 {
		t.Fatalf("serial %d, want 2", base.Head.Serial)
	}
	for _, e := range a.read().Entries {
		if e.Path != theirs && !a.naming.Mine(e.Path) && !a.options.Mine(e.Path) {
			t.Errorf("%s is nobody's", e.Path)
		}
	}
	w = a.begin(base)
	a.shell(w, "two")
	mine := a.pack(w, "900001/visits-full", "changed")
	base, _ = a.commit(w, start)
	a.mustRead(theirs)
	a.mustRead(mine)
	if n := len(base.Entries); n != 2 {
		t.Errorf("%d files are listed, want the colleague's and mine", n)
	}
	a.mustVerify(start)
	w = b.begin(base)
	if _, changed := b.commit(w, start); !changed {
		t.Fatal("dropping the colleague's only pack changed nothing")
	}
	if _, ok := a.read().Lookup(theirs); ok {
		t.Error("the colleague's pack is still listed")
	}
	a.mustRead(mine)
	if _, ok := a.read().Lookup("assets/app.two.css"); !ok {
		t.Error("a team without shell did not carry the shell over")
	}
	a.mustVerify(start)
}

func TestCommitRefusesAFileThatIsNeitherSealedNorPublic(t *testing.T) {
	for _, tc := range []struct{ path, text string }{
		{"notes.txt", "plain"},
		{"pub/deeper/page.html", "x"},
		{"visits/900001.html", "x"},
		{"b/ab/ab112233445566778899aabbccddeeff.0011223344556677.age", "not sealed"},
		{"k/00112233445566778899aabbccddeeff-00112233.ring.0011223344556677.age", "not sealed"},
		{"INDEX.HTML", "x"},
	} {
		t.Run(tc.path, func(t *testing.T) {
			a := newAuthority(t, t.TempDir())
			base := a.small()
			name := filepath.Join(a.dir, tc.path)
			must(t, os.MkdirAll(filepath.Dir(name), 0o755))
			must(t, os.WriteFile(name, []byte(tc.text), 0o644))
			w := a.begin(base)
			_, _, err := w.Commit(a.at(start))
			if err == nil || !strings.Contains(err.Error(), tc.path) {
				t.Errorf("got %v, want a refusal that names %s", err, tc.path)
			}
			if a.read().HeadSum != base.HeadSum {
				t.Error("a new head was published")
			}
		})
	}
}

func TestPutRefusesWhatIsNotSealedAndPadded(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	w := a.begin(nil)
	stem := a.naming.Pack("900001/visits-full", 1, nil)
	odd, err := a.to.Seal(nil, make([]byte, 4097))
	must(t, err)
	for name, put := range map[string]func() error{
		"plain":      func() error { _, err := w.Put(stem, ".age", []byte("plain")); return err },
		"odd length": func() error { _, err := w.Put(stem, ".age", odd); return err },
		"passphrase": func() error { _, err := w.Put(stem, ".age", identityFile(1)); return err },
		"truncated":  func() error { _, err := w.Put(stem, ".age", odd[:900]); return err },
		"stem":       func() error { _, err := w.Put("b/ab/visits", ".age", a.seal("x")); return err },
		"identity": func() error {
			_, err := w.Put("k/00112233445566778899aabbccddeeff", ".id.age", a.seal("x"))
			return err
		},
		"public":     func() error { return w.PutPublic("index.html", nil) },
		"shell":      func() error { return w.PutShell("pub/page.html", nil) },
		"shell path": func() error { return w.PutShell("assets/../head", nil) },
		"unknown":    func() error { return w.Keep("b/ab/ab112233445566778899aabbccddeeff.0011223344556677.age") },
	} {
		if put() == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestCommitRemovesWhatABuildThatWasCutOffLeft(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	base := a.small()
	w := a.begin(base)
	orphan := a.pack(w, "900009/visits-full", "never committed")
	must(t, os.WriteFile(filepath.Join(a.dir, ".despatch-123"), []byte("half"), 0o600))
	w = a.begin(base)
	keepAll(t, w, base)
	if _, changed := a.commit(w, start); changed {
		t.Error("an orphan made a new head")
	}
	if exists(a.dir, orphan) || exists(a.dir, ".despatch-123") {
		t.Error("the orphan is still there")
	}
	a.mustVerify(start)
}

func TestCommitKeepsTheKeysFileOfTheHigherSerial(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	b := a.colleague() // keys of serial 2
	base := a.small()
	old := base.Head.KeysEntry()
	b.signKeys(1, a.head, b.head)
	w := b.begin(base)
	b.pack(w, "900001/care-one", "care")
	base, _ = b.commit(w, start)
	if base.Head.KeysEntry() != old || base.Keys.Serial != 2 {
		t.Error("an older keys file replaced a newer one")
	}
	b.signKeys(2, b.head)
	w = b.begin(base)
	b.pack(w, "900001/care-one", "changed")
	if _, _, err := w.Commit(b.at(start)); err == nil {
		t.Error("another keys file of the same serial was accepted")
	}
	b.signKeys(3, a.head)
	w = b.begin(base)
	if _, _, err := w.Commit(b.at(start)); err == nil {
		t.Error("a head key that the keys file does not name signed a head")
	}
	b.root = privateKey(9)
	b.signKeys(4, b.head)
	w = b.begin(base)
	if _, _, err := w.Commit(b.at(start)); err == nil {
		t.Error("a keys file of another root was accepted")
	}
}

func TestKeepRestChangesOnlyWhatIsSaid(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	w := a.begin(nil)
	for i := range 500 {
		a.pack(w, fmt.Sprintf("%06d/visits-full", i), "visit")
	}
	index := a.index(w, 1)
	base, _ := a.commit(w, start)
	a.options.KeepRest = true
	for i := range 5 {
		w = a.begin(base)
		old, ok := w.Has(a.naming.Pack(fmt.Sprintf("%06d/visits-full", i), 1, []byte("visit")))
		if !ok {
			t.Fatal("a published pack is not found")
		}
		w.Drop(old)
		a.pack(w, fmt.Sprintf("%06d/visits-full", i), "changed")
		again := a.index(w, 1)
		before := base
		base, _ = a.commit(w, start)
		if len(base.Entries) != 501 {
			t.Fatalf("%d files are listed, want 501", len(base.Entries))
		}
		if _, ok := base.Lookup(index); ok {
			t.Error("the index is listed twice")
		}
		index = again
		if n := newShards(before, base); n > 4 {
			t.Errorf("%d shards were written for two changed files", n)
		}
		a.mustVerify(start)
		if got := a.read(); !slices.Equal(got.Entries, base.Entries) {
			t.Fatal("what was committed is not what is read")
		}
	}
}

// newShards counts the manifest files of b that a has not.
func newShards(a, b *tree.State) (n int) {
	for _, e := range b.Head.Entries {
		if _, ok := a.Lookup(e.Path); !ok && strings.HasPrefix(e.Path, "manifest/0") {
			n++
		}
	}
	return n
}
