package desk

import (
	"path"

	"despatch/generator/source"
	"despatch/records/calendar"
)

// A paper is any record but a visit, as far as the desk cares.
type paper struct {
	*source.Standing
	title   string
	due     calendar.Date
	dueText string
	to      string // whom it is for, in words
}

// paper reads one record that is no visit, with its standing.
func (d *Desk) paper(r Record) (paper, error) {
	common, problems := d.common()
	if err := d.blocked(problems, r.Path, path.Dir(r.Path)+"/files"); err != nil {
		return paper{}, err
	}
	if p, ok := papers(common)[r.ID]; ok {
		return p, nil
	}
	return paper{}, refuse("despatch check", "%s cannot be read", r.Path)
}

// common reads all records but visits.
func (d *Desk) common() (*source.Common, []source.Problem) {
	l := new(source.Listing)
	for _, e := range d.listing.Entries {
		if _, ok := e.VisitID(); !ok {
			l.Entries = append(l.Entries, e)
		}
	}
	return d.folder.Common(l, d.site)
}

// papers are all records but visits, by id.
func papers(c *source.Common) map[string]paper {
	all := make(map[string]paper)
	for i := range c.Sheets {
		v := &c.Sheets[i]
		all[v.ID] = paper{&v.Standing, v.Title, v.Due.Date, v.Due.Text, audience(v.Audience, v.Group)}
	}
	for i := range c.Returns {
		v := &c.Returns[i]
		all[v.ID] = paper{&v.Standing, v.Title, v.Due, "", audience(v.Audience, v.Group)}
	}
	for i := range c.Documents {
		v := &c.Documents[i]
		all[v.ID] = paper{Standing: &v.Standing, title: v.Title, to: orEveryone(v.Everyone, audience(v.Schools, v.Group))}
	}
	for i := range c.News {
		v := &c.News[i]
		all[v.ID] = paper{Standing: &v.Standing, title: v.Title, to: orEveryone(v.Everyone, audience(v.Audience, ""))}
	}
	for i := range c.Results {
		v := &c.Results[i]
		all[v.ID] = paper{Standing: &v.Standing, title: v.Title, to: audience(v.Audience, "")}
	}
	return all
}

func orEveryone(everyone bool, words string) string {
	if everyone {
		return "everyone"
	}
	return words
}
