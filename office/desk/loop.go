package desk

import (
	"fmt"
	"time"

	"despatch/generator/source"
	"despatch/records/calendar"
	"despatch/records/event"
	"despatch/records/visit"
)

// Seen notes that schools can read the visits that a head carries, which was seen
// from outside: carried tells of an event whether it was built from it. Where that
// is a later day than the one on which a visit was submitted, the school's time is
// counted from it (security: time), once.
func (d *Desk) Seen(carried func(file string) bool, serial int) ([]Done, error) {
	visits, problems := d.visits()
	if wrong := faults(problems); len(wrong) > 0 {
		return nil, refuse("despatch check", "%s", wrong[0])
	}
	var done []Done
	for i := range visits {
		v := &visits[i]
		if !v.State.SeenOn.IsZero() || v.State.Status == visit.Draft || v.State.Status == visit.Withdrawn {
			continue
		}
		was, err := d.carriedBy(v, carried)
		if err != nil {
			return done, err
		}
		if !was {
			continue
		}
		r, err := d.Find(v.ID)
		if err != nil {
			return done, err
		}
		e := event.Event{Kind: event.Seen, Serial: serial}
		window, err := v.State.Window(d.site.Calendar, calendar.On(d.now), v.Profile.WorkingDays)
		if err != nil {
			return done, err
		}
		if !window.On.IsZero() {
			e.RespondBy, e.Sum, e.Skipped = window.On, window.Counted, window.Skipped
		}
		one, err := d.actOnVisit(r, v, e, window)
		if err != nil {
			return done, err
		}
		done = append(done, one)
	}
	return done, nil
}

// carriedBy tells whether the event that gave a visit out was built from.
func (d *Desk) carriedBy(v *source.Visit, carried func(file string) bool) (bool, error) {
	events, err := d.events(v.ID)
	for _, e := range events {
		if (e.Kind == event.Submitted || e.Kind == event.Issued) && carried(e.File) {
			return true, err
		}
	}
	return false, err
}

// A Silence is what is known of a school's silence: that all that was sent by a
// deadline has been collected. All fields are required.
type Silence struct {
	// Later gives the first leaf of the log after a moment, all leaves before it being
	// collected. ok is false where there is none yet.
	Later func(than time.Time) (leaf int, ok bool)
	// Held says what a school sent up to a moment that could not be taken, or nothing.
	Held func(school string, until time.Time) string
	// State signs that nothing was received (row M3).
	State func(v *source.Visit) (statement string, err error)
}

// A Waiting is a visit whose deadline is past and that is not finalised, and why.
type Waiting struct {
	Record, Why string
}

// FinaliseSilent finalises the visits whose deadline is past and to which nothing
// was received (rows V23, M3), as far as that is certain: the school could read it,
// the log was collected beyond the deadline, and nothing of the school's is held.
func (d *Desk) FinaliseSilent(s Silence) (done []Done, waiting []Waiting, err error) {
	visits, problems := d.visits()
	if wrong := faults(problems); len(wrong) > 0 {
		return nil, nil, refuse("despatch check", "%s", wrong[0])
	}
	for i := range visits {
		v := &visits[i]
		leaf, due, why := v.State.Silent(visit.Evidence{
			Now: d.now, KnownUntil: d.site.Calendar.KnownUntil(), Later: s.Later,
			Held:     func(until time.Time) string { return s.Held(v.School, until) },
			Returned: d.returnedMail(v.School),
		})
		if !due {
			continue
		}
		if why != "" {
			waiting = append(waiting, Waiting{v.ID, why})
			continue
		}
		r, err := d.Find(v.ID)
		if err != nil {
			return done, waiting, err
		}
		signed, err := s.State(v)
		if err != nil {
			return done, waiting, err
		}
		one, err := d.actOnVisit(r, v, event.Event{Kind: event.Finalised, Auto: true, Leaf: leaf, Statement: signed}, calendar.Deadline{})
		if err != nil {
			return done, waiting, err
		}
		done = append(done, one)
	}
	return done, waiting, nil
}

// returnedMail says that mail to one of those who are told of a school's visits came
// back, or nothing.
func (d *Desk) returnedMail(urn string) string {
	for _, a := range d.toldOfVisits(urn) {
		if back := d.site.Undelivered.Of(a.Email); back != nil {
			return fmt.Sprintf("mail to %s at %s came back on %s, so it is not certain that the school knows of it", a.Name, a.Email, back.On.Short())
		}
	}
	return ""
}
