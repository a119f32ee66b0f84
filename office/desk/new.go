package desk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"despatch/internal/durable"
	"despatch/internal/recordid"
	"despatch/records/access"
	"despatch/records/authority"
	"despatch/records/calendar"
)

// Values are what a new record is made with. Which are needed depends on the
// kind; the error says which is missing.
type Values struct {
	Title   string
	Name    string // of a school or a person
	School  string // URN
	Profile string
	Email   string
	Role    string
	Date    calendar.Date // of the record; zero: today
	Due     calendar.Date // of a sheet or return; zero: left to fill in
}

// Kinds are the kinds of record that New makes.
func Kinds() []string {
	return []string{"visit", "sheet", "return", "document", "news", "result", "school", "account"}
}

// New writes the file of a new record, with comments that say what to fill in,
// and gives its path. random makes the id; nothing that is there is overwritten.
func (d *Desk) New(kind string, v Values, random io.Reader) (string, error) {
	if v.Date.IsZero() {
		v.Date = calendar.On(d.now)
	}
	file, text, err := d.draft(kind, v, random)
	if err != nil {
		return "", err
	}
	full := filepath.Join(d.dir, filepath.FromSlash(file))
	if err := durable.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return "", err
	}
	err = durable.WriteNew(full, []byte(text), 0o644)
	if errors.Is(err, fs.ErrExist) {
		return "", refuse("", "%s is there already", file)
	}
	return file, err
}

func (d *Desk) draft(kind string, v Values, random io.Reader) (file, text string, err error) {
	switch kind {
	case "school":
		return newSchool(v)
	case "account":
		return d.newAccount(v, random)
	}
	if v.Title = strings.TrimSpace(v.Title); v.Title == "" {
		return "", "", refuse("add --title", "a new %s needs a title", kind)
	}
	var bits [3]byte
	if _, err := io.ReadFull(random, bits[:]); err != nil {
		return "", "", fmt.Errorf("read random bits: %w", err)
	}
	id := recordid.New(v.Date, bits[:], v.Title)
	year := id[:4]
	switch kind {
	case "visit":
		text, err = d.newVisit(v)
		return "content/visits/" + year + "/" + id + "/visit.yaml", text, err
	case "sheet":
		return "content/sheets/" + year + "/" + id + ".md", newSheet(v), nil
	case "return":
		return "content/returns/" + year + "/" + id + ".yaml", newReturn(v), nil
	case "document":
		text, err = d.newDocument(v)
		return "content/documents/" + year + "/" + id + "/document.yaml", text, err
	case "news":
		return "content/news/" + year + "/" + id + ".md", newNews(v), nil
	case "result":
		return "content/results/" + year + "/" + id + "/result.yaml", newResult(v), nil
	}
	return "", "", refuse("", "nothing is called %q (want one of %s)", kind, strings.Join(Kinds(), ", "))
}

func (d *Desk) school(urn string) error {
	if urn == "" {
		return refuse("add --school URN", "say for which school")
	}
	if d.site.Schools[urn] == nil {
		return refuse("despatch import gias, or despatch new school", "no school has the URN %q", urn)
	}
	return nil
}

func (d *Desk) newVisit(v Values) (string, error) {
	if err := d.school(v.School); err != nil {
		return "", err
	}
	p := d.site.Profiles[v.Profile]
	if p == nil {
		return "", refuse("", "unknown profile %q (want one of %s)", v.Profile, strings.Join(slices.Sorted(maps.Keys(d.site.Profiles)), ", "))
	}
	publisher := "# publisher: authority     # or a trust's id"
	if p.Publisher == authority.PublisherTrust {
		trust := d.site.Schools[v.School].Publisher
		if trust == "" {
			return "", refuse("add publisher: <id of the trust> to content/schools/"+v.School+".yaml", "visits of profile %q are a trust's and the school %s has no trust", v.Profile, v.School)
		}
		publisher = "publisher: " + quote(trust)
	}
	next := "despatch publish"
	if p.NeedsResponse() {
		next = "despatch submit"
	}
	var b strings.Builder
	fmt.Fprintf(&b, `format: 1
profile: %s
profile_version: %d
school: %s
date: %s
focus: %s
category: ""               # as School improvement; schools filter by it
responsible: %s
# contact: {email: "", phone: ""}   # left out: the publisher's
%s
`, quote(v.Profile), max(p.Version, 1), quote(v.School), v.Date, quote(v.Title), quote(d.by), publisher)
	if p.Graded {
		b.WriteString("grade: \"\"                  # in the words of the visit's date\n")
	}
	if len(p.Areas) > 0 {
		b.WriteString("findings:                  # take out what was not looked at\n")
		for _, a := range p.Areas {
			fmt.Fprintf(&b, "  - {area: %s, text: \"\"}   # %s\n", quote(a.ID), a.Name)
		}
	}
	if len(p.Questions) > 0 {
		b.WriteString("answers:\n")
		for _, q := range p.Questions {
			fmt.Fprintf(&b, "  - {question: %s, text: \"\"}   # %s\n", quote(q.ID), q.Text)
		}
	}
	fmt.Fprintf(&b, `attachments: []            # - {file: plan.pdf, title: Action plan}; the file goes into attachments/ beside this one
notes: ""                  # your own; never published
# Until %s the school sees date, kind and adviser only.
# The report is Markdown: here, each line two blanks in, or in report.md beside
# this file, never both.
report: |
`, next)
	return b.String(), nil
}

func newSheet(v Values) string {
	due := "with immediate effect"
	if !v.Due.IsZero() {
		due = v.Due.String()
	}
	return fmt.Sprintf(`---
format: 1
title: %s
type: Action               # or Information, which has no due
# number: 1/26             # the MI number, once it has one
# published: %s    # or leave it out and use despatch publish
due: %s
contacts:
  - {name: "", email: "", phone: ""}
audience: [Headteachers]   # words of content/groups.yaml
links: []                  # - {url: "https://…", title: ""}
# return:                  # the data return that fulfils this sheet
---

Write here, in Markdown.
`, quote(v.Title), v.Date, due)
}

func newReturn(v Values) string {
	if v.Due.IsZero() {
		v.Due = v.Date.AddDays(28)
	}
	return fmt.Sprintf(`format: 1
title: %s
# published: %s    # or leave it out and use despatch publish
due: %s
# late_until: %s   # until when it is taken late
audience: [Headteachers]   # who may complete it
# group: ""                # schools that must; left out: all
contact: {name: "", email: ""}
statutory: false
minutes: 5                 # time it is expected to take
intro: ""                  # Markdown
fields:                    # types: text, number, date, choice, email, table, file
  - {id: forename, label: Forename, type: text, required: true}
`, quote(v.Title), v.Date, v.Due, v.Due.AddDays(28))
}

func (d *Desk) newDocument(v Values) (string, error) {
	if v.School == "" {
		return "", refuse("add --school URN; for a group or everyone, change it in the file", "say for which school")
	}
	if err := d.school(v.School); err != nil {
		return "", err
	}
	to := "schools: [" + quote(v.School) + "]        # or group: <id>, or everyone: true: one of the three"
	return fmt.Sprintf(`format: 1
title: %s
# published: %s    # or leave it out and use despatch publish
%s
# role: senco              # only this role; left out: who may read documents
service: ""                # as School improvement
# from: authority          # or a trust's id
contact: {name: "", email: ""}
# letter: {salutation: Dear Ms Ellery, signed: Robin Vale, role: Head of School Improvement}   # makes it a letter
text: "To be written."     # Markdown; may be empty where there are files
files: []                  # - {file: letter.pdf, title: The letter}; the file goes into files/ beside this one
`, quote(v.Title), v.Date, to), nil
}

func newNews(v Values) string {
	return fmt.Sprintf(`---
format: 1
title: %s
# published: %s    # or leave it out and use despatch publish
audience: [Headteachers]   # words of content/groups.yaml; or everyone: true
# until: %s        # not shown after this day
---

Write here, in Markdown.
`, quote(v.Title), v.Date, v.Date.AddDays(28))
}

func newResult(v Values) string {
	return fmt.Sprintf(`format: 1
title: %s
release: %sT09:30    # it appears by itself then, and nothing of it before; without this line it is the authority's alone
audience: [Headteachers]   # who sees the national and the authority's part
measures: [Measure]        # one name a column
national: [""]             # a value for each measure, as text; "" where there is none
# national_release: 2026-09-01T09:30   # where the national figures mature later
authority: [""]
schools: {}                # a line a school, as "900001": ["81"]
text: ""                   # Markdown
files: []                  # - {file: table.csv, title: The table}; the file goes into files/ beside this one
`, quote(v.Title), v.Date.AddDays(28))
}

func newSchool(v Values) (file, text string, err error) {
	switch {
	case len(v.School) < 5 || len(v.School) > 7 || strings.Trim(v.School, "0123456789") != "":
		return "", "", refuse("add --school URN", "%q is not a URN (want 6 digits)", v.School)
	case strings.TrimSpace(v.Name) == "":
		return "", "", refuse("add --name", "a new school needs its name")
	}
	return "content/schools/" + v.School + ".yaml", fmt.Sprintf(`format: 1
urn: %s
# laestab: "9990000"       # the authority's 3 digits and the school's 4
name: %s
# phase: Primary
# type: Community school
status: Open
# address: {street: "", locality: "", town: "", county: "", postcode: ""}
# below: people's own; imports never touch them
# publisher:               # the trust whose visits this school sees
tags: []
# key_contact: {name: "", email: "", phone: ""}
`, quote(v.School), quote(strings.TrimSpace(v.Name))), nil
}

func (d *Desk) newAccount(v Values, random io.Reader) (file, text string, err error) {
	if err := d.school(v.School); err != nil {
		return "", "", err
	}
	a := access.Account{Name: strings.TrimSpace(v.Name), Email: v.Email, Schools: []access.Place{{School: v.School, Roles: []string{v.Role}}}}
	a.Check(d.site.Vocabulary, func(_, text string) {
		if err == nil {
			err = refuse("add --name, --email and --role", "%s", text)
		}
	})
	if err != nil {
		return "", "", err
	}
	for _, code := range d.site.AccountCodes() {
		if strings.EqualFold(d.site.Accounts[code].Email, v.Email) {
			return "", "", refuse("add the school to that account", "the account %s has the address %s already", access.FormatCode(code), v.Email)
		}
	}
	code, err := access.NewCode(random)
	if err != nil {
		return "", "", err
	}
	return "content/accounts/" + strings.ToLower(code) + ".yaml", fmt.Sprintf(`format: 1
name: %s
email: %s
schools:
  - school: %s
    roles: [%s]
    # rights: {results: audit}   # replaces the role's rights for an area: off, audit, full
# then: despatch enrol %s
`, quote(a.Name), quote(a.Email), quote(v.School), v.Role, access.FormatCode(code)), nil
}

// quote writes text as a YAML scalar in double quotes.
func quote(s string) string { return strconv.Quote(s) }
