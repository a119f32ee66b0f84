package page

import (
	"cmp"
	"slices"

	"despatch/generator/source"
	"despatch/records/access"
	"despatch/records/authority"
	"despatch/records/calendar"
)

// news plans the news: to an audience's roles, or to every role where it says
// that it is for everyone.
func (p *plan) news(c *source.Common) {
	if !p.site.Settings.On(authority.News) {
		return
	}
	for i := range c.News {
		n := &c.News[i]
		ok, draft := p.shows(&n.Standing)
		if !ok || p.over(n) {
			continue
		}
		roles := n.Roles
		if n.Everyone {
			roles = nil
			for _, r := range p.site.Vocabulary.Roles {
				roles = append(roles, r.ID)
			}
		}
		for _, kind := range audienceKinds(roles, "") {
			p.room(kind).newsItem(n, roles, draft)
		}
	}
}

// over reports whether news has had its day.
func (o Options) over(n *source.News) bool { return !n.Until.IsZero() && !o.Now.Before(n.Until.End()) }

func (r *room) newsItem(n *source.News, roles []string, draft bool) {
	on := r.publishedOn(&n.Standing)
	view := r.newsView(n, draft)
	view.Back = Link{"News", r.link(contentsKey("news"))}
	name := r.add("news/"+n.ID, "News, "+on.Short(), on.SchoolYear(), draft, view)
	r.list("news", n.ID, Entry{
		Date: on.String(), Year: schoolYear(on), Text: searchable(n.Title, on.Long()),
		Cells: []Cell{
			{Label: "Published", Text: on.Short(), Date: on.String(), Sort: on.String()},
			{Label: "Title", Link: Link{n.Title, name}},
		},
	})
	i := r.item("news", n.ID, n.Title, on)
	i.Page, i.Audience, i.Contact = name, r.roleNames(roles), r.contactLine()
	i.State, i.StateText = "published", "Published on "+on.Short()
	i.Publisher, i.PublisherKind = r.authorityName(), authority.PublisherAuthority
	if view.Withdrawn != nil {
		i.withdraw(view.Withdrawn.On)
	}
	r.Items = append(r.Items, i)
}

func (p *plan) newsView(n *source.News, draft bool) *NewsView {
	at := p.publishedAt(&n.Standing)
	view := &NewsView{
		Head:      Head{Area: "news", Caption: "News", Heading: n.Title, Draft: draft, Withdrawn: withdrawn(&n.Standing)},
		Published: calendar.At(at).Long(),
		Date:      calendar.On(at).String(),
		Contacts:  p.defaultContacts(),
	}
	if view.Withdrawn == nil {
		view.Text = n.Body
	}
	return view
}

// documents plans what was sent to the school: to whoever reads its documents,
// or to the one role that the document names (rows P09, P10). That it exists is
// in the audit, but not where only a role may know.
func (p *plan) documents(c *source.Common) {
	if !p.site.Settings.On(authority.Documents) {
		return
	}
	for i := range c.Documents {
		d := &c.Documents[i]
		ok, draft := p.shows(&d.Standing)
		if !ok || !p.sentHere(d) {
			continue
		}
		if d.Role != "" {
			p.room(access.RoleKind(d.Role)).document(d, draft)
			continue
		}
		item := p.room(access.Documents.Kind(access.Full)).document(d, draft)
		item.Page, item.Files = "", []string{}
		audit := p.room(access.Documents.Kind(access.Audit))
		audit.Items = append(audit.Items, item)
	}
}

// sentHere reports whether a document goes to the plan's school. There is no
// default: it must say so.
func (p *plan) sentHere(d *source.Document) bool {
	return d.Everyone || slices.Contains(d.Schools, p.school.URN) || d.Group != "" && p.site.Vocabulary.GroupHas(d.Group, p.school.URN, p.school.Tags)
}

func (r *room) document(d *source.Document, draft bool) Item {
	on := r.publishedOn(&d.Standing)
	view := &DocumentView{
		Head: Head{
			Area: "documents", Back: Link{"Documents", r.link(contentsKey("documents"))},
			Caption: r.school.Name, Heading: d.Title, Draft: draft, Withdrawn: withdrawn(&d.Standing),
		},
		Contacts: r.contacts(d.Document.Contact, d.Publisher.Contact),
	}
	for _, row := range []Row{{"From", text(d.Publisher.Name)}, {"Service", text(d.Service)}} {
		if row.Values[0].Text != "" {
			view.Rows = append(view.Rows, row)
		}
	}
	view.Rows = append(view.Rows, Row{"Published", []Value{{Text: on.Long(), Date: on.String()}}})
	if role, ok := r.site.Vocabulary.Role(d.Role); ok {
		view.Rows = append(view.Rows, Row{"For", text(cmp.Or(role.Name, role.ID))})
	}
	var files []string
	kind, title := "document", "Document, "+on.Short()
	if d.IsLetter() {
		kind, title = "letter", "Letter, "+on.Short()
	}
	if view.Withdrawn == nil {
		view.Letter, view.Text = r.letter(d, on), d.Text
		view.Attachments, files = r.attach(d.ID, on.SchoolYear(), d.Attached)
		view.Download = r.print(d.ID, kind+" "+on.String(), on.SchoolYear(), Paper{
			Page: "document/" + d.ID, Kind: kind, Title: title + ": " + r.caption(), Date: on, From: d.Publisher.Name, Ask: first(view.Contacts), View: view,
		})
	}
	name := r.add("document/"+d.ID, title, on.SchoolYear(), draft, view)
	r.list("documents", d.ID, Entry{
		Date: on.String(), Year: schoolYear(on), Category: d.Service, Text: searchable(d.Title, d.Service, d.Publisher.Name, on.Long()),
		Cells: []Cell{
			{Label: "Title", Link: Link{d.Title, name}, Small: some(d.Service)},
			{Label: "From", Text: d.Publisher.Name},
			{Label: "Published", Text: on.Short(), Date: on.String(), Sort: on.String()},
			{Label: "Attachments", Clip: &Clip{view.Attachments}},
		},
	})
	i := r.item("document", d.ID, d.Title, on)
	i.Page, i.Category, i.Contact = name, d.Service, r.contactLine(d.Document.Contact, d.Publisher.Contact)
	i.Person = cmp.Or(d.Document.Contact.Name, d.Publisher.Contact.Name)
	i.Publisher, i.PublisherKind = d.Publisher.Name, d.Publisher.Kind
	i.Files = append(i.Files, files...)
	i.State, i.StateText = "published", "Published on "+on.Short()
	if view.Withdrawn != nil {
		i.withdraw(view.Withdrawn.On)
	}
	r.Items = append(r.Items, i)
	return i
}

// letter is what stands around a letter's text; nil where the document is none. It
// is addressed to the school whose page it is.
func (r *room) letter(d *source.Document, on calendar.Date) *Letter {
	if !d.IsLetter() {
		return nil
	}
	l := &Letter{
		Date: Value{Text: on.Long(), Date: on.String()}, Reference: d.Letter.Reference, Salutation: d.Letter.Salutation,
		Close: d.Letter.Closing(), Signed: d.Letter.Signed, Role: d.Letter.Role, For: d.Publisher.Name,
	}
	a := r.school.Address
	for _, line := range []string{d.Letter.To, r.school.Name, a.Street, a.Locality, a.Town, a.County, a.Postcode} {
		if line != "" && !slices.Contains(l.To, line) { // town and county may be one word
			l.To = append(l.To, line)
		}
	}
	return l
}
