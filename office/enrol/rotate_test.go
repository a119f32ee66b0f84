package enrol_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"despatch/generator/tree"
	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
	"despatch/internal/naming"
	"despatch/internal/refusal"
	"despatch/office/enrol"
	"despatch/records/access"
)

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

func TestOldLetterOpensNothingBuiltAfterwards(t *testing.T) {
	n := newNorthmoor(t)
	a, b, _ := colleagues(t, n)
	people := n.enrol(t, a, b)
	old := n.ring(t, n.identity(t, people[0]))
	again, done, err := n.office.Replace(context.Background(), n.site, []string{a}, day2, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(done.Rotated) != len(old.Places) || !slices.Contains(done.Rings, b) {
		t.Errorf("%d compartments rotated and rings %v sealed, want %d and that of %s", len(done.Rotated), done.Rings, len(old.Places), b)
	}
	r := n.ring(t, n.identity(t, again[0]))
	for _, c := range n.site.Holdings(n.site.Accounts[a]) {
		sealed := n.seal(t, c, "built afterwards")
		if _, err := old.Open(sealed); refusal.Of(err) != refusal.Locked {
			t.Errorf("%s: the old letter's ring gives %v, want locked", c.ID(), err)
		}
		if plain, err := r.Open(sealed); err != nil || string(plain) != "built afterwards" {
			t.Errorf("%s: the new letter's ring does not open it: %v", c.ID(), err)
		}
	}
	opaque := naming.OpaqueAccount(a)
	purge, err := n.keys(t).Purge()
	if err != nil || !slices.Contains(purge, "k/"+opaque+"-"+n.keys(t).Naming.RingMark(opaque)) {
		t.Errorf("the published old ring is not on the purge list %v (%v)", purge, err)
	}
	n.check(t)
}

// publish puts an index of the first compartment of the ring into public/.
func (n *northmoor) publish(t *testing.T, r *keyring.Ring) {
	t.Helper()
	place := r.Places[0]
	sum := strings.Repeat("ab", 32)
	path := func(xx string) string { return "b/" + xx + "/" + strings.Repeat(xx, 16) + "." + sum[:16] + ".age" }
	index := &tree.Index{
		Compartment: place.Kind, Root: place.Root, Epoch: place.Epoch,
		Packs: []tree.IndexPack{{Path: path("3f"), SHA256: sum, Names: []string{"8899aabbccddeeff.html", "0123456789abcdef.pdf"}}},
		Files: []tree.IndexFile{
			{Name: "0123456789abcdef.pdf", Type: "application/pdf", Title: "Report.pdf", Size: 1200},
			{Name: "1123456789abcdef.pdf", Path: path("4f"), SHA256: sum, Type: "application/pdf", Title: "Plan.pdf", Size: 2 << 20},
		},
	}
	text, err := tree.FormatIndex(index)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := tree.AppendIndex(nil, index, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := access.Compartment{School: strings.TrimPrefix(place.School, "-"), Kind: place.Kind}
	file := filepath.Join(n.dir, "public", filepath.FromSlash(naming.IndexPath(place.Secret))+".0123456789abcdef.age")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, n.seal(t, c, string(plain)), 0o644); err != nil {
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
		"900001": len(n.site.SchoolKinds("900001")), "la": len(n.site.Vocabulary.AuthorityKinds()),
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
