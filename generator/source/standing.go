package source

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"despatch/records/calendar"
	"despatch/records/event"
)

// A Standing is where a record other than a visit stands: the fold of its
// events, and whom it reaches.
type Standing struct {
	PublishedAt time.Time // from when it may be seen; zero: a draft
	WithdrawnAt time.Time
	Reason      string    // why it was withdrawn
	Done        []Done    // which schools have done it, in order
	Refusals    []Refusal // what schools sent that was not taken, in order
	TakenBack   []TakenBack
	Roles       []string
	Unknown     []string // audience words that name no role: the record is held
	Held        string   // why nobody gets it, or empty
}

// A Done is a school's completion of a sheet or return. From Account on it is of
// what came through the drop-box.
type Done struct {
	School  string
	At      time.Time
	Late    bool
	Account string // opaque, of who sent it
	Payload string // SHA-256 of what was sent
	Form    string // SHA-256 of the form that it answers
	Deposit string // the drop-box's id of it
	Leaf    int    // its place in the log
	Version int    // counted from 1
	// First is when the school sent its first version, and FirstLeaf that one's place.
	First     time.Time
	FirstLeaf int
}

// A Refusal is what a school sent and was not taken. What is the kind of deposit, of
// all but a return's.
type Refusal struct {
	School, Account, Deposit, Reason string
	What                             string
	At                               time.Time
	Leaf                             int
}

// A TakenBack is what a school sent for a return and took back, as whoever sent it
// may until it is due.
type TakenBack struct {
	School, Account string
	At              time.Time
	Refused         string // why what was sent stands, or empty
}

// Live reports whether the record is to be seen at the time now.
func (s *Standing) Live(now time.Time) bool {
	return !s.PublishedAt.IsZero() && !now.Before(s.PublishedAt) && s.WithdrawnAt.IsZero() && s.Held == ""
}

// Draft reports whether the record waits for `publish` or for its date.
func (s *Standing) Draft(now time.Time) bool {
	return s.PublishedAt.IsZero() || now.Before(s.PublishedAt)
}

// DoneBy is the completion of a school.
func (s *Standing) DoneBy(school string) (Done, bool) {
	for _, d := range s.Done {
		if d.School == school {
			return d, true
		}
	}
	return Done{}, false
}

// RefusedTo is what a school sent last that was not taken, where nothing that came
// after it was.
func (s *Standing) RefusedTo(school string) (last Refusal, ok bool) {
	done, _ := s.DoneBy(school)
	for _, r := range s.Refusals {
		if r.School == school && r.At.After(done.At) {
			last, ok = r, true
		}
	}
	return last, ok
}

// returned takes what came through the drop-box: the last version counts.
func (s *Standing) returned(e event.Event, due calendar.Date) {
	d := Done{
		School: e.School, At: e.Time, Late: !due.IsZero() && !e.Time.Before(due.End()), Account: cmp.Or(e.Account, e.By), Payload: e.Payload, Form: e.Subject,
		Deposit: e.Deposit, Leaf: e.Leaf, First: e.Time, FirstLeaf: e.Leaf, Version: 1,
	}
	s.Refusals = slices.DeleteFunc(s.Refusals, func(r Refusal) bool { return r.Deposit == e.Deposit })
	for i, was := range s.Done {
		if was.School == e.School {
			if was.Version > 0 {
				d.First, d.FirstLeaf, d.Version = was.First, was.FirstLeaf, was.Version+1
			}
			s.Done[i] = d
			return
		}
	}
	s.Done = append(s.Done, d)
}

// retracted takes back what a school sent, for whoever sent what counts and until it
// is due. Later it stands, and what was asked is kept.
func (s *Standing) retracted(e event.Event, due calendar.Date) bool {
	by := cmp.Or(e.Account, e.By)
	at := slices.IndexFunc(s.Done, func(d Done) bool { return d.School == e.School && d.Deposit == e.Of && d.Account == by })
	if at < 0 {
		return false
	}
	back := TakenBack{School: e.School, Account: by, At: e.Time}
	if !due.IsZero() && !e.Time.Before(due.End()) {
		back.Refused = "it could be taken back until the end of " + due.Short()
	} else {
		s.Done = slices.Delete(s.Done, at, at+1)
	}
	s.TakenBack = append(s.TakenBack, back)
	return true
}

// fold applies events in their order. published and due are what the record itself
// says.
func (s *Standing) fold(published calendar.Moment, due calendar.Date, events []event.Event) []misfit {
	var wrong []misfit
	if !published.IsZero() {
		s.PublishedAt = published.Time()
	}
	event.Sort(events)
	issued := false
	for _, e := range events {
		add := func(format string, args ...any) {
			wrong = append(wrong, misfit{e.File, fmt.Sprintf("%s does not fit: "+format, append([]any{e.Kind}, args...)...)})
		}
		switch {
		case !s.WithdrawnAt.IsZero() && e.Deposit == "":
			add("the record was withdrawn on %s", calendar.On(s.WithdrawnAt).Short())
		case e.Kind == event.Issued && issued:
			add("the record was issued before")
		case e.Kind == event.Issued:
			issued = true
			if published.IsZero() {
				s.PublishedAt = e.Time
			}
		case e.Kind == event.Seen:
		case e.Kind == event.Withdrawn:
			s.WithdrawnAt, s.Reason = e.Time, e.Reason
		case e.Kind == event.Done:
			if _, twice := s.DoneBy(e.School); twice {
				add("school %s had done it", e.School)
				continue
			}
			s.Done = append(s.Done, Done{School: e.School, At: e.Time, Late: e.Late})
		case e.Kind == event.Returned:
			s.returned(e, due)
		case e.Kind == event.Refused:
			s.Refusals = append(s.Refusals, Refusal{School: e.School, Account: cmp.Or(e.Account, e.By), Deposit: e.Deposit, Reason: e.Reason, At: e.Time, Leaf: e.Leaf})
		case e.Kind == event.Retracted:
			if !s.retracted(e, due) {
				add("it takes back nothing that counts and that its sender sent")
			}
		default:
			add("only a visit has such an event")
		}
	}
	return wrong
}

// A misfit is an event that does not fit its record.
type misfit struct{ file, text string }
