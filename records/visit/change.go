package visit

import (
	"fmt"
	"strings"
)

// A Change is what became of one point of an answer Inaccurate: the report was
// changed, or was not, and why (row M4).
type Change struct {
	Said     string `yaml:"said"`     // by the school
	Was      string `yaml:"was"`      // the report's words that it is about; may be empty
	Now      string `yaml:"now"`      // its words since; empty: they were not changed
	Declined string `yaml:"declined"` // why they were not; empty: they were
}

// checkChanges reports what keeps a point from being one, under the key changes.
func (v *Visit) checkChanges(p *Profile, report func(key, text string)) {
	if len(v.Changes) > 0 && !p.NeedsResponse() {
		report("changes", fmt.Sprintf("visits of profile %q need no response, so that nothing is changed after one: take the key out", p.ID))
	}
	for i, c := range v.Changes {
		key := fmt.Sprintf("changes.%d.", i)
		if strings.TrimSpace(c.Said) == "" {
			report(key+"said", "an entry of changes says what the school said")
		}
		switch now, declined := strings.TrimSpace(c.Now) != "", strings.TrimSpace(c.Declined) != ""; {
		case now && declined:
			report(key+"declined", "the report was changed (now) and was not (declined): keep one")
		case !now && !declined:
			report(key+"now", "an entry of changes says what the report says now, or under declined why it was not changed")
		}
	}
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
