package enrol_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/content"
	"despatch/generator/source"
	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
	"despatch/internal/naming"
	"despatch/internal/refusal"
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
	n := &northmoor{dir: t.TempDir()}
	err := content.Walk(func(path string, data []byte) error {
		file := filepath.Join(n.dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		return os.WriteFile(file, data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	if n.pass, err = enrol.Init(n.dir, "robin", day1); err != nil {
		t.Fatal(err)
	}
	if n.office, err = enrol.Unlock(n.dir, "", n.pass.Typed()); err != nil {
		t.Fatal(err)
	}
	n.read(t)
	return n
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
	people, err := n.office.Enrol(context.Background(), n.site, codes, false, day1, nil)
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

// seal seals text as a build does now.
func (n *northmoor) seal(t *testing.T, c access.Compartment, text string) []byte {
	t.Helper()
	to, _, ok, err := n.keys(t).Recipient(c)
	if err != nil || !ok {
		t.Fatalf("recipient of %s: %v %v", c.ID(), ok, err)
	}
	sealed, err := to.Seal(nil, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// check is the invariant after each step: every ring in the folder fits the site,
// the keys file is signed, and it names exactly the accounts' signing keys.
func (n *northmoor) check(t *testing.T) {
	t.Helper()
	s, err := enrol.ReadStatus(n.dir, n.site)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Drifts) > 0 || len(s.Unsigned) > 0 {
		t.Errorf("drifts %+v, unsigned %v", s.Drifts, s.Unsigned)
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

func TestRingsHoldExactlyTheHoldings(t *testing.T) {
	n := newNorthmoor(t)
	people := n.enrol(t, n.site.AccountCodes()...)
	n.check(t)
	for _, p := range people {
		r := n.ring(t, n.identity(t, p))
		var held []access.Compartment
		for _, place := range r.Places {
			c := access.Compartment{School: strings.TrimPrefix(place.School, "-"), Kind: place.Kind}
			held = append(held, c)
			if plain, err := place.Key.Open(n.seal(t, c, "x")); err != nil || string(plain) != "x" {
				t.Errorf("%s: %s does not open: %v", p.Account.Code, c.ID(), err)
			}
			if k := n.keys(t).Naming; place.Root != k.Root(c.ID()) || place.Secret != k.Secret(c.ID(), place.Epoch) {
				t.Errorf("%s: root or secret of %s is another", p.Account.Code, c.ID())
			}
		}
		if want := n.site.Holdings(p.Account); !slices.Equal(held, want) {
			t.Errorf("%s holds %v, want %v", p.Account.Code, held, want)
		}
		if r.Holder != p.Account.Name {
			t.Errorf("%s: holder %q, want %q", p.Account.Code, r.Holder, p.Account.Name)
		}
	}
}

// colleagues are two accounts of one school with the same role or not, and one of
// another school.
func colleagues(t *testing.T, n *northmoor) (a, b, other string) {
	t.Helper()
	for _, a = range n.site.AccountCodes() {
		for _, b = range n.site.AccountCodes() {
			for _, other = range n.site.AccountCodes() {
				x, y, z := n.site.Accounts[a].Schools, n.site.Accounts[b].Schools, n.site.Accounts[other].Schools
				if a != b && len(x) == 1 && len(y) == 1 && len(z) == 1 && x[0].School == y[0].School && z[0].School != x[0].School &&
					slices.Contains(x[0].Roles, "headteacher") && slices.Contains(z[0].Roles, "headteacher") {
					return a, b, other
				}
			}
		}
	}
	t.Fatal("the content has no two people at one school")
	return "", "", ""
}

func TestRemovedPersonOpensNothingBuiltAfterwards(t *testing.T) {
	n := newNorthmoor(t)
	a, b, other := colleagues(t, n)
	people := n.enrol(t, a, b, other)
	old := n.ring(t, n.identity(t, people[0]))
	otherHeads := n.ring(t, n.identity(t, people[2]))
	n.publish(t, old)

	done, err := n.office.Remove(context.Background(), n.site, a, day2, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(done.Rotated) != len(old.Places) {
		t.Errorf("%d compartments rotated, want the %d of the ring", len(done.Rotated), len(old.Places))
	}
	for _, c := range n.site.Holdings(n.site.Accounts[a]) {
		sealed := n.seal(t, c, "built afterwards")
		if _, err := old.Open(sealed); refusal.Of(err) != refusal.Locked {
			t.Errorf("%s: the removed person's ring gives %v, want locked", c.ID(), err)
		}
	}
	for i, p := range people[1:] {
		r := n.ring(t, n.identity(t, p))
		for _, c := range n.site.Holdings(p.Account) {
			if plain, err := r.Open(n.seal(t, c, "x")); err != nil || string(plain) != "x" {
				t.Errorf("colleague %d cannot open %s: %v", i, c.ID(), err)
			}
		}
	}
	for i, place := range n.ring(t, n.identity(t, people[2])).Places {
		shared := slices.ContainsFunc(old.Places, func(p keyring.Place) bool { return p.School == place.School && p.Kind == place.Kind })
		if before := otherHeads.Places[i]; shared != (place.Epoch == before.Epoch+1) || shared == (place.Key.Recipient() == before.Key.Recipient()) {
			t.Errorf("another school's headteacher: key of %s/%s went from epoch %d to %d", place.School, place.Kind, before.Epoch, place.Epoch)
		}
	}
	n.gone(t, a, old)
	delete(n.site.Accounts, a)
	n.check(t)
	if _, err := n.office.Remove(context.Background(), n.site, a, day2, nil); err == nil {
		t.Error("a removed person was removed once more")
	}
}

// publish puts an index of the first compartment of the ring into public/.
func (n *northmoor) publish(t *testing.T, r *keyring.Ring) {
	t.Helper()
	place := r.Places[0]
	index, err := json.Marshal(map[string]any{
		"packs": []any{map[string]any{"path": "b/3f/" + strings.Repeat("3f", 16) + ".0123456789abcdef.age"}},
		"files": []any{map[string]any{"path": "b/4f/" + strings.Repeat("4f", 16) + ".0123456789abcdef.age"}, map[string]any{"path": ""}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := access.Compartment{School: strings.TrimPrefix(place.School, "-"), Kind: place.Kind}
	file := filepath.Join(n.dir, "public", filepath.FromSlash(naming.IndexPath(place.Secret))+".0123456789abcdef.age")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, n.seal(t, c, string(index)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// gone checks that the files of a removed person are deleted or to be purged.
func (n *northmoor) gone(t *testing.T, code string, old *keyring.Ring) {
	t.Helper()
	opaque := naming.OpaqueAccount(code)
	purge, err := n.keys(t).Purge()
	if err != nil {
		t.Fatal(err)
	}
	for _, stem := range []string{
		"b/3f/" + strings.Repeat("3f", 16), "b/4f/" + strings.Repeat("4f", 16),
		naming.IndexPath(old.Places[0].Secret), "k/" + opaque, "k/" + opaque + "-" + n.keys(t).Naming.RingMark(opaque),
	} {
		if !slices.Contains(purge, stem) {
			t.Errorf("%s is not on the purge list %v", stem, purge)
		}
	}
	files, err := n.keys(t).AccountFiles()
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(files, func(f buildkeys.File) bool { return f.Opaque == opaque }) {
		t.Error("the removed person's files would still be published")
	}
	if err := n.keys(t).ClearPurge(purge[:1]); err != nil {
		t.Fatal(err)
	}
	if left, err := n.keys(t).Purge(); err != nil || !slices.Equal(left, purge[1:]) {
		t.Errorf("after clearing one: %v, %v", left, err)
	}
}

func TestRefreshTakesAwayWhatIsNoLongerHeld(t *testing.T) {
	n := newNorthmoor(t)
	a, b, _ := colleagues(t, n)
	people := n.enrol(t, a, b)
	old := n.ring(t, n.identity(t, people[0]))
	changed := *n.site.Accounts[a]
	changed.Schools = []access.Place{{School: changed.Schools[0].School, Roles: []string{"governor"}}}
	n.site.Accounts[a] = &changed

	drifts, err := enrol.Drifts(n.dir, n.site)
	if err != nil || len(drifts) != 1 || drifts[0].Code != a || len(drifts[0].Lost) == 0 {
		t.Fatalf("drifts %+v, %v", drifts, err)
	}
	done, err := n.office.Refresh(context.Background(), n.site, day2, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(done.Rotated, drifts[0].Lost) {
		t.Errorf("rotated %v, want %v", done.Rotated, drifts[0].Lost)
	}
	n.check(t)
	now := n.ring(t, n.identity(t, people[0]))
	if len(now.Places) != len(n.site.Holdings(&changed)) {
		t.Errorf("the new ring holds %d compartments", len(now.Places))
	}
	for _, c := range drifts[0].Lost {
		if _, err := old.Open(n.seal(t, c, "x")); refusal.Of(err) != refusal.Locked {
			t.Errorf("the old ring still opens %s (%v)", c.ID(), err)
		}
	}
	again, err := n.office.Refresh(context.Background(), n.site, day2, nil)
	if err != nil || len(again.Rotated)+len(again.Rings) != 0 {
		t.Errorf("a second refresh did %+v, %v", again, err)
	}
}

func TestEnrolAgainReplacesTheKeys(t *testing.T) {
	n := newNorthmoor(t)
	code := n.site.AccountCodes()[0]
	first := n.enrol(t, code)[0]
	before := n.keys(t).Parsed
	if _, err := n.office.Enrol(context.Background(), n.site, []string{code}, false, day2, nil); err == nil || !strings.Contains(err.Error(), "--again") {
		t.Errorf("enrolled twice: %v", err)
	}
	old := n.identity(t, first)
	people, err := n.office.Enrol(context.Background(), n.site, []string{code}, true, day2, nil)
	if err != nil {
		t.Fatal(err)
	}
	sealed := n.file(t, buildkeys.IdentityPath(naming.OpaqueAccount(code)))
	if _, err := keyring.OpenIdentity(sealed, first.Passphrase.Typed()); refusal.Of(err) != refusal.Locked {
		t.Errorf("the old passphrase gives %v, want locked", err)
	}
	id := n.identity(t, people[0])
	if id.SigningKey() == old.SigningKey() || id.Key.Recipient() == old.Key.Recipient() {
		t.Error("a key stayed the same")
	}
	n.check(t)
	after := n.keys(t).Parsed
	if after.Serial != before.Serial+1 || len(after.Accounts) != 2 {
		t.Errorf("keys file went from serial %d to %d with %d lines", before.Serial, after.Serial, len(after.Accounts))
	}
	for _, a := range after.Accounts {
		if a.Key == old.SigningKey() && !a.Until.Equal(day2) {
			t.Errorf("the old signing key ends at %v, want %v", a.Until, day2)
		}
	}
}

func TestEnrolRefuses(t *testing.T) {
	n := newNorthmoor(t)
	code := n.site.AccountCodes()[0]
	n.site.Accounts["ZZZZZZZ0"] = &access.Account{Code: "ZZZZZZZ0", Name: "Nobody"}
	for _, c := range []struct{ code, want string }{
		{"ZZZZZZZZ", "there is no account ZZZZ-ZZZZ: content/accounts/zzzzzzzz.yaml is not there"},
		{"ZZZZZZZ0", "may read nothing"},
	} {
		_, err := n.office.Enrol(context.Background(), n.site, []string{code, c.code}, false, day1, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.code, err, c.want)
		}
	}
	if ids, err := buildkeys.Accounts(n.dir); err != nil || len(ids) != 0 {
		t.Errorf("a refused command made keys of %v (%v)", ids, err)
	}
}

func TestUnlockRefuses(t *testing.T) {
	n := newNorthmoor(t)
	wrong, err := keyring.ParseTyped("legal winner thank year wave sausage worth")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := enrol.Unlock(n.dir, "", wrong); refusal.Of(err) != refusal.Locked || !strings.Contains(err.Error(), "officer robin: the passphrase is wrong") {
		t.Errorf("wrong passphrase: %v", err)
	}
	if _, err := enrol.Unlock(n.dir, "ash", wrong); err == nil || !strings.Contains(err.Error(), `there is no officer "ash" (there are: robin)`) {
		t.Errorf("unknown officer: %v", err)
	}
	if _, err := enrol.Unlock(t.TempDir(), "", wrong); err == nil || !strings.Contains(err.Error(), "no keys yet") {
		t.Errorf("no keys: %v", err)
	}
	if _, err := enrol.Init(n.dir, "robin", day1); err == nil || !strings.Contains(err.Error(), "has keys already") {
		t.Errorf("second init: %v", err)
	}
	if p, err := enrol.Init(t.TempDir(), "Robin Vale", day1); err == nil {
		t.Errorf("an officer with a space in the name was made (%v)", p)
	}
}

func TestTwoOfficersOpenTheSame(t *testing.T) {
	n := newNorthmoor(t)
	if _, err := n.office.EnsureCompartments(context.Background(), n.site, nil); err != nil {
		t.Fatal(err)
	}
	pass, err := n.office.AddOfficer(context.Background(), "ash", nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := enrol.Unlock(n.dir, "ash", pass.Typed())
	if err != nil {
		t.Fatal(err)
	}
	code := n.site.AccountCodes()[0]
	if _, err := second.Enrol(context.Background(), n.site, []string{code}, false, day1, nil); err != nil {
		t.Errorf("the second officer cannot enrol: %v", err)
	}
	if _, err := enrol.Unlock(n.dir, "", pass.Typed()); err == nil || !strings.Contains(err.Error(), "--officer") {
		t.Errorf("unlocking without a name: %v", err)
	}
	if _, err := n.office.AddOfficer(context.Background(), "Ash", nil); err == nil {
		t.Error("two officers differ in case only")
	}
	n.check(t)
}

func TestMakingKeysReplacesNone(t *testing.T) {
	n := newNorthmoor(t)
	made, err := n.office.EnsureCompartments(context.Background(), n.site, nil)
	want := len(n.site.Schools)*len(n.site.Vocabulary.SchoolKinds()) + len(n.site.Vocabulary.AuthorityKinds())
	if err != nil || made != want {
		t.Fatalf("made %d, %v; want %d", made, err, want)
	}
	before := n.snapshot(t)
	if made, err := n.office.EnsureCompartments(context.Background(), n.site, nil); err != nil || made != 0 {
		t.Errorf("made %d more, %v", made, err)
	}
	if err := n.office.SignKeys(n.site, day2); err != nil {
		t.Fatal(err)
	}
	if after := n.snapshot(t); after != before {
		t.Error("files changed though nothing was missing")
	}
}

// snapshot is all names and bytes of the folder.
func (n *northmoor) snapshot(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	err := filepath.WalkDir(n.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %x\n", path, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestForeignRecipientIsRefused(t *testing.T) {
	n := newNorthmoor(t)
	if _, err := n.office.EnsureCompartments(context.Background(), n.site, nil); err != nil {
		t.Fatal(err)
	}
	school := n.site.SchoolKeys()[0]
	r, err := buildkeys.LoadRecipients(n.dir, school)
	if err != nil {
		t.Fatal(err)
	}
	k, err := keyring.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	r.Lines[2].Recipient = k.Recipient()
	file := filepath.Join(n.dir, filepath.FromSlash(buildkeys.RecipientsPath(school)))
	if err := os.WriteFile(file, buildkeys.FormatRecipients(r.Lines), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := n.office.EnsureCompartments(context.Background(), n.site, nil); err == nil || !strings.Contains(err.Error(), "is not of the key that private/ holds") {
		t.Errorf("a stranger's recipient: %v", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if made, err := n.office.EnsureCompartments(context.Background(), n.site, nil); err != nil || made != 0 {
		t.Errorf("after deleting it: made %d, %v", made, err)
	}
}

func TestRotationInterruptedBeforePublishingIsMended(t *testing.T) {
	n := newNorthmoor(t)
	code := n.site.AccountCodes()[0]
	n.enrol(t, code)
	c := n.site.Holdings(n.site.Accounts[code])[0]
	name := filepath.Join(n.dir, filepath.FromSlash(buildkeys.RecipientsPath(c.School)))
	before := n.file(t, buildkeys.RecipientsPath(c.School))
	if _, err := n.office.Rotate(context.Background(), n.site, []access.Compartment{c}, day2, nil); err != nil {
		t.Fatal(err)
	}
	want := n.file(t, buildkeys.RecipientsPath(c.School))
	if err := os.WriteFile(name, before, 0o644); err != nil { // as if the power had gone after the bundle
		t.Fatal(err)
	}
	if _, err := n.office.EnsureCompartments(context.Background(), n.site, nil); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(n.file(t, buildkeys.RecipientsPath(c.School)), want) {
		t.Error("the recipients are still of the old epoch")
	}
	n.check(t)
}

func TestTargetsOfRotation(t *testing.T) {
	n := newNorthmoor(t)
	if _, err := n.office.EnsureCompartments(context.Background(), n.site, nil); err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]int{
		"900001": len(n.site.Vocabulary.SchoolKinds()), "la": len(n.site.Vocabulary.AuthorityKinds()),
		"900001/visits-full": 1, "la/role-headteacher": 1, "-/role-headteacher": 1,
		"999999": -1, "900001/nonsense": -1, "900001/": -1, "": -1,
	} {
		got, err := enrol.ParseTargets(n.dir, []string{target})
		if want < 0 && err == nil {
			t.Errorf("%q was taken as %v", target, got)
		}
		if want >= 0 && (err != nil || len(got) != want) {
			t.Errorf("%q: %d compartments, %v; want %d", target, len(got), err, want)
		}
	}
}
