package render

import (
	"bytes"
	"cmp"
	"fmt"
	"time"

	"despatch/generator/page"
	"despatch/layouts"
	"despatch/records/authority"
	"despatch/records/calendar"
)

// A notice is a page about the site itself: help, and what the law asks for.
// Anyone may read them, signed in or not, with scripts or without; they hold
// nothing of any school.
type notice struct {
	name, title string
	view        any
}

// aboutView is what every notice says besides its own.
type aboutView struct {
	Authority, Short, Portal, Address string
	Contacts                          []page.Contact
	Helpline                          helpline
}

// A helpView names the modules that the site has and those that it has not (rows
// P32, P33).
type helpView struct {
	aboutView
	On, Off []module
	Fuller  []module
	Box     bool
}

type module struct {
	Name, What string
	On         bool
}

type privacyView struct {
	aboutView
	authority.Privacy
	Officer page.Contact
	Box     bool
}

type cookiesView struct {
	aboutView
	Kept []layouts.Kept
}

// An accessibilityView is the statement in the form that the regulations of 2018
// ask for.
type accessibilityView struct {
	aboutView
	authority.Accessibility
	Contact page.Contact
	Partly  bool // not fully compliant
	Checks  *layouts.Checks
	Tested  calendar.Date
	Looks   int
	Broken  []layouts.Failure // of a success criterion
	Advice  []layouts.Failure // of a best practice
}

// notices are the pages under about/.
func (r *Renderer) notices() []notice {
	about := r.about()
	return []notice{
		{"help", "Help", r.help(about)},
		{"accessibility", "Accessibility statement", r.statement(about)},
		{"privacy", "Privacy notice", r.privacy(about)},
		{"cookies", "Cookies", cookiesView{about, r.assets.Kept}},
	}
}

func (r *Renderer) about() aboutView {
	s := r.settings
	return aboutView{
		Authority: s.Authority.Name, Short: cmp.Or(s.Authority.Short, s.Authority.Name), Portal: s.Portal.Name, Address: s.Portal.Address,
		Contacts: r.contacts(), Helpline: r.helpline(),
	}
}

func (r *Renderer) help(about aboutView) helpView {
	v := helpView{aboutView: about, Box: r.settings.Portal.Box != ""}
	for _, m := range []struct {
		module     authority.Module
		name, what string
	}{
		{authority.Visits, "Records of visits", "Every visit to your school, how far its record is, and the report for those who may read it."},
		{authority.Sheets, "MI sheets", "Management Information sheets: what you must do, by when, and what you should know."},
		{authority.Returns, "Surveys and data returns", "What your school is asked for, with the questions and the last day."},
		{authority.Documents, "Documents", "Letters and files for your school or your role."},
		{authority.News, "News", "Short news."},
		{authority.Results, "Results", "Your school’s results, from the moment of their release."},
	} {
		if one := (module{m.name, m.what, r.settings.On(m.module)}); one.On {
			v.On = append(v.On, one)
		} else {
			v.Off = append(v.Off, one)
		}
	}
	for _, m := range []struct {
		module     authority.Module
		name, what string
	}{
		{authority.SelfEvaluation, "Self-Evaluation and Planning", "The school’s own view of itself, and its improvement plan."},
		{authority.PerformanceManagement, "Performance Management", "Objectives and reviews of staff."},
		{authority.ProfessionalStandards, "Professional Standards", "Evidence of each teacher against the Teachers’ Standards."},
		{authority.LessonObservations, "Lesson Observations", "Records of observed lessons."},
	} {
		v.Fuller = append(v.Fuller, module{m.name, m.what, r.settings.On(m.module)})
	}
	return v
}

func (r *Renderer) privacy(about aboutView) privacyView {
	p := r.settings.Privacy
	p.Controller = cmp.Or(p.Controller, about.Authority)
	return privacyView{aboutView: about, Privacy: p, Officer: shown(p.Officer), Box: r.settings.Portal.Box != ""}
}

func (r *Renderer) statement(about aboutView) accessibilityView {
	a := r.settings.Accessibility
	a.Answer = cmp.Or(a.Answer, "10 working days")
	if a.Prepared.IsZero() {
		a.Prepared = a.Reviewed
	}
	who := authority.Contact{Email: a.Contact, Phone: a.Phone}
	if who.Phone == "" && len(r.settings.Contacts) > 0 {
		who.Phone = r.settings.Contacts[0].Phone
	}
	v := accessibilityView{aboutView: about, Accessibility: a, Contact: shown(who), Checks: r.assets.Checks, Tested: calendar.On(r.assets.Checks.On())}
	for _, p := range r.assets.Checks.Pages {
		v.Looks += p.Looks
	}
	for _, f := range r.assets.Checks.Failures {
		if f.Criterion == "" {
			v.Advice = append(v.Advice, f)
		} else {
			v.Broken = append(v.Broken, f)
		}
	}
	v.Partly = len(v.Broken) > 0 || len(a.Problems) > 0 || a.Audited.IsZero()
	return v
}

// putNotices renders the notices into the shell.
func (r *Renderer) putNotices(files map[string][]byte) error {
	for _, n := range r.notices() {
		var b bytes.Buffer
		if err := r.write(&b, frameKey{about, n.name}, n.name, n.title, n.view); err != nil {
			return fmt.Errorf("render the %s page: %w", n.name, err)
		}
		files["about/"+n.name+".html"] = b.Bytes()
	}
	return nil
}

func shown(c authority.Contact) page.Contact {
	return page.Contact{Name: c.Name, Email: c.Email, Phone: c.Phone, Tel: authority.Tel(c.Phone), For: c.For}
}

// SecurityTurn is the next moment at which security.txt changes. It must not be
// more than a year in force (RFC 9116 section 2.5.5), and the same content shall
// give the same bytes: it ends at the half-year after the next one, so that it is
// in force for half a year at least whenever it was built last.
func SecurityTurn(now time.Time) time.Time { return halfYear(now, 1) }

func halfYear(now time.Time, after int) time.Time {
	first := time.January
	if now.UTC().Month() >= time.July {
		first = time.July
	}
	return time.Date(now.UTC().Year(), first, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 6*after, 0)
}

// securityTxt is RFC 9116's file, which tells where a weakness is told.
func securityTxt(s *authority.Settings, now time.Time) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Contact: %s\nExpires: %s\nPreferred-Languages: en\nCanonical: %s/.well-known/security.txt\n",
		s.Security.ContactURI(), halfYear(now, 2).Format(time.RFC3339), s.Portal.Address)
	if s.Security.Policy != "" {
		fmt.Fprintf(&b, "Policy: %s\n", s.Security.Policy)
	}
	return b.Bytes()
}
