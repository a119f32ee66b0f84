package authority_test

import (
	"strings"
	"testing"

	"despatch/records/authority"
	"despatch/records/calendar"
)

func TestTel(t *testing.T) {
	for written, want := range map[string]string{
		"01632 960000":          "tel:+441632960000",
		"(01632) 960 000":       "tel:+441632960000",
		"+44 (0)1632 960000":    "tel:+441632960000",
		"+441632960000":         "tel:+441632960000",
		"07700-900001":          "tel:+447700900001",
		"01632 960000 ext. 12":  "tel:+441632960000;ext=12",
		"01632 960000 x12":      "tel:+441632960000;ext=12",
		"later":                 "",
		"":                      "",
		"960000":                "",
		"0800":                  "",
		"01632 960000 or later": "",
		"+44+1632960000":        "",
		"javascript:alert(0)":   "",
		"0123456789012345678":   "",
	} {
		if got := authority.Tel(written); got != want {
			t.Errorf("%q: %q, want %q", written, got, want)
		}
	}
}

func TestContactLine(t *testing.T) {
	c := authority.Contact{Name: "Robin Vale", Email: "robin.vale@northmoor.example", Phone: "01632 960010"}
	if got := c.Line(); got != "Robin Vale, 01632 960010, robin.vale@northmoor.example" {
		t.Error(got)
	}
	if none := (authority.Contact{}); none.Line() != "" || !none.IsZero() || c.IsZero() {
		t.Error("nobody is somebody")
	}
}

func TestContrastIsWCAGs(t *testing.T) {
	for brand, want := range map[string][2]float64{"#000000": {20.99, 21.01}, "#ffffff": {0.99, 1.01}, "#767676": {4.5, 4.6}, "#777777": {4.4, 4.5}, "#1d3c6e": {10, 12}} {
		if got, ok := (authority.Theme{Brand: brand}).Contrast(); !ok || got < want[0] || got > want[1] {
			t.Errorf("%s: %.3f, want %v", brand, got, want)
		}
	}
	for _, brand := range []string{"", "red", "#fff", "1d3c6e", "#1d3c6g", "#1d3c6e00"} {
		if got, ok := (authority.Theme{Brand: brand}).Contrast(); ok {
			t.Errorf("%q is a colour of contrast %.2f", brand, got)
		}
	}
}

func settings() *authority.Settings {
	s := &authority.Settings{
		Helpline: authority.Helpline{OfficeHours: "01632 960001", OutOfHours: "07700 900001", From: "08:30", To: "17:00"},
		Contacts: []authority.Contact{{Name: "Portal team"}},
		Modules:  map[authority.Module]bool{authority.Visits: true, authority.Sheets: false},
		Theme:    authority.Theme{Brand: "#1d3c6e"},
	}
	s.Authority.Name, s.Authority.Short, s.Authority.Code = "Northmoor County Council", "Northmoor", "999"
	s.Accessibility = authority.Accessibility{Contact: "accessibility@northmoor.example", Reviewed: calendar.Date{Year: 2026, Month: 9, Day: 1}}
	s.Privacy = authority.Privacy{
		Officer: authority.Contact{Name: "Data Protection Officer", Email: "dpo@northmoor.example"}, Basis: []string{"Public task"},
		Retention: []authority.Retention{{What: "Visits", Kept: "six years"}}, Reviewed: calendar.Date{Year: 2026, Month: 9, Day: 1},
	}
	s.Security.Contact = "security@northmoor.example"
	s.Portal.Name, s.Portal.Address = "Northmoor Schools Portal", "https://schools.northmoor.example"
	return s
}

func TestSettingsCheck(t *testing.T) {
	tests := []struct {
		name   string
		change func(*authority.Settings)
		want   string
	}{
		{"as it should be", func(*authority.Settings) {}, ""},
		{"on this machine", func(s *authority.Settings) { s.Portal.Address = "http://localhost:8080" }, ""},
		{"no name", func(s *authority.Settings) { s.Authority.Name = "" }, "authority.name: "},
		{"no short name", func(s *authority.Settings) { s.Authority.Short = "" }, "authority.short: "},
		{"a code of two digits", func(s *authority.Settings) { s.Authority.Code = "99" }, "authority.code: "},
		{"no portal", func(s *authority.Settings) { s.Portal.Name = "" }, "portal.name: "},
		{"plain http", func(s *authority.Settings) { s.Portal.Address = "http://schools.northmoor.example" }, "portal.address: "},
		{"a slash", func(s *authority.Settings) { s.Portal.Address = "https://schools.northmoor.example/" }, "portal.address: "},
		{"a user", func(s *authority.Settings) { s.Portal.Address = "https://u@schools.northmoor.example" }, "portal.address: "},
		{"a box with a path", func(s *authority.Settings) { s.Portal.Box = "https://box.northmoor.example/x" }, "portal.box: "},
		{"a box that breaks out", func(s *authority.Settings) { s.Portal.Box = "https://box.example; script-src *" }, "portal.box: "},
		{"no helpline", func(s *authority.Settings) { s.Helpline.OfficeHours = "ring us" }, "helpline.office_hours: "},
		{"hours that end first", func(s *authority.Settings) { s.Helpline.To = "08:00" }, "helpline.to: "},
		{"hours of a day to come", func(s *authority.Settings) { s.Helpline.From = "24:30" }, "helpline.from: "},
		{"hours as people write them", func(s *authority.Settings) { s.Helpline.To = "5 pm" }, "helpline.to: "},
		{"nobody to ask", func(s *authority.Settings) { s.Contacts = nil }, "contacts: "},
		{"somebody without a name", func(s *authority.Settings) { s.Contacts[0].Name = "" }, "contacts.0.name: "},
		{"an address that is none", func(s *authority.Settings) { s.Contacts[0].Email = "portal" }, "contacts.0.email: "},
		{"an unknown module", func(s *authority.Settings) { s.Modules["surveys"] = true }, "modules.surveys: "},
		{"a pale colour", func(s *authority.Settings) { s.Theme.Brand = "#777777" }, "theme.brand: white text on #777777 has a contrast of 4.4:1"},
		{"a statement without a contact", func(s *authority.Settings) { s.Accessibility.Contact = "" }, "accessibility.contact: the accessibility statement needs an e-mail address"},
		{"a statement with a number for a contact", func(s *authority.Settings) { s.Accessibility.Contact = "01632 960040" }, "accessibility.contact: "},
		{"a statement with no number", func(s *authority.Settings) { s.Accessibility.Phone = "ring us" }, "accessibility.phone: "},
		{"a statement that nobody has read", func(s *authority.Settings) { s.Accessibility.Reviewed = calendar.Date{} }, "accessibility.reviewed: the accessibility statement needs the day"},
		{"a statement reviewed before it was there", func(s *authority.Settings) { s.Accessibility.Prepared = s.Accessibility.Reviewed.AddDays(1) }, "accessibility.prepared: "},
		{"a barrier", func(s *authority.Settings) {
			s.Accessibility.Problems = []authority.Barrier{{What: "Scans", Criterion: "1.3.1", Plan: "In January"}}
		}, ""},
		{"a barrier of no criterion", func(s *authority.Settings) {
			s.Accessibility.Problems = []authority.Barrier{{What: "Scans", Criterion: "5.1.1", Plan: "In January"}}
		}, "accessibility.problems.0.criterion: "},
		{"a barrier without a plan", func(s *authority.Settings) {
			s.Accessibility.Problems = []authority.Barrier{{What: "Scans", Criterion: "1.4.13"}}
		}, "accessibility.problems.0.plan: "},
		{"a barrier of nothing", func(s *authority.Settings) {
			s.Accessibility.Problems = []authority.Barrier{{Criterion: "1.4.13", Plan: "In January"}}
		}, "accessibility.problems.0.what: "},
		{"a notice without an officer", func(s *authority.Settings) { s.Privacy.Officer = authority.Contact{Name: "Officer"} }, "privacy.officer: "},
		{"an officer without an address that is one", func(s *authority.Settings) { s.Privacy.Officer.Email = "dpo" }, "privacy.officer.email: "},
		{"a notice without a basis", func(s *authority.Settings) { s.Privacy.Basis = nil }, "privacy.basis: "},
		{"a basis of nothing", func(s *authority.Settings) { s.Privacy.Basis = []string{"Public task", " "} }, "privacy.basis.1: "},
		{"a notice that keeps no time", func(s *authority.Settings) { s.Privacy.Retention = nil }, "privacy.retention: "},
		{"a retention without a time", func(s *authority.Settings) { s.Privacy.Retention[0].Kept = "" }, "privacy.retention.0: "},
		{"a notice at an address that is none", func(s *authority.Settings) { s.Privacy.Notice = "http://www.northmoor.example" }, "privacy.notice: "},
		{"a notice that nobody has read", func(s *authority.Settings) { s.Privacy.Reviewed = calendar.Date{} }, "privacy.reviewed: "},
		{"nobody to tell of a weakness", func(s *authority.Settings) { s.Security.Contact = "" }, "security.contact: security.txt needs somebody"},
		{"a page to tell of a weakness", func(s *authority.Settings) { s.Security.Contact = "https://www.northmoor.example/security" }, ""},
		{"a weakness told by phone", func(s *authority.Settings) { s.Security.Contact = "01632 960000" }, "security.contact: "},
		{"a weakness told on two lines", func(s *authority.Settings) { s.Security.Contact = "https://x.example/\nContact: y" }, "security.contact: "},
		{"a policy that is no address", func(s *authority.Settings) { s.Security.Policy = "be kind" }, "security.policy: "},
		{"mail", func(s *authority.Settings) {
			s.Mail = authority.Mail{From: "portal@northmoor.example", Server: "smtp.northmoor.example:587"}
		}, ""},
		{"mail from nobody", func(s *authority.Settings) { s.Mail = authority.Mail{Server: "smtp.northmoor.example:587"} }, "mail.from: "},
		{"mail without a port", func(s *authority.Settings) {
			s.Mail = authority.Mail{From: "portal@northmoor.example", Server: "smtp.northmoor.example"}
		}, "mail.server: "},
		{"mail in clear on this machine", func(s *authority.Settings) {
			s.Mail = authority.Mail{From: "portal@northmoor.example", Server: "127.0.0.1:25", Security: authority.Plain}
		}, ""},
		{"mail in clear to elsewhere", func(s *authority.Settings) {
			s.Mail = authority.Mail{From: "portal@northmoor.example", Server: "smtp.northmoor.example:25", Security: authority.Plain}
		}, "mail.security: none is for a server on this machine"},
		{"mail in a way that is none", func(s *authority.Settings) {
			s.Mail = authority.Mail{From: "portal@northmoor.example", Server: "smtp.northmoor.example:25", Security: "ssl"}
		}, "mail.security: "},
		{"answers to nobody", func(s *authority.Settings) {
			s.Mail = authority.Mail{From: "portal@northmoor.example", ReplyTo: "us", Server: "smtp.northmoor.example:25"}
		}, "mail.reply_to: "},
		{"a closure of no day", func(s *authority.Settings) { s.Closures = make([]calendar.Closure, 1) }, "closures.0: "},
	}
	for _, tt := range tests {
		s := settings()
		tt.change(s)
		var got []string
		s.Check(func(key, text string) { got = append(got, key+": "+text) })
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestModulesAreOffUnlessWritten(t *testing.T) {
	s := settings()
	if !s.On(authority.Visits) || s.On(authority.Sheets) || s.On(authority.News) {
		t.Error("a module is on that should be off, or the other way round")
	}
}

func TestPublisherCheck(t *testing.T) {
	for name, tt := range map[string]struct {
		p    authority.Publisher
		want string
	}{
		"the authority":             {authority.Publisher{ID: "authority", Name: "N", Kind: "authority"}, ""},
		"a trust":                   {authority.Publisher{ID: "larkfield", Name: "L", Kind: "trust", Premium: true}, ""},
		"no name":                   {authority.Publisher{ID: "larkfield", Kind: "trust"}, "name: "},
		"a diocese":                 {authority.Publisher{ID: "d", Name: "D", Kind: "diocese"}, "kind: unknown kind"},
		"the authority as a trust":  {authority.Publisher{ID: "authority", Name: "N", Kind: "trust"}, "kind: the publisher"},
		"a premium authority":       {authority.Publisher{ID: "authority", Name: "N", Kind: "authority", Premium: true}, "premium: "},
		"a contact without a phone": {authority.Publisher{ID: "l", Name: "L", Kind: "trust", Contact: authority.Contact{Phone: "later"}}, "contact.phone: "},
	} {
		var got []string
		tt.p.Check(func(key, text string) { got = append(got, key+": "+text) })
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
