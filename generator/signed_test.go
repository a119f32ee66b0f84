package generator_test

import (
	"context"
	"crypto/ed25519"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"despatch/generator"
	"despatch/generator/source"
	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
	"despatch/internal/keysfile"
	"despatch/internal/sshsig"
)

// refused builds and fails the test unless that is refused with want and nothing of
// the published tree changes.
func (a *authority) refused(name, want string) {
	a.t.Helper()
	before := a.snapshot("public")
	_, err := generator.Build(context.Background(), generator.Options{Dir: a.dir, Now: now, Verify: true})
	if err == nil || !strings.Contains(err.Error(), want) {
		a.t.Errorf("%s: the build gives %v, want %q", name, err, want)
	}
	if !maps.Equal(before, a.snapshot("public")) {
		a.t.Errorf("%s: the refused build changed the tree", name)
	}
}

// blamed fails the test unless check names the file.
func (a *authority) blamed(name, file string) {
	a.t.Helper()
	problems, err := generator.Check(a.dir, now)
	if err != nil {
		a.t.Fatal(err)
	}
	for _, p := range problems {
		if p.File == file && !p.Warning {
			return
		}
	}
	a.t.Errorf("%s: check does not name %s: %v", name, file, problems)
}

func TestBuildRefusesARecipientThatTheRootDidNotSign(t *testing.T) {
	a := newBuilt(t)
	k, err := keyring.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	for _, school := range []string{"", "900001"} {
		file := buildkeys.RecipientsPath(school)
		good := a.read(file)
		lines, err := buildkeys.ParseRecipients([]byte(good))
		if err != nil {
			t.Fatal(err)
		}
		lines[0].Recipient = k.Recipient()
		a.write(file, string(buildkeys.FormatRecipients(lines)))
		a.refused("another recipient of "+file, "the root did not sign")
		a.blamed("another recipient of "+file, file)
		lines[0].Epoch++
		a.write(file, string(buildkeys.FormatRecipients(lines)))
		a.refused("another epoch of "+file, "the root did not sign")
		if err := os.Remove(a.path(file)); err != nil {
			t.Fatal(err)
		}
		a.refused(file+" deleted", "is not there and the root signed it")
		a.blamed(file+" deleted", file)
		a.write(file, good)
	}
	good := a.read(buildkeys.SignedFile)
	a.write(buildkeys.SignedFile, strings.Replace(good, "serial 2", "serial 9", 1))
	a.refused("a changed list", buildkeys.SignedFile)
	a.blamed("a changed list", buildkeys.SignedFile)
	a.write(buildkeys.SignedFile, good)
	problems, err := generator.Check(a.dir, now)
	if err != nil || slices.ContainsFunc(problems, func(p source.Problem) bool { return strings.HasPrefix(p.File, "public-keys/") }) {
		t.Errorf("put back as it was, check says %v, %v", problems, err)
	}
	a.build()
}

func TestBuildRefusesAnotherRootAndOlderKeys(t *testing.T) {
	a := newAuthority(t)
	plain, err := theOriginal().key.Open([]byte(a.read(buildkeys.RootKeyFile)))
	if err != nil {
		t.Fatal(err)
	}
	root, err := sshsig.ParsePrivate(plain)
	if err != nil {
		t.Fatal(err)
	}
	a.build()
	keys, list, pub := a.read(buildkeys.KeysFile), a.read(buildkeys.SignedFile), a.read(buildkeys.RootFile)
	parsed, err := keysfile.Parse([]byte(keys), sshsig.PublicOf(root))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := buildkeys.ParseSigned([]byte(list), sshsig.PublicOf(root))
	if err != nil {
		t.Fatal(err)
	}
	sign := func(key ed25519.PrivateKey) {
		parsed.Root, signed.Root = sshsig.PublicOf(key), sshsig.PublicOf(key)
		a.write(buildkeys.KeysFile, string(keysfile.Format(parsed, key)))
		a.write(buildkeys.SignedFile, string(buildkeys.FormatSigned(signed, key)))
		a.write(buildkeys.RootFile, sshsig.PublicOf(key).String()+"\n")
	}
	// A stranger knows every public key, and signs all of it with a root of their own.
	_, stranger, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	sign(stranger)
	a.refused("a stranger's root", "is not the root that this machine knows")
	// The office moves on; then somebody brings back what was signed before.
	parsed.Serial++
	signed.Serial++
	sign(root)
	a.build()
	newer := a.read(buildkeys.SignedFile)
	a.write(buildkeys.SignedFile, list)
	a.refused("the list of before", "has serial 2 and this machine has seen 3")
	a.write(buildkeys.SignedFile, newer)
	a.write(buildkeys.KeysFile, keys)
	a.refused("the keys file of before", buildkeys.KeysFile+" has serial")
	if a.read(buildkeys.RootFile) != pub {
		t.Fatal("the root is another")
	}
	if err := os.Remove(a.path(buildkeys.PinFile)); err != nil {
		t.Fatal(err)
	}
	a.refused("no pin", "private/pin is not there")
}
