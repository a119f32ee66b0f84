package desk_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"despatch/generator/source"
	"despatch/office/desk"
	"despatch/records/calendar"
)

// authority copies the small authority that the command line's scripts use.
func authority(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../cmd/despatch/testdata/authority")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func sit(t *testing.T, dir, when string) *desk.Desk {
	t.Helper()
	d, err := desk.Open(dir, at(t, when), "Priya Usher")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// settled fails where the folder has problems: whatever the desk wrote must
// be read without one.
func settled(t *testing.T, dir, when string) {
	t.Helper()
	folder, err := source.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	for _, p := range folder.Check(at(t, when), nil) {
		if !p.Warning || strings.Contains(p.Text, "does not fit") {
			t.Error(p)
		}
	}
}

func TestSubmittedDateHasItsSum(t *testing.T) {
	// docs: the day itself does not count; row G1's vectors, without closures
	for day, want := range map[string]string{"2026-12-18": "2027-01-07", "2026-11-04": "2026-11-18", "2026-11-07": "2026-11-20"} {
		dir := authority(t)
		done, err := sit(t, dir, day+"T15:00:00Z").Submit("early-reading")
		if err != nil {
			t.Fatal(err)
		}
		if done.Window.On.String() != want || len(done.Window.Counted) != 10 || done.Window.Counted[9] != done.Window.On {
			t.Errorf("submitted on %s: %+v", day, done.Window)
		}
		settled(t, dir, day+"T16:00:00Z")
	}
}

func TestSubmissionAfterMidnightInLondonIsThatDay(t *testing.T) {
	dir := authority(t)
	data, err := os.ReadFile(filepath.Join(dir, "content/visits/2026/2026-11-03-k7q2-early-reading/visit.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	summer := filepath.Join(dir, "content/visits/2026/2026-06-03-k7q2-summer")
	if err := os.MkdirAll(summer, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(summer, "visit.yaml"), bytes.Replace(data, []byte("2026-11-03"), []byte("2026-06-03"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	done, err := sit(t, dir, "2026-06-04T23:30:00Z").Submit("summer")
	if err != nil {
		t.Fatal(err)
	}
	if done.Window.From.String() != "2026-06-05" || done.Window.On.String() != "2026-06-19" {
		t.Errorf("%+v", done.Window)
	}
}

func TestSameActAtTheSameTimeIsTheSameFile(t *testing.T) {
	var files [2]string
	var bodies [2][]byte
	for i := range files {
		dir := authority(t)
		done, err := sit(t, dir, "2026-11-04T10:00:00Z").Submit("early-reading")
		if err != nil {
			t.Fatal(err)
		}
		files[i] = done.File
		if bodies[i], err = os.ReadFile(filepath.Join(dir, filepath.FromSlash(done.File))); err != nil {
			t.Fatal(err)
		}
	}
	if files[0] != files[1] || !bytes.Equal(bodies[0], bodies[1]) {
		t.Errorf("%s and %s", files[0], files[1])
	}
}

// TestEventThatDoesNotFitIsNeverWritten tries every act in every state and
// looks at what the folder says afterwards.
func TestEventThatDoesNotFitIsNeverWritten(t *testing.T) {
	acts := map[string]func(*desk.Desk, string) error{
		"submit":   func(d *desk.Desk, r string) error { _, err := d.Submit(r); return err },
		"publish":  func(d *desk.Desk, r string) error { _, err := d.Publish(r); return err },
		"finalise": func(d *desk.Desk, r string) error { _, err := d.Finalise(r, ""); return err },
		"withdraw": func(d *desk.Desk, r string) error { _, err := d.Withdraw(r, "why"); return err },
		"extend": func(d *desk.Desk, r string) error {
			_, err := d.Extend(r, calendar.Date{Year: 2026, Month: 12, Day: 4}, "why")
			return err
		},
	}
	names := []string{"submit", "publish", "finalise", "withdraw", "extend"}
	for _, record := range []string{"early-reading", "fire-safety", "second-accounts", "letter", "held"} {
		for _, first := range names {
			for _, second := range names {
				dir := authority(t)
				_ = acts[first](sit(t, dir, "2026-11-16T10:00:00Z"), record)
				before := events(t, dir)
				err := acts[second](sit(t, dir, "2026-12-11T10:00:00Z"), record)
				after := events(t, dir)
				if _, refused := errors.AsType[desk.Refusal](err); err != nil && (!refused || after != before) {
					t.Errorf("%s: %s after %s: %v, %d events", record, second, first, err, after-before)
				}
				if err == nil && after != before+1 {
					t.Errorf("%s: %s after %s wrote %d events", record, second, first, after-before)
				}
				settled(t, dir, "2026-12-12T10:00:00Z")
			}
		}
	}
}

func events(t *testing.T, dir string) int {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "events", "*", "*", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

func TestActsOfOneSecondKeepTheirOrder(t *testing.T) {
	dir := authority(t)
	for _, act := range []func(d *desk.Desk) error{
		func(d *desk.Desk) error { _, err := d.Submit("early-reading"); return err },
		func(d *desk.Desk) error {
			_, err := d.Extend("early-reading", calendar.Date{Year: 2026, Month: 11, Day: 20}, "ill")
			return err
		},
		func(d *desk.Desk) error {
			_, err := d.Extend("early-reading", calendar.Date{Year: 2026, Month: 11, Day: 23}, "still ill")
			return err
		},
		func(d *desk.Desk) error { _, err := d.Withdraw("early-reading", "wrong school"); return err },
	} {
		if err := act(sit(t, dir, "2026-11-04T10:00:00Z")); err != nil {
			t.Fatal(err)
		}
	}
	settled(t, dir, "2026-11-04T11:00:00Z")
}

func TestNewVisitOfATrustIsTheTrustsOwn(t *testing.T) {
	dir := authority(t)
	write := func(path, text string) {
		t.Helper()
		name := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("content/profiles/trust.yaml", "format: 1\nversion: 1\nname: Trust visit\nshort: Trust\npublisher: trust\nresponse: none\nnotify: digest\n")
	write("content/publishers/larkfield.yaml", "format: 1\nname: Larkfield Trust\nkind: trust\ncontact: {name: Lee Ash, email: lee@larkfield.example}\n")
	v := desk.Values{School: "900001", Profile: "trust", Title: "Trust day"}
	if _, err := sit(t, dir, "2026-11-04T10:00:00Z").New("visit", v, rand.Reader); err == nil || !strings.Contains(err.Error(), "no trust") {
		t.Errorf("a school of no trust: %v", err)
	}
	school := filepath.Join(dir, "content/schools/900001.yaml")
	data, err := os.ReadFile(school)
	if err != nil {
		t.Fatal(err)
	}
	write("content/schools/900001.yaml", string(data)+"publisher: larkfield\n")
	file, err := sit(t, dir, "2026-11-04T10:00:00Z").New("visit", v, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file))); err != nil || !strings.Contains(string(data), "\npublisher: \"larkfield\"\n") {
		t.Errorf("%s, %v", data, err)
	}
	settled(t, dir, "2026-11-04T11:00:00Z")
}

func TestExtensionNeedsAReason(t *testing.T) {
	dir := authority(t)
	if _, err := sit(t, dir, "2026-11-04T10:00:00Z").Submit("early-reading"); err != nil {
		t.Fatal(err)
	}
	_, err := sit(t, dir, "2026-11-05T10:00:00Z").Extend("early-reading", calendar.Date{Year: 2026, Month: 11, Day: 20}, " ")
	if err == nil || !strings.Contains(err.Error(), "extended without a reason") || events(t, dir) != 1 {
		t.Errorf("got %v and %d events", err, events(t, dir))
	}
}

func TestNobodyButThePlanDecidesWhoReads(t *testing.T) {
	d := sit(t, authority(t), "2026-11-18T10:00:00Z")
	for record, want := range map[string]string{
		"early-reading":   "7KQ2-M9XD all of it;8KQ2-M9XD that it exists",
		"fire-safety":     "7KQ2-M9XD all of it;8KQ2-M9XD that it exists",
		"second-accounts": "7KQ2-M9XD all of it",
		"letter":          "7KQ2-M9XD all of it",
		"held":            "",
	} {
		who, err := d.Who(record)
		if err != nil {
			t.Fatal(err)
		}
		seen := make(map[string]string)
		for _, r := range who.Readers {
			seen[r.Account] = r.Sees
		}
		var got []string
		for _, code := range []string{"7KQ2-M9XD", "8KQ2-M9XD"} {
			if seen[code] != "" {
				got = append(got, code+" "+seen[code])
			}
		}
		if s := strings.Join(got, ";"); s != want || who.Public {
			t.Errorf("%s: %q, want %q", record, s, want)
		}
	}
}

func TestRecordIsFoundByWhatAPersonSaysOfIt(t *testing.T) {
	d := sit(t, authority(t), "2026-11-18T10:00:00Z")
	for said, want := range map[string]string{
		"2026-11-03-k7q2-early-reading": "2026-11-03-k7q2-early-reading", "2026-11-03": "2026-11-03-k7q2-early-reading",
		"Early": "2026-11-03-k7q2-early-reading", "accounts": "2026-11-06-m5n6-second-accounts", " letter ": "2026-11-05-d4e5-letter",
		"eading": "", "": "", "2026": "", "../": "",
	} {
		r, err := d.Find(said)
		if r.ID != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", said, r.ID, err)
		}
	}
}

func TestAListTellsHowFarItIs(t *testing.T) {
	d := sit(t, authority(t), "2026-11-18T09:00:00Z")
	last, steps := 0, 0
	d.Progress = func(done, total int, what string) {
		if what != "visits read" {
			return
		}
		if steps++; done <= last || done > total {
			t.Errorf("step %d: %d of %d after %d", steps, done, total, last)
		}
		last = done
	}
	drafts, problems := d.Drafts()
	if len(drafts) == 0 || len(problems) > 0 {
		t.Fatalf("drafts %v, %v", drafts, problems)
	}
	if steps == 0 || last != 2 {
		t.Errorf("%d steps to %d, want the folder's 2 visits", steps, last)
	}
}
