package result_test

import (
	"strings"
	"testing"

	"despatch/records/calendar"
	"despatch/records/document"
	"despatch/records/result"
)

// july is nine o'clock on a day of July 2026.
func july(day int) calendar.Moment {
	return calendar.Moment{Date: calendar.Date{Year: 2026, Month: 7, Day: day}, Hour: 9}
}

func TestResultCheck(t *testing.T) {
	tests := []struct {
		name   string
		change func(*result.Result)
		want   string
	}{
		{"as it should be", func(*result.Result) {}, ""},
		{"no title", func(v *result.Result) { v.Title = "" }, `title: `},
		{"no release: for the authority alone", func(v *result.Result) { v.Release = calendar.Moment{} }, ""},
		{"national figures later", func(v *result.Result) { v.National, v.Mature = []string{"1"}, july(9) }, ""},
		{"national figures at the same time", func(v *result.Result) { v.National, v.Mature = []string{"1"}, july(7) }, ""},
		{"national figures earlier", func(v *result.Result) { v.National, v.Mature = []string{"1"}, july(6) }, `national_release: the national figures would come on Monday 6 July 2026, 09:00, before the result itself on Tuesday 7 July 2026, 09:00`},
		{"a time for no national figures", func(v *result.Result) { v.Mature = july(9) }, `national_release: there are no national figures`},
		{"for nobody", func(v *result.Result) { v.Audience = nil }, `audience: `},
		{"too many figures", func(v *result.Result) { v.National = []string{"1", "2"} }, `national: 2 figures for 1 measures`},
		{"too few", func(v *result.Result) { v.Measures = append(v.Measures, "Writing") }, `schools.900001: 1 figures for 2 measures`},
		{"nothing in it", func(v *result.Result) { v.Measures, v.Schools = nil, nil }, `measures: `},
		{"a file twice", func(v *result.Result) { v.Files = []document.File{{File: "a"}, {File: "a"}} }, `files.1.file: `},
	}
	for _, tt := range tests {
		v := result.Result{Title: "KS2", Release: july(7), Audience: []string{"Headteachers"}, Measures: []string{"Reading"}, Schools: map[string][]string{"900001": {"81"}}}
		tt.change(&v)
		var got []string
		v.Check(func(key, text string) { got = append(got, key+": "+text) })
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
