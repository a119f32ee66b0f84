package visit_test

import (
	"strings"
	"testing"

	"despatch/records/event"
	"despatch/records/visit"
)

func TestChangesAreHeldToTheWordsOfTheReport(t *testing.T) {
	for _, tt := range []struct {
		name, report string
		change       visit.Change
		want         string
	}{
		{"as it should be", "The **Year 5** unit\nis best.", visit.Change{Was: "Year 4 unit", Now: "The Year 5 unit is best."}, ""},
		{"its report was not changed", "The Year 4 unit is best.", visit.Change{Was: "Year 4", Now: "Year 5"}, "changes.0.now: the report does not have"},
		{"changed in one of two places", "The Year 5 unit. In Year 4 too.", visit.Change{Was: "Year 4", Now: "Year 5"}, "changes.0.was: the report still has"},
		{"the old words are a part of the new ones", "Read once a day, at nine.", visit.Change{Was: "once a day", Now: "once a day, at nine"}, ""},
		{"declined, and as it was", "Year 4.", visit.Change{Was: "Year 4", Declined: "So it was."}, ""},
		{"declined, and changed all the same", "Year 5.", visit.Change{Was: "Year 4", Declined: "So it was."}, "changes.0.was: the report does not have"},
		{"no words before", "Year 5.", visit.Change{Now: "Year 5"}, ""},
	} {
		v := plain()
		v.Report, v.Changes = tt.report, []visit.Change{tt.change}
		var warnings findings
		v.CheckWords(warnings.add)
		if tt.want == "" && len(warnings) > 0 || tt.want != "" && (len(warnings) != 1 || !warnings.has(tt.want)) {
			t.Errorf("%s: %q, want %q", tt.name, warnings, tt.want)
		}
	}
	v := plain()
	v.Changes = []visit.Change{{Now: "in a finding"}, {Now: "in an answer"}}
	v.Findings, v.Answers = []visit.Finding{{Text: "in a finding"}}, []visit.Answer{{Text: "in an answer"}}
	v.CheckWords(func(key, text string) { t.Error(key, text) })
}

func TestChangesAreShownOnceAnInaccurateRecordIsFinal(t *testing.T) {
	v := plain()
	v.Changes = []visit.Change{{Said: "x", Now: "y"}}
	for _, tt := range []struct {
		state visit.State
		shown bool
	}{
		{visit.State{Status: visit.Finalised, Judgement: event.Inaccurate}, true},
		{visit.State{Status: visit.Finalised, Judgement: event.Accurate}, false},
		{visit.State{Status: visit.Finalised, Auto: true}, false},
		{visit.State{Status: visit.Responded, Judgement: event.Inaccurate}, false},
		{visit.State{Status: visit.Withdrawn, Judgement: event.Inaccurate}, false},
	} {
		if got := len(v.Changed(tt.state)) == 1; got != tt.shown {
			t.Errorf("%s, judged %q: shown %v", tt.state.Status, strings.ToUpper(tt.state.Judgement), got)
		}
	}
}

func TestMarkedPassagesStandInTheirOrder(t *testing.T) {
	v := plain()
	s := visit.State{Status: visit.Finalised, Judgement: event.Inaccurate, Points: []event.Point{{Passage: "a", Wrong: "b"}, {Passage: "c", Wrong: "d"}}}
	v.Changes = []visit.Change{{Said: "of no mark", Now: "x"}, {Point: 2, Now: "x"}, {Point: 1, Said: "shorter", Was: "A", Declined: "x"}}
	var got []string
	for _, c := range v.Table(s) {
		got = append(got, c.Said+"/"+c.Was)
	}
	if want := "shorter/A d/c of no mark/"; strings.Join(got, " ") != want {
		t.Errorf("the table says %q, want %q", got, want)
	}
	if left := v.Undecided(s); len(left) != 0 {
		t.Errorf("%v have no decision", left)
	}
	if v.Changes = v.Changes[:2]; len(v.Undecided(s)) != 1 {
		t.Errorf("%v have no decision, want 1", v.Undecided(s))
	}
}
