package visit_test

import (
	"fmt"
	"slices"
	"time"

	"despatch/records/calendar"
)

// A naive calendar of its own, against which the product's is held: days are counted
// since 1970, summer time is by its rule, and holidays are written out once more.

const daySeconds = 24 * 60 * 60

// bankHolidays of England and Wales, 2026 to 2028, as gov.uk lists them.
var bankHolidays = []string{
	"2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28",
	"2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03", "2027-05-31", "2027-08-30", "2027-12-27", "2027-12-28",
	"2028-01-03", "2028-04-14", "2028-04-17", "2028-05-01", "2028-05-29", "2028-08-28", "2028-12-25", "2028-12-26",
}

// closedDays are the authority's own.
var closedDays = []string{"2026-12-29", "2026-12-30", "2026-12-31", "2027-12-29", "2027-12-30", "2027-12-31", "2028-06-05"}

var shut = func() map[int64]bool {
	m := make(map[int64]bool)
	for _, s := range slices.Concat(bankHolidays, closedDays) {
		m[dayOf(s)] = true
	}
	return m
}()

func dayOf(s string) int64 {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t.Unix() / daySeconds
}

func dayName(d int64) string { return time.Unix(d*daySeconds, 0).UTC().Format(time.DateOnly) }

func dateOf(d int64) calendar.Date {
	date, err := calendar.Parse(dayName(d))
	if err != nil {
		panic(err)
	}
	return date
}

// weekday of a day: 0 is Sunday; 1 January 1970 was a Thursday.
func weekday(d int64) int64 { return (d + 4) % 7 }

func works(d int64) bool { return weekday(d) != 0 && weekday(d) != 6 && !shut[d] }

// summer tells whether London is an hour ahead: from the last Sunday of March to that
// of October, 01:00 UTC each.
func summer(unix int64) bool {
	year := time.Unix(unix, 0).UTC().Year()
	last := func(month string) int64 {
		d := dayOf(fmt.Sprintf("%d-%s-31", year, month))
		for weekday(d) != 0 {
			d--
		}
		return d*daySeconds + 3600
	}
	return unix >= last("03") && unix < last("10")
}

// londonDay is the day that it is in London.
func londonDay(t time.Time) int64 {
	unix := t.Unix()
	if summer(unix) {
		unix += 3600
	}
	return unix / daySeconds
}

// endOf is when a London day is over.
func endOf(d int64) time.Time {
	unix := (d + 1) * daySeconds
	if summer(unix - 3600) {
		unix -= 3600
	}
	return time.Unix(unix, 0).UTC()
}

// tenWorkingDays after a day; ok is false beyond the end of 2028.
func tenWorkingDays(from int64) (on int64, ok bool) {
	on = from
	for n := 0; n < 10; {
		if on++; on > dayOf("2028-12-31") {
			return 0, false
		}
		if works(on) {
			n++
		}
	}
	return on, true
}
