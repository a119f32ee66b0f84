package calendar_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/records/calendar"
)

func date(t testing.TB, s string) calendar.Date {
	t.Helper()
	d, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// bankHolidays are GOV.UK's, as published.
func bankHolidays(t *testing.T) map[string]bool {
	t.Helper()
	data, err := os.ReadFile("testdata/bank-holidays-england-and-wales.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Events []struct{ Title, Date string }
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	days := make(map[string]bool)
	for _, e := range file.Events {
		days[e.Date] = true
	}
	return days
}

func TestHolidaysAgreeWithGovUK(t *testing.T) {
	want := bankHolidays(t)
	if len(want) < 80 {
		t.Fatalf("only %d bank holidays in the file", len(want))
	}
	c := calendar.New(nil)
	got := make(map[string]bool)
	for d := c.KnownFrom(); !d.After(c.KnownUntil()); d = d.AddDays(1) {
		working, why := c.IsWorkingDay(d)
		if !working && why != "Saturday" && why != "Sunday" {
			got[d.String()] = true
		}
		if (why == "") != working {
			t.Errorf("%s: working %v, why %q", d, working, why)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("bank holidays\n got %v\nwant %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

func TestTenWorkingDays(t *testing.T) {
	tests := []struct{ from, on, skipped string }{
		{"2022-09-09", "2022-09-26", "2022-09-19 Bank Holiday for the State Funeral of Queen Elizabeth II"},
		{"2024-12-11", "2024-12-27", "2024-12-25 Christmas Day, 2024-12-26 Boxing Day"},
		{"2026-12-18", "2027-01-06", "2026-12-25 Christmas Day, 2026-12-28 Boxing Day (substitute day), 2027-01-01 New Year's Day"},
		{"2028-04-07", "2028-04-25", "2028-04-14 Good Friday, 2028-04-17 Easter Monday"},
		{"2026-11-04", "2026-11-18", ""},
		{"2026-11-07", "2026-11-20", ""}, // a Saturday
		{"2020-04-30", "2020-05-15", "2020-05-08 Early May bank holiday (VE day)"},
		{"2022-05-25", "2022-06-10", "2022-06-02 Spring bank holiday, 2022-06-03 Platinum Jubilee bank holiday"},
	}
	c := calendar.New(nil)
	for _, tt := range tests {
		sum, err := c.Deadline(date(t, tt.from), 10)
		if err != nil {
			t.Errorf("from %s: %v", tt.from, err)
			continue
		}
		var skipped []string
		for _, s := range sum.Skipped {
			skipped = append(skipped, s.Date.String()+" "+s.Why)
		}
		if sum.On.String() != tt.on || strings.Join(skipped, ", ") != tt.skipped {
			t.Errorf("from %s: on %s, skipped %q; want %s, %q", tt.from, sum.On, strings.Join(skipped, ", "), tt.on, tt.skipped)
		}
		if len(sum.Counted) != 10 || sum.Counted[9] != sum.On {
			t.Errorf("from %s: counted %v", tt.from, sum.Counted)
		}
	}
}

// The independent count asks GOV.UK's file and Go's weekdays, nothing of ours.
func TestDeadlineHasExactlyItsWorkingDays(t *testing.T) {
	holidays := bankHolidays(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	c := calendar.New(nil)
	start := time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 2000 {
		from := start.AddDate(0, 0, rnd.IntN(9*365))
		n := 1 + rnd.IntN(30)
		sum, err := c.Deadline(date(t, from.Format(time.DateOnly)), n)
		if err != nil {
			t.Fatal(err)
		}
		working, last := 0, false
		for d := from.AddDate(0, 0, 1); d.Format(time.DateOnly) <= sum.On.String(); d = d.AddDate(0, 0, 1) {
			last = d.Weekday() != time.Saturday && d.Weekday() != time.Sunday && !holidays[d.Format(time.DateOnly)]
			if last {
				working++
			}
		}
		if working != n || !last {
			t.Fatalf("%d working days from %s: %s has %d (last is one: %v)", n, from.Format(time.DateOnly), sum.On, working, last)
		}
		if between, err := c.WorkingDaysBetween(sum.From, sum.On); err != nil || between != n {
			t.Fatalf("between %s and %s: %d, %v; want %d", sum.From, sum.On, between, err, n)
		}
	}
}

func TestClosuresOfTheAuthorityDoNotCount(t *testing.T) {
	c := calendar.New([]calendar.Closure{
		{Date: date(t, "2026-12-29"), Name: "County Hall closed"},
		{Date: date(t, "2026-12-25"), Name: "County Hall closed"},
		{Date: date(t, "2026-12-26"), Name: "a Saturday all the same"},
	})
	sum, err := c.Deadline(date(t, "2026-12-18"), 10)
	if err != nil || sum.On != date(t, "2027-01-07") {
		t.Fatalf("on %s, %v; want 2027-01-07", sum.On, err)
	}
	want := "2026-12-25 Christmas Day, 2026-12-28 Boxing Day (substitute day), 2026-12-29 County Hall closed, 2027-01-01 New Year's Day"
	var got []string
	for _, s := range sum.Skipped {
		got = append(got, s.Date.String()+" "+s.Why)
	}
	if strings.Join(got, ", ") != want {
		t.Errorf("skipped %q, want %q", got, want)
	}
}

func TestCountingRefusesWhatIsNotKnown(t *testing.T) {
	c := calendar.New(nil)
	tests := []struct {
		name, from string
		days       int
		want       string
	}{
		{"beyond the table", "2028-12-20", 10, "known until 31 December 2028"},
		{"far beyond", "2031-01-01", 1, "known until"},
		{"before the table", "2018-12-01", 10, "known from 1 January 2019"},
		{"no days", "2026-11-04", 0, "cannot be counted"},
		{"negative", "2026-11-04", -1, "cannot be counted"},
		{"too many", "2019-11-04", 1000, "cannot be counted"},
	}
	for _, tt := range tests {
		if sum, err := c.Deadline(date(t, tt.from), tt.days); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, %v; want an error with %q", tt.name, sum.On, err, tt.want)
		}
	}
	if _, err := c.Deadline(calendar.Date{}, 10); err == nil {
		t.Error("counted from no date")
	}
	if _, err := c.WorkingDaysBetween(date(t, "2028-12-01"), date(t, "2029-01-05")); err == nil {
		t.Error("counted beyond the table")
	}
	if _, err := c.WorkingDaysBetween(date(t, "2018-01-01"), date(t, "2019-01-05")); err == nil {
		t.Error("counted before the table")
	}
	if n, err := c.WorkingDaysBetween(date(t, "2026-11-05"), date(t, "2026-11-05")); n != 0 || err != nil {
		t.Errorf("a day to itself: %d, %v", n, err)
	}
	if working, why := c.IsWorkingDay(date(t, "2029-01-02")); working || why == "" {
		t.Errorf("2029-01-02: %v, %q", working, why)
	}
}

func TestDeadlineAcrossClockChange(t *testing.T) {
	tests := []struct{ on, end string }{
		{"2026-03-28", "2026-03-29T00:00:00Z"}, // the clocks go forward on the 29th
		{"2026-03-29", "2026-03-29T23:00:00Z"},
		{"2026-10-24", "2026-10-24T23:00:00Z"}, // and back on the 25th
		{"2026-10-25", "2026-10-26T00:00:00Z"},
		{"2026-11-18", "2026-11-19T00:00:00Z"},
	}
	for _, tt := range tests {
		d := date(t, tt.on)
		if got := d.End().UTC().Format(time.RFC3339); got != tt.end {
			t.Errorf("%s ends at %s, want %s", tt.on, got, tt.end)
		}
		if on := calendar.On(d.End().Add(-time.Second)); on != d {
			t.Errorf("a second before the end of %s is on %s", d, on)
		}
		if on := calendar.On(d.End()); on != d.AddDays(1) {
			t.Errorf("the end of %s is on %s", d, on)
		}
	}
	sum, err := calendar.New(nil).Deadline(date(t, "2026-10-19"), 10)
	if err != nil || sum.On.String() != "2026-11-02" || sum.On.End().UTC().Format(time.RFC3339) != "2026-11-03T00:00:00Z" {
		t.Errorf("across the autumn change: %v, %v", sum.On, err)
	}
}
