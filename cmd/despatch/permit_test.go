package main

import (
	"path/filepath"
	"strings"
	"testing"

	"despatch/internal/envelope"
	"despatch/internal/naming"
	"despatch/internal/permission"
)

// permit is a Headteacher's word about a colleague, as a browser makes it.
func (l *loop) permit(code string, g permission.Grant) *deposit {
	l.t.Helper()
	d := l.sending(code, "any", "", "x.txt", "x")
	d.env.Kind, d.env.FormHash = permission.Kind, ""
	text, err := permission.Format(g)
	must(l.t, err)
	d.payload = text
	return d
}

// TestAHeadteacherPermitsAColleagueAndTakesItBack: what was granted stands in the
// colleague's file, is shown to the school and in the list of accounts, and opens the
// reports once an officer gave the keys; taken back, it does not.
func TestAHeadteacherPermitsAColleagueAndTakesItBack(t *testing.T) {
	l := newLoop(t)
	was := l.accountFile(governor)
	to := naming.OpaqueAccount(governor)
	holders := func() string { return l.line(l.despatch("list", "compartments"), "900001/visits-full") }
	if strings.Contains(holders(), "Colin Fairwether") || !strings.Contains(holders(), "Morgan Ellery") {
		t.Fatalf("before: %s", holders())
	}
	l.sent(l.permit(head, permission.Grant{Account: to, Area: "visits", Right: "full"}))
	code, said := l.collect()
	if code != 0 || strings.Count(said, "-permitted.yaml\t900001\taccounts\tpermitted") != 1 {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	if got, want := l.accountFile(governor), strings.Replace(was, "[governor]", "[governor], rights: {visits: full}", 1); got != want || got == was {
		t.Errorf("the file is\n%s, want\n%s", got, want)
	}
	if said := l.despatch("list", "accounts"); !strings.Contains(said, "visits full, by Morgan Ellery") {
		t.Errorf("list accounts says:\n%s", said)
	}
	if !strings.Contains(holders(), "Colin Fairwether") {
		t.Errorf("granted: %s", holders())
	}
	l.despatch("check")
	l.despatch("build")
	if said := l.page(governor, "E-mail address we hold"); !strings.Contains(said, "given by Morgan Ellery") {
		t.Errorf("the colleague's account page says:\n%s", said)
	}
	l.sent(l.permit(head, permission.Grant{Account: to, Area: "visits", Right: "off"}))
	if code, said := l.collect(); code != 0 || !strings.Contains(l.accountFile(governor), "visits: off") || strings.Contains(holders(), "Colin Fairwether") {
		t.Errorf("taken back: %d\n%s\n%s", code, said, holders())
	}
	// What an officer writes there later is not undone by reading the log anew.
	file := filepath.Join("content", "accounts", strings.ToLower(governor)+".yaml")
	l.copied(file, file, "visits: off", "visits: audit")
	if code, said := l.collect(); code != 0 || !strings.Contains(l.accountFile(governor), "visits: audit") {
		t.Errorf("what the office wrote later is undone: %d\n%s", code, said)
	}
}

func TestAPermissionThatIsNotTheSendersToGiveIsKeptAndTold(t *testing.T) {
	l := newLoop(t)
	was := l.accountFile(head) + l.accountFile(governor)
	to := naming.OpaqueAccount(governor)
	good := permission.Grant{Account: to, Area: "visits", Right: "full"}
	for _, tt := range []struct {
		want   string
		by     string
		grant  permission.Grant
		change func(d *deposit)
	}{
		{"was not Headteacher of the school", governor, good, nil},
		{"is about a Headteacher", head, permission.Grant{Account: naming.OpaqueAccount(head), Area: "visits", Right: "off"}, nil},
		{"has no account at the school", head, permission.Grant{Account: strings.Repeat("0", 32), Area: "visits", Right: "full"}, nil},
		{"about an area \"care\"", head, permission.Grant{Account: to, Area: "care", Right: "full"}, nil},
		{"not written as Despatch writes it", head, good, func(d *deposit) { d.payload = []byte("despatch-permission-grant 1\n") }},
		{"newer", head, good, func(d *deposit) { d.payload = []byte("despatch-permission-grant 2\n") }},
		{"it names a record, form or other deposit", head, good, func(d *deposit) { d.env.FormHash = strings.Repeat("f0", 32) }},
		{"which takes no deposit of kind \"permission-grant\"", head, good, func(d *deposit) {
			d.inbox = l.inbox("visits")
			d.env.Inbox = envelope.Fingerprint(d.inbox)
		}},
		{"the key that signed it was not the account's", head, good, func(d *deposit) { d.signer = l.identity(governor).Signing }},
	} {
		d := l.permit(tt.by, tt.grant)
		if tt.change != nil {
			tt.change(d)
		}
		l.heldBecause(d, tt.want, "-permitted.yaml")
	}
	if l.accountFile(head)+l.accountFile(governor) != was {
		t.Error("an account was changed")
	}
	file := "content/accounts/" + strings.ToLower(head) + ".yaml"
	l.copied(file, file, "[headteacher]", "[headteacher], rights: {documents: off}")
	l.collect() // which notes who may what from now on
	l.untilNoted()
	l.sent(l.permit(head, permission.Grant{Account: to, Area: "documents", Right: "full"}))
	if code, said := l.collect(); code != 1 || !strings.Contains(said, "its sender may not see as much as they permit") || !strings.HasSuffix(was, l.accountFile(governor)) {
		t.Errorf("more than one's own right: %d\n%s", code, said)
	}
}

// line is the one line of a text that begins so, or nothing.
func (l *loop) line(text, begin string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, begin) {
			return line
		}
	}
	return ""
}
