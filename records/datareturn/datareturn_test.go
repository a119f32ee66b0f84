package datareturn_test

import (
	"fmt"
	"strings"
	"testing"

	"despatch/internal/strictyaml"
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

// written is a form of whose parts each test breaks one.
const written = `format: 1
title: Figures
due: 2026-12-18
audience: [Headteachers]
fields:
  - {id: roll, label: Pupils on roll, type: number, least: 0, most: 3000, expect_most: 1500}
  - {id: agreed, label: Agreed, type: choice, choices: ["Yes", "No"]}
  - {id: why, label: Why not, type: text, ask_if: {field: agreed, is: ["No"]}}
  - {id: when, label: When, type: date, earliest: 2026-01-01, latest: 2026-12-31}
  - {id: places, label: Places, type: table, rows: [Reception, Year 1], columns: [Support, Plan]}
  - {id: papers, label: Papers, type: file, endings: [pdf], many: 2}
rules:
  - {that: places <= roll, say: More places than pupils}
  - {each: places, that: plan <= support, say: more plans than support}
`

// TestWhatIsWrongWithAForm shows what an officer is told of a slip in a form:
// where it is, and what to write instead.
func TestWhatIsWrongWithAForm(t *testing.T) {
	tests := []struct{ from, to, want string }{
		{"", "", ""},
		{"id: roll", "id: 2roll", `fields.0.id: "2roll" cannot be the id of a field`},
		{"id: roll", "id: declare", `cannot be the id of a field`},
		{"label: Papers", "label: ''", `fields.5.label: a field has a label`},
		{"least: 0", "least: none", `fields.0.least: "none" is not a number`},
		{"most: 3000", "most: -1", `fields.0.most: most is -1, below least, which is 0`},
		{"expect_most: 1500", "decimals: 4", `a number has 0 to 3 decimal places`},
		{"expect_most: 1500", "characters: 4", `fields.0.characters: a number has no characters`},
		{"expect_most: 1500", "endings: [pdf]", `a number has no endings`},
		{"label: Why not, type: text", "label: Why not, type: email, long: true", `an e-mail address has no long`},
		{"label: Why not, type: text", "label: Why not, type: text, characters: 10001", `a text has 1 to 10000 characters`},
		{"label: Why not, type: text", "label: Why not, type: text, unavailable: true", ""},
		{"type: file", "type: file, unavailable: true", `a file has no unavailable`},
		{`choices: ["Yes", "No"]`, `choices: ["No", "No"]`, `fields.1.choices.1: the choice "No" is there twice`},
		{`choices: ["Yes", "No"]`, `choices: [" Yes", "No"]`, `a choice is one line without spaces`},
		{`is: ["No"]`, `is: ["Perhaps"]`, `fields.2.ask_if.is.0: "Perhaps" is none of the choices of agreed (want Yes, No)`},
		{`field: agreed, is`, `field: when, is`, `fields.2.ask_if.field: no field before this one has the id "when"`},
		{`field: agreed, is`, `field: roll, is`, `roll is not a choice`},
		{`, is: ["No"]`, ``, `say after which of the choices`},
		{"latest: 2026-12-31", "latest: 2025-12-31", `fields.3.latest: latest is 31 December 2025, before earliest`},
		{"rows: [Reception, Year 1], ", "", `fields.4.rows: a table has rows`},
		{"Reception, Year 1", "Year 1, year-1", `fields.4.rows.1: "Year 1" and "year-1" would both be called year-1`},
		{"Reception, Year 1", "Year 1, Ω", `no letter from a to z`},
		{"endings: [pdf]", "endings: [exe]", `fields.5.endings.0: files that end in "exe" cannot be sent (want some of csv, docx`},
		{"many: 2", "many: 11", `a field takes 1 to 10 files`},
		{"that: places <= roll", "that: places", `rules.0.that: "places" compares nothing`},
		{"that: places <= roll", "that: places <=", `rules.0.that: a side of`},
		{"that: places <= roll", "that: places<=roll", `compares nothing`},
		{"that: places <= roll", "that: places * 2 <= roll", `has "*" where + or - should stand`},
		{"that: places <= roll", "that: place <= roll", `a rule names "place", and no field has that id`},
		{"that: places <= roll", "that: places.year-2 <= roll", `has no such row or column (rows: reception, year-1; columns: support, plan)`},
		{"that: places <= roll", "that: places.*.plan + 1 <= roll", ""},
		{"that: places <= roll", "that: roll.plan <= roll", `roll is no table`},
		{"that: places <= roll", "that: why <= roll", `a rule names "why", a text`},
		{"that: places <= roll", "that: when <= roll", `compares a date with what is none`},
		{"that: places <= roll", "that: when + when <= when", `counts with a date`},
		{"that: places <= roll", "that: Places! <= roll", `neither a number nor a field`},
		{"say: More places than pupils", "say: ''", `rules.0.say: a rule says what a person reads`},
		{"say: More places than pupils", "say: x, at: school", `rules.0.at: at names "school"`},
		{"say: More places than pupils", "say: x, id: roll", `rules.0.id: "roll" cannot be the id of a rule`},
		{"say: more plans than support", "say: x, id: rule-1", `rules.1.id: the rule "rule-1" is there twice`},
		{"each: places", "each: roll", `rules.1.each: each names a table, and no table has the id "roll"`},
		{"Reception, Year 1", "Year 1" + rows(251), `the form asks 509 things (at most 500`},
	}
	for _, tt := range tests {
		text := strings.Replace(written, tt.from, tt.to, 1)
		if tt.from != tt.to && text == written {
			t.Errorf("%q is not in the form", tt.from)
		}
		var f datareturn.Form
		if err := strictyaml.Decode([]byte(text), &f); err != nil {
			t.Errorf("%s: %v", tt.to, err)
			continue
		}
		var got []string
		f.Check(func(key, text string) { got = append(got, key+": "+text) })
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
			t.Errorf("%s: %q, want %q", tt.to, got, tt.want)
		}
	}
}

// rows writes the names of n more rows.
func rows(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ", Row %d", i)
	}
	return b.String()
}

// TestAFormIsNamedByWhatItAsks keeps answers that were begun good when a deadline
// moves, and no longer when a question changes.
func TestAFormIsNamedByWhatItAsks(t *testing.T) {
	read := func(text string) *datareturn.Form {
		var f datareturn.Form
		if err := strictyaml.Decode([]byte(text), &f); err != nil {
			t.Fatal(err)
		}
		return &f
	}
	first := read(written).Hash()
	if moved := read(strings.Replace(written, "due: 2026-12-18", "due: 2027-01-08", 1)).Hash(); moved != first {
		t.Error("a moved deadline makes another form")
	}
	if asked := read(strings.Replace(written, "most: 3000", "most: 2000", 1)).Hash(); asked == first {
		t.Error("another limit makes no other form")
	}
}

// TestLateIsAfterTheDayOnWhichItIsDue settles P27's mark.
func TestLateIsAfterTheDayOnWhichItIsDue(t *testing.T) {
	f := datareturn.Form{Due: day("2026-12-18"), LateUntil: day("2027-01-31")}
	if f.Late(day("2026-12-18")) || !f.Late(day("2026-12-19")) || f.ClosesOn() != day("2027-01-31") {
		t.Error("a return is late from the day after it is due")
	}
}
