package sshsig_test

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// write puts data into a file of dir and gives its name.
func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	must(t, os.WriteFile(path, data, 0o600))
	return path
}

func TestSshKeygenVerifiesWhatSignWrites(t *testing.T) {
	dir := t.TempDir()
	for _, msg := range []string{"", "text\n", strings.Repeat("long ", 100000)} {
		sig := write(t, dir, "sig", sshsig.Sign(key(1), "despatch-head", []byte(msg)))
		allowed := write(t, dir, "allowed", []byte("despatch "+sshsig.PublicOf(key(1)).String()+"\n"))
		verify := func(namespace string) error {
			c := exec.Command("ssh-keygen", "-Y", "verify", "-f", allowed, "-I", "despatch", "-n", namespace, "-s", sig)
			c.Stdin = strings.NewReader(msg)
			return c.Run()
		}
		if err := verify("despatch-head"); err != nil {
			t.Errorf("ssh-keygen refuses a signature over %d bytes: %v", len(msg), err)
		}
		if verify("despatch-keys") == nil {
			t.Error("ssh-keygen accepts another namespace")
		}
	}
}

func TestVerifyAcceptsWhatSshKeygenSigns(t *testing.T) {
	dir := t.TempDir()
	private, err := sshsig.MarshalPrivate(key(1), "head")
	must(t, err)
	name := write(t, dir, "key", private)
	c := exec.Command("ssh-keygen", "-Y", "sign", "-f", name, "-n", "despatch-head")
	c.Stdin = strings.NewReader("text\n")
	armored, err := c.Output()
	must(t, err)
	must(t, sshsig.Verify(sshsig.PublicOf(key(1)), "despatch-head", []byte("text\n"), armored))
	if want := sshsig.Sign(key(1), "despatch-head", []byte("text\n")); !bytes.Equal(armored, want) {
		t.Error("ssh-keygen signs with other bytes")
	}
}

func TestSshKeygenMakesTheKeysThatAreParsed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "key")
	must(t, exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", name).Run())
	private, err := os.ReadFile(name)
	must(t, err)
	priv, err := sshsig.ParsePrivate(private)
	must(t, err)
	public, err := os.ReadFile(name + ".pub")
	must(t, err)
	if got := sshsig.PublicOf(priv).String(); got != strings.TrimSpace(string(public)) {
		t.Errorf("got %s, ssh-keygen says %s", got, public)
	}
	again, err := sshsig.MarshalPrivate(priv, "")
	must(t, err)
	if back, err := sshsig.ParsePrivate(again); err != nil || !back.Equal(priv) {
		t.Errorf("the key did not come back: %v", err)
	}
}

func TestVerifyRefusesOtherKeyTypesAndProtectedKeys(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "ecdsa")
	must(t, exec.Command("ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", name).Run())
	c := exec.Command("ssh-keygen", "-Y", "sign", "-f", name, "-n", "despatch-head")
	c.Stdin = strings.NewReader("text\n")
	armored, err := c.Output()
	must(t, err)
	if err := sshsig.Verify(sshsig.PublicOf(key(1)), "despatch-head", []byte("text\n"), armored); refusal.Of(err) != refusal.Malformed {
		t.Errorf("an ECDSA signature gave %v", err)
	}
	private, err := os.ReadFile(name)
	must(t, err)
	if _, err := sshsig.ParsePrivate(private); err == nil {
		t.Error("an ECDSA key was accepted")
	}
	locked := filepath.Join(dir, "locked")
	must(t, exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "phrase", "-f", locked).Run())
	private, err = os.ReadFile(locked)
	must(t, err)
	if _, err := sshsig.ParsePrivate(private); err == nil {
		t.Error("a key under a passphrase was accepted")
	}
	sha256 := exec.Command("ssh-keygen", "-Y", "sign", "-O", "hashalg=sha256", "-f", write(t, dir, "ed", mustMarshal(t)), "-n", "despatch-head")
	sha256.Stdin = strings.NewReader("text\n")
	armored, err = sha256.Output()
	must(t, err)
	if err := sshsig.Verify(sshsig.PublicOf(key(1)), "despatch-head", []byte("text\n"), armored); refusal.Of(err) != refusal.Malformed {
		t.Errorf("a signature over SHA-256 gave %v", err)
	}
}

func mustMarshal(t *testing.T) []byte {
	private, err := sshsig.MarshalPrivate(key(1), "")
	must(t, err)
	return private
}

func TestEverySingleByteChangeOfASignedTextIsRefused(t *testing.T) {
	signed := sshsig.SignText(key(1), "despatch-keys", []byte("despatch-keys 1\nserial 3\n"))
	open := func(b []byte) error {
		text, sig, err := sshsig.OpenText(b)
		if err != nil {
			return err
		}
		return sshsig.Verify(sshsig.PublicOf(key(1)), "despatch-keys", text, sig)
	}
	must(t, open(signed))
	for at := range signed {
		for _, flip := range []byte{1, 0x20, 0x80} {
			bad := bytes.Clone(signed)
			bad[at] ^= flip
			if open(bad) == nil {
				t.Errorf("byte %d changed by %#x is accepted", at, flip)
			}
		}
		if open(signed[:at]) == nil {
			t.Errorf("cut after %d bytes it is accepted", at)
		}
		if open(append(append(bytes.Clone(signed[:at]), '\n'), signed[at:]...)) == nil {
			t.Errorf("with a line end put in at %d it is accepted", at)
		}
	}
}

func TestPublicKeyRefusesWhatStringDoesNotWrite(t *testing.T) {
	good := sshsig.PublicOf(key(1)).String()
	if k, err := sshsig.ParsePublicKey(good); err != nil || k != sshsig.PublicOf(key(1)) {
		t.Fatalf("got %v, %v", k, err)
	}
	for _, bad := range []string{
		"", good + " comment", good + "\n", " " + good, strings.Replace(good, " ", "  ", 1), strings.ToUpper(good), good[:len(good)-1], good + "=",
		"ssh-rsa" + strings.TrimPrefix(good, "ssh-ed25519"), strings.Replace(good, "AAAAC3", "AAAAD3", 1), good[:40] + "\n" + good[40:],
	} {
		if _, err := sshsig.ParsePublicKey(bad); refusal.Of(err) != refusal.Malformed {
			t.Errorf("%q gave %v", bad, err)
		}
	}
}

func TestSignTextPanicsAtATextThatCannotBeOpened(t *testing.T) {
	for _, bad := range []string{"", "no line end", "a\r\n", "a \n", "a\x00\n", "\xff\n", "\ufeffa\n", "a\n-----BEGIN SSH SIGNATURE-----\n"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q was signed", bad)
				}
			}()
			sshsig.SignText(key(1), "despatch-keys", []byte(bad))
		}()
	}
}

func FuzzOpenText(f *testing.F) {
	good := sshsig.SignText(key(1), "despatch-keys", []byte("despatch-keys 1\n"))
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add(bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n")))
	f.Add([]byte("text\n-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		text, sig, err := sshsig.OpenText(b)
		if err != nil {
			return
		}
		if !bytes.Equal(append(bytes.Clone(text), sig...), b) {
			t.Error("the parts are not the whole")
		}
		if sshsig.Verify(sshsig.PublicOf(key(1)), "despatch-keys", text, sig) == nil && !bytes.Equal(text, []byte("despatch-keys 1\n")) {
			t.Errorf("%q verifies and was never signed", text)
		}
	})
}
