package enrol_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
	"despatch/internal/naming"
	"despatch/internal/refusal"
	"despatch/internal/sshsig"
	"despatch/office/enrol"
	"despatch/records/access"
)

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
	if _, err := second.Enrol(context.Background(), n.site, []string{code}, day1, nil); err != nil {
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

func TestRemovedOfficerOpensNothingSealedAfterwards(t *testing.T) {
	n := newNorthmoor(t)
	if _, err := n.office.EnsureCompartments(context.Background(), n.site, nil); err != nil {
		t.Fatal(err)
	}
	pass, err := n.office.AddOfficer(context.Background(), "ash", nil)
	if err != nil {
		t.Fatal(err)
	}
	sealed := n.file(t, buildkeys.OfficerKeysDir+"/ash.id.age")
	ash, err := keyring.OpenOfficer(sealed, pass.Typed())
	if err != nil {
		t.Fatal(err)
	}
	files := []string{buildkeys.RootKeyFile, buildkeys.BundlePath(""), buildkeys.BundlePath(n.site.SchoolKeys()[0])}
	for _, name := range files {
		if _, err := ash.Key.Open(n.file(t, name)); err != nil {
			t.Errorf("before: %s: %v", name, err)
		}
	}
	for name, want := range map[string]string{"robin": "robin is you", "morgan": `there is no officer "morgan" (there are: ash, robin)`} {
		if err := n.office.RemoveOfficer(context.Background(), name, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("removing %s: %v, want %q", name, err, want)
		}
	}
	if err := n.office.RemoveOfficer(context.Background(), "ash", nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if _, err := ash.Key.Open(n.file(t, name)); refusal.Of(err) != refusal.Locked {
			t.Errorf("afterwards: %s gives %v, want locked", name, err)
		}
	}
	for _, name := range []string{buildkeys.OfficerKeysDir + "/ash.id.age", buildkeys.OfficersDir + "/ash.pub"} {
		if _, err := os.Stat(filepath.Join(n.dir, filepath.FromSlash(name))); !os.IsNotExist(err) {
			t.Errorf("%s is still there (%v)", name, err)
		}
	}
	// What the stranger kept of the public half is not let in again.
	if err := os.WriteFile(filepath.Join(n.dir, "public-keys/officers/ash.pub"), []byte(ash.Key.Recipient()+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := enrol.Unlock(n.dir, "robin", n.pass.Typed()); refusal.Of(err) != refusal.Signature || !strings.Contains(err.Error(), "public-keys/officers/ash.pub") {
		t.Errorf("an officer put back by hand: %v", err)
	}
}

func TestStrangersRecipientOfAnAccountIsNotSealedTo(t *testing.T) {
	n := newNorthmoor(t)
	code := n.site.AccountCodes()[0]
	n.enrol(t, code)
	opaque := naming.OpaqueAccount(code)
	k, err := keyring.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := buildkeys.LoadAccount(n.dir, opaque)
	if err != nil {
		t.Fatal(err)
	}
	good := n.file(t, buildkeys.AccountPath(opaque))
	keys.Recipient = k.Recipient()
	text, err := buildkeys.FormatAccount(keys)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(n.dir, filepath.FromSlash(buildkeys.AccountPath(opaque)))
	save(t, filepath.Dir(file), filepath.Base(file), text)
	c := n.site.Holdings(n.site.Accounts[code])[0]
	if _, err := n.office.Rotate(context.Background(), n.site, []access.Compartment{c}, day2, nil); refusal.Of(err) != refusal.Signature {
		t.Errorf("a rotation sealed a ring to a stranger: %v", err)
	}
	if r := n.file(t, buildkeys.RingPath(opaque)); func() bool { _, err := keyring.OpenRing(r, k, opaque); return err == nil }() {
		t.Error("the stranger opens the ring")
	}
	if faults, err := buildkeys.Faults(n.dir); err != nil || !slices.ContainsFunc(faults, func(f buildkeys.Fault) bool { return f.File == buildkeys.AccountPath(opaque) }) {
		t.Errorf("faults %v, %v", faults, err)
	}
	save(t, filepath.Dir(file), filepath.Base(file), good)
	if _, err := n.office.Rotate(context.Background(), n.site, []access.Compartment{c}, day2, nil); err != nil {
		t.Fatal(err)
	}
	n.check(t)
}

func TestMakingKeysReplacesNone(t *testing.T) {
	n := newNorthmoor(t)
	made, err := n.office.EnsureCompartments(context.Background(), n.site, nil)
	want := len(n.site.Vocabulary.AuthorityKinds())
	for urn := range n.site.Schools {
		want += len(n.site.SchoolKinds(urn))
	}
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

func TestStolenHeadKeySignsNoMore(t *testing.T) {
	n := newNorthmoor(t)
	stolen := sshsig.PublicOf(n.keys(t).HeadKey)
	if err := n.office.DropHead(n.site, stolen, day2); err == nil || !strings.Contains(err.Error(), "own head key") {
		t.Errorf("dropping this machine's own: %v", err)
	}
	if err := n.office.NewHead(n.site, day2); err != nil {
		t.Fatal(err)
	}
	k := n.keys(t)
	if k.Parsed.IsHead(stolen) || len(k.Parsed.Heads) != 1 || k.Parsed.Serial != 2 {
		t.Errorf("the keys file names %v at serial %d", k.Parsed.Heads, k.Parsed.Serial)
	}
	if err := n.office.DropHead(n.site, stolen, day2); err == nil || !strings.Contains(err.Error(), "names no head key") {
		t.Errorf("dropping it again: %v", err)
	}
}

func TestSecondBuildingMachineHasItsOwnHeadKey(t *testing.T) {
	n := newNorthmoor(t)
	first := sshsig.PublicOf(n.keys(t).HeadKey)
	if err := os.Remove(filepath.Join(n.dir, filepath.FromSlash(buildkeys.HeadKeyFile))); err != nil {
		t.Fatal(err)
	}
	if err := n.office.NewHead(n.site, day2); err != nil {
		t.Fatal(err)
	}
	if k := n.keys(t).Parsed; !k.IsHead(first) || len(k.Heads) != 2 {
		t.Errorf("the keys file names %v", k.Heads)
	}
	if err := n.office.DropHead(n.site, first, day2); err != nil {
		t.Fatal(err)
	}
	if k := n.keys(t).Parsed; k.IsHead(first) || len(k.Heads) != 1 {
		t.Errorf("after dropping the first machine's: %v", k.Heads)
	}
}
