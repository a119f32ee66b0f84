package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var keepFormats = flag.Bool("keep-formats", false, "write testdata/formats/1.tar.gz, when a format is released")

// kept is what was kept of a released format, and how it is looked at with stock
// tools alone: testdata/formats/README says how it was made.
const kept = "testdata/formats/1.tar.gz"

const lookAtReleased = `
split() { sed '/^-----BEGIN SSH SIGNATURE-----$/,$d' $1 > $1.txt; sed -n '/^-----BEGIN SSH SIGNATURE-----$/,$p' $1 > $1.sig; }
split keys; split head; split receipt
sed 's/^/authority /' root.pub > roots
ssh-keygen -Y verify -f roots -I authority -n despatch-keys -s keys.sig < keys.txt
sed -n 's/^head /authority /p' keys.txt > heads
ssh-keygen -Y verify -f heads -I authority -n despatch-head -s head.sig < head.txt
grep -E "^$(sha256sum keys | cut -c1-64)  keys[.]" head.txt
sed -n 's/^receipt /box /p' keys.txt > boxes
ssh-keygen -Y verify -f boxes -I box -n despatch-receipt -s receipt.sig < receipt.txt
grep -E "^record [^ ]+ [^ ]+ [^ ]+ $(sha256sum deposit.age | cut -c1-64) " receipt`

// TestWhatWasReleasedVerifiesForEver looks at the receipt, head, keys file and store
// that were kept of the first release. It must not be made anew for a change of the
// program: what it says is what lies at schools.
func TestWhatWasReleasedVerifiesForEver(t *testing.T) {
	program, err := boxProgram()
	must(t, err)
	if *keepFormats {
		keepReleased(t)
	}
	dir := t.TempDir()
	if out, err := exec.Command("tar", "-xzf", kept, "-C", dir).CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	// A deposit lies under its SHA-256.
	deposits, err := filepath.Glob(filepath.Join(dir, "box", "store", "deposit", "*", "*"))
	must(t, err)
	if len(deposits) != 1 {
		t.Fatalf("the store holds %q", deposits)
	}
	must(t, os.Link(deposits[0], filepath.Join(dir, "deposit.age")))
	look := func() (string, error) {
		c := exec.Command("bash", "-euo", "pipefail", "-c", lookAtReleased)
		c.Dir = dir
		out, err := c.CombinedOutput()
		return string(out), err
	}
	if out, err := look(); err != nil || strings.Count(out, "Good ") != 3 {
		t.Fatalf("%v\n%s", err, out)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	if said := despatch(t, "verify-receipt", at("receipt"), "--keys", at("keys"), "--root", at("root.pub"), "--deposit", at("deposit.age")); !strings.Contains(said, "the receipt is good") {
		t.Errorf("verify-receipt says %s", said)
	}
	if out, err := exec.Command(program, "-C", at("box"), "check").CombinedOutput(); err != nil || !strings.Contains(string(out), "all of them whole") {
		t.Errorf("despatchbox check: %v\n%s", err, out)
	}
	for _, name := range []string{"receipt", "head", "keys", "deposit.age"} {
		was, err := os.ReadFile(at(name))
		must(t, err)
		bad := append([]byte(nil), was...)
		bad[len(bad)/3] ^= 1
		must(t, os.WriteFile(at(name), bad, 0o600))
		if out, err := look(); err == nil {
			t.Errorf("%s changed: stock tools accept it:\n%s", name, out)
		}
		must(t, os.WriteFile(at(name), was, 0o600))
	}
}

// keepReleased makes what is kept: an authority and a drop-box with one answer.
func keepReleased(t *testing.T) {
	l := newLoop(t)
	d := l.answer(head, "inaccurate", "The number on roll is 212, not 221.")
	_, status, receipt := l.send(d)
	if status/100 != 2 {
		t.Fatalf("sent: %d %s", status, receipt)
	}
	l.despatch("build")
	dir := t.TempDir()
	keys, err := filepath.Glob(filepath.Join(l.dir, "public", "keys.*"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "receipt"), receipt, 0o600))
	for to, from := range map[string]string{
		"keys": keys[len(keys)-1], "head": filepath.Join(l.dir, "public", "head"), "root.pub": filepath.Join(l.dir, "public-keys", "root.pub"),
	} {
		data, err := os.ReadFile(from)
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, to), data, 0o600))
	}
	if out, err := exec.Command("cp", "-a", l.dirs.box, filepath.Join(dir, "box")).CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	must(t, os.MkdirAll(filepath.Dir(kept), 0o755))
	if out, err := exec.Command("tar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--exclude=nonce/*", "--exclude=session/*", "-czf", kept, "-C", dir, ".").CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
}
