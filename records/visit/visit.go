// Package visit carries a record of visit from draft to finalised (rows
// V01-V34). What a person writes is a Visit; its state is the fold of its
// events (TestVisitLifeCycle). Profiles are data.
package visit

import (
	"time"

	"despatch/records/authority"
	"despatch/records/calendar"
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

// A Status is where a visit stands.
type Status string

// Draft → Submitted → Responded → Finalised where a response is needed, else
// Draft → Published. Withdrawn ends any of them.
const (
	Draft     Status = "draft"
	Submitted Status = "open"
	Responded Status = "responded"
	Finalised Status = "finalised"
	Published Status = "published"
	Withdrawn Status = "withdrawn"
)

// A State is the fold of a visit's events.
type State struct {
	Status      Status
	SubmittedOn calendar.Date
	RespondBy   calendar.Date // as frozen, or moved later
	Sum         []calendar.Date
	Skipped     []calendar.Skip
	Moved       string // why RespondBy moved, or empty
	Judgement   string // accurate, inaccurate, or empty
	RespondedAt time.Time
	Comments    string
	Late        string // a response after finalising, kept as a late comment
	PublishedOn calendar.Date
	FinalisedOn calendar.Date
	Auto        bool // finalised because nothing was received
	Reply       string
	WithdrawnOn calendar.Date
	Reason      string
}
