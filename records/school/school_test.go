package school_test

import (
	"strings"
	"testing"

	"despatch/records/calendar"
	"despatch/records/school"
)

func day(s string) calendar.Date {
	d, err := calendar.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestSchoolCheck(t *testing.T) {
	tests := []struct {
		name   string
		change func(*school.School)
		want   string
	}{
		{"as it should be", func(*school.School) {}, ""},
		{"little known", func(v *school.School) { *v = school.School{URN: "900001", Name: "F"} }, ""},
		{"a URN with a leading zero", func(v *school.School) { v.URN = "0123456" }, ""},
		{"a short URN", func(v *school.School) { v.URN = "9001" }, `urn: `},
		{"a URN of letters", func(v *school.School) { v.URN = "90000x" }, `urn: `},
		{"an LAEstab with a slash", func(v *school.School) { v.LAEstab = "999/2001" }, `laestab: `},
		{"a short UKPRN", func(v *school.School) { v.UKPRN = "1" }, `ukprn: `},
		{"no name", func(v *school.School) { v.Name = " " }, `name: `},
		{"an unknown status", func(v *school.School) { v.Status = "open" }, `status: `},
		{"an unknown phase", func(v *school.School) { v.Phase = "Infant" }, `phase: `},
		{"closed before it opened, as the register has it", func(v *school.School) { v.Opened, v.Closed = day("2026-09-01"), day("2026-08-31") }, ""},
		{"a key contact without a number", func(v *school.School) { v.KeyContact.Phone = "tba" }, `key_contact.phone: `},
	}
	for _, tt := range tests {
		v := school.School{URN: "900001", Name: "Fernside", LAEstab: "9992001", UKPRN: "10000001", Status: school.Open, Phase: "Primary"}
		tt.change(&v)
		var got []string
		v.Check(func(key, text string) { got = append(got, key+": "+text) })
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
