// Package news describes a news item (row P14).
package news

import "despatch/records/calendar"

// An Item is one piece of news. It goes to an audience, or to everyone, which
// must be said.
type Item struct {
	ID        string          `yaml:"-"`
	Format    int             `yaml:"format"`
	Title     string          `yaml:"title"`
	Published calendar.Moment `yaml:"published"`
	Until     calendar.Date   `yaml:"until"`
	Audience  []string        `yaml:"audience"`
	Everyone  bool            `yaml:"everyone"`
	Public    bool            `yaml:"public"`
	Body      string          `yaml:"-"` // Markdown
}
