package source

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"despatch/records/access"
	"despatch/records/authority"
	"despatch/records/calendar"
	"despatch/records/datareturn"
	"despatch/records/document"
	"despatch/records/event"
	"despatch/records/misheet"
	"despatch/records/news"
	"despatch/records/result"
	"despatch/records/sending"
)

// Common is everything that is published but visits, each list sorted by id.
type Common struct {
	Sheets    []Sheet
	Returns   []Return
	Documents []Document
	News      []News
	Results   []Result
	Sent      []Sent // by leaf of the log
	// Readdressed are accounts that were given the address that their person asked for,
	// by opaque id.
	Readdressed map[string]Readdressed
	Permitted   []Permission // the last of each account, school and area
	Refused     []Refusal    // what people sent, but for data returns, that was not taken, by leaf of the log
	// Passkeys are the leaves of the last word about each passkey, by the opaque id of its
	// account and its credential.
	Passkeys map[string]int
}

// A Permission is the last word of a Headteacher's about what a colleague may see.
type Permission struct {
	Account, School string // opaque; URN
	Area            access.Area
	Right           access.Right
	By              string // opaque account
	At              time.Time
	Deposit         string
	Leaf            int
}

// Readdressed is the last change of an account's address that was taken: its deposit, and
// its place in the log.
type Readdressed struct {
	Deposit string
	Leaf    int
}

// A Sheet is an MI sheet with its standing.
type Sheet struct {
	misheet.Sheet
	Standing
}

// A Return is a data return with its standing.
type Return struct {
	datareturn.Form
	Standing
}

// A Document is a document with its standing, its publisher and its files.
type Document struct {
	document.Document
	Standing
	Publisher *authority.Publisher
	Attached  []Attached
}

// News is a news item with its standing.
type News struct {
	news.Item
	Standing
}

// A Result is a result with its standing: published from its release on.
type Result struct {
	result.Result
	Standing
	Attached []Attached
}

// Sent is what a school sent to a service of the authority. Letter is empty where
// vault/ does not have it.
type Sent struct {
	Letter           sending.Letter
	School           string // URN
	Account, Deposit string // opaque; SHA-256
	At               time.Time
	Leaf             int
}

// Common reads what the listing has of sheets, returns, documents, news and
// results, and folds those of the listing's events that are about them. Events
// about anything else are passed over. A record with problems that are no
// warnings is left out.
func (f *Folder) Common(l *Listing, s *Site) (*Common, []Problem) {
	r := &commonReader{reader: &reader{f: f}, site: s, events: make(map[string][]event.Event), taken: make(map[int]bool), lying: make(map[string][]Entry)}
	r.collect(l)
	c := new(Common)
	for _, e := range l.Entries {
		before := r.faults()
		p, _ := placeOf(e.Path)
		switch p.kind {
		case sheet:
			if v, ok := r.sheet(e, p.id); ok && r.faults() == before {
				c.Sheets = append(c.Sheets, v)
			}
		case dataReturn:
			if v, ok := r.form(e, p.id); ok && r.faults() == before {
				c.Returns = append(c.Returns, v)
			}
		case documentFile:
			if v, ok := r.document(e, p.id); ok && r.faults() == before {
				c.Documents = append(c.Documents, v)
			}
		case newsItem:
			if v, ok := r.news(e, p.id); ok && r.faults() == before {
				c.News = append(c.News, v)
			}
		case resultFile:
			if v, ok := r.result(e, p.id); ok && r.faults() == before {
				c.Results = append(c.Results, v)
			}
		}
	}
	r.exchanged(c)
	r.readdressed(c)
	r.cross(c)
	return c, Sort(r.problems)
}

type commonReader struct {
	*reader
	site   *Site
	events map[string][]event.Event // by record
	taken  map[int]bool             // leaves of the log that an event says were taken
	lying  map[string][]Entry       // attachments by the record's folder
}

// collect reads the events of the records that the listing has, and finds their
// attachments.
func (r *commonReader) collect(l *Listing) {
	ours := map[string]bool{event.Documents: true, event.Accounts: true}
	for _, e := range l.Entries {
		switch p, _ := placeOf(e.Path); p.kind {
		case sheet, dataReturn, documentFile, newsItem, resultFile:
			ours[p.id] = true
		case documentAttachment, resultAttachment:
			dir := path.Dir(e.Path)
			r.lying[dir] = append(r.lying[dir], e)
		}
	}
	for _, e := range l.Entries {
		if !e.IsEvent() {
			continue
		}
		if leaf, kind, ok := event.LeafOf(e.Path); ok && kind != event.Refused {
			r.taken[leaf] = true
		}
		if record, err := r.f.RecordOf(e); err == nil && !ours[record] {
			continue
		}
		if ev, ok := r.event(e.Path); ok && ours[ev.Record] {
			r.events[ev.Record] = append(r.events[ev.Record], ev)
		}
	}
}

// stand folds the record's events and maps its audience. key names the audience
// in the file.
func (r *commonReader) stand(st *Standing, id string, published calendar.Moment, due calendar.Date, audience []string, at reporter) {
	for _, m := range st.fold(published, due, r.events[id]) {
		r.add(m.file, 1, 1, "%s", m.text)
		r.problems[len(r.problems)-1].Warning = true
	}
	st.Roles, st.Unknown = r.site.Vocabulary.RolesFor(audience)
	for _, word := range st.Unknown {
		at.warn(fmt.Sprintf("audience.%d", slices.Index(audience, word)),
			fmt.Sprintf("%q names no role in content/groups.yaml; nobody gets this until it does", word))
	}
	if len(st.Unknown) > 0 {
		st.Held = fmt.Sprintf("%q names no role", strings.Join(st.Unknown, ", "))
	}
}

func (r *commonReader) sheet(e Entry, id string) (v Sheet, ok bool) {
	v.Sheet.ID = id
	front, body, ok := r.markdown(e.Path, &v.Sheet)
	at := r.on(e.Path, front)
	if !ok || !at.format(v.Format) {
		return v, false
	}
	v.Body = body
	v.Check(at.report)
	for i, c := range v.Contacts {
		c.Check(func(key, text string) { at.report(fmt.Sprintf("contacts.%d.%s", i, key), text) })
	}
	r.knownGroup(at, v.Group)
	r.knownSchools(at, v.Schools)
	r.stand(&v.Standing, id, v.Published, v.Due.Date, v.Audience, at)
	return v, true
}

func (r *commonReader) form(e Entry, id string) (v Return, ok bool) {
	v.Form.ID = id
	data, ok := r.yaml(e.Path, &v.Form)
	at := r.on(e.Path, data)
	if !ok || !at.format(v.Format) {
		return v, false
	}
	v.Check(at.report)
	v.Contact.Check(func(key, text string) { at.report("contact."+key, text) })
	r.knownGroup(at, v.Group)
	r.stand(&v.Standing, id, v.Published, v.Due, v.Audience, at)
	return v, true
}

func (r *commonReader) document(e Entry, id string) (v Document, ok bool) {
	v.Document.ID = id
	data, ok := r.yaml(e.Path, &v.Document)
	at := r.on(e.Path, data)
	if !ok || !at.format(v.Format) {
		return v, false
	}
	v.Check(at.report)
	v.Document.Contact.Check(func(key, text string) { at.report("contact."+key, text) })
	r.knownGroup(at, v.Group)
	r.knownSchools(at, v.Schools)
	if _, ok := r.site.Vocabulary.Role(v.Role); !ok && v.Role != "" {
		at.report("role", r.site.Vocabulary.UnknownRole(v.Role))
	}
	if v.Publisher = r.site.Publishers[v.FromID()]; v.Publisher == nil && !r.site.broken[place{kind: publisher, id: v.FromID()}] {
		at.report("from", fmt.Sprintf("no publisher has the id %q in content/publishers/", v.FromID()))
	}
	v.Attached = r.attach(at, "files", fileList(v.Files), r.lying[path.Dir(e.Path)+"/files"])
	r.stand(&v.Standing, id, v.Published, calendar.Date{}, nil, at)
	return v, true
}

func (r *commonReader) news(e Entry, id string) (v News, ok bool) {
	v.Item.ID = id
	front, body, ok := r.markdown(e.Path, &v.Item)
	at := r.on(e.Path, front)
	if !ok || !at.format(v.Format) {
		return v, false
	}
	v.Body = body
	v.Check(at.report)
	r.stand(&v.Standing, id, v.Published, calendar.Date{}, v.Audience, at)
	return v, true
}

func (r *commonReader) result(e Entry, id string) (v Result, ok bool) {
	v.Result.ID = id
	data, ok := r.yaml(e.Path, &v.Result)
	at := r.on(e.Path, data)
	if !ok || !at.format(v.Format) {
		return v, false
	}
	v.Check(at.report)
	for urn := range v.Schools {
		if !r.site.hasSchool(urn) {
			at.report("schools."+urn, fmt.Sprintf("no school has the URN %q in content/schools/", urn))
		}
	}
	v.Attached = r.attach(at, "files", fileList(v.Files), r.lying[path.Dir(e.Path)+"/files"])
	r.stand(&v.Standing, id, v.Release, calendar.Date{}, v.Audience, at)
	return v, true
}

func (r *commonReader) knownGroup(at reporter, id string) {
	if _, ok := r.site.Vocabulary.Group(id); !ok && id != "" {
		at.report("group", fmt.Sprintf("no group has the id %q in content/groups.yaml", id))
	}
}

func (r *commonReader) knownSchools(at reporter, urns []string) {
	for i, urn := range urns {
		if !r.site.hasSchool(urn) {
			at.report(fmt.Sprintf("schools.%d", i), fmt.Sprintf("no school has the URN %q in content/schools/", urn))
		}
	}
}

// exchanged gives what schools sent to services.
func (r *commonReader) exchanged(c *Common) {
	for _, e := range r.events[event.Documents] {
		v := Sent{School: e.School, Account: e.Account, Deposit: e.Deposit, At: e.Time, Leaf: e.Leaf}
		var err error
		if v.Letter, err = r.letter(e.Payload); err != nil {
			r.add(e.File, 1, 1, "%s", err.Error())
			r.problems[len(r.problems)-1].Warning = true
		}
		c.Sent = append(c.Sent, v)
	}
	slices.SortFunc(c.Sent, func(a, b Sent) int { return cmp.Compare(a.Leaf, b.Leaf) })
}

// readdressed gives the last change of each account's address that was taken, and what
// else people sent about accounts.
func (r *commonReader) readdressed(c *Common) {
	c.Readdressed, c.Passkeys = make(map[string]Readdressed), make(map[string]int)
	for _, e := range r.events[event.Accounts] {
		switch e.Kind {
		case event.Refused:
			if !r.taken[e.Leaf] {
				c.Refused = append(c.Refused, Refusal{School: e.School, Account: e.Account, Deposit: e.Deposit, What: e.What, Reason: e.Reason, At: e.Time, Leaf: e.Leaf})
			}
			continue
		case event.Permitted:
			r.permitted(c, Permission{e.For, e.School, access.Area(e.Area), access.Right(e.Right), e.Account, e.Time, e.Deposit, e.Leaf})
			continue
		case event.PasskeyAdded, event.PasskeyRemoved:
			key := e.Account + " " + e.Credential
			c.Passkeys[key] = max(c.Passkeys[key], e.Leaf)
			continue
		}
		if v, ok := c.Readdressed[e.Account]; !ok || v.Leaf < e.Leaf {
			c.Readdressed[e.Account] = Readdressed{Deposit: e.Deposit, Leaf: e.Leaf}
		}
	}
	slices.SortFunc(c.Refused, func(a, b Refusal) int { return cmp.Compare(a.Leaf, b.Leaf) })
}

func (r *commonReader) permitted(c *Common, p Permission) {
	i := slices.IndexFunc(c.Permitted, func(q Permission) bool { return q.Account == p.Account && q.School == p.School && q.Area == p.Area })
	switch {
	case i < 0:
		c.Permitted = append(c.Permitted, p)
	case c.Permitted[i].Leaf < p.Leaf:
		c.Permitted[i] = p
	}
}

func fileList(files []document.File) []named {
	list := make([]named, len(files))
	for i, f := range files {
		list[i] = named{f.File, f.Title}
	}
	return list
}

// cross holds the records against each other: MI numbers are unique, and what a
// sheet names exists.
func (r *commonReader) cross(c *Common) {
	type number struct{ serial, year int }
	first := make(map[number]string)
	for i := range c.Sheets {
		v := &c.Sheets[i]
		file := "content/sheets/" + v.ID[:4] + "/" + v.ID + ".md"
		if serial, year, ok := misheet.ParseNumber(v.Number); ok {
			n := number{serial, year}
			if other, taken := first[n]; taken {
				r.find(file, "number", fmt.Sprintf("the MI number %s is also that of %s; numbers are unique", v.Number, other))
			} else {
				first[n] = v.ID
			}
		}
		if v.Return != "" && !slices.ContainsFunc(c.Returns, func(f Return) bool { return f.ID == v.Return }) {
			r.find(file, "return", fmt.Sprintf("no data return has the id %q in content/returns/", v.Return))
		}
	}
}
