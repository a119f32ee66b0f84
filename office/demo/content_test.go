package demo_test

import (
	"strings"
	"testing"

	"despatch/generator/source"
	"despatch/office/demo"
	"despatch/records/authority"
	"despatch/records/calendar"
	"despatch/records/school"
)

// A read is what a demonstration folder reads as.
type read struct {
	site   *source.Site
	common *source.Common
	visits []source.Visit
}

// readAt makes the demonstration of a day and reads it as every command does;
// whatever check reports there fails the test.
func readAt(t *testing.T, day calendar.Date) read {
	t.Helper()
	dir := t.TempDir()
	if err := demo.CopyContent(dir, noon(day)); err != nil {
		t.Fatal(err)
	}
	folder, err := source.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	for _, p := range folder.Check(noon(day), nil) {
		if p.File != "despatch.yaml" || !p.Warning {
			t.Errorf("on %s: %s", day, p)
		}
	}
	listing, problems, err := folder.Scan()
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	var r read
	r.site, _ = folder.Site(listing)
	r.common, _ = folder.Common(listing, r.site)
	schools := map[string]string{} // by visit
	for _, e := range listing.Entries {
		if id, ok := e.VisitID(); ok && strings.HasSuffix(e.Path, "/visit.yaml") {
			school, err := folder.SchoolOf(e)
			if err != nil {
				t.Fatal(err)
			}
			schools[id] = school
		}
	}
	files, events := map[string][]source.Entry{}, map[string][]source.Entry{}
	for _, e := range listing.Entries {
		if id, ok := e.VisitID(); ok {
			files[schools[id]] = append(files[schools[id]], e)
		}
		if !e.IsEvent() {
			continue
		}
		record, err := folder.RecordOf(e)
		if err != nil {
			t.Fatal(err)
		}
		if school, ok := schools[record]; ok {
			events[school] = append(events[school], e)
		}
	}
	for school := range files {
		visits, problems := folder.Visits(r.site, files[school], events[school])
		for _, p := range problems {
			t.Errorf("on %s: %s", day, p)
		}
		r.visits = append(r.visits, visits...)
	}
	return r
}

// The warnings of a demonstration are few and known: that the bank-holiday
// table ends within a year is the only one, and only from 2028 on.
func TestDemoHasNoProblemsOnAnyDay(t *testing.T) {
	day := demo.BaseDay().AddDays(-30)
	for range 16 {
		readAt(t, day)
		day = day.AddDays(43)
	}
}

func TestDemoShowsEveryPhaseRoleAndState(t *testing.T) {
	r := readAt(t, demo.BaseDay())
	seen := map[string]int{}
	for _, s := range r.site.Schools {
		seen["phase "+s.Phase]++
		seen["status "+string(s.Status)]++
		if s.Trust != "" {
			seen["in a trust"]++
		}
		if s.Federation != "" {
			seen["federated"]++
		}
	}
	for _, p := range r.site.Publishers {
		seen["publisher "+p.Kind]++
		if p.Kind == authority.PublisherTrust && p.Premium {
			seen["premium trust"]++
		}
	}
	accounts := map[string]int{}
	for _, a := range r.site.Accounts {
		seen["accounts"]++
		if len(a.Schools) == 3 {
			seen["three schools"]++
		}
		for _, at := range a.Schools {
			accounts[at.School]++
			for _, role := range at.Roles {
				seen["role "+role]++
			}
		}
	}
	for _, v := range r.visits {
		seen["visits"]++
		seen["visit "+string(v.State.Status)]++
		seen["profile "+v.Profile.ID]++
		if v.State.Judgement != "" {
			seen[v.State.Judgement+" "+string(v.State.Status)]++
		}
		if v.State.Auto {
			seen["finalised by the clock"]++
		}
		if v.State.Moved != "" {
			seen["extended"]++
		}
		if len(v.Files) > 0 {
			seen["visit with attachments"]++
		}
		seen["visit of "+v.ID[:4]]++
	}
	for _, s := range r.common.Sheets {
		seen["sheet "+string(s.Type)]++
		if s.Due.Text != "" {
			seen["sheet due in words"]++
		}
		if s.Public {
			seen["public sheet"]++
		}
		if len(s.Links) > 1 {
			seen["several links"]++
		}
		if s.Return != "" {
			seen["sheet with return"]++
		}
	}
	seen["returns"] = len(r.common.Returns)
	seen["documents"] = len(r.common.Documents)
	seen["news"] = len(r.common.News)
	seen["results"] = len(r.common.Results)
	for _, d := range r.common.Documents {
		if d.Role != "" {
			seen["document for a role"]++
		}
		if d.Everyone {
			seen["document for everyone"]++
		}
	}
	want := map[string]int{
		"phase Nursery": 1, "phase Primary": 4, "phase Middle deemed primary": 1, "phase Middle deemed secondary": 1,
		"phase Secondary": 2, "phase All-through": 1, "phase Not applicable": 1, "phase 16 plus": 1,
		"status Open": 8, "status Closed": 1, "status Proposed to open": 1, "status Open, but proposed to close": 1,
		"in a trust": 4, "federated": 2, "publisher authority": 2, "publisher trust": 2, "premium trust": 1,
		"accounts": 27, "three schools": 1,
		"role headteacher": 8, "role deputy-headteacher": 2, "role chair-of-governors": 2, "role governor": 1,
		"role business-manager": 2, "role school-secretary": 2, "role administrator": 2, "role data-manager": 2,
		"role senco": 3, "role dsl": 4, "role early-years-lead": 2,
		"visits": 30, "visit draft": 4, "visit open": 4, "visit responded": 2, "visit finalised": 10, "visit published": 8, "visit withdrawn": 1,
		"profile focus": 15, "profile other": 8, "profile trust": 3, "profile monitoring": 1, "profile annual-review": 1,
		"accurate responded": 1, "inaccurate responded": 1, "inaccurate finalised": 1, "finalised by the clock": 2, "extended": 1,
		"visit with attachments": 5, "visit of 2023": 3, "visit of 2024": 4, "visit of 2025": 3, "visit of 2026": 15,
		"sheet Action": 6, "sheet Information": 6, "sheet due in words": 2, "public sheet": 2, "several links": 1, "sheet with return": 3,
		"returns": 4, "documents": 8, "document for a role": 2, "document for everyone": 2, "news": 6, "results": 2,
	}
	for what, n := range want {
		if seen[what] < n {
			t.Errorf("the demonstration has %d of %q, want at least %d", seen[what], what, n)
		}
	}
	for urn, s := range r.site.Schools {
		open := s.Status == school.Open || s.Status == school.ProposedToClose
		if open && accounts[urn] < 2 {
			t.Errorf("%s has %d accounts, want two", s.Name, accounts[urn])
		}
	}
}
