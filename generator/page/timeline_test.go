package page_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"despatch/generator/page"
	"despatch/generator/source"
	"despatch/records/visit"
)

// openVisit plans the school's visit that needs a response, in a state, and gives its
// page and its item as those see them who may read it.
func openVisit(t *testing.T, box string, change func(*visit.State)) (*page.VisitView, page.Item) {
	t.Helper()
	c, o := openCompartment(t, box, change)
	view, _ := c.Pages[slices.IndexFunc(c.Pages, func(p page.Page) bool { return p.Key == "visit/"+openID })].View.(*page.VisitView)
	return view, c.Items[slices.IndexFunc(c.Items, func(i page.Item) bool { return i.ID == o.Names.Item(openID) })]
}

const openID = "2026-11-03-bbbb-open"

func openCompartment(t *testing.T, box string, change func(*visit.State)) (page.Compartment, page.Options) {
	t.Helper()
	w := newWorld()
	w.site.Settings.Portal.Box = box
	at := slices.IndexFunc(w.visits["900001"], func(v source.Visit) bool { return v.ID == openID })
	v := &w.visits["900001"][at]
	v.Subject = strings.Repeat("77", 32)
	change(&v.State)
	o := options()
	o.Names.Account = func(code string) string { return strings.Repeat("0", 24) + code }
	return w.compartment(t, o, "900001/visits-full"), o
}

func TestAReportAsPDFStaysTheSameWhoeverOpensIt(t *testing.T) {
	paper := func(change func(*visit.State)) *page.VisitView {
		c, _ := openCompartment(t, "https://box.northmoor.example", change)
		view, _ := c.Files[slices.IndexFunc(c.Files, func(f page.File) bool { return f.Key == "paper/"+openID })].Paper.View.(*page.VisitView)
		return view
	}
	unread := paper(func(*visit.State) {})
	if len(unread.Timeline) == 0 {
		t.Fatal("the paper says nothing of what has happened")
	}
	opened := func(s *visit.State) {
		s.Opened = []visit.Opening{{By: "Priya Usher", At: noon}}
	}
	if view, _ := openVisit(t, "https://box.northmoor.example", opened); len(view.Timeline) != len(unread.Timeline)+1 {
		t.Errorf("the page does not say who opened the visit: %v", view.Timeline)
	}
	if read := paper(opened); !reflect.DeepEqual(read.Timeline, unread.Timeline) {
		t.Errorf("the paper's timeline became %v, of %v", read.Timeline, unread.Timeline)
	}
}

func TestAVisitThatAwaitsAnAnswerTakesItWhereThereIsABox(t *testing.T) {
	view, item := openVisit(t, "https://box.northmoor.example", func(*visit.State) {})
	if !view.Box || !item.Respond || item.SubjectSHA256 != strings.Repeat("77", 32) || view.Subject != (page.Subject{Item: item.ID, SHA256: item.SubjectSHA256}) {
		t.Errorf("%v %v %+v", view.Box, item.Respond, view.Subject)
	}
	if view, _ := openVisit(t, "", func(*visit.State) {}); view.Box || !view.Respond {
		t.Error("without a drop-box the page offers to take an answer")
	}
	if view, item := openVisit(t, "https://box.northmoor.example", func(s *visit.State) { s.Status = visit.Responded }); view.Box || item.Respond {
		t.Error("an answered visit takes another answer")
	}
}

func TestTimelineSaysWhoAnsweredAndWhetherItWasThisWording(t *testing.T) {
	steps := func(v *page.VisitView) string {
		var all []string
		for _, s := range v.Timeline {
			all = append(all, s.On.Text+": "+s.Text+" "+s.Who)
		}
		return strings.Join(all, "\n")
	}
	person := newWorld().site.People("900001")[0]
	answered := func(by, about string) *page.VisitView {
		view, _ := openVisit(t, "", func(s *visit.State) {
			s.Status, s.Judgement, s.RespondedAt, s.RespondedBy, s.Answered = visit.Responded, "inaccurate", noon, by, about
		})
		return view
	}
	view := answered(strings.Repeat("0", 24)+person.Code, strings.Repeat("77", 32))
	if got := steps(view); !strings.Contains(got, "Answered: inaccurate "+person.Name) || !strings.Contains(got, "Submitted for the school's response") {
		t.Errorf("the timeline is:\n%s", got)
	}
	if strings.Contains(strings.Join(view.State.Detail, " "), "earlier wording") {
		t.Error("an answer to this wording is told as one to an earlier")
	}
	view = answered(strings.Repeat("f", 32), strings.Repeat("78", 32))
	if got := steps(view); !strings.Contains(got, "somebody who has no account any more") {
		t.Errorf("the timeline is:\n%s", got)
	}
	if !strings.Contains(strings.Join(view.State.Detail, " "), "earlier wording") {
		t.Error("an answer to an earlier wording is not told as one")
	}
	if got := steps(answered("Priya Usher", "")); !strings.Contains(got, "Priya Usher") {
		t.Errorf("who wrote an answer down is not named:\n%s", got)
	}
	silent, _ := openVisit(t, "", func(s *visit.State) {
		s.Status, s.Auto, s.FinalisedOn, s.Leaf = visit.Finalised, true, day(2026, 11, 27), 41
	})
	if got := steps(silent); !strings.Contains(got, "nothing was received by the end of 26 November 2026, as the drop-box’s log shows up to its place 41") {
		t.Errorf("the timeline is:\n%s", got)
	}
}
