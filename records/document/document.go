// Package document describes a document sent to schools (rows P09, P10).
package document

import (
	"despatch/records/authority"
	"despatch/records/calendar"
)

// A Document goes to named schools, to a named group, or to everyone, which
// must be said: there is no default (fail closed).
type Document struct {
	ID        string            `yaml:"-"`
	Format    int               `yaml:"format"`
	Title     string            `yaml:"title"`
	Published calendar.Moment   `yaml:"published"`
	Schools   []string          `yaml:"schools"`
	Group     string            `yaml:"group"`
	Everyone  bool              `yaml:"everyone"`
	Role      string            `yaml:"role"`
	Service   string            `yaml:"service"`
	From      string            `yaml:"from"`
	Contact   authority.Contact `yaml:"contact"`
	Text      string            `yaml:"text"`
	Files     []File            `yaml:"files"`
}

// A File lies in files/ beside document.yaml.
type File struct {
	File  string `yaml:"file"`
	Title string `yaml:"title"`
}
