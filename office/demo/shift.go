package demo

import (
	"math"
	"path"
	"regexp"
	"strings"
	"time"

	"despatch/records/calendar"
)

// A shift moves dates by days.
type shift struct {
	days    int
	written *calendar.Calendar // of the content as written
	real    *calendar.Calendar // of the demonstration
	numbers *strings.Replacer  // numbers of MI sheets, whose years move too
}

func newShift(closures []calendar.Closure, now time.Time) *shift {
	hours := calendar.On(now).Start().Sub(BaseDay().Start()).Hours()
	s := &shift{days: int(math.Round(hours / 24)), written: calendar.New(closures)} // a day is 23 or 25 hours long where clocks change
	moved := make([]calendar.Closure, len(closures))
	for i, c := range closures {
		moved[i] = calendar.Closure{Date: c.Date.AddDays(s.days), Name: c.Name}
	}
	s.real = calendar.New(moved)
	return s
}

// mostSteps is more than the days that any run of holidays and weekends takes.
const mostSteps = 14

// date moves one date. A working day stays one: the last before where it would
// land for what has happened by the base day, the next for what is to come.
func (s *shift) date(d calendar.Date) calendar.Date {
	if d.IsZero() || d.Year < 2020 {
		return d
	}
	to := d.AddDays(s.days)
	if working, _ := s.written.IsWorkingDay(d); !working || to.After(s.real.KnownUntil()) {
		return to
	}
	if d.After(BaseDay()) {
		return s.workingDay(to, 1)
	}
	return s.workingDay(to, -1)
}

// workingDay is d or the nearest working day in the direction of step.
func (s *shift) workingDay(d calendar.Date, step int) calendar.Date {
	for range mostSteps {
		if working, _ := s.real.IsWorkingDay(d); working {
			break
		}
		d = d.AddDays(step)
	}
	return d
}

// moment moves the date of t and keeps its time of day.
func (s *shift) moment(t time.Time) time.Time {
	d := s.date(calendar.On(t))
	h, m, sec := t.UTC().Clock()
	return time.Date(d.Year, d.Month, d.Day, h, m, sec, 0, time.UTC)
}

var (
	isoDate  = regexp.MustCompile(`\b20\d\d-\d\d-\d\d`)
	longDate = regexp.MustCompile(`\b((?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day )?(\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December) 20\d\d)\b`)
	yearPart = regexp.MustCompile(`^20\d\d$`)
)

// text moves every date in a file that a person writes, also in its prose.
func (s *shift) text(data []byte) []byte {
	out := isoDate.ReplaceAllStringFunc(string(data), s.iso)
	out = longDate.ReplaceAllStringFunc(out, s.prose)
	return []byte(s.numbers.Replace(out))
}

func (s *shift) iso(written string) string {
	d, err := calendar.Parse(written)
	if err != nil {
		return written
	}
	return s.date(d).String()
}

func (s *shift) prose(written string) string {
	m := longDate.FindStringSubmatch(written)
	t, err := time.Parse("2 January 2006", m[2])
	if err != nil {
		return written
	}
	d := s.date(calendar.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()})
	if m[1] == "" {
		return d.Short()
	}
	return d.Long()
}

// path moves the id in a path and the year of the folder above it.
func (s *shift) path(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = isoDate.ReplaceAllStringFunc(p, s.iso)
	}
	for i := range len(parts) - 1 {
		if yearPart.MatchString(parts[i]) && len(parts[i+1]) > 4 {
			parts[i] = parts[i+1][:4]
		}
	}
	return strings.Join(parts, "/")
}

var sheetNumber = regexp.MustCompile(`(?m)^number: ("?\d+/)\d\d"?$`)

// numberSheets prepares the new numbers of MI sheets: serial and two digits of
// the year, which is the year of the sheet's id.
func (s *shift) numberSheets(files []file) {
	var pairs []string
	for _, f := range files {
		m := sheetNumber.FindSubmatch(f.data)
		if m == nil || !strings.HasPrefix(f.path, "content/sheets/") {
			continue
		}
		serial := strings.TrimPrefix(string(m[1]), `"`)
		was := path.Base(f.path)[2:4]
		is := s.iso(path.Base(f.path)[:len("2006-01-02")])[2:4]
		for _, quoted := range []string{`number: "`, `replaces: "`, `number: `, `replaces: `} {
			pairs = append(pairs, quoted+serial+was, quoted+serial+is)
		}
	}
	s.numbers = strings.NewReplacer(pairs...)
}
