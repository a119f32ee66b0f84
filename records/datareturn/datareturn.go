// Package datareturn describes a data return: a form that schools complete for
// the authority (rows P13, P22-P28).
package datareturn

import (
	"fmt"
	"slices"
	"strings"

	"despatch/records/authority"
	"despatch/records/calendar"
)

// A Form is one data return as published.
type Form struct {
	ID        string            `yaml:"-"`
	Format    int               `yaml:"format"`
	Title     string            `yaml:"title"`
	Published calendar.Moment   `yaml:"published"`
	Due       calendar.Date     `yaml:"due"`
	LateUntil calendar.Date     `yaml:"late_until"`
	Audience  []string          `yaml:"audience"`
	Group     string            `yaml:"group"`
	Contact   authority.Contact `yaml:"contact"`
	Statutory bool              `yaml:"statutory"`
	Minutes   int               `yaml:"minutes"`
	Intro     string            `yaml:"intro"`
	Fields    []Field           `yaml:"fields"`
}

// A Field is one question of a form.
type Field struct {
	ID       string   `yaml:"id"`
	Label    string   `yaml:"label"`
	Hint     string   `yaml:"hint"`
	Type     string   `yaml:"type"` // text, number, date, choice, email, table, file
	Required bool     `yaml:"required"`
	Choices  []string `yaml:"choices"`
	Rows     []string `yaml:"rows"`
	Columns  []string `yaml:"columns"`
}

// FieldTypes are the types that a field may have.
func FieldTypes() []string {
	return []string{"text", "number", "date", "choice", "email", "table", "file"}
}

// ClosesOn is the last day on which the form is taken, late ones included.
func (f *Form) ClosesOn() calendar.Date {
	if f.LateUntil.IsZero() {
		return f.Due
	}
	return f.LateUntil
}

// Check reports what is wrong with the form: the key, as fields.2.type, and a
// sentence.
func (f *Form) Check(report func(key, text string)) {
	if strings.TrimSpace(f.Title) == "" {
		report("title", "a data return has a title")
	}
	if f.Due.IsZero() {
		report("due", "a data return says by when it is due (want a date like 2026-12-18)")
	}
	if !f.Published.IsZero() && f.Due.Before(f.Published.Date) && !f.Due.IsZero() {
		report("due", fmt.Sprintf("due on %s but published on %s", f.Due.Short(), f.Published.Date.Short()))
	}
	if !f.LateUntil.IsZero() && f.LateUntil.Before(f.Due) {
		report("late_until", fmt.Sprintf("late returns end on %s, before the due date", f.LateUntil.Short()))
	}
	if len(f.Audience) == 0 {
		report("audience", "nobody could complete this return: name an audience")
	}
	if f.Minutes < 0 {
		report("minutes", "minutes cannot be negative")
	}
	if len(f.Fields) == 0 {
		report("fields", "a data return asks at least one thing")
	}
	seen := make(map[string]bool)
	for i, fd := range f.Fields {
		fd.check(fmt.Sprintf("fields.%d.", i), seen, report)
	}
}

func (fd Field) check(key string, seen map[string]bool, report func(key, text string)) {
	switch {
	case fd.ID == "":
		report(key+"id", "a field has an id")
	case seen[fd.ID]:
		report(key+"id", fmt.Sprintf("the field %q is there twice", fd.ID))
	}
	seen[fd.ID] = true
	if fd.Label == "" {
		report(key+"label", "a field has a label")
	}
	switch {
	case !slices.Contains(FieldTypes(), fd.Type):
		report(key+"type", fmt.Sprintf("unknown type %q (want one of %s)", fd.Type, strings.Join(FieldTypes(), ", ")))
	case fd.Type == "choice" && len(fd.Choices) < 2:
		report(key+"choices", "a choice has at least two choices")
	case fd.Type != "choice" && len(fd.Choices) > 0:
		report(key+"choices", fmt.Sprintf("a %s has no choices", fd.Type))
	case fd.Type == "table" && len(fd.Columns) == 0:
		report(key+"columns", "a table has columns")
	case fd.Type != "table" && len(fd.Rows)+len(fd.Columns) > 0:
		report(key+"columns", fmt.Sprintf("a %s has no rows or columns", fd.Type))
	}
}
