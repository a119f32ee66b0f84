// Package visit carries a record of visit from draft to finalised (rows
// V01-V34). What a person writes is a Visit; its state is the fold of its
// events (TestVisitLifeCycle). Profiles are data.
package visit

import (
	"cmp"
	"fmt"
	"strings"

	"despatch/records/authority"
	"despatch/records/calendar"
)

// A Visit is visit.yaml with its report.
type Visit struct {
	ID                string            `yaml:"-"` // name of its folder
	Format            int               `yaml:"format"`
	Profile           string            `yaml:"profile"`
	ProfileVersion    int               `yaml:"profile_version"`
	School            string            `yaml:"school"`
	Date              calendar.Date     `yaml:"date"`
	Title             string            `yaml:"title"`
	Focus             string            `yaml:"focus"`
	Category          string            `yaml:"category"`
	CategoryOfConcern string            `yaml:"category_of_concern"`
	Grade             string            `yaml:"grade"`
	Responsible       string            `yaml:"responsible"`
	Contact           authority.Contact `yaml:"contact"`
	Publisher         string            `yaml:"publisher"`
	Visitors          []string          `yaml:"visitors"`
	Attachments       []Attachment      `yaml:"attachments"`
	Findings          []Finding         `yaml:"findings"`
	Answers           []Answer          `yaml:"answers"`
	Changes           []Change          `yaml:"changes,omitempty"`
	Notes             string            `yaml:"notes"`
	Report            string            `yaml:"report"` // Markdown
}

// An Attachment is a file in attachments/ beside visit.yaml.
type Attachment struct {
	File  string `yaml:"file"`
	Title string `yaml:"title"`
}

// A Finding is what was found in one area of the profile.
type Finding struct {
	Area string `yaml:"area"`
	Text string `yaml:"text"`
}

// An Answer is a leader's answer to a core question.
type Answer struct {
	Question string `yaml:"question"`
	Text     string `yaml:"text"`
}

// Name is the title of the visit: as written, or made of profile and focus,
// which is not said again where it is the profile's own name.
func (v *Visit) Name(p *Profile) string {
	if v.Title != "" {
		return v.Title
	}
	if v.Focus == "" || strings.EqualFold(v.Focus, p.Name) {
		return p.Name
	}
	return p.Name + ": " + v.Focus
}

// PublisherID is the publisher's id, the authority's own where none is written.
func (v *Visit) PublisherID() string { return cmp.Or(v.Publisher, authority.PublisherAuthority) }

// Check reports what is wrong with the visit as a visit of its profile: the
// key, as findings.0.area, and a sentence. What only deserves a second look
// goes to warn.
func (v *Visit) Check(p *Profile, report, warn func(key, text string)) {
	if v.Date.IsZero() {
		report("date", "a visit has a date (want one like 2026-11-03)")
	}
	if strings.TrimSpace(v.Responsible) == "" {
		report("responsible", "a visit names who is responsible")
	}
	if v.ProfileVersion < 0 || v.ProfileVersion > p.Version {
		report("profile_version", fmt.Sprintf("profile %q has no version %d (its version is %d)", p.ID, v.ProfileVersion, p.Version))
	}
	v.checkGrade(p, report)
	v.checkScope(p, report, warn)
	v.checkChanges(p, report)
	files := make(map[string]bool)
	for i, a := range v.Attachments {
		key := fmt.Sprintf("attachments.%d.file", i)
		switch {
		case a.File == "":
			report(key, "an attachment names its file")
		case files[a.File]:
			report(key, fmt.Sprintf("%q is attached twice", a.File))
		}
		files[a.File] = true
	}
	if n := len(v.Visitors); p.People.Most > 0 && n > p.People.Most {
		report("visitors", fmt.Sprintf("%d visitors are more than profile %q allows (%d)", n, p.ID, p.People.Most))
	} else if p.People.Advise > 0 && n > p.People.Advise {
		warn("visitors", fmt.Sprintf("%d visitors are more than profile %q advises (%d)", n, p.ID, p.People.Advise))
	}
}

// checkScope looks at findings and answers: outside the profile's areas they
// are flagged, and evaluative words warn.
func (v *Visit) checkScope(p *Profile, report, warn func(key, text string)) {
	for i, f := range v.Findings {
		key := fmt.Sprintf("findings.%d.", i)
		if f.Text == "" {
			report(key+"text", "a finding says what was found")
		}
		if !p.hasArea(f.Area) {
			warn(key+"area", fmt.Sprintf("area %q is outside the scope of profile %q", f.Area, p.ID))
		}
		for _, w := range p.WordsToAvoid {
			if containsWord(f.Text, w) {
				warn(key+"text", fmt.Sprintf("%q judges; findings of profile %q say what was seen", w, p.ID))
			}
		}
	}
	for i, a := range v.Answers {
		if !p.hasQuestion(a.Question) {
			report(fmt.Sprintf("answers.%d.question", i), fmt.Sprintf("profile %q has no question %q", p.ID, a.Question))
		}
	}
}

// containsWord reports whether text has the word or phrase, in any case, not as
// a part of a longer word.
func containsWord(text, word string) bool {
	text, word = strings.ToLower(text), strings.ToLower(word)
	letter := func(s string) bool { return s != "" && (s[0] >= 'a' && s[0] <= 'z' || s[0] >= 0x80) }
	for from := 0; word != ""; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		at, end := from+i, from+i+len(word)
		if (at == 0 || !letter(text[at-1:])) && !letter(text[end:]) {
			return true
		}
		from = at + 1
	}
	return false
}
