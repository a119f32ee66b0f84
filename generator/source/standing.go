package source

import (
	"fmt"
	"time"

	"despatch/records/calendar"
	"despatch/records/event"
)

// A Standing is where a record other than a visit stands: the fold of its
// events, and whom it reaches.
type Standing struct {
	PublishedAt time.Time // from when it may be seen; zero: a draft
	WithdrawnAt time.Time
	Reason      string // why it was withdrawn
	Done        []Done // which schools have done it, in order
	Roles       []string
	Unknown     []string // audience words that name no role: the record is held
	Held        string   // why nobody gets it, or empty
}

// A Done is a school's completion of a sheet or return.
type Done struct {
	School string
	At     time.Time
	Late   bool
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

// fold applies events in their order. published is what the record itself says.
func (s *Standing) fold(published calendar.Moment, events []event.Event) []misfit {
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
		case !s.WithdrawnAt.IsZero():
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
			s.Done = append(s.Done, Done{e.School, e.Time, e.Late})
		default:
			add("only a visit has such an event")
		}
	}
	return wrong
}

// A misfit is an event that does not fit its record.
type misfit struct{ file, text string }
