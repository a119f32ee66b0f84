package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"despatch/internal/buildkeys"
	"despatch/internal/envelope"
	"despatch/internal/naming"
	"despatch/internal/passkey"
)

// sealedToPasskey has the header of a passkey file; nothing in the office opens one.
func sealedToPasskey(more string) []byte {
	return []byte("age-encryption.org/v1\n-> age-encryption.org/fido2prf " + strings.Repeat("A", 22) + "\n" + strings.Repeat("A", 43) + "\n--- " + strings.Repeat("A", 43) + "\n" + more)
}

// passkey is a person's word about a passkey of theirs, as a browser makes it.
func (l *loop) passkey(code string, c passkey.Change) *deposit {
	l.t.Helper()
	d := l.sending(code, "any", "", "x.txt", "x")
	d.env.Kind, d.env.FormHash = passkey.Kind, ""
	text, err := passkey.Format(c)
	must(l.t, err)
	d.payload = text
	return d
}

// passkeysIn are the names of the passkey files of an account in a folder.
func (l *loop) passkeysIn(folder, code string) []string {
	l.t.Helper()
	found, err := filepath.Glob(filepath.Join(l.dir, folder, naming.OpaqueAccount(code)+".*.pk.age"))
	must(l.t, err)
	return found
}

// TestAPasskeyIsPublishedAndGoesWithItsRemovalOrANewLetter: the file that a person
// sealed is in the next head as it came, and in none after they removed it, or once the
// identity that it opens was replaced.
func TestAPasskeyIsPublishedAndGoesWithItsRemovalOrANewLetter(t *testing.T) {
	l := newLoop(t)
	laptop := passkey.Change{Credential: "0a0b", File: sealedToPasskey("of a laptop")}
	phone := passkey.Change{Credential: "0c0d", File: sealedToPasskey("of a phone")}
	l.sent(l.passkey(head, laptop))
	l.sent(l.passkey(head, phone))
	if code, said := l.collect(); code != 0 || strings.Count(said, "-keyed.yaml\t900001\taccounts\tkeyed") != 2 {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	l.despatch("build")
	published := filepath.Join(l.dir, "public", "k", naming.OpaqueAccount(head)+".0a0b.pk.age")
	if data, err := os.ReadFile(published); err != nil || string(data) != string(laptop.File) {
		t.Errorf("what is published: %q, %v", data, err)
	}
	if found := l.passkeysIn("public/k", head); len(found) != 2 {
		t.Errorf("published are %v", found)
	}
	l.despatch("verify", filepath.Join(l.dir, "public"))

	l.sent(l.passkey(head, passkey.Change{Credential: "0a0b"}))
	if code, said := l.collect(); code != 0 || strings.Count(said, "-unkeyed.yaml") != 1 {
		t.Fatalf("collect the removal: %d\n%s", code, said)
	}
	l.despatch("build")
	if found := l.passkeysIn("public/k", head); len(found) != 1 || !strings.Contains(found[0], ".0c0d.") {
		t.Errorf("after the removal are published %v", found)
	}
	// To read the log anew brings nothing back.
	if code, said := l.collect(); code != 0 || len(l.passkeysIn(buildkeys.AccountsDir, head)) != 1 {
		t.Errorf("collected again: %d\n%s", code, said)
	}

	// What was on its way when the letter was replaced opens the keys before.
	l.sent(l.passkey(head, passkey.Change{Credential: "0e0f", File: sealedToPasskey("late")}))
	l.despatch("enrol", "--again", head, "--passphrase-file", l.pass)
	l.collect() // held, where the log took it in the second of the new letter
	l.despatch("build")
	if found := append(l.passkeysIn("public/k", head), l.passkeysIn(buildkeys.AccountsDir, head)...); len(found) != 0 {
		t.Errorf("after the new letter there are %v", found)
	}
}

// TestAPasskeyGoesWithItsPerson: a removed account leaves no passkey in the tree.
func TestAPasskeyGoesWithItsPerson(t *testing.T) {
	l := newLoop(t)
	l.sent(l.passkey(governor, passkey.Change{Credential: "0a0b", File: sealedToPasskey("")}))
	l.collect()
	l.despatch("build")
	if len(l.passkeysIn("public/k", governor)) != 1 {
		t.Fatal("no passkey was published")
	}
	must(t, os.Remove(filepath.Join(l.dir, "content", "accounts", strings.ToLower(governor)+".yaml")))
	l.despatch("enrol", "--remove", governor, "--passphrase-file", l.pass)
	l.despatch("build")
	if found := append(l.passkeysIn("public/k", governor), l.passkeysIn(buildkeys.AccountsDir, governor)...); len(found) != 0 {
		t.Errorf("there are %v", found)
	}
}

func TestAPasskeyThatIsNotTheSendersToAddIsKeptAndTold(t *testing.T) {
	l := newLoop(t)
	good := passkey.Change{Credential: "0a0b", File: sealedToPasskey("")}
	for _, tt := range []struct {
		want   string
		change func(d *deposit)
	}{
		{"not written as Despatch writes it", func(d *deposit) { d.payload = []byte("despatch-passkey 1\n") }},
		{"not sealed to a passkey", func(d *deposit) { d.payload = []byte("despatch-passkey 1\ncredential 0a\nfile AAAA\n") }},
		{"newer", func(d *deposit) { d.payload = []byte("despatch-passkey 2\n") }},
		{"it names a record, form or other deposit", func(d *deposit) { d.env.FormHash = strings.Repeat("f0", 32) }},
		{"which takes no deposit of kind \"passkey\"", func(d *deposit) {
			d.inbox = l.inbox("visits")
			d.env.Inbox = envelope.Fingerprint(d.inbox)
		}},
		{"the key that signed it was not the account's", func(d *deposit) { d.signer = l.identity(governor).Signing }},
	} {
		d := l.passkey(head, good)
		tt.change(d)
		l.heldBecause(d, tt.want, "keyed.yaml")
	}
	if found := l.passkeysIn(buildkeys.AccountsDir, head); len(found) != 0 {
		t.Errorf("taken were %v", found)
	}
}
