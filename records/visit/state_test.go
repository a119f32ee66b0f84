package visit_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/records/calendar"
	"despatch/records/event"
	"despatch/records/visit"
)

var (
	focus = &visit.Profile{ID: "focus", Name: "Focus visit", Version: 1, Response: "required", WorkingDays: 10}
	other = &visit.Profile{ID: "other", Name: "Other visit", Version: 1, Response: "none"}
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func day(s string) calendar.Date {
	d, err := calendar.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

// The events of a visit submitted on 4 November 2026: ten working days end on
// the 18th.
var (
	submitted  = event.Event{File: "events/2026/11/o1-submitted.yaml", Kind: event.Submitted, Time: at("2026-11-04T10:12:00Z"), RespondBy: day("2026-11-18")}
	seen       = event.Event{File: "s1", Kind: event.Seen, Time: at("2026-11-04T11:00:00Z"), Serial: 4}
	seenLate   = event.Event{File: "s2", Kind: event.Seen, Time: at("2026-11-06T11:00:00Z"), Serial: 5, RespondBy: day("2026-11-20")}
	extended   = event.Event{File: "x1", Kind: event.Extended, Time: at("2026-11-09T11:00:00Z"), RespondBy: day("2026-11-27"), Reason: "illness"}
	accurate   = event.Event{File: "r1", Kind: event.Responded, Time: at("2026-11-10T09:00:00Z"), Judgement: "accurate"}
	inaccurate = event.Event{File: "r2", Kind: event.Responded, Time: at("2026-11-11T09:00:00Z"), Judgement: "inaccurate", Comments: "Year 4, not Year 3."}
	finalised  = event.Event{File: "f1", Kind: event.Finalised, Time: at("2026-11-12T09:00:00Z"), Reply: "Mended."}
	auto       = event.Event{File: "f2", Kind: event.Finalised, Time: at("2026-11-19T00:00:00Z"), Auto: true}
	issued     = event.Event{File: "i1", Kind: event.Issued, Time: at("2026-11-04T10:12:00Z")}
	withdrawn  = event.Event{File: "w1", Kind: event.Withdrawn, Time: at("2026-11-30T10:12:00Z"), Reason: "wrong school"}
)

func on(e event.Event, t string) event.Event {
	e.Time = at(t)
	return e
}

func TestVisitLifeCycle(t *testing.T) {
	tests := []struct {
		name    string
		profile *visit.Profile
		events  []event.Event
		want    visit.Status
		errs    []string // a part of each, in order
	}{
		{"nothing happened", focus, nil, visit.Draft, nil},
		{"submitted", focus, []event.Event{submitted}, visit.Submitted, nil},
		{"accurate", focus, []event.Event{submitted, seen, accurate}, visit.Responded, nil},
		{"inaccurate", focus, []event.Event{submitted, inaccurate}, visit.Responded, nil},
		{"finalised by an officer", focus, []event.Event{submitted, accurate, finalised}, visit.Finalised, nil},
		{"finalised automatically", focus, []event.Event{submitted, seen, auto}, visit.Finalised, nil},
		{"published", other, []event.Event{issued}, visit.Published, nil},
		{"withdrawn while open", focus, []event.Event{submitted, withdrawn}, visit.Withdrawn, nil},
		{"withdrawn after publishing", other, []event.Event{issued, withdrawn}, visit.Withdrawn, nil},
		{"withdrawn as a draft", focus, []event.Event{withdrawn}, visit.Withdrawn, nil},

		{"submitted twice", focus, []event.Event{submitted, on(submitted, "2026-11-05T00:00:00Z")}, visit.Submitted, []string{"was submitted on 4 November 2026"}},
		{"submitted without a date", focus, []event.Event{{Kind: event.Submitted}}, visit.Draft, []string{"no respond_by"}},
		{"submitted where nothing is awaited", other, []event.Event{submitted}, visit.Draft, []string{"need no response"}},
		{"issued where a response is awaited", focus, []event.Event{issued}, visit.Draft, []string{"need a response"}},
		{"issued twice", other, []event.Event{issued, on(issued, "2026-11-05T00:00:00Z")}, visit.Published, []string{"was issued on"}},
		{"seen as a draft", focus, []event.Event{seen}, visit.Draft, []string{"draft"}},
		{"extended as a draft", focus, []event.Event{extended}, visit.Draft, []string{"no response is awaited"}},
		{"extended after the response", focus, []event.Event{submitted, accurate, on(extended, "2026-11-11T00:00:00Z")}, visit.Responded, []string{"no response is awaited"}},
		{"finalised as a draft", focus, []event.Event{finalised}, visit.Draft, []string{"is draft"}},
		{"finalised before the deadline", focus, []event.Event{submitted, finalised}, visit.Submitted, []string{"has until 18 November 2026"}},
		{"automatically a second before the end", focus, []event.Event{submitted, seen, on(auto, "2026-11-18T23:59:59Z")}, visit.Submitted, []string{"has until"}},
		{"automatically though never seen", focus, []event.Event{submitted, auto}, visit.Submitted, []string{"no seen event"}},
		{"automatically after a response", focus, []event.Event{submitted, seen, accurate, auto}, visit.Responded, []string{"has responded"}},
		{"finalised twice", focus, []event.Event{submitted, accurate, finalised, on(finalised, "2026-11-13T00:00:00Z")}, visit.Finalised, []string{"is finalised"}},
		{"an Other visit finalised", other, []event.Event{issued, finalised}, visit.Published, []string{"is published"}},
		{"done", focus, []event.Event{{Kind: event.Done}}, visit.Draft, []string{"no such event"}},
		{"anything after withdrawing", focus, []event.Event{withdrawn, on(submitted, "2026-12-01T00:00:00Z")}, visit.Withdrawn, []string{"was withdrawn on 30 November 2026"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			state, errs := visit.Fold(tt.profile, tt.events)
			if state.Status != tt.want {
				t.Errorf("the visit is %s, want %s", state.Status, tt.want)
			}
			if len(errs) != len(tt.errs) {
				t.Fatalf("errors %v, want %d", errs, len(tt.errs))
			}
			for i, err := range errs {
				if !strings.Contains(err.Error(), tt.errs[i]) {
					t.Errorf("error %q, want one with %q", err, tt.errs[i])
				}
				var m visit.Misfit
				if !errors.As(err, &m) {
					t.Errorf("%v does not name its event", err)
				}
			}
		})
	}
}

func TestFocusVisitFinalisesAfterTenWorkingDays(t *testing.T) {
	sum, err := calendar.New(nil).Deadline(calendar.On(submitted.Time), focus.WorkingDays)
	if err != nil {
		t.Fatal(err)
	}
	s := submitted
	s.RespondBy, s.Sum, s.Skipped = sum.On, sum.Counted, sum.Skipped
	state, errs := visit.Fold(focus, []event.Event{s, seen, on(auto, sum.On.End().Format(time.RFC3339))})
	if state.Status != visit.Finalised || !state.Auto || len(errs) > 0 || len(state.Sum) != 10 {
		t.Errorf("%+v, %v", state, errs)
	}
}

func TestDeadlineOnlyMovesLater(t *testing.T) {
	early := seenLate
	early.RespondBy = day("2026-11-17")
	again := on(seenLate, "2026-11-07T11:00:00Z")
	again.RespondBy = day("2026-11-24")
	shorter := extended
	shorter.RespondBy = day("2026-11-18")
	longer := on(extended, "2026-11-10T11:00:00Z")
	longer.RespondBy = day("2026-12-04")
	tests := []struct {
		name   string
		events []event.Event
		want   string
		errs   int
	}{
		{"seen on the day", []event.Event{submitted, seen}, "2026-11-18", 0},
		{"seen two days later", []event.Event{submitted, seenLate}, "2026-11-20", 0},
		{"seen, then seen later", []event.Event{submitted, seen, seenLate}, "2026-11-20", 0},
		{"moved twice by sight", []event.Event{submitted, seenLate, again}, "2026-11-20", 1},
		{"moved earlier by sight", []event.Event{submitted, early}, "2026-11-18", 1},
		{"extended", []event.Event{submitted, extended}, "2026-11-27", 0},
		{"extended twice", []event.Event{submitted, extended, longer}, "2026-12-04", 0},
		{"extended after sight", []event.Event{submitted, seenLate, extended}, "2026-11-27", 0},
		{"shortened", []event.Event{submitted, shorter}, "2026-11-18", 1},
		{"moved by sight after the response", []event.Event{submitted, on(accurate, "2026-11-05T09:00:00Z"), seenLate}, "2026-11-18", 1},
	}
	for _, tt := range tests {
		state, errs := visit.Fold(focus, tt.events)
		if state.RespondBy.String() != tt.want || len(errs) != tt.errs {
			t.Errorf("%s: respond by %s with %v; want %s with %d errors", tt.name, state.RespondBy, errs, tt.want, tt.errs)
		}
	}
	state, _ := visit.Fold(focus, []event.Event{submitted, extended})
	if state.Moved != "illness" {
		t.Errorf("moved because %q", state.Moved)
	}
}

func TestAcceptedResponseIsNeverLost(t *testing.T) {
	odd := on(inaccurate, "2026-11-11T10:00:00Z")
	odd.Judgement = "perhaps"
	tests := []struct {
		name   string
		events []event.Event
		status visit.Status
		errs   int
	}{
		{"after automatic finalising", []event.Event{submitted, seen, auto, on(inaccurate, "2026-11-20T00:00:00Z")}, visit.Finalised, 0},
		{"after an officer's finalising", []event.Event{submitted, accurate, finalised, on(inaccurate, "2026-11-20T00:00:00Z")}, visit.Finalised, 0},
		{"second of two", []event.Event{submitted, accurate, inaccurate}, visit.Responded, 1},
		{"after withdrawing", []event.Event{submitted, withdrawn, on(inaccurate, "2026-12-01T00:00:00Z")}, visit.Withdrawn, 1},
		{"to a draft", []event.Event{inaccurate}, visit.Draft, 1},
		{"to a visit that awaits none", []event.Event{issued, inaccurate}, visit.Published, 1},
		{"of an unknown judgement", []event.Event{submitted, odd}, visit.Submitted, 1},
	}
	for _, tt := range tests {
		profile := focus
		if tt.status == visit.Published {
			profile = other
		}
		state, errs := visit.Fold(profile, tt.events)
		if state.Status != tt.status || len(errs) != tt.errs {
			t.Errorf("%s: %s with %v; want %s with %d errors", tt.name, state.Status, errs, tt.status, tt.errs)
		}
		if !strings.Contains(state.Late, inaccurate.Comments) {
			t.Errorf("%s: the comments are gone from %q", tt.name, state.Late)
		}
	}
	state, errs := visit.Fold(focus, []event.Event{on(inaccurate, "2026-11-04T10:11:59Z"), submitted})
	if state.Status != visit.Responded || state.Comments != inaccurate.Comments || len(errs) != 1 {
		t.Errorf("a response that a clock put before the submission: %+v, %v", state, errs)
	}
}

// TestAnAnswerIsTakenBackInTimeByWhoGaveIt: later, by anybody else or of another
// answer the answer stands, and nothing that was final reopens.
func TestAnAnswerIsTakenBackInTimeByWhoGaveIt(t *testing.T) {
	given := accurate
	given.Account, given.Deposit = "head", "d1"
	back := event.Event{File: "t1", Kind: event.Retracted, Time: at("2026-11-11T10:00:00Z"), Account: "head", Of: "d1"}
	again := inaccurate
	again.Account, again.Deposit, again.Time = "deputy", "d2", at("2026-11-12T08:00:00Z")
	byOther, ofOther := back, back
	byOther.Account, ofOther.Of = "deputy", "d0"
	opened := event.Event{File: "op", Kind: event.Opened, Time: at("2026-11-05T09:00:00Z"), Account: "head"}
	tests := []struct {
		name      string
		events    []event.Event
		status    visit.Status
		judgement string
		refused   string // why the last one stands; - where none was taken back
		errs      int
	}{
		{"in time", []event.Event{submitted, given, back}, visit.Submitted, "", "", 0},
		{"in its last second", []event.Event{submitted, given, on(back, "2026-11-18T23:59:59Z")}, visit.Submitted, "", "", 0},
		{"answered anew", []event.Event{submitted, given, back, again}, visit.Responded, "inaccurate", "", 0},
		{"answered anew and finalised", []event.Event{submitted, given, back, again, on(finalised, "2026-11-13T09:00:00Z")}, visit.Finalised, "inaccurate", "", 0},
		{"too late", []event.Event{submitted, given, on(back, "2026-11-19T00:00:00Z")}, visit.Responded, "accurate", "until the end of 18 November 2026", 0},
		{"after it was extended", []event.Event{submitted, extended, given, on(back, "2026-11-20T00:00:00Z")}, visit.Submitted, "", "", 0},
		{"by somebody else", []event.Event{submitted, given, byOther}, visit.Responded, "accurate", "-", 1},
		{"of another answer", []event.Event{submitted, given, ofOther}, visit.Responded, "accurate", "-", 1},
		{"twice", []event.Event{submitted, given, back, on(back, "2026-11-11T11:00:00Z")}, visit.Submitted, "", "", 1},
		{"before anything was answered", []event.Event{submitted, back}, visit.Submitted, "", "-", 1},
		{"once it was final", []event.Event{submitted, given, finalised, on(back, "2026-11-12T10:00:00Z")}, visit.Finalised, "accurate", "the record was final", 0},
		{"in time, but final before it was known", []event.Event{submitted, given, back, finalised}, visit.Finalised, "accurate", "final before the authority knew", 0},
		{"in time, and then silence", []event.Event{submitted, seen, given, back, auto}, visit.Submitted, "", "", 1},
		{"in time, and an officer ends it after the deadline", []event.Event{submitted, given, back, on(finalised, "2026-11-19T09:00:00Z")}, visit.Finalised, "", "", 0},
		{"of what was withdrawn", []event.Event{submitted, given, withdrawn, on(back, "2026-12-01T00:00:00Z")}, visit.Withdrawn, "accurate", "-", 0},
	}
	for _, tt := range tests {
		state, errs := visit.Fold(focus, append(tt.events, opened, on(opened, "2026-11-06T09:00:00Z")))
		if state.Status != tt.status || state.Judgement != tt.judgement || len(errs) != tt.errs {
			t.Errorf("%s: %s %q with %v; want %s %q with %d errors", tt.name, state.Status, state.Judgement, errs, tt.status, tt.judgement, tt.errs)
		}
		if len(state.Opened) != 1 || state.Opened[0].At != opened.Time {
			t.Errorf("%s: opened %v, want once", tt.name, state.Opened)
		}
		if none := len(state.Retracted) == 0; none != (tt.refused == "-") {
			t.Errorf("%s: taken back %v", tt.name, state.Retracted)
		} else if !none && (tt.refused == "") != state.TakenBack() {
			t.Errorf("%s: %v tells %v", tt.name, state.Retracted, state.TakenBack())
		} else if !none && !strings.Contains(state.Retracted[len(state.Retracted)-1].Refused, tt.refused) {
			t.Errorf("%s: refused because %q, want %q", tt.name, state.Retracted[0].Refused, tt.refused)
		}
	}
}

// TestAnAnswerInTheSecondOfTheSubmissionCountsAndIsTakenBack: so early nobody answers,
// but the clocks of two machines may differ by a moment.
func TestAnAnswerInTheSecondOfTheSubmissionCountsAndIsTakenBack(t *testing.T) {
	given := event.Event{File: "0000000001-responded.yaml", Kind: event.Responded, Time: submitted.Time, Account: "head", Judgement: event.Accurate, Deposit: "d1"}
	back := event.Event{File: "0000000002-retracted.yaml", Kind: event.Retracted, Time: submitted.Time, Account: "head", Of: "d1"}
	later := submitted
	later.File = "o1-submitted.yaml"
	if state, errs := visit.Fold(focus, []event.Event{given, later}); len(errs) != 0 || state.Status != visit.Responded {
		t.Errorf("answered: %s with %v", state.Status, errs)
	}
	if state, errs := visit.Fold(focus, []event.Event{given, back, later}); len(errs) != 0 || state.Status != visit.Submitted || !state.TakenBack() {
		t.Errorf("taken back: %s, %v with %v", state.Status, state.Retracted, errs)
	}
	if state, errs := visit.Fold(focus, []event.Event{back, on(later, "2026-11-04T09:30:01Z")}); len(errs) != 1 {
		t.Errorf("what was never answered is taken back: %s with %v", state.Status, errs)
	}
}

// TestAnOpeningInTheSecondOfTheSubmissionCounts: events of one second are in the order
// of their names, and the drop-box's come before the office's.
func TestAnOpeningInTheSecondOfTheSubmissionCounts(t *testing.T) {
	early := event.Event{File: "0000000001-opened.yaml", Kind: event.Opened, Time: submitted.Time, Account: "head"}
	later := submitted
	later.File = "o1-submitted.yaml"
	if state, errs := visit.Fold(focus, []event.Event{early, later}); len(errs) > 0 || len(state.Opened) != 1 || state.Status != visit.Submitted {
		t.Errorf("%s, opened %v, %v", state.Status, state.Opened, errs)
	}
	if state, errs := visit.Fold(focus, []event.Event{early}); len(errs) != 1 || len(state.Opened) != 0 {
		t.Errorf("of a draft: opened %v, %v", state.Opened, errs)
	}
}

func TestFoldDoesNotDependOnTheOrderGiven(t *testing.T) {
	events := []event.Event{submitted, seen, extended, accurate, finalised}
	want, _ := visit.Fold(focus, events)
	slices.Reverse(events)
	got, errs := visit.Fold(focus, events)
	if got.Status != want.Status || got.RespondBy != want.RespondBy || len(errs) > 0 {
		t.Errorf("%+v, want %+v", got, want)
	}
	if events[0].Kind != event.Finalised {
		t.Error("the caller's events were put in order")
	}
}
