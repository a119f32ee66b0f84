package misheet_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"despatch/records/calendar"
	"despatch/records/misheet"
)

func TestParseNumber(t *testing.T) {
	tests := []struct {
		written      string
		serial, year int
	}{
		{"236/15", 236, 2015},
		{"MI 162-04", 162, 2004},
		{"MI 97/02", 97, 2002},
		{"23/06", 23, 2006},
		{" 236 / 15 ", 236, 2015},
		{"mi236/15", 236, 2015},
		{"236/2015", 236, 2015},
		{"007/26", 7, 2026},
		{"1/79", 1, 2079},
		{"1/80", 1, 1980},
		{"12/99", 12, 1999},
		{"12/00", 12, 2000},
	}
	for _, tt := range tests {
		if serial, year, ok := misheet.ParseNumber(tt.written); !ok || serial != tt.serial || year != tt.year {
			t.Errorf("%q: %d of %d, %v; want %d of %d", tt.written, serial, year, ok, tt.serial, tt.year)
		}
	}
	for _, s := range []string{"", "236", "236/", "/15", "236/1", "236/155", "236/15/1", "MX 236/15", "23/06/2006", "0/15", "12345/15", "236/1066", "236\\15", "٢٣/06", "-236/15", "236/15a"} {
		if serial, year, ok := misheet.ParseNumber(s); ok {
			t.Errorf("%q is read as %d of %d", s, serial, year)
		}
	}
}

func TestSheetsSortByYearThenSerial(t *testing.T) {
	published := func(s string) calendar.Moment {
		m, err := calendar.ParseMoment(s)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	want := []string{"MI 97/02", "MI 162-04", "23/06", "9/15", "236/15", "none of 2015", "none of 2016", "1/26"}
	sheets := []*misheet.Sheet{
		{Number: "236/15"},
		{Number: "1/26"},
		{Number: "23/06"},
		{Title: "none of 2016", Published: published("2016-01-01")},
		{Number: "9/15"},
		{Number: "MI 97/02"},
		{Title: "none of 2015", Published: published("2015-01-01")},
		{Number: "MI 162-04"},
	}
	slices.SortFunc(sheets, misheet.Compare)
	for i, s := range sheets {
		if s.Number+s.Title != want[i] {
			t.Errorf("place %d: %q, want %q", i, s.Number+s.Title, want[i])
		}
	}
	if !misheet.Less(sheets[0], sheets[1]) || misheet.Less(sheets[0], sheets[0]) {
		t.Error("Less does not agree with Compare")
	}
}

func TestDueIsADateOrWords(t *testing.T) {
	for written, isDate := range map[string]bool{"2015-12-18": true, "with immediate effect": false, "ongoing from September 2003": false, "18/12/2015": false} {
		var d misheet.Due
		if err := d.UnmarshalText([]byte(written)); err != nil || d.Date.IsZero() == isDate || d.String() != written || d.IsZero() {
			t.Errorf("%q: %+v, %v", written, d, err)
		}
	}
	for _, s := range []string{"2015-12-32", "2015-2-30", "2015-13-01"} {
		var d misheet.Due
		if err := d.UnmarshalText([]byte(s)); err == nil {
			t.Errorf("%q is read as %+v", s, d)
		}
	}
	var none misheet.Due
	if err := none.UnmarshalText([]byte("  ")); err != nil || !none.IsZero() {
		t.Errorf("blanks are %+v, %v", none, err)
	}
}

func TestHref(t *testing.T) {
	tests := []struct{ written, want string }{
		{"http://www.council.example/Documents/Monitoring visits and support for schools.doc", "http://www.council.example/Documents/Monitoring%20visits%20and%20support%20for%20schools.doc"},
		{" https://a.example/x ", "https://a.example/x"},
		{"https://a.example/a%20b", "https://a.example/a%20b"},
		{"https://a.example/100%", "https://a.example/100%25"},
		{"https://a.example/é?q=a b#c d", "https://a.example/%C3%A9?q=a%20b#c%20d"},
		{"www.council.example/a b", "http://www.council.example/a%20b"},
		{"mailto:name@council.example", "mailto:name@council.example"},
		{"tel:+441632960000", "tel:+441632960000"},
		{"97/02", ""},
		{`https://a.example/"><script>`, "https://a.example/%22%3E%3Cscript%3E"},
	}
	for _, tt := range tests {
		if got, err := (misheet.Link{URL: tt.written}).Href(); err != nil || got != tt.want {
			t.Errorf("%q: %q, %v; want %q", tt.written, got, err, tt.want)
		}
	}
	for _, s := range []string{"", "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "file:///etc/passwd", "see below", "/relative", "//host/x", "https://", "https://u:p@a.example", "mailto:", "vbscript:x", "ftp://a.example", "https://[::1"} {
		if got, err := (misheet.Link{URL: s}).Href(); err == nil {
			t.Errorf("%q becomes %q", s, got)
		}
	}
}

func TestSheetCheck(t *testing.T) {
	due := misheet.Due{Text: "with immediate effect"}
	tests := []struct {
		name   string
		change func(*misheet.Sheet)
		want   string
	}{
		{"as it should be", func(*misheet.Sheet) {}, ""},
		{"information", func(s *misheet.Sheet) { s.Type, s.Due = misheet.Information, misheet.Due{} }, ""},
		{"information with a date", func(s *misheet.Sheet) { s.Type = misheet.Information }, "due: an Information sheet has no due date"},
		{"action without one", func(s *misheet.Sheet) { s.Due = misheet.Due{} }, "due: an Action sheet"},
		{"no type", func(s *misheet.Sheet) { s.Type = "action" }, `type: unknown type "action"`},
		{"no title", func(s *misheet.Sheet) { s.Title = "" }, "title: "},
		{"an odd number", func(s *misheet.Sheet) { s.Number = "236" }, "number: "},
		{"no number", func(s *misheet.Sheet) { s.Number = "" }, ""},
		{"replaces nothing", func(s *misheet.Sheet) { s.Replaces = "the last" }, "replaces: "},
		{"for nobody", func(s *misheet.Sheet) { s.Audience = nil }, "audience: nobody"},
		{"for both", func(s *misheet.Sheet) { s.Group = "lite" }, "group: "},
		{"a script", func(s *misheet.Sheet) { s.Links = []misheet.Link{{URL: "97/02"}, {URL: "javascript:x"}} }, "links.1.url: "},
	}
	for _, tt := range tests {
		s := misheet.Sheet{Title: "Perspective", Type: misheet.Action, Number: "236/15", Due: due, Audience: []string{"Headteachers"}}
		tt.change(&s)
		var got []string
		s.Check(func(key, text string) { got = append(got, key+": "+text) })
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"236/15", "MI 162-04", "", "//", "9999/9999", "\xff/15"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		serial, year, ok := misheet.ParseNumber(s)
		if ok && (serial < 1 || serial > 9999 || year < 1980 || year > 2079) {
			t.Errorf("%q is %d of %d", s, serial, year)
		}
	})
}

func FuzzHref(f *testing.F) {
	for _, s := range []string{"http://a.example/a b.doc", "javascript:alert(1)", "mailto:a@b.example", "https://a.example/%", "java\nscript:x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		href, err := misheet.Link{URL: s}.Href()
		if err != nil || href == "" {
			return
		}
		u, err := url.Parse(href)
		if err != nil || strings.ContainsAny(href, " \"<>\\\n\t") {
			t.Fatalf("%q becomes %q, %v", s, href, err)
		}
		switch u.Scheme {
		case "http", "https", "mailto", "tel":
		default:
			t.Errorf("%q becomes %q", s, href)
		}
	})
}
