// Package access says which person may open which compartment: roles, rights,
// groups and accounts. It is pure; possession of a key follows from it, and
// from nothing else (design: "possession decides what can be read").
package access

import "slices"

// A Role is a job at a school. Words are how audiences name it.
type Role struct {
	ID     string         `yaml:"id"`
	Name   string         `yaml:"name"`
	Words  []string       `yaml:"words"`
	Rights map[Area]Right `yaml:"rights"`
}

// An Area is a part of a school's papers that is permitted as a whole.
type Area string

// The areas.
const (
	Visits    Area = "visits"
	Documents Area = "documents"
	Returns   Area = "returns"
	Results   Area = "results"
	People    Area = "people" // who at the school can see what (row X05)
)

// A Right says how much of an area a person reads. Full includes Audit.
type Right string

// The rights, after Perspective's Off, Read and Action.
const (
	Off   Right = "off"
	Audit Right = "audit"
	Full  Right = "full"
)

// A Group is a named set of schools with a key of its own.
type Group struct {
	ID      string   `yaml:"id"`
	Name    string   `yaml:"name"`
	Tags    []string `yaml:"tags"`
	Without []string `yaml:"without"` // a school with one of these tags is in it by its URN alone
	Schools []string `yaml:"schools"`
	Roles   []string `yaml:"roles"`
}

// Vocabulary is content/groups.yaml.
type Vocabulary struct {
	Format int     `yaml:"format"`
	Roles  []Role  `yaml:"roles"`
	Groups []Group `yaml:"groups"`
}

// Headteacher is the role that permits others (row V11).
const Headteacher = "headteacher"

// Above tells whether a right is more than another.
func (r Right) Above(other Right) bool {
	return slices.Index(rising, r) > slices.Index(rising, other)
}

var rising = []Right{Off, Audit, Full}
