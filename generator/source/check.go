package source

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"despatch/records/calendar"
	"despatch/records/event"
	"despatch/records/school"
)

// A Judge looks at what was read for more than files can be checked for by
// themselves, such as whether their Markdown can be shown.
type Judge interface {
	// Common comes first, once.
	Common(s *Site, c *Common) []Problem
	// Visits gets the visits of one school, in several goroutines.
	Visits(of []Visit) []Problem
}

// Check reads the whole folder, each file once, and gives every problem in it,
// sorted: those of each file, those that only show when files are held against
// each other, and those that the judge finds, where there is one.
func (f *Folder) Check(now time.Time, judge Judge) []Problem {
	l, problems, err := f.Scan()
	if err != nil {
		return []Problem{{File: ".", Text: err.Error()}}
	}
	s, more := f.Site(l)
	problems = append(problems, more...)
	c, more := f.Common(l, s)
	problems = append(problems, more...)
	if judge != nil {
		problems = append(problems, judge.Common(s, c)...)
	}
	visits, events, more := f.bySchool(l)
	problems = append(problems, more...)
	problems = append(problems, f.checkVisits(s, visits, events, judge)...)
	problems = append(problems, s.checkCalendar(now)...)
	problems = append(problems, s.checkAccounts()...)
	problems = append(problems, f.checkReviews(s, now)...)
	return Sort(problems)
}

// checkVisits reads school by school, on all processors.
func (f *Folder) checkVisits(s *Site, visits, events map[string][]Entry, judge Judge) []Problem {
	var (
		mu       sync.Mutex
		problems []Problem
		wg       sync.WaitGroup
	)
	schools := make(chan string)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for school := range schools {
				read, found := f.Visits(s, visits[school], events[school])
				if judge != nil {
					found = append(found, judge.Visits(read)...)
				}
				mu.Lock()
				problems = append(problems, found...)
				mu.Unlock()
			}
		})
	}
	for school := range visits {
		schools <- school
	}
	close(schools)
	wg.Wait()
	return problems
}

// bySchool sorts the files of visits, and their events, by school; a visit whose
// school cannot be told is under the empty name, so that its problems show too.
// Events of no record at all are problems.
func (f *Folder) bySchool(l *Listing) (visits, events map[string][]Entry, problems []Problem) {
	visits, events = make(map[string][]Entry), make(map[string][]Entry)
	records := map[string]bool{event.Documents: true, event.Accounts: true}
	schools := make(map[string]string) // by visit
	for _, e := range l.Entries {
		p, _ := placeOf(e.Path)
		switch p.kind {
		case visitFile:
			school, err := f.SchoolOf(e)
			if err != nil {
				school = ""
			}
			schools[p.id] = school
		case sheet, dataReturn, documentFile, newsItem, resultFile:
			records[p.id] = true
		}
	}
	for _, e := range l.Entries {
		if id, ok := e.VisitID(); ok {
			visits[schools[id]] = append(visits[schools[id]], e)
			continue
		}
		if !e.IsEvent() {
			continue
		}
		record, err := f.RecordOf(e)
		school, isVisit := schools[record]
		switch {
		case isVisit:
			events[school] = append(events[school], e)
		case err == nil && !records[record]:
			problems = append(problems, Problem{File: e.Path, Line: 1, Column: 1, Text: fmt.Sprintf("no record has the id %q", record)})
		}
	}
	return visits, events, problems
}

// checkCalendar warns a year before the bank-holiday table ends.
func (s *Site) checkCalendar(now time.Time) []Problem {
	until := s.Calendar.KnownUntil()
	if calendar.On(now.AddDate(1, 0, 0)).Before(until) {
		return nil
	}
	return []Problem{{File: settingsFile, Warning: true, Text: fmt.Sprintf("bank holidays are known until %s only; update despatch, or deadlines cannot be counted beyond it", until.Short())}}
}

// checkReviews warns of statements that nobody has read for a year.
func (f *Folder) checkReviews(s *Site, now time.Time) []Problem {
	r := &reader{f: f}
	for _, d := range []struct {
		key, what string
		on        calendar.Date
	}{
		{"accessibility.reviewed", "accessibility statement", s.Settings.Accessibility.Reviewed},
		{"privacy.reviewed", "privacy notice", s.Settings.Privacy.Reviewed},
	} {
		if d.on.IsZero() || !d.on.Before(calendar.On(now.AddDate(-1, 0, 0))) {
			continue
		}
		r.find(settingsFile, d.key, fmt.Sprintf("the %s was last reviewed on %s, more than a year ago: read it against the site and set %s", d.what, d.on.Short(), d.key))
	}
	for i := range r.problems {
		r.problems[i].Warning = true
	}
	return r.problems
}

// checkAccounts warns of open schools with fewer than two accounts (row P18).
func (s *Site) checkAccounts() []Problem {
	accounts := make(map[string]int)
	for _, a := range s.Accounts {
		for _, p := range a.Schools {
			accounts[p.School]++
		}
	}
	var problems []Problem
	for _, urn := range s.SchoolKeys() {
		sc := s.Schools[urn]
		if n := accounts[urn]; n < 2 && (sc.Status == "" || sc.Status == school.Open || sc.Status == school.ProposedToClose) {
			problems = append(problems, Problem{
				File: "content/schools/" + urn + ".yaml", Warning: true,
				Text: fmt.Sprintf("%s has %d of the two accounts that each school should have; despatch new account makes one", sc.Name, n),
			})
		}
	}
	return problems
}
