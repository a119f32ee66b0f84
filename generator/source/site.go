package source

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"despatch/internal/strictyaml"
	"despatch/records/access"
	"despatch/records/authority"
	"despatch/records/calendar"
	"despatch/records/school"
	"despatch/records/sending"
	"despatch/records/visit"
)

// A Site is what every page may need: the settings and everything that is there
// once. It does not change after it is read.
type Site struct {
	Settings   *authority.Settings
	Logo       *Logo                           // nil: there is none
	Publishers map[string]*authority.Publisher // by id
	Profiles   map[string]*visit.Profile       // by id
	Vocabulary *access.Vocabulary
	Schools    map[string]*school.School  // by URN
	Accounts   map[string]*access.Account // by code, upper case
	// Undelivered are the addresses that mail came back from.
	Undelivered access.Undelivered
	Calendar    *calendar.Calendar

	atOnce sync.Once
	at     map[string][]*access.Account // by URN; what People found

	broken map[place]bool // files that could not be decoded: nobody is told that they are missing
}

// SchoolKeys are the URNs of all schools, sorted.
func (s *Site) SchoolKeys() []string { return slices.Sorted(maps.Keys(s.Schools)) }

// AccountCodes are the codes of all accounts, sorted.
func (s *Site) AccountCodes() []string { return slices.Sorted(maps.Keys(s.Accounts)) }

// TagsOf gives the tags of a school; none for one that does not exist.
func (s *Site) TagsOf(urn string) []string {
	if sc, ok := s.Schools[urn]; ok {
		return sc.Tags
	}
	return nil
}

// Holdings are the compartments whose keys an account holds.
func (s *Site) Holdings(a *access.Account) []access.Compartment {
	return s.Vocabulary.Holdings(a, s.TagsOf)
}

// SchoolKinds are the compartment kinds of a school, sorted: those that every
// school has, and one for each person with an account there.
func (s *Site) SchoolKinds(urn string) []string {
	kinds := s.Vocabulary.SchoolKinds()
	for _, a := range s.People(urn) {
		kinds = append(kinds, access.PersonKind(a.Code))
	}
	slices.Sort(kinds)
	return kinds
}

// People are the accounts with a place at a school, by name.
func (s *Site) People(urn string) []*access.Account {
	s.atOnce.Do(func() {
		s.at = make(map[string][]*access.Account)
		for _, a := range s.Accounts {
			for _, p := range a.Schools {
				s.at[p.School] = append(s.at[p.School], a)
			}
		}
		for _, people := range s.at {
			slices.SortFunc(people, func(a, b *access.Account) int {
				return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Code, b.Code))
			})
		}
	})
	return s.at[urn]
}

// hasSchool reports whether the school has a file, be it one with problems.
func (s *Site) hasSchool(urn string) bool {
	return s.Schools[urn] != nil || s.broken[place{kind: schoolFile, id: urn}]
}

// GroupSchools are the schools of a group, sorted.
func (s *Site) GroupSchools(group string) []string {
	var in []string
	for _, urn := range s.SchoolKeys() {
		if s.Vocabulary.GroupHas(group, urn, s.Schools[urn].Tags) {
			in = append(in, urn)
		}
	}
	return in
}

// Site reads the settings and what is there once. With problems that are no
// warnings it is incomplete, but never nil inside.
func (f *Folder) Site(l *Listing) (*Site, []Problem) {
	r := &reader{f: f}
	s := &Site{
		Settings:   new(authority.Settings),
		Publishers: make(map[string]*authority.Publisher),
		Profiles:   make(map[string]*visit.Profile),
		Vocabulary: new(access.Vocabulary),
		Schools:    make(map[string]*school.School),
		Accounts:   make(map[string]*access.Account),
		broken:     make(map[place]bool),
	}
	for _, e := range l.Entries {
		if p, _ := placeOf(e.Path); p.kind == groups {
			if data, ok := r.yaml(e.Path, s.Vocabulary); ok && r.on(e.Path, data).format(s.Vocabulary.Format) {
				s.Vocabulary.Check(r.on(e.Path, data).report)
			}
		}
	}
	for _, e := range l.Entries {
		p, _ := placeOf(e.Path)
		before := r.faults()
		s.read(r, e, p)
		s.broken[p] = r.faults() > before
	}
	s.Calendar = calendar.New(s.Settings.Closures)
	if len(s.Vocabulary.Roles) == 0 {
		r.add("content/groups.yaml", 0, 0, "no roles are there; content/groups.yaml must name them")
	}
	if s.Publishers[authority.PublisherAuthority] == nil {
		r.add("content/publishers/authority.yaml", 0, 0, "the authority's own publisher is missing; write this file")
	}
	s.crossLogo(r)
	s.cross(r)
	return s, Sort(r.problems)
}

// read reads one file of those that are there once. A record that has problems
// of its own is still kept where it could be decoded, so that others do not
// complain that it is missing.
func (s *Site) read(r *reader, e Entry, p place) {
	switch p.kind {
	case settings:
		if data, ok := r.yaml(e.Path, s.Settings); ok && r.on(e.Path, data).format(s.Settings.Format) {
			at := r.on(e.Path, data)
			s.Settings.Check(at.report)
			checkTypes(s.Settings.Services, at.report)
		}
	case logo:
		s.Logo = r.logo(e.Path)
	case undelivered:
		if data, ok := r.yaml(e.Path, &s.Undelivered); ok && r.on(e.Path, data).format(s.Undelivered.Format) {
			s.Undelivered.Check(r.on(e.Path, data).report)
		}
	case publisher:
		v := &authority.Publisher{ID: p.id}
		if data, ok := r.yaml(e.Path, v); ok && r.on(e.Path, data).format(v.Format) {
			v.Check(r.on(e.Path, data).report)
			s.Publishers[v.ID] = v
		}
	case profile:
		v := &visit.Profile{ID: p.id}
		if data, ok := r.yaml(e.Path, v); ok && r.on(e.Path, data).format(v.Format) {
			v.Check(r.on(e.Path, data).report)
			s.Profiles[v.ID] = v
		}
	case schoolFile:
		v := new(school.School)
		if data, ok := r.yaml(e.Path, v); ok && r.on(e.Path, data).format(v.Format) {
			at := r.on(e.Path, data)
			v.Check(at.report)
			if v.URN != p.id {
				at.report("urn", fmt.Sprintf("the URN is %q but the file is named %s.yaml; one of the two is wrong", v.URN, p.id))
			}
			if v.ClosedBeforeOpened() {
				at.warn("closed", fmt.Sprintf("the school closed on %s, before it opened on %s; correct one of the two dates, or leave them as the register has them", v.Closed, v.Opened))
			}
			s.Schools[p.id] = v
		}
	case account:
		code, err := access.FoldCode(p.id)
		if err != nil || strings.ToLower(code) != p.id {
			r.add(e.Path, 0, 0, "%q is not an account code in lower case (want 8 letters and digits without i, l, o and u)", p.id)
			return
		}
		v := &access.Account{Code: code}
		if data, ok := r.yaml(e.Path, v); ok && r.on(e.Path, data).format(v.Format) {
			at := r.on(e.Path, data)
			v.Check(s.Vocabulary, at.report)
			if v.SharedMailbox() {
				at.warn("email", fmt.Sprintf("%q looks like a mailbox that several people read; an account is one person's", v.Email))
			}
			s.Accounts[code] = v
		}
	}
}

// cross holds what is there once against each other.
func (s *Site) cross(r *reader) {
	for _, urn := range s.SchoolKeys() {
		sc := s.Schools[urn]
		if sc.Publisher == "" {
			continue
		}
		if p := s.Publishers[sc.Publisher]; !s.broken[place{kind: publisher, id: sc.Publisher}] && (p == nil || p.Kind != authority.PublisherTrust) {
			r.find("content/schools/"+urn+".yaml", "publisher", fmt.Sprintf("no trust has the id %q in content/publishers/", sc.Publisher))
		}
	}
	mails := make(map[string]string)
	for _, code := range s.AccountCodes() {
		a := s.Accounts[code]
		file := "content/accounts/" + strings.ToLower(code) + ".yaml"
		for i, p := range a.Schools {
			if !s.hasSchool(p.School) {
				r.find(file, fmt.Sprintf("schools.%d.school", i), fmt.Sprintf("no school has the URN %q in content/schools/", p.School))
			}
		}
		mail := strings.ToLower(a.Email)
		if first, taken := mails[mail]; taken && mail != "" {
			r.find(file, "email", fmt.Sprintf("the account %s has the same address; one person has one account, at several schools if need be", access.FormatCode(first)))
		}
		mails[mail] = code
	}
	for i, g := range s.Vocabulary.Groups {
		for j, urn := range g.Schools {
			if !s.hasSchool(urn) {
				r.find("content/groups.yaml", fmt.Sprintf("groups.%d.schools.%d", i, j), fmt.Sprintf("no school has the URN %q in content/schools/", urn))
			}
		}
	}
}

// find reports a problem at a key of a file that is not at hand any more.
func (r *reader) find(file, key, text string) {
	data, err := r.f.read(file, mostText)
	if err != nil {
		r.add(file, 0, 0, "%s", text)
		return
	}
	if front, _, _, err := strictyaml.FrontMatter(data); err == nil && strings.HasSuffix(file, ".md") {
		data = front
	}
	r.on(file, data).report(key, text)
}

// checkTypes reports types of files that no service can take.
func checkTypes(services []authority.Service, report func(key, text string)) {
	for i, v := range services {
		for j, t := range v.Types {
			if !slices.Contains(sending.Endings(), t) {
				report(fmt.Sprintf("services.%d.types.%d", i, j), fmt.Sprintf("%q is not a type that can be sent (want one of %s)", t, strings.Join(sending.Endings(), ", ")))
			}
		}
	}
}
