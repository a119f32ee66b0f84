// Package page decides which page exists, for whom, and in which compartment;
// nothing else does. It is pure: the same records, clock and names give the
// same compartments, in the same order (TestPlanIsDeterministic).
//
// What is not decided here for an audience is nowhere: a draft's content, a
// sheet whose audience is not known, results before their release
// (TestDraftsLeakNothing, TestUnknownAudienceIsHeld,
// TestResultsAreNeverBuiltBeforeTheirRelease). A view holds all that a page's
// bytes depend on besides the templates.
package page

import (
	"slices"
	"time"

	"despatch/generator/source"
	"despatch/records/access"
	"despatch/records/school"
)

// Options are what a plan depends on besides the records.
type Options struct {
	Now    time.Time
	Names  Names
	Drafts bool // a preview: drafts have pages, marked as such
}

// Names gives the opaque names of docs/formats.md section 14.
type Names struct {
	Root func(access.Compartment) string // 16 hex digits
	Name func(key string) string         // 16 hex digits
	Item func(record string) string      // 16 hex digits
	// Account gives an account's opaque id by its code: 32 hex digits.
	Account func(code string) string
	// File names a record's file where it is not to be as Name says; nil: it is.
	File func(record, base string) string
}

// A Compartment is what one set of people may read.
type Compartment struct {
	ID     access.Compartment
	School *school.School // nil for the authority's own
	Root   string
	Pages  []Page // by key
	Files  []File // by key
	Lists  []List
	Items  []Item // newest first
}

// A Page is one page of a compartment.
type Page struct {
	Key   string // visit/<id>, visits/authority, sheet/<id>, contents/sheets …
	Name  string // opaque, ends in .html
	Year  int    // school year of its pack; 0: a list, which rides in the index
	Title string // for tabs and history: kind, date and number only
	Draft bool   // only ever in a preview
	View  any    // one of the *View structs
}

// A PublicPage is a page that everyone may read, by decision.
type PublicPage struct {
	Slug  string
	Title string
	View  any
}

// A File is an attachment of a compartment, or the paper of one of its records.
type File struct {
	Key    string // file/<record id>/<file name>, paper/<record id>
	Name   string // opaque, ends as the file's own name does
	Title  string // the file name that a person sees
	Type   string // media type
	Year   int    // as its page's
	Size   int64  // bytes; of a paper, once it is made
	Source source.Entry
	Paper  *Paper // nil: an attachment, whose bytes are its source's
}

// A List is a generated list page of a compartment (docs/formats.md section 13).
type List struct {
	Area  string `json:"area"`
	Tab   string `json:"tab"`
	Title string `json:"title"`
	Page  string `json:"page"`
}

// An Item is what home, search and composed lists know of a record
// (docs/formats.md section 13.1).
type Item struct {
	ID            string   `json:"id"`
	Kind          string   `json:"kind"`
	Page          string   `json:"page"`
	Title         string   `json:"title"`
	Date          string   `json:"date"`
	Changed       string   `json:"changed"`
	Due           string   `json:"due"`
	DueText       string   `json:"due_text"`
	State         string   `json:"state"`
	StateText     string   `json:"state_text"`
	Type          string   `json:"type"`
	Category      string   `json:"category"`
	Focus         string   `json:"focus"`
	Person        string   `json:"person"`
	Contact       string   `json:"contact"`
	Publisher     string   `json:"publisher"`
	PublisherKind string   `json:"publisher_kind"`
	Number        string   `json:"number"`
	Audience      []string `json:"audience"`
	Files         []string `json:"files"`
	Of            string   `json:"of"`
	Respond       bool     `json:"respond"`
	SubjectSHA256 string   `json:"subject_sha256"`
}

// School plans the compartments of one school: those that hold something,
// sorted by kind. The visits are that school's.
func School(o Options, s *source.Site, c *source.Common, sc *school.School, visits []source.Visit) []Compartment {
	p := newPlan(o, s, sc)
	p.visits(visits)
	p.documents(c)
	p.exchange(c)
	p.schoolResults(c)
	p.schoolSheets(c)
	p.done(c)
	p.people(c)
	return p.bind()
}

// Authority plans the authority's own compartments, one for each role and each
// group: those that hold something, sorted by kind.
func Authority(o Options, s *source.Site, c *source.Common) []Compartment {
	p := newPlan(o, s, nil)
	p.sheets(c)
	p.returns(c)
	p.news(c)
	p.authorityResults(c)
	return p.bind()
}

// A plan gathers the compartments of one school, or of the authority.
type plan struct {
	Options
	site   *source.Site
	school *school.School
	rooms  map[string]*room // by kind
}

func newPlan(o Options, s *source.Site, sc *school.School) *plan {
	return &plan{Options: o, site: s, school: sc, rooms: map[string]*room{}}
}

// room gives the compartment of a kind, to be filled.
func (p *plan) room(kind string) *room {
	r, ok := p.rooms[kind]
	if !ok {
		id := access.Compartment{Kind: kind}
		if p.school != nil {
			id.School = p.school.URN
		}
		r = &room{plan: p, Compartment: Compartment{ID: id, School: p.school, Root: p.Names.Root(id)}}
		p.rooms[kind] = r
	}
	return r
}

// bind closes the rooms: each gets its list pages, all get their order.
func (p *plan) bind() []Compartment {
	var all []Compartment
	for _, r := range p.rooms {
		r.bind()
		all = append(all, r.Compartment)
	}
	slices.SortFunc(all, func(a, b Compartment) int { return a.ID.Compare(b.ID) })
	return all
}
