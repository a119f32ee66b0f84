package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"despatch/generator/source"
	"despatch/internal/envelope"
	"despatch/internal/naming"
	"despatch/records/access"
	"despatch/records/calendar"
	"despatch/records/datareturn"
)

const censusID = "2026-11-02-c3n5-places"

// withReturn gives the authority a data return that only a Headteacher may complete,
// due and closed so many days from today, and a sheet that it fulfils.
func (l *loop) withReturn(due, late int) {
	l.t.Helper()
	day := func(n int) string { return calendar.On(time.Now().AddDate(0, 0, n)).String() }
	l.write("content/returns/2026/"+censusID+".yaml", fmt.Sprintf(`format: 1
title: Projected places
published: 2026-11-02
due: %s
late_until: %s
audience: [Headteachers]
fields:
  - {id: roll, label: Number on roll, type: number, required: true, most: 5000}
  - {id: note, label: A note, type: text}
  - {id: plan, label: Plan, type: file}
`, day(due), day(late)))
	l.write("content/sheets/2026/2026-11-06-p1p1-places.md", fmt.Sprintf("---\nformat: 1\ntitle: Send us your places\ntype: Action\nnumber: 77/26\npublished: 2026-11-02\ndue: %s\naudience: [Headteachers]\nreturn: %s\n---\n\nPlease complete it.\n", day(due), censusID))
}

// write writes a file of the authority.
func (l *loop) write(name, text string) {
	l.t.Helper()
	file := filepath.Join(l.dir, filepath.FromSlash(name))
	must(l.t, os.MkdirAll(filepath.Dir(file), 0o755))
	must(l.t, os.WriteFile(file, []byte(text), 0o644))
}

// form reads a data return as it stands.
func (l *loop) form(id string) *source.Return {
	l.t.Helper()
	folder, err := source.Open(l.dir)
	must(l.t, err)
	defer folder.Close()
	listing, _, err := folder.Scan()
	must(l.t, err)
	site, _ := folder.Site(listing)
	common, problems := folder.Common(listing, site)
	for i := range common.Returns {
		if common.Returns[i].ID == id {
			return &common.Returns[i]
		}
	}
	l.t.Fatalf("the return cannot be read: %v", problems)
	return nil
}

// returns is the n-th version of a data return as a browser sends it. a is not held
// to the form: the browser would not let it go.
func (l *loop) returns(code string, n int, supersedes string, a datareturn.Answers) *deposit {
	l.t.Helper()
	return l.returnsOf(censusID, code, n, supersedes, a)
}

func (l *loop) returnsOf(record, code string, n int, supersedes string, a datareturn.Answers) *deposit {
	l.t.Helper()
	id, f := l.identity(code), l.form(record)
	payload, err := f.Payload(a)
	must(l.t, err)
	var random [16]byte
	_, err = rand.Read(random[:])
	must(l.t, err)
	d := &deposit{from: id, signer: id.Signing, payload: payload, inbox: l.inbox("returns"), forWhich: l.keys.Naming.School(l.school)}
	d.env = envelope.Envelope{
		ID: hex.EncodeToString(random[:]), Kind: datareturn.Kind, Inbox: envelope.Fingerprint(d.inbox), Account: naming.OpaqueAccount(code),
		School: d.forWhich, Subject: l.keys.Naming.Item(record), SubjectHash: f.Hash(), FormHash: f.Hash(), Supersedes: supersedes, Head: 1, Time: time.Now().UTC().Truncate(time.Second),
	}
	d.slot = l.returnSlot(d.env, n)
	return d
}

func (l *loop) returnSlot(e envelope.Envelope, n int) string {
	full := access.Compartment{School: l.school, Kind: access.Returns.Kind(access.Full)}
	return envelope.Slot(l.keys.Naming.Secret(full.ID(), 1), e.Subject, e.SubjectHash, n)
}

func roll(n string) datareturn.Answers {
	return datareturn.Answers{Answers: []datareturn.Answer{{At: "roll", Value: n}}}
}

func TestAReturnIsCollectedOnceAmendedAndCounts(t *testing.T) {
	l := newLoop(t)
	l.withReturn(20, 40)
	first := l.sent(l.returns(head, 1, "", roll("212")))
	if _, status, _ := l.send(l.returns(head, 1, "", roll("213"))); status != http.StatusConflict {
		t.Errorf("a second first version is answered with %d", status)
	}
	code, said := l.collect()
	if code != 0 || !strings.Contains(said, "-returned.yaml\t900001\t"+censusID+"\treturned") {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	for name, text := range l.files("events") {
		if regexp.MustCompile(`\b212\b`).MatchString(text) { // a hash may have these digits by chance
			t.Errorf("%s holds what was answered, not its hash:\n%s", name, text)
		}
	}
	plan := []byte("%PDF-1.7 what the school plans")
	sum := sha256.Sum256(plan)
	second := roll("214")
	second.Files = []datareturn.File{{Field: "plan", Name: "plan.pdf", Size: len(plan), SHA256: hex.EncodeToString(sum[:]), Bytes: plan}}
	l.sent(l.returns(head, 2, first, second))
	if code, said := l.collect(); code != 0 || strings.Count(said, "-returned.yaml") != 1 {
		t.Fatalf("an amendment: %d\n%s", code, said)
	}
	events := l.files("events")
	must(t, os.RemoveAll(filepath.Join(l.dir, "vault"))) // another officer's machine, in part
	for name := range events {
		if strings.Contains(name, "-returned.yaml") {
			must(t, os.Remove(filepath.Join(l.dir, name)))
			break
		}
	}
	for range 2 {
		if code, said := l.collect(); code != 0 {
			t.Fatalf("collect again: %d\n%s", code, said)
		}
		if !maps.Equal(events, l.files("events")) {
			t.Error("collected again the events differ")
		}
	}
	out := filepath.Join(t.TempDir(), "out")
	l.despatch("export", censusID, out)
	table, err := os.ReadFile(filepath.Join(out, censusID+".csv"))
	must(t, err)
	if want := "900001,Fernside Primary School,"; !strings.Contains(string(table), want) || !strings.Contains(string(table), ",no,2,Morgan Ellery,current,no,214,,900001-plan-1-plan.pdf,") {
		t.Errorf("the table is\n%s", table)
	}
	if sent, err := os.ReadFile(filepath.Join(out, "files", "900001-plan-1-plan.pdf")); err != nil || !bytes.Equal(sent, plan) {
		t.Errorf("the file is not as it was sent: %q, %v", sent, err)
	}
	if said := l.despatch("list", "returns"); !strings.Contains(said, censusID) {
		t.Errorf("list returns says\n%s", said)
	}
	if code, said := l.try("chase", censusID); code != 1 || strings.Contains(said, "900001") || !strings.Contains(said, "900002") {
		t.Errorf("chase: %d\n%s", code, said)
	}
	l.despatch("build")
	page := l.page(head, "What your school sent")
	for _, want := range []string{"Sent for the first time", "version 2, which counts", "Morgan Ellery"} {
		if !strings.Contains(page, want) {
			t.Errorf("the school's page does not say %q", want)
		}
	}
	if said := l.despatch("check"); strings.Contains(said, "does not fit") {
		t.Errorf("check says:\n%s", said)
	}
	zip, restored := filepath.Join(t.TempDir(), "school.zip"), filepath.Join(t.TempDir(), "restored")
	l.despatch("archive", "--school", "900001", "-o", zip)
	l.despatch("verify-archive", zip)
	l.command("init", "--print", "--from-archive", zip, "--root", filepath.Join(l.dir, "public-keys", "root.pub"), restored)
	if said := l.command("-C", restored, "check"); strings.Contains(said, "does not fit") || strings.Contains(said, "-returned.yaml") {
		t.Errorf("of the restored archive check says:\n%s", said)
	}
}

// TestAReturnThatBreaksARuleIsKeptToldAndShown sends what no browser of ours would:
// each deposit breaks one rule (row M5).
func TestAReturnThatBreaksARuleIsKeptToldAndShown(t *testing.T) {
	l := newLoop(t)
	l.withReturn(20, 40)
	l.write("content/accounts/8kq2m9xd.yaml", "format: 1\nname: Colin Fairwether\nemail: colin.fairwether@fernside.example\nschools:\n  - {school: \"900001\", roles: [governor], rights: {returns: full}}\n")
	earlier := strings.Repeat("ab", 32) // some deposit that each but the first says it replaces
	tests := []struct {
		name, want string
		from       string
		answers    datareturn.Answers
		change     func(d *deposit)
	}{
		{"a first version of something", "does not name what it replaces", head, roll("212"), func(d *deposit) { d.env.Supersedes = earlier }},
		{"a second version of nothing", "does not name what it replaces", head, roll("212"), func(d *deposit) { d.env.Supersedes = "" }},
		{"a number that is none", "Number on roll: enter a number", head, roll("many"), nil},
		{"a required answer missing", "Number on roll: enter a number", head, datareturn.Answers{}, nil},
		{"more than the form takes", "enter 5000 or less", head, roll("5001"), nil},
		{"by who may not complete it", "has no role that may complete this return (Headteachers)", governor, roll("212"), nil},
		{"without the key of the school's returns", "did not hold the key of the school's returns", head, roll("212"), func(d *deposit) { d.slot = strings.Repeat("7e", 32) }},
		{"without its form", "does not name the form that it answers", head, roll("212"), func(d *deposit) { d.env.FormHash = "" }},
		{"no return at all", "it has no first line", head, roll("212"), func(d *deposit) { d.payload = []byte("212") }},
		{"an answer to something that is not asked", "return: ", head, roll("212"), func(d *deposit) {
			d.payload = []byte(strings.Replace(string(d.payload), `"roll"`, `"rool"`, 1))
		}},
		{"an earlier form that does not fit", "answers an earlier form", head, roll("212"), func(d *deposit) {
			d.env.FormHash = strings.Repeat("0f", 32)
			d.env.SubjectHash = d.env.FormHash
			d.slot = l.returnSlot(d.env, 1)
			d.env.Supersedes = ""
			d.payload = []byte(strings.Replace(string(d.payload), `"roll"`, `"rool"`, 1))
		}},
	}
	for i, tt := range tests {
		d := l.returns(tt.from, i+1, earlier, tt.answers)
		if tt.change != nil {
			tt.change(d)
		}
		l.sent(d)
	}
	before := len(l.files("events"))
	for range 2 {
		code, said := l.collect()
		if code != 1 || strings.Count(said, "! leaf ") != len(tests) {
			t.Errorf("collect exits with %d\n%s", code, said)
		}
		for _, tt := range tests {
			if !strings.Contains(said, tt.want) {
				t.Errorf("%s: %q is not told in\n%s", tt.name, tt.want, said)
			}
		}
		if strings.Contains(said, "many") || strings.Contains(said, "-returned.yaml") {
			t.Errorf("an answer is told, or taken:\n%s", said)
		}
	}
	if made := len(l.files("events")) - before; made != len(tests) {
		t.Errorf("%d events were made, want %d", made, len(tests))
	}
	if kept := len(l.files("vault/deposits")); kept != len(tests) {
		t.Errorf("%d deposits are kept, want %d", kept, len(tests))
	}
	l.despatch("build")
	if page := l.page(head, "What your school sent"); strings.Count(page, "Not taken") < len(tests) || !strings.Contains(page, "the return is not completed") {
		t.Errorf("the school's page does not tell of what was not taken:\n%s", page)
	}
	l.sent(l.returns(head, len(tests)+1, earlier, roll("212"))) // put right
	if code, said := l.collect(); code != 0 || strings.Contains(said, "! leaf") || strings.Count(said, "-returned.yaml") != 1 {
		t.Errorf("once it was put right: %d\n%s", code, said)
	}
	l.despatch("build")
	if page := l.page(head, "has what your school sent"); !strings.Contains(page, "Completed") || strings.Contains(page, "is not completed") {
		t.Error("the school's page does not say that it is completed")
	}
}

// TestReturnsAreTakenLateAndChangedOnlyInTime: the first until the last day, another
// until the day on which it is due.
func TestReturnsAreTakenLateAndChangedOnlyInTime(t *testing.T) {
	l := newLoop(t)
	l.withReturn(-1, 20)
	first := l.sent(l.returns(head, 1, "", roll("212")))
	l.sent(l.returns(head, 2, first, roll("213")))
	code, said := l.collect()
	if code != 1 || strings.Count(said, "-returned.yaml") != 1 || !strings.Contains(said, "could be changed until") {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	f := l.form(censusID)
	if d, ok := f.DoneBy("900001"); !ok || !d.Late || d.Version != 1 || d.Deposit != first {
		t.Errorf("the return stands as %+v", d)
	}
	l.despatch("build")
	if page := l.page(head, "What your school sent"); !strings.Contains(page, "Completed, late") || !strings.Contains(page, "what the school sent before stays") {
		t.Errorf("the school's page says\n%s", page)
	}
	l.withReturn(20, 20) // the authority gives everybody more time
	if code, said := l.collect(); code != 0 || strings.Count(said, "-returned.yaml") != 1 {
		t.Errorf("once the date was moved: %d\n%s", code, said)
	}
	if d, _ := l.form(censusID).DoneBy("900001"); d.Late || d.Version != 2 {
		t.Errorf("the return stands as %+v", d)
	}
	l.withReturn(-9, -1)
	other := l.returns(stranger, 1, "", roll("1"))
	other.forWhich, other.env.School = l.keys.Naming.School("900002"), l.keys.Naming.School("900002")
	l.school = "900002"
	other.slot = l.returnSlot(other.env, 1)
	l.sent(other)
	if code, said := l.collect(); code != 1 || !strings.Contains(said, "the return was closed after") {
		t.Errorf("after the last day: %d\n%s", code, said)
	}
}

const accountID = "2026-11-02-a3b4-additional-user-account"

// TestOnlySchoolsThatLackATagAreAskedForASecondAccount walks row P19: a group of the
// schools without the full product gets the return, its Headteacher's answer makes an
// account, and a school that has the product neither gets it nor is one made for it.
func TestOnlySchoolsThatLackATagAreAskedForASecondAccount(t *testing.T) {
	l := newLoop(t)
	groups := "content/groups.yaml"
	l.write(groups, l.files("content")[groups]+"  - {id: not-full, name: Schools without the full product, without: [full], roles: [headteacher]}\n")
	l.copied("content/schools/900002.yaml", "content/schools/900002.yaml", "tags: [lite]", "tags: [lite, full]")
	l.write("content/returns/2026/"+accountID+".yaml", fmt.Sprintf(`format: 1
title: Additional user-account
published: 2026-11-02
due: %s
audience: [Headteachers]
group: not-full
fields:
  - {id: forename, label: Forename, type: text, required: true}
  - {id: surname, label: Surname, type: text, required: true}
  - {id: role, label: Role, type: choice, required: true, choices: [Governor, Other responsible person]}
  - {id: email, label: E-mail address, type: email, required: true}
`, calendar.On(time.Now().AddDate(0, 0, 20))))
	l.despatch("keys", "--make", "--passphrase-file", l.pass)
	l.despatch("enrol", "--refresh", "--passphrase-file", l.pass)
	l.despatch("build")
	if who := l.line(l.despatch("list", "compartments"), "-/group-not-full"); !strings.Contains(who, "Morgan Ellery") || strings.Contains(who, "Ali Reed") {
		t.Errorf("the group's key is held by %q", who)
	}
	if page := l.page(head, "Schools without the full product"); !strings.Contains(page, "Additional user-account") {
		t.Errorf("the return's page says:\n%s", page)
	}
	asks := func(code, urn, mail string) *deposit {
		l.school = urn
		return l.returnsOf(accountID, code, 1, "", datareturn.Answers{Answers: []datareturn.Answer{
			{At: "forename", Value: "Zoë"}, {At: "surname", Value: "O'Neil"}, {At: "role", Value: "Governor"}, {At: "email", Value: mail},
		}})
	}
	l.sent(asks(head, "900001", "zoe.oneil@fernside.example"))
	if code, said := l.collect(); code != 0 {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	l.heldBecause(asks(stranger, "900002", "sam@hollow-lane.example"), "the return is not for this school", "-returned.yaml")
	accounts := len(l.files("content/accounts"))
	l.despatch("enrol", "--from-return", accountID, "--yes", "--passphrase-file", l.pass)
	if said := l.despatch("list", "accounts"); !strings.Contains(said, "Zoë O'Neil") || len(l.files("content/accounts")) != accounts+1 {
		t.Errorf("list accounts says\n%s", said)
	}
}

// TestAnAccountThatASchoolAskedForIsMadeOnceTheOfficerAgrees walks rows P18 to P25: the
// head names a person, the clock of two weeks shows, and a key letter comes of it.
func TestAnAccountThatASchoolAskedForIsMadeOnceTheOfficerAgrees(t *testing.T) {
	l := newLoop(t)
	day := func(n int) string { return calendar.On(time.Now().AddDate(0, 0, n)).String() }
	l.write("content/returns/2026/"+accountID+".yaml", fmt.Sprintf(`format: 1
title: Additional user-account
published: 2026-11-02
due: %s
audience: [Headteachers]
fields:
  - {id: forename, label: Forename, type: text, required: true}
  - {id: surname, label: Surname, type: text, required: true}
  - {id: role, label: Role, type: choice, required: true, choices: [Governor, Other responsible person]}
  - {id: email, label: E-mail address, type: email, required: true}
`, day(20)))
	asks := func(code, urn, forename, role, mail string) {
		t.Helper()
		l.school = urn
		d := l.returnsOf(accountID, code, 1, "", datareturn.Answers{Answers: []datareturn.Answer{
			{At: "forename", Value: forename}, {At: "surname", Value: "O'Neil"}, {At: "role", Value: role}, {At: "email", Value: mail},
		}})
		l.sent(d)
		if code, said := l.collect(); code != 0 {
			t.Fatalf("collect: %d\n%s", code, said)
		}
	}
	asks(head, "900001", "Zoë", "Governor", "zoe.oneil@fernside.example")
	if said := l.despatch("list", "due"); !strings.Contains(said, day(14)+"  ") || !strings.Contains(said, "Account details for Zoë O'Neil") || !strings.Contains(said, "asked for on") {
		t.Errorf("list due says\n%s", said)
	}
	if code, said := l.try("enrol", "--from-return", accountID, "--passphrase-file", l.pass); code != 1 || !strings.Contains(said, "nothing was made") || !strings.Contains(said, "zoe.oneil@fernside.example") {
		t.Errorf("without a yes: %d\n%s", code, said)
	}
	said := l.despatch("enrol", "--from-return", accountID, "--yes", "--passphrase-file", l.pass)
	letter := ""
	for line := range strings.Lines(said) {
		if strings.Contains(line, filepath.Join("private", "letters")) && strings.HasSuffix(strings.TrimSpace(line), ".html") {
			letter = strings.TrimSpace(line)
		}
	}
	text, err := os.ReadFile(letter)
	if err != nil || !strings.Contains(string(text), "O&#39;Neil") {
		t.Errorf("the key letter %q: %v\n%s", letter, err, said)
	}
	if said := l.despatch("list", "accounts"); !strings.Contains(said, "Zoë O'Neil") || !strings.Contains(said, "900001 Fernside Primary School: governor") {
		t.Errorf("list accounts says\n%s", said)
	}
	if said := l.despatch("list", "due"); strings.Contains(said, "Account details") {
		t.Errorf("list due still says\n%s", said)
	}
	if said := l.despatch("enrol", "--from-return", accountID, "--yes", "--passphrase-file", l.pass); !strings.Contains(said, "has account ") || !strings.Contains(said, "no request waits") {
		t.Errorf("again:\n%s", said)
	}
	accounts := len(l.files("content/accounts"))
	asks(stranger, "900002", "Zoë", "Governor", "ZOE.ONEIL@fernside.example")
	if code, said := l.try("enrol", "--from-return", accountID, "--yes", "--passphrase-file", l.pass); code != 1 || !strings.Contains(said, "cannot be made: the address ZOE.ONEIL@fernside.example is that of account") {
		t.Errorf("an address that somebody has: %d\n%s", code, said)
	}
	l.write("content/returns/2026/"+accountID+".yaml", strings.Replace(l.files("content/returns")["content/returns/2026/"+accountID+".yaml"], "Governor, Other", "Governor, Clerk, Other", 1))
	first := l.form(accountID).Done[1].Deposit
	d := l.returnsOf(accountID, stranger, 2, first, datareturn.Answers{Answers: []datareturn.Answer{
		{At: "forename", Value: "Sam"}, {At: "surname", Value: "Reed"}, {At: "role", Value: "Other responsible person"}, {At: "email", Value: "sam.reed@hollow-lane.example"},
	}})
	l.sent(d)
	l.collect()
	if code, said := l.try("enrol", "--from-return", accountID, "--yes", "--passphrase-file", l.pass); code != 1 || !strings.Contains(said, "names no role in content/groups.yaml: say which with --role") {
		t.Errorf("a role that nobody knows: %d\n%s", code, said)
	}
	if n := len(l.files("content/accounts")); n != accounts {
		t.Errorf("%d accounts were made", n-accounts)
	}
	l.despatch("enrol", "--from-return", accountID, "--role", "school-secretary", "--yes", "--passphrase-file", l.pass)
	if said := l.despatch("list", "accounts"); !strings.Contains(said, "900002 Hollow Lane School: school-secretary") {
		t.Errorf("list accounts says\n%s", said)
	}
	if code, said := l.try("enrol", "--from-return", focusVisit, "--yes"); code != 1 || !strings.Contains(said, "is a visit") {
		t.Errorf("a visit: %d\n%s", code, said)
	}
}
