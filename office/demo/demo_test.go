package demo_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/content"
	"despatch/internal/strictyaml"
	"despatch/office/demo"
	"despatch/records/calendar"
	"despatch/records/event"
)

func noon(d calendar.Date) time.Time { return d.Start().Add(12 * time.Hour) }

func TestDemoOnItsBaseDayIsTheContentAsWritten(t *testing.T) {
	dir := t.TempDir()
	if err := demo.CopyContent(dir, noon(demo.BaseDay())); err != nil {
		t.Fatal(err)
	}
	wanted := map[string]bool{}
	err := content.Walk(func(path string, data []byte) error {
		wanted[path] = true
		got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		if err != nil {
			t.Errorf("%s is not written: %v", path, err)
		} else if string(got) != string(data) {
			t.Errorf("%s differs from the content as written", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path := range filesOf(t, dir) {
		if !wanted[path] {
			t.Errorf("%s is written and is not in the content", path)
		}
	}
}

func TestDemoMovesItsDayToToday(t *testing.T) {
	for _, tc := range []struct{ today, submitted, census string }{
		{"2026-11-18", "2026-11-12", "2026-10-30"},
		{"2026-11-19", "2026-11-13", "2026-10-30"}, // a Saturday becomes the Friday before
		{"2026-11-22", "2026-11-16", "2026-11-03"},
		{"2026-11-20", "2026-11-13", "2026-10-30"},
		{"2026-11-17", "2026-11-11", "2026-10-29"},
		{"2026-12-31", "2026-12-24", "2026-12-11"}, // Christmas Day becomes Christmas Eve
		{"2027-04-03", "2027-03-25", "2027-03-15"}, // Easter Saturday becomes Maundy Thursday
	} {
		t.Run(tc.today, func(t *testing.T) {
			today, err := calendar.Parse(tc.today)
			if err != nil {
				t.Fatal(err)
			}
			got := first(eventsAt(t, noon(today)), event.Submitted, "writing-in-the-federation")
			if s := calendar.On(got.Time).String(); s != tc.submitted {
				t.Errorf("submitted on %s, want %s", s, tc.submitted)
			}
			files, err := demo.Files(noon(today))
			if err != nil {
				t.Fatal(err)
			}
			if files["content/sheets/"+tc.census[:4]+"/"+tc.census+"-e7pd-school-census-of-the-autumn-term.md"] == nil {
				t.Errorf("the census sheet is not dated %s", tc.census)
			}
		})
	}
}

// Nothing that had happened by the base day may lie ahead of today, and the
// events of a record keep their order, also where two days become one.
func TestDemoKeepsWhatHappenedBehindTodayAndInOrder(t *testing.T) {
	asWritten := order(eventsAt(t, noon(demo.BaseDay())))
	for day := demo.BaseDay(); day.Before(demo.BaseDay().AddDays(60)); day = day.AddDays(1) {
		events := eventsAt(t, noon(day))
		for _, e := range events {
			if calendar.On(e.Time).After(day) {
				t.Errorf("on %s, %s of %s happens at %s", day, e.Kind, e.Record, e.Time)
			}
		}
		for slug, kinds := range order(events) {
			if !slices.Equal(kinds, asWritten[slug]) {
				t.Errorf("on %s, what happened to %s is %v, want %v", day, slug, kinds, asWritten[slug])
			}
		}
	}
}

// order gives the kinds of each record's events in their order, by its slug.
func order(events []event.Event) map[string][]event.Kind {
	event.Sort(events)
	kinds := map[string][]event.Kind{}
	for _, e := range events {
		slug := e.Record[len("2006-01-02-"):]
		kinds[slug] = append(kinds[slug], e.Kind)
	}
	return kinds
}

func TestDemoKeepsReferencesTogether(t *testing.T) {
	dir := t.TempDir()
	today := calendar.Date{Year: 2027, Month: time.March, Day: 31}
	if err := demo.CopyContent(dir, noon(today)); err != nil {
		t.Fatal(err)
	}
	records := map[string]bool{}
	files := filesOf(t, dir)
	id := regexp.MustCompile(`(?:^|/)((20\d\d)-\d\d-\d\d-[a-z0-9]{4}-[a-z0-9-]+)(?:/|\.md$|\.yaml$)`)
	for path := range files {
		if m := id.FindStringSubmatch(path); m != nil {
			records[m[1]] = true
			if !strings.Contains(path, "/"+m[2]+"/"+m[1]) {
				t.Errorf("%s lies in the folder of another year", path)
			}
		}
	}
	for path, data := range files {
		if !strings.HasPrefix(path, "events/") {
			continue
		}
		var e event.Event
		if problems := strictyaml.Decode([]byte(data), &e); len(problems) > 0 {
			t.Fatalf("%s: %v", path, problems)
		}
		if !records[e.Record] {
			t.Errorf("%s names %s, which is not there", path, e.Record)
		}
	}
	sheet := ""
	for path, data := range files {
		if strings.HasSuffix(path, "-a-second-account-for-every-school.md") {
			sheet = data
		}
	}
	m := regexp.MustCompile(`(?m)^return: (.*)$`).FindStringSubmatch(sheet)
	if m == nil || !records[m[1]] {
		t.Errorf("the sheet names a return that is not there: %v", m)
	}
	if !strings.Contains(sheet, "/27") {
		t.Error("the sheet's number keeps the year that was written")
	}
}

func TestDemoCountsDeadlinesAfresh(t *testing.T) {
	closures := []calendar.Closure{}
	for _, today := range []calendar.Date{
		{Year: 2026, Month: time.December, Day: 23},
		{Year: 2027, Month: time.April, Day: 7},
		{Year: 2028, Month: time.May, Day: 3},
	} {
		cal := calendar.New(closures)
		for _, e := range eventsAt(t, noon(today)) {
			if e.Kind != event.Submitted {
				continue
			}
			for _, d := range e.Sum {
				if working, why := cal.IsWorkingDay(d); !working {
					t.Errorf("%s counts %s (%s)", e.Record, d, why)
				}
			}
			if len(e.Sum) != 10 || e.Sum[9] != e.RespondBy {
				t.Errorf("%s: ten working days end on %s, not on %s", e.Record, e.Sum[len(e.Sum)-1], e.RespondBy)
			}
		}
	}
}

func TestDemoRefuses(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "note.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		dir  string
		now  calendar.Date
		want string
	}{
		"a folder that holds something":        {full, demo.BaseDay(), "is not empty"},
		"a day beyond the known bank holidays": {t.TempDir(), calendar.Date{Year: 2029, Month: time.March, Day: 1}, "bank holidays are known until"},
	} {
		t.Run(name, func(t *testing.T) {
			err := demo.CopyContent(tc.dir, noon(tc.now))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want a refusal with %q", err, tc.want)
			}
		})
	}
}

func first(events []event.Event, kind event.Kind, slug string) event.Event {
	for _, e := range events {
		if e.Kind == kind && strings.HasSuffix(e.Record, slug) {
			return e
		}
	}
	return event.Event{}
}

func eventsAt(t *testing.T, now time.Time) []event.Event {
	t.Helper()
	files, err := demo.Files(now)
	if err != nil {
		t.Fatal(err)
	}
	var events []event.Event
	for path, data := range files {
		if !strings.HasPrefix(path, "events/") {
			continue
		}
		e := event.Event{File: path}
		if problems := strictyaml.Decode(data, &e); len(problems) > 0 {
			t.Fatalf("%s: %v", path, problems)
		}
		events = append(events, e)
	}
	return events
}

func filesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		files[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
