package enrol_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
	"despatch/internal/sshsig"
	"despatch/office/enrol"
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
