package notify_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"despatch/generator/page"
	"despatch/office/desk"
	"despatch/office/notify"
	"despatch/records/access"
	"despatch/records/authority"
	"despatch/records/calendar"
)

const (
	head, headAddress = "7KQ2M9XD", "morgan.ellery@fernside.example"
	focus             = "2026-11-03-k7q2-early-reading"
)

// office is an authority's folder with one school, its Headteacher and a governor.
type office struct {
	t   *testing.T
	dir string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t, filepath.Join(t.TempDir(), "la")}
	o.must(os.CopyFS(o.dir, os.DirFS("../../cmd/despatch/testdata/authority")))
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// write writes a file of the folder, or with an empty text takes it away.
func (o *office) write(name, text string) {
	o.t.Helper()
	full := filepath.Join(o.dir, filepath.FromSlash(name))
	if text == "" {
		o.must(os.Remove(full))
		return
	}
	o.must(os.MkdirAll(filepath.Dir(full), 0o755))
	o.must(os.WriteFile(full, []byte(text), 0o644))
}

func (o *office) desk(now string) *desk.Desk {
	o.t.Helper()
	d, err := desk.Open(o.dir, at(now), "Kim Officer")
	o.must(err)
	o.t.Cleanup(func() { d.Close() })
	return d
}

// submit submits the Focus visit, and has it seen from outside in the same minute.
func (o *office) submit(now string) {
	o.t.Helper()
	_, err := o.desk(now).Submit(focus)
	o.must(err)
	_, err = o.desk(now).Seen(func(string) bool { return true }, 7)
	o.must(err)
}

func names() page.Names {
	name := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return hex.EncodeToString(sum[:8])
	}
	return page.Names{Root: func(c access.Compartment) string { return name(c.ID()) }, Name: name, Item: name}
}

// due plans, by the log in the folder.
func (o *office) due(now string) notify.Plan {
	o.t.Helper()
	log, err := notify.ReadLog(o.dir)
	o.must(err)
	d := o.desk(now)
	p, problems, err := notify.Due(d, names(), log, at(now))
	o.must(err)
	if len(problems) > 0 {
		o.t.Fatal(problems)
	}
	return p
}

// run plans and sends through a server, and gives who was written to, by kind.
func (o *office) run(s *sink, now string) (mails []string, refused []notify.Refused) {
	o.t.Helper()
	p := o.due(now)
	for _, m := range p.Mails {
		mails = append(mails, string(m.Kind)+" "+m.To)
	}
	log, err := notify.OpenLog(o.dir)
	o.must(err)
	defer log.Close()
	settings := o.desk(now).Site().Settings
	settings.Mail = authority.Mail{From: "portal@northmoor.example", ReplyTo: "help@northmoor.example", Server: s.address, Security: authority.Plain}
	server, err := notify.Connect(context.Background(), settings, "")
	o.must(err)
	defer server.Close()
	_, err = notify.Send(server, p, log, 7, at(now), func(r notify.Refused) { refused = append(refused, r) })
	o.must(err)
	return mails, refused
}

// A sink is a mail server in this process that keeps what it is given.
type sink struct {
	address string
	mu      sync.Mutex
	refuse  map[string]*smtp.SMTPError
	got     []string
}

func newSink(t *testing.T) *sink {
	t.Helper()
	s := &sink{refuse: make(map[string]*smtp.SMTPError)}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{sink: s}, nil }))
	server.Domain = "sink.example"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = l.Addr().String()
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close() })
	return s
}

type session struct{ sink *sink }

func (*session) Reset()                               {}
func (*session) Logout() error                        { return nil }
func (*session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	if no := s.sink.refuse[to]; no != nil {
		return no
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.sink.got = append(s.sink.got, string(data))
	return err
}

func TestHeadteacherIsToldAtOnceThatAFocusVisitAwaitsAResponse(t *testing.T) {
	o, s := newOffice(t), newSink(t)
	if p := o.due("2026-11-05T09:00:00Z"); len(p.Mails) != 0 {
		t.Fatalf("of a draft: %+v", p.Mails)
	}
	if _, err := o.desk("2026-11-05T09:00:00Z").Submit(focus); err != nil {
		t.Fatal(err)
	}
	if p := o.due("2026-11-05T09:00:00Z"); len(p.Mails) != 0 {
		t.Fatalf("of a visit that the portal does not show: %+v", p.Mails)
	}
	if _, err := o.desk("2026-11-05T09:30:00Z").Seen(func(string) bool { return true }, 7); err != nil {
		t.Fatal(err)
	}
	if got, _ := o.run(s, "2026-11-05T09:31:00Z"); !slices.Equal(got, []string{"to-do " + headAddress}) {
		t.Fatalf("written to: %q", got)
	}
	// Submitted on a Thursday, ten working days: 19 November.
	text := s.got[0]
	for _, want := range []string{
		"To: <" + headAddress + ">", "Subject: Read and respond by Thursday 19 November 2026", `"Northmoor Schools Portal" <portal@northmoor.example>`,
		"Reply-To: <help@northmoor.example>", "Auto-Submitted: auto-generated", "@northmoor.example>",
		"https://schools.northmoor.example/#a=7KQ2M9XD&to=%2Fs%2F", "&h=7", "You or another permitted person at your school must respond",
	} {
		if !strings.Contains(unfolded(text), want) {
			t.Errorf("the mail does not say %q:\n%s", want, text)
		}
	}
	for _, not := range []string{"Early reading", "Fernside", "900001", "Morgan", "Priya Usher", "Reading is taught"} {
		if strings.Contains(strings.ReplaceAll(unfolded(text), headAddress, ""), not) {
			t.Errorf("the mail says %q:\n%s", not, text)
		}
	}
	if got, _ := o.run(s, "2026-11-05T10:00:00Z"); len(got) != 0 {
		t.Errorf("told again: %q", got)
	}
}

// unfolded undoes how lines of a mail are broken.
func unfolded(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(s, "=\r\n", ""), "=3D", "="), "\r\n ", " ")
}

func TestWhoHasNotActedIsRemindedOnceAndNobodyAfterTheDate(t *testing.T) {
	o, s := newOffice(t), newSink(t)
	o.submit("2026-11-05T09:00:00Z")
	o.run(s, "2026-11-05T09:30:00Z")
	told := func(now string) int {
		n := 0
		for _, m := range func() []string { got, _ := o.run(s, now); return got }() {
			if strings.HasPrefix(m, "to-do") {
				n++
			}
		}
		return n
	}
	for now, want := range map[string]int{"2026-11-16T09:00:00Z": 0} {
		if got := told(now); got != want {
			t.Errorf("on %s %d reminders, want %d", now, got, want)
		}
	}
	for _, step := range []struct {
		now  string
		want int
	}{{"2026-11-17T09:00:00Z", 1}, {"2026-11-17T10:00:00Z", 0}, {"2026-11-18T10:00:00Z", 0}, {"2026-11-19T10:00:00Z", 0}, {"2026-11-20T10:00:00Z", 0}} {
		if got := told(step.now); got != step.want {
			t.Errorf("on %s %d reminders, want %d", step.now, got, step.want)
		}
	}
}

func TestOtherVisitsWaitForTheDigestOfWednesday(t *testing.T) {
	o, s := newOffice(t), newSink(t)
	if _, err := o.desk("2026-11-16T09:00:00Z").Publish("2026-11-04-b2c3-fire-safety"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		now  string
		want []string
	}{
		{"2026-11-16T09:30:00Z", nil},                               // a Monday
		{"2026-11-18T06:59:00Z", nil},                               // Wednesday, before seven
		{"2026-11-18T07:00:00Z", []string{"digest " + headAddress}}, // nobody else may read it
		{"2026-11-18T08:00:00Z", nil},
		{"2026-11-25T08:00:00Z", nil}, // nothing new
		{"2026-12-04T08:00:00Z", nil},
	} {
		// What is a to-do of the sheet for that day is another test's.
		got, _ := o.run(s, step.now)
		got = slices.DeleteFunc(got, func(m string) bool { return strings.HasPrefix(m, "to-do") })
		if !slices.Equal(got, step.want) {
			t.Errorf("at %s: %q, want %q", step.now, got, step.want)
		}
	}
	text := unfolded(s.got[len(s.got)-1])
	if !strings.Contains(text, "There is something new for you on Northmoor Schools Portal") || strings.Contains(text, "Fire") || !strings.Contains(text, "to=%2Fs%2Fhome.html") {
		t.Error(text)
	}
}

func TestTheFirstDigestDoesNotTellOfYearsAgo(t *testing.T) {
	o := newOffice(t)
	if _, err := o.desk("2026-11-05T09:00:00Z").Publish("2026-11-04-b2c3-fire-safety"); err != nil {
		t.Fatal(err)
	}
	if p := o.due("2026-11-25T08:00:00Z"); len(p.Mails) != 0 || p.Digest.IsZero() {
		t.Errorf("%+v", p)
	}
}

func TestDigestWaitsForAWorkingDay(t *testing.T) {
	c := calendar.New(nil)
	for now, want := range map[string]string{
		"2024-12-24T12:00:00Z": "2024-12-18", "2024-12-25T12:00:00Z": "", "2024-12-26T12:00:00Z": "", "2024-12-27T06:59:00Z": "",
		"2024-12-27T07:00:00Z": "2024-12-27", "2024-12-31T12:00:00Z": "2024-12-27", "2025-01-01T12:00:00Z": "", "2025-01-02T07:00:00Z": "2025-01-02",
		"2026-07-01T05:59:00Z": "", "2026-07-01T06:00:00Z": "2026-07-01", // seven in London's summer
	} {
		got, err := notify.DigestDay(c, at(now))
		if err != nil || got.String() != want {
			t.Errorf("at %s: %q, %v, want %q", now, got, err, want)
		}
	}
	if _, err := notify.DigestDay(c, at("2099-01-07T12:00:00Z")); err == nil {
		t.Error("a day beyond the table of bank holidays has a digest")
	}
}

func TestAnActionSheetIsToldToItsAudienceOnly(t *testing.T) {
	o, s := newOffice(t), newSink(t)
	o.write("content/accounts/8kq2m9xd.yaml", "format: 1\nname: Sam Postlethwaite\nemail: sam@fernside.example\nschools:\n  - {school: \"900001\", roles: [school-secretary]}\n")
	o.write("content/accounts/9kq2m9xd.yaml", "format: 1\nname: Colin Fairwether\nemail: colin@fernside.example\nschools:\n  - {school: \"900001\", roles: [governor]}\n")
	if _, err := o.desk("2026-11-06T09:00:00Z").Publish("second-accounts"); err != nil {
		t.Fatal(err)
	}
	if got, _ := o.run(s, "2026-11-06T09:30:00Z"); !slices.Equal(got, []string{"to-do " + headAddress, "to-do sam@fernside.example"}) {
		t.Fatalf("written to: %q", got)
	}
	if text := unfolded(s.got[0]); !strings.Contains(text, "Subject: Act by Friday 18 December 2026") {
		t.Error(text)
	}
}

func TestSeveralThingsAreOneMail(t *testing.T) {
	o, s := newOffice(t), newSink(t)
	o.submit("2026-11-06T09:00:00Z")
	if _, err := o.desk("2026-11-06T09:00:00Z").Publish("second-accounts"); err != nil {
		t.Fatal(err)
	}
	if got, _ := o.run(s, "2026-11-06T09:30:00Z"); !slices.Equal(got, []string{"to-do " + headAddress}) {
		t.Fatalf("written to: %q", got)
	}
	text := unfolded(s.got[0])
	if !strings.Contains(text, "Subject: 2 things to do, the first by Friday 20 November 2026") || strings.Count(text, "/#a=") != 2 {
		t.Error(text)
	}
}

func TestAnAddressThatMailCameBackFromIsLeftOutAndTold(t *testing.T) {
	o := newOffice(t)
	o.submit("2026-11-05T09:00:00Z")
	o.write("content/undelivered.yaml", "format: 1\naddresses:\n  - {address: Morgan.Ellery@fernside.example, on: 2026-11-04, why: no such user}\n")
	p := o.due("2026-11-05T09:30:00Z")
	if len(p.Mails) != 0 || len(p.Unreached) != 1 || p.Unreached[0].Why != "mail came back on Wednesday 4 November 2026: no such user" {
		t.Errorf("%+v", p)
	}
}

func TestAnAddressThatTheServerRefusesIsTheOnlyOneLeftOut(t *testing.T) {
	o, s := newOffice(t), newSink(t)
	o.write("content/accounts/8kq2m9xd.yaml", "format: 1\nname: Sam Postlethwaite\nemail: sam@fernside.example\nschools:\n  - {school: \"900001\", roles: [headteacher]}\n")
	o.submit("2026-11-05T09:00:00Z")
	for _, tt := range []struct {
		name       string
		says       *smtp.SMTPError
		bad, later bool
	}{
		{"it may work later", &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}, false, true},
		{"our mail is not wanted", &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "policy"}, false, false},
		{"there is no such address", &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}, true, false},
	} {
		s.refuse[headAddress] = tt.says
		_, refused := o.run(s, "2026-11-05T09:30:00Z")
		if len(refused) != 1 || refused[0].Address != headAddress || refused[0].Bad != tt.bad || refused[0].Later != tt.later || !strings.Contains(refused[0].Said, tt.says.Message) {
			t.Errorf("%s: %+v", tt.name, refused)
		}
	}
	if len(s.got) != 1 || !strings.Contains(s.got[0], "To: <sam@fernside.example>") {
		t.Errorf("%d mails went", len(s.got))
	}
	delete(s.refuse, headAddress)
	if got, _ := o.run(s, "2026-11-05T09:40:00Z"); !slices.Equal(got, []string{"to-do " + headAddress}) {
		t.Errorf("once it works: %q", got)
	}
}

func TestALineThatWasNotWrittenWholeIsTakenAwayAndAWrongOneRefused(t *testing.T) {
	o, s := newOffice(t), newSink(t)
	o.submit("2026-11-05T09:00:00Z")
	o.run(s, "2026-11-05T09:30:00Z")
	file := filepath.Join(o.dir, "mail", "sent.jsonl")
	whole, err := os.ReadFile(file)
	o.must(err)
	o.must(os.WriteFile(file, append(slices.Clone(whole), whole[:len(whole)/2]...), 0o600))
	if got, _ := o.run(s, "2026-11-05T10:00:00Z"); len(got) != 0 {
		t.Errorf("told again: %q", got)
	}
	after, err := os.ReadFile(file)
	o.must(err)
	if !bytes.HasPrefix(after, whole) || bytes.Count(after, []byte("\n")) != bytes.Count(after, []byte("{\"format\"")) {
		t.Errorf("the log is\n%s", after)
	}
	o.must(os.WriteFile(file, []byte("{}\n"), 0o600))
	if _, err := notify.ReadLog(o.dir); err == nil || !strings.Contains(err.Error(), "mail/sent.jsonl:1: ") {
		t.Error(err)
	}
}

func TestOneProcessWrites(t *testing.T) {
	o := newOffice(t)
	log, err := notify.OpenLog(o.dir)
	o.must(err)
	defer log.Close()
	if _, err := notify.OpenLog(o.dir); err == nil {
		t.Error("two have it open")
	}
}

const report = `From: MAILER-DAEMON@mx.example
To: portal@northmoor.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; elsewhere@other.example
Action: ACTION
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <elsewhere@other.example>: no such
 user here

--b
Content-Type: message/rfc822

From: portal@northmoor.example
Message-ID: <ID>
Subject: x

body
--b--
`

func TestReportsOfMailThatCameBackNoteTheAddressThatWasWrittenTo(t *testing.T) {
	o, s := newOffice(t), newSink(t)
	o.submit("2026-11-05T09:00:00Z")
	o.run(s, "2026-11-05T09:30:00Z")
	log, err := notify.ReadLog(o.dir)
	o.must(err)
	_, id, _ := strings.Cut(s.got[0], "Message-ID: <")
	id, _, _ = strings.Cut(id, ">")
	read := func(text string) ([]notify.Returned, error) {
		return notify.ReadReport(strings.NewReader(strings.NewReplacer("\n", "\r\n").Replace(text)), log)
	}
	failed := strings.NewReplacer("<ID>", "<"+id+">", "ACTION", "failed").Replace(report)
	got, err := read(failed)
	if err != nil || len(got) != 1 || got[0].Address != headAddress || !strings.Contains(got[0].Why, "no such user here") {
		t.Fatalf("%+v, %v", got, err)
	}
	if got, err := read(strings.NewReplacer("<ID>", "<"+id+">", "ACTION", "delayed").Replace(report)); err != nil || len(got) != 0 {
		t.Errorf("of a mail that is still tried: %+v, %v", got, err)
	}
	for name, text := range map[string]string{
		"about a mail of others":   strings.ReplaceAll(failed, id, "0011@northmoor.example"),
		"no report":                strings.Replace(failed, "multipart/report; report-type=delivery-status", "multipart/mixed", 1),
		"about nothing":            strings.Replace(failed, "message/rfc822", "text/plain", 1),
		"no mail":                  "hello",
		"nothing":                  "",
		"a report of another kind": strings.Replace(failed, "report-type=delivery-status", "report-type=disposition-notification", 1),
	} {
		if got, err := read(text); err == nil {
			t.Errorf("%s: %+v is taken", name, got)
		}
	}

	site := o.desk("2026-11-06T09:00:00Z").Site()
	changed, err := notify.NoteReturned(o.dir, &site.Undelivered, site.Accounts, got, calendar.Date{Year: 2026, Month: 11, Day: 6})
	if err != nil || !changed {
		t.Fatal(changed, err)
	}
	site = o.desk("2026-11-06T09:00:00Z").Site()
	if u := site.Undelivered.Of(headAddress); u == nil || u.On.String() != "2026-11-06" {
		t.Fatalf("noted: %+v", site.Undelivered)
	}
	if changed, err := notify.NoteReturned(o.dir, &site.Undelivered, site.Accounts, got, calendar.Date{Year: 2026, Month: 11, Day: 7}); err != nil || changed {
		t.Errorf("noted twice: %v, %v", changed, err)
	}
	site.Accounts[head].Email = "morgan@fernside.example"
	if changed, err := notify.NoteReturned(o.dir, &site.Undelivered, site.Accounts, nil, calendar.Date{Year: 2026, Month: 11, Day: 7}); err != nil || !changed {
		t.Errorf("an address that nobody has is kept: %v, %v", changed, err)
	}
	if u := o.desk("2026-11-06T09:00:00Z").Site().Undelivered; len(u.Addresses) != 0 {
		t.Errorf("left: %+v", u)
	}
}

func FuzzReadReport(f *testing.F) {
	f.Add([]byte(report))
	f.Add([]byte("Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"))
	log, err := notify.ReadLog(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := notify.ReadReport(bytes.NewReader(data), log); err == nil {
			t.Errorf("%+v of a mail that was never sent", got)
		}
	})
}

func TestAServerThatIsNotThereIsSaidToBe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	s := &authority.Settings{Mail: authority.Mail{From: "portal@northmoor.example", Server: address, Security: authority.Plain}}
	if _, err := notify.Connect(t.Context(), s, ""); err == nil || !strings.Contains(err.Error(), "reach the mail server "+address) {
		t.Error(err)
	}
	// In clear nobody goes on with a server that was to be encrypted.
	s.Mail.Server, s.Mail.Security = newSink(t).address, authority.Starttls
	if server, err := notify.Connect(t.Context(), s, ""); err == nil {
		t.Error(errors.Join(errors.New("a server without STARTTLS is taken"), server.Close()))
	}
}
