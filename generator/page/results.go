package page

import (
	"cmp"

	"despatch/generator/source"
	"despatch/records/access"
	"despatch/records/authority"
	"despatch/records/calendar"
)

// schoolResults plans the school's own figures beside the authority's and the
// country's, for whoever reads its results; nothing before the release (row
// P15).
func (p *plan) schoolResults(c *source.Common) {
	if !p.site.Settings.On(authority.Results) {
		return
	}
	for i := range c.Results {
		r := &c.Results[i]
		_, has := r.Schools[p.school.URN]
		ok, draft := p.shows(&r.Standing)
		if !ok || !has {
			continue
		}
		view := p.resultView(r, draft)
		p.ownFigures(r, view)
		var files []source.Attached
		if len(r.Roles) == 0 {
			files = r.Attached
		}
		item := p.room(access.Results.Kind(access.Full)).result(r, r.ID, r.Title, view, files, draft)
		item.Page, item.Files = "", []string{}
		audit := p.room(access.Results.Kind(access.Audit))
		audit.Items = append(audit.Items, item)
	}
}

// authorityResults plans the part without any school's figures, for the roles
// of the audience. It is an item of its own: who reads both should find both.
func (p *plan) authorityResults(c *source.Common) {
	if !p.site.Settings.On(authority.Results) {
		return
	}
	for i := range c.Results {
		r := &c.Results[i]
		ok, draft := p.shows(&r.Standing)
		if !ok {
			continue
		}
		for _, kind := range audienceKinds(r.Roles, "") {
			room := p.room(kind)
			room.result(r, r.ID+"/authority", r.Title+": authority and national", p.resultView(r, draft), r.Attached, draft)
		}
	}
}

func (p *plan) resultView(r *source.Result, draft bool) *ResultView {
	release := calendar.At(p.publishedAt(&r.Standing))
	v := &ResultView{
		Head: Head{
			Area: "results", Caption: p.caption(), Heading: r.Title, Draft: draft, Withdrawn: withdrawn(&r.Standing),
		},
		Rows:     []Row{{"Released", []Value{{Text: release.Long(), Date: release.Date.String()}}}},
		Contacts: p.defaultContacts(),
	}
	if v.Withdrawn != nil {
		return v
	}
	v.Text, v.TableName = r.Text, r.Title
	v.Columns = []string{cmp.Or(p.site.Settings.Authority.Short, p.site.Settings.Authority.Name), "National"}
	national := r.National
	if !r.Mature.IsZero() && p.Now.Before(r.Mature.Time()) {
		national = nil
		v.Rows = append(v.Rows, Row{"National figures", []Value{{Text: "from " + r.Mature.Long(), Date: r.Mature.Date.String()}}})
	}
	for i, m := range r.Measures {
		v.Figures = append(v.Figures, Figure{m, []string{at(r.Authority, i), at(national, i)}})
	}
	return v
}

// ownFigures puts the school's figures before the others.
func (p *plan) ownFigures(r *source.Result, view *ResultView) {
	view.Caption = p.school.Name
	view.Columns = append([]string{p.school.Name}, view.Columns...)
	for j := range view.Figures {
		view.Figures[j].Values = append([]string{at(r.Schools[p.school.URN], j)}, view.Figures[j].Values...)
	}
}

// at gives a figure, or a dash where there is none.
func at(figures []string, i int) string {
	if i < len(figures) && figures[i] != "" {
		return figures[i]
	}
	return "–"
}

func (r *room) result(res *source.Result, record, title string, view *ResultView, files []source.Attached, draft bool) Item {
	on := r.publishedOn(&res.Standing)
	view.Back = Link{"Results", r.link(contentsKey("results"))}
	var names []string
	if view.Withdrawn == nil {
		view.Attachments, names = r.attach(res.ID, on.SchoolYear(), files)
	}
	name := r.add("result/"+res.ID, "Results, "+on.Short(), on.SchoolYear(), draft, view)
	r.list("results", res.ID, Entry{
		Date: on.String(), Year: schoolYear(on), Text: searchable(title, on.Long()),
		Cells: []Cell{
			{Label: "Released", Text: on.Short(), Date: on.String(), Sort: on.String()},
			{Label: "Title", Link: Link{title, name}},
		},
	})
	i := r.item("result", record, title, on)
	i.Page, i.Contact, i.Audience = name, r.contactLine(), r.roleNames(res.Roles)
	i.Files = append(i.Files, names...)
	i.State, i.StateText = "published", "Released on "+on.Short()
	i.Publisher, i.PublisherKind = r.authorityName(), authority.PublisherAuthority
	if view.Withdrawn != nil {
		i.withdraw(view.Withdrawn.On)
	}
	r.Items = append(r.Items, i)
	return i
}
