package datareturn

import (
	"fmt"
	"slices"
	"strings"

	"despatch/records/calendar"
)

// Check reports what is wrong with the form: the key, as fields.2.type, and a
// sentence.
func (f *Form) Check(report func(key, text string)) {
	if strings.TrimSpace(f.Title) == "" {
		report("title", "a data return has a title")
	}
	if f.Due.IsZero() {
		report("due", "a data return says by when it is due (want a date like 2026-12-18)")
	}
	if !f.Published.IsZero() && f.Due.Before(f.Published.Date) && !f.Due.IsZero() {
		report("due", fmt.Sprintf("due on %s but published on %s", f.Due.Short(), f.Published.Date.Short()))
	}
	if !f.LateUntil.IsZero() && f.LateUntil.Before(f.Due) {
		report("late_until", fmt.Sprintf("late returns end on %s, before the due date", f.LateUntil.Short()))
	}
	if len(f.Audience) == 0 {
		report("audience", "nobody could complete this return: name an audience")
	}
	if f.Minutes < 0 {
		report("minutes", "minutes cannot be negative")
	}
	if len(f.Fields) == 0 {
		report("fields", "a data return asks at least one thing")
	}
	problems := 0
	counted := func(key, text string) {
		problems++
		report(key, text)
	}
	seen := make(map[string]bool)
	for i := range f.Fields {
		f.checkField(i, seen, counted)
	}
	if places := len(f.Places()); places > mostPlaces {
		counted("fields", fmt.Sprintf("the form asks %d things (at most %d, each cell of a table counts)", places, mostPlaces))
	}
	// Rules name fields: what is wrong with these would be reported once more.
	if problems == 0 {
		f.checkRules(report)
	}
}

func (f *Form) checkField(i int, seen map[string]bool, report func(key, text string)) {
	fd, key := &f.Fields[i], fmt.Sprintf("fields.%d.", i)
	switch {
	case fd.ID == "":
		report(key+"id", "a field has an id")
	case !fieldID.MatchString(fd.ID) || fd.ID == declarationAt:
		report(key+"id", fmt.Sprintf("%q cannot be the id of a field (want a letter from a to z first, then such letters, digits and hyphens, at most 40; not %q)", fd.ID, declarationAt))
	case seen[fd.ID]:
		report(key+"id", fmt.Sprintf("the field %q is there twice", fd.ID))
	}
	seen[fd.ID] = true
	if fd.Label == "" {
		report(key+"label", "a field has a label")
	}
	if !slices.Contains(FieldTypes(), fd.Type) {
		report(key+"type", fmt.Sprintf("unknown type %q (want one of %s)", fd.Type, strings.Join(FieldTypes(), ", ")))
		return
	}
	if fd.Type == Table && len(fd.Columns) == 0 {
		report(key+"columns", "a table has columns")
	} else if fd.Type == Table && len(fd.Rows) == 0 {
		report(key+"rows", "a table has rows")
	}
	fd.checkForeign(key, report)
	fd.checkLabels(key+"rows", fd.Rows, report)
	fd.checkLabels(key+"columns", fd.Columns, report)
	fd.checkChoices(key, report)
	fd.checkBounds(key, report)
	f.checkAskIf(i, key+"ask_if", report)
}

// checkForeign reports what belongs to another type.
func (fd *Field) checkForeign(key string, report func(key, text string)) {
	article := "a " + fd.Type
	if fd.Type == Email {
		article = "an e-mail address"
	}
	numbers := fd.Type == Number || fd.Type == Table
	for _, w := range []struct {
		key       string
		there, ok bool
	}{
		{"choices", len(fd.Choices) > 0, fd.Type == Choice},
		{"several", fd.Several, fd.Type == Choice},
		{"rows", len(fd.Rows) > 0, fd.Type == Table},
		{"columns", len(fd.Columns) > 0, fd.Type == Table},
		{"least", fd.Least != "", numbers},
		{"most", fd.Most != "", numbers},
		{"decimals", fd.Decimals != 0, numbers},
		{"expect_least", fd.ExpectLeast != "", numbers},
		{"expect_most", fd.ExpectMost != "", numbers},
		{"characters", fd.Characters != 0, fd.Type == Text},
		{"long", fd.Long, fd.Type == Text},
		{"earliest", !fd.Earliest.IsZero(), fd.Type == Date},
		{"latest", !fd.Latest.IsZero(), fd.Type == Date},
		{"not_future", fd.NotFuture, fd.Type == Date},
		{"endings", len(fd.Endings) > 0, fd.Type == Files},
		{"many", fd.Many != 0, fd.Type == Files},
		{"unavailable", fd.Unavailable, fd.Type != Files},
	} {
		if w.there && !w.ok {
			report(key+w.key, fmt.Sprintf("%s has no %s", article, w.key))
		}
	}
}

// checkLabels holds rows or columns to names that rules can tell apart.
func (fd *Field) checkLabels(key string, labels []string, report func(key, text string)) {
	seen := make(map[string]string)
	for i, l := range labels {
		at, s := fmt.Sprintf("%s.%d", key, i), Slug(l)
		switch other, twice := seen[s]; {
		case s == "":
			report(at, fmt.Sprintf("%q has no letter from a to z and no digit, so that no rule could name it", l))
		case twice:
			report(at, fmt.Sprintf("%q and %q would both be called %s; name one otherwise", other, l, s))
		}
		seen[s] = l
	}
}

func (fd *Field) checkChoices(key string, report func(key, text string)) {
	if fd.Type == Choice && len(fd.Choices) < 2 {
		report(key+"choices", "a choice has at least two choices")
	}
	for i, c := range fd.Choices {
		if c != plain(c) || strings.Contains(c, "\n") {
			report(fmt.Sprintf("%schoices.%d", key, i), "a choice is one line without spaces at its ends")
		}
		if slices.Contains(fd.Choices[:i], c) {
			report(fmt.Sprintf("%schoices.%d", key, i), fmt.Sprintf("the choice %q is there twice", c))
		}
	}
	for i, e := range fd.Endings {
		if !slices.Contains(Endings(), e) {
			report(fmt.Sprintf("%sendings.%d", key, i), fmt.Sprintf("files that end in %q cannot be sent (want some of %s)", e, strings.Join(Endings(), ", ")))
		}
	}
	if fd.Many < 0 || fd.Many > manyFiles {
		report(key+"many", fmt.Sprintf("a field takes 1 to %d files", manyFiles))
	}
}

func (fd *Field) checkBounds(key string, report func(key, text string)) {
	if fd.Decimals < 0 || fd.Decimals > mostDecimals {
		report(key+"decimals", fmt.Sprintf("a number has 0 to %d decimal places", mostDecimals))
	}
	for _, b := range [][2]string{{"least", fd.Least}, {"most", fd.Most}, {"expect_least", fd.ExpectLeast}, {"expect_most", fd.ExpectMost}} {
		if _, ok := number(b[1]); b[1] != "" && !ok {
			report(key+b[0], fmt.Sprintf("%q is not a number (want one like 12 or 2.5, with at most %d digits before the point)", b[1], mostDigits))
		}
	}
	pairs := [][4]string{{"most", fd.Most, "least", fd.Least}, {"expect_most", fd.ExpectMost, "expect_least", fd.ExpectLeast}}
	for _, p := range pairs {
		high, ok := number(p[1])
		if low, also := number(p[3]); ok && also && high < low {
			report(key+p[0], fmt.Sprintf("%s is %s, below %s, which is %s", p[0], p[1], p[2], p[3]))
		}
	}
	if fd.Characters < 0 || fd.Characters > mostCharacters {
		report(key+"characters", fmt.Sprintf("a text has 1 to %d characters", mostCharacters))
	}
	if !fd.Latest.IsZero() && fd.Latest.Before(fd.Earliest) {
		report(key+"latest", fmt.Sprintf("latest is %s, before earliest, which is %s", fd.Latest.Short(), fd.Earliest.Short()))
	}
}

func (f *Form) checkAskIf(i int, key string, report func(key, text string)) {
	ask := f.Fields[i].AskIf
	if ask.Field == "" && len(ask.Is) == 0 {
		return
	}
	at := slices.IndexFunc(f.Fields[:i], func(fd Field) bool { return fd.ID == ask.Field })
	switch {
	case at < 0:
		report(key+".field", fmt.Sprintf("no field before this one has the id %q", ask.Field))
	case f.Fields[at].Type != Choice || f.Fields[at].AskIf.Field != "":
		report(key+".field", fmt.Sprintf("%s is not a choice that is always asked", ask.Field))
		return
	case len(ask.Is) == 0:
		report(key, "say after which of the choices this is asked, as is: [\"Yes\"]")
	}
	for j, c := range ask.Is {
		if at >= 0 && !slices.Contains(f.Fields[at].Choices, c) {
			report(fmt.Sprintf("%s.is.%d", key, j), fmt.Sprintf("%q is none of the choices of %s (want %s)", c, ask.Field, strings.Join(f.Fields[at].Choices, ", ")))
		}
	}
}

func (f *Form) checkRules(report func(key, text string)) {
	seen := make(map[string]bool)
	for i := range f.Rules {
		r, key := &f.Rules[i], fmt.Sprintf("rules.%d.", i)
		switch id := r.id(i); {
		case !fieldID.MatchString(id) || f.field(id) != nil:
			report(key+"id", fmt.Sprintf("%q cannot be the id of a rule (want a letter first, then letters, digits and hyphens; no field's id)", id))
		case seen[id]:
			report(key+"id", fmt.Sprintf("the rule %q is there twice", id))
		}
		seen[r.id(i)] = true
		if table := f.field(r.Each); r.Each != "" && (table == nil || table.Type != Table) {
			report(key+"each", fmt.Sprintf("each names a table, and no table has the id %q", r.Each))
			continue
		}
		if strings.TrimSpace(r.Say) == "" {
			report(key+"say", "a rule says what a person reads where it does not hold")
		}
		if _, err := f.formula(r); err != nil {
			report(key+"that", err.Error())
			continue
		}
		if at := f.ruleAt(r, f.firstRow(r)); f.label(at) == "" {
			report(key+"at", fmt.Sprintf("at names %q, and there is no such field, cell or column", r.At))
		}
	}
}

func (f *Form) firstRow(r *Rule) string {
	if table := f.field(r.Each); table != nil {
		return Slug(table.Rows[0])
	}
	return ""
}

// label is the label of a field or cell, or empty.
func (f *Form) label(at string) string {
	if fd := f.field(at); fd != nil {
		return fd.Label
	}
	for _, p := range f.Places() {
		if p.At == at {
			return p.Label
		}
	}
	return ""
}

// dayOf reads a date as it is kept.
func dayOf(value string) (calendar.Date, bool) {
	d, err := calendar.Parse(value)
	return d, err == nil && d.Year >= firstYear && d.Year <= lastYear
}
