// Package calendar counts working days in England and Wales.
//
// Dates are civil dates in Europe/London; a day ends at 24:00 there, whatever
// the clocks do (TestDeadlineAcrossClockChange). Bank holidays are data with a
// known-until date: beyond it counting refuses rather than guesses. The rules
// are rows G1, G2 and G7; the holidays are GOV.UK's, typed afresh
// (TestHolidaysAgreeWithGovUK).
package calendar

import "time"

// A Date is a civil date in Europe/London. The zero Date is "no date".
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

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

// A Moment is a point in time written as a date (its start) or as
// 2026-08-20T09:30, in Europe/London. The zero Moment is "none".
type Moment struct {
	Date         Date
	Hour, Minute int
}
