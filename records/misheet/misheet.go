// Package misheet describes a Management Information sheet (rows P01-P07,
// R01-R04, G8).
package misheet

import (
	"despatch/records/authority"
	"despatch/records/calendar"
)

// A Sheet is one MI sheet. Due is a date, or words as written in DueText.
type Sheet struct {
	ID        string              `yaml:"-"`
	Format    int                 `yaml:"format"`
	Title     string              `yaml:"title"`
	Type      Type                `yaml:"type"`
	Number    string              `yaml:"number"` // as written: 236/15, MI 162-04
	Published calendar.Moment     `yaml:"published"`
	Due       Due                 `yaml:"due"`
	Contacts  []authority.Contact `yaml:"contacts"`
	Audience  []string            `yaml:"audience"` // words as written
	Links     []Link              `yaml:"links"`
	Summary   string              `yaml:"summary"`
	Action    string              `yaml:"action"`
	Effective string              `yaml:"effective"`
	Reference string              `yaml:"reference"`
	Documents []string            `yaml:"documents"`
	CC        []string            `yaml:"cc"`
	Return    string              `yaml:"return"`
	Replaces  string              `yaml:"replaces"`
	Public    bool                `yaml:"public"`
	Group     string              `yaml:"group"`
	Schools   []string            `yaml:"schools"`
	Body      string              `yaml:"-"` // Markdown
}

// A Type says whether a sheet asks for something.
type Type string

// The two types (row P02).
const (
	Action      Type = "Action"
	Information Type = "Information"
)
