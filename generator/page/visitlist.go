package page

import (
	"cmp"

	"despatch/generator/source"
	"despatch/records/authority"
	"despatch/records/visit"
)

// visitEntry is a visit's line: in the audit it links nothing and names no file;
// a draft is only its date, kind and adviser (row V32), what is withdrawn no more
// than that and whom to ask.
func visitEntry(v *source.Visit, page string, view *VisitView, whole bool) Entry {
	tag := visitTag(v.State.Status)
	e := Entry{
		Date: v.Date.String(), Year: schoolYear(v.Date), Status: tag.Text, Type: v.Profile.Name,
		Text: searchable(v.Date.Long(), v.Profile.Name, v.Responsible, tag.Text),
	}
	var focus, category string
	var ask []Value
	if v.State.Status != visit.Draft {
		e.Changed = visitChanged(v.State).String()
	}
	if v.State.Status != visit.Draft || page != "" {
		ask = askLines(v)
		if v.State.Status != visit.Withdrawn {
			focus, category = v.Focus, v.Category
		}
		e.Category = category
		e.Text = searchable(e.Text, focus, category, v.Publisher.Name)
	}
	e.Cells = []Cell{
		{Label: "Date", Text: v.Date.Short(), Date: v.Date.String(), Sort: v.Date.String()},
		{Label: "Type", Text: cmp.Or(v.Profile.Short, v.Profile.Name)},
		{Label: "Focus", Text: focus},
		{Label: "Category", Text: category},
		{Label: "Responsible", Text: v.Responsible, Small: ask},
		{Label: "Status", Tag: &tag},
	}
	if whole {
		e.Cells = append(e.Cells, Cell{Label: "Attachments", Clip: &Clip{view.Attachments}}, openCell(v, page, view.Download))
	} else {
		e.Cells = append(e.Cells, askCell(v))
	}
	return e
}

// askLines say for whom the responsible person works and how to reach the visit's
// contact, by name where that is somebody else (row V33).
func askLines(v *source.Visit) []Value {
	lines := some(v.Publisher.Name)
	c := contact(v.Contact)
	if c.Name != v.Responsible {
		lines = append(lines, some(c.Name)...)
	}
	switch {
	case c.Phone != "":
		return append(lines, Value{Text: c.Phone, Href: c.Tel})
	case c.Email != "":
		return append(lines, Value{Text: c.Email, Href: "mailto:" + c.Email})
	}
	return lines
}

// askCell leads those who may not open the record to whom they ask (row V11). Of a
// draft there is nothing to ask for.
func askCell(v *source.Visit) Cell {
	if v.State.Status == visit.Draft {
		return Cell{Label: "Record", Text: "Not yet shared"}
	}
	return Cell{Label: "Record", Link: Link{"Ask to read", permissionPage}, About: ": " + visitTitle(v)}
}

// openCell is the way to the record: Read and Respond where the school must
// answer, Open where it need not (row V06); beside it Download (rows V07, V27).
func openCell(v *source.Visit, page string, paper *Attachment) Cell {
	c := Cell{Label: "Record", About: ": " + visitTitle(v), Paper: paper}
	switch {
	case page == "":
		return Cell{Label: "Record", Text: "Not yet shared"}
	case v.State.Status == visit.Submitted:
		c.Link = Link{readAndRespond, page}
	default:
		c.Link = Link{"Open", page}
	}
	return c
}

// readAndRespond leads to a record that waits for an answer.
const readAndRespond = "Read and Respond"

func visitsKey(tab string) string { return "visits/" + tab }

func (p *plan) tabOf(v *source.Visit) string { return p.visitTab(v, p.premiumTrust()) }

// visitList adds the list page of one tab.
func (r *room) visitList(tab string, trust *authority.Publisher, entries []Entry, whole bool) {
	view := &ListView{
		Head:      Head{Area: "visits", Caption: r.school.Name, Heading: allVisits},
		TableName: "Records of visits",
		Columns:   visitColumns(whole),
		Entries:   entries,
		Empty:     "There are no records of visits yet.",
		NoMatch:   "No visit matches what you chose.",
	}
	if !whole {
		view.Note = "You can see that visits took place and how far each record is. To read the reports, ask " + r.headteacher() + " to give you permission."
	}
	view.Tabs = []Tab{{Link{"Local Authority", r.link(visitsKey(tabAuthority))}, tab == tabAuthority}}
	if trust != nil {
		view.Tabs = append(view.Tabs, Tab{Link{"Trust", r.link(visitsKey(tabTrust))}, tab == tabTrust})
	}
	for _, name := range []string{"type", "category", "status", "year"} {
		view.Filters = append(view.Filters, newFilter(name, entries))
	}
	name := r.add(visitsKey(tab), allVisits, 0, false, view)
	r.Lists = append(r.Lists, List{Area: "visits", Tab: tab, Title: allVisits, Page: name})
}

func visitColumns(whole bool) []Column {
	columns := []Column{
		{"Date", "date"}, {"Type", "text"}, {"Focus", "text"}, {"Category", "text"}, {"Responsible", "text"}, {"Status", "text"},
	}
	if whole {
		columns = append(columns, Column{Label: "Attachments"})
	}
	return append(columns, Column{Label: "Record"})
}
