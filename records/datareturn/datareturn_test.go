package datareturn_test

import (
	"strings"
	"testing"

	"despatch/records/calendar"
	"despatch/records/datareturn"
)

func day(s string) calendar.Date {
	d, err := calendar.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestFormCheck(t *testing.T) {
	tests := []struct {
		name   string
		change func(*datareturn.Form)
		want   string
	}{
		{"as it should be", func(*datareturn.Form) {}, ""},
		{"no title", func(v *datareturn.Form) { v.Title = " " }, `title: `},
		{"no date", func(v *datareturn.Form) { v.Due = calendar.Date{} }, `due: `},
		{"due before it is published", func(v *datareturn.Form) { v.Due = day("2026-11-01") }, `due: due on 1 November 2026 but published on 2 November 2026`},
		{"late before it is due", func(v *datareturn.Form) { v.LateUntil = day("2026-12-17") }, `late_until: `},
		{"late in January", func(v *datareturn.Form) { v.LateUntil = day("2027-01-31") }, ""},
		{"for nobody", func(v *datareturn.Form) { v.Audience = nil }, `audience: `},
		{"negative minutes", func(v *datareturn.Form) { v.Minutes = -1 }, `minutes: `},
		{"nothing asked", func(v *datareturn.Form) { v.Fields = nil }, `fields: `},
		{"a field without id", func(v *datareturn.Form) { v.Fields[0].ID = "" }, `fields.0.id: `},
		{"a field twice", func(v *datareturn.Form) { v.Fields = append(v.Fields, v.Fields[0]) }, `fields.1.id: `},
		{"a field without label", func(v *datareturn.Form) { v.Fields[0].Label = "" }, `fields.0.label: `},
		{"an unknown type", func(v *datareturn.Form) { v.Fields[0].Type = "colour" }, `want one of text, number, date`},
		{"a choice of one", func(v *datareturn.Form) { v.Fields[0].Type, v.Fields[0].Choices = "choice", []string{"a"} }, `fields.0.choices: `},
		{"choices of text", func(v *datareturn.Form) { v.Fields[0].Choices = []string{"a", "b"} }, `a text has no choices`},
		{"a table without columns", func(v *datareturn.Form) { v.Fields[0].Type = "table" }, `fields.0.columns: `},
		{"rows of text", func(v *datareturn.Form) { v.Fields[0].Rows = []string{"a"} }, `a text has no rows`},
	}
	for _, tt := range tests {
		v := datareturn.Form{Title: "Account", Published: calendar.Moment{Date: day("2026-11-02")}, Due: day("2026-12-18"), Audience: []string{"Headteachers"}, Fields: []datareturn.Field{{ID: "a", Label: "A", Type: "text"}}}
		tt.change(&v)
		var got []string
		v.Check(func(key, text string) { got = append(got, key+": "+text) })
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
