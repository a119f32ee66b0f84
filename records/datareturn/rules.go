package datareturn

import (
	"fmt"
	"slices"
	"strings"
)

// queries are the ids of all queries that the form may raise, in their order.
func (f *Form) queries() []string {
	var all []string
	for i := range f.Fields {
		if fd := &f.Fields[i]; fd.ExpectLeast != "" || fd.ExpectMost != "" {
			for _, p := range fd.places() {
				all = append(all, p.At+":expected")
			}
		}
	}
	for i := range f.Rules {
		r := &f.Rules[i]
		switch table := f.field(r.Each); {
		case !r.Query:
		case table == nil:
			all = append(all, r.id(i))
		default:
			for _, row := range table.Rows {
				all = append(all, r.id(i)+"."+Slug(row))
			}
		}
	}
	return all
}

// rule holds answers to one rule; what cannot be compared, because something is
// not answered, unavailable or wrong in itself, is not held against it.
func (e *examination) rule(r *Rule, id string) {
	g, err := e.form.formula(r)
	if err != nil {
		return // Check says so; such a form is not published
	}
	table := e.form.field(r.Each)
	if table == nil {
		if !e.holds(g, "", "") {
			e.broken(r, id, e.form.ruleAt(r, ""), r.Say)
		}
		return
	}
	for _, row := range table.Rows {
		if !e.holds(g, table.ID, Slug(row)) {
			e.broken(r, id+"."+Slug(row), e.form.ruleAt(r, Slug(row)), fmt.Sprintf("%s: %s", row, r.Say))
		}
	}
}

func (e *examination) broken(r *Rule, id, at, text string) {
	if r.Query {
		e.query(id, at, text)
		return
	}
	e.error(at, text)
}

func (e *examination) holds(g formula, table, row string) bool {
	left, ok := e.sum(g.left, g.dates, table, row)
	right, also := e.sum(g.right, g.dates, table, row)
	return !ok || !also || compare(left, g.op, right)
}

// sum adds up one side. In a sum of many cells an empty one counts nothing, but
// where all of a term are empty there is nothing to compare.
func (e *examination) sum(terms []term, dates bool, table, row string) (sum int64, ok bool) {
	for _, t := range terms {
		n, places := t.number, t.of(table, row)
		answered := len(places) == 0
		for _, at := range places {
			if slices.Contains(e.answers.Unavailable, at) || slices.Contains(e.wrong, at) {
				return 0, false
			}
			value, there := e.values[at]
			if !there {
				continue
			}
			answered = true
			if dates {
				d, _ := dayOf(value)
				n += int64(d.Year*10_000 + int(d.Month)*100 + d.Day)
				continue
			}
			v, _ := number(value)
			n += v
		}
		if !answered {
			return 0, false
		}
		if t.minus {
			n = -n
		}
		sum += n
	}
	return sum, true
}

// ruleAt is where the message of a rule leads.
func (f *Form) ruleAt(r *Rule, row string) string {
	if row != "" {
		table := f.field(r.Each)
		for _, c := range table.Columns {
			if at := Slug(c); at == r.At || r.At == "" && slices.Contains(strings.Fields(r.That), at) {
				return table.ID + "." + row + "." + at
			}
		}
		if r.At == "" {
			return table.ID
		}
	}
	if r.At != "" {
		return r.At
	}
	g, err := f.formula(r)
	if err != nil {
		return ""
	}
	for _, t := range slices.Concat(g.left, g.right) {
		switch {
		case len(t.places) == 1:
			return t.places[0]
		case len(t.places) > 1:
			return strings.Split(t.places[0], ".")[0]
		}
	}
	return ""
}
