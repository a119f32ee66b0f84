package datareturn

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A formula is what a rule says: two sums and how they compare.
type formula struct {
	left, right []term
	op          string
	dates       bool
}

// A term is a number, or all that the places of a reference hold.
type term struct {
	minus  bool
	number int64
	places []string // empty: the number
	column string   // in a rule for each row: the column; places are then by row
}

var (
	comparisons = []string{"=", "!=", "<", "<=", ">", ">="}
	reference   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*(\.([a-z0-9][a-z0-9-]*|\*)){0,2}$`)
	fieldID     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
)

// formula reads what a rule says. The error is a sentence for whoever wrote it.
func (f *Form) formula(r *Rule) (formula, error) {
	var g formula
	words := strings.Fields(r.That)
	at := slices.IndexFunc(words, func(w string) bool { return slices.Contains(comparisons, w) })
	if at < 0 {
		return g, fmt.Errorf("%q compares nothing (want two sides and one of %s between spaces, like boys + girls = roll)", r.That, strings.Join(comparisons, " "))
	}
	g.op = words[at]
	var err error
	var dates [2]bool
	if g.left, dates[0], err = f.sum(r, words[:at]); err != nil {
		return g, err
	}
	if g.right, dates[1], err = f.sum(r, words[at+1:]); err != nil {
		return g, err
	}
	if dates[0] != dates[1] {
		return g, fmt.Errorf("%q compares a date with what is none", r.That)
	}
	g.dates = dates[0]
	return g, nil
}

// sum reads one side: terms with + or - between them, or one date.
func (f *Form) sum(r *Rule, words []string) (terms []term, date bool, err error) {
	if len(words)%2 == 0 {
		return nil, false, fmt.Errorf("a side of %q is not written as numbers or fields with + or - between them, and spaces around each", r.That)
	}
	for i, w := range words {
		if i%2 == 1 {
			if w != "+" && w != "-" {
				return nil, false, fmt.Errorf("%q has %q where + or - should stand between spaces", r.That, w)
			}
			continue
		}
		t, isDate, err := f.term(r, w)
		if err != nil {
			return nil, false, err
		}
		if isDate && len(words) > 1 {
			return nil, false, fmt.Errorf("%q counts with a date; dates can only be compared", r.That)
		}
		t.minus, date = i > 0 && words[i-1] == "-", isDate
		terms = append(terms, t)
	}
	return terms, date, nil
}

func (f *Form) term(r *Rule, word string) (t term, date bool, err error) {
	if n, ok := number(word); ok {
		return term{number: n}, false, nil
	}
	if !reference.MatchString(word) {
		return t, false, fmt.Errorf("%q in a rule is neither a number nor a field (want a field's id, table.row, table.*.column or table.row.column)", word)
	}
	if table := f.field(r.Each); table != nil && slices.ContainsFunc(table.Columns, func(c string) bool { return Slug(c) == word }) {
		return term{column: word}, false, nil
	}
	parts := strings.Split(word, ".")
	fd := f.field(parts[0])
	switch {
	case fd == nil:
		return t, false, fmt.Errorf("a rule names %q, and no field has that id", parts[0])
	case len(parts) > 1 && fd.Type != Table:
		return t, false, fmt.Errorf("a rule names %q, but %s is no table", word, fd.ID)
	case fd.Type != Table && fd.Type != Number && fd.Type != Date:
		return t, false, fmt.Errorf("a rule names %q, a %s; it can compare numbers, dates and tables", word, fd.Type)
	case fd.Type != Table:
		return term{places: []string{fd.ID}}, fd.Type == Date, nil
	}
	parts = append(parts, "*", "*")[:3]
	for _, row := range fd.Rows {
		for _, column := range fd.Columns {
			if (parts[1] == "*" || parts[1] == Slug(row)) && (parts[2] == "*" || parts[2] == Slug(column)) {
				t.places = append(t.places, fd.ID+"."+Slug(row)+"."+Slug(column))
			}
		}
	}
	if t.places == nil {
		return t, false, fmt.Errorf("a rule names %q, and the table %s has no such row or column (rows: %s; columns: %s)", word, fd.ID, slugs(fd.Rows), slugs(fd.Columns))
	}
	return t, false, nil
}

func slugs(labels []string) string {
	var all []string
	for _, l := range labels {
		all = append(all, Slug(l))
	}
	return strings.Join(all, ", ")
}

// of is the places that a term stands for in a row, which is empty outside rules
// for each row.
func (t term) of(table, row string) []string {
	if t.column != "" {
		return []string{table + "." + row + "." + t.column}
	}
	return t.places
}

// compare says whether a comparison holds.
func compare(a int64, op string, b int64) bool {
	switch op {
	case "=":
		return a == b
	case "!=":
		return a != b
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	}
	return a >= b
}
