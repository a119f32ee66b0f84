// Package school describes a school as the DfE's register (GIAS) does, with
// what the authority's officers added. It knows no files.
package school

import (
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
