package page

import (
	"cmp"
	"slices"
	"time"

	"despatch/generator/source"
	"despatch/records/calendar"
	"despatch/records/visit"
)

// timelineKey is the page of what happened, in its order.
const timelineKey = "timeline"

// A happening is one line of the timeline.
type happening struct {
	on           calendar.Date
	what, detail string
	link         Link
}

// happenings adds the page that says what happened to each record of the room, from
// the first day to the last. Of a visit that was withdrawn it says no more than
// its page does.
func (r *room) happenings(visits []source.Visit, c *source.Common) {
	titles := make(map[string]Link)
	for _, i := range r.Items {
		titles[i.ID] = Link{i.Title, i.Page}
	}
	var all []happening
	add := func(record string, on calendar.Date, what, detail string) {
		if link, ok := titles[r.Names.Item(record)]; ok && !on.IsZero() {
			all = append(all, happening{on, what, detail, link})
		}
	}
	for i := range visits {
		r.visitHappenings(&visits[i], func(on calendar.Date, what, detail string) { add(visits[i].ID, on, what, detail) })
	}
	sent := func(record string, on calendar.Date, what, detail string) {
		add(record, on, what, detail)
		if page := r.sent[record]; page != "" && len(all) > 0 && all[len(all)-1].what == what {
			all[len(all)-1].link.Href = page
		}
	}
	standing := func(record string, s *source.Standing) {
		add(record, dayOf(s.PublishedAt), "Published", "")
		if d, ok := s.DoneBy(r.school.URN); ok {
			late := ""
			if d.Late {
				late = "Late"
			}
			sent(record, dayOf(d.At), "Done by the school", late)
		}
		if no, ok := s.RefusedTo(r.school.URN); ok {
			sent(record, dayOf(no.At), "Sent by the school and not taken", no.Reason)
		}
		for _, b := range s.TakenBack {
			if b.School == r.school.URN && b.Refused == "" {
				add(record, dayOf(b.At), "Taken back by the school", "")
			}
		}
		add(record, dayOf(s.WithdrawnAt), "Withdrawn", s.Reason)
	}
	for i := range c.Sheets {
		standing(c.Sheets[i].Sheet.ID, &c.Sheets[i].Standing)
	}
	for i := range c.Returns {
		standing(c.Returns[i].Form.ID, &c.Returns[i].Standing)
	}
	for i := range c.Documents {
		standing(c.Documents[i].Document.ID, &c.Documents[i].Standing)
	}
	for i := range c.News {
		standing(c.News[i].Item.ID, &c.News[i].Standing)
	}
	for i := range c.Results {
		standing(c.Results[i].Result.ID, &c.Results[i].Standing)
	}
	slices.SortStableFunc(all, func(a, b happening) int {
		return cmp.Or(cmp.Compare(a.on.String(), b.on.String()), cmp.Compare(a.link.Href, b.link.Href))
	})
	r.addTimeline(all)
}

func (r *room) addTimeline(all []happening) {
	view := &ListView{
		Head: Head{Area: timelineKey, Caption: r.caption(), Heading: "Timeline"}, TableName: "What happened, from the first day on",
		Columns: []Column{{Label: "Date"}, {Label: "What happened"}, {Label: "Record"}},
		Empty:   "Nothing has happened in this time.",
	}
	for _, h := range all {
		view.Entries = append(view.Entries, Entry{Date: h.on.String(), Cells: []Cell{
			{Label: "Date", Text: h.on.Short(), Date: h.on.String()},
			{Label: "What happened", Text: h.what, Small: some(h.detail)},
			{Label: "Record", Link: h.link},
		}})
	}
	name := r.add(timelineKey, view.Heading, 0, false, view)
	r.Lists = append(r.Lists, List{Area: timelineKey, Title: view.Heading, Page: name})
}

func dayOf(t time.Time) calendar.Date {
	if t.IsZero() {
		return calendar.Date{}
	}
	return calendar.On(t)
}

// visitHappenings says of a visit what its own page says, in the same words.
func (r *room) visitHappenings(v *source.Visit, add func(on calendar.Date, what, detail string)) {
	st := v.State
	add(v.Date, "Visit", "")
	if st.Status == visit.Withdrawn {
		add(cmp.Or(st.SubmittedOn, st.PublishedOn), "Published", "")
		add(st.WithdrawnOn, "Withdrawn", st.Reason)
		return
	}
	steps := r.timeline(v)
	if len(steps) == 0 {
		add(st.PublishedOn, "Published", "")
	}
	for _, step := range steps {
		add(step.day, step.Text, step.Who)
	}
}

// A CoverView is the first page of a copy for keeping: what it holds, and where.
type CoverView struct {
	Head
	Rows     []Row
	Contents []Counted
	Keep     []string // sentences on who may hold it
	Check    []Link   // how it is checked
	Records  Link     // the same records as files for a machine
}

// Counted is a list page and how many records it has.
type Counted struct {
	Link
	Count string
}

// A KeysView says which keys signed what, and when they held.
type KeysView struct {
	Head
	Note  string
	Table string // for people who do not see it
	Keys  []KeyLine
	Heads []HeadLine
}

// A KeyLine is one key. Until is empty for one that still holds.
type KeyLine struct{ What, Fingerprint, From, Until string }

// A HeadLine is one state of the site that the authority signed.
type HeadLine struct{ Serial, Date, SHA256 string }
