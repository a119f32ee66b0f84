package page_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/generator/page"
	"despatch/records/authority"
	"despatch/records/calendar"
	"despatch/records/misheet"
	"despatch/records/visit"
)

// TestEveryAccountReadsWhatItsRightsSayAndNothingElse walks every account over
// every page: a page is readable where the compartment is held, and it must be
// exactly where a rule written here, apart from the plan, says so.
func TestEveryAccountReadsWhatItsRightsSayAndNothingElse(t *testing.T) {
	w := newWorld()
	o := options()
	o.Now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC) // results are out
	cells := 0
	for code, a := range w.site.Accounts {
		place, role := a.Schools[0].School, a.Schools[0].Roles[0]
		held := w.site.Holdings(a)
		for _, c := range w.plan(o) {
			for _, p := range c.Pages {
				cells++
				mine := c.ID.School == "" || c.ID.School == place
				kind, _, _ := strings.Cut(p.Key, "/")
				var may bool
				switch {
				case !mine:
				case c.ID.School == "" && strings.HasPrefix(c.ID.Kind, "group-"):
					may = role == "headteacher" && place == "900002"
				case strings.HasPrefix(c.ID.Kind, "role-"):
					may = c.ID.Kind == "role-"+role
				case kind == "visit":
					may = role == "headteacher"
				case kind == "visits":
					may = role == "headteacher" || role == "administrator" && c.ID.Kind == "visits-audit"
				case c.ID.Kind == "documents-full":
					may = role == "headteacher"
				case kind == "person":
					may = strings.HasSuffix(p.Key, "/"+code)
				case kind == "people":
					may = role == "headteacher"
				case c.ID.Kind == "results-full":
					may = role == "headteacher" || role == "governor"
				default:
					t.Fatalf("no rule for %s in %s", p.Key, c.ID.ID())
				}
				if can := slices.Contains(held, c.ID); can != may {
					t.Errorf("%s (%s of %s) reads %s in %s: %v, want %v", code, role, place, p.Key, c.ID.ID(), can, may)
				}
			}
		}
	}
	if cells < 450 {
		t.Fatalf("only %d cells were looked at", cells)
	}
}

func TestVisitsOfEachCompartment(t *testing.T) {
	w := newWorld()
	for _, c := range []struct {
		id   string
		want []string
	}{
		{"900001/visits-full", []string{
			"visit/2025-06-01-dddd-other", "visit/2026-09-09-eeee-taken", "visit/2026-10-01-cccc-done", "visit/2026-10-10-ffff-trust", "visit/2026-11-03-bbbb-open", "visits/authority", "visits/trust",
		}},
		{"900001/visits-audit", []string{"visits/authority", "visits/trust"}},
		{"900002/visits-full", []string{
			"visit/2025-06-01-dddd-other", "visit/2026-09-09-eeee-taken", "visit/2026-10-01-cccc-done", "visit/2026-11-03-bbbb-open", "visits/authority",
		}},
		{"900003/visits-audit", []string{"visits/authority"}},
	} {
		if got := keys(w.compartment(t, options(), c.id)); !slices.Equal(got, c.want) {
			t.Errorf("%s has\n%q, want\n%q", c.id, got, c.want)
		}
	}
}

func TestTrustVisitsAreOnTheTrustTabAlone(t *testing.T) {
	w := newWorld()
	for _, p := range w.compartment(t, options(), "900001/visits-full").Pages {
		list, ok := p.View.(*page.ListView)
		if !ok {
			continue
		}
		for _, e := range list.Entries {
			trust := strings.Contains(e.Text, "larkfield trust")
			if trust != (p.Key == "visits/trust") {
				t.Errorf("%s lists %q", p.Key, e.Text)
			}
		}
		if len(list.Tabs) != 2 || list.Tabs[0].Text != "Local Authority" || list.Tabs[1].Text != "Trust" {
			t.Errorf("%s has tabs %+v", p.Key, list.Tabs)
		}
	}
	for _, p := range w.compartment(t, options(), "900002/visits-full").Pages {
		if list, ok := p.View.(*page.ListView); ok && len(list.Tabs) != 1 {
			t.Errorf("a school of a trust without the fuller edition has tabs %+v", list.Tabs)
		}
	}
}

func TestDraftsLeakNothing(t *testing.T) {
	w := newWorld()
	for _, c := range w.plan(options()) {
		said := text(t, c)
		for _, secret := range []string{"FOCUSWORD 2026-11-10-aaaa", "focusword 2026-11-10-aaaa", "REPORTWORD of 2026-11-10-aaaa", "2026-11-10-aaaa-draft", "s7s7-draft", "NOTESWORD"} {
			if strings.Contains(said, secret) {
				t.Errorf("%s says %q", c.ID.ID(), secret)
			}
		}
		for _, p := range c.Pages {
			list, ok := p.View.(*page.ListView)
			if !ok || p.Key != "visits/authority" {
				continue
			}
			draft := list.Entries[0]
			line := ""
			for _, cell := range draft.Cells {
				line += cell.Text + smallText(cell) + cell.Link.Href + "|"
				if cell.Clip != nil && len(cell.Clip.Files) > 0 {
					t.Errorf("%s: a draft's line has files", c.ID.ID())
				}
			}
			if draft.Status != "Draft" || draft.Category != "" || !strings.HasPrefix(line, "10 November 2026|Focus|||Priya Usher||") {
				t.Errorf("%s: the draft's line is %s %q", c.ID.ID(), draft.Status, line)
			}
		}
		for _, i := range c.Items {
			if i.State == "draft" {
				t.Errorf("%s has an item of a draft: %+v", c.ID.ID(), i)
			}
		}
	}
}

func TestPreviewMarksDrafts(t *testing.T) {
	w := newWorld()
	o := options()
	o.Drafts = true
	marked := 0
	for _, c := range w.plan(o) {
		for _, p := range c.Pages {
			draft := strings.Contains(p.Key, "aaaa-draft") || strings.Contains(p.Key, "s7s7-draft") || strings.Contains(p.Key, "later") || strings.Contains(p.Key, "x1x1")
			if p.Draft != draft {
				t.Errorf("%s: draft %v, want %v", p.Key, p.Draft, draft)
			}
			if p.Draft {
				marked++
			}
		}
	}
	if marked < 5 {
		t.Errorf("only %d drafts are shown", marked)
	}
}

func TestAuditNeverSaysWhatAReportSays(t *testing.T) {
	w := newWorld()
	for _, c := range w.plan(options()) {
		if !strings.HasSuffix(c.ID.Kind, "-audit") {
			continue
		}
		said := text(t, c)
		for _, secret := range []string{
			"REPORTWORD", "ANSWERWORD", "FINDINGWORD", "COMMENTWORD", "REASONWORD", "ATTACHWORD", "ATTACHTITLE", "inaccurate", "DOCTEXT", "OWNWORD", "NATIONALWORD",
		} {
			if strings.Contains(said, secret) {
				t.Errorf("%s says %q", c.ID.ID(), secret)
			}
		}
		if len(c.Files) > 0 {
			t.Errorf("%s has files", c.ID.ID())
		}
		for _, i := range c.Items {
			if i.Page != "" || len(i.Files) > 0 {
				t.Errorf("%s links %+v", c.ID.ID(), i)
			}
		}
		if c.ID.Kind == "visits-audit" && !strings.Contains(said, "01632 960011") {
			t.Errorf("%s says nobody to ask", c.ID.ID())
		}
	}
}

func TestAuditAndFullShareItems(t *testing.T) {
	w := newWorld()
	ids := func(id string) (list []string) {
		for _, i := range w.compartment(t, options(), id).Items {
			list = append(list, i.ID)
		}
		return list
	}
	for _, area := range []string{"visits", "documents"} {
		audit, full := ids("900001/"+area+"-audit"), ids("900001/"+area+"-full")
		if len(audit) == 0 || !slices.Equal(audit, full) {
			t.Errorf("%s: audit has %q, full %q", area, audit, full)
		}
	}
}

func TestTitlesNameKindDateAndNumberOnly(t *testing.T) {
	w := newWorld()
	o := options()
	o.Now = o.Now.AddDate(0, 0, 7)
	fits := regexp.MustCompile(`^(Focus visit|Other visit|MI sheet|MI sheet \d+/26|Data return|Document|News|Results), \d+ [A-Z][a-z]+ 20\d\d$|^(All Records of Visits|Management Information sheets|Surveys / Data Returns|Documents|News|Results|Your account|Who can see what)$`)
	for _, c := range w.plan(o) {
		for _, p := range c.Pages {
			if !fits.MatchString(p.Title) {
				t.Errorf("%s is titled %q", p.Key, p.Title)
			}
		}
	}
}

func TestModulesThatAreOffBuildNothing(t *testing.T) {
	for module, prefixes := range map[authority.Module][]string{
		authority.Visits: {"visit"}, authority.Sheets: {"sheet", "contents/sheets"}, authority.Returns: {"return", "contents/returns"},
		authority.Documents: {"document", "contents/documents"}, authority.News: {"news", "contents/news"}, authority.Results: {"result", "contents/results"},
	} {
		w := newWorld()
		w.site.Settings.Modules[module] = false
		o := options()
		o.Now = o.Now.AddDate(0, 0, 7)
		for _, c := range w.plan(o) {
			for _, p := range c.Pages {
				for _, prefix := range prefixes {
					if strings.HasPrefix(p.Key, prefix) {
						t.Errorf("%s is off, but %s has %s", module, c.ID.ID(), p.Key)
					}
				}
			}
			for _, i := range c.Items {
				if i.Kind+"s" == string(module) || i.Kind == "news" && module == authority.News {
					t.Errorf("%s is off, but %s has the item %+v", module, c.ID.ID(), i)
				}
			}
		}
		for _, p := range page.Public(o, w.site, w.common) {
			if module == authority.Sheets && strings.Contains(p.Slug, "s4s4") {
				t.Errorf("%s is off, but %s is public", module, p.Slug)
			}
		}
	}
}

func TestUnknownAudienceIsHeld(t *testing.T) {
	w := newWorld()
	w.common.Sheets[1].Public = true
	for _, drafts := range []bool{false, true} {
		o := options()
		o.Drafts = drafts
		for _, c := range w.plan(o) {
			if has(c, "sheet/2026-11-02-s2s2-held") || has(c, "news/2026-11-02-n2n2-none") || has(c, "document/2026-11-02-d4d4-none") {
				t.Errorf("%s has what nobody was named for", c.ID.ID())
			}
		}
		for _, p := range page.Public(o, w.site, w.common) {
			if strings.Contains(p.Slug, "s2s2") {
				t.Errorf("a held sheet is public")
			}
		}
	}
}

func TestSheetsGoToTheirRolesOrTheirGroup(t *testing.T) {
	w := newWorld()
	for id, want := range map[string]string{
		"s1s1": "-/role-administrator -/role-headteacher", "s3s3": "-/group-lite", "s4s4": "-/role-governor",
		"s5s5": "-/role-headteacher 900003/role-headteacher", "s6s6": "",
	} {
		var in []string
		for _, c := range w.plan(options()) {
			if slices.ContainsFunc(c.Pages, func(p page.Page) bool { return strings.Contains(p.Key, id) }) {
				in = append(in, c.ID.ID())
			}
		}
		if got := strings.Join(in, " "); got != want {
			t.Errorf("%s is in %q, want %q", id, got, want)
		}
	}
	public := page.Public(options(), w.site, w.common)
	if len(public) != 1 || public[0].Slug != "2026-11-02-s4s4-public" {
		t.Errorf("public are %+v", public)
	}
}

func TestASheetForNamedSchoolsIsOnlyTheirsToDo(t *testing.T) {
	w := newWorld()
	for id, want := range map[string]string{"-/role-headteacher": "", "900003/role-headteacher": "2026-12-18"} {
		for _, i := range w.compartment(t, options(), id).Items {
			if i.Number == "5/26" && (i.Due != want || i.Respond != (want != "")) {
				t.Errorf("%s: due %q, respond %v", id, i.Due, i.Respond)
			}
		}
	}
}

func TestResultsAreNeverBuiltBeforeTheirRelease(t *testing.T) {
	w := newWorld()
	release := w.common.Results[0].PublishedAt
	for _, c := range []struct {
		now time.Time
		out bool
	}{{release.Add(-time.Nanosecond), false}, {release, true}} {
		o := options()
		o.Now = c.now
		said := text(t, w.plan(o))
		for _, word := range []string{"OWNWORD1", "NATIONALWORD", "LAWORD", "Key stage 2"} {
			if strings.Contains(said, word) != c.out {
				t.Errorf("at %s %q is there: %v", c.now, word, !c.out)
			}
		}
		if strings.Contains(text(t, w.compartment(t, o, "900001/results-full")), "OWNWORD2") {
			t.Error("a school sees another's figures")
		}
		if strings.Contains(text(t, w.compartment(t, o, "-/role-headteacher")), "OWNWORD") {
			t.Error("the authority's part has a school's figures")
		}
	}
}

func TestNationalFiguresStayHiddenUntilTheyMature(t *testing.T) {
	w := newWorld()
	res := &w.common.Results[0]
	res.Mature = calendar.Moment{Date: day(2026, 12, 8), Hour: 9, Minute: 30}
	for _, c := range []struct {
		now time.Time
		out bool
	}{{res.PublishedAt, false}, {res.Mature.Time().Add(-time.Nanosecond), false}, {res.Mature.Time(), true}} {
		o := options()
		o.Now = c.now
		for _, id := range []string{"900001/results-full", "-/role-headteacher"} {
			said := text(t, w.compartment(t, o, id))
			if !strings.Contains(said, "LAWORD") {
				t.Errorf("at %s the authority's figures are not in %s", c.now, id)
			}
			if strings.Contains(said, "NATIONALWORD") != c.out {
				t.Errorf("at %s the national figures are in %s: %v", c.now, id, !c.out)
			}
			if strings.Contains(said, "from Tuesday 8 December 2026, 09:30") == c.out {
				t.Errorf("at %s %s says when they come: %v", c.now, id, c.out)
			}
		}
	}
	if got := page.NextChange(w.site, w.common, res.PublishedAt.AddDate(0, 0, 6)); !got.Equal(res.Mature.Time()) {
		t.Errorf("the next change is %s, want the national release", got)
	}
}

func TestResultsWithoutAReleaseAreTheAuthoritysAlone(t *testing.T) {
	w := newWorld()
	w.common.Results[0].PublishedAt = time.Time{}
	for _, drafts := range []bool{false, true} {
		o := options()
		o.Now, o.Drafts = day(2028, 1, 1).Start(), drafts
		if said := text(t, w.plan(o)); strings.Contains(said, "NATIONALWORD") != drafts {
			t.Errorf("with drafts %v the figures are there: %v", drafts, !drafts)
		}
	}
}

func TestDoneItemsNameWhatTheSchoolHasDone(t *testing.T) {
	w := newWorld()
	w.common.Sheets[0].Return = "2026-11-02-r1r1-form"
	items := w.compartment(t, options(), "900001/returns-audit").Items
	if len(items) != 2 {
		t.Fatalf("%d items, want the return and the sheet that it fulfils", len(items))
	}
	for _, i := range items {
		if i.Kind != "done" || i.State != "done" || i.Title != "" || i.Of != names().Item("2026-11-02-r1r1-form") && i.Of != names().Item("2026-11-02-s1s1-heads") {
			t.Errorf("%+v", i)
		}
	}
	if c := w.compartment(t, options(), "900002/returns-audit"); len(c.Items) > 0 {
		t.Errorf("another school has %+v", c.Items)
	}
}

// TestWhatWasSentIsToldToThoseTheReturnIsFor: nobody else at the school has its title.
func TestWhatWasSentIsToldToThoseTheReturnIsFor(t *testing.T) {
	w := newWorld()
	for _, c := range w.plan(options()) {
		told := slices.ContainsFunc(c.Pages, func(p page.Page) bool { return p.Key == "returned/2026-11-02-r1r1-form" })
		todo := slices.ContainsFunc(c.Items, func(i page.Item) bool { return i.Title == "Not taken: Second account" && i.State == "open" })
		if want := c.ID.ID() == "900001/role-headteacher"; told != want || todo != want {
			t.Errorf("%s: a page %v, something to do %v, want %v", c.ID.ID(), told, todo, want)
		}
		if said := text(t, c); strings.Contains(said, "it came too late") && !told {
			t.Errorf("%s tells why", c.ID.ID())
		}
	}
	done := &w.common.Returns[0].Standing
	done.Done[0].At = noon.Add(2 * time.Hour) // it was put right since
	c := w.compartment(t, options(), "900001/role-headteacher")
	if said := text(t, c); strings.Contains(said, "Not taken: Second account") || !strings.Contains(said, "it came too late") {
		t.Error("once it is put right it is still to do, or what happened is not told any more")
	}
}

func TestInformationSheetsHaveNoDueRow(t *testing.T) {
	w := newWorld()
	w.common.Sheets[0].Type = misheet.Information
	for _, p := range w.compartment(t, options(), "-/role-headteacher").Pages {
		v, ok := p.View.(*page.SheetView)
		if !ok {
			continue
		}
		due := slices.ContainsFunc(v.Rows, func(r page.Row) bool { return r.Key == "To Be Completed By" })
		if information := strings.Contains(p.Key, "s1s1"); due == information {
			t.Errorf("%s: a due row: %v", p.Key, due)
		}
	}
}

func TestTheDeadlineTellsItsSum(t *testing.T) {
	w := newWorld()
	open := &w.visits["900001"][1].State
	open.Skipped = []calendar.Skip{{Date: day(2026, 12, 25), Why: "Christmas Day"}}
	for _, p := range w.compartment(t, options(), "900001/visits-full").Pages {
		v, ok := p.View.(*page.VisitView)
		if !ok || !strings.Contains(p.Key, "bbbb-open") {
			continue
		}
		want := page.Deadline{
			Window:  "2 working days from Thursday 12 November 2026, which itself does not count. The last day is Thursday 26 November 2026, until midnight.",
			Counted: "Counted: Friday 13 November 2026 and Thursday 26 November 2026.",
			Skipped: "Not counted: Saturdays and Sundays; Friday 25 December 2026: Christmas Day.",
		}
		if v.Deadline == nil || *v.Deadline != want {
			t.Errorf("%+v", v.Deadline)
		}
	}
}

func TestPlanIsDeterministic(t *testing.T) {
	first := text(t, newWorld().plan(options()))
	for range 5 {
		if text(t, newWorld().plan(options())) != first {
			t.Fatal("two plans of one world differ")
		}
	}
}

// paperName is kind and date or number, and nothing that a record says.
var paperName = regexp.MustCompile(`^(focus-visit|other-visit|letter|document|mi-sheet)-[0-9-]+\.pdf$`)

func TestNamesAreUniqueAndYearsAreThoseOfTheRecord(t *testing.T) {
	for _, c := range newWorld().plan(options()) {
		seen := map[string]bool{}
		for _, p := range c.Pages {
			if seen[p.Name] || !strings.HasSuffix(p.Name, ".html") {
				t.Errorf("%s: the name of %s", c.ID.ID(), p.Key)
			}
			seen[p.Name] = true
			if p.Key == "visit/2025-06-01-dddd-other" && p.Year != 2024 {
				t.Errorf("%s is of the year %d", p.Key, p.Year)
			}
		}
		if undated, listed := listPages(c); !slices.Equal(undated, listed) {
			t.Errorf("%s: pages of no year are %v, those of lists %v", c.ID.ID(), undated, listed)
		}
		for _, f := range c.Files {
			attached := f.Paper == nil && f.Title == "ATTACHWORD.pdf"
			printed := f.Paper != nil && strings.HasPrefix(f.Key, "paper/") && paperName.MatchString(f.Title)
			if seen[f.Name] || !strings.HasSuffix(f.Name, ".pdf") || !attached && !printed {
				t.Errorf("%s: the file %+v", c.ID.ID(), f)
			}
			seen[f.Name] = true
		}
	}
}

func TestNextChangeIsTheNextMomentThatTheClockAloneMakes(t *testing.T) {
	w := newWorld()
	for _, c := range []struct{ now, want time.Time }{
		{noon, day(2026, 11, 25).End()},
		{day(2026, 11, 25).End(), w.common.Results[0].PublishedAt},
		{w.common.Results[0].PublishedAt, day(2026, 12, 1).Start()},
		{day(2026, 12, 1).Start(), day(2026, 12, 18).End()},
		{day(2026, 12, 18).End(), day(2027, 1, 31).End()},
		{day(2027, 1, 31).End(), time.Time{}},
	} {
		if got := page.NextChange(w.site, w.common, c.now); !got.Equal(c.want) {
			t.Errorf("after %s: %s, want %s", c.now, got, c.want)
		}
	}
}

// TestNothingChangesBeforeNextChange plans a moment before and at each change.
func TestNothingChangesBeforeNextChange(t *testing.T) {
	w := newWorld()
	at := func(now time.Time) string {
		o := options()
		o.Now = now
		return text(t, w.plan(o)) + text(t, page.Public(o, w.site, w.common))
	}
	now, was := noon, at(noon)
	for {
		next := page.NextChange(w.site, w.common, now)
		if next.IsZero() {
			return
		}
		if at(next.Add(-time.Second)) != was {
			t.Errorf("something changes before %s", next)
		}
		now, was = next, at(next)
	}
}

func TestEveryVisitSaysWhomToAsk(t *testing.T) {
	w := newWorld()
	for _, c := range w.plan(options()) {
		for _, p := range c.Pages {
			if v, ok := p.View.(*page.VisitView); ok && (len(v.Contacts) == 0 || v.Contacts[0].Tel != "tel:+441632960011") {
				t.Errorf("%s: %+v", p.Key, v.Contacts)
			}
			if v, ok := p.View.(*page.NewsView); ok && len(v.Contacts) == 0 {
				t.Errorf("%s: nobody to ask", p.Key)
			}
		}
	}
}

// listPages are the pages of no year and those that the lists name, sorted: an
// index holds the pages of its lists and no other.
func listPages(c page.Compartment) (undated, listed []string) {
	for _, p := range c.Pages {
		if p.Year == 0 {
			undated = append(undated, p.Name)
		}
	}
	for _, l := range c.Lists {
		listed = append(listed, l.Page)
	}
	slices.Sort(undated)
	slices.Sort(listed)
	return undated, listed
}

// smallText is what stands small in a cell.
func smallText(c page.Cell) string {
	var lines []string
	for _, v := range c.Small {
		lines = append(lines, v.Text)
	}
	return strings.Join(lines, " ")
}

// What is new since somebody signed in is what changed since: a visit counts from
// its submission, not from the day on which it took place.
func TestChangedIsTheDayOfThePresentState(t *testing.T) {
	w := newWorld()
	seen := map[string]bool{}
	for i := range w.visits["900001"] {
		v := &w.visits["900001"][i]
		want := map[visit.Status]calendar.Date{
			visit.Submitted: v.State.SubmittedOn, visit.Responded: calendar.On(v.State.RespondedAt), visit.Finalised: v.State.FinalisedOn,
			visit.Withdrawn: v.State.WithdrawnOn, visit.Published: v.State.PublishedOn,
		}[v.State.Status]
		for _, item := range w.compartment(t, options(), "900001/visits-audit").Items {
			if item.ID != names().Item(v.ID) {
				continue
			}
			seen[item.State] = true
			if item.Changed != want.String() {
				t.Errorf("%s is %s, changed %q, want %q", v.ID, item.State, item.Changed, want)
			}
		}
	}
	if !seen["open"] || !seen["published"] {
		t.Errorf("only %v were looked at", seen)
	}
	w.common.Sheets[0].WithdrawnAt = noon.Add(-24 * time.Hour)
	for _, item := range w.compartment(t, options(), "-/role-headteacher").Items {
		if item.State == "withdrawn" && item.Changed != "2026-11-21" {
			t.Errorf("what was withdrawn on 21 November changed on %s", item.Changed)
		}
	}
}
