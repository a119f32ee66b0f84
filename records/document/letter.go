package document

import "strings"

// A Letter makes a document a letter: its page and its PDF have address, date,
// salutation and signature around the text, as letters do. The zero value is for a
// document that is none.
type Letter struct {
	To         string `yaml:"to"`         // a name or a post, first line of the address; may be empty
	Reference  string `yaml:"reference"`  // the authority's own; may be empty
	Salutation string `yaml:"salutation"` // Dear Ms Ellery
	Close      string `yaml:"close"`      // Yours sincerely; left out: by the salutation
	Signed     string `yaml:"signed"`     // who signs
	Role       string `yaml:"role"`       // as what; may be empty
}

// Closing is how the letter ends: as written, or as its salutation asks for. Who
// is not named is written to faithfully.
func (l *Letter) Closing() string {
	if l.Close != "" {
		return l.Close
	}
	for _, word := range strings.FieldsFunc(strings.ToLower(l.Salutation), func(r rune) bool { return r == ' ' || r == '/' || r == ',' }) {
		if word == "sir" || word == "madam" {
			return "Yours faithfully"
		}
	}
	return "Yours sincerely"
}

// check reports what a letter lacks, under the key letter.
func (l *Letter) check(text string, report func(key, text string)) {
	if strings.TrimSpace(l.Salutation) == "" {
		report("letter.salutation", `a letter begins with a salutation (want one like "Dear Ms Ellery")`)
	}
	if strings.TrimSpace(l.Signed) == "" {
		report("letter.signed", "a letter names who signs it")
	}
	if strings.TrimSpace(text) == "" {
		report("text", "a letter has a text")
	}
	for _, line := range []struct{ key, text string }{
		{"to", l.To}, {"reference", l.Reference}, {"salutation", l.Salutation}, {"close", l.Close}, {"signed", l.Signed}, {"role", l.Role},
	} {
		if strings.Contains(line.text, "\n") {
			report("letter."+line.key, "this is one line of a letter")
		}
	}
	// The comma after both is the page's own.
	if s := strings.TrimSpace(l.Salutation); strings.HasSuffix(s, ",") {
		report("letter.salutation", "leave the comma out: the letter puts it there")
	}
	if s := strings.TrimSpace(l.Close); strings.HasSuffix(s, ",") {
		report("letter.close", "leave the comma out: the letter puts it there")
	}
}
