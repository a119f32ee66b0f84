package enrol_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"despatch/content"
	"despatch/generator/source"
	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
	"despatch/internal/naming"
	"despatch/internal/seal"
	"despatch/office/enrol"
	"despatch/records/access"
)

var (
	day1 = time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC)
	day2 = day1.AddDate(0, 0, 1)
)

// northmoor is the folder of the fictional authority, with its first keys.
type northmoor struct {
	dir    string
	pass   keyring.Passphrase
	office *enrol.Office
	site   *source.Site
}

func newNorthmoor(t *testing.T) *northmoor {
	t.Helper()
	o := theOriginal()
	if o.err != nil {
		t.Fatal(o.err)
	}
	n := &northmoor{dir: t.TempDir(), pass: o.pass}
	if err := os.CopyFS(n.dir, os.DirFS(o.dir)); err != nil {
		t.Fatal(err)
	}
	err := fs.WalkDir(os.DirFS(o.dir), "private", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return os.Chmod(filepath.Join(n.dir, filepath.FromSlash(name)), info.Mode().Perm()) // a copy does not keep it
	})
	if err != nil {
		t.Fatal(err)
	}
	n.office = o.office.At(n.dir)
	n.read(t)
	return n
}

// An original is the folder that each test gets a copy of: its officer's key is
// sealed and opened once, for that is made to be slow.
type original struct {
	dir    string
	pass   keyring.Passphrase
	office *enrol.Office
	err    error
}

var theOriginal = sync.OnceValue(func() (o original) {
	if o.dir, o.err = os.MkdirTemp("", "despatch-enrol-"); o.err != nil {
		return o
	}
	o.err = content.Walk(func(path string, data []byte) error {
		file := filepath.Join(o.dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		return os.WriteFile(file, data, 0o644)
	})
	if o.err != nil {
		return o
	}
	if o.pass, o.err = enrol.Init(o.dir, "robin", day1); o.err != nil {
		return o
	}
	o.office, o.err = enrol.Unlock(o.dir, "", o.pass.Typed())
	return o
})

func TestMain(m *testing.M) {
	code := m.Run()
	if o := theOriginal(); o.dir != "" {
		os.RemoveAll(o.dir)
	}
	os.Exit(code)
}

// read reads the site again.
func (n *northmoor) read(t *testing.T) {
	t.Helper()
	f, err := source.Open(n.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	l, problems, err := f.Scan()
	if err != nil {
		t.Fatal(err)
	}
	site, more := f.Site(l)
	for _, p := range append(problems, more...) {
		if !p.Warning {
			t.Fatalf("problem in the content: %v", p)
		}
	}
	n.site = site
}

func (n *northmoor) enrol(t *testing.T, codes ...string) []enrol.Enrolled {
	t.Helper()
	people, err := n.office.Enrol(context.Background(), n.site, codes, day1, nil)
	if err != nil {
		t.Fatal(err)
	}
	return people
}

// identity opens the published identity file of an account.
func (n *northmoor) identity(t *testing.T, p enrol.Enrolled) *keyring.Identity {
	t.Helper()
	id, err := keyring.OpenIdentity(n.file(t, buildkeys.IdentityPath(naming.OpaqueAccount(p.Account.Code))), p.Passphrase.Typed())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (n *northmoor) ring(t *testing.T, id *keyring.Identity) *keyring.Ring {
	t.Helper()
	opaque := naming.OpaqueAccount(id.Code)
	r, err := keyring.OpenRing(n.file(t, buildkeys.RingPath(opaque)), id.Key, opaque)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (n *northmoor) file(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(n.dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (n *northmoor) keys(t *testing.T) *buildkeys.Keys {
	t.Helper()
	k, err := buildkeys.Load(n.dir)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// recipients are those of a school's compartments, which the root signed.
func (n *northmoor) recipients(t *testing.T, school string) *buildkeys.Recipients {
	t.Helper()
	r, err := n.keys(t).School(school)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// seal seals text as a build does now.
func (n *northmoor) seal(t *testing.T, c access.Compartment, text string) []byte {
	t.Helper()
	l, _ := n.recipients(t, c.School).Find(c.Kind)
	to, err := seal.ParseRecipient(l.Recipient)
	if err != nil {
		t.Fatalf("recipient of %s: %v", c.ID(), err)
	}
	sealed, err := to.Seal(nil, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// check is the invariant after each step: every ring in the folder fits the site,
// the root signed every recipient and the keys file, and that names exactly the
// accounts' signing keys.
func (n *northmoor) check(t *testing.T) {
	t.Helper()
	s, err := enrol.ReadStatus(n.dir, n.site)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Drifts) > 0 || len(s.Unsigned) > 0 || len(s.Faults) > 0 {
		t.Errorf("drifts %+v, unsigned %v, faults %v", s.Drifts, s.Unsigned, s.Faults)
	}
	open := 0
	for _, a := range s.Keys.Accounts {
		if a.Until.IsZero() {
			open++
		}
	}
	if open != s.Accounts {
		t.Errorf("the keys file names %d open accounts of %d", open, s.Accounts)
	}
}
