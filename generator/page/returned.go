package page

import (
	"cmp"
	"fmt"

	"despatch/generator/source"
	"despatch/records/access"
	"despatch/records/calendar"
)

// returned plans, for one data return, the page of what the school has sent for it
// and what became of that, as both sides see it. It is for those at the school whose
// role the return is for: nobody else has its title. What was not taken is something
// to do for them.
func (p *plan) returned(f *source.Return) {
	d, _ := f.DoneBy(p.school.URN)
	if _, refused := f.RefusedTo(p.school.URN); !refused && d.Version == 0 {
		return
	}
	for _, role := range f.Roles {
		p.room(access.RoleKind(role)).returned(f)
	}
}

// returned adds the page of what the school has sent for a return, and gives its name;
// none where nothing came.
func (r *room) returned(f *source.Return) string {
	d, done := f.DoneBy(r.school.URN)
	no, refused := f.RefusedTo(r.school.URN)
	if !refused && d.Version == 0 {
		return ""
	}
	view := &ListView{
		Head:      Head{Area: "returns", Caption: f.Title, Heading: "What your school sent"},
		Note:      r.returnedNote(done, refused),
		TableName: "What was sent, and what became of it",
		Columns:   []Column{{Label: "Date"}, {Label: "What happened"}, {Label: "By"}},
	}
	line := func(at Value, what, detail, by string) {
		view.Entries = append(view.Entries, Entry{Date: at.Date, Cells: []Cell{
			{Label: "Date", Text: at.Text, Date: at.Date}, {Label: "What happened", Text: what, Small: some(detail)}, {Label: "By", Text: by},
		}})
	}
	if d.Version > 1 {
		line(atTime(d.First), "Sent for the first time", "", "")
	}
	if d.Version > 0 {
		line(atTime(d.At), doneWords(d), fmt.Sprintf("Place %d in the drop-box’s log; receipt number %s", d.Leaf, d.Deposit), r.whoAnswered(d.Account))
	}
	for _, x := range f.Refusals {
		if x.School == r.school.URN {
			line(atTime(x.At), "Not taken", "Because "+x.Reason+fmt.Sprintf(". Place %d in the drop-box’s log; receipt number %s", x.Leaf, x.Deposit), r.whoAnswered(x.Account))
		}
	}
	for _, b := range f.TakenBack {
		if b.School == r.school.URN {
			line(atTime(b.At), cmp.Or(prefixed("Asked to take it back; it stands: ", b.Refused), "Taken back"), "", r.whoAnswered(b.Account))
		}
	}
	on := r.publishedOn(&f.Standing)
	name := r.add("returned/"+f.ID, "Data return, "+on.Short(), on.SchoolYear(), false, view)
	if done {
		i := r.doneItem(f.ID, d)
		i.Page = name
		r.Items = append(r.Items, i)
	}
	if refused {
		i := r.item("return", "refused/"+f.ID+"/"+r.school.URN, "Not taken: "+f.Title, calendar.On(no.At))
		i.Page, i.State, i.StateText = name, "open", "Not taken: see why"
		i.Due = f.ClosesOn().String()
		i.Contact = r.contactLine(f.Contact)
		r.Items = append(r.Items, i)
	}
	return name
}

func (p *plan) returnedNote(done, refused bool) string {
	switch {
	case refused && done:
		return "What was sent last could not be taken, so what the school sent before stays. Send it again, put right."
	case refused:
		return "What was sent could not be taken, so the return is not completed. Send it again, put right."
	}
	return cmp.Or(p.authorityShort(), "The authority") + " has what your school sent."
}

// prefixed puts words before others, where there are any.
func prefixed(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

// doneWords say that a return was completed, and how.
func doneWords(d source.Done) string {
	words := "Completed"
	if d.Version > 1 {
		words = fmt.Sprintf("Sent anew, version %d, which counts", d.Version)
	}
	if d.Late {
		words += ", late"
	}
	return words
}
