package page

import (
	"cmp"
	"fmt"

	"despatch/generator/source"
	"despatch/records/access"
	"despatch/records/calendar"
)

// returned plans, for one data return, the page of what the school has sent for it
// and what became of that, as both sides see it, and gives its name; none where
// nothing came. What was not taken is something to do.
func (p *plan) returned(f *source.Return) string {
	d, done := f.DoneBy(p.school.URN)
	no, refused := f.RefusedTo(p.school.URN)
	if !refused && d.Version == 0 {
		return ""
	}
	room := p.room(access.Returns.Kind(access.Audit))
	view := &ListView{
		Head:      Head{Area: "returns", Caption: f.Title, Heading: "What your school sent"},
		Note:      p.returnedNote(done, refused),
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
		line(atTime(d.At), doneWords(d), fmt.Sprintf("Leaf %d of the drop-box's log; deposit %s", d.Leaf, d.Deposit), p.whoAnswered(d.Account))
	}
	for _, r := range f.Refusals {
		if r.School == p.school.URN {
			line(atTime(r.At), "Not taken", "Because "+r.Reason+fmt.Sprintf(". Leaf %d of the drop-box's log; deposit %s", r.Leaf, r.Deposit), p.whoAnswered(r.Account))
		}
	}
	on := room.publishedOn(&f.Standing)
	name := room.add("returned/"+f.ID, "Data return, "+on.Short()+", what was sent", on.SchoolYear(), false, view)
	if refused {
		i := p.item("return", "refused/"+f.ID+"/"+p.school.URN, "Not taken: "+f.Title, calendar.On(no.At))
		i.Page, i.State, i.StateText = name, "open", "Not taken: see why"
		i.Due = f.ClosesOn().String()
		i.Contact = p.contactLine(f.Contact)
		room.Items = append(room.Items, i)
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
