// Package result describes results that schools see early (row P15).
package result

import (
	"fmt"
	"maps"
	"slices"
	"strings"

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

// Check reports what is wrong with the result: the key, as schools.900001, and a
// sentence. Every row of figures has one for each measure.
func (r *Result) Check(report func(key, text string)) {
	if strings.TrimSpace(r.Title) == "" {
		report("title", "a result has a title")
	}
	if r.Release.IsZero() {
		report("release", "a result has a release time (want one like 2026-07-07T09:30)")
	}
	if len(r.Audience) == 0 {
		report("audience", "nobody would see this result: name an audience")
	}
	row := func(key string, figures []string) {
		if len(figures) > 0 && len(figures) != len(r.Measures) {
			report(key, fmt.Sprintf("%d figures for %d measures", len(figures), len(r.Measures)))
		}
	}
	row("national", r.National)
	row("authority", r.Authority)
	for _, urn := range slices.Sorted(maps.Keys(r.Schools)) {
		row("schools."+urn, r.Schools[urn])
	}
	if len(r.Measures) == 0 && len(r.Files) == 0 && strings.TrimSpace(r.Text) == "" {
		report("measures", "the result has neither measures nor text nor files")
	}
	document.CheckFiles(r.Files, report)
}
