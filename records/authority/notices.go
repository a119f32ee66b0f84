package authority

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"despatch/records/calendar"
)

// Accessibility is what the accessibility statement needs from people; the rest
// of it comes from test results. A site without a contact and a review date is
// refused: the regulations ask for both, and no test can give them.
type Accessibility struct {
	Contact  string        `yaml:"contact"`  // e-mail address for problems
	Phone    string        `yaml:"phone"`    // left out: the site's first contact's
	Answer   string        `yaml:"answer"`   // within what time people get one; left out: 10 working days
	Prepared calendar.Date `yaml:"prepared"` // when there was a statement first; left out: Reviewed
	Reviewed calendar.Date `yaml:"reviewed"` // when somebody last read it against the site
	Audited  calendar.Date `yaml:"audited"`  // when people with assistive technology last tested; left out: never
	Problems []Barrier     `yaml:"problems"` // what people found that no test finds
}

// A Barrier is something that is not accessible: what, which success criterion
// it fails, and what will be done about it.
type Barrier struct {
	What      string `yaml:"what"`
	Criterion string `yaml:"criterion"` // as 1.3.1
	Plan      string `yaml:"plan"`
}

// Privacy is what the privacy notice needs from the controller (UK GDPR,
// Articles 13 and 14). A site without it is refused: the program knows what it
// keeps, but not on what basis, for how long, and who answers for it.
type Privacy struct {
	Controller string        `yaml:"controller"` // left out: the authority
	Officer    Contact       `yaml:"officer"`    // the data protection officer
	Basis      []string      `yaml:"basis"`      // a sentence each
	Shared     []string      `yaml:"shared"`     // with whom else, a sentence each
	Retention  []Retention   `yaml:"retention"`
	Notice     string        `yaml:"notice"` // address of the authority's whole notice
	Reviewed   calendar.Date `yaml:"reviewed"`
}

// Retention says how long something is kept.
type Retention struct {
	What    string   `yaml:"what"`
	Kept    string   `yaml:"kept"`
	Class   string   `yaml:"class,omitempty"`   // the record office's name for it; with Modules
	Modules []Module `yaml:"modules,omitempty"` // whose records it is
}

// Security is whom to tell of a weakness: what security.txt says (RFC 9116).
type Security struct {
	Contact string `yaml:"contact"` // an e-mail address, or an https address
	Policy  string `yaml:"policy"`  // https address, may be left out
}

// ContactURI is the contact as security.txt has it.
func (s Security) ContactURI() string {
	if isEmail(s.Contact) {
		return "mailto:" + s.Contact
	}
	return s.Contact
}

func (a Accessibility) check(report func(key, text string)) {
	switch {
	case a.Contact == "":
		report("accessibility.contact", "the accessibility statement needs an e-mail address to which people report problems: give accessibility.contact")
	case !isEmail(a.Contact):
		report("accessibility.contact", fmt.Sprintf("%q is not an e-mail address (want one like accessibility@council.example)", a.Contact))
	}
	if a.Phone != "" && Tel(a.Phone) == "" {
		report("accessibility.phone", fmt.Sprintf("%q is not a phone number (want one like 01632 960000)", a.Phone))
	}
	switch {
	case a.Reviewed.IsZero():
		report("accessibility.reviewed", "the accessibility statement needs the day on which somebody last read it against the site: give accessibility.reviewed, as 2026-09-01")
	case a.Reviewed.Before(a.Prepared):
		report("accessibility.prepared", fmt.Sprintf("the statement was prepared on %s, after its review on %s: correct one of the two", a.Prepared, a.Reviewed))
	}
	for i, b := range a.Problems {
		key := fmt.Sprintf("accessibility.problems.%d.", i)
		if strings.TrimSpace(b.What) == "" {
			report(key+"what", "say what is not accessible")
		}
		if !isCriterion(b.Criterion) {
			report(key+"criterion", fmt.Sprintf("%q is not a success criterion (want one of WCAG 2.2 like 1.3.1)", b.Criterion))
		}
		if strings.TrimSpace(b.Plan) == "" {
			report(key+"plan", "say what will be done about it, and when")
		}
	}
}

// isCriterion reports whether s has the form of a success criterion: 1.4.13.
func isCriterion(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return false
	}
	for _, p := range parts {
		if p == "" || len(p) > 2 || p[0] == '0' || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return parts[0] <= "4" && len(parts[0]) == 1
}

func (p Privacy) check(report func(key, text string)) {
	if p.Officer.Name == "" || p.Officer.Email == "" && p.Officer.Phone == "" {
		report("privacy.officer", "the privacy notice needs the data protection officer: give privacy.officer a name, and an e-mail address or a phone number")
	}
	p.Officer.Check(func(key, text string) { report("privacy.officer."+key, text) })
	sentences := func(key, what string, list []string, needed bool) {
		if needed && len(list) == 0 {
			report(key, what)
		}
		for i, s := range list {
			if strings.TrimSpace(s) == "" {
				report(fmt.Sprintf("%s.%d", key, i), "an empty sentence says nothing: write it or leave it out")
			}
		}
	}
	sentences("privacy.basis", "the privacy notice needs the lawful basis: give privacy.basis a sentence or more", p.Basis, true)
	sentences("privacy.shared", "", p.Shared, false)
	if len(p.Retention) == 0 {
		report("privacy.retention", "the privacy notice needs to say how long what is kept: give privacy.retention")
	}
	for i, r := range p.Retention {
		if strings.TrimSpace(r.What) == "" || strings.TrimSpace(r.Kept) == "" {
			report(fmt.Sprintf("privacy.retention.%d", i), "say what is kept and for how long: {what: Records of visits, kept: six years}")
		}
	}
	p.checkClasses(report)
	if p.Notice != "" && !isSecureAddress(p.Notice) {
		report("privacy.notice", fmt.Sprintf("%q is not an address (want one that begins with https://)", p.Notice))
	}
	if p.Reviewed.IsZero() {
		report("privacy.reviewed", "the privacy notice needs the day on which somebody last read it: give privacy.reviewed, as 2026-09-01")
	}
}

func (s Security) check(report func(key, text string)) {
	switch {
	case s.Contact == "":
		report("security.contact", "security.txt needs somebody to tell of a weakness: give security.contact an e-mail address, or one that begins with https://")
	case !isEmail(s.Contact) && !isSecureAddress(s.Contact):
		report("security.contact", fmt.Sprintf("%q is neither an e-mail address nor one that begins with https://", s.Contact))
	}
	if s.Policy != "" && !isSecureAddress(s.Policy) {
		report("security.policy", fmt.Sprintf("%q is not an address (want one that begins with https://)", s.Policy))
	}
}

// isSecureAddress reports whether s is a whole https address on one line.
func isSecureAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != "" && !strings.ContainsAny(s, " \t\r\n")
}

var classForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// checkClasses wants each class once, with the modules whose records it is, and
// no module in two.
func (p *Privacy) checkClasses(report func(key, text string)) {
	classes, modules := make(map[string]bool), make(map[Module]string)
	for i, r := range p.Retention {
		key := fmt.Sprintf("privacy.retention.%d", i)
		switch {
		case r.Class == "" && len(r.Modules) == 0:
			continue
		case !classForm.MatchString(r.Class) || classes[r.Class] || len(r.Modules) == 0:
			report(key+".class", fmt.Sprintf("%q is not the name of one class with modules (want one like {class: visits, modules: [visits]}, each class once)", r.Class))
		}
		classes[r.Class] = true
		for _, m := range r.Modules {
			if !slices.Contains(Modules(), m) || modules[m] != "" {
				report(key+".modules", fmt.Sprintf("%q is no module, or is in two classes (want one of %s)", m, joined(Modules())))
			}
			modules[m] = r.Class
		}
	}
}

// Classes are the entries that name a class of records.
func (p *Privacy) Classes() []Retention {
	return slices.DeleteFunc(slices.Clone(p.Retention), func(r Retention) bool { return r.Class == "" })
}
