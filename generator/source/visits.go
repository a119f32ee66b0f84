package source

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"despatch/internal/strictyaml"
	"despatch/records/authority"
	"despatch/records/event"
	"despatch/records/visit"
)

// A Visit is a visit with everything that its page needs.
type Visit struct {
	visit.Visit
	Profile   *visit.Profile
	Publisher *authority.Publisher
	Contact   authority.Contact // its own, else its publisher's, else the portal's first
	State     visit.State
	Files     []Attached
	Subject   string // SHA-256 of its published projection; set by whoever publishes
}

// visitFiles are the entries of one visit.
type visitFiles struct {
	main, report Entry
	attachments  []Entry
	events       []event.Event
}

// Visits reads the visits of one school. files are their visit.yaml, report.md
// and attachments, events the events that are about them. The result is sorted
// by id. A visit with problems that are no warnings is left out, since it cannot
// be told what it would become.
func (f *Folder) Visits(s *Site, files, events []Entry) ([]Visit, []Problem) {
	r := &reader{f: f}
	byID := make(map[string]*visitFiles)
	for _, e := range files {
		p, _ := placeOf(e.Path)
		v := byID[p.id]
		if v == nil {
			v = new(visitFiles)
			byID[p.id] = v
		}
		switch p.kind {
		case visitFile:
			v.main = e
		case visitReport:
			v.report = e
		case visitAttachment:
			v.attachments = append(v.attachments, e)
		}
	}
	for _, e := range events {
		ev, ok := r.event(e.Path)
		if !ok {
			continue
		}
		if v := byID[ev.Record]; v != nil && v.main.Path != "" {
			v.events = append(v.events, r.withPayload(ev))
		} else {
			r.find(e.Path, "record", fmt.Sprintf("no visit has the id %q", ev.Record))
		}
	}
	var visits []Visit
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		if v, ok := s.visit(r, id, byID[id]); ok {
			visits = append(visits, v)
		}
	}
	return visits, Sort(r.problems)
}

// visit reads one visit.
func (s *Site) visit(r *reader, id string, files *visitFiles) (v Visit, ok bool) {
	if files.main.Path == "" {
		r.add("content/visits/"+id[:4]+"/"+id, 0, 0, "the visit has no visit.yaml")
		return v, false
	}
	v.ID = id
	data, ok := r.yaml(files.main.Path, &v.Visit)
	at := r.on(files.main.Path, data)
	if !ok || !at.format(v.Format) {
		return v, false
	}
	before := r.faults()
	s.known(&v, at, data)
	if v.Profile != nil {
		v.Check(v.Profile, at.report, at.warn)
	}
	v.readReport(r, at, files)
	v.CheckWords(at.warn)
	v.Files = r.attach(at, "attachments", v.attachmentList(), files.attachments)
	if v.Profile == nil || v.Publisher == nil {
		return v, false
	}
	var errs []error
	v.State, errs = visit.Fold(v.Profile, files.events)
	for _, err := range errs {
		var m visit.Misfit
		if errors.As(err, &m) {
			r.add(m.File, 1, 1, "%v", m)
			r.problems[len(r.problems)-1].Warning = true
		}
	}
	v.CheckPoints(v.State, at.report, at.warn)
	if len(v.Changes) > 0 && !v.State.Inaccurate() {
		at.warn("changes", "nobody has judged this record inaccurate, so that its changes are shown to nobody")
	}
	return v, r.faults() == before
}

// known finds what the visit names: school, profile, publisher, contact.
func (s *Site) known(v *Visit, at reporter, data []byte) {
	if quicker, err := quick(at.file, data, "school"); err != nil || quicker != v.School {
		at.report("school", "the school's URN must stand on a line of its own at the left edge (as school: \"900001\")")
	} else if !s.hasSchool(v.School) {
		at.report("school", fmt.Sprintf("no school has the URN %q in content/schools/", v.School))
	}
	if v.Profile = s.Profiles[v.Visit.Profile]; v.Profile == nil && !s.broken[place{kind: profile, id: v.Visit.Profile}] {
		at.report("profile", fmt.Sprintf("unknown profile %q (want %s)", v.Visit.Profile, strings.Join(slices.Sorted(maps.Keys(s.Profiles)), ", ")))
	}
	if v.Publisher = s.Publishers[v.PublisherID()]; v.Publisher == nil && !s.broken[place{kind: publisher, id: v.PublisherID()}] {
		at.report("publisher", fmt.Sprintf("unknown publisher %q (want %s)", v.PublisherID(), strings.Join(slices.Sorted(maps.Keys(s.Publishers)), ", ")))
	}
	if v.Profile != nil && v.Publisher != nil && !v.Profile.Admits(v.Publisher.Kind) {
		at.report("publisher", fmt.Sprintf("profile %q is for a publisher of kind %q, but %q is of kind %q", v.Profile.ID, v.Profile.Publisher, v.PublisherID(), v.Publisher.Kind))
	}
	v.Visit.Contact.Check(func(key, text string) { at.report("contact."+key, text) })
	v.Contact = v.Visit.Contact
	if v.Contact.IsZero() && v.Publisher != nil {
		v.Contact = v.Publisher.Contact
	}
	if v.Contact.IsZero() && len(s.Settings.Contacts) > 0 {
		v.Contact = s.Settings.Contacts[0]
	}
	if v.Contact.Name == "" && !v.Visit.Contact.IsZero() {
		v.Contact.Name = v.Responsible
	}
}

// readReport takes the report from visit.yaml or from report.md, never both.
func (v *Visit) readReport(r *reader, at reporter, files *visitFiles) {
	if files.report.Path == "" {
		return
	}
	if strings.TrimSpace(v.Report) != "" {
		at.report("report", "the report is here and in report.md; keep one")
		return
	}
	data, err := r.f.read(files.report.Path, mostText)
	if err != nil {
		r.add(files.report.Path, 0, 0, "%v", err)
		return
	}
	for _, p := range strictyaml.CheckText(data) {
		r.add(files.report.Path, p.Line, p.Column, "%s", p.Text)
	}
	v.Report = strings.ReplaceAll(string(data), "\r\n", "\n")
}

func (v *Visit) attachmentList() []named {
	list := make([]named, len(v.Attachments))
	for i, a := range v.Attachments {
		list[i] = named{a.File, a.Title}
	}
	return list
}

// named is an entry of a record's list of files.
type named struct{ file, title string }

// attach matches the files that a record names with those that lie beside it,
// in the order of the record.
func (r *reader) attach(at reporter, key string, list []named, lying []Entry) []Attached {
	var files []Attached
	used := make(map[string]bool)
	for i, n := range list {
		used[n.file] = true
		j := slices.IndexFunc(lying, func(e Entry) bool { return path.Base(e.Path) == n.file })
		if j < 0 {
			if n.file != "" {
				at.report(fmt.Sprintf("%s.%d.file", key, i), fmt.Sprintf("the file %q is not in %s/; names count letter by letter", n.file, path.Join(path.Dir(at.file), key)))
			}
			continue
		}
		a, err := r.f.attached(lying[j], n.title)
		if err != nil {
			at.report(fmt.Sprintf("%s.%d.file", key, i), err.Error())
			continue
		}
		files = append(files, a)
	}
	for _, e := range lying {
		if !used[path.Base(e.Path)] {
			at.warn(key, fmt.Sprintf("the file %q lies here but is not listed, so it is not sent; list it or take it away", path.Base(e.Path)))
		}
	}
	return files
}

// faults is the number of problems that are no warnings.
func (r *reader) faults() int {
	n := 0
	for _, p := range r.problems {
		if !p.Warning {
			n++
		}
	}
	return n
}
