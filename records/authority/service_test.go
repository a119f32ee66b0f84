package authority_test

import (
	"strings"
	"testing"

	"despatch/records/authority"
)

func TestServicesAreNamedOnceAndSayWhoReceives(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*authority.Settings)
		want   string
	}{
		"as it should be":              {func(*authority.Settings) {}, ""},
		"no services":                  {func(s *authority.Settings) { s.Services = nil }, ""},
		"an id with a space":           {func(s *authority.Settings) { s.Services[0].ID = "special needs" }, "services.0.id: "},
		"an id twice":                  {func(s *authority.Settings) { s.Services = append(s.Services, s.Services[0]) }, "services.1.id: the service"},
		"no name":                      {func(s *authority.Settings) { s.Services[0].Name = " " }, "services.0.name: "},
		"nobody who receives":          {func(s *authority.Settings) { s.Services[0].Contact = authority.Contact{} }, "services.0.contact: "},
		"an address that is none":      {func(s *authority.Settings) { s.Services[0].Contact.Email = "sen" }, "services.0.contact.email: "},
		"less than nothing a day":      {func(s *authority.Settings) { s.Sending.Account = -1 }, "sending.account_mib_a_day: "},
		"more than a register can say": {func(s *authority.Settings) { s.Sending.School = 1<<20 + 1 }, "sending.school_mib_a_day: "},
	} {
		s := settings()
		s.Services = []authority.Service{{ID: "special-needs", Name: "Special needs", Contact: authority.Contact{Email: "sen@northmoor.example"}}}
		tt.change(s)
		var got []string
		s.Check(func(key, text string) { got = append(got, key+": "+text) })
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], tt.want)) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestLimitsOfADayHoldALargeDepositUnlessTheyAreWritten(t *testing.T) {
	var s authority.Sending
	if s.AccountMiB() < 2<<10 || s.SchoolMiB() < s.AccountMiB() {
		t.Errorf("%d and %d MiB do not hold 2 GiB", s.AccountMiB(), s.SchoolMiB())
	}
	s = authority.Sending{School: 3, Account: 2}
	if s.AccountMiB() != 2 || s.SchoolMiB() != 3 {
		t.Error("what is written does not hold")
	}
	v := authority.Settings{Services: []authority.Service{{ID: "a"}}}
	if _, ok := v.Service("a"); !ok {
		t.Error("a service is not found")
	}
	if _, ok := v.Service("b"); ok {
		t.Error("a service is found that is not there")
	}
}
