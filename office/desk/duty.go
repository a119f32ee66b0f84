package desk

import (
	"slices"

	"despatch/generator/page"
	"despatch/generator/source"
	"despatch/records/access"
	"despatch/records/calendar"
	"despatch/records/misheet"
	"despatch/records/school"
	"despatch/records/visit"
)

// headteacherRole is whose duty an answer to a visit is (row V15).
const headteacherRole = "headteacher"

// A Duty is something that a school has to do by a date, and who there is told.
type Duty struct {
	Record
	School  string // URN
	Due     misheet.Due
	Respond bool // a visit, which is read and responded to
	// People are those who are told: of a visit the Headteachers, else whoever may
	// respond; of all else those whom it is addressed to.
	People []*access.Account
}

// Duties are what schools have to do now and have not done: visits that a response is
// awaited to and of which people are to be told at once (row V15), Action sheets and
// data returns. What is past its date is nobody's duty any more, and a visit that
// nobody could see from outside is not yet one.
func (d *Desk) Duties() ([]Duty, []source.Problem) {
	visits, problems := d.visits()
	today := calendar.On(d.now)
	var duties []Duty
	for i := range visits {
		v := &visits[i]
		if v.State.Status != visit.Submitted || v.Profile.Notify != visit.NotifyImmediate || v.State.SeenOn.IsZero() || v.State.RespondBy.Before(today) {
			continue
		}
		duties = append(duties, Duty{Record{ID: v.ID, Kind: "visit"}, v.School, misheet.Due{Date: v.State.RespondBy}, true, d.toldOfVisits(v.School)})
	}
	tasks, more := d.tasks()
	for _, t := range tasks {
		if !t.due.Date.IsZero() && t.due.Date.Before(today) {
			continue
		}
		for _, urn := range t.to {
			if !t.done(urn) {
				duties = append(duties, Duty{t.Record, urn, t.due, false, d.holding(urn, t.roles)})
			}
		}
	}
	return duties, faults(append(problems, more...))
}

// toldOfVisits are those at a school who are told that a visit awaits a response: the
// Headteachers, else whoever may respond.
func (d *Desk) toldOfVisits(urn string) []*access.Account {
	if heads := d.holding(urn, []string{headteacherRole}); len(heads) > 0 {
		return heads
	}
	return slices.DeleteFunc(slices.Clone(d.site.People(urn)), func(a *access.Account) bool {
		return !slices.Contains(d.site.Holdings(a), access.Compartment{School: urn, Kind: access.Visits.Kind(access.Full)})
	})
}

// holding are the accounts that have one of the roles at a school.
func (d *Desk) holding(urn string, roles []string) []*access.Account {
	var all []*access.Account
	for _, a := range d.site.People(urn) {
		if slices.ContainsFunc(a.Schools, func(p access.Place) bool {
			return p.School == urn && slices.ContainsFunc(p.Roles, func(r string) bool { return slices.Contains(roles, r) })
		}) {
			all = append(all, a)
		}
	}
	return all
}

// A Listed is a line that the portal shows to whoever holds a compartment, with the
// path of its page as links of mails have it.
type Listed struct {
	page.Item
	Path string
}

// Listed gives what has a page in each compartment once the folder is built.
func (d *Desk) Listed(names page.Names) (map[access.Compartment][]Listed, []source.Problem) {
	visits, problems := d.visits()
	common, more := d.common()
	of := make(map[string][]source.Visit)
	for _, v := range visits {
		of[v.School] = append(of[v.School], v)
	}
	o := page.Options{Now: d.now, Names: names}
	all := make(map[access.Compartment][]Listed)
	add := func(plan []page.Compartment) {
		for i := range plan {
			for _, item := range plan[i].Items {
				if item.Page != "" {
					all[plan[i].ID] = append(all[plan[i].ID], Listed{item, "/s/" + plan[i].Root + "/" + item.Page})
				}
			}
		}
	}
	add(page.Authority(o, d.site, common))
	for _, urn := range d.site.SchoolKeys() {
		if sc := d.site.Schools[urn]; sc.Status != school.Closed {
			add(page.School(o, d.site, common, sc, of[urn]))
		}
	}
	return all, faults(append(problems, more...))
}

// Uncarried is the first event that a tree was not built from, or nothing: carried
// tells it of each.
func (d *Desk) Uncarried(carried func(file string) bool) string {
	for _, e := range d.listing.Entries {
		if e.IsEvent() && !carried(e.Path) {
			return e.Path
		}
	}
	return ""
}

// Site is what is there once.
func (d *Desk) Site() *source.Site { return d.site }
