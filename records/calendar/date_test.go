package calendar_test

import (
	"fmt"
	"testing"
	"time"

	"despatch/records/calendar"
)

func TestParseRefusesWhatIsNoDate(t *testing.T) {
	for _, s := range []string{
		"", "2026", "2026-1-3", "2026-13-01", "2026-02-29", "2026-00-10", "2026-01-00", "2026-11-31", "0202-11-03", "3000-01-01",
		"03/11/2026", "2026/11/03", " 2026-11-03", "2026-11-03 ", "2026-11-03T09:30", "+026-11-03", "２０２６-11-03", "2026-11-0x",
	} {
		if d, err := calendar.Parse(s); err == nil {
			t.Errorf("%q is read as %s", s, d)
		}
	}
}

func TestDateWords(t *testing.T) {
	d := date(t, "2026-11-18")
	if d.Long() != "Wednesday 18 November 2026" || d.Short() != "18 November 2026" || d.Weekday() != time.Wednesday {
		t.Errorf("%s, %s, %s", d.Long(), d.Short(), d.Weekday())
	}
	var none calendar.Date
	if none.String()+none.Long()+none.Short() != "" || !none.IsZero() || none.SchoolYear() != 0 {
		t.Errorf("no date is written as something: %q %q %d", none, none.Long(), none.SchoolYear())
	}
}

func TestSchoolYearBeginsInSeptember(t *testing.T) {
	for s, want := range map[string]int{"2026-08-31": 2025, "2026-09-01": 2026, "2027-01-01": 2026, "2027-08-31": 2026} {
		if got := date(t, s).SchoolYear(); got != want {
			t.Errorf("%s: %d, want %d", s, got, want)
		}
	}
}

func TestDatesAreOrdered(t *testing.T) {
	days := []string{"2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01"}
	for i := range days {
		for j := range days {
			a, b := date(t, days[i]), date(t, days[j])
			if a.Before(b) != (i < j) || a.After(b) != (i > j) || (a.Compare(b) == 0) != (i == j) {
				t.Errorf("%s and %s are in the wrong order", a, b)
			}
		}
	}
	if got := date(t, "2024-02-28").AddDays(2).String(); got != "2024-03-01" {
		t.Errorf("two days after 2024-02-28 is %s", got)
	}
}

func TestMomentsAreInLondon(t *testing.T) {
	tests := []struct{ written, utc, again string }{
		{"2026-08-20T09:30", "2026-08-20T08:30:00Z", "2026-08-20T09:30"},
		{"2026-11-20T09:30", "2026-11-20T09:30:00Z", "2026-11-20T09:30"},
		{"2026-08-20", "2026-08-19T23:00:00Z", "2026-08-20"},
		{"2026-08-20T00:00", "2026-08-19T23:00:00Z", "2026-08-20"},
		{"2026-10-25T01:30", "2026-10-25T01:30:00Z", "2026-10-25T01:30"}, // twice that night; the second
		{"2026-10-25T02:30", "2026-10-25T02:30:00Z", "2026-10-25T02:30"},
	}
	for _, tt := range tests {
		m, err := calendar.ParseMoment(tt.written)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := m.Time().UTC().Format(time.RFC3339); got != tt.utc || m.String() != tt.again {
			t.Errorf("%s is %s and written %s; want %s, %s", tt.written, got, m, tt.utc, tt.again)
		}
		if calendar.At(m.Time()) != m {
			t.Errorf("%s comes back as %s", m, calendar.At(m.Time()))
		}
	}
}

func TestParseMomentRefuses(t *testing.T) {
	for _, s := range []string{
		"", "09:30", "2026-08-20 09:30", "2026-08-20T24:00", "2026-08-20T09:60", "2026-08-20T9:30", "2026-08-20T09:30:00",
		"2026-08-20T09:30Z", "2026-08-32T09:30", "2026-08-20T-9:30", "2026-03-29T01:30", // the clocks jump over it
	} {
		if m, err := calendar.ParseMoment(s); err == nil {
			t.Errorf("%q is read as %s", s, m)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-11-03", "2024-02-29", "", "2026-11-03T09:30", "9999-99-99", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := calendar.Parse(s); err == nil && d.String() != s {
			t.Errorf("%q is written again as %q", s, d)
		}
		m, err := calendar.ParseMoment(s)
		if err != nil {
			return
		}
		again, err := calendar.ParseMoment(m.String())
		if err != nil || again != m || m.Compare(again) != 0 {
			t.Errorf("%q is %v, and again %v, %v", s, m, again, err)
		}
	})
}

func TestDatesOfAnyYearAreWrittenInFullDigits(t *testing.T) {
	for _, d := range []calendar.Date{{2026, 11, 3}, {7, 1, 31}, {999, 12, 1}, {9999, 12, 31}, {10000, 1, 1}, {-1, 1, 1}, {2026, 100, 100}} {
		if got, want := d.String(), fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day); got != want {
			t.Errorf("%#v is written %q (want %q)", d, got, want)
		}
	}
}
