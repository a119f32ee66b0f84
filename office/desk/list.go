package desk

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"despatch/generator/source"
	"despatch/internal/naming"
	"despatch/records/access"
	"despatch/records/calendar"
	"despatch/records/misheet"
	"despatch/records/visit"
)

// A Draft is a record that nobody was given yet.
type Draft struct {
	Record string `json:"record"`
	Kind   string `json:"kind"`
	Title  string `json:"title"`
	For    string `json:"for"`
	File   string `json:"file"`
}

// Drafts lists the drafts, sorted by id, with the problems that keep records
// from being listed.
func (d *Desk) Drafts() ([]Draft, []source.Problem) {
	var drafts []Draft
	visits, problems := d.visits()
	for i := range visits {
		v := &visits[i]
		if v.State.Status == visit.Draft {
			drafts = append(drafts, Draft{v.ID, "visit", v.Name(v.Profile), d.schoolName(v.School), ""})
		}
	}
	common, more := d.common()
	for id, p := range papers(common) {
		if p.Draft(d.now) && p.WithdrawnAt.IsZero() {
			drafts = append(drafts, Draft{Record: id, Title: p.title, For: p.to})
		}
	}
	for i := range drafts {
		for _, r := range d.records {
			if r.ID == drafts[i].Record {
				drafts[i].Kind, drafts[i].File = r.Kind, r.Path
			}
		}
	}
	slices.SortFunc(drafts, func(a, b Draft) int { return cmp.Compare(a.Record, b.Record) })
	return drafts, faults(append(problems, more...))
}

// A Due is a record that somebody is to act on by a date.
type Due struct {
	By     string `json:"by"` // 2026-12-18, or words as written
	Left   string `json:"left"`
	Record string `json:"record"`
	Kind   string `json:"kind"`
	Title  string `json:"title"`
	For    string `json:"for"`
	Answer string `json:"answer"` // of a visit: what came, from whom, or that nothing did; of a return: from how many
}

// Dues lists what is awaited: responses to visits, those that came and wait to be
// finalised, Action sheets and data returns, by date; what is past its date and still
// awaited comes first. Due
// values that are not dates come last.
func (d *Desk) Dues() ([]Due, []source.Problem) {
	visits, problems := d.visits()
	var dues []Due
	for i := range visits {
		v := &visits[i]
		if v.State.Status != visit.Submitted && v.State.Status != visit.Responded {
			continue
		}
		due := d.due(v.ID, "visit", v.Name(v.Profile), d.schoolName(v.School), v.State.RespondBy, "")
		due.Answer = d.answerOf(v)
		dues = append(dues, due)
	}
	common, more := d.common()
	today := calendar.On(d.now)
	for i := range common.Sheets {
		s := &common.Sheets[i]
		if s.Live(d.now) && s.Type == misheet.Action && !s.Due.Date.Before(today) || s.Live(d.now) && s.Due.Text != "" {
			dues = append(dues, d.due(s.ID, "sheet", s.Title, audience(s.Audience, s.Group), s.Due.Date, s.Due.Text))
		}
	}
	for i := range common.Returns {
		r := &common.Returns[i]
		if r.Live(d.now) && !r.ClosesOn().Before(today) {
			due := d.due(r.ID, "return", r.Title, audience(r.Audience, r.Group), r.Due, "")
			due.Answer = d.completed(r)
			dues = append(dues, due)
		}
	}
	dues = append(dues, d.waiting(common)...)
	slices.SortFunc(dues, func(a, b Due) int {
		return cmp.Or(compareBy(a.By, b.By), cmp.Compare(a.Record, b.Record))
	})
	return dues, faults(append(problems, more...))
}

// answerOf says who has answered a visit and what, or that nobody has.
func (d *Desk) answerOf(v *source.Visit) string {
	st := v.State
	if st.Status == visit.Submitted {
		text := "none yet"
		for _, o := range st.Opened {
			text += "; opened " + calendar.On(o.At).Short() + " by " + d.whoIs(o.By)
		}
		for _, r := range st.Retracted {
			text += "; " + r.Judgement + " was taken back " + calendar.On(r.At).Short() + " by " + d.whoIs(r.By)
		}
		return text
	}
	who := d.whoIs(st.RespondedBy)
	text := "answered: " + st.Judgement + ", " + calendar.On(st.RespondedAt).Short()
	if who != "" {
		text += ", " + who
	}
	return text
}

// whoIs is the name of an opaque account, or what an officer wrote down instead of one.
func (d *Desk) whoIs(by string) string {
	for _, code := range d.site.AccountCodes() {
		if naming.OpaqueAccount(code) == by {
			return d.site.Accounts[code].Name
		}
	}
	return by
}

// compareBy puts dates before words.
func compareBy(a, b string) int {
	_, wordsA := calendar.Parse(a)
	_, wordsB := calendar.Parse(b)
	switch {
	case wordsA == nil && wordsB != nil:
		return -1
	case wordsA != nil && wordsB == nil:
		return 1
	}
	return cmp.Compare(a, b)
}

func (d *Desk) due(record, kind, title, to string, by calendar.Date, words string) Due {
	due := Due{By: by.String(), Record: record, Kind: kind, Title: title, For: to}
	if words != "" {
		due.By = words
		return due
	}
	today := calendar.On(d.now)
	switch days, err := d.site.Calendar.WorkingDaysBetween(today, by); {
	case by.Before(today):
		due.Left = "passed"
	case by == today:
		due.Left = "today"
	case err != nil:
		due.Left = "beyond the table of bank holidays"
	case days == 1:
		due.Left = "1 working day"
	default:
		due.Left = fmt.Sprintf("%d working days", days)
	}
	return due
}

func audience(words []string, group string) string {
	if group != "" {
		return "group " + group
	}
	return strings.Join(words, ", ")
}

// An Account is one person's line.
type Account struct {
	Code    string   `json:"code"`
	Name    string   `json:"name"`
	Email   string   `json:"email"`
	Mail    string   `json:"mail"`    // how far the address is known to be right (row P30)
	Schools []string `json:"schools"` // "900001 Fernside Primary School: headteacher"
	Given   []string `json:"given"`   // "visits full, by Morgan Ellery on 2026-11-03 at 900001": what a Headteacher permitted and stands (row V11)
}

// Accounts lists the accounts, sorted by the first school's URN, then name. written
// gives the day of the last mail to an address, or zero.
func (d *Desk) Accounts(written func(address string) calendar.Date) ([]Account, []source.Problem) {
	var all []Account
	common, _ := d.folder.Common(d.listing, d.site)
	for _, code := range d.site.AccountCodes() {
		a := d.site.Accounts[code]
		line := Account{Code: access.FormatCode(code), Name: a.Name, Email: a.Email, Mail: "not written to yet"}
		if back := d.site.Undelivered.Of(a.Email); back != nil {
			line.Mail = "came back on " + back.On.String() + ": " + back.Why
		} else if on := written(a.Email); !on.IsZero() {
			line.Mail = "written to on " + on.String() + ", did not come back"
		}
		for _, p := range a.Schools {
			line.Schools = append(line.Schools, d.schoolName(p.School)+": "+strings.Join(p.Roles, ", "))
		}
		line.Given = d.given(common, a)
		all = append(all, line)
	}
	slices.SortStableFunc(all, func(a, b Account) int {
		return cmp.Or(slices.Compare(a.Schools, b.Schools), cmp.Compare(a.Name, b.Name))
	})
	return all, d.faults
}

// given is what Headteachers permitted an account, where that is still so.
func (d *Desk) given(common *source.Common, a *access.Account) []string {
	given := []string{}
	for _, g := range common.Permitted {
		i := slices.IndexFunc(a.Schools, func(p access.Place) bool { return p.School == g.School })
		if naming.OpaqueAccount(a.Code) != g.Account || i < 0 || d.site.Vocabulary.Right(a.Schools[i], g.Area) != g.Right {
			continue
		}
		by := "a Headteacher"
		for code, other := range d.site.Accounts {
			if naming.OpaqueAccount(code) == g.By {
				by = other.Name
			}
		}
		given = append(given, fmt.Sprintf("%s %s, by %s on %s at %s", g.Area, g.Right, by, calendar.On(g.At), g.School))
	}
	return given
}

// A Compartment is one set of pages and who may open it.
type Compartment struct {
	ID      string   `json:"id"`
	School  string   `json:"school"` // name, empty for the authority's own
	Holders []string `json:"holders"`
}

// Compartments lists every compartment that there may be, with the people who
// hold its key by their roles, rights and groups.
func (d *Desk) Compartments() ([]Compartment, []source.Problem) {
	holders := make(map[access.Compartment][]string)
	for _, kind := range d.site.Vocabulary.AuthorityKinds() {
		holders[access.Compartment{Kind: kind}] = nil
	}
	for _, urn := range d.site.SchoolKeys() {
		for _, kind := range d.site.SchoolKinds(urn) {
			holders[access.Compartment{School: urn, Kind: kind}] = nil
		}
	}
	for _, code := range d.site.AccountCodes() {
		a := d.site.Accounts[code]
		for _, c := range d.site.Holdings(a) {
			holders[c] = append(holders[c], a.Name)
		}
	}
	var all []Compartment
	for c, names := range holders {
		line := Compartment{ID: c.ID(), Holders: names}
		if sc := d.site.Schools[c.School]; sc != nil {
			line.School = sc.Name
		}
		all = append(all, line)
	}
	slices.SortFunc(all, func(a, b Compartment) int { return cmp.Compare(a.ID, b.ID) })
	return all, d.faults
}

// stretch is how many visits or files are read before it is told how far that is.
const stretch = 100

// visits reads every visit. Its memory grows with their number: it is for
// lists, not for building.
func (d *Desk) visits() ([]source.Visit, []source.Problem) {
	files := make(map[string][]source.Entry)
	for _, e := range d.listing.Entries {
		if id, ok := e.VisitID(); ok {
			files[id] = append(files[id], e)
		}
	}
	events := make(map[string][]source.Entry)
	for i, e := range d.listing.Entries {
		if !e.IsEvent() {
			continue
		}
		if i%stretch == 0 {
			d.progress(i+1, len(d.listing.Entries), "files looked at")
		}
		if record, err := d.folder.RecordOf(e); err == nil && files[record] != nil {
			events[record] = append(events[record], e)
		}
	}
	var visits []source.Visit
	problems := slices.Clone(d.faults)
	done := 0
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(files)), stretch) {
		var theirs, happened []source.Entry
		for _, id := range ids {
			theirs, happened = append(theirs, files[id]...), append(happened, events[id]...)
		}
		more, wrong := d.folder.Visits(d.site, theirs, happened)
		visits, problems = append(visits, more...), append(problems, wrong...)
		done += len(ids)
		d.progress(done, len(files), "visits read")
	}
	return visits, problems
}

func (d *Desk) schoolName(urn string) string {
	if sc := d.site.Schools[urn]; sc != nil {
		return urn + " " + sc.Name
	}
	return urn
}
