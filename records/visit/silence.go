package visit

import (
	"fmt"
	"time"

	"despatch/records/calendar"
)

// Evidence is what is known of a school's silence at a moment; all fields but Returned are required.
type Evidence struct {
	Now        time.Time
	KnownUntil calendar.Date // of the table of bank holidays
	// Later gives the first leaf of the drop-box's log after a moment, all leaves before
	// it being collected. ok is false where there is none yet.
	Later func(than time.Time) (leaf int, ok bool)
	// Held says what the school sent up to a moment that could not be taken, or nothing.
	Held func(until time.Time) string
	// Returned says that mail to those who are told of the visit came back, or nothing.
	Returned string
}

// Silent tells whether it is certain that the school said nothing in its time, and by
// which leaf (rows V23, M3): it could read the visit, no mail that told of it came
// back, the log was collected beyond the deadline, and nothing that it sent is held. due is false while the school has time,
// or when there is nothing to wait for; why says what keeps it from being certain.
func (s State) Silent(e Evidence) (leaf int, due bool, why string) {
	if s.Status != Submitted || e.Now.Before(s.RespondBy.End()) {
		return 0, false, ""
	}
	deadline := s.RespondBy.End()
	if s.SeenOn.IsZero() {
		return 0, true, "nobody has noted that the school could read it: despatch verify URL --seen"
	}
	if s.TakenBack() {
		return 0, true, "the school answered and took its answer back, so that it was not silent: despatch finalise"
	}
	if s.RespondBy.After(e.KnownUntil) {
		return 0, true, fmt.Sprintf("its deadline, %s, is beyond the table of bank holidays", s.RespondBy.Short())
	}
	if e.Returned != "" {
		return 0, true, e.Returned
	}
	leaf, ok := e.Later(deadline)
	if !ok {
		return 0, true, fmt.Sprintf("the drop-box's log was not collected beyond the end of %s: despatch collect", s.RespondBy.Short())
	}
	if held := e.Held(deadline); held != "" {
		return 0, true, "something that the school sent is kept and not taken: " + held
	}
	return leaf, true, ""
}

// Window is the school's time counted from the day on which the visit was first seen
// from outside, where that ends later than what it was told; else it is zero.
func (s State) Window(c *calendar.Calendar, seen calendar.Date, workingDays int) (calendar.Deadline, error) {
	if s.Status != Submitted || !s.SeenOn.IsZero() {
		return calendar.Deadline{}, nil
	}
	w, err := c.Deadline(seen, workingDays)
	if err != nil || !w.On.After(s.RespondBy) {
		return calendar.Deadline{}, err
	}
	return w, nil
}
