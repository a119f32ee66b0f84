package calendar

import (
	"cmp"
	"fmt"
	"sync"
	"time"
)

// A Date is a civil date in Europe/London. The zero Date is "no date".
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// london panics where the system has no zone data: programs import
// time/tzdata, so that a deadline never depends on the machine.
var london = sync.OnceValue(func() *time.Location {
	l, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic("the time zone Europe/London is missing: import time/tzdata")
	}
	return l
})

// Parse reads a date as 2006-01-02, and in no other form. Years are 1000 to
// 2999: anything else is a slip of the pen.
func Parse(s string) (Date, error) {
	y, ok1 := digits(s, 0, 4)
	m, ok2 := digits(s, 5, 7)
	d, ok3 := digits(s, 8, 10)
	if !ok1 || !ok2 || !ok3 || len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return Date{}, fmt.Errorf("%q is not a date (want one like 2026-11-03)", clip(s))
	}
	date := Date{y, time.Month(m), d}
	if date != civil(date.utc()) {
		return Date{}, fmt.Errorf("%q is not a day of the calendar (want one like 2026-11-03)", s)
	}
	if y < 1000 || y > 2999 {
		return Date{}, fmt.Errorf("%q is out of range (want a year from 1000 to 2999)", s)
	}
	return date, nil
}

// On is the date in London at the moment t.
func On(t time.Time) Date { return civil(t.In(london())) }

// String is the date as 2006-01-02, empty for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	if d.Year < 0 || d.Year > 9999 || d.Month < 0 || d.Month > 99 || d.Day < 0 || d.Day > 99 {
		return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
	}
	// By hand: a build writes some twenty dates a record.
	y, m, n := d.Year, int(d.Month), d.Day
	return string([]byte{
		'0' + byte(y/1000), '0' + byte(y/100%10), '0' + byte(y/10%10), '0' + byte(y%10), '-',
		'0' + byte(m/10), '0' + byte(m%10), '-', '0' + byte(n/10), '0' + byte(n%10),
	})
}

// IsZero reports whether d is "no date".
func (d Date) IsZero() bool { return d == Date{} }

// Compare orders dates: -1, 0 or 1 as d is before, on or after o.
func (d Date) Compare(o Date) int {
	return cmp.Or(cmp.Compare(d.Year, o.Year), cmp.Compare(d.Month, o.Month), cmp.Compare(d.Day, o.Day))
}

// Before reports whether d is an earlier day than o.
func (d Date) Before(o Date) bool { return d.Compare(o) < 0 }

// After reports whether d is a later day than o.
func (d Date) After(o Date) bool { return d.Compare(o) > 0 }

// AddDays is the date n days later, earlier where n is negative.
func (d Date) AddDays(n int) Date { return civil(d.utc().AddDate(0, 0, n)) }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Long is the date as "Wednesday 18 November 2026", empty for the zero Date.
func (d Date) Long() string { return d.format("Monday 2 January 2006") }

// Short is the date as "18 November 2026", empty for the zero Date.
func (d Date) Short() string { return d.format("2 January 2006") }

// SchoolYear is the year in which the school year of d began: 2026 from
// September 2026 to August 2027; 0 for the zero Date.
func (d Date) SchoolYear() int {
	if d.Month < time.September && !d.IsZero() {
		return d.Year - 1
	}
	return d.Year
}

// Start is 00:00 of d in London.
func (d Date) Start() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, london()) }

// End is 24:00 of d in London: a window that ends on d is open before it.
func (d Date) End() time.Time { return d.AddDays(1).Start() }

// MarshalText is String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is Parse; an empty text is the zero Date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	v, err := Parse(string(text))
	if err == nil {
		*d = v
	}
	return err
}

func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

func (d Date) format(layout string) string {
	if d.IsZero() {
		return ""
	}
	return d.utc().Format(layout)
}

func civil(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// digits reads s[from:to] as a number of ASCII digits.
func digits(s string, from, to int) (n int, ok bool) {
	if len(s) < to {
		return 0, false
	}
	for _, c := range []byte(s[from:to]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}

// clip shortens what a message repeats.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
