package desk

import (
	"path"
	"strings"

	"despatch/generator/source"
	"despatch/records/calendar"
	"despatch/records/event"
	"despatch/records/visit"
)

// A Done is what an act came to.
type Done struct {
	Record Record
	File   string            // the event that was written
	Window calendar.Deadline // submit and extend: the deadline with its sum; else zero
}

// Submit gives a visit to its school for a response and freezes the date by
// which it is awaited, with its sum (rows G1, G2).
func (d *Desk) Submit(said string) (Done, error) {
	r, v, err := d.findVisit(said)
	if err != nil {
		return Done{}, err
	}
	today := calendar.On(d.now)
	switch {
	case !v.Profile.NeedsResponse():
		return Done{}, refuse("despatch publish "+r.ID, "visits of profile %q need no response", v.Profile.ID)
	case v.State.Status == visit.Withdrawn:
		return Done{}, refuse("", "the visit was withdrawn on %s", v.State.WithdrawnOn.Short())
	case v.State.Status != visit.Draft:
		return Done{}, refuse("", "the visit was submitted on %s", v.State.SubmittedOn.Short())
	case v.Date.After(today):
		return Done{}, refuse("correct its date first", "the visit is on %s, which is still to come", v.Date.Short())
	case !reported(v):
		return Done{}, refuse("write it in "+r.Path, "the visit has no report yet")
	}
	window, err := d.site.Calendar.Deadline(today, v.Profile.WorkingDays)
	if err != nil {
		return Done{}, err
	}
	return d.actOnVisit(r, v, event.Event{
		Kind: event.Submitted, RespondBy: window.On, Sum: window.Counted, Skipped: window.Skipped,
	}, window)
}

// reported reports whether there is anything that a school could respond to.
func reported(v *source.Visit) bool {
	if strings.TrimSpace(v.Report) != "" {
		return true
	}
	for _, f := range v.Findings {
		if strings.TrimSpace(f.Text) != "" {
			return true
		}
	}
	for _, a := range v.Answers {
		if strings.TrimSpace(a.Text) != "" {
			return true
		}
	}
	return false
}

// Extend moves the date of a visit that awaits a response to a later working
// day, for a reason; it never shortens (row G2).
func (d *Desk) Extend(said string, until calendar.Date, reason string) (Done, error) {
	r, v, err := d.findVisit(said)
	if err != nil {
		return Done{}, err
	}
	switch working, why := d.site.Calendar.IsWorkingDay(until); {
	case v.State.Status != visit.Submitted:
		return Done{}, refuse("", "the visit is %s: no response is awaited", stateWord(v.State.Status))
	case !until.After(v.State.RespondBy):
		return Done{}, refuse("", "%s is not later than %s: a date only moves later", until.Short(), v.State.RespondBy.Short())
	case !working:
		return Done{}, refuse("choose a working day", "%s is no working day (%s)", until.Long(), why)
	}
	days, err := d.site.Calendar.WorkingDaysBetween(v.State.SubmittedOn, until)
	if err != nil {
		return Done{}, err
	}
	window, err := d.site.Calendar.Deadline(v.State.SubmittedOn, days)
	if err != nil {
		return Done{}, err
	}
	return d.actOnVisit(r, v, event.Event{
		Kind: event.Extended, RespondBy: window.On, Sum: window.Counted, Skipped: window.Skipped, Reason: strings.TrimSpace(reason),
	}, window)
}

// Publish issues a record that needs no response.
func (d *Desk) Publish(said string) (Done, error) {
	r, err := d.Find(said)
	if err != nil {
		return Done{}, err
	}
	if r.Kind == "visit" {
		v, err := d.visit(r)
		if err != nil {
			return Done{}, err
		}
		switch {
		case v.Profile.NeedsResponse():
			return Done{}, refuse("despatch submit "+r.ID, "visits of profile %q need a response", v.Profile.ID)
		case v.State.Status == visit.Withdrawn:
			return Done{}, refuse("", "the visit was withdrawn on %s", v.State.WithdrawnOn.Short())
		case v.State.Status != visit.Draft:
			return Done{}, refuse("", "the visit was published on %s", v.State.PublishedOn.Short())
		case !reported(v):
			return Done{}, refuse("write it in "+r.Path, "the visit has no report yet")
		}
		return d.actOnVisit(r, v, event.Event{Kind: event.Issued}, calendar.Deadline{})
	}
	p, err := d.paper(r)
	if err != nil {
		return Done{}, err
	}
	switch {
	case !p.WithdrawnAt.IsZero():
		return Done{}, refuse("", "the %s was withdrawn on %s", r.Kind, calendar.On(p.WithdrawnAt).Short())
	case !p.PublishedAt.IsZero() && p.PublishedAt.After(d.now):
		return Done{}, refuse("change its date to publish it earlier", "the %s appears by itself on %s", r.Kind, calendar.At(p.PublishedAt).Long())
	case !p.PublishedAt.IsZero():
		return Done{}, refuse("", "the %s was published on %s", r.Kind, calendar.On(p.PublishedAt).Short())
	case p.Held != "":
		return Done{}, refuse("correct the audience in "+r.Path, "nobody would get it: %s", p.Held)
	}
	return d.act(r, event.Event{Kind: event.Issued}, calendar.Deadline{})
}

// Finalise ends a visit after the school's response, or after the deadline
// where none came (rows V21, V23). Before that the school has its time.
func (d *Desk) Finalise(said, reply string) (Done, error) {
	r, v, err := d.findVisit(said)
	if err != nil {
		return Done{}, err
	}
	st := v.State
	switch {
	case st.Status == visit.Draft && v.Profile.NeedsResponse():
		return Done{}, refuse("despatch submit "+r.ID, "the visit is a draft: it was never submitted")
	case !v.Profile.NeedsResponse():
		return Done{}, refuse("", "visits of profile %q need no response, so there is nothing to finalise", v.Profile.ID)
	case st.Status == visit.Finalised:
		return Done{}, refuse("", "the visit was finalised on %s", st.FinalisedOn.Short())
	case st.Status == visit.Withdrawn:
		return Done{}, refuse("", "the visit was withdrawn on %s", st.WithdrawnOn.Short())
	case st.Status == visit.Submitted && d.now.Before(st.RespondBy.End()):
		return Done{}, refuse("", "the school has until the end of %s to respond", st.RespondBy.Long())
	}
	if n := v.Undecided(st); len(n) > 0 {
		return Done{}, refuse("say under changes in "+r.Path+" what became of each", "%d of the %d passages that the school marked have no decision; the first is passage %d", len(n), len(st.Points), n[0])
	}
	return d.actOnVisit(r, v, event.Event{Kind: event.Finalised, Reply: strings.TrimSpace(reply)}, calendar.Deadline{})
}

// Withdraw takes any record back, for a reason that its readers are told.
func (d *Desk) Withdraw(said, reason string) (Done, error) {
	r, err := d.Find(said)
	if err != nil {
		return Done{}, err
	}
	e := event.Event{Kind: event.Withdrawn, Reason: strings.TrimSpace(reason)}
	if r.Kind == "visit" {
		v, err := d.visit(r)
		if err != nil {
			return Done{}, err
		}
		if v.State.Status == visit.Withdrawn {
			return Done{}, refuse("", "the visit was withdrawn on %s", v.State.WithdrawnOn.Short())
		}
		if !v.State.Given() {
			return Done{}, refuse("delete "+path.Dir(r.Path), "the visit is a draft, which nobody was given")
		}
		return d.actOnVisit(r, v, e, calendar.Deadline{})
	}
	p, err := d.paper(r)
	if err != nil {
		return Done{}, err
	}
	switch {
	case !p.WithdrawnAt.IsZero():
		return Done{}, refuse("", "the %s was withdrawn on %s", r.Kind, calendar.On(p.WithdrawnAt).Short())
	case p.PublishedAt.IsZero():
		return Done{}, refuse("delete "+r.Path, "the %s is a draft, which nobody was given", r.Kind)
	}
	return d.act(r, e, calendar.Deadline{})
}

func (d *Desk) findVisit(said string) (Record, *source.Visit, error) {
	r, err := d.Find(said)
	if err != nil {
		return r, nil, err
	}
	if r.Kind != "visit" {
		return r, nil, refuse("despatch publish "+r.ID, "%s is a %s: only visits await a response", r.ID, r.Kind)
	}
	v, err := d.visit(r)
	return r, v, err
}

// actOnVisit writes an event of a visit, once the fold has taken it.
func (d *Desk) actOnVisit(r Record, v *source.Visit, e event.Event, window calendar.Deadline) (Done, error) {
	e.Record = r.ID
	before, err := d.events(r.ID)
	if err != nil {
		return Done{}, err
	}
	e.Time = d.after(before)
	file, _, err := d.prepare(&e)
	if err != nil {
		return Done{}, err
	}
	e.File = file
	_, misfits := visit.Fold(v.Profile, append(before, e))
	for _, m := range misfits {
		if fit, ok := m.(visit.Misfit); ok && fit.File == file {
			return Done{}, refuse("", "%v", fit)
		}
	}
	e.File = ""
	return d.act(r, e, window)
}

func (d *Desk) act(r Record, e event.Event, window calendar.Deadline) (Done, error) {
	e.Record = r.ID
	file, err := d.write(e)
	return Done{Record: r, File: file, Window: window}, err
}

// stateWord is a visit's state in a sentence.
func stateWord(s visit.Status) string {
	switch s {
	case visit.Draft:
		return "a draft"
	case visit.Submitted:
		return "open"
	}
	return string(s)
}
