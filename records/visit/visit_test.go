package visit_test

import (
	"strings"
	"testing"

	"despatch/records/calendar"
	"despatch/records/visit"
)

// findings collects what a check says, as "key: text".
type findings []string

func (f *findings) add(key, text string) { *f = append(*f, key+": "+text) }

func (f findings) has(part string) bool {
	for _, s := range f {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}

func plain() visit.Visit {
	return visit.Visit{ID: "2026-11-03-k7q2-early-reading", Profile: "focus", School: "900001", Date: day("2026-11-03"), Focus: "Early reading", Responsible: "Priya Usher"}
}

func TestVisitCheck(t *testing.T) {
	graded := &visit.Profile{ID: "annual", Version: 2, Graded: true, Areas: []visit.Area{{ID: "curriculum"}}, Questions: []visit.Question{{ID: "barriers"}}, WordsToAvoid: []string{"inadequate", "strong"}, People: visit.Limit{Most: 3, Advise: 2}}
	tests := []struct {
		name    string
		profile *visit.Profile
		change  func(*visit.Visit)
		want    string // part of the one problem; empty: none
		warning string
	}{
		{"as it should be", focus, func(*visit.Visit) {}, "", ""},
		{"a grade where the profile has none", focus, func(v *visit.Visit) { v.Grade = "good" }, `grade: visits of profile "focus" have no grade`, ""},
		{"a grade where it has", graded, func(v *visit.Visit) { v.Grade = "Requires improvement" }, "", ""},
		{"yesterday's word", graded, func(v *visit.Visit) { v.Grade = "satisfactory" }, `grade: "satisfactory" is not a grade of 3 November 2026`, ""},
		{"yesterday's word in its time", graded, func(v *visit.Visit) { v.Grade, v.Date = "satisfactory", day("2012-08-31") }, "", ""},
		{"tomorrow's word", graded, func(v *visit.Visit) { v.Grade, v.Date = "requires improvement", day("2012-08-31") }, "not a grade of 31 August 2012", ""},
		{"tomorrow's word on its first day", graded, func(v *visit.Visit) { v.Grade, v.Date = "requires improvement", day("2012-09-01") }, "", ""},
		{"a category as a grade", graded, func(v *visit.Visit) { v.Grade = "special measures" }, "write it under category_of_concern", ""},
		{"a grade as a category", graded, func(v *visit.Visit) { v.CategoryOfConcern = "requires improvement" }, "category_of_concern: \"requires improvement\" is a grade", ""},
		{"a category", graded, func(v *visit.Visit) { v.CategoryOfConcern = "special measures" }, "", ""},
		{"no such category", graded, func(v *visit.Visit) { v.CategoryOfConcern = "worry" }, "unknown category", ""},
		{"no date", focus, func(v *visit.Visit) { v.Date = calendar.Date{} }, "date: ", ""},
		{"nobody responsible", focus, func(v *visit.Visit) { v.Responsible = " " }, "responsible: ", ""},
		{"a version to come", graded, func(v *visit.Visit) { v.ProfileVersion = 3 }, "no version 3", ""},
		{"an earlier version", graded, func(v *visit.Visit) { v.ProfileVersion = 1 }, "", ""},
		{"a file twice", focus, func(v *visit.Visit) { v.Attachments = []visit.Attachment{{File: "a.pdf"}, {File: "a.pdf"}} }, "attachments.1.file: \"a.pdf\" is attached twice", ""},
		{"a file without a name", focus, func(v *visit.Visit) { v.Attachments = []visit.Attachment{{Title: "A"}} }, "attachments.0.file", ""},
		{"too many visitors", graded, func(v *visit.Visit) { v.Visitors = []string{"a", "b", "c", "d"} }, "visitors: 4 visitors", ""},
		{"many visitors", graded, func(v *visit.Visit) { v.Visitors = []string{"a", "b", "c"} }, "", "visitors: 3 visitors"},
		{"outside the scope", graded, func(v *visit.Visit) { v.Findings = []visit.Finding{{Area: "finance", Text: "x"}} }, "", "findings.0.area: "},
		{"a judging word", graded, func(v *visit.Visit) { v.Findings = []visit.Finding{{Area: "curriculum", Text: "This is Strong work."}} }, "", `"strong" judges`},
		{"a part of a word", graded, func(v *visit.Visit) {
			v.Findings = []visit.Finding{{Area: "curriculum", Text: "a strongroom and armstrong"}}
		}, "", ""},
		{"an empty finding", graded, func(v *visit.Visit) { v.Findings = []visit.Finding{{Area: "curriculum"}} }, "findings.0.text", ""},
		{"a change", focus, func(v *visit.Visit) { v.Changes = []visit.Change{{Said: "x", Now: "y"}} }, "", ""},
		{"a change that was declined", focus, func(v *visit.Visit) { v.Changes = []visit.Change{{Said: "x", Declined: "y"}} }, "", ""},
		{"a change for no reason", focus, func(v *visit.Visit) { v.Changes = []visit.Change{{Now: "y"}} }, "changes.0.said: ", ""},
		{"a point that nothing became of", focus, func(v *visit.Visit) { v.Changes = []visit.Change{{Said: "x", Was: "y"}} }, "changes.0.now: ", ""},
		{"a change made and declined", focus, func(v *visit.Visit) { v.Changes = []visit.Change{{Said: "x", Now: "y", Declined: "z"}} }, "changes.0.declined: ", ""},
		{"a change after no response", &visit.Profile{ID: "other", Response: visit.ResponseNone}, func(v *visit.Visit) { v.Changes = []visit.Change{{Said: "x", Now: "y"}} }, "changes: visits of profile", ""},
		{"an answer to no question", graded, func(v *visit.Visit) { v.Answers = []visit.Answer{{Question: "why"}} }, "answers.0.question", ""},
	}
	for _, tt := range tests {
		v := plain()
		tt.change(&v)
		var problems, warnings findings
		v.Check(tt.profile, problems.add, warnings.add)
		if tt.want == "" && len(problems) > 0 || tt.want != "" && (len(problems) != 1 || !problems.has(tt.want)) {
			t.Errorf("%s: problems %q, want %q", tt.name, problems, tt.want)
		}
		if tt.warning == "" && len(warnings) > 0 || tt.warning != "" && !warnings.has(tt.warning) {
			t.Errorf("%s: warnings %q, want %q", tt.name, warnings, tt.warning)
		}
	}
}

func TestVisitName(t *testing.T) {
	v := plain()
	if got := v.Name(focus); got != "Focus visit: Early reading" {
		t.Error(got)
	}
	for _, same := range []string{"", "Focus visit", "focus visit"} {
		v.Focus = same
		if got := v.Name(focus); got != "Focus visit" {
			t.Errorf("with the focus %q: %s", same, got)
		}
	}
	v.Title = "Reading, again"
	if got := v.Name(focus); got != "Reading, again" || v.PublisherID() != "authority" {
		t.Error(got, v.PublisherID())
	}
}

func TestProfileCheck(t *testing.T) {
	good := func() visit.Profile {
		return visit.Profile{ID: "focus", Version: 1, Name: "Focus visit", Short: "Focus", Publisher: "authority", Response: "required", WorkingDays: 10, Notify: "immediate"}
	}
	tests := []struct {
		name   string
		change func(*visit.Profile)
		want   string
	}{
		{"as it should be", func(*visit.Profile) {}, ""},
		{"no name", func(p *visit.Profile) { p.Name = "" }, "name: "},
		{"no short name", func(p *visit.Profile) { p.Short = "" }, "short: "},
		{"no version", func(p *visit.Profile) { p.Version = 0 }, "version: "},
		{"an unknown publisher", func(p *visit.Profile) { p.Publisher = "diocese" }, `unknown publisher "diocese" (want authority or trust or any)`},
		{"an unknown response", func(p *visit.Profile) { p.Response = "maybe" }, "response: "},
		{"an unknown letter", func(p *visit.Profile) { p.Letter = "all" }, "want nothing or parents"},
		{"an unknown way to notify", func(p *visit.Profile) { p.Notify = "" }, "notify: "},
		{"no window", func(p *visit.Profile) { p.WorkingDays = 0 }, "working_days: a window of 0"},
		{"a window for nothing", func(p *visit.Profile) { p.Response = "none" }, "working_days: without a response"},
		{"advice above the limit", func(p *visit.Profile) { p.Days = visit.Limit{Most: 1, Advise: 2} }, "days.advise: "},
		{"a negative limit", func(p *visit.Profile) { p.People.Most = -1 }, "people: "},
		{"an area twice", func(p *visit.Profile) { p.Areas = []visit.Area{{ID: "a"}, {ID: "a"}} }, "areas.1.id: "},
		{"a question without id", func(p *visit.Profile) { p.Questions = []visit.Question{{Text: "?"}} }, "questions.0.id: "},
		{"a section by nobody", func(p *visit.Profile) { p.Sections = []visit.Section{{ID: "before", By: "head"}} }, `unknown by "head"`},
		{"hours that run back", func(p *visit.Profile) { p.Escalation = []visit.Escalation{{ID: "nfd", WithinHours: -48}} }, "within_hours"},
	}
	for _, tt := range tests {
		p := good()
		tt.change(&p)
		var problems findings
		p.Check(problems.add)
		if tt.want == "" && len(problems) > 0 || tt.want != "" && (len(problems) != 1 || !problems.has(tt.want)) {
			t.Errorf("%s: %q, want %q", tt.name, problems, tt.want)
		}
	}
}
