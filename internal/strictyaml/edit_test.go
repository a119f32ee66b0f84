package strictyaml_test

import (
	"strings"
	"testing"

	"despatch/internal/strictyaml"
	"despatch/records/calendar"
)

const edited = `# Fernside, as the register has it
format: 1
urn: "900001"

name: Fernside Primary School   # renamed in 2019
phase: Primary
status: "Open"

address:
  # the gate is in Fern Lane
  street: 1 Fern Lane
  town: Northmoor

# people's own
tags: [lite, rural]  # since 2024
note: |
  Two
  lines.
key_contact: {name: Priya Usher, phone: 01632 960011}
`

func TestEditKeepsEverythingElse(t *testing.T) {
	change := func(value any, path ...string) []strictyaml.Change {
		return []strictyaml.Change{{Path: path, Value: value}}
	}
	tests := []struct {
		name     string
		set      []strictyaml.Change
		old, new string // of the text; everything else stays byte for byte
	}{
		{"nothing", nil, "", ""},
		{"a word", change("Secondary", "phase"), "phase: Primary", "phase: Secondary"},
		{"a word with a comment behind", change("Fernside Academy", "name"), "Fernside Primary School ", "Fernside Academy "},
		{"a word in quotes", change("Closed", "status"), `"Open"`, `"Closed"`},
		{"text that needs quotes", change("Open, but: closing #1", "phase"), "phase: Primary", `phase: 'Open, but: closing #1'`},
		{"a number that is text", change("0123", "phase"), "phase: Primary", `phase: "0123"`},
		{"the same", change("Primary", "phase"), "", ""},
		{"inside", change("2 Fern Lane", "address", "street"), "1 Fern Lane", "2 Fern Lane"},
		{"a list", change([]string{"lite"}, "tags"), "[lite, rural]", "[lite]"},
		{"a date that is new", change(calendar.Date{Year: 2026, Month: 8, Day: 31}, "closed"), "960011}\n", "960011}\nclosed: 2026-08-31\n"},
		{"a key that is new inside", change("ZZ1 1AA", "address", "postcode"), "  town: Northmoor\n", "  town: Northmoor\n  postcode: ZZ1 1AA\n"},
		{"a key taken out", change(nil, "phase"), "phase: Primary\n", ""},
		{"a key taken out inside", change(nil, "address", "town"), "  town: Northmoor\n", ""},
		{"a key that is not there taken out", change(nil, "ukprn"), "", ""},
		{"two at once", append(change("Secondary", "phase"), change("Closed", "status")...), "Primary\nstatus: \"Open\"", "Secondary\nstatus: \"Closed\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := strings.Replace(edited, tt.old, tt.new, 1)
			got, err := strictyaml.Edit([]byte(edited), tt.set)
			if err != nil || string(got) != want {
				t.Errorf("%v\n%s\nwant\n%s", err, got, want)
			}
		})
	}
}

func TestEditOfWhatIsNotOnOneLine(t *testing.T) {
	got, err := strictyaml.Edit([]byte(edited), []strictyaml.Change{
		{Path: []string{"note"}, Value: "One\n"},
		{Path: []string{"key_contact", "phone"}, Value: "01632 960012"},
		{Path: []string{"trust", "name"}, Value: "Larkfield"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"# Fernside, as", "# renamed in 2019", "# the gate is", "# people's own", "# since 2024", "note: |\n  One\n", "phone: 01632 960012", "trust:\n  name: Larkfield\n", "name: Priya Usher"} {
		if !strings.Contains(string(got), part) {
			t.Errorf("%q is not in\n%s", part, got)
		}
	}
	if strings.Contains(string(got), "lines.") || strings.Index(string(got), "phase") > strings.Index(string(got), "address") {
		t.Errorf("the old text is there, or the order is another:\n%s", got)
	}
}

func TestEditRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		doc  string
		path []string
	}{
		"an anchor":            {"a: &x 1\n", []string{"a"}},
		"no YAML":              {"a: [\n", []string{"a"}},
		"no path":              {"a: 1\n", nil},
		"a key of a word":      {"a: 1\n", []string{"a", "b"}},
		"a key of a list":      {"a: [1]\n", []string{"a", "b"}},
		"a place not in there": {"a: [{b: 1}]\n", []string{"a", "1", "b"}},
	} {
		if got, err := strictyaml.Edit([]byte(tt.doc), []strictyaml.Change{{Path: tt.path, Value: "x"}}); err == nil {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestLocate(t *testing.T) {
	for path, want := range map[string][2]int{
		"phase": {6, 8}, "address.street": {11, 11}, "key_contact.phone": {19, 41}, "tags.1": {15, 14}, "address.county": {11, 3}, "nothing": {2, 1},
	} {
		if line, column := strictyaml.Locate([]byte(edited), path); line != want[0] || column != want[1] {
			t.Errorf("%s is at %d:%d, want %v", path, line, column, want)
		}
	}
}

func TestFrontMatter(t *testing.T) {
	tests := []struct {
		file, front, body string
		line              int
	}{
		{"---\na: 1\n---\nBody.\n", "---\na: 1\n", "Body.", 4},
		{"---\na: 1\n---\n\n\nBody.\n\nMore.\n\n", "---\na: 1\n", "Body.\n\nMore.", 6},
		{"---\r\na: 1\r\n---\r\n\r\nBody.\r\nMore.\r\n", "---\r\na: 1\r\n", "Body.\nMore.", 5},
		{"---\na: 1\n---", "---\na: 1\n", "", 4},
		{"---\n---\n", "---\n", "", 3},
		{"---  \na: |\n  x\n  ---\n--- \nBody\n---\nmore", "---  \na: |\n  x\n  ---\n", "Body\n---\nmore", 6},
	}
	for _, tt := range tests {
		front, body, line, err := strictyaml.FrontMatter([]byte(tt.file))
		if err != nil || string(front) != tt.front || body != tt.body || line != tt.line {
			t.Errorf("%q: %q, %q, %d, %v", tt.file, front, body, line, err)
		}
	}
	for _, file := range []string{"", "\n---\na: 1\n---\n", "a: 1\n", "---\na: 1\n", "----\na: 1\n----\n", " ---\na: 1\n---\n", "---\na: 1\n ---\n", "--- #\na: 1\n---\n"} {
		if front, body, _, err := strictyaml.FrontMatter([]byte(file)); err == nil {
			t.Errorf("%q: %q, %q", file, front, body)
		}
	}
}

func FuzzFrontMatter(f *testing.F) {
	for _, s := range []string{"---\na: 1\n---\nBody\n", "---\r\n---\r\n\r\nx", "---", "---\n\n\n---"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		front, body, line, err := strictyaml.FrontMatter(file)
		if err != nil {
			return
		}
		if !strings.HasPrefix(string(file), string(front)) || line < 3 || strings.HasPrefix(body, "\n") || strings.HasSuffix(body, "\n") {
			t.Errorf("%q: %q, %q, %d", file, front, body, line)
		}
		rest := strings.SplitAfter(string(file), "\n")
		if body != "" && !strings.HasPrefix(strings.Join(rest[line-1:], ""), strings.SplitN(body, "\n", 2)[0]) {
			t.Errorf("%q does not begin in line %d of %q", body, line, file)
		}
	})
}
