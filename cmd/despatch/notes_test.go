package main

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"testing"

	"despatch/internal/envelope"
	"despatch/internal/naming"
	"despatch/records/access"
)

// note is a deposit of a kind that has no payload, as a browser makes it.
func (l *loop) note(code, kind, supersedes string) *deposit {
	l.t.Helper()
	d := l.answer(code, "accurate", "")
	d.env.Kind, d.env.Supersedes, d.payload = kind, supersedes, nil
	full := access.Compartment{School: l.school, Kind: access.Visits.Kind(access.Full)}
	secret := l.keys.Naming.Secret(full.ID(), 1)
	if kind == envelope.Withdrawal {
		d.slot = envelope.WithdrawalSlot(secret, supersedes)
	} else {
		d.slot = envelope.OpenedSlot(secret, naming.OpaqueAccount(code), d.env.Subject, d.env.SubjectHash)
	}
	return d
}

// again is an answer after one that was taken back.
func (l *loop) again(code, answer, comments, supersedes string) *deposit {
	d := l.answer(code, answer, comments)
	full := access.Compartment{School: l.school, Kind: access.Visits.Kind(access.Full)}
	d.env.Supersedes = supersedes
	d.slot = envelope.Slot(l.keys.Naming.Secret(full.ID(), 1), d.env.Subject, d.env.SubjectHash, 2)
	return d
}

func TestAnAnswerIsTakenBackAndGivenAnew(t *testing.T) {
	l := newLoop(t)
	first := l.sent(l.answer(head, "inaccurate", "Page 3 names another school."))
	l.sent(l.note(head, envelope.Withdrawal, first))
	if code, said := l.collect(); code != 0 || !strings.Contains(said, "-retracted.yaml\t900001\t"+focusVisit) {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	if said := l.despatch("list", "due"); !strings.Contains(said, "none yet") || !strings.Contains(said, "inaccurate was taken back") {
		t.Errorf("list due says:\n%s", said)
	}
	if code, said := l.try("finalise", focusVisit); code != 1 || !strings.Contains(said, "the school has until") {
		t.Errorf("the answer that was taken back is finalised: %d\n%s", code, said)
	}
	l.sent(l.again(head, "accurate", "", first))
	if code, said := l.collect(); code != 0 || !strings.Contains(said, "-responded.yaml\t900001\t"+focusVisit+"\taccurate") {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	if said := l.despatch("list", "due"); !strings.Contains(said, "answered: accurate") {
		t.Errorf("list due says:\n%s", said)
	}
	l.despatch("finalise", focusVisit)
	l.despatch("build")
	said := l.page(head, "Answer taken back")
	for _, step := range []string{"Answered: inaccurate", "Answer taken back", "Answered: accurate", "Finalised"} {
		_, rest, found := strings.Cut(said, step)
		if !found {
			t.Fatalf("the timeline does not have %q, or out of order:\n%s", step, said)
		}
		said = rest
	}
	l.despatch("check")
}

// TestAReturnIsTakenBackUntilItIsDue: nothing counts until something new is sent, which
// may then be late; after it is due, what was sent stands.
func TestAReturnIsTakenBackUntilItIsDue(t *testing.T) {
	l := newLoop(t)
	l.withReturn(20, 40)
	full := access.Compartment{School: l.school, Kind: access.Returns.Kind(access.Full)}
	back := func(of string) *deposit {
		d := l.returns(head, 1, "", roll("1"))
		d.env.Kind, d.env.FormHash, d.env.Supersedes, d.payload = envelope.Withdrawal, "", of, nil
		d.slot = envelope.WithdrawalSlot(l.keys.Naming.Secret(full.ID(), 1), of)
		return d
	}
	first := l.sent(l.returns(head, 1, "", roll("212")))
	l.sent(back(first))
	if code, said := l.collect(); code != 0 || !strings.Contains(said, "-retracted.yaml\t900001\t"+censusID) {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	if f := l.form(censusID); len(f.Done) != 0 || len(f.TakenBack) != 1 || f.TakenBack[0].Refused != "" {
		t.Errorf("done %v, taken back %v", f.Done, f.TakenBack)
	}
	second := l.sent(l.returns(head, 2, first, roll("214")))
	if code, said := l.collect(); code != 0 {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	if f := l.form(censusID); len(f.Done) != 1 || f.Done[0].Deposit != second || f.Done[0].Version != 1 {
		t.Errorf("done %v, want the one that was sent anew", f.Done)
	}
	l.withReturn(-1, 40) // the form was due yesterday
	l.sent(back(second))
	l.collect()
	if f := l.form(censusID); len(f.Done) != 1 || len(f.TakenBack) != 2 || !strings.Contains(f.TakenBack[len(f.TakenBack)-1].Refused, "until the end of") {
		t.Errorf("after it was due: done %v, taken back %v", f.Done, f.TakenBack)
	}
}

func TestWhatTakesNothingOfOnesOwnBackIsKeptAndTold(t *testing.T) {
	l := newLoop(t)
	first := l.sent(l.answer(head, "accurate", ""))
	none := strings.Repeat("de", 32)
	for _, tt := range []struct {
		want   string
		code   string
		of     string
		change func(d *deposit)
	}{
		{"takes back what its sender did not send", governor, first, nil},
		{"takes back a deposit that was not taken", head, none, nil},
		{"holds more or less than", head, first, func(d *deposit) { d.payload = []byte("why not") }},
		{"holds more or less than", head, first, func(d *deposit) { d.env.Supersedes = "" }},
		{"holds more or less than", head, first, func(d *deposit) { d.env.FormHash = none }},
		{"did not hold the key of what it is about", head, first, func(d *deposit) {}},
		{"a record that content/visits does not have", head, first, func(d *deposit) { d.env.Subject = strings.Repeat("5b", 8) }},
		{"which takes no deposit of kind \"withdrawal\" of this record", head, first, func(d *deposit) {
			d.inbox = l.inbox("returns")
			d.env.Inbox = envelope.Fingerprint(d.inbox)
		}},
	} {
		d := l.note(tt.code, envelope.Withdrawal, tt.of)
		if tt.change != nil {
			var random [32]byte
			_, err := rand.Read(random[:])
			must(t, err)
			d.slot = hex.EncodeToString(random[:])
			tt.change(d)
		}
		l.sent(d)
		if code, said := l.collect(); code != 1 || !strings.Contains(said, tt.want) || strings.Contains(said, "-retracted.yaml") {
			t.Errorf("%d, want %q in\n%s", code, tt.want, said)
		}
	}
	if said := l.despatch("list", "due"); !strings.Contains(said, "answered: accurate") {
		t.Errorf("the answer does not stand:\n%s", said)
	}
	l.sent(l.again(head, "inaccurate", "Page 3.", first))
	if code, _ := l.collect(); code != 1 {
		t.Errorf("collect: %d", code)
	}
	if said := l.despatch("list", "due"); !strings.Contains(said, "answered: accurate") {
		t.Errorf("an answer that stands is replaced:\n%s", said)
	}
}

func TestOpenedIsToldOnceAPerson(t *testing.T) {
	l := newLoop(t)
	l.sent(l.note(head, envelope.Opened, ""))
	if _, status, _ := l.send(l.note(head, envelope.Opened, "")); status != 409 {
		t.Errorf("opened once more it is answered with %d", status)
	}
	l.sent(l.note(governor, envelope.Opened, "")) // who holds the slot's key may open the report, as this test does
	if code, said := l.collect(); code != 0 || strings.Count(said, "-opened.yaml\t900001\t"+focusVisit+"\topened") != 2 {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	if said := l.despatch("list", "due"); !strings.Contains(said, "none yet; opened") || !strings.Contains(said, "by Morgan Ellery") {
		t.Errorf("list due says:\n%s", said)
	}
	l.despatch("build")
	if said := l.page(head, "Opened"); !strings.Contains(said, "Morgan Ellery") {
		t.Errorf("the timeline says:\n%s", said)
	}
	guessed := l.note(head, envelope.Opened, "")
	guessed.slot = strings.Repeat("ab", 32)
	l.sent(guessed)
	if code, said := l.collect(); code != 1 || !strings.Contains(said, "did not hold the key of what it is about") {
		t.Errorf("a slot that was made without the key: %d\n%s", code, said)
	}
}
