package desk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"despatch/generator/source"
	"despatch/office/answers"
	"despatch/records/calendar"
	"despatch/records/misheet"
	"despatch/records/school"
)

// An Owed is something that a school has not done, and whom to ask there (row P35).
type Owed struct {
	By     string `json:"by"`
	Left   string `json:"left"`
	Kind   string `json:"kind"`
	Record string `json:"record"`
	Title  string `json:"title"`
	School string `json:"school"` // URN
	Name   string `json:"name"`
	State  string `json:"state"` // nothing came, or what came was not taken
	// Contact is who may do it at the school, or the school's key contact.
	Contact string `json:"contact"`
	Email   string `json:"email"`
	Phone   string `json:"phone"`
}

// A task is a record that schools are to act on by a date.
type task struct {
	Record
	title  string
	due    misheet.Due
	roles  []string
	to     []string // URNs
	done   func(school string) bool
	refuse func(school string) string // why what came was not taken, or nothing
}

// Owed lists what schools have not done: of one record, or where none is said of all
// whose date is past; with upcoming also of those whose date is still to come. A
// colleague's answer counts for the school.
func (d *Desk) Owed(said string, upcoming bool) ([]Owed, []source.Problem, error) {
	var only Record
	if said != "" {
		var err error
		if only, err = d.Find(said); err != nil {
			return nil, nil, err
		}
	}
	tasks, problems := d.tasks()
	var owed []Owed
	found := said == ""
	for _, t := range tasks {
		past := !t.due.Date.IsZero() && t.due.Date.Before(calendar.On(d.now))
		switch {
		case said != "" && t.ID != only.ID, said == "" && !upcoming && !past:
			continue
		}
		found = true
		line := d.due(t.ID, t.Kind, t.title, "", t.due.Date, t.due.Text)
		for _, urn := range t.to {
			if t.done(urn) {
				continue
			}
			o := Owed{By: line.By, Left: line.Left, Kind: t.Kind, Record: t.ID, Title: t.title, School: urn, Name: d.site.Schools[urn].Name, State: "nothing came"}
			if why := t.refuse(urn); why != "" {
				o.State = "not taken: " + why
			}
			o.Contact, o.Email, o.Phone = d.whomToAsk(urn, t.roles)
			owed = append(owed, o)
		}
	}
	if !found {
		return nil, nil, refuse("despatch list due", "%s is nothing that schools are to act on now", only.ID)
	}
	slices.SortFunc(owed, func(a, b Owed) int {
		return cmp.Or(compareBy(a.By, b.By), cmp.Compare(a.Record, b.Record), cmp.Compare(a.School, b.School))
	})
	return owed, faults(problems), nil
}

// tasks are the Action sheets and data returns that schools have.
func (d *Desk) tasks() ([]task, []source.Problem) {
	common, problems := d.common()
	var tasks []task
	byID := make(map[string]*source.Return)
	for i := range common.Returns {
		f := &common.Returns[i]
		byID[f.ID] = f
		if f.Live(d.now) {
			tasks = append(tasks, task{
				Record: Record{ID: f.ID, Kind: "return"}, title: f.Title, due: misheet.Due{Date: f.Due}, roles: f.Roles, to: d.reached(f.Group, nil),
				done: func(school string) bool { _, ok := f.DoneBy(school); return ok },
				refuse: func(school string) string {
					r, _ := f.RefusedTo(school)
					return r.Reason
				},
			})
		}
	}
	for i := range common.Sheets {
		s := &common.Sheets[i]
		if !s.Live(d.now) || s.Type != misheet.Action || s.Due.IsZero() {
			continue
		}
		tasks = append(tasks, task{
			Record: Record{ID: s.ID, Kind: "sheet"}, title: s.Title, due: s.Due, roles: s.Roles, to: d.reached(s.Group, s.Schools),
			done: func(school string) bool {
				_, ok := s.DoneBy(school)
				if f := byID[s.Return]; !ok && f != nil {
					_, ok = f.DoneBy(school)
				}
				return ok
			},
			refuse: func(string) string { return "" },
		})
	}
	return tasks, problems
}

// reached are the open schools of a group, or those named, or all.
func (d *Desk) reached(group string, named []string) []string {
	all := d.site.SchoolKeys()
	switch {
	case group != "":
		all = d.site.GroupSchools(group)
	case len(named) > 0:
		all = slices.Sorted(slices.Values(named))
	}
	return slices.DeleteFunc(all, func(urn string) bool {
		sc := d.site.Schools[urn]
		return sc == nil || sc.Status == school.Closed || sc.Status == school.ProposedToOpen
	})
}

// whomToAsk names who may act at a school: those with one of the roles, else the
// school's key contact.
func (d *Desk) whomToAsk(urn string, roles []string) (names, mails, phone string) {
	var people, addresses []string
	for _, a := range d.holding(urn, roles) {
		people, addresses = append(people, a.Name), append(addresses, a.Email)
	}
	key := d.site.Schools[urn].KeyContact
	if len(people) == 0 && !key.IsZero() {
		people, addresses = append(people, key.Name), append(addresses, key.Email)
	}
	return strings.Join(people, ", "), strings.Join(addresses, ", "), key.Phone
}

// A Return is how far a data return is.
type Return struct {
	Record    string `json:"record"`
	Title     string `json:"title"`
	Due       string `json:"due"`
	Closes    string `json:"closes"`
	Schools   int    `json:"schools"`
	Completed int    `json:"completed"`
	Late      int    `json:"late"`
	NotTaken  int    `json:"not_taken"` // something came, and was not taken
	Missing   int    `json:"missing"`
}

// completed says how many schools have completed a return.
func (d *Desk) completed(f *source.Return) string {
	schools, done := d.reached(f.Group, nil), 0
	for _, urn := range schools {
		if _, ok := f.DoneBy(urn); ok {
			done++
		}
	}
	return fmt.Sprintf("%d of %d schools have completed it", done, len(schools))
}

// Returns lists the data returns that schools have, by the date on which they are
// due.
func (d *Desk) Returns() ([]Return, []source.Problem) {
	common, problems := d.common()
	var all []Return
	for i := range common.Returns {
		f := &common.Returns[i]
		if !f.Live(d.now) {
			continue
		}
		line := Return{Record: f.ID, Title: f.Title, Due: f.Due.String(), Closes: f.ClosesOn().String()}
		for _, urn := range d.reached(f.Group, nil) {
			line.Schools++
			done, ok := f.DoneBy(urn)
			_, refused := f.RefusedTo(urn)
			switch {
			case ok && done.Late:
				line.Completed, line.Late = line.Completed+1, line.Late+1
			case ok:
				line.Completed++
			default:
				line.Missing++
			}
			if refused {
				line.NotTaken++
			}
		}
		all = append(all, line)
	}
	slices.SortFunc(all, func(a, b Return) int { return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Record, b.Record)) })
	return all, faults(problems)
}

// Answers reads what schools answered to a data return that is found as Find does.
func (d *Desk) Answers(said string) (answers.Whole, error) {
	r, err := d.Find(said)
	if err != nil {
		return answers.Whole{}, err
	}
	if r.Kind != "return" {
		return answers.Whole{}, refuse("", "%s is a %s", r.ID, r.Kind)
	}
	common, problems := d.common()
	if err := d.blocked(problems, r.Path); err != nil {
		return answers.Whole{}, err
	}
	for i := range common.Returns {
		if common.Returns[i].ID == r.ID {
			return (&answers.Reader{Folder: d.folder, Site: d.site}).Read(&common.Returns[i]), nil
		}
	}
	return answers.Whole{}, refuse("despatch check", "%s cannot be read", r.Path)
}

// SchoolName is a school's name, or nothing for one that is not there.
func (d *Desk) SchoolName(urn string) string {
	if sc := d.site.Schools[urn]; sc != nil {
		return sc.Name
	}
	return ""
}
