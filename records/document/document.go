// Package document describes a document sent to schools (rows P09, P10).
package document

import (
	"cmp"
	"fmt"
	"strings"

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
	Letter    Letter            `yaml:"letter,omitempty"`
	Text      string            `yaml:"text"`
	Files     []File            `yaml:"files"`
}

// A File lies in files/ beside document.yaml.
type File struct {
	File  string `yaml:"file"`
	Title string `yaml:"title"`
}

// FromID is the publisher's id, the authority's own where none is written.
func (d *Document) FromID() string { return cmp.Or(d.From, authority.PublisherAuthority) }

// IsLetter reports whether the document is a letter.
func (d *Document) IsLetter() bool { return d.Letter != Letter{} }

// Check reports what is wrong with the document: the key, as files.0.file, and a
// sentence.
func (d *Document) Check(report func(key, text string)) {
	if strings.TrimSpace(d.Title) == "" {
		report("title", "a document has a title")
	}
	said := 0
	for _, is := range []bool{len(d.Schools) > 0, d.Group != "", d.Everyone} {
		if is {
			said++
		}
	}
	switch {
	case said == 0:
		report("schools", "the document goes to nobody: say schools, group or everyone: true")
	case said > 1:
		report("schools", "the document says more than one of schools, group and everyone: keep one")
	}
	seen := make(map[string]bool)
	for i, urn := range d.Schools {
		if seen[urn] {
			report(fmt.Sprintf("schools.%d", i), fmt.Sprintf("the school %q is there twice", urn))
		}
		seen[urn] = true
	}
	if d.IsLetter() {
		d.Letter.check(d.Text, report)
	} else if len(d.Files) == 0 && strings.TrimSpace(d.Text) == "" {
		report("files", "the document has neither text nor files")
	}
	CheckFiles(d.Files, report)
}

// CheckFiles reports files without a name and files that are there twice, under
// the key files.
func CheckFiles(files []File, report func(key, text string)) {
	seen := make(map[string]bool)
	for i, f := range files {
		key := fmt.Sprintf("files.%d.file", i)
		switch {
		case f.File == "":
			report(key, "an entry of files names its file")
		case seen[f.File]:
			report(key, fmt.Sprintf("%q is there twice", f.File))
		}
		seen[f.File] = true
	}
}
