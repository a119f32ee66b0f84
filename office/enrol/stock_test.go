package enrol_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
	"despatch/internal/naming"
	"despatch/internal/seal"
	"despatch/records/access"
)

// stockAge is the folder of age 1.3.2 as its authors publish it.
func stockAge(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../.tools")
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{dir, filepath.Join(dir, "bin")} {
		if _, err := os.Stat(filepath.Join(at, "age")); err == nil {
			return at
		}
	}
	t.Fatal("stock age is not there: run scripts/need.sh age")
	return ""
}

// age runs stock age in dir and gives its output; ok is false when it refuses.
func age(t *testing.T, dir string, env []string, args ...string) (out []byte, ok bool) {
	t.Helper()
	bin := stockAge(t)
	c := exec.Command(filepath.Join(bin, "age"), args...)
	c.Dir, c.Env = dir, append(append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH")), env...)
	out, err := c.Output()
	return out, err == nil
}

func TestStockAgeGoesFromPassphraseToPack(t *testing.T) {
	stockAge(t)
	n := newNorthmoor(t)
	a, _, other := colleagues(t, n)
	people := n.enrol(t, a, other)
	opaque := naming.OpaqueAccount(a)
	work := t.TempDir()
	pass := []string{"AGE_PASSPHRASE=" + people[0].Passphrase.Reveal(), "AGE_PASSPHRASE_MAX_WORK_FACTOR=16"}

	me, ok := age(t, n.dir, pass, "-d", "-j", "batchpass", buildkeys.IdentityPath(opaque))
	if !ok || !bytes.Equal(me, keyring.FormatIdentity(n.identity(t, people[0]))) {
		t.Fatal("stock age does not open the identity file with the passphrase")
	}
	if _, ok := age(t, n.dir, []string{"AGE_PASSPHRASE=legal-winner-thank-year-wave-sausage-worth"}, "-d", "-j", "batchpass", buildkeys.IdentityPath(opaque)); ok {
		t.Error("stock age opens the identity file with another passphrase")
	}
	save(t, work, "me.txt", me)
	ring, ok := age(t, n.dir, nil, "-d", "-i", filepath.Join(work, "me.txt"), buildkeys.RingPath(opaque))
	if !ok {
		t.Fatal("stock age does not open the ring with the identity")
	}
	if _, ok := age(t, n.dir, nil, "-d", "-i", filepath.Join(work, "me.txt"), buildkeys.RingPath(naming.OpaqueAccount(other))); ok {
		t.Error("stock age opens another person's ring")
	}
	save(t, work, "ring.txt", ring)
	for _, c := range n.site.Holdings(people[0].Account) {
		save(t, work, "pack.age", n.seal(t, c, "pages of "+c.ID()))
		if plain, ok := age(t, work, nil, "-d", "-i", "ring.txt", "pack.age"); !ok || string(plain) != "pages of "+c.ID() {
			t.Errorf("stock age does not open %s with the ring", c.ID())
		}
	}
	foreign := access.Compartment{School: people[1].Account.Schools[0].School, Kind: "visits-full"}
	save(t, work, "foreign.age", n.seal(t, foreign, "x"))
	if _, ok := age(t, work, nil, "-d", "-i", "ring.txt", "foreign.age"); ok {
		t.Error("stock age opens another school's pack with the ring")
	}
}

func TestStockToolsOpenWhatOfficersKeep(t *testing.T) {
	stockAge(t)
	n := newNorthmoor(t)
	person := n.enrol(t, n.site.AccountCodes()[0])[0]
	work := t.TempDir()
	pass := []string{"AGE_PASSPHRASE=" + n.pass.Reveal(), "AGE_PASSPHRASE_MAX_WORK_FACTOR=16"}
	officer, ok := age(t, n.dir, pass, "-d", "-j", "batchpass", buildkeys.OfficerKeysDir+"/robin.id.age")
	if !ok {
		t.Fatal("stock age does not open the officer's file")
	}
	save(t, work, "officer.txt", officer)
	root, ok := age(t, n.dir, nil, "-d", "-i", filepath.Join(work, "officer.txt"), buildkeys.RootKeyFile)
	if !ok {
		t.Fatal("stock age does not open the root key")
	}
	save(t, work, "root", root)
	out, err := exec.Command("ssh-keygen", "-y", "-f", filepath.Join(work, "root")).Output()
	if want := strings.TrimSpace(string(n.file(t, buildkeys.RootFile))); err != nil || !strings.HasPrefix(string(out), want) {
		t.Errorf("ssh-keygen sees another key in the root file: %s, %v", out, err)
	}
	if _, ok := age(t, n.dir, nil, "-d", "-i", filepath.Join(work, "officer.txt"), buildkeys.BundlePath(person.Account.Schools[0].School)); !ok {
		t.Error("stock age does not open a bundle of school keys")
	}
	if kind, _, err := seal.Inspect(n.file(t, buildkeys.OfficerKeysDir+"/robin.id.age")); err != nil || kind != seal.Scrypt {
		t.Errorf("the officer's file is sealed as %s, %v", kind, err)
	}
}

func save(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}
