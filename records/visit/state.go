package visit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"despatch/records/calendar"
	"despatch/records/event"
)

// A Status is where a visit stands.
type Status string

// Draft → Submitted → Responded → Finalised where a response is needed, else
// Draft → Published. Withdrawn ends any of them.
const (
	Draft     Status = "draft"
	Submitted Status = "open"
	Responded Status = "responded"
	Finalised Status = "finalised"
	Published Status = "published"
	Withdrawn Status = "withdrawn"
)

// A State is the fold of a visit's events.
type State struct {
	Status      Status
	SubmittedOn calendar.Date
	RespondBy   calendar.Date // as frozen, or moved later
	Sum         []calendar.Date
	Skipped     []calendar.Skip
	Moved       string // why RespondBy moved, or empty
	Judgement   string // accurate, inaccurate, or empty
	RespondedAt time.Time
	RespondedBy string // opaque account, or who wrote the answer down; or empty
	Deposit     string // the drop-box's, of the answer; empty: it came another way
	AnswerLeaf  int    // its place in the log
	Answered    string // SHA-256 of the record that the answer is about, or empty
	Comments    string
	Points      []event.Point // passages that the school marked
	Opened      []Opening     // who at the school has opened the report, each once
	Retracted   []Retraction  // answers that the school took back, or asked to
	Late        string        // what came too late or did not fit, one paragraph a response; never part of the report
	PublishedOn calendar.Date // the date of issue; of a visit that needs a response, the first sight from outside
	SeenOn      calendar.Date // first sight from outside, or zero
	FinalisedOn calendar.Date
	Auto        bool   // finalised because nothing was received
	Leaf        int    // of the drop-box's log, up to which nothing was; 0: not told
	Statement   string // that nothing was received, signed; or empty
	Reply       string
	WithdrawnOn calendar.Date
	Reason      string
}

// An Opening is when somebody at the school first opened a visit's report.
type Opening struct {
	By string // opaque account, or a name
	At time.Time
}

// A Retraction is an answer that whoever sent it took back, as they may until the
// deadline.
type Retraction struct {
	By         string // opaque account, or a name
	At         time.Time
	Judgement  string
	AnsweredAt time.Time
	Refused    string // why the answer stands, or empty
}

// TakenBack reports whether the school took an answer back: then it was not silent.
func (s State) TakenBack() bool {
	return slices.ContainsFunc(s.Retracted, func(r Retraction) bool { return r.Refused == "" })
}

// Inaccurate reports whether the answer that counts is Inaccurate.
func (s State) Inaccurate() bool { return s.Judgement == event.Inaccurate }

// Given reports whether the visit was ever submitted or issued, be it withdrawn
// since: only then has anybody outside had it.
func (s State) Given() bool { return !s.SubmittedOn.IsZero() || !s.PublishedOn.IsZero() }

// Fold is the state after the events, which it takes in their order (time, then
// file name). An event that does not fit is an error and changes nothing, but a
// response is never lost: what cannot count is kept as a late comment (row G4),
// and one that a wrong clock put before its submission counts once that comes.
func Fold(p *Profile, events []event.Event) (State, []error) {
	events = append([]event.Event(nil), events...)
	event.Sort(events)
	f := fold{profile: p, State: State{Status: Draft}}
	for _, e := range events {
		if err := f.apply(e); err != nil {
			f.errs = append(f.errs, Misfit{e.File, fmt.Errorf("%s does not fit: %w", e.Kind, err)})
		}
	}
	for _, e := range f.early {
		f.errs = append(f.errs, tooEarly(e))
		if e.Kind == event.Responded {
			f.keep(e)
		}
	}
	return f.State, f.errs
}

// A Misfit is an event that does not fit the state it met.
type Misfit struct {
	File string // the event's path
	Err  error
}

// Error is the sentence without the file.
func (m Misfit) Error() string { return m.Err.Error() }

func tooEarly(e event.Event) Misfit {
	return Misfit{e.File, fmt.Errorf("%s does not fit: the visit was not submitted by then; is a clock wrong?", e.Kind)}
}

type fold struct {
	State
	profile *Profile
	early   []event.Event // what the school did before the submission, or in its second
	moved   bool          // seen has moved the date once
	before  *State        // as it was before an answer was taken back
	errs    []error
}

func (f *fold) apply(e event.Event) error {
	if f.Status == Withdrawn && (e.Kind == event.Opened || e.Kind == event.Retracted) {
		return nil // it was on its way
	}
	if f.Status == Withdrawn && e.Kind != event.Responded {
		return fmt.Errorf("the visit was withdrawn on %s", f.WithdrawnOn.Short())
	}
	switch e.Kind {
	case event.Submitted:
		return f.submit(e)
	case event.Issued:
		return f.issue(e)
	case event.Seen:
		return f.see(e)
	case event.Extended:
		return f.extend(e)
	case event.Responded:
		return f.respond(e)
	case event.Opened:
		return f.open(e)
	case event.Retracted:
		return f.retract(e)
	case event.Finalised:
		return f.finalise(e)
	case event.Withdrawn:
		f.Status, f.WithdrawnOn, f.Reason = Withdrawn, calendar.On(e.Time), e.Reason
		return nil
	}
	return fmt.Errorf("a visit has no such event")
}

func (f *fold) submit(e event.Event) error {
	switch {
	case !f.profile.NeedsResponse():
		return fmt.Errorf("visits of profile %q need no response; they are issued", f.profile.ID)
	case f.Status != Draft:
		return fmt.Errorf("the visit was submitted on %s", f.SubmittedOn.Short())
	case e.RespondBy.IsZero():
		return fmt.Errorf("it has no respond_by")
	}
	f.Status, f.SubmittedOn = Submitted, calendar.On(e.Time)
	f.date(e)
	early := f.early
	f.early = nil
	for _, r := range early {
		if r.Kind == event.Responded && r.Time.Before(e.Time) {
			f.errs = append(f.errs, tooEarly(r))
		}
		if err := f.apply(r); err != nil {
			f.errs = append(f.errs, Misfit{r.File, fmt.Errorf("%s does not fit: %w", r.Kind, err)})
		}
	}
	return nil
}

func (f *fold) issue(e event.Event) error {
	switch {
	case f.profile.NeedsResponse():
		return fmt.Errorf("visits of profile %q need a response; they are submitted", f.profile.ID)
	case f.Status != Draft:
		return fmt.Errorf("the visit was issued on %s", f.PublishedOn.Short())
	}
	f.Status, f.PublishedOn = Published, calendar.On(e.Time)
	return nil
}

// see notes the first sight from outside. It may move the date later, once
// (security: time): a head that came out late must not cost the school days.
func (f *fold) see(e event.Event) error {
	if f.Status == Draft {
		return fmt.Errorf("the visit is a draft, which nobody outside can see")
	}
	if f.SeenOn.IsZero() {
		f.SeenOn = calendar.On(e.Time)
		if f.PublishedOn.IsZero() {
			f.PublishedOn = f.SeenOn
		}
	}
	if e.RespondBy.IsZero() {
		return nil
	}
	switch {
	case f.Status != Submitted:
		return fmt.Errorf("the visit is %s: its date cannot move", f.Status)
	case f.moved:
		return fmt.Errorf("the date has moved once already")
	case !e.RespondBy.After(f.RespondBy):
		return fmt.Errorf("%s is not later than %s; a date only moves later", e.RespondBy.Short(), f.RespondBy.Short())
	}
	f.moved = true
	f.date(e)
	f.Moved = "published on " + f.SeenOn.Short()
	return nil
}

func (f *fold) extend(e event.Event) error {
	switch {
	case f.Status != Submitted:
		return fmt.Errorf("the visit is %s: no response is awaited", f.Status)
	case !e.RespondBy.After(f.RespondBy):
		return fmt.Errorf("%s is not later than %s; a date only moves later", e.RespondBy.Short(), f.RespondBy.Short())
	}
	f.date(e)
	f.Moved = e.Reason
	return nil
}

func (f *fold) date(e event.Event) { f.RespondBy, f.Sum, f.Skipped = e.RespondBy, e.Sum, e.Skipped }

func (f *fold) respond(e event.Event) error {
	switch f.Status {
	case Draft:
		f.early = append(f.early, e)
		return nil
	case Submitted:
		if e.Judgement != event.Accurate && e.Judgement != event.Inaccurate {
			f.keep(e)
			return fmt.Errorf("unknown judgement %q; kept as a late comment", e.Judgement)
		}
		f.Status, f.Judgement, f.RespondedAt, f.Comments, f.Points = Responded, e.Judgement, e.Time, e.Comments, e.Points
		f.RespondedBy, f.Answered = cmp.Or(e.Account, e.By), e.Subject
		f.Deposit, f.AnswerLeaf = e.Deposit, e.Leaf
		f.before = nil
		return nil
	}
	f.keep(e)
	if f.Status == Finalised {
		return nil // row G4: kept, and nothing reopens
	}
	return fmt.Errorf("the visit is %s; kept as a late comment", f.Status)
}

func (f *fold) open(e event.Event) error {
	if f.Status == Draft {
		f.early = append(f.early, e)
		return nil
	}
	by := cmp.Or(e.Account, e.By)
	if !slices.ContainsFunc(f.Opened, func(o Opening) bool { return o.By == by }) {
		f.Opened = append(f.Opened, Opening{by, e.Time})
	}
	return nil
}

// retract takes an answer back, for whoever sent it and until the deadline. Later the
// answer stands, and what was asked is kept.
func (f *fold) retract(e event.Event) error {
	if f.Status == Draft {
		f.early = append(f.early, e)
		return nil
	}
	by := cmp.Or(e.Account, e.By)
	if f.Deposit == "" || e.Of != f.Deposit || by != f.RespondedBy {
		return fmt.Errorf("it takes back no answer that stands and that its sender gave")
	}
	r := Retraction{By: by, At: e.Time, Judgement: f.Judgement, AnsweredAt: f.RespondedAt}
	switch {
	case f.Status == Finalised:
		r.Refused = "the record was final"
	case !e.Time.Before(f.RespondBy.End()):
		r.Refused = "answers could be taken back until the end of " + f.RespondBy.Short()
	}
	if r.Refused == "" {
		before := f.State
		f.before = &before
		f.Status, f.Judgement, f.RespondedAt, f.RespondedBy, f.Comments, f.Points = Submitted, "", time.Time{}, "", "", nil
		f.Deposit, f.AnswerLeaf, f.Answered = "", 0, ""
	}
	f.Retracted = append(f.Retracted, r)
	return nil
}

// stand lets an answer stand that was taken back, where an officer finalised it
// before they knew: nothing reopens.
func (f *fold) stand() {
	retracted, opened := f.Retracted, f.Opened
	f.State = *f.before
	f.before, f.Retracted, f.Opened = nil, retracted, opened
	f.Retracted[len(retracted)-1].Refused = "the record was final before the authority knew"
}

func (f *fold) keep(e event.Event) {
	said := e.Judgement
	for _, p := range e.Points {
		said += "\n\n" + p.String()
	}
	said = strings.TrimSpace(said + "\n\n" + e.Comments)
	if f.Late != "" {
		f.Late += "\n\n"
	}
	f.Late += said
}

// finalise ends a visit: an officer after the response, or after the deadline
// where none came (rows V21-V23).
func (f *fold) finalise(e event.Event) error {
	if f.Status == Submitted && f.before != nil && !e.Auto && e.Time.Before(f.RespondBy.End()) {
		f.stand()
	}
	switch {
	case f.Status == Submitted && e.Auto && f.TakenBack():
		return fmt.Errorf("the school answered and took its answer back: an officer finalises")
	case f.Status == Submitted && e.Time.Before(f.RespondBy.End()):
		return fmt.Errorf("the school has until %s to respond", f.RespondBy.Short())
	case f.Status == Submitted && e.Auto && f.SeenOn.IsZero():
		return fmt.Errorf("no seen event shows that the school could read it")
	case f.Status == Responded && e.Auto && f.cameAfter(e):
		f.late()
	case f.Status == Responded && e.Auto:
		return fmt.Errorf("the school has responded: an officer finalises")
	case f.Status != Submitted && f.Status != Responded:
		return fmt.Errorf("the visit is %s", f.Status)
	}
	f.Status, f.FinalisedOn, f.Auto, f.Reply, f.Leaf, f.Statement = Finalised, calendar.On(e.Time), e.Auto, e.Reply, e.Leaf, e.Statement
	return nil
}

// cameAfter tells whether the response came after the leaf by which the school's
// silence was certain: by its time it may lie before the finalising, for it was
// collected only afterwards.
func (f *fold) cameAfter(auto event.Event) bool {
	return f.Deposit != "" && f.AnswerLeaf > auto.Leaf && !auto.Time.Before(f.RespondBy.End()) && !f.SeenOn.IsZero()
}

// late turns the response into a late comment.
func (f *fold) late() {
	f.keep(event.Event{Judgement: f.Judgement, Comments: f.Comments, Points: f.Points})
	f.Judgement, f.RespondedAt, f.RespondedBy, f.Comments, f.Points = "", time.Time{}, "", "", nil
	f.Deposit, f.AnswerLeaf, f.Answered = "", 0, ""
}
