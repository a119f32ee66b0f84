package page

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"despatch/generator/source"
	"despatch/records/authority"
	"despatch/records/calendar"
)

// A room is a compartment while it is filled.
type room struct {
	*plan
	Compartment
	entries map[string][]dated // by area: the lines of its contents page
	whole   bool               // a school's own record in one piece
	sent    map[string]string  // of it: the page of what was sent for a return, by record
}

// A dated entry keeps what its line is ordered by: newest first, then record.
type dated struct {
	date   string
	record string
	Entry
}

// link gives the name of the page with a key, as pages of the same compartment
// link to it.
func (p *plan) link(key string) string { return p.Names.Name(key) + ".html" }

// add puts a page into the room.
func (r *room) add(key, title string, year int, draft bool, view any) string {
	name := r.link(key)
	r.Pages = append(r.Pages, Page{Key: key, Name: name, Year: year, Title: title, Draft: draft, View: view})
	return name
}

// attach puts a record's files into the room and gives them as its page lists
// them.
func (r *room) attach(record string, year int, files []source.Attached) (shown []Attachment, names []string) {
	for _, f := range files {
		base := path.Base(f.Entry.Path)
		key := "file/" + record + "/" + base
		name := r.fileName(record, base)
		r.Files = append(r.Files, File{
			Key: key, Name: name, Title: base, Type: f.Type, Year: year, Size: f.Entry.Size, Source: f.Entry,
		})
		shown = append(shown, Attachment{Title: cmp.Or(f.Title, base), File: base, Href: name, Type: fileKind(f.Type, base), Size: fileSize(f.Entry.Size)})
		names = append(names, name)
	}
	return shown, names
}

// fileName is the name of a record's file, as pages lead to it.
func (p *plan) fileName(record, base string) string {
	if p.Names.File != nil {
		return p.Names.File(record, base)
	}
	return p.Names.Name("file/"+record+"/"+base) + strings.ToLower(path.Ext(base))
}

// list adds a line to the contents page of an area.
func (r *room) list(area, record string, e Entry) {
	if r.entries == nil {
		r.entries = map[string][]dated{}
	}
	r.entries[area] = append(r.entries[area], dated{e.Date, record, e})
}

// bind adds the contents pages and puts everything in order.
func (r *room) bind() {
	for _, area := range contentsAreas() {
		entries := r.entries[area.area]
		if len(entries) == 0 {
			continue
		}
		view := area.view(sorted(entries))
		view.Caption = r.caption()
		name := r.add(contentsKey(area.area), area.title, 0, false, view)
		r.Lists = append(r.Lists, List{Area: area.area, Title: area.title, Page: name})
	}
	slices.SortFunc(r.Pages, func(a, b Page) int { return cmp.Compare(a.Key, b.Key) })
	slices.SortFunc(r.Files, func(a, b File) int { return cmp.Compare(a.Key, b.Key) })
	slices.SortFunc(r.Items, func(a, b Item) int { return cmp.Or(cmp.Compare(b.Date, a.Date), cmp.Compare(a.ID, b.ID)) })
}

func contentsKey(area string) string { return "contents/" + area }

// sorted gives the lines newest first.
func sorted(entries []dated) []Entry {
	slices.SortFunc(entries, func(a, b dated) int {
		return cmp.Or(cmp.Compare(b.date, a.date), cmp.Compare(a.record, b.record))
	})
	lines := make([]Entry, len(entries))
	for i, e := range entries {
		lines[i] = e.Entry
	}
	return lines
}

// caption names the school of the plan, or the authority.
func (p *plan) caption() string {
	if p.school != nil {
		return p.school.Name
	}
	return p.site.Settings.Authority.Name
}

// authorityShort is the authority's name in sentences.
func (p *plan) authorityShort() string {
	return cmp.Or(p.site.Settings.Authority.Short, p.site.Settings.Authority.Name)
}

// item gives a new item of a record; strings and lists are never null.
func (p *plan) item(kind, record, title string, date calendar.Date) Item {
	return Item{
		ID: p.Names.Item(record), Kind: kind, Title: title, Date: date.String(), Changed: date.String(),
		Audience: []string{}, Files: []string{},
	}
}

// withdraw says that the record was taken back on a day.
func (i *Item) withdraw(on calendar.Date) {
	i.State, i.StateText, i.Changed = "withdrawn", "Withdrawn on "+on.Short(), on.String()
}

// contact prepares a contact for a page.
func contact(c authority.Contact) Contact {
	return Contact{Name: c.Name, Email: c.Email, Phone: c.Phone, Tel: authority.Tel(c.Phone), For: c.For}
}

// contacts gives those of the list that name somebody, else the site's first:
// every record shows whom to ask (row V33).
func (p *plan) contacts(list ...authority.Contact) []Contact {
	var shown []Contact
	for _, c := range list {
		if !c.IsZero() {
			shown = append(shown, contact(c))
		}
	}
	if shown == nil {
		return p.defaultContacts()
	}
	return shown
}

func (p *plan) defaultContacts() []Contact {
	if len(p.site.Settings.Contacts) == 0 {
		return nil
	}
	return []Contact{contact(p.site.Settings.Contacts[0])}
}

// contactLine is the first contact of the list that names somebody, on one line.
func (p *plan) contactLine(list ...authority.Contact) string {
	for _, c := range append(list, p.site.Settings.Contacts...) {
		if line := c.Line(); line != "" {
			return line
		}
	}
	return ""
}
