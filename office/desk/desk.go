// Package desk is what an officer does with records: make one, submit,
// publish, finalise or withdraw it, list what waits, ask who would see it.
//
// It writes new files and events under docs/content.md and never changes a file
// that a person wrote. An event that would not fit its record's state is
// refused before it is written, by the very fold that reads it later
// (TestEventThatDoesNotFitIsNeverWritten). The same content at the same time
// gives the same file.
package desk

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"time"

	"despatch/generator/source"
	"despatch/internal/durable"
	"despatch/internal/strictyaml"
	"despatch/records/event"
)

// A Desk is an authority's folder as it was when it was opened, and who sits
// at it.
type Desk struct {
	dir     string
	now     time.Time
	by      string
	folder  *source.Folder
	listing *source.Listing
	site    *source.Site
	faults  []source.Problem // of what is there once; warnings left out
	records []Record

	// Progress is told how far a longer list is; nil: nobody is.
	Progress func(done, total int, what string)
}

func (d *Desk) progress(done, total int, what string) {
	if d.Progress != nil {
		d.Progress(done, total, what)
	}
}

// A Record is one record and where its own file is.
type Record struct {
	ID   string
	Kind string // visit, sheet, return, document, news, result
	Path string
}

// A Refusal is an act that the record's state does not allow. Hint, where it is
// not empty, is the command or act that does what may have been meant.
type Refusal struct {
	Text string
	Hint string
}

func (r Refusal) Error() string { return r.Text }

func refuse(hint, format string, args ...any) error {
	return Refusal{Text: fmt.Sprintf(format, args...), Hint: hint}
}

// Open opens the authority's folder for acts at the time now by the person
// named by.
func Open(dir string, now time.Time, by string) (*Desk, error) {
	folder, err := source.Open(dir)
	if err != nil {
		return nil, err
	}
	d := &Desk{dir: dir, now: now.UTC().Truncate(time.Second), by: by, folder: folder}
	if err := d.read(); err != nil {
		folder.Close()
		return nil, err
	}
	return d, nil
}

// Close lets go of the folder.
func (d *Desk) Close() error { return d.folder.Close() }

func (d *Desk) read() error {
	var err error
	if d.listing, _, err = d.folder.Scan(); err != nil {
		return err
	}
	var problems []source.Problem
	d.site, problems = d.folder.Site(d.listing)
	d.faults = faults(problems)
	for _, e := range d.listing.Entries {
		if r, ok := recordOf(e.Path); ok {
			d.records = append(d.records, r)
		}
	}
	return nil
}

func faults(problems []source.Problem) []source.Problem {
	var all []source.Problem
	for _, p := range problems {
		if !p.Warning {
			all = append(all, p)
		}
	}
	return all
}

// kinds are the folders of content/ that hold records, and the record's own
// file in them.
func kinds() map[string]struct{ kind, file string } {
	return map[string]struct{ kind, file string }{
		"visits":    {"visit", "visit.yaml"},
		"documents": {"document", "document.yaml"},
		"results":   {"result", "result.yaml"},
		"sheets":    {"sheet", ".md"},
		"news":      {"news", ".md"},
		"returns":   {"return", ".yaml"},
	}
}

// recordOf reads a path of the listing as a record's own file.
func recordOf(file string) (Record, bool) {
	parts := strings.Split(file, "/")
	if len(parts) < 4 || parts[0] != "content" {
		return Record{}, false
	}
	k, ok := kinds()[parts[1]]
	if !ok {
		return Record{}, false
	}
	if len(parts) == 5 {
		return Record{parts[3], k.kind, file}, parts[4] == k.file
	}
	id, ok := strings.CutSuffix(parts[3], k.file)
	return Record{id, k.kind, file}, ok && len(parts) == 4
}

// Find finds the one record that a person means: by its id, the start of it,
// or words of its slug.
func (d *Desk) Find(said string) (Record, error) {
	said = strings.ToLower(strings.TrimSpace(said))
	var starts []Record
	for _, r := range d.records {
		if r.ID == said {
			return r, nil
		}
		if said != "" && (strings.HasPrefix(r.ID, said) || strings.Contains("-"+slugOf(r.ID), "-"+said)) {
			starts = append(starts, r)
		}
	}
	switch len(starts) {
	case 1:
		return starts[0], nil
	case 0:
		return Record{}, refuse("despatch list drafts", "no record has the id %q and none begins so or has these words", said)
	}
	var ids []string
	for _, r := range starts[:min(len(starts), 5)] {
		ids = append(ids, r.ID)
	}
	if len(starts) > len(ids) {
		ids = append(ids, fmt.Sprintf("%d more", len(starts)-len(ids)))
	}
	return Record{}, refuse("say more of its id", "%q may be any of %s", said, strings.Join(ids, ", "))
}

// slugOf is the part of an id after its date and its four characters.
func slugOf(id string) string {
	const before = len("2026-11-03-k7q2-")
	if len(id) <= before {
		return ""
	}
	return id[before:]
}

// blocked is the error for problems in the files that an act depends on: what
// is there once, and the record's own.
func (d *Desk) blocked(problems []source.Problem, files ...string) error {
	var bad []string
	for _, p := range append(faults(problems), d.faults...) {
		for _, f := range append(files, "despatch.yaml", "content/groups.yaml", "content/profiles/", "content/publishers/") {
			if strings.HasPrefix(p.File, f) {
				bad = append(bad, p.String())
				break
			}
		}
	}
	switch len(bad) {
	case 0:
		return nil
	case 1:
		return refuse("despatch check", "%s", bad[0])
	}
	return refuse("despatch check", "%s (and %d more problems)", bad[0], len(bad)-1)
}

// events reads the events of a record.
func (d *Desk) events(id string) ([]event.Event, error) {
	entries, err := d.eventEntries(id)
	if err != nil {
		return nil, err
	}
	var all []event.Event
	for _, e := range entries {
		data, err := d.folder.ReadFile(e.Path)
		if err != nil {
			return nil, err
		}
		ev := event.Event{File: e.Path}
		if problems := strictyaml.Decode(data, &ev); len(problems) > 0 {
			p := problems[0]
			return nil, refuse("despatch check", "%s:%d:%d: %s", e.Path, p.Line, p.Column, p.Text)
		}
		all = append(all, ev)
	}
	return all, nil
}

func (d *Desk) eventEntries(id string) ([]source.Entry, error) {
	var mine []source.Entry
	for _, e := range d.listing.Entries {
		if !e.IsEvent() {
			continue
		}
		record, err := d.folder.RecordOf(e)
		if err != nil {
			return nil, refuse("despatch check", "%v", err)
		}
		if record == id {
			mine = append(mine, e)
		}
	}
	return mine, nil
}

// visit reads one visit with its state.
func (d *Desk) visit(r Record) (*source.Visit, error) {
	var files []source.Entry
	for _, e := range d.listing.Entries {
		if id, ok := e.VisitID(); ok && id == r.ID {
			files = append(files, e)
		}
	}
	events, err := d.eventEntries(r.ID)
	if err != nil {
		return nil, err
	}
	visits, problems := d.folder.Visits(d.site, files, events)
	if err := d.blocked(problems, path.Dir(r.Path), "events/"); err != nil {
		return nil, err
	}
	if len(visits) != 1 {
		return nil, refuse("despatch check", "%s cannot be read", r.Path)
	}
	return &visits[0], nil
}

// write writes an event and gives its path. Everything about it must fit.
func (d *Desk) write(e event.Event) (string, error) {
	file, data, err := d.prepare(&e)
	if err != nil {
		return "", err
	}
	full := filepath.Join(d.dir, filepath.FromSlash(file))
	if err := durable.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return "", err
	}
	if err := durable.WriteNew(full, data, 0o644); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return file, nil
}

// prepare completes an event and checks it alone. Its time is now unless it has
// one.
func (d *Desk) prepare(e *event.Event) (file string, data []byte, err error) {
	e.Format, e.By = 1, d.by
	if e.Time.IsZero() {
		e.Time = d.now
	}
	e.Check(func(_, text string) {
		if err == nil {
			err = refuse("", "%s", text)
		}
	})
	if err != nil {
		return "", nil, err
	}
	if data, err = strictyaml.Encode(e); err != nil {
		return "", nil, err
	}
	return event.Path(e.Kind, e.Time, data), data, nil
}

// soon is how far ahead of now the last event of a record may be for the next to
// follow it: as much as acts in quick succession come to. Beyond that a clock is
// wrong, and the fold says that the event does not fit.
const soon = time.Minute

// after is when an act happens that follows those before: a second after the
// last one where that was in this very second, for events of one second would be
// put into the order of their names.
func (d *Desk) after(before []event.Event) time.Time {
	at := d.now
	for _, e := range before {
		if !e.Time.Before(at) && e.Time.Before(d.now.Add(soon)) {
			at = e.Time.Add(time.Second)
		}
	}
	return at
}
