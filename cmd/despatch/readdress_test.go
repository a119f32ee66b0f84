package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"despatch/internal/address"
	"despatch/internal/envelope"
)

// readdress is a person's wish for another e-mail address, as a browser makes it.
func (l *loop) readdress(code, wanted string) *deposit {
	l.t.Helper()
	d := l.sending(code, "any", "", "x.txt", "x")
	d.env.Kind, d.env.FormHash = address.Kind, ""
	text, err := address.Format(wanted)
	must(l.t, err)
	d.payload = text
	return d
}

// accountFile is an account's file as it lies in the authority's folder.
func (l *loop) accountFile(code string) string {
	l.t.Helper()
	data, err := os.ReadFile(filepath.Join(l.dir, "content", "accounts", strings.ToLower(code)+".yaml"))
	must(l.t, err)
	return string(data)
}

// TestAPersonChangesTheirOwnAddress: of several wishes the last counts, nothing else in
// the file is touched, and what the office writes there later is not undone.
func TestAPersonChangesTheirOwnAddress(t *testing.T) {
	l := newLoop(t)
	const before = "morgan.ellery@fernside.example"
	file := filepath.Join("content", "accounts", strings.ToLower(head)+".yaml")
	l.copied(file, file, before, before+"  # from the school's form\n# rings on Mondays")
	was := l.accountFile(head)
	l.sent(l.readdress(head, "m.ellery@fernside.example"))
	last := l.sent(l.readdress(head, "Morgan.Ellery-Reed@post.example"))
	code, said := l.collect()
	if code != 0 || strings.Count(said, "-readdressed.yaml\t900001\taccounts\treaddressed") != 2 {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	if got, want := l.accountFile(head), strings.Replace(was, before, "Morgan.Ellery-Reed@post.example", 1); got != want {
		t.Errorf("the account's file is\n%s, want\n%s", got, want)
	}
	for name, text := range l.files("events") {
		if strings.Contains(text, "post.example") {
			t.Errorf("%s holds the address", name)
		}
	}
	if said := l.despatch("list", "accounts"); !strings.Contains(said, "Morgan.Ellery-Reed@post.example") || strings.Contains(said, before) {
		t.Errorf("list accounts says:\n%s", said)
	}
	l.despatch("check")
	l.despatch("build")
	if said := l.page(head, "E-mail address we hold"); !strings.Contains(said, "Morgan.Ellery-Reed@post.example") || !strings.Contains(said, last) {
		t.Errorf("the account page says:\n%s", said)
	}
	l.copied(file, file, "Morgan.Ellery-Reed@post.example", "office.knows@fernside.example")
	must(t, os.RemoveAll(filepath.Join(l.dir, "vault", "log"))) // so that the log is read from its beginning
	if code, said := l.collect(); code != 0 || !strings.Contains(said, "3 leaves of the log read") || !strings.Contains(l.accountFile(head), "office.knows@") {
		t.Errorf("what the office wrote later is undone: %d\n%s", code, said)
	}
}

func TestAWishForAnAddressThatCannotBeIsKeptAndTold(t *testing.T) {
	l := newLoop(t)
	was := l.accountFile(head) + l.accountFile(governor)
	for _, tt := range []struct {
		want   string
		wanted string
		change func(d *deposit)
	}{
		{"has the address Morgan.Ellery@fernside.example that its sender asks for", "Morgan.Ellery@fernside.example", func(*deposit) {}},
		{"is not an e-mail address", "x@y.example", func(d *deposit) { d.payload = []byte("despatch-email-change 1\naddress x@y.example # \n") }},
		{"not written as Despatch writes it", "x@y.example", func(d *deposit) { d.payload = []byte("despatch-email-change 1\n") }},
		{"newer", "x@y.example", func(d *deposit) { d.payload = []byte("despatch-email-change 2\naddress x@y.example\n") }},
		{"it names a record, form or other deposit", "x@y.example", func(d *deposit) { d.env.FormHash = strings.Repeat("f0", 32) }},
		{"which takes no deposit of kind \"email-change\"", "x@y.example", func(d *deposit) {
			d.inbox = l.inbox("visits")
			d.env.Inbox = envelope.Fingerprint(d.inbox)
		}},
		{"the key that signed it was not the account's", "x@y.example", func(d *deposit) { d.signer = l.identity(head).Signing }},
	} {
		d := l.readdress(governor, tt.wanted)
		tt.change(d)
		l.heldBecause(d, tt.want, "-readdressed.yaml")
	}
	if l.accountFile(head)+l.accountFile(governor) != was {
		t.Error("an account was changed")
	}
	l.despatch("build")
	if said := l.page(governor, "could not be taken"); strings.Count(said, "Your new e-mail address, ") != 6 || strings.Count(said, "Something that you sent, ") != 1 || !strings.Contains(said, "Because that address cannot be used for its sender&#39;s account.") {
		t.Errorf("the account page says:\n%s", said)
	}
	if said := l.page(head, "E-mail address we hold"); strings.Contains(said, "could not be taken") {
		t.Errorf("somebody else reads it too:\n%s", said)
	}
	// The one that waited for an address to become free comes in after a later one, which stays.
	l.sent(l.readdress(governor, "later@fernside.example"))
	l.collect()
	file := filepath.Join("content", "accounts", strings.ToLower(head)+".yaml")
	l.copied(file, file, "morgan.ellery@", "morgan@")
	if _, said := l.collect(); !strings.Contains(said, "-readdressed.yaml") || !strings.Contains(l.accountFile(governor), "later@fernside.example") {
		t.Errorf("the file is\n%s, collect said\n%s", l.accountFile(governor), said)
	}
	l.despatch("build")
	if said := l.page(governor, "later@fernside.example"); strings.Count(said, "Your new e-mail address, ") != 5 {
		t.Errorf("what was taken in the end is told as not taken:\n%s", said)
	}
}
