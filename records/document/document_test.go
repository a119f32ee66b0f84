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
