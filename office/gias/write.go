package gias

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// A file is what one school's file becomes.
type file struct {
	path string
	data []byte
}

// Import writes the schools into the authority's folder dir. Every file that is
// there already is read and changed in memory first: where one cannot be, the
// error says which and nothing is written. A school whose values are the same
// is not written at all. progress, which may be nil, is told how many files are
// written.
func Import(dir string, schools []school.School, progress func(done, total int, what string)) (Report, error) {
	folder := filepath.Join(dir, "content", "schools")
	var report Report
	var files []file
	var bad []error
	for i := range schools {
		s := &schools[i]
		f := file{path: filepath.Join(folder, s.URN+".yaml")}
		old, err := os.ReadFile(f.path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			f.data, err = create(s)
			report.Added = append(report.Added, s.URN+" "+s.Name)
		case err == nil:
			f.data, err = report.update(old, s)
		}
		if err != nil {
			bad = append(bad, fmt.Errorf("content/schools/%s.yaml: %w", s.URN, err))
		} else if f.data != nil {
			files = append(files, f)
		}
	}
	if len(bad) > 0 {
		return Report{}, errors.Join(bad...)
	}
	if err := report.findMissing(folder, schools); err != nil {
		return Report{}, err
	}
	if len(files) == 0 {
		return report, nil
	}
	if err := durable.MkdirAll(folder, 0o755); err != nil {
		return Report{}, err
	}
	return report, writeAll(files, progress)
}

func create(s *school.School) ([]byte, error) {
	data, err := strictyaml.Encode(own{
		Format: s.Format, URN: s.URN, LAEstab: s.LAEstab, UKPRN: s.UKPRN, Name: s.Name, Phase: s.Phase, Type: s.Type,
		TypeGroup: s.TypeGroup, Status: s.Status, Opened: s.Opened, Closed: s.Closed, Trust: s.Trust,
		Federation: s.Federation, AgeLow: s.AgeLow, AgeHigh: s.AgeHigh, Pupils: s.Pupils, Address: s.Address,
	})
	return append(data, below...), err
}

// update changes what is another now and notes it; it returns nil where nothing
// is.
func (r *Report) update(old []byte, s *school.School) ([]byte, error) {
	var before school.School
	if problems := strictyaml.Decode(old, &before); len(problems) > 0 {
		p := problems[0]
		return nil, fmt.Errorf("%d:%d: %s", p.Line, p.Column, p.Text)
	}
	if before.URN != s.URN {
		return nil, fmt.Errorf("the file says that its URN is %q", before.URN)
	}
	var set []strictyaml.Change
	was := values(&before)
	for i, now := range values(s) {
		if was[i].text == now.text {
			continue
		}
		r.Changed = append(r.Changed, Change{URN: s.URN, Name: s.Name, Key: now.key, Old: was[i].text, New: now.text})
		set = append(set, strictyaml.Change{Path: strings.Split(now.key, "."), Value: typed(now)})
	}
	if len(set) == 0 {
		r.Unchanged++
		return nil, nil
	}
	if s.Status == school.Closed && before.Status != school.Closed {
		r.Closed = append(r.Closed, s.URN+" "+s.Name)
	}
	return strictyaml.Edit(old, set)
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

// writeAll writes the files, a few at a time: each waits for the disk.
func writeAll(files []file, progress func(done, total int, what string)) error {
	const writers = 16
	var batch durable.Batch
	var wait sync.WaitGroup
	written := make(chan error, writers)
	for w := range writers {
		wait.Go(func() {
			for i := w; i < len(files); i += writers {
				written <- batch.WriteFile(files[i].path, files[i].data, 0o644)
			}
		})
	}
	go func() { wait.Wait(); close(written) }()
	var first error
	done := 0
	for err := range written {
		if first == nil {
			first = err
		}
		if done++; progress != nil {
			progress(done, len(files), "schools")
		}
	}
	return errors.Join(first, batch.Sync())
}
