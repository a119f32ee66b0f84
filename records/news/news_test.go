package news_test

import (
	"strings"
	"testing"

	"despatch/records/calendar"
	"despatch/records/news"
)

func day(s string) calendar.Date {
	d, err := calendar.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestItemCheck(t *testing.T) {
	tests := []struct {
		name   string
		change func(*news.Item)
		want   string
	}{
		{"as it should be", func(*news.Item) {}, ""},
		{"no title", func(v *news.Item) { v.Title = "" }, `title: `},
		{"for nobody", func(v *news.Item) { v.Everyone = false }, `audience: `},
		{"for two", func(v *news.Item) { v.Audience = []string{"Headteachers"} }, `everyone: `},
		{"over before it begins", func(v *news.Item) { v.Until = day("2026-11-01") }, `until: `},
		{"over on its day", func(v *news.Item) { v.Until = day("2026-11-02") }, ""},
		{"no text", func(v *news.Item) { v.Body = "\n" }, `has no text`},
	}
	for _, tt := range tests {
		v := news.Item{Title: "Fog", Everyone: true, Body: "Body", Published: calendar.Moment{Date: day("2026-11-02")}}
		tt.change(&v)
		var got []string
		v.Check(func(key, text string) { got = append(got, key+": "+text) })
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
