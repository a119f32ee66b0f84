// Package school describes a school as the DfE's register (GIAS) does, with
// what the authority's officers added. It knows no files.
package school

import (
	"fmt"
	"slices"
	"strings"

	"despatch/records/authority"
	"despatch/records/calendar"
)

// A School is one school. Key is its URN and the name of its file; the LAEstab
// is the three digits of the authority and the four of the establishment. All
// numbers are text: leading zeros count.
type School struct {
	Format     int               `yaml:"format"`
	URN        string            `yaml:"urn"`
	LAEstab    string            `yaml:"laestab"`
	UKPRN      string            `yaml:"ukprn"`
	Name       string            `yaml:"name"`
	Phase      string            `yaml:"phase"`
	Type       string            `yaml:"type"`
	TypeGroup  string            `yaml:"type_group"`
	Status     Status            `yaml:"status"`
	Opened     calendar.Date     `yaml:"opened"`
	Closed     calendar.Date     `yaml:"closed"`
	Trust      string            `yaml:"trust"`
	Federation string            `yaml:"federation"`
	AgeLow     string            `yaml:"age_low"`
	AgeHigh    string            `yaml:"age_high"`
	Pupils     string            `yaml:"pupils"`
	Address    Address           `yaml:"address"`
	Publisher  string            `yaml:"publisher"` // id of the trust whose visits it sees
	Tags       []string          `yaml:"tags"`
	KeyContact authority.Contact `yaml:"key_contact"`
}

// An Address is a postal address.
type Address struct {
	Street   string `yaml:"street"`
	Locality string `yaml:"locality"`
	Town     string `yaml:"town"`
	County   string `yaml:"county"`
	Postcode string `yaml:"postcode"`
}

// A Status is the register's word for a school's state.
type Status string

// The register's four states.
const (
	Open            Status = "Open"
	ProposedToClose Status = "Open, but proposed to close"
	ProposedToOpen  Status = "Proposed to open"
	Closed          Status = "Closed"
)

// Statuses are the four states in the register's words.
func Statuses() []Status { return []Status{Open, ProposedToClose, ProposedToOpen, Closed} }

// Phases are the register's phases.
func Phases() []string {
	return []string{
		"Nursery", "Primary", "Middle deemed primary", "Secondary", "Middle deemed secondary", "All-through", "16 plus",
		"Not applicable",
	}
}

// Check reports what is wrong with the school: the key, as key_contact.phone,
// and a sentence. Left-out keys are unknown, and no fault.
func (s *School) Check(report func(key, text string)) {
	if !isNumber(s.URN, 5, 7) {
		report("urn", fmt.Sprintf("%q is not a URN (want 6 digits)", s.URN))
	}
	if s.LAEstab != "" && !isNumber(s.LAEstab, 7, 7) {
		report("laestab", fmt.Sprintf("%q is not an LAEstab (want 7 digits: the authority's three and the school's four)", s.LAEstab))
	}
	if s.UKPRN != "" && !isNumber(s.UKPRN, 8, 8) {
		report("ukprn", fmt.Sprintf("%q is not a UKPRN (want 8 digits)", s.UKPRN))
	}
	if strings.TrimSpace(s.Name) == "" {
		report("name", "a school has a name")
	}
	if s.Status != "" && !slices.Contains(Statuses(), s.Status) {
		report("status", fmt.Sprintf("unknown status %q (want Open; Open, but proposed to close; Proposed to open; or Closed)", s.Status))
	}
	if s.Phase != "" && !slices.Contains(Phases(), s.Phase) {
		report("phase", fmt.Sprintf("unknown phase %q (want one of %s)", s.Phase, strings.Join(Phases(), ", ")))
	}
	s.KeyContact.Check(func(key, text string) { report("key_contact."+key, text) })
}

// ClosedBeforeOpened is worth a warning and no more: the register itself has such
// rows, and no page depends on the order.
func (s *School) ClosedBeforeOpened() bool {
	return !s.Closed.IsZero() && s.Closed.Before(s.Opened)
}

func isNumber(s string, least, most int) bool {
	return len(s) >= least && len(s) <= most && strings.Trim(s, "0123456789") == ""
}
