package preview

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"

	"despatch/generator/page"
	"despatch/generator/paper"
	"despatch/generator/render"
	"despatch/generator/source"
	"despatch/records/access"
)

// shown holds the view of the sources as they were last read.
type shown struct {
	mu   sync.Mutex
	last *view // nil: to be read; guarded by mu
}

// drop forgets the view if the sources are no longer as they were listed for it.
func (s *shown) drop(folder *source.Folder) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		return false
	}
	if now, _, err := folder.Scan(); err == nil && slices.Equal(now.Entries, s.last.listing.Entries) {
		return false
	}
	s.last = nil
	return true
}

func (s *shown) view(srv *Server) (*view, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		v, err := read(srv)
		if err != nil {
			return nil, err
		}
		s.last = v
	}
	return s.last, nil
}

// A view is the sources at one moment. Schools are planned when they are first
// looked at.
type view struct {
	folder   *source.Folder
	listing  *source.Listing
	site     *source.Site
	common   *source.Common
	render   *render.Renderer
	press    *paper.Press
	shell    map[string][]byte
	options  page.Options
	problems []source.Problem
	roots    map[string]access.Compartment

	visits, events map[string][]source.Entry // by school

	mu      sync.Mutex
	planned map[string][]page.Compartment // by school; guarded by mu
}

// read reads the sources. What is wrong in them is shown, not an error.
func read(s *Server) (*view, error) {
	v := &view{folder: s.folder, planned: make(map[string][]page.Compartment), roots: make(map[string]access.Compartment)}
	listing, problems, err := s.folder.Scan()
	if err != nil {
		return nil, err
	}
	v.listing = listing
	var more []source.Problem
	v.site, more = s.folder.Site(listing)
	problems = append(problems, more...)
	v.common, more = s.folder.Common(listing, v.site)
	problems = append(problems, more...)
	v.visits, v.events = s.folder.BySchool(listing)
	if v.render, err = render.New(v.site, s.assets); err != nil {
		return nil, err
	}
	press, err := paper.New(v.site.Settings, s.assets)
	if err != nil {
		return nil, err
	}
	v.press = press.With(v.site.Logo)
	if v.shell, err = v.render.Shell(s.o.Now()); err != nil {
		return nil, err
	}
	v.options = page.Options{Now: s.o.Now(), Drafts: true, Names: page.Names{Root: rootOf, Name: nameOf, Item: nameOf}}
	for _, kind := range v.site.Vocabulary.AuthorityKinds() {
		v.know(access.Compartment{Kind: kind})
	}
	for school := range v.site.Schools {
		for _, kind := range v.site.SchoolKinds(school) {
			v.know(access.Compartment{School: school, Kind: kind})
		}
	}
	v.problems = source.Sort(problems)
	return v, nil
}

func (v *view) know(c access.Compartment) { v.roots[rootOf(c)] = c }

// rootOf and nameOf give names of the same form as a build's. They need be no
// secret: nothing of a preview leaves this machine.
func rootOf(c access.Compartment) string { return nameOf("root " + c.ID()) }

func nameOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:8])
}

// school plans the compartments of a school, "" for the authority.
func (v *view) school(urn string) []page.Compartment {
	v.mu.Lock()
	defer v.mu.Unlock()
	if all, ok := v.planned[urn]; ok {
		return all
	}
	var all []page.Compartment
	if urn == "" {
		all = page.Authority(v.options, v.site, v.common)
	} else if sc := v.site.Schools[urn]; sc != nil {
		visits, problems := v.folder.Visits(v.site, v.visits[urn], v.events[urn])
		v.problems = source.Sort(append(v.problems, problems...))
		all = page.School(v.options, v.site, v.common, sc, visits)
	}
	v.planned[urn] = all
	return all
}

// compartment finds a compartment by its root in paths.
func (v *view) compartment(root string) *page.Compartment {
	id, ok := v.roots[root]
	if !ok {
		return nil
	}
	all := v.school(id.School)
	i := slices.IndexFunc(all, func(c page.Compartment) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// page renders one page. The size of its paper is told where it can be printed;
// why not is told to who asks for it.
func (v *view) page(c *page.Compartment, p *page.Page) ([]byte, error) {
	v.mu.Lock() // papers that are made change what pages show
	defer v.mu.Unlock()
	for i := range c.Files {
		f := &c.Files[i]
		if f.Paper == nil || f.Paper.Page != p.Key || f.Size > 0 {
			continue
		}
		if data, err := v.press.Print(f.Paper); err == nil {
			f.Made(int64(len(data)))
		}
	}
	var out bytes.Buffer
	err := v.render.Page(&out, p, c.School)
	return out.Bytes(), err
}

// An eye is who looks: everyone at once, or one account.
type eye struct {
	account *access.Account // nil: all
	holds   []access.Compartment
}

// eye finds who looks by the first part of a path.
func (v *view) eye(who string) (eye, bool) {
	if who == "all" {
		return eye{}, true
	}
	a := v.site.Accounts[strings.ToUpper(who)]
	if a == nil {
		return eye{}, false
	}
	return eye{a, v.site.Holdings(a)}, true
}

// sees reports whether the eye may see a compartment.
func (e eye) sees(c access.Compartment) bool { return e.account == nil || slices.Contains(e.holds, c) }

// schools are those that the eye may see something of, "" for the authority.
func (v *view) schools(e eye) []string {
	if e.account == nil {
		return append([]string{""}, v.site.SchoolKeys()...)
	}
	var all []string
	for _, c := range e.holds {
		all = append(all, c.School)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
