package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"despatch/generator/source"
	"despatch/records/access"
	"despatch/records/authority"
	"despatch/records/calendar"
	"despatch/records/misheet"
)

const sheetsTitle = "Management Information sheets"

// shows reports whether a record is seen at all, and whether as a draft. What
// is held, and what was withdrawn before anyone was given it, is seen by nobody,
// in a preview neither; what is withdrawn later stays as the notice that it was.
func (o Options) shows(st *source.Standing) (ok, draft bool) {
	early := !st.WithdrawnAt.IsZero() && (st.PublishedAt.IsZero() || st.WithdrawnAt.Before(st.PublishedAt))
	if st.Held != "" || early {
		return false, false
	}
	if st.Draft(o.Now) {
		return o.Drafts, true
	}
	return true, false
}

// publishedOn is the day of publication; of a draft, today.
func (o Options) publishedOn(st *source.Standing) calendar.Date {
	return calendar.On(o.publishedAt(st))
}

func (o Options) publishedAt(st *source.Standing) time.Time {
	if st.PublishedAt.IsZero() {
		return o.Now
	}
	return st.PublishedAt
}

func withdrawn(st *source.Standing) *Withdrawn {
	if st.WithdrawnAt.IsZero() {
		return nil
	}
	return &Withdrawn{calendar.On(st.WithdrawnAt), st.Reason}
}

// audienceKinds are the compartments that an audience reads: those of its
// roles, or the group's alone.
func audienceKinds(roles []string, group string) []string {
	if group != "" {
		return []string{access.GroupKind(group)}
	}
	var kinds []string
	for _, r := range roles {
		kinds = append(kinds, access.RoleKind(r))
	}
	return kinds
}

// roleNames gives the names of roles, as people know them.
func (p *plan) roleNames(roles []string) []string {
	names := make([]string, 0, len(roles))
	for _, id := range roles {
		if r, ok := p.site.Vocabulary.Role(id); ok {
			names = append(names, cmp.Or(r.Name, r.ID))
		}
	}
	return names
}

// sheets plans the MI sheets (rows P01-P08).
func (p *plan) sheets(c *source.Common) {
	if !p.site.Settings.On(authority.Sheets) {
		return
	}
	for i := range c.Sheets {
		s := &c.Sheets[i]
		if ok, draft := p.shows(&s.Standing); ok {
			for _, kind := range audienceKinds(s.Roles, s.Group) {
				p.room(kind).sheet(s, c, draft, len(s.Schools) == 0 || s.Group != "")
			}
		}
	}
}

// schoolSheets plans the sheets that only named schools must act on, once more
// for each of these: there, and only there, they are something to do.
func (p *plan) schoolSheets(c *source.Common) {
	if !p.site.Settings.On(authority.Sheets) {
		return
	}
	for i := range c.Sheets {
		s := &c.Sheets[i]
		ok, draft := p.shows(&s.Standing)
		if !ok || s.Group != "" || !slices.Contains(s.Schools, p.school.URN) {
			continue
		}
		for _, role := range s.Roles {
			p.room(access.RoleKind(role)).sheet(s, c, draft, true)
		}
	}
}

func sheetTitle(s *source.Sheet, on calendar.Date) string {
	if s.Number == "" {
		return "MI sheet, " + on.Short()
	}
	return "MI sheet " + s.Number + ", " + on.Short()
}

// sheet adds a sheet to the room. due says whether its readers must act by the
// date; elsewhere the date is only told.
func (r *room) sheet(s *source.Sheet, c *source.Common, draft, due bool) {
	on := r.publishedOn(&s.Standing)
	view := &SheetView{
		Head: Head{
			Area: "sheets", Back: Link{sheetsTitle, r.link(contentsKey("sheets"))},
			Caption: "Management Information Sheet", Heading: s.Title, Draft: draft, Withdrawn: withdrawn(&s.Standing),
		},
		Rows: r.sheetRows(s, c),
	}
	if view.Withdrawn == nil {
		view.Text = s.Body
		ask := r.contacts(s.Contacts...)
		view.Download = r.print(s.ID, "MI sheet "+cmp.Or(s.Number, on.String()), on.SchoolYear(), Paper{
			Page: "sheet/" + s.ID, Kind: "sheet", Title: sheetTitle(s, on), Date: on, From: r.authorityName(), Ask: first(ask), View: view,
		})
	}
	name := r.add("sheet/"+s.ID, sheetTitle(s, on), on.SchoolYear(), draft, view)
	r.list("sheets", s.ID, sheetEntry(s, on, name))
	r.Items = append(r.Items, r.sheetItem(s, on, name, due))
}

// sheetRows are the fields of row P01, in its order, then those of row G8.
func (r *room) sheetRows(s *source.Sheet, c *source.Common) []Row {
	rows := []Row{{"MI Sheet Type", text(string(s.Type))}}
	if s.Type == misheet.Action && !s.Due.IsZero() {
		rows = append(rows, Row{"To Be Completed By", dueValues(s.Due, s.WithdrawnAt.IsZero())})
	}
	if s.Number != "" {
		rows = append(rows, Row{"MI Number", text(s.Number)})
	}
	at := r.publishedAt(&s.Standing)
	rows = append(rows,
		Row{"Publication Date", []Value{{Text: calendar.At(at).Long(), Date: calendar.On(at).String()}}},
		Row{"LA Contact", r.contactValues(s.Contacts)})
	if len(s.Audience) > 0 {
		rows = append(rows, Row{"Audience", text(joined(s.Audience))})
	}
	if !s.WithdrawnAt.IsZero() {
		return rows
	}
	if links := r.sheetLinks(s, c); len(links) > 0 {
		rows = append(rows, Row{"Links", links})
	}
	for _, f := range []struct{ key, text string }{
		{"Summary of contents", s.Summary},
		{"Summary of action required", s.Action},
		{"Effective from", s.Effective},
		{"Reference", s.Reference},
		{"Associated documents", strings.Join(s.Documents, "; ")},
		{"Copied to", joined(s.CC)},
	} {
		if f.text != "" {
			rows = append(rows, Row{f.key, text(f.text)})
		}
	}
	if s.Replaces != "" {
		rows = append(rows, Row{"Replaces", []Value{r.sheetNumber(s.Replaces, c)}})
	}
	if s.Return != "" {
		rows = append(rows, Row{"Data return", []Value{r.returnLink(s.Return, c)}})
	}
	return rows
}

func text(s string) []Value { return []Value{{Text: s}} }

// some is text, or nothing where there is none.
func some(s string) []Value {
	if s == "" {
		return nil
	}
	return text(s)
}

// dueValues is a due date, counted down by the browser while it is open, or the
// words that stand for one.
func dueValues(d misheet.Due, open bool) []Value {
	if d.Date.IsZero() {
		return text(d.Text)
	}
	return []Value{{Text: d.Date.Long(), Date: d.Date.String(), Due: open}}
}

// contactValues lists people with their numbers and addresses as links (row
// R02).
func (p *plan) contactValues(list []authority.Contact) []Value {
	var values []Value
	for _, c := range p.contacts(list...) {
		if c.Name != "" {
			values = append(values, Value{Text: c.Name})
		}
		if c.Phone != "" {
			values = append(values, Value{Text: c.Phone, Href: c.Tel})
		}
		if c.Email != "" {
			values = append(values, Value{Text: c.Email, Href: "mailto:" + c.Email})
		}
	}
	return values
}

// sheetLinks are the addresses under a sheet's header; one that is another
// sheet's number leads to that sheet where the reader has it.
func (r *room) sheetLinks(s *source.Sheet, c *source.Common) []Value {
	var values []Value
	for _, l := range s.Links {
		href, err := l.Href()
		switch {
		case err != nil:
			values = append(values, Value{Text: cmp.Or(l.Title, l.URL)})
		case href == "":
			v := r.sheetNumber(l.URL, c)
			v.Text = cmp.Or(l.Title, v.Text)
			values = append(values, v)
		default:
			values = append(values, Value{Text: cmp.Or(l.Title, l.URL), Href: href})
		}
	}
	return values
}

// sheetNumber is another sheet by its number, linked where this room has it.
func (r *room) sheetNumber(number string, c *source.Common) Value {
	v := Value{Text: "MI sheet " + number}
	serial, year, ok := misheet.ParseNumber(number)
	if !ok || r.school != nil && !r.whole {
		return v
	}
	for i := range c.Sheets {
		o := &c.Sheets[i]
		s2, y2, ok := misheet.ParseNumber(o.Number)
		if shown, _ := r.shows(&o.Standing); ok && shown && s2 == serial && y2 == year && r.linked(o.Roles, o.Group) {
			v.Href = r.link("sheet/" + o.ID)
		}
	}
	return v
}

// returnLink is the data return that fulfils a sheet, linked where this room
// has it.
func (r *room) returnLink(id string, c *source.Common) Value {
	for i := range c.Returns {
		f := &c.Returns[i]
		if f.ID != id {
			continue
		}
		shown, _ := r.shows(&f.Standing)
		if !shown || !r.site.Settings.On(authority.Returns) || !r.reaches(f.Roles, f.Group) {
			break // its title is for those who have it
		}
		v := Value{Text: f.Title}
		if r.linked(f.Roles, f.Group) {
			v.Href = r.link("return/" + f.ID)
		}
		return v
	}
	return Value{Text: "See " + returnsTitle}
}

func sheetEntry(s *source.Sheet, on calendar.Date, name string) Entry {
	serial, year, _ := misheet.ParseNumber(s.Number)
	e := Entry{
		Date: on.String(), Year: schoolYear(on), Type: string(s.Type), Audience: s.Audience,
		Text: searchable(append([]string{s.Title, s.Number, string(s.Type), on.Long(), s.Due.String()}, s.Audience...)...),
	}
	due := Cell{Label: "To be completed by"}
	if s.Type == misheet.Action {
		due = dueCell(s.Due)
	}
	e.Cells = []Cell{
		{Label: "Number", Text: s.Number, Sort: fmt.Sprint(year*100_000 + serial)},
		{Label: "Title", Link: Link{s.Title, name}},
		{Label: "Type", Text: string(s.Type)},
		{Label: "Audience", Text: joined(s.Audience)},
		{Label: "Published", Text: on.Short(), Date: on.String(), Sort: on.String()},
		due,
	}
	if !s.WithdrawnAt.IsZero() {
		e.Cells[1].Tag = &Tag{"Withdrawn", "red"}
	}
	return e
}

func dueCell(d misheet.Due) Cell {
	if d.Date.IsZero() {
		return Cell{Label: "To be completed by", Text: d.Text}
	}
	return Cell{Label: "To be completed by", Text: d.Date.Short(), Date: d.Date.String(), Sort: d.Date.String(), Due: true}
}

func (r *room) sheetItem(s *source.Sheet, on calendar.Date, name string, due bool) Item {
	i := r.item("sheet", s.ID, s.Title, on)
	i.Page, i.Number, i.Type = name, s.Number, string(s.Type)
	i.State, i.StateText = "published", "Published on "+on.Short()
	i.Audience = r.roleNames(s.Roles)
	i.Contact = r.contactLine(s.Contacts...)
	if len(s.Contacts) > 0 {
		i.Person = s.Contacts[0].Name
	}
	i.Publisher, i.PublisherKind = r.authorityName(), authority.PublisherAuthority
	switch {
	case !s.WithdrawnAt.IsZero():
		i.withdraw(calendar.On(s.WithdrawnAt))
	case s.Type != misheet.Action:
	case due && !s.Due.Date.IsZero():
		i.Due, i.StateText = s.Due.Date.String(), "To be completed by "+s.Due.Date.Short()
		i.Respond = r.school != nil
	case !s.Due.Date.IsZero():
		i.DueText = s.Due.Date.Short() + ", by named schools"
	default:
		i.DueText = s.Due.Text
		i.Respond = r.school != nil
	}
	return i
}

// authorityName is the name of the authority's own publisher.
func (p *plan) authorityName() string {
	if own := p.site.Publishers[authority.PublisherAuthority]; own != nil {
		return own.Name
	}
	return p.site.Settings.Authority.Name
}
