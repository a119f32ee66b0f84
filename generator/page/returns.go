package page

import (
	"fmt"
	"strings"

	"despatch/generator/source"
	"despatch/records/access"
	"despatch/records/authority"
	"despatch/records/calendar"
	"despatch/records/datareturn"
	"despatch/records/misheet"
)

// returnsTitle is what schools call the area (row P28).
const returnsTitle = "Surveys / Data Returns"

// returns plans the data returns, for reading: to their audience's roles, or to
// the group whose schools must complete them.
func (p *plan) returns(c *source.Common) {
	if !p.site.Settings.On(authority.Returns) {
		return
	}
	for i := range c.Returns {
		f := &c.Returns[i]
		if ok, draft := p.shows(&f.Standing); ok {
			for _, kind := range audienceKinds(f.Roles, f.Group) {
				p.room(kind).form(f, draft)
			}
		}
	}
}

// A returnState is where a data return stands for whoever has not done it.
type returnState int

const (
	returnOpen returnState = iota
	returnLate
	returnClosed
)

func (o Options) returnState(f *datareturn.Form) returnState {
	switch {
	case f.Due.IsZero() || o.Now.Before(f.Due.End()):
		return returnOpen
	case !f.LateUntil.IsZero() && o.Now.Before(f.LateUntil.End()):
		return returnLate
	}
	return returnClosed
}

func (o Options) formState(f *source.Return) State {
	switch {
	case !f.WithdrawnAt.IsZero():
		return State{Tag: Tag{"Withdrawn", "red"}, Line: "Withdrawn on " + calendar.On(f.WithdrawnAt).Short() + "."}
	case f.Due.IsZero():
		return State{Tag: Tag{"Live", "yellow"}, Line: "This return is open."}
	}
	switch o.returnState(&f.Form) {
	case returnOpen:
		return State{Tag: Tag{"Live", "yellow"}, Line: "To be completed by", Due: f.Due}
	case returnLate:
		return State{
			Tag: Tag{"Late", "orange"}, Line: "It was due by " + f.Due.Long() + ". Late returns are taken until", Due: f.LateUntil,
		}
	}
	return State{Tag: Tag{"Closed", "grey"}, Line: "It was due by " + f.Due.Long() + " and is closed."}
}

func (r *room) form(f *source.Return, draft bool) {
	on := r.publishedOn(&f.Standing)
	view := &ReturnView{
		Head: Head{
			Area: "returns", Back: Link{returnsTitle, r.link(contentsKey("returns"))},
			Caption: "Data return", Heading: f.Title, Draft: draft, Withdrawn: withdrawn(&f.Standing),
		},
		State:    r.formState(f),
		Rows:     r.formRows(f),
		Contacts: r.contacts(f.Contact),
	}
	if view.Withdrawn == nil {
		view.Text = f.Intro
		view.Questions = questions(f.Fields)
		view.Send = r.returnState(&f.Form) != returnClosed
		view.Box = view.Send && r.site.Settings.Portal.Box != ""
		view.Form = FormData{
			Definition: string(f.Definition()), Roles: strings.Join(f.Roles, " "), Due: f.Due.String(), LateUntil: f.LateUntil.String(),
			After: f.After, Contact: r.contactLine(f.Contact), Who: joined(f.Audience),
		}
	}
	name := r.add("return/"+f.ID, "Data return, "+on.Short(), on.SchoolYear(), draft, view)
	r.list("returns", f.ID, formEntry(f, on, name, view.State))
	r.Items = append(r.Items, r.formItem(f, on, name, view.State))
}

func (r *room) formRows(f *source.Return) []Row {
	var rows []Row
	if !f.Due.IsZero() {
		rows = append(rows, Row{"To be completed by", dueValues(misheet.Due{Date: f.Due}, false)})
	}
	if !f.LateUntil.IsZero() {
		rows = append(rows, Row{"Late returns until", []Value{{Text: f.LateUntil.Long(), Date: f.LateUntil.String()}}})
	}
	if len(f.Audience) > 0 {
		rows = append(rows, Row{"Who may complete it", text(joined(f.Audience))})
	}
	if g, ok := r.site.Vocabulary.Group(f.Group); ok {
		rows = append(rows, Row{"Schools", text(g.Name)})
	}
	if f.Minutes > 0 {
		rows = append(rows, Row{"Time it takes", text(fmt.Sprintf("About %d minutes", f.Minutes))})
	}
	statutory := "No"
	if f.Statutory {
		statutory = "Yes: schools must complete it by law"
	}
	on := r.publishedOn(&f.Standing)
	return append(rows, Row{"Statutory", text(statutory)}, Row{"Published", []Value{{Text: on.Long(), Date: on.String()}}})
}

func questions(fields []datareturn.Field) []Question {
	kinds := map[string]string{
		"text": "Text", "number": "Number", "date": "Date", "choice": "One of", "email": "E-mail address", "table": "Table", "file": "File",
	}
	var list []Question
	for _, f := range fields {
		q := Question{Label: f.Label, Hint: f.Hint, Kind: kinds[f.Type], Required: f.Required, Choices: f.Choices}
		if f.Type == "table" {
			q.Kind = fmt.Sprintf("Table: %s for %s", joined(f.Columns), joined(f.Rows))
		}
		list = append(list, q)
	}
	return list
}

func formEntry(f *source.Return, on calendar.Date, name string, state State) Entry {
	due := dueCell(misheet.Due{Date: f.Due})
	due.Due = state.Tag.Text == "Live"
	return Entry{
		Date: on.String(), Year: schoolYear(on), Status: state.Tag.Text,
		Text: searchable(f.Title, joined(f.Audience), on.Long(), state.Tag.Text, f.Contact.Line()),
		Cells: []Cell{
			{Label: "Title", Link: Link{f.Title, name}},
			{Label: "Who completes it", Text: joined(f.Audience)},
			{Label: "Published", Text: on.Short(), Date: on.String(), Sort: on.String()},
			due,
			{Label: "Status", Tag: &state.Tag},
		},
	}
}

func (r *room) formItem(f *source.Return, on calendar.Date, name string, state State) Item {
	i := r.item("return", f.ID, f.Title, on)
	i.Page, i.Due = name, f.Due.String()
	i.Audience, i.Person, i.Contact = r.roleNames(f.Roles), f.Contact.Name, r.contactLine(f.Contact)
	i.Publisher, i.PublisherKind = r.authorityName(), authority.PublisherAuthority
	i.State, i.StateText, i.SubjectSHA256 = "open", state.Tag.Text, f.Hash()
	switch {
	case !f.WithdrawnAt.IsZero():
		i.withdraw(calendar.On(f.WithdrawnAt))
		i.SubjectSHA256 = ""
	case r.returnState(&f.Form) == returnClosed:
		i.State = "closed"
	}
	return i
}

// done plans what the school has done: one item each, which names what it is
// of. A sheet that a data return fulfils is done with it.
func (p *plan) done(c *source.Common) {
	for i := range c.Returns {
		f := &c.Returns[i]
		if !p.site.Settings.On(authority.Returns) || !f.Live(p.Now) {
			continue
		}
		p.returned(f)
		if d, ok := f.DoneBy(p.school.URN); ok {
			p.addDone(f.ID, d)
		}
	}
	for i := range c.Sheets {
		s := &c.Sheets[i]
		if !p.site.Settings.On(authority.Sheets) || !s.Live(p.Now) {
			continue
		}
		d, ok := s.DoneBy(p.school.URN)
		for j := range c.Returns {
			if f := &c.Returns[j]; !ok && s.Return != "" && f.ID == s.Return {
				d, ok = f.DoneBy(p.school.URN)
			}
		}
		if ok {
			p.addDone(s.ID, d)
		}
	}
}

// addDone tells whoever may know what the school has done, and no more of it.
func (p *plan) addDone(record string, d source.Done) {
	audit := p.room(access.Returns.Kind(access.Audit))
	audit.Items = append(audit.Items, p.doneItem(record, d))
}

func (p *plan) doneItem(record string, d source.Done) Item {
	on := calendar.On(d.At)
	i := p.item("done", "done/"+record+"/"+p.school.URN, "", on)
	i.Of, i.State, i.StateText = p.Names.Item(record), "done", "Done on "+on.Short()
	if d.Version > 0 {
		i.StateText = "Completed on " + on.Short() + " by " + p.whoAnswered(d.Account)
	}
	if d.Late {
		i.StateText += ", late"
	}
	return i
}
