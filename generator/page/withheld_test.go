package page_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/generator/page"
	"despatch/generator/source"
	"despatch/records/visit"
)

// TestWithdrawingADraftShowsNobodyThatItWas withdraws what was never given to
// anyone: a visit before its submission, papers before their day.
func TestWithdrawingADraftShowsNobodyThatItWas(t *testing.T) {
	w := newWorld()
	w.visits["900001"][0].State = visit.State{Status: visit.Withdrawn, WithdrawnOn: day(2026, 11, 20), Reason: "REASONWORD of the draft"}
	w.common.Sheets[5].Title, w.common.Sheets[5].WithdrawnAt = "EARLYWORD", noon
	w.common.Results[0].WithdrawnAt = noon
	late := w.common.Results[0].PublishedAt.AddDate(0, 1, 0)
	for _, drafts := range []bool{false, true} {
		o := options()
		o.Now, o.Drafts = late, drafts
		said := text(t, w.plan(o)) + text(t, page.Public(o, w.site, w.common))
		for _, secret := range []string{"EARLYWORD", "Key stage 2", "OWNWORD", "REASONWORD of the draft"} {
			if strings.Contains(said, secret) {
				t.Errorf("drafts %v: %q is said", drafts, secret)
			}
		}
	}
	for _, c := range w.plan(options()) {
		if c.ID.School == "900001" && strings.Contains(text(t, c), "FOCUSWORD 2026-11-10-aaaa") {
			t.Errorf("%s has the withdrawn draft", c.ID.ID())
		}
	}
}

// TestWhatIsWithdrawnIsOnlyTheNoticeThatItWas looks at the views themselves: a
// template that forgot to ask could show nothing.
func TestWhatIsWithdrawnIsOnlyTheNoticeThatItWas(t *testing.T) {
	w := newWorld()
	at := noon.Add(-time.Hour)
	for i := range w.visits["900001"] {
		v := &w.visits["900001"][i]
		if v.State.Status == visit.Draft {
			continue
		}
		v.Grade, v.CategoryOfConcern, v.Title = "GRADEWORD", "CONCERNWORD", "VISITTITLE"
		v.State = visit.State{Status: visit.Withdrawn, SubmittedOn: v.State.SubmittedOn, PublishedOn: v.State.PublishedOn, WithdrawnOn: day(2026, 11, 20), Comments: "COMMENTWORD", Judgement: "inaccurate"}
		if v.State.SubmittedOn.IsZero() {
			v.State.PublishedOn = v.Date
		}
	}
	for i := range w.common.Sheets {
		s := &w.common.Sheets[i]
		s.WithdrawnAt, s.Summary, s.Action, s.Reference = at, "SUMMARYWORD", "ACTIONWORD", "REFERENCEWORD"
	}
	for i := range w.common.Returns {
		w.common.Returns[i].WithdrawnAt, w.common.Returns[i].Intro = at, "INTROWORD"
	}
	for i := range w.common.Documents {
		w.common.Documents[i].WithdrawnAt = at
		w.common.Documents[i].Attached = []source.Attached{{Entry: source.Entry{Path: "content/documents/2026/x/files/ATTACHWORD.pdf"}, Title: "ATTACHTITLE"}}
	}
	for i := range w.common.News {
		w.common.News[i].WithdrawnAt = at
	}
	for _, c := range w.plan(options()) {
		if c.ID.School != "" && c.ID.School != "900001" {
			continue
		}
		said := text(t, c)
		for _, secret := range []string{
			"REPORTWORD", "ANSWERWORD", "FINDINGWORD", "GRADEWORD", "CONCERNWORD", "FOCUSWORD 2026-11-03", "FOCUSWORD 2026-10", "focusword 2026-1", "CATEGORYWORD", "VISITTITLE", "COMMENTWORD", "inaccurate",
			"BODYWORD", "SUMMARYWORD", "ACTIONWORD", "REFERENCEWORD", "INTROWORD", "Forename", "DOCTEXT", "ATTACHWORD", "ATTACHTITLE", "NEWSWORD",
		} {
			if strings.Contains(said, secret) {
				t.Errorf("%s still says %q", c.ID.ID(), secret)
			}
		}
		if len(c.Files) > 0 {
			t.Errorf("%s still has files", c.ID.ID())
		}
	}
}

// TestASheetTellsNothingOfAReturnThatItsReadersDoNotHave names a return that is
// a draft, held, or for others.
func TestASheetTellsNothingOfAReturnThatItsReadersDoNotHave(t *testing.T) {
	for name, spoil := range map[string]func(*source.Return){
		"draft":      func(r *source.Return) { r.PublishedAt = time.Time{} },
		"held":       func(r *source.Return) { r.Held = "nobody" },
		"for others": func(r *source.Return) { r.Roles = []string{"governor"} },
	} {
		w := newWorld()
		w.common.Returns[0].Title = "RETURNTITLE"
		spoil(&w.common.Returns[0])
		w.common.Sheets[0].Return, w.common.Sheets[4].Return = "2026-11-02-r1r1-form", "2026-11-02-r1r1-form"
		for _, c := range w.plan(options()) {
			own := slices.ContainsFunc(c.Pages, func(p page.Page) bool { return strings.HasPrefix(p.Key, "return") })
			if b, err := json.Marshal(c); err != nil || strings.Contains(string(b), "RETURNTITLE") && !own {
				t.Errorf("%s: %s tells the return's title (%v)", name, c.ID.ID(), err)
			}
		}
	}
}
