package demo

import (
	"fmt"
	"path"
	"time"

	"despatch/internal/strictyaml"
	"despatch/records/calendar"
	"despatch/records/event"
)

// A window is what a visit's response is counted from and until, and when the
// last event of the record happened.
type window struct {
	from, until calendar.Date
	answered    bool
	was, is     time.Time // as written, and moved
}

// events moves what happened. Deadlines and their sums are counted afresh, and
// what waited for a deadline happens after the new one.
func (s *shift) events(files []file) ([]file, error) {
	all := make([]event.Event, len(files))
	for i, f := range files {
		if problems := strictyaml.Decode(f.data, &all[i]); len(problems) > 0 {
			return nil, fmt.Errorf("%s:%d:%d: %s", f.path, problems[0].Line, problems[0].Column, problems[0].Text)
		}
		all[i].File = f.path
	}
	event.Sort(all)
	windows := make(map[string]*window)
	moved := make([]file, 0, len(all))
	for i := range all {
		e := &all[i]
		if windows[e.Record] == nil {
			windows[e.Record] = &window{}
		}
		if err := s.event(e, windows[e.Record]); err != nil {
			return nil, fmt.Errorf("the demonstration's dates cannot be moved: %w", err)
		}
		data, err := strictyaml.Encode(e)
		if err != nil {
			return nil, err
		}
		moved = append(moved, file{eventPath(e, data), data})
	}
	return moved, nil
}

func (s *shift) event(e *event.Event, w *window) error {
	e.Record = isoDate.ReplaceAllStringFunc(e.Record, s.iso)
	was := e.Time
	e.Time = s.moment(was)
	if was.After(w.was) && !e.Time.After(w.is) { // two days became one
		e.Time = w.is.Add(time.Minute)
	}
	defer func() { w.was, w.is = was, e.Time }()
	switch e.Kind {
	case event.Submitted, event.Seen:
		if len(e.Sum) > 0 {
			w.from = calendar.On(e.Time)
		}
	case event.Responded:
		w.answered = true
	case event.Finalised:
		if !w.answered && e.Time.Before(w.until.End()) {
			s.after(e, w.until)
		}
	}
	if len(e.Sum) == 0 {
		return nil
	}
	sum, err := s.real.Deadline(w.from, len(e.Sum))
	if err != nil {
		return err
	}
	e.RespondBy, e.Sum, e.Skipped = sum.On, sum.Counted, sum.Skipped
	w.until = sum.On
	return nil
}

// after puts an event on the first working day after d, at its time of day.
func (s *shift) after(e *event.Event, d calendar.Date) {
	on := s.workingDay(d.AddDays(1), 1)
	h, m, sec := e.Time.Clock()
	e.Time = time.Date(on.Year, on.Month, on.Day, h, m, sec, 0, time.UTC)
}

// eventPath is where an event lies after it has moved. The drop-box's keep
// their name, which is the number of their leaf.
func eventPath(e *event.Event, data []byte) string {
	if e.Leaf > 0 {
		return fmt.Sprintf("events/%04d/%02d/%s", e.Time.Year(), e.Time.Month(), path.Base(e.File))
	}
	return event.Path(e.Kind, e.Time, data)
}
