package visit

import (
	"fmt"
	"slices"
	"strings"
)

// A Profile is a kind of visit: its rules as data (docs/content.md).
type Profile struct {
	ID           string       `yaml:"-"`
	Format       int          `yaml:"format"`
	Version      int          `yaml:"version"`
	Name         string       `yaml:"name"`
	Short        string       `yaml:"short"`
	Publisher    string       `yaml:"publisher"` // authority, trust, any
	Response     string       `yaml:"response"`  // required, none
	WorkingDays  int          `yaml:"working_days"`
	Notify       string       `yaml:"notify"` // immediate, digest
	Graded       bool         `yaml:"graded"`
	Days         Limit        `yaml:"days"`
	People       Limit        `yaml:"people"`
	Notice       string       `yaml:"notice"`
	Areas        []Area       `yaml:"areas"`
	Questions    []Question   `yaml:"questions"`
	Sections     []Section    `yaml:"sections"`
	WordsToAvoid []string     `yaml:"words_to_avoid"`
	Escalation   []Escalation `yaml:"escalation"`
	Letter       string       `yaml:"letter"`
	Note         string       `yaml:"note"`
}

// A Limit has a hard and an advised maximum; 0 is none.
type Limit struct {
	Most   int `yaml:"most"`
	Advise int `yaml:"advise"`
}

// An Area is a part of a profile's scope.
type Area struct {
	ID     string   `yaml:"id"`
	Name   string   `yaml:"name"`
	Topics []string `yaml:"topics"`
}

// A Question is a core question that every visit of the profile asks.
type Question struct {
	ID   string `yaml:"id"`
	Text string `yaml:"text"`
}

// A Section is a part of the record that the school or the adviser writes,
// before or after the visit (row G9).
type Section struct {
	ID     string `yaml:"id"`
	Title  string `yaml:"title"`
	By     string `yaml:"by"`
	Before bool   `yaml:"before"`
}

// An Escalation is a way in which a visit of the profile may be raised.
type Escalation struct {
	ID          string   `yaml:"id"`
	Name        string   `yaml:"name"`
	Triggers    []string `yaml:"triggers"`
	WithinHours int      `yaml:"within_hours"`
	DecidedBy   string   `yaml:"decided_by"`
	CallFirst   string   `yaml:"call_first"`
}

// NeedsResponse reports whether the school answers visits of this profile.
func (p *Profile) NeedsResponse() bool { return p.Response == "required" }

// What a profile's words may be.
const (
	ResponseRequired = "required"
	ResponseNone     = "none"
	NotifyImmediate  = "immediate"
	NotifyDigest     = "digest"
	PublisherAny     = "any"
)

// Admits reports whether a publisher of this kind may write visits of the
// profile.
func (p *Profile) Admits(publisherKind string) bool {
	return p.Publisher == PublisherAny || p.Publisher == publisherKind
}

// Check reports what is wrong with the profile: the key, as areas.0.id, and a
// sentence.
func (p *Profile) Check(report func(key, text string)) {
	if p.Name == "" {
		report("name", "a profile has a name")
	}
	if p.Short == "" {
		report("short", "a profile has a short name: it is the type in lists")
	}
	if p.Version < 1 {
		report("version", fmt.Sprintf("version %d is not a version (want 1 or more)", p.Version))
	}
	oneOf(report, "publisher", p.Publisher, "authority", "trust", PublisherAny)
	oneOf(report, "response", p.Response, ResponseRequired, ResponseNone)
	oneOf(report, "notify", p.Notify, NotifyImmediate, NotifyDigest)
	oneOf(report, "letter", p.Letter, "", "parents")
	if p.NeedsResponse() && (p.WorkingDays < 1 || p.WorkingDays > 366) {
		report("working_days", fmt.Sprintf("a window of %d working days is none (want 1 to 366)", p.WorkingDays))
	}
	if p.Response == ResponseNone && p.WorkingDays != 0 {
		report("working_days", "without a response there is no window: leave working_days out or put 0")
	}
	p.Days.check("days", report)
	p.People.check("people", report)
	p.checkParts(report)
}

func (p *Profile) checkParts(report func(key, text string)) {
	ids := make(map[string]bool)
	for i, a := range p.Areas {
		unique(report, ids, fmt.Sprintf("areas.%d.id", i), a.ID)
	}
	clear(ids)
	for i, q := range p.Questions {
		unique(report, ids, fmt.Sprintf("questions.%d.id", i), q.ID)
	}
	clear(ids)
	for i, s := range p.Sections {
		unique(report, ids, fmt.Sprintf("sections.%d.id", i), s.ID)
		oneOf(report, fmt.Sprintf("sections.%d.by", i), s.By, "school", "adviser")
	}
	clear(ids)
	for i, e := range p.Escalation {
		unique(report, ids, fmt.Sprintf("escalation.%d.id", i), e.ID)
		if e.WithinHours < 0 {
			report(fmt.Sprintf("escalation.%d.within_hours", i), "hours cannot be negative")
		}
	}
}

func (l Limit) check(key string, report func(key, text string)) {
	if l.Most < 0 || l.Advise < 0 {
		report(key, "limits cannot be negative (0 is none)")
	}
	if l.Most > 0 && l.Advise > l.Most {
		report(key+".advise", fmt.Sprintf("advises %d but allows %d at most", l.Advise, l.Most))
	}
}

func (p *Profile) hasArea(id string) bool {
	return slices.ContainsFunc(p.Areas, func(a Area) bool { return a.ID == id })
}

func (p *Profile) hasQuestion(id string) bool {
	return slices.ContainsFunc(p.Questions, func(q Question) bool { return q.ID == id })
}

func oneOf(report func(key, text string), key, word string, want ...string) {
	if slices.Contains(want, word) {
		return
	}
	for i, w := range want {
		if w == "" {
			want[i] = "nothing"
		}
	}
	report(key, fmt.Sprintf("unknown %s %q (want %s)", key[strings.LastIndex(key, ".")+1:], word, strings.Join(want, " or ")))
}

func unique(report func(key, text string), seen map[string]bool, key, id string) {
	switch {
	case id == "":
		report(key, "an id is missing")
	case seen[id]:
		report(key, fmt.Sprintf("the id %q is there twice", id))
	}
	seen[id] = true
}
