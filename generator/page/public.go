package page

import (
	"cmp"
	"slices"
	"time"

	"despatch/generator/source"
	"despatch/records/authority"
)

// Public plans the pages that everyone may read because their record says so.
// Drafts, held and withdrawn records have none.
func Public(o Options, s *source.Site, c *source.Common) []PublicPage {
	o.Names.Name = func(string) string { return "" }
	p := newPlan(o, s, nil)
	var pages []PublicPage
	for i := range c.Sheets {
		sh := &c.Sheets[i]
		if !s.Settings.On(authority.Sheets) || !sh.Public || !sh.Live(o.Now) {
			continue
		}
		r := &room{plan: p}
		view := &SheetView{
			Head: Head{Caption: "Management Information Sheet", Heading: sh.Title},
			Rows: r.sheetRows(sh, &source.Common{}),
			Text: sh.Body,
		}
		pages = append(pages, PublicPage{sh.ID, sheetTitle(sh, o.publishedOn(&sh.Standing)), view})
	}
	for i := range c.News {
		n := &c.News[i]
		if s.Settings.On(authority.News) && n.Public && n.Live(o.Now) && !o.over(n) {
			view := p.newsView(n, false)
			view.Area = ""
			pages = append(pages, PublicPage{n.ID, "News, " + o.publishedOn(&n.Standing).Short(), view})
		}
	}
	slices.SortFunc(pages, func(a, b PublicPage) int { return cmp.Compare(a.Slug, b.Slug) })
	return pages
}

// NextChange is the next moment at which the clock alone changes a page: a
// publication or release, the end of news, a data return that turns late or
// closes. The zero time means never.
func NextChange(s *source.Site, c *source.Common, now time.Time) time.Time {
	var next time.Time
	see := func(on authority.Module, t time.Time) {
		if s.Settings.On(on) && t.After(now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for i := range c.Sheets {
		see(authority.Sheets, c.Sheets[i].PublishedAt)
	}
	for i := range c.Returns {
		f := &c.Returns[i]
		see(authority.Returns, f.PublishedAt)
		if !f.Due.IsZero() {
			see(authority.Returns, f.Due.End())
		}
		if !f.LateUntil.IsZero() {
			see(authority.Returns, f.LateUntil.End())
		}
	}
	for i := range c.Documents {
		see(authority.Documents, c.Documents[i].PublishedAt)
	}
	for i := range c.News {
		n := &c.News[i]
		see(authority.News, n.PublishedAt)
		if !n.Until.IsZero() {
			see(authority.News, n.Until.End())
		}
	}
	for i := range c.Results {
		see(authority.Results, c.Results[i].PublishedAt)
		if !c.Results[i].Mature.IsZero() {
			see(authority.Results, c.Results[i].Mature.Time())
		}
	}
	return next
}
