package archive

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"despatch/generator/source"
	"despatch/internal/strictyaml"
	"despatch/records/access"
	"despatch/records/authority"
	"despatch/records/calendar"
	"despatch/records/datareturn"
	"despatch/records/document"
	"despatch/records/event"
	"despatch/records/misheet"
	"despatch/records/news"
	"despatch/records/result"
	"despatch/records/school"
	"despatch/records/visit"
)

// A projection is the published part of a school's records, as the files of an
// authority's folder: what officers wrote for themselves, what a draft says, what
// was withdrawn and other schools are not in it.
type projection struct {
	site   *source.Site
	school *school.School
	now    time.Time
	files  map[string][]byte       // by path in an authority's folder
	keeps  map[string]bool         // records, with true for one that was withdrawn
	attach map[string]source.Entry // attachments, by their path in an archive
	err    error

	renamed                      map[string]string // ids of visits, as the archive has them
	subjects                     map[string]string // SHA-256 of the projections of visits
	answered                     func(account string) string
	profiles, publishers, groups map[string]bool
}

func newProjection(s *source.Site, sc *school.School) *projection {
	return &projection{
		site: s, school: sc, files: map[string][]byte{}, keeps: map[string]bool{}, attach: map[string]source.Entry{},
		renamed: map[string]string{}, subjects: map[string]string{}, profiles: map[string]bool{}, publishers: map[string]bool{authority.PublisherAuthority: true}, groups: map[string]bool{},
	}
}

// yaml adds a file. The first error is kept.
func (p *projection) yaml(file string, v any) {
	data, err := strictyaml.Encode(v)
	if err != nil && p.err == nil {
		p.err = fmt.Errorf("project %s: %w", file, err)
	}
	p.files[file] = data
}

// markdown adds a file with front matter.
func (p *projection) markdown(file string, front any, body string) {
	p.yaml(file, front)
	p.files[file] = slices.Concat([]byte("---\n"), p.files[file], []byte("---\n\n"+body+"\n"))
}

// attached adds a record's files.
func (p *projection) attached(record string, files []source.Attached) {
	for _, f := range files {
		p.attach[attachmentPath(record, path.Base(f.Entry.Path))] = f.Entry
	}
}

// attachmentPath is where a record's file lies in an archive.
func attachmentPath(record, base string) string { return attachmentsDir + "/" + record + "/" + base }

// visit adds a visit: of a draft the line that the school sees, of one that was
// withdrawn the notice.
func (p *projection) visit(v *source.Visit) {
	withdrawn := v.State.Status == visit.Withdrawn
	p.keeps[v.ID] = withdrawn
	id := visitID(v)
	p.profiles[v.Visit.Profile], p.publishers[v.PublisherID()] = true, true
	w := visit.Visit{
		Format: v.Format, Profile: v.Visit.Profile, School: v.School, Date: v.Date,
		Responsible: v.Responsible, Publisher: v.Visit.Publisher,
	}
	dir := "content/visits/" + id[:4] + "/" + id
	p.renamed[v.ID] = id
	switch {
	case v.State.Status == visit.Draft:
		delete(p.keeps, v.ID) // nothing happened to it yet that anybody may know
	case withdrawn:
		w.Contact = v.Visit.Contact
	default:
		w = v.Visit
		w.Notes, w.Report, w.Changes = "", "", v.Changed(v.State)
		if v.Report != "" {
			p.files[dir+"/report.md"] = []byte(v.Report)
		}
		p.subjects[v.ID] = v.Subject
		p.attached(v.ID, v.Files)
	}
	p.yaml(dir+"/visit.yaml", &w)
}

// visitID is a visit's id as the archive has it: the words in the id of a draft,
// and of one that was withdrawn, are not for the school.
func visitID(v *source.Visit) string {
	const words = len("2026-11-03-k7q2")
	switch v.State.Status {
	case visit.Draft, visit.Withdrawn:
		return v.ID[:words] + "-" + string(v.State.Status)
	}
	return v.ID
}

// own keeps this school of a list of schools.
func (p *projection) own(schools []string) []string {
	if slices.Contains(schools, p.school.URN) {
		return []string{p.school.URN}
	}
	return nil
}

func (p *projection) group(id string) {
	if id != "" {
		p.groups[id] = true
	}
}

func (p *projection) sheet(s *source.Sheet, c *source.Common) {
	w := s.Sheet
	w.Schools = p.own(w.Schools)
	body := s.Body
	if p.keeps[s.Sheet.ID] = !s.WithdrawnAt.IsZero(); p.keeps[s.Sheet.ID] {
		w = misheet.Sheet{
			Format: w.Format, Title: w.Title, Type: w.Type, Number: w.Number, Published: w.Published, Due: w.Due,
			Contacts: w.Contacts, Audience: w.Audience, Group: w.Group,
		}
		body = withdrawnText
	}
	if !slices.ContainsFunc(c.Returns, func(f source.Return) bool { return f.ID == w.Return }) {
		w.Return = "" // it is for others
	}
	p.group(w.Group)
	p.markdown("content/sheets/"+s.Sheet.ID[:4]+"/"+s.Sheet.ID+".md", &w, body)
}

// withdrawnText stands where a record must say something and has been withdrawn;
// no page shows it.
const withdrawnText = "Withdrawn."

func (p *projection) form(f *source.Return) {
	w := f.Form
	if p.keeps[w.ID] = !f.WithdrawnAt.IsZero(); p.keeps[w.ID] {
		w.Intro = ""
		w.Fields = []datareturn.Field{{ID: "withdrawn", Label: withdrawnText, Type: "text"}}
	}
	p.group(w.Group)
	p.yaml("content/returns/"+w.ID[:4]+"/"+w.ID+".yaml", &w)
}

func (p *projection) document(d *source.Document) {
	w := d.Document
	w.Schools = p.own(w.Schools)
	if p.keeps[w.ID] = !d.WithdrawnAt.IsZero(); p.keeps[w.ID] {
		w.Text, w.Files, w.Letter = withdrawnText, nil, document.Letter{}
	} else {
		p.attached(w.ID, d.Attached)
	}
	p.group(w.Group)
	p.publishers[w.FromID()] = true
	p.yaml("content/documents/"+w.ID[:4]+"/"+w.ID+"/document.yaml", &w)
}

func (p *projection) news(n *source.News) {
	w, body := n.Item, n.Body
	if p.keeps[w.ID] = !n.WithdrawnAt.IsZero(); p.keeps[w.ID] {
		w = news.Item{Format: w.Format, Title: w.Title, Published: w.Published, Until: w.Until, Audience: w.Audience, Everyone: w.Everyone}
		body = withdrawnText
	}
	p.markdown("content/news/"+w.ID[:4]+"/"+w.ID+".md", &w, body)
}

func (p *projection) result(r *source.Result) {
	w := r.Result
	own, has := w.Schools[p.school.URN]
	if p.keeps[w.ID] = !r.WithdrawnAt.IsZero(); p.keeps[w.ID] {
		w = result.Result{Format: w.Format, ID: w.ID, Title: w.Title, Release: w.Release, Audience: w.Audience, Text: withdrawnText}
		own = nil
	} else {
		p.attached(w.ID, r.Attached)
	}
	if !w.Mature.IsZero() && p.now.Before(w.Mature.Time()) {
		// The page shows dashes until then, and so does a page made of these.
		w.National = make([]string, len(w.Measures))
	}
	w.Schools = nil
	if has {
		w.Schools = map[string][]string{p.school.URN: own}
	}
	p.yaml("content/results/"+w.ID[:4]+"/"+w.ID+"/result.yaml", &w)
}

// concerns tells whether an event is the school's: what another one has done or
// sent is its own.
func (p *projection) concerns(e event.Event) bool { return e.School == "" || e.School == p.school.URN }

// event adds an event, if it is about a record that is kept and the school may
// know of it. The officer's name goes; the file's name, which orders events, stays.
func (p *projection) event(file string, e event.Event) {
	withdrawn, kept := p.keeps[e.Record]
	if !kept || !p.concerns(e) {
		return
	}
	switch e.Kind {
	case event.Submitted, event.Issued, event.Withdrawn:
	default:
		if withdrawn {
			return
		}
	}
	p.who(&e)
	if id, ok := p.renamed[e.Record]; ok {
		e.Record = id
	}
	p.yaml(file, &e)
}

// who takes the officer's name out of an event. Who answered for the school is on
// the page of the visit or return: by name, since an archive has no accounts, and with the words
// that the school sent. That the answer was to these very words is not said by a
// hash, which holds an id of this folder's.
func (p *projection) who(e *event.Event) {
	switch e.Kind {
	case event.Returned, event.Refused, event.Opened, event.Retracted:
		e.By, e.Account = p.answered(e.Account), ""
		return
	case event.Responded:
	default:
		e.By = ""
		return
	}
	if e.Account != "" {
		e.By = p.answered(e.Account)
	}
	e.Account, e.Payload = "", ""
	if p.subjects[e.Record] == e.Subject {
		e.Subject = ""
	}
}

// once adds what is there once: settings, the school, and of publishers, profiles
// and groups those that its records name.
func (p *projection) once() {
	settings := *p.site.Settings
	settings.Portal.Published = ""
	p.yaml("despatch.yaml", &settings)
	if p.site.Logo != nil {
		p.files["content/logo.png"] = p.site.Logo.PNG
	}

	sc := *p.school
	if sc.Tags = nil; sc.Publisher != "" {
		p.publishers[sc.Publisher] = true
	}
	p.yaml("content/schools/"+sc.URN+".yaml", &sc)

	words := access.Vocabulary{Format: p.site.Vocabulary.Format, Roles: p.site.Vocabulary.Roles}
	for _, g := range p.site.Vocabulary.Groups {
		if p.groups[g.ID] {
			words.Groups = append(words.Groups, access.Group{ID: g.ID, Name: g.Name, Schools: []string{sc.URN}, Roles: g.Roles})
		}
	}
	p.yaml("content/groups.yaml", &words)
	for _, id := range slices.Sorted(maps.Keys(p.publishers)) {
		if v := p.site.Publishers[id]; v != nil {
			p.yaml("content/publishers/"+id+".yaml", v)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(p.profiles)) {
		v := p.site.Profiles[id]
		if v == nil {
			continue
		}
		// What guides officers is theirs.
		p.yaml("content/profiles/"+id+".yaml", &visit.Profile{
			Format: v.Format, Version: v.Version, Name: v.Name, Short: v.Short, Publisher: v.Publisher, Response: v.Response,
			WorkingDays: v.WorkingDays, Notify: v.Notify, Graded: v.Graded, Areas: v.Areas, Questions: v.Questions,
		})
	}
}

// A Period is from a day to a day, both included; a zero date is open.
type Period struct{ From, To calendar.Date }

func (p Period) has(d calendar.Date) bool {
	return (p.From.IsZero() || !d.Before(p.From)) && (p.To.IsZero() || !d.After(p.To))
}

// day is a day of a period, or empty.
func day(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// String says the period in a sentence.
func (p Period) String() string {
	var parts []string
	if !p.From.IsZero() {
		parts = append(parts, "from "+p.From.Short())
	}
	if !p.To.IsZero() {
		parts = append(parts, "to "+p.To.Short())
	}
	if parts == nil {
		return "from the first day on"
	}
	return strings.Join(parts, " ")
}
