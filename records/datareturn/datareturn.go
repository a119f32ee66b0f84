// Package datareturn describes a data return: a form that schools complete for
// the authority (rows P13, P22-P28).
package datareturn

import (
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
