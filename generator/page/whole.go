package page

import (
	"slices"

	"despatch/generator/source"
	"despatch/records/access"
	"despatch/records/authority"
	"despatch/records/school"
	"despatch/records/visit"
)

// Whole plans one school's own record in one piece, as an archive has it: all that
// its people may read between them, whichever compartments they hold, each page
// once and linked to the others. A draft has its line among the visits and no
// page, as for everyone (TestTheWholeRecordOfASchoolIsWhatItsPeopleRead).
func Whole(o Options, s *source.Site, c *source.Common, sc *school.School, visits []source.Visit) Compartment {
	o.Drafts = false
	p := newPlan(o, s, sc)
	r := p.room("whole")
	r.whole, r.sent = true, make(map[string]string)
	// What is for one right or role of the school goes into the one room.
	p.rooms[access.Visits.Kind(access.Full)] = r
	p.rooms[access.Documents.Kind(access.Full)] = r
	for _, role := range s.Vocabulary.Roles {
		p.rooms[access.RoleKind(role.ID)] = r
	}
	p.visits(visits)
	p.documents(c)
	r.wholeCommon(c)
	r.bind()
	r.happenings(visits, c)
	for i := range r.Pages {
		switch view := r.Pages[i].View.(type) {
		case *ListView:
			view.Filters = nil // they need a script
			toRead(view.Entries)
		case *VisitView:
			view.Respond = false // nobody answers to a copy
		case *ReturnView:
			view.Send = false
		}
	}
	return r.Compartment
}

// toRead makes of each way to an answer one to the record.
func toRead(entries []Entry) {
	for i := range entries {
		for j := range entries[i].Cells {
			if link := &entries[i].Cells[j].Link; link.Text == readAndRespond {
				link.Text = "Open"
			}
		}
	}
}

// wholeCommon adds what is not the school's alone: of results its own figures
// beside the authority's.
func (r *room) wholeCommon(c *source.Common) {
	on := r.site.Settings.On
	for i := range c.Sheets {
		s := &c.Sheets[i]
		if ok, draft := r.shows(&s.Standing); ok && on(authority.Sheets) && r.linked(s.Roles, s.Group) {
			r.sheet(s, c, draft, true)
		}
	}
	for i := range c.Returns {
		f := &c.Returns[i]
		if ok, draft := r.shows(&f.Standing); ok && on(authority.Returns) && r.linked(f.Roles, f.Group) {
			r.form(f, draft)
			if name := r.returned(f); name != "" {
				r.sent[f.ID] = name
			}
		}
	}
	for i := range c.News {
		n := &c.News[i]
		if ok, draft := r.shows(&n.Standing); ok && on(authority.News) && !r.over(n) && (n.Everyone || r.linked(n.Roles, "")) {
			r.newsItem(n, n.Roles, draft)
		}
	}
	for i := range c.Results {
		res := &c.Results[i]
		_, own := res.Schools[r.school.URN]
		ok, draft := r.shows(&res.Standing)
		if !ok || !on(authority.Results) || !own && !r.linked(res.Roles, "") {
			continue
		}
		view := r.resultView(res, draft)
		if own {
			r.ownFigures(res, view)
		}
		r.result(res, res.ID, res.Title, view, res.Attached, draft)
	}
}

// reaches reports whether the room's readers are among these roles or this group.
func (r *room) reaches(roles []string, group string) bool {
	return r.linked(roles, group) || !r.whole && slices.Contains(audienceKinds(roles, group), r.ID.Kind)
}

// linked reports whether the room holds what goes to these roles or this group, so
// that its pages may lead there.
func (r *room) linked(roles []string, group string) bool {
	switch {
	case !r.whole:
		return r.school == nil && slices.Contains(audienceKinds(roles, group), r.ID.Kind)
	case group != "":
		return r.site.Vocabulary.GroupHas(group, r.school.URN, r.school.Tags)
	}
	return len(roles) > 0
}

// Listed reports whether a school's list of visits has a line for the visit.
func Listed(s *source.Site, sc *school.School, v *source.Visit) bool {
	p := newPlan(Options{}, s, sc)
	return s.Settings.On(authority.Visits) && p.tabOf(v) != "" && (v.State.Status != visit.Withdrawn || v.State.Given())
}

// WhoAnswered names the person at a school who has an opaque account, as the page
// of a visit does.
func (n Names) WhoAnswered(s *source.Site, sc *school.School, account string) string {
	return newPlan(Options{Names: n}, s, sc).whoAnswered(account)
}
