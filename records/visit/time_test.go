package visit_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"despatch/records/calendar"
	"despatch/records/event"
	"despatch/records/visit"
)

// rules are what is held to the model. A twin of them that is broken must be found out.
type rules struct {
	deadline func(*calendar.Calendar, calendar.Date) (calendar.Deadline, error)
	window   func(visit.State, *calendar.Calendar, calendar.Date) (calendar.Deadline, error)
	silent   func(visit.State, visit.Evidence) (leaf int, due bool, why string)
	fold     func([]event.Event) (visit.State, []error)
}

func sound() rules {
	return rules{
		deadline: func(c *calendar.Calendar, d calendar.Date) (calendar.Deadline, error) { return c.Deadline(d, 10) },
		window: func(s visit.State, c *calendar.Calendar, d calendar.Date) (calendar.Deadline, error) {
			return s.Window(c, d, 10)
		},
		silent: visit.State.Silent,
		fold:   func(e []event.Event) (visit.State, []error) { return visit.Fold(focus, e) },
	}
}

// A leaf of the drop-box's log. to is the visit that it answers, -1 for one that only
// tells the time.
type logLeaf struct {
	at     time.Time
	school int
	to     int
	junk   bool // it cannot be opened
}

// A simulated visit: its events for the product, and what the model thinks of it.
type simulated struct {
	school                int
	events                []event.Event
	submitted, seen, auto bool
	ended                 bool  // by an officer, or withdrawn
	respondBy             int64 // London day
	answered              bool  // somebody took its slot
	answers               []int // leaves that were collected
}

// A world is an office, a drop-box and some schools.
type world struct {
	rules
	rng       *rand.Rand
	cal       *calendar.Calendar
	now       time.Time
	ahead     time.Duration // of the drop-box's clock
	log       []logLeaf
	collected int
	held      map[int]bool // leaves that are kept and not taken
	returned  [3]bool      // schools that mail came back from
	visits    []*simulated
	finalised int
}

func newWorld(seed uint64, r rules) *world {
	var closures []calendar.Closure
	for _, d := range closedDays {
		closures = append(closures, calendar.Closure{Date: dateOf(dayOf(d)), Name: "Closed"})
	}
	w := &world{rules: r, rng: rand.New(rand.NewPCG(seed, 1)), cal: calendar.New(closures), held: make(map[int]bool)}
	w.now = time.Unix(dayOf("2026-01-01")*daySeconds+w.rng.Int64N(1080*daySeconds), 0).UTC()
	if w.rng.IntN(2) == 0 {
		w.ahead = time.Duration(w.rng.IntN(3*60)) * time.Minute
	}
	for i := range 5 {
		w.visits = append(w.visits, &simulated{school: i % 3})
	}
	return w
}

// step does one thing at random, and says what is not as the model has it.
func (w *world) step() error {
	w.now = w.now.Add(time.Second)
	i := w.rng.IntN(len(w.visits))
	v := w.visits[i]
	switch w.rng.IntN(12) {
	case 0, 1:
		w.pass(v)
		return nil
	case 2:
		return w.submit(v)
	case 3:
		return w.see(v)
	case 4:
		return w.extend(v)
	case 5:
		w.log = append(w.log, logLeaf{at: w.now.Add(w.ahead), to: -1})
		return nil
	case 6:
		w.answer(i, v)
		return nil
	case 7, 8:
		return w.collect()
	case 9:
		return w.officer(v)
	case 10:
		w.mend()
		return nil
	}
	return w.silence()
}

// pass lets time pass, often to the very second of a deadline.
func (w *world) pass(v *simulated) {
	to := w.now.Add(time.Duration(w.rng.Int64N(int64(72 * time.Hour))).Truncate(time.Second))
	if v.submitted && w.rng.IntN(2) == 0 {
		to = endOf(v.respondBy).Add(time.Duration(w.rng.IntN(3)-2) * time.Second)
		if w.rng.IntN(2) == 0 {
			to = to.Add(-time.Duration(w.rng.IntN(50)) * time.Minute)
		}
	}
	if to.After(w.now) {
		w.now = to
	}
}

// act puts an event of the office into a visit unless its fold refuses it.
func (w *world) act(v *simulated, e event.Event) (taken bool) {
	e.Time = w.now
	e.File = fmt.Sprintf("events/2026/01/o%d-%s-%06d.yaml", w.now.Unix(), e.Kind, len(v.events))
	_, misfits := w.fold(append(v.events[:len(v.events):len(v.events)], e))
	for _, m := range misfits {
		if fit, ok := m.(visit.Misfit); ok && fit.File == e.File {
			return false
		}
	}
	v.events = append(v.events, e)
	return true
}

func (w *world) submit(v *simulated) error {
	if v.submitted {
		return nil
	}
	on, known := tenWorkingDays(londonDay(w.now))
	d, err := w.deadline(w.cal, calendar.On(w.now))
	if (err == nil) != known {
		return fmt.Errorf("ten working days after %s: %v", dayName(londonDay(w.now)), err)
	}
	if err != nil {
		return nil
	}
	if v.submitted = w.act(v, event.Event{Kind: event.Submitted, RespondBy: d.On}); !v.submitted {
		return fmt.Errorf("a draft cannot be submitted")
	}
	v.respondBy = on
	return w.same(v)
}

func (w *world) see(v *simulated) error {
	st, _ := w.fold(v.events)
	if !v.submitted || v.seen || st.Status == visit.Withdrawn {
		return nil
	}
	d, err := w.window(st, w.cal, calendar.On(w.now))
	if err != nil {
		return nil // beyond the table: it is told, and looked at again
	}
	if !w.act(v, event.Event{Kind: event.Seen, RespondBy: d.On}) {
		return fmt.Errorf("the first sight is refused")
	}
	v.seen = true
	if on, ok := tenWorkingDays(londonDay(w.now)); ok && on > v.respondBy && len(v.answers) == 0 && !v.ended && !v.auto {
		v.respondBy = on
	}
	return w.same(v)
}

func (w *world) extend(v *simulated) error {
	until := v.respondBy + w.rng.Int64N(24) - 6
	open := v.submitted && !v.ended && !v.auto && len(v.answers) == 0
	if !v.submitted || !works(until) || until > dayOf("2028-12-31") {
		return nil
	}
	st, _ := w.fold(v.events)
	taken := st.Status == visit.Submitted && w.act(v, event.Event{Kind: event.Extended, RespondBy: dateOf(until), Reason: "illness"})
	if taken != (open && until > v.respondBy) {
		return fmt.Errorf("an extension from %s to %s is taken: %v", dayName(v.respondBy), dayName(until), taken)
	}
	if taken {
		v.respondBy = until
	}
	return w.same(v)
}

// answer has a school send something: an answer, once for each visit, or what cannot
// be opened.
func (w *world) answer(i int, v *simulated) {
	junk := w.rng.IntN(4) == 0
	if !v.submitted || v.answered && !junk {
		return
	}
	v.answered = v.answered || !junk
	w.log = append(w.log, logLeaf{at: w.now.Add(w.ahead), school: v.school, to: i, junk: junk})
}

// collect takes some of the log, or all of it.
func (w *world) collect() error {
	for n := w.rng.IntN(4); w.collected < len(w.log) && n != 1; n-- {
		at := w.collected
		w.collected++
		l := w.log[at]
		if l.to < 0 {
			continue
		}
		if l.junk {
			w.held[at] = true
			continue
		}
		v := w.visits[l.to]
		v.events = append(v.events, event.Event{
			File: fmt.Sprintf("events/2026/01/%010d-responded.yaml", at), Kind: event.Responded, Time: l.at,
			Judgement: event.Inaccurate, Comments: said(at), Leaf: at, Deposit: strings.Repeat("0", 64),
		})
		v.answers = append(v.answers, at)
		if err := w.same(v); err != nil {
			return err
		}
	}
	return nil
}

func said(leaf int) string { return fmt.Sprintf("said in leaf %d.", leaf) }

// officer ends a visit by hand, or takes it back.
func (w *world) officer(v *simulated) error {
	if w.rng.IntN(4) > 0 || !v.submitted {
		return nil
	}
	if w.rng.IntN(6) == 0 {
		v.ended = w.act(v, event.Event{Kind: event.Withdrawn, Reason: "wrong school"}) || v.ended
		return nil
	}
	answered := slices.ContainsFunc(v.answers, func(at int) bool { return !w.log[at].at.After(w.now) })
	may := !v.ended && !v.auto && (answered || !w.now.Before(endOf(v.respondBy)))
	if taken := w.act(v, event.Event{Kind: event.Finalised}); taken != may {
		return fmt.Errorf("an officer may finalise: %v, with %d answers by %s", taken, len(v.answers), dayName(v.respondBy))
	}
	v.ended = v.ended || may
	return w.same(v)
}

// mend makes something that was held good, as it was about something else, and has mail
// come back from a school, or come back no more.
func (w *world) mend() {
	if w.rng.IntN(3) == 0 {
		school := w.rng.IntN(len(w.returned))
		w.returned[school] = !w.returned[school] && w.rng.IntN(4) == 0
	}
	for leaf := range w.held {
		if w.rng.IntN(3) == 0 {
			delete(w.held, leaf)
		}
		return
	}
}

// silence ends all visits that may end by it. The model knows the whole log.
func (w *world) silence() error {
	for i, v := range w.visits {
		st, _ := w.fold(v.events)
		returned := ""
		if w.returned[v.school] {
			returned = "mail came back"
		}
		leaf, due, why := w.silent(st, visit.Evidence{
			Returned: returned,
			Now:      w.now, KnownUntil: w.cal.KnownUntil(),
			Later: func(than time.Time) (int, bool) {
				for k, l := range w.log[:w.collected] {
					if l.at.After(than) {
						return k, true
					}
				}
				return 0, false
			},
			Held: func(until time.Time) string {
				for k := range w.held {
					if w.log[k].school == v.school && !w.log[k].at.After(until) {
						return said(k)
					}
				}
				return ""
			},
		})
		ends := due && why == ""
		if may := w.maySilence(v); ends != may {
			return fmt.Errorf("visit %d ends by silence at %s: %v, want %v (%s; due by %s, seen %v)", i, w.now, ends, may, why, dayName(v.respondBy), v.seen)
		}
		if !ends {
			continue
		}
		if !w.log[leaf].at.After(endOf(v.respondBy)) || leaf > 0 && w.log[leaf-1].at.After(endOf(v.respondBy)) {
			return fmt.Errorf("visit %d ended by leaf %d, which is not the first after its deadline", i, leaf)
		}
		for k, l := range w.log {
			if l.to == i && !l.junk && !l.at.After(endOf(v.respondBy)) {
				return fmt.Errorf("visit %d ended by silence, and leaf %d is an answer in time", i, k)
			}
		}
		if !w.act(v, event.Event{Kind: event.Finalised, Auto: true, Leaf: leaf}) {
			return fmt.Errorf("visit %d may end by silence and its fold refuses it", i)
		}
		v.auto = true
		w.finalised++
		if err := w.same(v); err != nil {
			return err
		}
	}
	return nil
}

// maySilence is security's rule of time, said once more.
func (w *world) maySilence(v *simulated) bool {
	end := endOf(v.respondBy)
	if !v.submitted || v.ended || v.auto || !v.seen || len(v.answers) > 0 || w.now.Before(end) || w.returned[v.school] {
		return false
	}
	later := false
	for k, l := range w.log[:w.collected] {
		later = later || l.at.After(end)
		if w.held[k] && l.school == v.school && !l.at.After(end) {
			return false
		}
	}
	return later
}

// same holds the product's state of a visit to the model's.
func (w *world) same(v *simulated) error {
	st, _ := w.fold(v.events)
	switch {
	case len(v.answers) == 0 && st.RespondBy.String() != dayName(v.respondBy): // what is moved once it was answered says nothing
		return fmt.Errorf("the answer is awaited by %s, want %s", st.RespondBy, dayName(v.respondBy))
	case v.auto && !v.ended && (st.Status != visit.Finalised || !st.Auto || st.Judgement != ""):
		return fmt.Errorf("it ended by silence, and is %s %s", st.Status, st.Judgement)
	}
	for _, at := range v.answers {
		inTime := !w.log[at].at.After(endOf(v.respondBy))
		switch counts, late := strings.Contains(st.Comments, said(at)), strings.Contains(st.Late, said(at)); {
		case !counts && !late:
			return fmt.Errorf("what was said in leaf %d is lost", at)
		case !counts && inTime && st.Status != visit.Withdrawn && !v.ended:
			return fmt.Errorf("the answer in leaf %d came in time and does not count", at)
		case counts && v.auto && !v.ended:
			return fmt.Errorf("the answer in leaf %d came after silence was certain, and counts", at)
		}
	}
	return nil
}

// worldSteps is how long one world lasts.
const worldSteps = 250

// wander takes so many steps and gives the first fault, and how many visits ended by
// silence.
func wander(seed uint64, steps int, r rules) (finalised int, err error) {
	for done := 0; done < steps; done += worldSteps {
		w := newWorld(seed+uint64(done), r)
		for i := range worldSteps {
			if err := w.step(); err != nil {
				return finalised, fmt.Errorf("seed %d, step %d: %w", seed+uint64(done), i, err)
			}
		}
		finalised += w.finalised
	}
	return finalised, nil
}

// setting is a number of the environment, by which make has this run for longer.
func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestNoVisitEndsBySilenceUnlessThatIsCertain takes random steps of schools, office,
// drop-box and clock, and holds the rules of time to a model of their own: deadlines in
// working days and London days, dates that only move later, silence that is certain,
// answers that are never lost (security: time).
func TestNoVisitEndsBySilenceUnlessThatIsCertain(t *testing.T) {
	seed, steps := setting(t, "DESPATCH_SEED", 1), setting(t, "DESPATCH_STEPS", 50_000)
	finalised, err := wander(uint64(seed), steps, sound())
	if err != nil {
		t.Fatal(err)
	}
	if finalised < steps/1000 {
		t.Errorf("only %d visits ended by silence in %d steps: too few for the rules to be tried", finalised, steps)
	}
	t.Logf("seed %d: %d steps, %d visits ended by silence", seed, steps, finalised)
}

// TestABrokenRuleOfTimeIsFoundOut breaks one rule at a time.
func TestABrokenRuleOfTimeIsFoundOut(t *testing.T) {
	for name, breaks := range map[string]func(*rules){
		"bank holidays count": func(r *rules) {
			r.deadline = func(_ *calendar.Calendar, d calendar.Date) (calendar.Deadline, error) {
				on := d
				for n := 0; n < 10; {
					if on = on.AddDays(1); on.Weekday() != time.Saturday && on.Weekday() != time.Sunday {
						n++
					}
				}
				return calendar.Deadline{On: on}, nil
			}
		},
		"the day of submitting counts": func(r *rules) {
			r.deadline = func(c *calendar.Calendar, d calendar.Date) (calendar.Deadline, error) {
				return c.Deadline(d.AddDays(-1), 10)
			}
		},
		"a late sight moves nothing": func(r *rules) {
			r.window = func(visit.State, *calendar.Calendar, calendar.Date) (calendar.Deadline, error) {
				return calendar.Deadline{}, nil
			}
		},
		"the deadline is an hour early": func(r *rules) {
			r.silent = func(s visit.State, e visit.Evidence) (int, bool, string) {
				e.Now = e.Now.Add(time.Hour)
				return s.Silent(e)
			}
		},
		"nobody has to have seen it": func(r *rules) {
			r.silent = func(s visit.State, e visit.Evidence) (int, bool, string) {
				s.SeenOn = s.SubmittedOn
				return s.Silent(e)
			}
		},
		"a leaf of the last second will do": func(r *rules) {
			r.silent = func(s visit.State, e visit.Evidence) (int, bool, string) {
				later := e.Later
				e.Later = func(than time.Time) (int, bool) { return later(than.Add(-2 * time.Second)) }
				return s.Silent(e)
			}
		},
		"what is held is let be": func(r *rules) {
			r.silent = func(s visit.State, e visit.Evidence) (int, bool, string) {
				e.Held = func(time.Time) string { return "" }
				return s.Silent(e)
			}
		},
		"mail that came back is let be": func(r *rules) {
			r.silent = func(s visit.State, e visit.Evidence) (int, bool, string) {
				e.Returned = ""
				return s.Silent(e)
			}
		},
		"an answer that is collected later takes silence back": func(r *rules) {
			r.fold = func(events []event.Event) (visit.State, []error) {
				without := make([]event.Event, len(events))
				for i, e := range events {
					e.Deposit = ""
					without[i] = e
				}
				return visit.Fold(focus, without)
			}
		},
		"comments are lost": func(r *rules) {
			r.fold = func(events []event.Event) (visit.State, []error) {
				st, errs := visit.Fold(focus, events)
				st.Late = ""
				return st, errs
			}
		},
		"an officer may shorten": func(r *rules) {
			r.fold = func(events []event.Event) (visit.State, []error) {
				st, errs := visit.Fold(focus, events)
				for _, e := range events {
					if e.Kind == event.Extended {
						st.RespondBy = e.RespondBy
					}
				}
				return st, errs
			}
		},
	} {
		r := sound()
		breaks(&r)
		if _, err := wander(1, 200_000, r); err == nil {
			t.Errorf("%s, and nothing was found", name)
		}
	}
}
