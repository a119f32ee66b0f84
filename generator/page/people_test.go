package page_test

import (
	"slices"
	"strings"
	"testing"

	"despatch/generator/page"
	"despatch/records/access"
	"despatch/records/authority"
	"despatch/records/calendar"
)

// own gives what is a person's own at a school.
func (w *world) own(t *testing.T, school, code string) *page.PersonView {
	t.Helper()
	for _, p := range w.compartment(t, options(), school+"/"+access.PersonKind(code)).Pages {
		if v, ok := p.View.(*page.PersonView); ok {
			return v
		}
	}
	t.Fatalf("%s has nothing of their own at %s", code, school)
	return nil
}

func rowText(rows []page.Row, key string) string {
	for _, r := range rows {
		if r.Key == key {
			return r.Values[0].Text
		}
	}
	return "(no row)"
}

func TestOwnPageSaysWhatIsHeldAndWhatOneMaySee(t *testing.T) {
	w := newWorld()
	a := w.site.Accounts["ADMIN001"]
	a.Email = "office@fernside.example"
	v := w.own(t, "900001", "ADMIN001")
	for key, want := range map[string]string{
		"E-mail address we hold": a.Email, "Role": "Administrator", "Records of visits": "The list only", "Documents": "The list only",
		"Data returns": "Everything", "Results": "Nothing", "Who can see what": "No",
	} {
		if got := rowText(v.Rows, key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if !v.Shared {
		t.Error("a shared mailbox is not told of")
	}
	a.Email = "sam.odell@fernside.example"
	if w.own(t, "900001", "ADMIN001").Shared {
		t.Error("a person's own address is told of")
	}
	w.site.Settings.Modules[authority.Results] = false
	if got := rowText(w.own(t, "900001", "ADMIN001").Rows, "Results"); got != "(no row)" {
		t.Errorf("a module that is off has the row %q", got)
	}
}

// TestMailThatCameBackIsShownToTheSchool shows row P30: to the person, and to whoever
// may see who is there.
func TestMailThatCameBackIsShownToTheSchool(t *testing.T) {
	w := newWorld()
	a := w.site.Accounts["ADMIN001"]
	if got := rowText(w.own(t, "900001", "ADMIN001").Rows, "Mail to this address"); got != "(no row)" {
		t.Errorf("of an address that mail does not come back from: %q", got)
	}
	w.site.Undelivered.Addresses = []access.UndeliveredAddress{{Address: strings.ToUpper(a.Email), On: calendar.Date{Year: 2026, Month: 11, Day: 20}, Why: "no such user"}}
	if got := rowText(w.own(t, "900001", "ADMIN001").Rows, "Mail to this address"); !strings.Contains(got, "came back on 20 November 2026") || !strings.Contains(got, "no such user") {
		t.Errorf("on their own page: %q", got)
	}
	for _, p := range w.compartment(t, options(), "900001/people-audit").Pages {
		for _, line := range p.View.(*page.PeopleView).People {
			if (line.Returned != "") != (line.Name == a.Name) {
				t.Errorf("%s: %q", line.Name, line.Returned)
			}
		}
	}
}

// TestPermissionIsAskedOfTheSchoolsOwnHeadteacher shows row V11: named where an
// account says who it is, and only to people of that school.
func TestPermissionIsAskedOfTheSchoolsOwnHeadteacher(t *testing.T) {
	w := newWorld()
	w.site.Accounts["HEADT001"].Name = "Morgan Ellery"
	ask := w.own(t, "900001", "ADMIN001").Ask
	if !slices.Equal(ask.Headteachers, []string{"Morgan Ellery"}) || ask.Self || ask.Contact.Name != "Portal team" || ask.Authority != "Northmoor" {
		t.Errorf("asked is %+v", ask)
	}
	if !w.own(t, "900001", "HEADT001").Ask.Self {
		t.Error("the Headteacher is sent to themselves")
	}
	if list := w.compartment(t, options(), "900001/visits-audit").Pages[0].View.(*page.ListView); !strings.Contains(list.Note, "ask your Headteacher, Morgan Ellery, to give you permission") {
		t.Errorf("the list says %q", list.Note)
	}
	for _, c := range w.plan(options()) {
		if c.ID.School == "900001" {
			continue
		}
		for _, p := range c.Pages {
			if v, ok := p.View.(*page.PersonView); ok && slices.Contains(v.Ask.Headteachers, "Morgan Ellery") {
				t.Errorf("%s names another school's Headteacher", c.ID.ID())
			}
		}
	}
	w = newWorld()
	delete(w.site.Accounts, "HEADT001")
	if ask := w.own(t, "900001", "ADMIN001").Ask; len(ask.Headteachers) != 0 {
		t.Errorf("a Headteacher without an account is %q", ask.Headteachers)
	}
	if list := w.compartment(t, options(), "900001/visits-audit").Pages[0].View.(*page.ListView); !strings.Contains(list.Note, "ask your Headteacher to give you permission") {
		t.Errorf("the list says %q", list.Note)
	}
}

func TestAuditLinesLeadToWhomToAsk(t *testing.T) {
	w := newWorld()
	asked, drafts := 0, 0
	for _, p := range w.compartment(t, options(), "900001/visits-audit").Pages {
		for _, e := range p.View.(*page.ListView).Entries {
			cell := e.Cells[len(e.Cells)-1]
			switch {
			case cell.Link.Href == "../permission.html":
				asked++
			case e.Status == "Draft" && cell.Link.Href == "":
				drafts++
			default:
				t.Errorf("the line of %s leads to %q", e.Date, cell.Link.Href)
			}
		}
	}
	if asked < 3 || drafts < 1 {
		t.Errorf("%d lines lead there, %d are drafts", asked, drafts)
	}
}

// TestTableOfPeopleIsForThoseWhoMaySeeIt shows the reading half of row X05.
func TestTableOfPeopleIsForThoseWhoMaySeeIt(t *testing.T) {
	w := newWorld()
	pages := w.compartment(t, options(), "900001/people-audit").Pages
	if len(pages) != 1 {
		t.Fatalf("%d pages", len(pages))
	}
	table := pages[0].View.(*page.PeopleView)
	if !slices.Equal(table.Areas, []string{"Records of visits", "Documents", "Data returns", "Results", "Who can see what"}) || len(table.People) != 3 {
		t.Errorf("the table has %q and %d people", table.Areas, len(table.People))
	}
	for _, line := range table.People {
		if line.Roles == "Headteacher" && !slices.Equal(line.Sees, []string{"Everything", "Everything", "Everything", "Everything", "Yes"}) {
			t.Errorf("the Headteacher sees %q", line.Sees)
		}
	}
	for code, a := range w.site.Accounts {
		may := slices.Contains(w.site.Holdings(a), access.Compartment{School: "900001", Kind: "people-audit"})
		if want := code == "HEADT001"; may != want {
			t.Errorf("%s opens the table: %v, want %v", code, may, want)
		}
	}
	w = newWorld()
	for i := range w.site.Vocabulary.Roles {
		delete(w.site.Vocabulary.Roles[i].Rights, access.People)
	}
	for _, c := range w.plan(options()) {
		if c.ID.Kind == "people-audit" {
			t.Error("a table that nobody may see is made")
		}
	}
}
