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

// A Result is sealed by the first build after its release, never before; without
// a release it is the authority's alone. National figures that are not mature come
// with their own release (row X14).
type Result struct {
	ID        string              `yaml:"-"`
	Format    int                 `yaml:"format"`
	Title     string              `yaml:"title"`
	Release   calendar.Moment     `yaml:"release"`
	Audience  []string            `yaml:"audience"`
	Measures  []string            `yaml:"measures"`
	National  []string            `yaml:"national"`
	Mature    calendar.Moment     `yaml:"national_release"`
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
	if !r.Mature.IsZero() && len(r.National) == 0 {
		report("national_release", "there are no national figures that it could be for")
	}
	if !r.Mature.IsZero() && r.Mature.Compare(r.Release) < 0 {
		report("national_release", fmt.Sprintf("the national figures would come on %s, before the result itself on %s", r.Mature.Long(), r.Release.Long()))
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
