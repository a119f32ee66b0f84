package source_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/generator/source"
	"despatch/records/visit"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

const (
	visitFile = "content/visits/2026/2026-11-03-k7q2-early-reading/visit.yaml"
	visitText = "format: 1\nprofile: focus\nschool: \"900001\"\ndate: 2026-11-03\nfocus: Early reading\nresponsible: Priya Usher\n"
	sheetFile = "content/sheets/2026/2026-11-02-a3b4-second-account.md"
	sheetText = "---\nformat: 1\ntitle: Second account\ntype: Information\nnumber: 1/26\npublished: 2026-11-02\naudience: [Headteachers]\n---\n\nBody.\n"
	docFile   = "content/documents/2026/2026-10-09-c5d6-risk-letter/document.yaml"
	docText   = "format: 1\ntitle: Letter\npublished: 2026-10-09\nschools: [\"900001\"]\ntext: Dear all\n"
	submitted = "events/2026/11/o1793787120-submitted-00000001.yaml"
	submit    = "format: 1\nkind: submitted\nrecord: 2026-11-03-k7q2-early-reading\ntime: 2026-11-04T10:12:00Z\nrespond_by: 2026-11-18\n"
)

// full is minimal with one record of each kind.
func full(t *testing.T) string {
	t.Helper()
	la := minimal(t)
	write(t, la, visitFile, visitText)
	write(t, la, submitted, submit)
	write(t, la, sheetFile, sheetText)
	write(t, la, docFile, docText)
	write(t, la, "content/returns/2026/2026-11-02-e7f8-account.yaml", "format: 1\ntitle: Account\npublished: 2026-11-02\ndue: 2026-12-18\naudience: [Headteachers]\nfields:\n  - {id: a, label: A, type: text}\n")
	write(t, la, "content/news/2026/2026-11-02-g9h0-fog.md", "---\nformat: 1\ntitle: Fog\npublished: 2026-11-02\neveryone: true\n---\nBody.\n")
	write(t, la, "content/results/2026/2026-07-07-j1k2-ks2/result.yaml", "format: 1\ntitle: KS2\nrelease: 2026-07-07T09:30\naudience: [Headteachers]\nmeasures: [Reading]\nnational: [\"74\"]\nschools:\n  \"900001\": [\"81\"]\n")
	return la
}

func TestCheckOfASoundFolderFindsNothing(t *testing.T) {
	if problems := open(t, full(t)).Check(now, nil); len(problems) > 0 {
		t.Errorf("%v", problems)
	}
}

func TestCheckFinds(t *testing.T) {
	const school = "content/schools/900001.yaml"
	tests := []struct {
		name, path, old, new string // old in the file becomes new; an empty old: new is the whole file
		want                 string
		warning              bool
	}{
		{"an unknown key", visitFile, "focus: Early", "fokus: Early", visitFile + `:5:1: unknown key "fokus" (did you mean "focus"?`, false},
		{"an unknown profile", visitFile, "profile: focus", "profile: fokus", visitFile + `:2:10: unknown profile "fokus" (want focus, other)`, false},
		{"an unknown school", visitFile, "900001", "900002", visitFile + `:3:9: no school has the URN "900002"`, false},
		{"an unknown publisher", visitFile, "focus: Early", "publisher: diocese\nfocus: Early", visitFile + `:5:12: unknown publisher "diocese" (want authority, larkfield)`, false},
		{"a trust with the authority's profile", visitFile, "focus: Early", "publisher: larkfield\nfocus: Early", `profile "focus" is for a publisher of kind "authority"`, false},
		{"a grade where there is none", visitFile, "focus: Early", "grade: good\nfocus: Early", visitFile + `:5:8: visits of profile "focus" have no grade`, false},
		{"a newer format", visitFile, "format: 1", "format: 2", visitFile + ":1:9: format 2 was written by a newer despatch", false},
		{"no format", visitFile, "format: 1\n", "", visitFile + ":1:1: the format is missing", false},
		{"a school in an artful place", visitFile, "school: \"900001\"", "? school\n: \"900001\"", "must stand on a line of its own", false},
		{"a school in a flow", visitFile, "", "{format: 1, profile: focus, school: \"900001\", date: 2026-11-03, responsible: P}\n", "must stand on a line of its own", false},
		{"a second school in the text", visitFile, "focus: Early reading", "focus: 'Early\nschool: 900002\n reading'", visitFile + ":3:9: the school's URN must stand on a line of its own", false},
		{"a school that only text has", visitFile, "school: \"900001\"\n", "category: 'x\nschool: 900001\n y'\n", "must stand on a line of its own", false},
		{"a missing attachment", visitFile, "focus: Early", "attachments:\n  - {file: plan.pdf}\nfocus: Early", visitFile + `:6:12: the file "plan.pdf" is not in content/visits/2026/2026-11-03-k7q2-early-reading/attachments/`, false},
		{"an attachment nobody names", "content/visits/2026/2026-11-03-k7q2-early-reading/attachments/plan.pdf", "", "%PDF-1.7", `the file "plan.pdf" lies here but is not listed`, true},
		{"two reports", "content/visits/2026/2026-11-03-k7q2-early-reading/report.md", "", "Body", "", false},
		{"a report with a control character", "content/visits/2026/2026-11-03-k7q2-early-reading/report.md", "", "One\nT\x1bwo\n", "report.md:2:2: the character U+001B", false},
		{"a report without a visit", "content/visits/2026/2026-11-04-k7q2-no-visit/report.md", "", "Body", "the visit has no visit.yaml", false},
		{"a wrong phone", visitFile, "focus: Early", "contact: {phone: later}\nfocus: Early", visitFile + `:5:18: "later" is not a phone number`, false},

		{"an event of nothing", submitted, "early-reading", "late-reading", submitted + `:1:1: no record has the id "2026-11-03-k7q2-late-reading"`, false},
		{"an event of another kind", submitted, "kind: submitted", "kind: seen", submitted + `:2:7: the kind is "seen" but the file's name says "submitted"`, false},
		{"an event in another month", submitted, "2026-11-04T", "2026-10-04T", `but the file is in events/2026/11`, false},
		{"an event without its date", submitted, "respond_by: 2026-11-18\n", "", "submitted without respond_by", false},
		{"an event that does not fit", "events/2026/11/o1793787121-issued-00000002.yaml", "", "format: 1\nkind: issued\nrecord: 2026-11-03-k7q2-early-reading\ntime: 2026-11-04T10:13:00Z\n", "issued does not fit: visits of profile", true},
		{"an event that fits no sheet", "events/2026/11/o1793787121-submitted-00000002.yaml", "", "format: 1\nkind: submitted\nrecord: 2026-11-02-a3b4-second-account\ntime: 2026-11-04T10:13:00Z\nrespond_by: 2026-11-18\n", "only a visit has such an event", true},

		{"an unknown audience word", sheetFile, "[Headteachers]", "[Headteachers, Caretakers]", sheetFile + `:7:26: warning: "Caretakers" names no role in content/groups.yaml; nobody gets this until it does`, true},
		{"an MI number twice", "content/sheets/2026/2026-11-05-a3b4-again.md", "", strings.ReplaceAll(sheetText, "1/26", "MI 001-2026"), "the MI number MI 001-2026 is also that of 2026-11-02-a3b4-second-account", false},
		{"a sheet for an unknown return", sheetFile, "type: Inf", "return: 2026-01-01-aaaa-x\ntype: Inf", sheetFile + `:4:9: no data return has the id`, false},
		{"a sheet for an unknown school", sheetFile, "type: Inf", "schools: [\"900001\", \"900009\"]\ntype: Inf", sheetFile + `:4:21: no school has the URN "900009"`, false},
		{"a sheet without front matter", sheetFile, "", "Just text\n", sheetFile + ":1:1: the file does not start with front matter", false},
		{"a control character in a body", sheetFile, "Body.", "Bo\x00dy.", sheetFile + ":10:3: the character U+0000", false},
		{"a document for nobody", docFile, "schools: [\"900001\"]\n", "", "the document goes to nobody", false},
		{"a document for an unknown school", docFile, "900001", "900009", docFile + `:4:11: no school has the URN "900009"`, false},
		{"a document for an unknown group", docFile, "schools: [\"900001\"]", "group: all", docFile + `:4:8: no group has the id "all"`, false},
		{"a document for an unknown role", docFile, "text:", "role: head\ntext:", docFile + `:5:7: unknown role "head" (want one of headteacher, governor)`, false},
		{"a letter without a salutation", docFile, "text:", "letter: {signed: Robin Vale}\ntext:", docFile + `:5:9: a letter begins with a salutation (want one like "Dear Ms Ellery")`, false},
		{"changes that nobody asked for", visitFile, "focus: Early", "changes: [{said: x, now: Body}]\nfocus: Early", visitFile + ":5:10: warning: nobody has judged this record inaccurate", true},
		{"changes that the report does not show", visitFile, "focus: Early", "changes: [{said: x, now: y}]\nfocus: Early", visitFile + ":5:26: warning: the report does not have these words", true},
		{"a point that nothing became of", visitFile, "focus: Early", "changes: [{said: x}]\nfocus: Early", "or under declined why it was not changed", false},
		{"a document from nobody", docFile, "text:", "from: diocese\ntext:", docFile + `:5:7: no publisher has the id "diocese"`, false},

		{"a URN that is not the file's", school, "urn: 900001", "urn: 900002", school + `:2:6: the URN is "900002" but the file is named 900001.yaml`, false},
		{"a URN that is none", school, "urn: 900001", "urn: 9A0001", `"9A0001" is not a URN`, false},
		{"an unknown trust", school, "status: Open", "status: Open\npublisher: authority", `no trust has the id "authority"`, false},
		{"an unknown phase", school, "phase: Primary", "phase: primary", `unknown phase "primary" (want one of Nursery`, false},
		{"a school that closed before it opened", school, "status: Open", "status: Closed\nopened: 1800-01-01\nclosed: 1799-12-31", school + ":7:9: warning: the school closed on 1799-12-31, before it opened", true},
		{"a school with one account", "content/accounts/8kq2m9xd.yaml", "900001", "900002", "has 1 of the two accounts", true},
		{"an account of an unknown school", "content/accounts/8kq2m9xd.yaml", "900001", "900002", `8kq2m9xd.yaml:4:20: no school has the URN "900002"`, false},
		{"an address twice", "content/accounts/8kq2m9xd.yaml", "sam.odell", "Morgan.Ellery", "the account 7KQ2-M9XD has the same address", false},
		{"a shared mailbox", "content/accounts/8kq2m9xd.yaml", "sam.odell", "office", "a mailbox that several people read", true},
		{"a name that is no code", "content/accounts/morgan.yaml", "", "format: 1\n", `"morgan" is not an account code in lower case`, false},
		{"a code with an o", "content/accounts/okq2m9xd.yaml", "", "format: 1\n", `"okq2m9xd" is not an account code`, false},
		{"a pale brand", "despatch.yaml", "#1d3c6e", "#8fb3e8", "despatch.yaml:16:16: white text on #8fb3e8 has a contrast of 2.1:1", false},
		{"no accessibility contact", "despatch.yaml", "  contact: accessibility@northmoor.example\n", "", "despatch.yaml:7:3: the accessibility statement needs an e-mail address to which people report problems: give accessibility.contact", false},
		{"no review of the accessibility statement", "despatch.yaml", "  reviewed: 2026-09-01\nprivacy", "privacy", "despatch.yaml:7:3: the accessibility statement needs the day", false},
		{"an accessibility statement of last year", "despatch.yaml", "  reviewed: 2026-09-01\nprivacy", "  reviewed: 2025-09-01\nprivacy", "despatch.yaml:8:13: warning: the accessibility statement was last reviewed on 1 September 2025, more than a year ago", true},
		{"no privacy notice", "despatch.yaml", "  officer: {name: Data Protection Officer, email: dpo@northmoor.example}\n", "", "despatch.yaml:10:3: the privacy notice needs the data protection officer", false},
		{"a privacy notice of last year", "despatch.yaml", "  reviewed: 2026-09-01\nsecurity", "  reviewed: 2025-11-21\nsecurity", "despatch.yaml:13:13: warning: the privacy notice was last reviewed on 21 November 2025, more than a year ago", true},
		{"nobody to tell of a weakness", "despatch.yaml", "security: {contact: security@northmoor.example}\n", "", "security.txt needs somebody to tell of a weakness", false},
		{"an unknown module", "despatch.yaml", "sheets: true", "surveys: true", `unknown module "surveys"`, false},
		{"an address with a path", "despatch.yaml", "schools.northmoor.example", "schools.northmoor.example/x", "is not an origin", false},
		{"no roles", "content/groups.yaml", "", "format: 1\n", "no roles are there", false},
		{"mail that came back from nowhere", "content/undelivered.yaml", "", "format: 1\naddresses:\n  - {address: morgan, on: 2026-11-20, why: x}\n", `content/undelivered.yaml:3:15: "morgan" is not an e-mail address`, false},
		{"mail that came back never", "content/undelivered.yaml", "", "format: 1\naddresses:\n  - {address: m@x.example, why: x}\n", "has the day on which it did", false},
		{"an address that is there twice", "content/undelivered.yaml", "", "format: 1\naddresses:\n  - {address: m@x.example, on: 2026-11-20, why: x}\n  - {address: M@x.example, on: 2026-11-20, why: x}\n", `"M@x.example" is there twice`, false},
		{"an unknown role in an account", "content/accounts/8kq2m9xd.yaml", "[governor]", "[chair]", `unknown role "chair" (want one of headteacher, governor)`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			la := full(t)
			if tt.name == "two reports" {
				write(t, la, visitFile, visitText+"report: Body\n")
				tt.want = "the report is here and in report.md; keep one"
			}
			text := tt.new
			if tt.old != "" {
				data, err := os.ReadFile(filepath.Join(la, filepath.FromSlash(tt.path)))
				if err != nil || !strings.Contains(string(data), tt.old) {
					t.Fatalf("%q is not in %s: %v", tt.old, tt.path, err)
				}
				text = strings.Replace(string(data), tt.old, tt.new, 1)
			}
			write(t, la, tt.path, text)
			problems := open(t, la).Check(now, nil)
			i := slices.IndexFunc(problems, func(p source.Problem) bool { return strings.Contains(p.String(), tt.want) })
			if i < 0 {
				t.Fatalf("problems\n%v\nwant %s", problems, tt.want)
			}
			if problems[i].Warning != tt.warning {
				t.Errorf("%s: warning is %v", problems[i], problems[i].Warning)
			}
		})
	}
}

func TestCheckReportsEverythingTogether(t *testing.T) {
	la := full(t)
	write(t, la, visitFile, "format: 1\nprofile: nope\nschool: \"900001\"\ndate: 2026-13-03\n")
	write(t, la, sheetFile, "nothing")
	write(t, la, "content/schools/900001.yaml", "format: x\n")
	write(t, la, "content/minutes/x/y.md", "")
	problems := open(t, la).Check(now, nil)
	files := make(map[string]bool)
	for i, p := range problems {
		files[p.File] = true
		if i > 0 && problems[i-1].File > p.File {
			t.Error("the problems are not sorted")
		}
	}
	for _, f := range []string{visitFile, sheetFile, "content/schools/900001.yaml", "content/minutes/x/y.md"} {
		if !files[f] {
			t.Errorf("nothing is said about %s in %v", f, problems)
		}
	}
	if says(problems, "no school has the URN") {
		t.Errorf("a school with a problem is said to be missing: %v", problems)
	}
}

func TestCheckWarnsAYearBeforeBankHolidaysEnd(t *testing.T) {
	f := open(t, full(t))
	for day, want := range map[string]bool{"2027-12-29": false, "2027-12-31": true, "2029-06-01": true} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := says(f.Check(at, nil), "bank holidays are known until 31 December 2028"); got != want {
			t.Errorf("on %s: %v, want %v", day, got, want)
		}
	}
}

func TestHeldWhenUnknown(t *testing.T) {
	la := full(t)
	write(t, la, sheetFile, strings.Replace(sheetText, "[Headteachers]", "[Headteachers, Everybody]", 1))
	f := open(t, la)
	l, _, err := f.Scan()
	if err != nil {
		t.Fatal(err)
	}
	s, _ := f.Site(l)
	c, _ := f.Common(l, s)
	if len(c.Sheets) != 1 || c.Sheets[0].Held == "" || c.Sheets[0].Live(now) || !slices.Equal(c.Sheets[0].Unknown, []string{"Everybody"}) {
		t.Errorf("%+v", c.Sheets)
	}
	if len(c.News) != 1 || !c.News[0].Live(now) || c.News[0].Held != "" {
		t.Errorf("%+v", c.News)
	}
}

func TestVisitsOfASchool(t *testing.T) {
	la := full(t)
	dir := filepath.Dir(visitFile)
	write(t, la, visitFile, visitText+"attachments:\n  - {file: plan.pdf, title: Action plan}\n  - {file: names.csv}\nreport: \"\"\n")
	write(t, la, dir+"/report.md", "# One\r\n\r\nTwo\r\n")
	write(t, la, dir+"/attachments/plan.pdf", "%PDF-1.7\n")
	write(t, la, dir+"/attachments/names.csv", "a,b\n")
	f := open(t, la)
	l, problems, err := f.Scan()
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	s, _ := f.Site(l)
	var files, events []source.Entry
	for _, e := range l.Entries {
		if id, ok := e.VisitID(); ok {
			if id != "2026-11-03-k7q2-early-reading" {
				t.Errorf("%s is of visit %s", e.Path, id)
			}
			files = append(files, e)
		}
		if e.IsEvent() {
			events = append(events, e)
			if school, err := f.SchoolOf(e); school != "900001" || err != nil {
				t.Errorf("%s is of school %q, %v", e.Path, school, err)
			}
		}
	}
	visits, problems := f.Visits(s, files, events)
	if len(visits) != 1 || len(problems) > 0 {
		t.Fatalf("%d visits, %v", len(visits), problems)
	}
	v := visits[0]
	if v.State.Status != visit.Submitted || v.State.RespondBy.String() != "2026-11-18" || v.Report != "# One\n\nTwo\n" || v.Contact.Name != "Robin Vale" || v.Publisher.ID != "authority" {
		t.Errorf("%+v", v)
	}
	if len(v.Files) != 2 || v.Files[0].Title != "Action plan" || v.Files[0].Type != "application/pdf" || v.Files[1].Title != "names.csv" || v.Files[1].Type != "text/csv" {
		t.Errorf("%+v", v.Files)
	}
}

func TestSchoolOfRefusesWhatCouldMeanTwoThings(t *testing.T) {
	for name, text := range map[string]string{
		"twice":       "school: 900001\nschool: 900002\n",
		"none":        "format: 1\n",
		"indented":    " school: 900001\n",
		"an alias":    "school: *a\n",
		"a tag":       "school: !!str 900001\n",
		"a block":     "school: |\n  900001\n",
		"two words":   "school: 900001 900002\n",
		"upper case":  "school: ABC\n",
		"quotes open": "school: \"900001\n",
		"a path":      "school: ../900001\n",
		"empty":       "school:\n",
	} {
		la := minimal(t)
		write(t, la, visitFile, text)
		if school, err := open(t, la).SchoolOf(source.Entry{Path: visitFile}); err == nil {
			t.Errorf("%s: %q", name, school)
		}
	}
	for text, want := range map[string]string{"school: 900001\n": "900001", "school: '900001'  # Fernside\r\n": "900001", "a: b\nschool:    \"0123456\"": "0123456"} {
		la := minimal(t)
		write(t, la, visitFile, text)
		if school, err := open(t, la).SchoolOf(source.Entry{Path: visitFile}); err != nil || school != want {
			t.Errorf("%q: %q, %v", text, school, err)
		}
	}
}
