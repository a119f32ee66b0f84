// Package authority describes the site: the authority whose portal it is, its
// publishers, contacts and switches. It is what despatch.yaml and
// content/publishers say (docs/content.md).
package authority

import (
	"cmp"
	"strings"

	"despatch/records/calendar"
)

// Settings is despatch.yaml.
type Settings struct {
	Format    int `yaml:"format"`
	Authority struct {
		Name  string `yaml:"name"`
		Short string `yaml:"short"`
		Code  string `yaml:"code"` // DfE number, three digits
	} `yaml:"authority"`
	Portal struct {
		Name      string `yaml:"name"`
		Address   string `yaml:"address"`   // origin of the portal
		Box       string `yaml:"box"`       // origin of the drop-box, or empty
		Published string `yaml:"published"` // folder or bucket that deploy copies to, or empty
	} `yaml:"portal"`
	Helpline      Helpline           `yaml:"helpline"`
	Contacts      []Contact          `yaml:"contacts"`
	Accessibility Accessibility      `yaml:"accessibility"`
	Privacy       Privacy            `yaml:"privacy"`
	Security      Security           `yaml:"security"`
	Modules       map[Module]bool    `yaml:"modules"`
	Theme         Theme              `yaml:"theme"`
	Timestamps    Timestamps         `yaml:"timestamps,omitempty"`
	Mail          Mail               `yaml:"mail,omitempty"`
	Closures      []calendar.Closure `yaml:"closures"`
	Services      []Service          `yaml:"services,omitempty"`
	Sending       Sending            `yaml:"sending,omitempty"`
}

// IsBucket tells a bucket from a folder in what portal.published names.
func IsBucket(published string) bool { return strings.HasPrefix(published, "s3://") }

// A Service is one to which schools send documents (row P09). Whoever changes one
// decides what its officers see of what schools choose to send.
type Service struct {
	ID      string   `yaml:"id"`
	Name    string   `yaml:"name"`
	Takes   string   `yaml:"takes,omitempty"`      // what to send, in words
	Types   []string `yaml:"types,omitempty,flow"` // endings that it takes; none: all that are taken
	Contact Contact  `yaml:"contact"`              // who receives
}

// Sending holds the limits of the drop-box for schools and accounts, in MiB a day;
// nothing written: DefaultSchoolMiB and DefaultAccountMiB. Whoever raises them lets an
// account fill the box's disk sooner.
type Sending struct {
	School  int `yaml:"school_mib_a_day,omitempty"`
	Account int `yaml:"account_mib_a_day,omitempty"`
}

// The limits where nothing is written: two deposits of the largest size that a
// drop-box takes by itself (2 GiB), and twice that for a school.
const (
	DefaultAccountMiB = 4 << 10
	DefaultSchoolMiB  = 8 << 10
	mostMiB           = 1 << 20 // as docs/formats.md section 16 has it
)

// SchoolMiB is the limit of one school.
func (s Sending) SchoolMiB() int { return cmp.Or(s.School, DefaultSchoolMiB) }

// AccountMiB is that of one account.
func (s Sending) AccountMiB() int { return cmp.Or(s.Account, DefaultAccountMiB) }

// A Helpline has two numbers; From and To are the office hours as 08:30.
type Helpline struct {
	OfficeHours string `yaml:"office_hours"`
	OutOfHours  string `yaml:"out_of_hours"`
	From        string `yaml:"from"`
	To          string `yaml:"to"`
}

// A Theme is the authority's colour, as #1d3c6e. White text on it reaches 4.5:1.
type Theme struct {
	Brand    string `yaml:"brand"`
	LogoText string `yaml:"logo_text,omitempty"` // what content/logo.png shows, in words
}

// Timestamps name the time-stamping authority (RFC 3161) that stamps signed PDFs
// and archives. Whoever changes it learns hashes, and can refuse.
type Timestamps struct {
	Server string `yaml:"server"` // its address, or empty: none
}

// A Module is a part of the portal that can be switched off. The last four are
// named because the fuller edition has them (row P33); they build nothing here.
type Module string

// The modules.
const (
	Visits                Module = "visits"
	Sheets                Module = "sheets"
	Returns               Module = "returns"
	Documents             Module = "documents"
	News                  Module = "news"
	Results               Module = "results"
	SelfEvaluation        Module = "self_evaluation"
	PerformanceManagement Module = "performance_management"
	ProfessionalStandards Module = "professional_standards"
	LessonObservations    Module = "lesson_observations"
)

// A Publisher writes visits and documents: the authority itself, or a trust.
type Publisher struct {
	ID      string  `yaml:"-"` // name of its file
	Format  int     `yaml:"format"`
	Name    string  `yaml:"name"`
	Kind    string  `yaml:"kind"` // PublisherAuthority or PublisherTrust
	Premium bool    `yaml:"premium"`
	Contact Contact `yaml:"contact"`
}

// The kinds of publisher, and the id of the authority's own.
const (
	PublisherAuthority = "authority"
	PublisherTrust     = "trust"
)
