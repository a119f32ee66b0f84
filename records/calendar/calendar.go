// Package calendar counts working days in England and Wales.
//
// Dates are civil dates in Europe/London; a day ends at 24:00 there, whatever
// the clocks do (TestDeadlineAcrossClockChange). Bank holidays are data with a
// known-until date: beyond it counting refuses rather than guesses. The rules
// are rows G1 and G2; the holidays are GOV.UK's
// (TestHolidaysAgreeWithGovUK).
package calendar

import (
	"fmt"
	"time"
)

// A Closure is a day on which the authority is closed: not a working day.
type Closure struct {
	Date Date   `yaml:"date"`
	Name string `yaml:"name"`
}

// A Skip is a weekday that did not count, and why: a bank holiday's or a
// closure's name. Weekends are not listed.
type Skip struct {
	Date Date   `yaml:"date"`
	Why  string `yaml:"why"`
}

// A Deadline is the last day of a window, with its sum.
type Deadline struct {
	From    Date   // day 0, which does not count
	On      Date   // the window ends at 24:00 of this day
	Counted []Date // the working days that counted, On being the last
	Skipped []Skip // the weekdays that did not
}

// A Calendar knows which days are working days: the bank holidays of England
// and Wales and an authority's own closures. It does not change after New.
type Calendar struct {
	closed     map[Date]string
	from, till Date
}

// mostDays bounds a window, so that a mistyped number ends in a sentence.
const mostDays = 366

// New makes the calendar of an authority that is closed on the given days
// besides bank holidays. A closure on a bank holiday keeps the holiday's name.
func New(closures []Closure) *Calendar {
	c := &Calendar{
		closed: make(map[Date]string),
		from:   Date{2019, time.January, 1},
		till:   Date{2028, time.December, 31},
	}
	for _, cl := range closures {
		c.closed[cl.Date] = cl.Name
	}
	for _, h := range holidays() {
		c.closed[h.Date] = h.Name
	}
	return c
}

// KnownFrom is the first day that the bank-holiday table covers.
func (c *Calendar) KnownFrom() Date { return c.from }

// KnownUntil is the last day that the bank-holiday table covers.
func (c *Calendar) KnownUntil() Date { return c.till }

// IsWorkingDay reports whether d counts, and if not, why: the weekday, the
// holiday's or closure's name, or that the table does not cover it.
func (c *Calendar) IsWorkingDay(d Date) (working bool, why string) {
	if err := c.covers(d); err != nil {
		return false, err.Error()
	}
	if w := d.Weekday(); w == time.Saturday || w == time.Sunday {
		return false, w.String()
	}
	if name, ok := c.closed[d]; ok {
		return false, name
	}
	return true, ""
}

// Deadline counts workingDays working days after from, which is day 0 and does
// not count (row G1). It refuses when the sum needs a day that the bank-holiday
// table does not cover.
func (c *Calendar) Deadline(from Date, workingDays int) (Deadline, error) {
	if workingDays < 1 || workingDays > mostDays {
		return Deadline{}, fmt.Errorf("%d working days cannot be counted (want 1 to %d)", workingDays, mostDays)
	}
	if from.IsZero() {
		return Deadline{}, fmt.Errorf("working days cannot be counted from no date")
	}
	sum := Deadline{From: from, Counted: make([]Date, 0, workingDays)}
	for d := from.AddDays(1); ; d = d.AddDays(1) {
		if err := c.covers(d); err != nil {
			return Deadline{}, fmt.Errorf("%d working days after %s cannot be counted: %w", workingDays, from.Short(), err)
		}
		working, why := c.IsWorkingDay(d)
		switch w := d.Weekday(); {
		case working:
			sum.Counted = append(sum.Counted, d)
		case w != time.Saturday && w != time.Sunday:
			sum.Skipped = append(sum.Skipped, Skip{d, why})
		}
		if len(sum.Counted) == workingDays {
			sum.On = d
			return sum, nil
		}
	}
}

// WorkingDaysBetween is the number of working days after a, up to and
// including b; 0 where b is not after a. It refuses days that the bank-holiday
// table does not cover.
func (c *Calendar) WorkingDaysBetween(a, b Date) (int, error) {
	if !a.Before(b) {
		return 0, nil
	}
	if err := c.covers(a.AddDays(1)); err != nil {
		return 0, err
	}
	if err := c.covers(b); err != nil {
		return 0, err
	}
	n := 0
	for d := a.AddDays(1); !d.After(b); d = d.AddDays(1) {
		if working, _ := c.IsWorkingDay(d); working {
			n++
		}
	}
	return n, nil
}

func (c *Calendar) covers(d Date) error {
	if d.After(c.till) {
		return fmt.Errorf("bank holidays are known until %s only; update despatch", c.till.Short())
	}
	if d.Before(c.from) {
		return fmt.Errorf("bank holidays are known from %s only", c.from.Short())
	}
	return nil
}
