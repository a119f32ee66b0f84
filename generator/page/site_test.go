package page_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/generator/page"
	"despatch/generator/source"
	"despatch/records/access"
	"despatch/records/authority"
	"despatch/records/calendar"
	"despatch/records/datareturn"
	"despatch/records/document"
	"despatch/records/misheet"
	"despatch/records/news"
	"despatch/records/result"
	"despatch/records/school"
	"despatch/records/visit"
)

func day(y int, m time.Month, d int) calendar.Date { return calendar.Date{Year: y, Month: m, Day: d} }

var noon = day(2026, 11, 22).Start().Add(12 * time.Hour)

func names() page.Names {
	name := func(kind, s string) string {
		sum := sha256.Sum256([]byte(kind + s))
		return hex.EncodeToString(sum[:8])
	}
	return page.Names{
		Root: func(c access.Compartment) string { return name("root", c.ID()) },
		Name: func(key string) string { return name("page", key) },
		Item: func(record string) string { return name("item", record) },
	}
}

func options() page.Options { return page.Options{Now: noon, Names: names()} }

// A world is a small authority: school 1 belongs to a premium trust, school 2
// to one that is not, school 3 to none.
type world struct {
	site   *source.Site
	common *source.Common
	visits map[string][]source.Visit
}

func newWorld() *world {
	full, audit := access.Full, access.Audit
	settings := &authority.Settings{Modules: map[authority.Module]bool{}}
	settings.Authority.Name, settings.Authority.Short = "Northmoor County Council", "Northmoor"
	settings.Contacts = []authority.Contact{{Name: "Portal team", Email: "portal@northmoor.example"}}
	for _, m := range authority.Modules() {
		settings.Modules[m] = true
	}
	vocabulary := &access.Vocabulary{
		Roles: []access.Role{
			{ID: "headteacher", Name: "Headteacher", Words: []string{"headteachers"}, Rights: map[access.Area]access.Right{"visits": full, "documents": full, "returns": full, "results": full, "people": full}},
			{ID: "administrator", Name: "Administrator", Words: []string{"admin staff"}, Rights: map[access.Area]access.Right{"visits": audit, "documents": audit, "returns": full}},
			{ID: "governor", Name: "Governor", Words: []string{"governors"}, Rights: map[access.Area]access.Right{"results": full}},
		},
		Groups: []access.Group{{ID: "lite", Name: "Lite schools", Schools: []string{"900002"}, Roles: []string{"headteacher"}}},
	}
	w := &world{site: &source.Site{
		Settings: settings, Vocabulary: vocabulary, Calendar: calendar.New(nil),
		Publishers: map[string]*authority.Publisher{
			"authority": {ID: "authority", Name: "Northmoor School Improvement", Kind: authority.PublisherAuthority},
			"larkfield": {ID: "larkfield", Name: "Larkfield Trust", Kind: authority.PublisherTrust, Premium: true},
			"stonecrop": {ID: "stonecrop", Name: "Stonecrop Trust", Kind: authority.PublisherTrust},
		},
		Profiles: map[string]*visit.Profile{
			"focus": {ID: "focus", Name: "Focus visit", Short: "Focus", Response: "required", WorkingDays: 10},
			"other": {ID: "other", Name: "Other visit", Short: "Other", Response: "none"},
		},
		Schools: map[string]*school.School{
			"900001": {URN: "900001", Name: "Fernside Primary School", Publisher: "larkfield"},
			"900002": {URN: "900002", Name: "Hollin Bank School", Publisher: "stonecrop"},
			"900003": {URN: "900003", Name: "Tarn Lane Nursery School"},
		},
		Accounts: map[string]*access.Account{},
	}, common: &source.Common{}, visits: map[string][]source.Visit{}}
	for urn := range w.site.Schools {
		for _, role := range []string{"headteacher", "administrator", "governor"} {
			code := strings.ToUpper(role[:5]) + urn[3:]
			w.site.Accounts[code] = &access.Account{Code: code, Schools: []access.Place{{School: urn, Roles: []string{role}}}}
		}
		w.addVisits(urn)
	}
	w.addCommon()
	return w
}

func (w *world) addVisits(urn string) {
	add := func(id, profile, publisher string, on calendar.Date, st visit.State) {
		w.visits[urn] = append(w.visits[urn], source.Visit{
			Visit: visit.Visit{
				ID: id, Profile: profile, School: urn, Date: on, Focus: "FOCUSWORD " + id, Category: "CATEGORYWORD",
				Responsible: "Priya Usher", Report: "REPORTWORD of " + id, Answers: []visit.Answer{{Question: "q", Text: "ANSWERWORD"}},
				Findings: []visit.Finding{{Area: "a", Text: "FINDINGWORD"}}, Notes: "NOTESWORD",
			},
			Profile: w.site.Profiles[profile], Publisher: w.site.Publishers[publisher],
			Contact: authority.Contact{Name: "Priya Usher", Phone: "01632 960011"}, State: st,
			Files: []source.Attached{{Entry: source.Entry{Path: "content/visits/2026/" + id + "/attachments/ATTACHWORD.pdf", Size: 1234}, Title: "ATTACHTITLE", Type: "application/pdf"}},
		})
	}
	on := day(2026, 11, 3)
	add("2026-11-10-aaaa-draft", "focus", "authority", day(2026, 11, 10), visit.State{Status: visit.Draft})
	add("2026-11-03-bbbb-open", "focus", "authority", on, visit.State{Status: visit.Submitted, SubmittedOn: day(2026, 11, 12), RespondBy: day(2026, 11, 26), Sum: []calendar.Date{day(2026, 11, 13), day(2026, 11, 26)}})
	add("2026-10-01-cccc-done", "focus", "authority", day(2026, 10, 1), visit.State{Status: visit.Finalised, FinalisedOn: day(2026, 10, 20), Judgement: "inaccurate", Comments: "COMMENTWORD", RespondedAt: noon})
	add("2025-06-01-dddd-other", "other", "authority", day(2025, 6, 1), visit.State{Status: visit.Published, PublishedOn: day(2025, 6, 3)})
	add("2026-09-09-eeee-taken", "other", "authority", day(2026, 9, 9), visit.State{Status: visit.Withdrawn, PublishedOn: day(2026, 9, 10), WithdrawnOn: day(2026, 9, 12), Reason: "REASONWORD"})
	add("2026-10-10-ffff-trust", "other", "larkfield", day(2026, 10, 10), visit.State{Status: visit.Published, PublishedOn: day(2026, 10, 11)})
	add("2026-10-11-gggg-trust", "other", "stonecrop", day(2026, 10, 11), visit.State{Status: visit.Published, PublishedOn: day(2026, 10, 11)})
}

func (w *world) addCommon() {
	published := source.Standing{PublishedAt: day(2026, 11, 2).Start()}
	to := func(st source.Standing, roles ...string) source.Standing {
		st.Roles = roles
		return st
	}
	sheet := func(id, number string, st source.Standing) source.Sheet {
		return source.Sheet{Sheet: misheet.Sheet{ID: id, Title: "TITLEWORD " + id, Type: misheet.Action, Number: number, Due: misheet.Due{Date: day(2026, 12, 18)}, Body: "BODYWORD"}, Standing: st}
	}
	held := to(published, "headteacher")
	held.Unknown, held.Held = []string{"wizards"}, "\"wizards\" names no role"
	group := sheet("2026-11-02-s3s3-group", "3/26", to(published, "administrator"))
	group.Group = "lite"
	public := sheet("2026-11-02-s4s4-public", "4/26", to(published, "governor"))
	public.Public = true
	some := sheet("2026-11-02-s5s5-some", "5/26", to(published, "headteacher"))
	some.Schools = []string{"900003"}
	w.common.Sheets = []source.Sheet{
		sheet("2026-11-02-s1s1-heads", "1/26", to(published, "headteacher", "administrator")),
		sheet("2026-11-02-s2s2-held", "2/26", held), group, public, some,
		sheet("2026-12-01-s6s6-later", "6/26", to(source.Standing{PublishedAt: day(2026, 12, 1).Start()}, "headteacher")),
		sheet("2026-11-02-s7s7-draft", "7/26", to(source.Standing{}, "headteacher")),
	}
	done := to(published, "headteacher")
	done.Done = []source.Done{{School: "900001", At: noon, Account: "ffffffffffffffffffffffffffffffff", Deposit: "d", Leaf: 7, Version: 1, First: noon}}
	done.Refusals = []source.Refusal{{School: "900001", At: noon.Add(time.Hour), Account: "ffffffffffffffffffffffffffffffff", Reason: "it came too late"}}
	w.common.Returns = []source.Return{{Form: datareturn.Form{
		ID: "2026-11-02-r1r1-form", Title: "Second account", Due: day(2026, 12, 18), LateUntil: day(2027, 1, 31), Fields: []datareturn.Field{{ID: "a", Label: "Forename", Type: "text"}},
	}, Standing: done}}
	doc := func(id string) source.Document {
		return source.Document{Document: document.Document{ID: id, Title: "DOCTITLE", Text: "DOCTEXT", Service: "Finance"}, Standing: published, Publisher: w.site.Publishers["authority"]}
	}
	one, everyone, role := doc("2026-11-02-d1d1-one"), doc("2026-11-02-d2d2-all"), doc("2026-11-02-d3d3-role")
	one.Schools, everyone.Everyone, role.Everyone, role.Role = []string{"900001"}, true, true, "governor"
	none := doc("2026-11-02-d4d4-none")
	w.common.Documents = []source.Document{one, everyone, role, none}
	w.common.News = []source.News{
		{Item: news.Item{ID: "2026-11-02-n1n1-all", Title: "News", Everyone: true, Body: "NEWSWORD", Until: day(2026, 11, 25)}, Standing: published},
		{Item: news.Item{ID: "2026-11-02-n2n2-none", Title: "News", Body: "NEWSWORD"}, Standing: published},
	}
	w.common.Results = []source.Result{{Result: result.Result{
		ID: "2026-11-27-x1x1-ks2", Title: "Key stage 2", Measures: []string{"Reading"}, National: []string{"NATIONALWORD"}, Authority: []string{"LAWORD"},
		Schools: map[string][]string{"900001": {"OWNWORD1"}, "900002": {"OWNWORD2"}},
	}, Standing: to(source.Standing{PublishedAt: day(2026, 11, 27).Start().Add(9*time.Hour + 30*time.Minute)}, "headteacher")}}
}

// plan gives every compartment of the world.
func (w *world) plan(o page.Options) []page.Compartment {
	all := page.Authority(o, w.site, w.common)
	for _, urn := range w.site.SchoolKeys() {
		all = append(all, page.School(o, w.site, w.common, w.site.Schools[urn], w.visits[urn])...)
	}
	return all
}

func (w *world) compartment(t *testing.T, o page.Options, id string) page.Compartment {
	t.Helper()
	for _, c := range w.plan(o) {
		if c.ID.ID() == id {
			return c
		}
	}
	return page.Compartment{}
}

// text is all that a compartment says, opaque names and sources of files left
// out.
func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func keys(c page.Compartment) []string {
	var list []string
	for _, p := range c.Pages {
		list = append(list, p.Key)
	}
	return list
}

func has(c page.Compartment, key string) bool { return slices.Contains(keys(c), key) }
