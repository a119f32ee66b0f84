package source

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"despatch/records/event"
)

// placeEvent is events/<yyyy>/<mm>/<name>.
func placeEvent(file string, parts []string) (place, string) {
	if len(parts) != 4 || len(parts[1]) != 4 || len(parts[2]) != 2 || strings.Trim(parts[1]+parts[2], "0123456789") != "" {
		return place{}, "events are in events/<year>/<month>/; nothing reads a file here"
	}
	if _, err := event.ParseName(file); err != nil {
		return place{}, err.Error()
	}
	return place{kind: eventFile}, ""
}

// IsEvent reports whether the entry is an event.
func (e Entry) IsEvent() bool { return strings.HasPrefix(e.Path, "events/") }

// VisitID is the id of the visit that the file is a part of: its visit.yaml, its
// report or an attachment. ok is false for any other file.
func (e Entry) VisitID() (id string, ok bool) {
	if p, _ := placeOf(e.Path); p.kind == visitFile || p.kind == visitReport || p.kind == visitAttachment {
		return p.id, true
	}
	return "", false
}

// RecordOf is the id of the record that an event is about, read without parsing
// the file; the strict reading later must agree.
func (f *Folder) RecordOf(e Entry) (record string, err error) {
	if !e.IsEvent() {
		return "", fmt.Errorf("%s is not an event", e.Path)
	}
	data, err := f.read(e.Path, mostText)
	if err != nil {
		return "", err
	}
	return quick(e.Path, data, "record")
}

// SchoolOf is the school of a visit, asked of its visit.yaml, or of the visit
// that an event is about; empty for an event of any other record. It does not
// parse the file; the strict reading later must agree.
func (f *Folder) SchoolOf(e Entry) (school string, err error) {
	file := e.Path
	if e.IsEvent() {
		record, err := f.RecordOf(e)
		if err != nil {
			return "", err
		}
		if len(record) < 4 {
			return "", fmt.Errorf("%s: %q is not a record's id", e.Path, record)
		}
		file = "content/visits/" + record[:4] + "/" + record + "/visit.yaml"
		if _, err := f.root.Lstat(file); err != nil {
			return "", nil
		}
	}
	if p, _ := placeOf(file); p.kind != visitFile {
		return "", fmt.Errorf("%s is neither a visit nor an event", file)
	}
	data, err := f.read(file, mostText)
	if err != nil {
		return "", err
	}
	return quick(file, data, "school")
}

// quick finds the value of a key at the left edge: one word, bare or in quotes.
// Anything more artful is refused, so that it cannot mean something else to the
// strict reading.
func quick(file string, data []byte, key string) (string, error) {
	prefix := []byte(key + ":")
	value, found := "", false
	for line := range bytes.Lines(data) {
		rest, ok := bytes.CutPrefix(line, prefix)
		if !ok {
			continue
		}
		if found {
			return "", fmt.Errorf("%s: the key %q is there twice; keep one", file, key)
		}
		word, comment, _ := strings.Cut(strings.TrimSpace(string(rest)), " ")
		if n := len(word); n > 2 && (word[0] == '"' || word[0] == '\'') && word[n-1] == word[0] {
			word = word[1 : n-1]
		}
		if c := strings.TrimSpace(comment); !isSlug(word) || c != "" && c[0] != '#' {
			return "", fmt.Errorf("%s: %s is not one plain word (want one like %s: 900001)", file, key, key)
		}
		value, found = word, true
	}
	if !found {
		return "", fmt.Errorf("%s: no line starts with %s: (it must stand at the left edge)", file, key)
	}
	return value, nil
}

// event reads one event. ok says that it may be folded.
func (r *reader) event(file string) (e event.Event, ok bool) {
	data, ok := r.yaml(file, &e)
	if !ok {
		return e, false
	}
	e.File = file
	at := r.on(file, data)
	if !at.format(e.Format) {
		return e, false
	}
	before := len(r.problems)
	e.Check(at.report)
	if kind, err := event.ParseName(file); err == nil && kind != e.Kind {
		at.report("kind", fmt.Sprintf("the kind is %q but the file's name says %q", e.Kind, kind))
	}
	if year, month, _ := strings.Cut(strings.TrimPrefix(path.Dir(file), "events/"), "/"); e.Time.UTC().Format("2006 01") != year+" "+month {
		at.report("time", fmt.Sprintf("the time is %s but the file is in events/%s/%s", e.Time.UTC().Format("2006-01-02"), year, month))
	}
	if quicker, err := quick(file, data, "record"); err != nil || quicker != e.Record {
		at.report("record", "the record's id must stand on a line of its own at the left edge")
	}
	// What a school sent counts even where something about it is wrong: nothing accepted is lost.
	return e, len(r.problems) == before || e.Kind == event.Responded || e.Kind == event.Returned || e.Kind == event.Sent
}

// Event reads one event strictly, with what a school sent where the event stands
// for it.
func (f *Folder) Event(e Entry) (event.Event, error) {
	r := &reader{f: f}
	v, ok := r.event(e.Path)
	if ok {
		v = r.withPayload(v)
	}
	if len(r.problems) > 0 {
		return v, fmt.Errorf("%s", Sort(r.problems)[0])
	}
	return v, nil
}
