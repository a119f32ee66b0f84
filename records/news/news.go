// Package news describes a news item (row P14).
package news

import (
	"fmt"
	"strings"

	"despatch/records/calendar"
)

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

// Check reports what is wrong with the item: the key and a sentence.
func (n *Item) Check(report func(key, text string)) {
	if strings.TrimSpace(n.Title) == "" {
		report("title", "a news item has a title")
	}
	switch {
	case len(n.Audience) == 0 && !n.Everyone:
		report("audience", "nobody would see this item: name an audience or say everyone: true")
	case len(n.Audience) > 0 && n.Everyone:
		report("everyone", "the item has an audience and everyone: true: keep one")
	}
	if !n.Until.IsZero() && !n.Published.IsZero() && n.Until.Before(n.Published.Date) {
		report("until", fmt.Sprintf("until %s is before its publication on %s", n.Until.Short(), n.Published.Date.Short()))
	}
	if strings.TrimSpace(n.Body) == "" {
		report("title", "the item has no text below its front matter")
	}
}
