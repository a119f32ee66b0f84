package archive

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"despatch/generator"
	"despatch/generator/page"
	"despatch/generator/source"
	"despatch/generator/tree"
	"despatch/internal/buildkeys"
	"despatch/internal/sshsig"
	"despatch/records/authority"
	"despatch/records/calendar"
	"despatch/records/school"
)

// A making is one archive on its way.
type making struct {
	Options
	folder  *source.Folder
	kept    *source.Segments
	listing *source.Listing
	site    *source.Site
	common  *source.Common
	school  *school.School
	visits  []source.Visit
	events  []source.Entry
	keys    *buildkeys.Keys
	tree    *tree.State
	sealed  []tree.Entry // of the school, in the tree
	whole   page.Compartment
	records int
}

// prepare reads what is there and makes sure that it is what was published.
func prepare(o Options) (*making, error) {
	m := &making{Options: o}
	var err error
	if m.keys, err = buildkeys.Load(o.Dir); err != nil {
		return nil, err
	}
	if m.folder, err = source.Open(o.Dir); err != nil {
		return nil, err
	}
	if err := m.read(); err != nil {
		return nil, errors.Join(err, m.folder.Close())
	}
	return m, nil
}

// wrong gives the problems that are no warnings as one error.
func wrong(problems []source.Problem) error {
	problems = slices.DeleteFunc(slices.Clone(problems), func(p source.Problem) bool { return p.Warning })
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("%s (and %d more): run despatch check", problems[0], len(problems)-1)
}

func (m *making) read() error {
	var problems []source.Problem
	var err error
	if m.listing, problems, err = m.folder.Scan(); err != nil {
		return err
	}
	if err := wrong(problems); err != nil {
		return err
	}
	if m.kept, err = m.folder.Segments(); err != nil {
		return err
	}
	if m.site, problems = m.folder.Site(m.listing); wrong(problems) != nil {
		return wrong(problems)
	}
	if m.school = m.site.Schools[m.School]; m.school == nil {
		return UnknownSchool{m.School}
	}
	public := filepath.Join(m.Dir, treeDir)
	if m.tree, err = tree.Read(os.DirFS(public), m.keys.Root); err != nil {
		return fmt.Errorf("read the published tree in %s: %w", public, err)
	}
	if m.sealed, err = generator.LastBuild(m.Dir, m.listing, m.tree, m.School, m.Now); err != nil {
		return err
	}
	if !m.tree.Keys.IsHead(sshsig.PublicOf(m.keys.HeadKey)) {
		return fmt.Errorf("the keys file that is published does not name %s: run despatch build", buildkeys.HeadKeyFile)
	}
	if m.common, problems = m.folder.Common(m.listing, m.site); wrong(problems) != nil {
		return wrong(problems)
	}
	visits, events := m.folder.BySchool(m.listing)
	if m.visits, problems = m.folder.Visits(m.site, visits[m.School], events[m.School]); wrong(problems) != nil {
		return wrong(problems)
	}
	m.events = m.eventsBut(events)
	m.choose()
	return nil
}

// eventsBut gives the events of the listing that are not about another school's
// visits.
func (m *making) eventsBut(bySchool map[string][]source.Entry) []source.Entry {
	others := make(map[string]bool)
	for school, events := range bySchool {
		for _, e := range events {
			others[e.Path] = school != m.School && school != ""
		}
	}
	return slices.DeleteFunc(slices.Clone(m.listing.Entries), func(e source.Entry) bool { return !e.IsEvent() || others[e.Path] })
}

// choose keeps what is of the period: visits by their date, all else by the day
// of its publication; and of the class, where there is one.
func (m *making) choose() {
	m.visits = slices.DeleteFunc(m.visits, func(v source.Visit) bool { return !m.Period.has(v.Date) })
	of := func(module authority.Module) bool {
		return m.Class.Class == "" || slices.Contains(m.Class.Modules, module)
	}
	if !of(authority.Visits) {
		m.visits = nil
	}
	c := m.common
	for module, forget := range map[authority.Module]func(){
		authority.Sheets: func() { c.Sheets = nil }, authority.Returns: func() { c.Returns = nil }, authority.Documents: func() { c.Documents = nil },
		authority.News: func() { c.News = nil }, authority.Results: func() { c.Results = nil },
	} {
		if !of(module) {
			forget()
		}
	}
	in := func(s *source.Standing) bool { return m.Period.has(calendar.On(s.PublishedAt)) }
	c.Sheets = slices.DeleteFunc(c.Sheets, func(v source.Sheet) bool { return !in(&v.Standing) })
	c.Returns = slices.DeleteFunc(c.Returns, func(v source.Return) bool { return !in(&v.Standing) })
	c.Documents = slices.DeleteFunc(c.Documents, func(v source.Document) bool { return !in(&v.Standing) })
	c.News = slices.DeleteFunc(c.News, func(v source.News) bool { return !in(&v.Standing) })
	c.Results = slices.DeleteFunc(c.Results, func(v source.Result) bool { return !in(&v.Standing) })
}
