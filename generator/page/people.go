package page

import (
	"cmp"
	"slices"

	"despatch/generator/source"
	"despatch/records/access"
	"despatch/records/authority"
	"despatch/records/calendar"
)

// permissionPage is the portal's own page that says whom to ask, as the pages of a
// compartment lead to it.
const permissionPage = "../permission.html"

// A PersonView is what is one person's own at a school: the address held for them
// and what they can see there (rows P20, P29, X05), and whom to ask for more (row
// V11). The browser puts its parts into the account page and into the page that
// stands where something may not be opened.
type PersonView struct {
	Head
	Rows   []Row
	Email  string
	Taken  string // the deposit by which they last changed it, or empty
	Shared bool   // the address looks like a mailbox that several people read (row X02)
	Ask    Ask
	// NotTaken is what they sent for the school and the authority could not take.
	NotTaken []NotTaken
	// Permits are the colleagues whom a Headteacher may permit what (row V11), or none.
	Permits []Colleague
	// Done are the deposits of such permissions that were taken.
	Done []string
}

// A NotTaken is something sent that was not taken, and why.
type NotTaken struct {
	Deposit, What, Why string
	On                 Value
}

// A Colleague is somebody whom a Headteacher may permit to see more, or less.
type Colleague struct {
	Account, Name, Roles string
	Areas                []Permit
}

// A Permit is what a colleague may see of an area, as an id and in words.
type Permit struct{ Area, Name, Right, Sees string }

// An Ask says whom to ask for permission at a school.
type Ask struct {
	School       string
	Headteachers []string // names, as far as they have accounts
	Self         bool     // the person is one of them
	Authority    string   // short name
	Contact      Contact  // of the authority
}

// A PeopleView is the table of who at a school can see what (row X05).
type PeopleView struct {
	Head
	Areas  []string // the columns after name and roles
	People []PersonLine
}

// A PersonLine is one person in that table; Sees has a text for each area. Account
// is the opaque id by which a receipt names who sent, or empty: the browser tells
// who answered first (row G5).
type PersonLine struct {
	Name, Email string
	Account     string
	Roles       string
	Returned    string // that mail to the address came back, and when; or empty (row P30)
	Sees        []string
}

// people adds what is each person's own, and the table of all for those who may
// see it.
func (p *plan) people(c *source.Common) {
	all, heads := p.site.People(p.school.URN), p.headteachers()
	areas := p.permitted()
	table := &PeopleView{Head: Head{Area: "account", Caption: p.school.Name, Heading: "Who can see what"}}
	for _, area := range areas {
		table.Areas = append(table.Areas, areaNames[area])
	}
	seen := false
	for _, a := range all {
		place := a.Schools[slices.IndexFunc(a.Schools, func(at access.Place) bool { return at.School == p.school.URN })]
		line := PersonLine{Name: a.Name, Email: a.Email, Roles: joined(p.roleNames(place.Roles))}
		if p.Names.Account != nil {
			line.Account = p.Names.Account(a.Code)
		}
		rows := []Row{
			{"E-mail address we hold", []Value{{Text: a.Email, Href: "mailto:" + a.Email}}},
			{"Role", []Value{{Text: line.Roles}}},
		}
		if back := p.site.Undelivered.Of(a.Email); back != nil {
			line.Returned = "Mail to this address came back on " + back.On.Short()
			rows = append(rows, Row{"Mail to this address", []Value{{Text: "It came back on " + back.On.Short() + ", so we write nothing to you there. The mail server said: " + back.Why}}})
		}
		for _, area := range areas {
			right := p.site.Vocabulary.Right(place, area)
			seen = seen || area == access.People && right != access.Off
			sees := seesText(area, right) + p.givenBy(c, line.Account, area, right)
			line.Sees = append(line.Sees, sees)
			rows = append(rows, Row{areaNames[area], []Value{{Text: sees}}})
		}
		table.People = append(table.People, line)
		r := p.room(access.PersonKind(a.Code))
		view := &PersonView{
			Head: Head{Area: "account", Caption: p.school.Name, Heading: "Your account"},
			Rows: rows, Email: a.Email, Taken: c.Readdressed[line.Account].Deposit, Shared: a.SharedMailbox(), Ask: p.ask(a, heads),
		}
		view.NotTaken = p.notTaken(c, line.Account)
		if view.Ask.Self {
			view.Permits, view.Done = p.colleagues(heads), p.granted(c)
		}
		r.Lists = append(r.Lists, List{Area: "account", Title: "Your account", Page: r.add("person/"+a.Code, "Your account", 0, false, view)})
	}
	if seen {
		r := p.room(access.People.Kind(access.Audit))
		r.Lists = append(r.Lists, List{Area: "people", Title: table.Heading, Page: r.add("people", table.Heading, 0, false, table)})
	}
}

// permitted are the areas whose modules are on, and the table itself.
func (p *plan) permitted() []access.Area {
	modules := map[access.Area]authority.Module{
		access.Visits: authority.Visits, access.Documents: authority.Documents, access.Returns: authority.Returns, access.Results: authority.Results,
	}
	return slices.DeleteFunc(access.Areas(), func(a access.Area) bool { m, ok := modules[a]; return ok && !p.site.Settings.On(m) })
}

var areaNames = map[access.Area]string{
	access.Visits: "Records of visits", access.Documents: "Documents", access.Returns: "Data returns", access.Results: "Results",
	access.People: "Who can see what",
}

// seesText says a right in words.
func seesText(area access.Area, r access.Right) string {
	may := r == access.Audit || r == access.Full
	switch {
	case area == access.People && may:
		return "Yes"
	case area == access.People:
		return "No"
	case !may:
		return "Nothing"
	case r == access.Audit:
		return "The list only"
	}
	return "Everything"
}

// headteachers are the accounts of the school's Headteachers.
func (p *plan) headteachers() []*access.Account {
	var heads []*access.Account
	for _, a := range p.site.People(p.school.URN) {
		if slices.ContainsFunc(a.Schools, func(at access.Place) bool {
			return at.School == p.school.URN && slices.Contains(at.Roles, access.Headteacher)
		}) {
			heads = append(heads, a)
		}
	}
	return heads
}

// headteacher names whom to ask at the school, in a sentence.
func (p *plan) headteacher() string {
	var names []string
	for _, a := range p.headteachers() {
		names = append(names, a.Name)
	}
	if len(names) == 0 {
		return "your Headteacher"
	}
	return "your Headteacher, " + joined(names) + ","
}

func (p *plan) ask(a *access.Account, heads []*access.Account) Ask {
	ask := Ask{School: p.school.Name, Authority: p.authorityShort()}
	for _, h := range heads {
		ask.Headteachers = append(ask.Headteachers, h.Name)
		ask.Self = ask.Self || h == a
	}
	if contacts := p.defaultContacts(); len(contacts) > 0 {
		ask.Contact = contacts[0]
	}
	return ask
}

// colleagues are those at the school whom a Headteacher may permit what they see.
func (p *plan) colleagues(heads []*access.Account) (all []Colleague) {
	for _, a := range p.site.People(p.school.URN) {
		if slices.Contains(heads, a) || p.Names.Account == nil {
			continue
		}
		place := a.Schools[slices.IndexFunc(a.Schools, func(at access.Place) bool { return at.School == p.school.URN })]
		one := Colleague{Account: p.Names.Account(a.Code), Name: a.Name, Roles: joined(p.roleNames(place.Roles))}
		for _, area := range p.permitted() {
			right := p.site.Vocabulary.Right(place, area)
			one.Areas = append(one.Areas, Permit{string(area), areaNames[area], string(right), seesText(area, right)})
		}
		all = append(all, one)
	}
	return all
}

// granted are the deposits of the permissions of the school that were taken.
func (p *plan) granted(c *source.Common) (deposits []string) {
	for _, g := range c.Permitted {
		if g.School == p.school.URN {
			deposits = append(deposits, g.Deposit)
		}
	}
	return deposits
}

// givenBy says whose word it was that somebody may see what they may, where it was a
// Headteacher's and still is so.
func (p *plan) givenBy(c *source.Common, account string, area access.Area, right access.Right) string {
	for _, g := range c.Permitted {
		if g.Account != account || account == "" || g.School != p.school.URN || g.Area != area || g.Right != right {
			continue
		}
		by := "a Headteacher"
		for _, a := range p.site.Accounts {
			if p.Names.Account(a.Code) == g.By {
				by = a.Name
			}
		}
		return ", given by " + by + " on " + calendar.On(g.At).Short()
	}
	return ""
}

// sentNames say what somebody sent, by the kind of its deposit.
var sentNames = map[string]string{
	"response": "Your answer to a visit report", "withdrawal": "Your word that something sent no longer counts",
	"upload": "Documents for a service", "email-change": "Your new e-mail address", "permission-grant": "A permission for a colleague",
	"return": "A data return", "passkey": "A change to your passkeys",
}

// notTaken is what an account sent for the school and was not taken, the newest first.
func (p *plan) notTaken(c *source.Common, account string) (all []NotTaken) {
	add := func(x source.Refusal, what string) {
		if x.School == p.school.URN && x.Account == account && account != "" {
			all = append(all, NotTaken{x.Deposit, what, "Because " + x.Reason, atTime(x.At)})
		}
	}
	for _, x := range c.Refused {
		add(x, cmp.Or(sentNames[x.What], "Something that you sent"))
	}
	for i := range c.Returns {
		for _, x := range c.Returns[i].Refusals {
			add(x, "Data return: "+c.Returns[i].Title)
		}
	}
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b NotTaken) int { return cmp.Compare(b.On.Date, a.On.Date) })
	return all
}
