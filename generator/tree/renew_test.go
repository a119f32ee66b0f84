package tree_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/generator/tree"
	"despatch/internal/naming"
	"despatch/internal/refusal"
)

func (a *authority) renew(to int, now time.Time) (*tree.State, error) {
	s, err := tree.Renew(a.dir, a.rootKey(), tree.RenewOptions{Now: now, HeadKey: a.head, RollbackTo: to, Heads: a.heads})
	if err == nil {
		must(a.t, a.heads.Save(s))
	}
	return s, err
}

func TestRenewSignsTheSameListUnderTheNextSerial(t *testing.T) {
	a := withEveryKind(t)
	before, old := files(t, a.dir), a.read()
	later := start.AddDate(0, 0, 3)
	s, err := a.renew(0, later)
	must(t, err)
	if s.Head.Serial != 3 || s.Head.Previous != old.HeadSum || !s.Head.ValidUntil.Equal(later.Add(96*time.Hour)) {
		t.Errorf("got %+v", s.Head)
	}
	if !slices.Equal(s.Head.Entries, old.Head.Entries) || !slices.Equal(before, files(t, a.dir)) {
		t.Error("the list or the files changed")
	}
	a.mustVerify(later.Add(95 * time.Hour))
}

func TestRenewByAHeadKeyThatTheKeysFileDoesNotNameIsRefused(t *testing.T) {
	a := withEveryKind(t)
	a.head = privateKey(9)
	if _, err := a.renew(0, start); err == nil {
		t.Error("a stranger's head key renewed the head")
	}
}

func TestRollbackSignsTheOldListUnderTheNextSerial(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	first := a.small()
	w := a.begin(first)
	a.shell(w, "two")
	added := a.pack(w, "900001/visits-full", "wrong")
	must(t, w.PutPublic(a.naming.Pub("mi-236-15"), []byte("<p>changed</p>")))
	a.commit(w, start.Add(time.Hour))
	s, err := a.renew(1, start.Add(2*time.Hour))
	must(t, err)
	if s.Head.Serial != 3 {
		t.Errorf("serial %d, want 3", s.Head.Serial)
	}
	for _, e := range first.Entries {
		inPlace := strings.HasSuffix(e.Path, ".id.age") || strings.HasPrefix(e.Path, "pub/")
		if _, ok := s.Lookup(e.Path); !ok && !inPlace && !strings.HasPrefix(e.Path, "k/") {
			t.Errorf("%s of the old list is not listed", e.Path)
		}
	}
	if _, ok := s.Lookup(added); ok {
		t.Error("a pack that came later is still listed")
	}
	if _, ok := s.Lookup("assets/app.one.css"); !ok {
		t.Error("an asset that old pages ask for is not listed")
	}
	if got := a.read(); got.HeadSum != s.HeadSum {
		t.Error("what was signed is not what is read")
	}
	a.mustVerify(start.Add(2 * time.Hour))
	if s, err = a.renew(2, start.Add(3*time.Hour)); err != nil || s.Head.Serial != 4 {
		t.Errorf("going forward again: %v", err)
	}
	a.mustVerify(start.Add(3 * time.Hour))
}

func TestRollbackKeepsPeopleWhoCameSince(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	w := a.begin(a.small())
	keepAll(t, w, a.read())
	account := naming.OpaqueAccount("00000000")
	e, err := w.Put("k/"+account, ".id.age", identityFile(7))
	must(t, err)
	a.commit(w, start)
	s, err := a.renew(1, start)
	must(t, err)
	if _, ok := s.Lookup(e.Path); !ok {
		t.Error("an account that was made since can sign in no more")
	}
	a.mustVerify(start)
}

func TestRollbackIsRefusedWhenListedFilesAreGone(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	w := a.begin(nil)
	pack := a.pack(w, "900001/visits-full", "before")
	base, _ := a.commit(w, start)
	w = a.begin(base)
	a.pack(w, "900001/visits-full", "after")
	o := a.at(start)
	o.Purge = []string{pack[:strings.IndexByte(pack, '.')]}
	base, _, err := w.Commit(o)
	must(t, err)
	must(t, a.heads.Save(base))
	if _, err := a.renew(1, start); refusal.Of(err) != refusal.Missing || !strings.Contains(err.Error(), pack) {
		t.Errorf("got %v, want a refusal that names %s", err, pack)
	}
	if got := a.read(); got.HeadSum != base.HeadSum {
		t.Error("the refused rollback wrote a head")
	}
	if _, err := a.renew(7, start); refusal.Of(err) != refusal.Missing {
		t.Errorf("a serial that never was: %v", err)
	}
	_, err = os.Stat(a.dir)
	must(t, err)
}
