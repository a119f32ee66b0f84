package gias

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"despatch/internal/durable"
	"despatch/internal/strictyaml"
	"despatch/records/calendar"
	"despatch/records/school"
)

// A Report says what an import did.
type Report struct {
	Added     []string // URN and name
	Changed   []Change
	Closed    []string // URN and name of schools that were open before
	Unchanged int
	Missing   []string // URN of schools of the same authorities that the file does not have
}

// A Change is one value of one school that is another now. Old or New is empty
// where there is none.
type Change struct {
	URN, Name string
	Key       string
	Old, New  string
}

// own is what an import writes and updates: all of a school's keys that are
// the register's, in their order.
type own struct {
	Format     int            `yaml:"format"`
	URN        string         `yaml:"urn"`
	LAEstab    string         `yaml:"laestab"`
	UKPRN      string         `yaml:"ukprn"`
	Name       string         `yaml:"name"`
	Phase      string         `yaml:"phase"`
	Type       string         `yaml:"type"`
	TypeGroup  string         `yaml:"type_group"`
	Status     school.Status  `yaml:"status"`
	Opened     calendar.Date  `yaml:"opened"`
	Closed     calendar.Date  `yaml:"closed"`
	Trust      string         `yaml:"trust"`
	Federation string         `yaml:"federation"`
	AgeLow     string         `yaml:"age_low"`
	AgeHigh    string         `yaml:"age_high"`
	Pupils     string         `yaml:"pupils"`
	Address    school.Address `yaml:"address"`
}

// below ends a new file, for the person who opens it.
const below = "# below: your own (publisher, tags, key_contact); imports never touch what you add\n"

// A value is one of the register's keys of a school, as text.
type value struct{ key, text string }

func values(s *school.School) []value {
	return []value{
		{"laestab", s.LAEstab},
		{"ukprn", s.UKPRN},
		{"name", s.Name},
		{"phase", s.Phase},
		{"type", s.Type},
		{"type_group", s.TypeGroup},
		{"status", string(s.Status)},
		{"opened", s.Opened.String()},
		{"closed", s.Closed.String()},
		{"trust", s.Trust},
		{"federation", s.Federation},
		{"age_low", s.AgeLow},
		{"age_high", s.AgeHigh},
		{"pupils", s.Pupils},
		{"address.street", s.Address.Street},
		{"address.locality", s.Address.Locality},
		{"address.town", s.Address.Town},
		{"address.county", s.Address.County},
		{"address.postcode", s.Address.Postcode},
	}
}

// An outcome is what the import of one school comes to.
type outcome struct {
	path    string
	data    []byte // what to write; nil: nothing
	added   bool
	closed  bool
	changes []Change
	err     error
}

// Import writes the schools into the authority's folder dir. Every file that is
// there already is read and changed in memory first: where one cannot be, the
// error says which and nothing is written. A school whose values are the same
// is not written at all. Files wait for the disk together, at the end: a power
// cut before that may leave some out or empty, and the same import again writes
// them (TestEmptyFileIsWrittenAnew). progress, which may be nil, is told how far
// the work is.
func Import(dir string, schools []school.School, progress func(done, total int, what string)) (Report, error) {
	folder := filepath.Join(dir, "content", "schools")
	outcomes := make([]outcome, len(schools))
	err := each(len(schools), "schools compared", progress, func(i int) error {
		outcomes[i] = compare(folder, &schools[i])
		return nil
	})
	if err != nil {
		return Report{}, err
	}
	var report Report
	var write []outcome
	var bad []error
	for i, o := range outcomes {
		name := schools[i].URN + " " + schools[i].Name
		switch {
		case o.err != nil:
			bad = append(bad, fmt.Errorf("content/schools/%s.yaml: %w", schools[i].URN, o.err))
		case o.data == nil:
			report.Unchanged++
		default:
			write = append(write, o)
		}
		if o.added {
			report.Added = append(report.Added, name)
		}
		if o.closed {
			report.Closed = append(report.Closed, name)
		}
		report.Changed = append(report.Changed, o.changes...)
	}
	if len(bad) > 0 {
		return Report{}, errors.Join(bad...)
	}
	if err := report.findMissing(folder, schools); err != nil {
		return Report{}, err
	}
	if len(write) == 0 {
		return report, nil
	}
	if err := durable.MkdirAll(folder, 0o755); err != nil {
		return Report{}, err
	}
	var bulk durable.Bulk
	err = each(len(write), "schools written", progress, func(i int) error {
		return bulk.WriteFile(write[i].path, write[i].data, 0o644)
	})
	return report, errors.Join(err, bulk.Sync())
}

// compare reads a school's file, where there is one, and says what it becomes.
// A file as an import writes it is told by its bytes; only what people touched
// is parsed. An empty one, as a power cut may leave it, is not there.
func compare(folder string, s *school.School) outcome {
	o := outcome{path: filepath.Join(folder, s.URN+".yaml")}
	old, err := os.ReadFile(o.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		o.err = err
		return o
	}
	fresh, err := create(s)
	switch {
	case err != nil:
		o.err = err
	case len(old) == 0:
		o.data, o.added = fresh, true
	case !bytes.Equal(old, fresh):
		o.update(old, s)
	}
	return o
}

func create(s *school.School) ([]byte, error) {
	data, err := strictyaml.Encode(own{
		Format: s.Format, URN: s.URN, LAEstab: s.LAEstab, UKPRN: s.UKPRN, Name: s.Name, Phase: s.Phase, Type: s.Type,
		TypeGroup: s.TypeGroup, Status: s.Status, Opened: s.Opened, Closed: s.Closed, Trust: s.Trust,
		Federation: s.Federation, AgeLow: s.AgeLow, AgeHigh: s.AgeHigh, Pupils: s.Pupils, Address: s.Address,
	})
	return append(data, below...), err
}

// update changes what is another now and notes it; data stays nil where nothing
// is.
func (o *outcome) update(old []byte, s *school.School) {
	var before school.School
	if problems := strictyaml.Decode(old, &before); len(problems) > 0 {
		p := problems[0]
		o.err = fmt.Errorf("%d:%d: %s", p.Line, p.Column, p.Text)
		return
	}
	if before.URN != s.URN {
		o.err = fmt.Errorf("the file says that its URN is %q", before.URN)
		return
	}
	var set []strictyaml.Change
	was := values(&before)
	for i, now := range values(s) {
		if was[i].text == now.text {
			continue
		}
		o.changes = append(o.changes, Change{URN: s.URN, Name: s.Name, Key: now.key, Old: was[i].text, New: now.text})
		set = append(set, strictyaml.Change{Path: strings.Split(now.key, "."), Value: typed(now)})
	}
	if len(set) == 0 {
		return
	}
	o.closed = s.Status == school.Closed && before.Status != school.Closed
	o.data, o.err = strictyaml.Edit(old, set)
}

// typed is a value as it is written: a date without quotes, nothing where the
// register has none.
func typed(v value) any {
	if v.text == "" {
		return nil
	}
	if date, err := calendar.Parse(v.text); err == nil && (v.key == "opened" || v.key == "closed") {
		return date
	}
	return v.text
}

// findMissing notes the schools of the same authorities that the file does not
// have. They stay as they are: a school that closes stays in the register.
func (r *Report) findMissing(folder string, schools []school.School) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the folder of schools: %w", err)
	}
	urns, authorities := make(map[string]bool), make(map[string]bool)
	for _, s := range schools {
		urns[s.URN] = true
		if s.LAEstab != "" {
			authorities[s.LAEstab[:3]] = true
		}
	}
	for _, e := range entries {
		urn, ok := strings.CutSuffix(e.Name(), ".yaml")
		if !ok || urns[urn] {
			continue
		}
		data, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return fmt.Errorf("read a school: %w", err)
		}
		var s school.School
		if len(strictyaml.Decode(data, &s)) == 0 && len(s.LAEstab) == 7 && authorities[s.LAEstab[:3]] {
			r.Missing = append(r.Missing, urn)
		}
	}
	slices.Sort(r.Missing)
	return nil
}

// each does the work for 0 to n-1, on all processors, and gives the first error.
// progress is told from one goroutine.
func each(n int, what string, progress func(done, total int, what string), work func(i int) error) error {
	workers := runtime.GOMAXPROCS(0)
	results := make(chan error, 64)
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := w; i < n; i += workers {
				results <- work(i)
			}
		})
	}
	go func() { wait.Wait(); close(results) }()
	var first error
	done := 0
	for err := range results {
		if first == nil {
			first = err
		}
		if done++; progress != nil {
			progress(done, n, what)
		}
	}
	return first
}
