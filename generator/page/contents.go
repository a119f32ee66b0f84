package page

import "slices"

// An area is a kind of contents page: what a compartment has of one area.
type area struct {
	area, title string
	columns     []Column
	filters     []string
	empty       string
}

// contentsAreas are the areas whose pages are listed, in the order of the menu.
// Visits have lists of their own.
func contentsAreas() []area {
	published := Column{"Published", "date"}
	return []area{
		{"sheets", sheetsTitle, []Column{{"Number", "number"}, {"Title", "text"}, {"Type", "text"}, {"Audience", "text"}, published, {"To be completed by", "date"}}, []string{"type", "audience", "year"}, "There are no sheets yet."},
		{"returns", returnsTitle, []Column{{"Title", "text"}, {"Who completes it", "text"}, published, {"To be completed by", "date"}, {"Status", "text"}}, []string{"status", "year"}, "There are no data returns yet."},
		{"documents", "Documents", []Column{{"Title", "text"}, {"From", "text"}, published, {"Attachments", ""}}, []string{"category", "year"}, "There are no documents yet."},
		{"news", "News", []Column{published, {"Title", "text"}}, []string{"year"}, "There is no news yet."},
		{"results", "Results", []Column{{"Released", "date"}, {"Title", "text"}}, []string{"year"}, "There are no results yet."},
	}
}

// view is the contents page over its lines.
func (a area) view(entries []Entry) *ListView {
	v := &ListView{
		Head: Head{Area: a.area, Heading: a.title}, TableName: a.title,
		Columns: a.columns,
		Entries: entries,
		Empty:   a.empty,
		NoMatch: "Nothing matches what you chose.",
	}
	for _, name := range a.filters {
		v.Filters = append(v.Filters, newFilter(name, entries))
	}
	return v
}

// newFilter offers the values that the lines have.
func newFilter(name string, entries []Entry) Filter {
	labels := map[string]string{
		"type": "Type", "category": "Category", "status": "Status", "year": "School year", "audience": "Audience",
	}
	var values []string
	for _, e := range entries {
		values = append(values, e.data(name)...)
	}
	slices.Sort(values)
	values = slices.Compact(values)
	if name == "year" {
		slices.Reverse(values)
	}
	return Filter{name, labels[name], slices.DeleteFunc(values, func(v string) bool { return v == "" })}
}

// data gives the values of a line that a filter looks at.
func (e Entry) data(name string) []string {
	switch name {
	case "type":
		return []string{e.Type}
	case "category":
		return []string{e.Category}
	case "status":
		return []string{e.Status}
	case "year":
		return []string{e.Year}
	case "audience":
		return e.Audience
	}
	return nil
}
