// Package result describes results that schools see early (row P15).
package result

import (
	"despatch/records/calendar"
	"despatch/records/document"
)

// A Result is sealed by the first build after its release, never before.
type Result struct {
	ID        string              `yaml:"-"`
	Format    int                 `yaml:"format"`
	Title     string              `yaml:"title"`
	Release   calendar.Moment     `yaml:"release"`
	Audience  []string            `yaml:"audience"`
	Measures  []string            `yaml:"measures"`
	National  []string            `yaml:"national"`
	Authority []string            `yaml:"authority"`
	Schools   map[string][]string `yaml:"schools"`
	Text      string              `yaml:"text"`
	Files     []document.File     `yaml:"files"`
}
