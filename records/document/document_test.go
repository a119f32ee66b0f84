package document_test

import (
	"strings"
	"testing"

	"despatch/records/document"
)

func TestDocumentCheck(t *testing.T) {
	tests := []struct {
		name   string
		change func(*document.Document)
		want   string
	}{
		{"as it should be", func(*document.Document) {}, ""},
		{"no title", func(v *document.Document) { v.Title = "" }, `title: `},
		{"for nobody", func(v *document.Document) { v.Schools = nil }, `goes to nobody`},
		{"for everyone", func(v *document.Document) { v.Schools, v.Everyone = nil, true }, ""},
		{"for everyone and a school", func(v *document.Document) { v.Everyone = true }, `more than one of`},
		{"for a group and a school", func(v *document.Document) { v.Group = "lite" }, `more than one of`},
		{"a school twice", func(v *document.Document) { v.Schools = []string{"900001", "900001"} }, `schools.1: `},
		{"nothing in it", func(v *document.Document) { v.Text = "\n" }, `files: `},
		{"a file without a name", func(v *document.Document) { v.Files = []document.File{{Title: "A"}} }, `files.0.file: `},
		{"a letter", func(v *document.Document) { v.Letter = letter() }, ""},
		{"a letter without a salutation", func(v *document.Document) { v.Letter = letter(); v.Letter.Salutation = " " }, `letter.salutation: a letter begins with`},
		{"a letter that nobody signs", func(v *document.Document) { v.Letter = letter(); v.Letter.Signed = "" }, `letter.signed: `},
		{"a letter without a text", func(v *document.Document) { v.Letter, v.Text = letter(), "" }, `text: a letter has a text`},
		{"a letter with a comma", func(v *document.Document) { v.Letter = letter(); v.Letter.Salutation += "," }, `letter.salutation: leave the comma out`},
		{"a letter with a comma at its end", func(v *document.Document) { v.Letter = letter(); v.Letter.Close = "Kind regards," }, `letter.close: leave the comma out`},
		{"a letter to two lines of people", func(v *document.Document) { v.Letter = letter(); v.Letter.To = "A\nB" }, `letter.to: this is one line`},
		{"a file twice", func(v *document.Document) { v.Files = []document.File{{File: "a.pdf"}, {File: "a.pdf"}} }, `files.1.file: `},
	}
	for _, tt := range tests {
		v := document.Document{Title: "Letter", Schools: []string{"900001"}, Text: "Dear all"}
		tt.change(&v)
		var got []string
		v.Check(func(key, text string) { got = append(got, key+": "+text) })
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func letter() document.Letter {
	return document.Letter{To: "Morgan Ellery", Salutation: "Dear Ms Ellery", Signed: "Robin Vale"}
}

func TestALetterEndsAsItsSalutationAsksFor(t *testing.T) {
	for _, tt := range []struct{ salutation, close, want string }{
		{"Dear Ms Ellery", "", "Yours sincerely"},
		{"Dear headteacher", "", "Yours sincerely"},
		{"Dear Sir or Madam", "", "Yours faithfully"},
		{"Dear Sir/Madam", "", "Yours faithfully"},
		{"Dear Dr Sirett", "", "Yours sincerely"},
		{"Dear Sir or Madam", "Kind regards", "Kind regards"},
	} {
		if got := (&document.Letter{Salutation: tt.salutation, Close: tt.close}).Closing(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.salutation, got, tt.want)
		}
	}
}
