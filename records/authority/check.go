package authority

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Modules are the modules in the order of the menu; the last four build nothing
// here.
func Modules() []Module {
	return []Module{
		Visits, Sheets, Returns, Documents, News, Results,
		SelfEvaluation, PerformanceManagement, ProfessionalStandards, LessonObservations,
	}
}

// On reports whether a module is switched on. A module that is not written is
// off (row V01).
func (s *Settings) On(m Module) bool { return s.Modules[m] }

// Check reports what is wrong with despatch.yaml: the key, as theme.brand, and a
// sentence.
func (s *Settings) Check(report func(key, text string)) {
	needs := func(key, value, what string) {
		if strings.TrimSpace(value) == "" {
			report(key, what)
		}
	}
	needs("authority.name", s.Authority.Name, "the authority has a name")
	needs("authority.short", s.Authority.Short, "the authority has a short name, as in \"Northmoor's advisers\"")
	if len(s.Authority.Code) != 3 || strings.Trim(s.Authority.Code, "0123456789") != "" {
		report("authority.code", fmt.Sprintf("%q is not an authority's number (want three digits in quotes)", s.Authority.Code))
	}
	needs("portal.name", s.Portal.Name, "the portal has a name")
	if !isOrigin(s.Portal.Address) {
		report("portal.address", fmt.Sprintf("%q is not an origin (want one like https://schools.council.example, without a path)", s.Portal.Address))
	}
	if s.Portal.Box != "" && !isOrigin(s.Portal.Box) {
		report("portal.box", fmt.Sprintf("%q is not an origin (want one like https://box.council.example, or nothing)", s.Portal.Box))
	}
	s.Helpline.check(report)
	if len(s.Contacts) == 0 {
		report("contacts", "name at least one contact: every record shows whom to ask")
	}
	for i, c := range s.Contacts {
		if c.Name == "" {
			report(fmt.Sprintf("contacts.%d.name", i), "a contact has a name")
		}
		c.Check(func(key, text string) { report(fmt.Sprintf("contacts.%d.%s", i, key), text) })
	}
	for _, m := range slices.Sorted(maps.Keys(s.Modules)) {
		if !slices.Contains(Modules(), m) {
			report("modules."+string(m), fmt.Sprintf("unknown module %q (want one of %s)", m, joined(Modules())))
		}
	}
	s.Accessibility.check(report)
	s.Privacy.check(report)
	s.Security.check(report)
	s.Theme.check(report)
	if s.Timestamps.Server != "" && !isServer(s.Timestamps.Server) {
		report("timestamps.server", fmt.Sprintf("%q is not the address of a server (want one like https://tsa.example/tsr, or nothing)", s.Timestamps.Server))
	}
	s.checkServices(report)
	s.Mail.check(report)
	for i, c := range s.Closures {
		if c.Date.IsZero() || c.Name == "" {
			report(fmt.Sprintf("closures.%d", i), "a closure has a date and a name")
		}
	}
}

func (h Helpline) check(report func(key, text string)) {
	for _, n := range []struct{ key, phone string }{{"office_hours", h.OfficeHours}, {"out_of_hours", h.OutOfHours}} {
		if n.phone != "" && Tel(n.phone) == "" {
			report("helpline."+n.key, fmt.Sprintf("%q is not a phone number (want one like 01632 960001)", n.phone))
		}
	}
	from, ok1 := clock(h.From)
	to, ok2 := clock(h.To)
	switch {
	case !ok1:
		report("helpline.from", fmt.Sprintf("%q is not a time of day (want one like 08:30)", h.From))
	case !ok2:
		report("helpline.to", fmt.Sprintf("%q is not a time of day (want one like 17:00)", h.To))
	case from >= to:
		report("helpline.to", fmt.Sprintf("office hours from %s to %s are none", h.From, h.To))
	}
}

// clock is the minute of the day of a time written as 08:30.
func clock(s string) (minute int, ok bool) {
	if len(s) != 5 || s[2] != ':' || strings.Trim(s[:2]+s[3:], "0123456789") != "" {
		return 0, false
	}
	h, _ := strconv.Atoi(s[:2])
	m, _ := strconv.Atoi(s[3:])
	return 60*h + m, h < 24 && m < 60
}

// isOrigin reports whether s is a scheme and a host and nothing else; plain
// http is for this machine only.
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || s != u.Scheme+"://"+u.Host || s != strings.ToLower(s) {
		return false
	}
	local := u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1"
	return u.Scheme == "https" || u.Scheme == "http" && local
}

// isServer reports whether s is the address of something on a server. Stamps are
// signed, so plain http, which many such servers speak, hides nothing and harms
// nothing.
func isServer(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.Fragment == "" && !strings.ContainsAny(s, " \t\n")
}

func joined(modules []Module) string {
	words := make([]string, len(modules))
	for i, m := range modules {
		words[i] = string(m)
	}
	return strings.Join(words, ", ")
}

// Check reports what is wrong with the publisher: the key and a sentence.
func (p *Publisher) Check(report func(key, text string)) {
	if strings.TrimSpace(p.Name) == "" {
		report("name", "a publisher has a name")
	}
	switch {
	case p.Kind != PublisherAuthority && p.Kind != PublisherTrust:
		report("kind", fmt.Sprintf("unknown kind %q (want authority or trust)", p.Kind))
	case p.ID == PublisherAuthority && p.Kind != PublisherAuthority:
		report("kind", "the publisher with the id authority is the authority itself: its kind is authority")
	case p.Premium && p.Kind != PublisherTrust:
		report("premium", "only a trust can be premium")
	}
	p.Contact.Check(func(key, text string) { report("contact."+key, text) })
}
