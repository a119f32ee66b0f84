package misheetimport

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"despatch/records/calendar"
	"despatch/records/misheet"
)

// A written date, with its time where it has one.
type moment struct {
	date    calendar.Date
	hour    int
	minute  int
	second  int
	hasTime bool
}

// idle reports whether the time says nothing: the publisher's system writes
// noon or midnight where nobody gave a time.
func (m moment) idle() bool {
	return !m.hasTime || (m.hour == 12 || m.hour == 0) && m.minute == 0 && m.second == 0
}

var (
	numericDate = regexp.MustCompile(`^(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(\d{4}|\d{2})$`)
	isoDate     = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})$`)
	wordDate    = regexp.MustCompile(`(?i)^(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?(\d{1,2})(?:st|nd|rd|th)? (january|february|march|april|may|june|july|august|september|october|november|december),? (\d{4})$`)
	timeOfDay   = regexp.MustCompile(`^(.*\S)[ T](\d{1,2}):(\d{2})(?::(\d{2}))?$`)
)

// parseDate reads a date as these publishers write them: 11/12/2015, 11/12/15,
// 11 December 2015, 2015-12-11, each with or without a time. Two-digit years
// from 80 on are of the last century, as in sheets' numbers. A value that is
// anything more than a date is not one.
func parseDate(s string) (moment, bool) {
	s = squeeze(s)
	var m moment
	if t := timeOfDay.FindStringSubmatch(s); t != nil {
		s = t[1]
		m.hasTime = true
		m.hour, _ = strconv.Atoi(t[2])
		m.minute, _ = strconv.Atoi(t[3])
		m.second, _ = strconv.Atoi(t[4])
		if m.hour > 23 || m.minute > 59 || m.second > 59 {
			return moment{}, false
		}
	}
	var ok bool
	m.date, ok = parseDay(s)
	return m, ok
}

func parseDay(s string) (calendar.Date, bool) {
	if p := numericDate.FindStringSubmatch(s); p != nil {
		month, _ := strconv.Atoi(p[2])
		return civil(p[3], time.Month(month), p[1])
	}
	if p := isoDate.FindStringSubmatch(s); p != nil {
		month, _ := strconv.Atoi(p[2])
		return civil(p[1], time.Month(month), p[3])
	}
	if p := wordDate.FindStringSubmatch(s); p != nil {
		for m := time.January; m <= time.December; m++ {
			if strings.EqualFold(m.String(), p[2]) {
				return civil(p[3], m, p[1])
			}
		}
	}
	return calendar.Date{}, false
}

func civil(year string, month time.Month, day string) (calendar.Date, bool) {
	y, _ := strconv.Atoi(year)
	d, _ := strconv.Atoi(day)
	if len(year) == 2 {
		y += 2000
		if y >= 2080 {
			y -= 100
		}
	}
	t := time.Date(y, month, d, 0, 0, 0, 0, time.UTC)
	if y < 1900 || y > 2199 || t.Year() != y || t.Month() != month || t.Day() != d {
		return calendar.Date{}, false
	}
	return calendar.Date{Year: y, Month: month, Day: d}, true
}

// isNumber reports whether s is a sheet's number in any of its forms: 236/15,
// MI 162-04, MI 97/02.
func isNumber(s string) bool {
	_, _, ok := misheet.ParseNumber(s)
	return ok
}

func sheetType(s string) (misheet.Type, bool) {
	switch fold(s) {
	case "action":
		return misheet.Action, true
	case "information":
		return misheet.Information, true
	}
	return "", false
}
