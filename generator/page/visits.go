package page

import (
	"fmt"
	"slices"

	"despatch/generator/source"
	"despatch/records/access"
	"despatch/records/authority"
	"despatch/records/calendar"
	"despatch/records/visit"
)

// allVisits is the title of the list of visits (row V03).
const allVisits = "All Records of Visits"

// The tabs of visits.
const (
	tabAuthority = "authority"
	tabTrust     = "trust"
)

// visits plans the school's visits: the audit for whoever may know that they
// took place, the whole for whoever may read them (rows V09, V10).
func (p *plan) visits(all []source.Visit) {
	if !p.site.Settings.On(authority.Visits) {
		return
	}
	audit, full := p.room(access.Visits.Kind(access.Audit)), p.room(access.Visits.Kind(access.Full))
	trust := p.premiumTrust()
	lines := map[string]*visitLines{tabAuthority: {}}
	if trust != nil {
		lines[tabTrust] = &visitLines{}
	}
	for i := range all {
		v := &all[i]
		to, ok := lines[p.visitTab(v, trust)]
		if !ok || v.State.Status == visit.Withdrawn && !v.State.Given() {
			continue
		}
		name, view, files := full.visit(v)
		to.full = append(to.full, dated{v.Date.String(), v.ID, visitEntry(v, name, view, true)})
		to.audit = append(to.audit, dated{v.Date.String(), v.ID, visitEntry(v, "", &VisitView{}, false)})
		if v.State.Status != visit.Draft {
			audit.Items = append(audit.Items, p.visitItem(v, "", nil))
			full.Items = append(full.Items, p.visitItem(v, name, files))
		}
	}
	for _, tab := range []string{tabAuthority, tabTrust} {
		if l, ok := lines[tab]; ok {
			full.visitList(tab, trust, sorted(l.full), true)
			audit.visitList(tab, trust, sorted(l.audit), false)
		}
	}
}

type visitLines struct{ full, audit []dated }

// premiumTrust gives the trust whose tab the school sees, or nil: only a trust
// that has the fuller edition has one (row V05).
func (p *plan) premiumTrust() *authority.Publisher {
	t := p.site.Publishers[p.school.Publisher]
	if t == nil || t.Kind != authority.PublisherTrust || !t.Premium {
		return nil
	}
	return t
}

// visitTab gives the tab that shows a visit; a trust's visit is shown only to
// its own schools, and only on its tab (row V28).
func (p *plan) visitTab(v *source.Visit, trust *authority.Publisher) string {
	switch {
	case v.Publisher.Kind != authority.PublisherTrust:
		return tabAuthority
	case trust != nil && trust.ID == v.Publisher.ID:
		return tabTrust
	}
	return ""
}

// visit adds a visit's page, its paper and attachments; nothing for a draft (row
// V32).
func (r *room) visit(v *source.Visit) (name string, view *VisitView, files []string) {
	draft := v.State.Status == visit.Draft
	if draft && !r.Drafts {
		return "", &VisitView{}, nil
	}
	year := v.Date.SchoolYear()
	var shown []Attachment
	if v.State.Status != visit.Withdrawn {
		shown, files = r.attach(v.ID, year, v.Files)
	}
	view = r.visitView(v, shown)
	name = r.add("visit/"+v.ID, visitTitle(v), year, draft, view)
	if v.State.Status != visit.Withdrawn {
		view.Download = r.print(v.ID, v.Profile.Name+" "+v.Date.String(), year, Paper{
			Page: "visit/" + v.ID, Kind: "report", Title: visitTitle(v) + ": " + r.school.Name, Date: visitChanged(v.State),
			From: v.Publisher.Name, Ask: first(view.Contacts), View: view.printed(),
		})
		view.Proofs = r.proofs(v, view)
	}
	return name, view, files
}

// printed is the view of the record's paper: without who opened it when, since a
// signed document does not change because somebody read it.
func (v *VisitView) printed() *VisitView {
	paper := *v
	paper.Timeline = slices.DeleteFunc(slices.Clone(v.Timeline), func(s Step) bool { return s.opening })
	return &paper
}

// visitTitle is what tabs and history show: kind and date.
func visitTitle(v *source.Visit) string { return v.Profile.Name + ", " + v.Date.Short() }

func visitHeading(v *source.Visit) string {
	if v.State.Status == visit.Withdrawn {
		return v.Profile.Name
	}
	return v.Name(v.Profile)
}

func (p *plan) visitView(v *source.Visit, shown []Attachment) *VisitView {
	view := &VisitView{
		Head: Head{
			Area: "visits", Back: Link{allVisits, p.link(visitsKey(p.tabOf(v)))},
			Caption: p.school.Name, Heading: visitHeading(v), Draft: v.State.Status == visit.Draft,
		},
		State:      p.visitState(v, true),
		Contacts:   p.contacts(v.Contact),
		KeyContact: KeyContact{Show: true, Contact: contact(p.school.KeyContact)},
		Rows:       visitRows(v),
	}
	if v.State.Status == visit.Withdrawn {
		view.Withdrawn = &Withdrawn{v.State.WithdrawnOn, v.State.Reason}
		return view
	}
	view.Subject, view.Respond = Subject{p.Names.Item(v.ID), v.Subject}, v.State.Status == visit.Submitted
	view.Box = view.Respond && p.site.Settings.Portal.Box != ""
	view.Timeline, view.Statement = p.timeline(v), v.State.Statement
	view.Report, view.Attachments = v.Report, shown
	view.Findings, view.Answers = findings(v), answers(v)
	if !v.State.RespondBy.IsZero() {
		view.Deadline = deadline(v.State)
	}
	for _, part := range []Part{
		{"What the school said", v.State.Comments}, {"A late comment of the school", v.State.Late}, {"Reply to the school", v.State.Reply},
	} {
		if part.Text != "" {
			view.Reply = append(view.Reply, part)
		}
	}
	for _, c := range v.Table(v.State) {
		change := Change{Said: c.Said, Was: c.Was, Now: c.Now, Why: c.Declined}
		if p := c.Marked(v.State); p != nil {
			change.Words = p.Words
		}
		view.Changes = append(view.Changes, change)
	}
	if len(view.Changes) == 0 {
		for _, p := range v.State.Points {
			view.Marked = append(view.Marked, Change{Said: p.Wrong, Words: p.Words, Was: p.Passage})
		}
	}
	return view
}

// deadline tells the sum of a date: which days counted, which did not, and why.
func deadline(st visit.State) *Deadline {
	d := &Deadline{
		Window: fmt.Sprintf("%d working days from %s, which itself does not count. The last day is %s, until midnight.",
			len(st.Sum), st.SubmittedOn.Long(), st.RespondBy.Long()),
		Skipped: "Not counted: Saturdays and Sundays",
	}
	if st.Moved != "" {
		d.Window += " " + st.Moved
	}
	var days []string
	for _, day := range st.Sum {
		days = append(days, day.Long())
	}
	d.Counted = "Counted: " + joined(days) + "."
	for _, skip := range st.Skipped {
		d.Skipped += "; " + skip.Date.Long() + ": " + skip.Why
	}
	d.Skipped += "."
	return d
}

// visitRows are the fields of a record; of one that is withdrawn those that say
// when it was and whose.
func visitRows(v *source.Visit) []Row {
	withdrawn := v.State.Status == visit.Withdrawn
	rows := []Row{
		{"Date of visit", []Value{{Text: v.Date.Long(), Date: v.Date.String()}}},
		{"Type", []Value{{Text: v.Profile.Name}}},
	}
	for _, r := range []struct {
		key, text string
		stays     bool
	}{
		{"Focus", v.Focus, false},
		{"Category", v.Category, false},
		{"Grade", v.Grade, false},
		{"Category of concern", v.CategoryOfConcern, false},
		{"Responsible", v.Responsible, true},
		{"Visitors", joined(v.Visitors), false},
		{"Source", v.Publisher.Name, true},
	} {
		if r.text != "" && (r.stays || !withdrawn) {
			rows = append(rows, Row{r.key, []Value{{Text: r.text}}})
		}
	}
	return rows
}

func findings(v *source.Visit) []Part {
	var parts []Part
	for _, f := range v.Findings {
		heading := f.Area
		for _, a := range v.Profile.Areas {
			if a.ID == f.Area {
				heading = a.Name
			}
		}
		parts = append(parts, Part{heading, f.Text})
	}
	return parts
}

func answers(v *source.Visit) []Part {
	var parts []Part
	for _, a := range v.Answers {
		heading := a.Question
		for _, q := range v.Profile.Questions {
			if q.ID == a.Question {
				heading = q.Text
			}
		}
		parts = append(parts, Part{heading, a.Text})
	}
	return parts
}

// visitState says where a visit stands. What the school judged is for those who
// may read the report.
func (p *plan) visitState(v *source.Visit, whole bool) State {
	st, tag := v.State, visitTag(v.State.Status)
	who := p.authorityShort()
	switch st.Status {
	case visit.Draft:
		return State{Tag: tag, Line: "The adviser is still writing this record."}
	case visit.Submitted:
		return State{Tag: tag, Line: "Respond by", Due: st.RespondBy}
	case visit.Responded:
		line := "The school responded on " + calendar.On(st.RespondedAt).Short()
		if whole && st.Judgement != "" {
			line += ": " + st.Judgement
		}
		detail := []string{who + " will finalise the record."}
		if whole && p.earlier(v) {
			detail = append(detail, "The answer is about an earlier wording of this record, which was changed since.")
		}
		return State{Tag: tag, Line: line + ".", Detail: detail}
	case visit.Finalised:
		line := "Finalised on " + st.FinalisedOn.Short() + "."
		if st.Auto {
			line = fmt.Sprintf("Finalised automatically on %s: nothing was received by the deadline.", st.FinalisedOn.Short())
		}
		state := State{Tag: tag, Line: line}
		if whole && st.Judgement != "" {
			state.Detail = []string{"The school judged the record " + st.Judgement + " on " + calendar.On(st.RespondedAt).Short() + "."}
		}
		return state
	case visit.Withdrawn:
		return State{Tag: tag, Line: "Withdrawn on " + st.WithdrawnOn.Short() + "."}
	}
	return State{Tag: tag, Line: "Published on " + st.PublishedOn.Short() + ". No response is needed."}
}

func visitTag(s visit.Status) Tag {
	switch s {
	case visit.Draft:
		return Tag{"Draft", "grey"}
	case visit.Submitted:
		return Tag{"Response needed", "yellow"}
	case visit.Responded:
		return Tag{"Responded", "blue"}
	case visit.Finalised:
		return Tag{"Finalised", "green"}
	case visit.Withdrawn:
		return Tag{"Withdrawn", "red"}
	}
	return Tag{"Published", "teal"}
}

// text is the state as one line.
func (s State) text() string {
	if s.Due.IsZero() {
		return s.Line
	}
	return s.Line + " " + s.Due.Short()
}

func (p *plan) visitItem(v *source.Visit, page string, files []string) Item {
	state := p.visitState(v, page != "")
	i := p.item("visit", v.ID, visitTitle(v), v.Date)
	i.Page, i.State, i.StateText = page, string(v.State.Status), state.text()
	i.Type, i.Person, i.Contact = v.Profile.Name, v.Responsible, p.contactLine(v.Contact)
	if v.State.Status != visit.Withdrawn {
		i.Category, i.Focus = v.Category, v.Focus
	}
	i.Publisher, i.PublisherKind = v.Publisher.Name, v.Publisher.Kind
	i.Files = append(i.Files, files...)
	i.Changed = visitChanged(v.State).String()
	switch v.State.Status {
	case visit.Submitted:
		i.Due, i.Respond = v.State.RespondBy.String(), true
	case visit.Responded:
		i.Due = v.State.RespondBy.String() // until then the answer may be taken back
	}
	if page != "" {
		i.Title = visitHeading(v)
		if v.State.Status != visit.Withdrawn {
			i.SubjectSHA256 = v.Subject
		}
	}
	return i
}

// visitChanged is the day on which a visit came into the state it is in: what a
// reader has not seen who signed in before it.
func visitChanged(st visit.State) calendar.Date {
	switch st.Status {
	case visit.Submitted:
		return st.SubmittedOn
	case visit.Responded:
		return calendar.On(st.RespondedAt)
	case visit.Finalised:
		return st.FinalisedOn
	case visit.Withdrawn:
		return st.WithdrawnOn
	}
	return st.PublishedOn
}
