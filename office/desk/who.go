package desk

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"despatch/generator/page"
	"despatch/generator/source"
	"despatch/records/access"
	"despatch/records/calendar"
	"despatch/records/visit"
)

// A Reader is a person who would see a record, and why.
type Reader struct {
	Account     string `json:"account"`
	Name        string `json:"name"`
	School      string `json:"school"`
	Sees        string `json:"sees"` // the whole, or that it exists
	Why         string `json:"why"`
	Compartment string `json:"compartment"`
}

// What a reader sees.
const (
	Whole = "all of it"
	Audit = "that it exists"
)

// A Readership says who would see a record.
type Readership struct {
	Record  string   `json:"record"`
	State   string   `json:"state"` // one sentence: published, a draft, held …
	Public  bool     `json:"public"`
	Readers []Reader `json:"readers"`
}

// Who says who would see the record once it is built, and why: the plan of the
// generator, held against everybody's keys. A draft is taken as published.
func (d *Desk) Who(said string) (Readership, error) {
	r, err := d.Find(said)
	if err != nil {
		return Readership{}, err
	}
	who := Readership{Record: r.ID}
	common, problems := d.common()
	var plan []page.Compartment
	o := page.Options{Now: d.now, Drafts: true, Names: page.Names{
		Root: func(c access.Compartment) string { return c.ID() },
		Name: func(key string) string { return key },
		Item: func(record string) string { return record },
	}}
	if r.Kind == "visit" {
		v, err := d.visit(r)
		if err != nil {
			return Readership{}, err
		}
		who.State = visitState(v)
		plan = page.School(o, d.site, new(source.Common), d.site.Schools[v.School], []source.Visit{*v})
	} else {
		if err := d.blocked(problems, r.Path, path.Dir(r.Path)+"/files"); err != nil {
			return Readership{}, err
		}
		p, ok := papers(common)[r.ID]
		if !ok {
			return Readership{}, refuse("despatch check", "%s cannot be read", r.Path)
		}
		who.State = d.paperState(r, p)
		one := only(common, r.ID)
		plan = page.Authority(o, d.site, one)
		for _, urn := range d.site.SchoolKeys() {
			plan = append(plan, page.School(o, d.site, one, d.site.Schools[urn], nil)...)
		}
		who.Public = len(page.Public(o, d.site, one)) > len(page.Public(o, d.site, new(source.Common)))
	}
	sees := make(map[access.Compartment]string)
	for i := range plan {
		if s := seen(&plan[i], r); s != "" {
			sees[plan[i].ID] = s
		}
	}
	who.Readers = d.readers(sees)
	return who, nil
}

// only is what c has of one record.
func only(c *source.Common, id string) *source.Common {
	return &source.Common{
		Sheets:    slices.DeleteFunc(slices.Clone(c.Sheets), func(v source.Sheet) bool { return v.ID != id }),
		Returns:   slices.DeleteFunc(slices.Clone(c.Returns), func(v source.Return) bool { return v.ID != id }),
		Documents: slices.DeleteFunc(slices.Clone(c.Documents), func(v source.Document) bool { return v.ID != id }),
		News:      slices.DeleteFunc(slices.Clone(c.News), func(v source.News) bool { return v.ID != id }),
		Results:   slices.DeleteFunc(slices.Clone(c.Results), func(v source.Result) bool { return v.ID != id }),
	}
}

// seen says what a compartment shows of the one record that it was planned
// from: its page, or a line that says that it exists.
func seen(c *page.Compartment, r Record) string {
	for _, p := range c.Pages {
		if strings.HasPrefix(p.Key, r.Kind+"/"+r.ID) {
			return Whole
		}
	}
	for _, p := range c.Pages {
		if list, ok := p.View.(*page.ListView); ok && len(list.Entries) > 0 {
			return Audit
		}
	}
	for _, item := range c.Items {
		if item.ID == r.ID {
			return Audit
		}
	}
	return ""
}

// readers are the people who hold a key of one of the compartments: of each
// person and school the one that shows the most.
func (d *Desk) readers(sees map[access.Compartment]string) []Reader {
	var all []Reader
	for _, code := range d.site.AccountCodes() {
		a := d.site.Accounts[code]
		best := make(map[string]Reader) // by school
		for _, c := range d.site.Holdings(a) {
			what, ok := sees[c]
			if !ok {
				continue
			}
			for _, p := range a.Schools {
				why := d.why(p, c)
				if why == "" {
					continue
				}
				if b, ok := best[p.School]; ok && (b.Sees == Whole || what == Audit) {
					continue
				}
				best[p.School] = Reader{access.FormatCode(code), a.Name, d.schoolName(p.School), what, why, c.ID()}
			}
		}
		for _, p := range a.Schools {
			if r, ok := best[p.School]; ok {
				all = append(all, r)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Reader) int { return cmp.Or(cmp.Compare(a.School, b.School), cmp.Compare(a.Name, b.Name)) })
	return all
}

// why is what gives a person at a place the key of c, or empty.
func (d *Desk) why(p access.Place, c access.Compartment) string {
	if c.School != "" && c.School != p.School {
		return ""
	}
	if role, ok := strings.CutPrefix(c.Kind, "role-"); ok {
		if slices.Contains(p.Roles, role) {
			return "role " + role
		}
		return ""
	}
	if group, ok := strings.CutPrefix(c.Kind, "group-"); ok {
		if c.School == "" && d.site.Vocabulary.GroupHas(group, p.School, d.site.TagsOf(p.School)) {
			return "the school is in the group " + group
		}
		return ""
	}
	for _, area := range access.Areas() {
		if c.Kind != area.Kind(access.Audit) && c.Kind != area.Kind(access.Full) {
			continue
		}
		right := d.site.Vocabulary.Right(p, area)
		if right == access.Off || right == access.Audit && c.Kind == area.Kind(access.Full) {
			return ""
		}
		if _, own := p.Rights[area]; own {
			return fmt.Sprintf("right of their own: %s %s", area, right)
		}
		for _, id := range p.Roles {
			if role, _ := d.site.Vocabulary.Role(id); role.Rights[area] == right {
				return fmt.Sprintf("role %s: %s %s", id, area, right)
			}
		}
	}
	return ""
}

func visitState(v *source.Visit) string {
	st := v.State
	switch st.Status {
	case visit.Draft:
		return "a draft: its school sees date, kind and adviser in the audit and nothing else; once given out, these would see it"
	case visit.Submitted:
		return "open: a response is awaited by " + st.RespondBy.Short()
	case visit.Withdrawn:
		return "withdrawn on " + st.WithdrawnOn.Short() + ": these see that it was"
	case visit.Finalised:
		return "finalised on " + st.FinalisedOn.Short()
	}
	return string(st.Status)
}

func (d *Desk) paperState(r Record, p paper) string {
	switch {
	case p.Held != "":
		return "held: nobody gets it, because " + p.Held
	case !p.WithdrawnAt.IsZero():
		return "withdrawn on " + calendar.On(p.WithdrawnAt).Short() + ": these see that it was"
	case p.PublishedAt.IsZero():
		return "a draft: nobody sees it; once published, these would"
	case p.PublishedAt.After(d.now):
		return "waits for " + calendar.At(p.PublishedAt).Long() + "; from then on these would see it"
	}
	return "published on " + calendar.On(p.PublishedAt).Short()
}
