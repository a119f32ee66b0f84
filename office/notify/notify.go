// Package notify tells people by e-mail that something waits for them on the portal
// (rows V15, V26, P05, P30, X13).
//
// A mail names no school, person or paper: it has a date to act by and links whose
// fragment never reaches a server (docs/formats.md section 15). What must be answered
// is told at once, everything that is due together in one mail, and once more when two
// working days are left; all else waits for the digest of Wednesday, which goes only to
// those for whom there is something new. An address that mail came back from gets none.
//
// What was sent is written down before anything more is sent, so that a run that is
// ended at any point tells nobody anything twice but the one mail that it was at.
package notify

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"despatch/generator/page"
	"despatch/generator/source"
	"despatch/office/desk"
	"despatch/records/access"
	"despatch/records/calendar"
	"despatch/records/visit"
)

// The limits of what one person gets.
const (
	mostADay     = 3 // mails a day, before the digest
	remindWithin = 2 // working days before the date to act by
)

// digestHour is the hour of the day, in London, from which the digest goes out.
const digestHour = 7

// firstDigest is how many days the first digest looks back.
const firstDigest = 7

// A Kind says why somebody is written to.
type Kind string

// The kinds.
const (
	ToDo   Kind = "to-do"
	Digest Kind = "digest"
)

// A Mail is one that is due.
type Mail struct {
	Kind    Kind            `json:"kind"`
	Account *access.Account `json:"-"`
	Code    string          `json:"account"`
	To      string          `json:"to"`
	Items   []Item          `json:"items"`
}

// An Item is something that a mail tells of. Told is what is remembered of it, so that
// it is not told again.
type Item struct {
	Record string        `json:"record"`
	Told   string        `json:"told"`
	Due    calendar.Date `json:"due"`
	Until  string        `json:"until,omitempty"` // a date to act by that is none, as written
	Path   string        `json:"-"`
	// Respond: a visit that a response is awaited to.
	Respond bool `json:"respond"`
}

// An Unreached is somebody to be told who cannot be, and why.
type Unreached struct {
	Code    string `json:"account"`
	Name    string `json:"name"`
	Address string `json:"address"`
	Why     string `json:"why"`
}

// A Plan is who is to be told of what now.
type Plan struct {
	Mails     []Mail
	Unreached []Unreached
	// Digest is the Wednesday, or the working day after it, whose digest is among
	// the mails; zero: none is due.
	Digest calendar.Date
	// Tomorrow are those who had as many mails today as anybody gets.
	Tomorrow []string
}

// Due says who is to be told of what at a moment, by what was told before.
func Due(d *desk.Desk, names page.Names, log *Log, now time.Time) (Plan, []source.Problem, error) {
	duties, problems := d.Duties()
	listed, more := d.Listed(names)
	problems = append(problems, more...)
	p := &planner{site: d.Site(), log: log, today: calendar.On(now), listed: listed, paths: make(map[string]string), duties: make(map[string]bool)}
	for c, items := range listed {
		for _, i := range items {
			p.paths[c.ID()+" "+i.ID] = i.Path
		}
	}
	day, err := DigestDay(p.site.Calendar, now)
	if err != nil {
		return Plan{}, nil, err
	}
	p.toDo(duties, names)
	// A digest that was missed is made up for; before the first one nothing was missed.
	if !day.IsZero() && day.After(log.LastDigest()) && (!log.LastDigest().IsZero() || day == p.today) {
		p.Digest = day
		p.digest()
	}
	slices.SortFunc(p.Mails, func(a, b Mail) int { return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(b.Kind, a.Kind)) })
	slices.SortFunc(p.Unreached, func(a, b Unreached) int { return cmp.Compare(a.Code, b.Code) })
	return p.Plan, problems, nil
}

type planner struct {
	Plan
	site   *source.Site
	log    *Log
	today  calendar.Date
	listed map[access.Compartment][]desk.Listed
	paths  map[string]string // by compartment and item
	duties map[string]bool   // by account and item: what they are told of at once
}

// DigestDay is the day whose digest is due at a moment: the last Wednesday, or, where
// that was no working day, the working day after it (row G3); zero where its hour has
// not come.
func DigestDay(c *calendar.Calendar, now time.Time) (calendar.Date, error) {
	day := calendar.On(now)
	for day.Weekday() != time.Wednesday {
		day = day.AddDays(-1)
	}
	for {
		if day.After(c.KnownUntil()) {
			return day, fmt.Errorf("the table of bank holidays ends on %s, so the day of the digest cannot be told", c.KnownUntil().Long())
		}
		if working, _ := c.IsWorkingDay(day); working {
			break
		}
		day = day.AddDays(1)
	}
	if now.Before(day.Start().Add(digestHour * time.Hour)) {
		return calendar.Date{}, nil
	}
	return day, nil
}

// toDo writes to those who have something to do that they were not told of, or were
// told of on an earlier day and that is nearly due.
func (p *planner) toDo(duties []desk.Duty, names page.Names) {
	news, old := make(map[string][]Item), make(map[string][]Item)
	for _, duty := range duties {
		for _, a := range duty.People {
			item := Item{Record: duty.ID, Due: duty.Due.Date, Until: duty.Due.Text, Respond: duty.Respond, Path: p.path(a, names.Item(duty.ID))}
			if item.Path == "" {
				continue // a module that is off
			}
			p.duties[a.Code+" "+names.Item(duty.ID)] = true
			item.Told = duty.ID + " to-do"
			switch on := p.log.Told(a.Code, item.Told); {
			case on.IsZero():
				news[a.Code] = append(news[a.Code], item)
			case on.Before(p.today) && p.nearly(item.Due):
				item.Told = duty.ID + " reminder"
				if p.log.Told(a.Code, item.Told).IsZero() {
					old[a.Code] = append(old[a.Code], item)
				}
			}
		}
	}
	codes := slices.AppendSeq(slices.Collect(maps.Keys(news)), maps.Keys(old))
	slices.Sort(codes)
	for _, code := range slices.Compact(codes) {
		// Nobody is only reminded who had a mail today.
		if len(news[code]) == 0 && p.log.Sent(code, p.today) > 0 {
			continue
		}
		p.mail(ToDo, code, append(news[code], old[code]...))
	}
}

// nearly reports whether few working days are left.
func (p *planner) nearly(due calendar.Date) bool {
	if due.IsZero() {
		return false
	}
	left, err := p.site.Calendar.WorkingDaysBetween(p.today, due)
	return err == nil && left <= remindWithin
}

// path is the path of an item's page as an account would open it.
func (p *planner) path(a *access.Account, item string) string {
	for _, c := range p.site.Holdings(a) {
		if path := p.paths[c.ID()+" "+item]; path != "" {
			return path
		}
	}
	return ""
}

// digest writes to everybody for whom something came or changed since the digest
// before. What the school itself did, and what was told at once, is not new to it.
func (p *planner) digest() {
	since := p.log.LastDigest()
	if since.IsZero() {
		since = p.Digest.AddDays(-firstDigest)
	}
	for _, code := range p.site.AccountCodes() {
		a := p.site.Accounts[code]
		seen := make(map[string]bool)
		var items []Item
		for _, c := range p.site.Holdings(a) {
			for _, i := range p.listed[c] {
				told := i.ID + " " + i.State + " " + i.Changed
				changed, err := calendar.Parse(i.Changed)
				switch {
				case seen[told] || err != nil || changed.Before(since) || !p.log.Told(code, told).IsZero():
					continue
				case p.duties[code+" "+i.ID] || i.Kind == "visit" && i.State == string(visit.Responded):
					continue
				}
				seen[told] = true
				items = append(items, Item{Record: i.ID, Told: told})
			}
		}
		if len(items) > 0 {
			p.mail(Digest, code, items)
		}
	}
}

// mail plans one mail, unless it cannot or may not be sent today.
func (p *planner) mail(kind Kind, code string, items []Item) {
	a := p.site.Accounts[code]
	if u := p.site.Undelivered.Of(a.Email); u != nil {
		if !slices.ContainsFunc(p.Unreached, func(w Unreached) bool { return w.Code == code }) {
			p.Unreached = append(p.Unreached, Unreached{code, a.Name, a.Email, "mail came back on " + u.On.Long() + ": " + u.Why})
		}
		return
	}
	today := p.log.Sent(code, p.today)
	for _, m := range p.Mails {
		if m.Code == code {
			today++
		}
	}
	if kind == ToDo && today >= mostADay {
		p.Tomorrow = append(p.Tomorrow, code)
		return
	}
	p.Mails = append(p.Mails, Mail{kind, a, code, a.Email, items})
}
