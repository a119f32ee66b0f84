package visit

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"despatch/records/event"
)

// A Change is what became of one point of an answer Inaccurate: the report was
// changed, or was not, and why (row M4).
type Change struct {
	Point    int    `yaml:"point,omitempty"` // of the passages that the school marked, from 1; 0: of none
	Said     string `yaml:"said"`            // by the school; left out of a marked passage, which says it
	Was      string `yaml:"was"`             // the report's words that it is about; may be empty
	Now      string `yaml:"now"`             // its words since; empty: they were not changed
	Declined string `yaml:"declined"`        // why they were not; empty: they were
}

// checkChanges reports what keeps a point from being one, under the key changes.
func (v *Visit) checkChanges(p *Profile, report func(key, text string)) {
	if len(v.Changes) > 0 && !p.NeedsResponse() {
		report("changes", fmt.Sprintf("visits of profile %q need no response, so that nothing is changed after one: take the key out", p.ID))
	}
	for i, c := range v.Changes {
		key := fmt.Sprintf("changes.%d.", i)
		if strings.TrimSpace(c.Said) == "" && c.Point == 0 {
			report(key+"said", "an entry of changes says what the school said, or under point which of its marked passages it is about")
		}
		switch now, declined := strings.TrimSpace(c.Now) != "", strings.TrimSpace(c.Declined) != ""; {
		case now && declined:
			report(key+"declined", "the report was changed (now) and was not (declined): keep one")
		case !now && !declined:
			report(key+"now", "an entry of changes says what the report says now, or under declined why it was not changed")
		}
	}
}

// Undecided are the numbers of the passages that the school marked and that no entry
// of changes says anything of.
func (v *Visit) Undecided(s State) (points []int) {
	for i := range s.Points {
		if !slices.ContainsFunc(v.Changes, func(c Change) bool { return c.Point == i+1 }) {
			points = append(points, i+1)
		}
	}
	return points
}

// CheckPoints reports entries of changes that are about no passage that the school
// marked, or about one a second time, and warns of those that none is about.
func (v *Visit) CheckPoints(s State, report, warn func(key, text string)) {
	for i, c := range v.Changes {
		switch {
		case c.Point == 0 || !s.Inaccurate():
		case c.Point < 0 || c.Point > len(s.Points):
			report(fmt.Sprintf("changes.%d.point", i), fmt.Sprintf("the school marked no passage %d: it marked %d", c.Point, len(s.Points)))
		case slices.ContainsFunc(v.Changes[:i], func(b Change) bool { return b.Point == c.Point }):
			report(fmt.Sprintf("changes.%d.point", i), fmt.Sprintf("an entry before says what became of passage %d: keep one", c.Point))
		}
	}
	for _, n := range v.Undecided(s) {
		warn("changes", fmt.Sprintf("passage %d that the school marked has no decision (%s): add an entry with point: %d and either now or declined", n, short(s.Points[n-1].String()), n))
	}
}

// short is the beginning of a text in one line.
func short(text string) string {
	const most = 100
	line := []rune(strings.Join(strings.Fields(text), " "))
	if len(line) <= most {
		return string(line)
	}
	return string(line[:most-1]) + "…"
}

// CheckWords warns of changes that the record's own words do not show. It is asked
// once the report was read, which may lie in a file of its own.
func (v *Visit) CheckWords(warn func(key, text string)) {
	if len(v.Changes) == 0 {
		return
	}
	texts := []string{v.Report}
	for _, f := range v.Findings {
		texts = append(texts, f.Text)
	}
	for _, a := range v.Answers {
		texts = append(texts, a.Text)
	}
	words := oneLine(strings.Join(texts, "\n"))
	for i, c := range v.Changes {
		key := fmt.Sprintf("changes.%d.", i)
		was, now := oneLine(c.Was), oneLine(c.Now)
		switch {
		case now != "" && !strings.Contains(words, now):
			warn(key+"now", "the report does not have these words: change it too")
		case now != "" && was != "" && strings.Contains(strings.ReplaceAll(words, now, ""), was):
			warn(key+"was", "the report still has these words")
		case now == "" && was != "" && !strings.Contains(words, was):
			warn(key+"was", "the report does not have these words, although they were not changed")
		}
	}
}

// oneLine is a text with one space for every run of white space, and without the
// signs of emphasis.
func oneLine(text string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("*", "", "_", "", "`", "").Replace(text)), " ")
}

// Changed are the changes that whoever reads the report is shown: of a final
// record that the school judged inaccurate.
func (v *Visit) Changed(s State) []Change {
	if s.Status != Finalised || !s.Inaccurate() {
		return nil
	}
	return v.Changes
}

// Table is what the table of changes shows: those about a passage that the school
// marked come first, in its order, with its words where the entry has none.
func (v *Visit) Table(s State) []Change {
	changes := slices.Clone(v.Changed(s))
	for i, c := range changes {
		if p := c.Marked(s); p != nil {
			changes[i].Said, changes[i].Was = cmp.Or(c.Said, p.Wrong), cmp.Or(c.Was, p.Passage)
		}
	}
	const last = math.MaxInt
	slices.SortStableFunc(changes, func(a, b Change) int { return cmp.Compare(cmp.Or(a.Point, last), cmp.Or(b.Point, last)) })
	return changes
}

// Marked is the passage that a change is about, or nil.
func (c Change) Marked(s State) *event.Point {
	if c.Point < 1 || c.Point > len(s.Points) {
		return nil
	}
	return &s.Points[c.Point-1]
}
