package strictyaml

import (
	"testing"

	"gopkg.in/yaml.v3"
)

// simpleDocuments are documents that the simple reader should know.
func simpleDocuments() []string {
	return []string{
		"format: 1\nkind: submitted\nrecord: 2026-11-03-k7q2-early-reading\ntime: 2026-11-04T10:12:00Z\nsum: [2026-11-05, 2026-11-06]\n",
		"---\nformat: 1\n# a comment\n\nschool: \"900001\"\nname: 'it is'\nempty:\n\nwords: []\nlist: [a b, c-d]\n",
		"report: |\n  One.\n\n    indented: x # y\n  - two\n\n\nnext: u é, \"x\" [y] {z}\n",
		"a: b\nreport: |\n  last\n\n",
		"a:\n# comment\nb: c:d#e\n",
		"a: |\n  x \n",
		"a: |\n  x\n  \n \n  y\n  \nb: c\n",
	}
}

func TestSimpleKnowsPlainDocuments(t *testing.T) {
	for _, doc := range simpleDocuments() {
		if _, ok := simple([]byte(doc)); !ok {
			t.Errorf("%q is not known", doc)
		}
		agrees(t, []byte(doc))
	}
}

func TestSimpleLeavesTheRestToYAML(t *testing.T) {
	for _, doc := range []string{
		"", "\n", "# a\n", "a: b", "a: b\r\n", "a:\tb\n", "a: b\n  c\n", "a: b\n\n  c\n", "a:\n  b: c\n", "a:\n- b\n", "- a\n", "a: b #c\n", "a: b: c\n",
		"a: b:\n", "a: b \n", "a:  b\n", "a: &x b\n", "a: *x\n", "a: !x b\n", "a: {b: c}\n", "a: [b,c]\n", "a: [b, 'c']\n", "a: [b\n", "a: [b, ]\n", "a: >\n  b\n",
		"a: |-\n  b\n", "a: |\n\n  b\n", "a: |\n  b\n c\n", "a: |\n  b\n   \n  c\n", "a: |\n  b\n   \n", "a: |\nb: c\n", "a: \"b\\n\"\n", "a: \"b\n", "a: \"b\" c\n", "a: 'b''c'\n",
		"a: \"\n", "? a\n", "A: b\n", "a : b\n", "a\n", "a: -1\n", "a: .5\n", "a: ~\n", "---\n---\na: b\n", "a: b\n---\n", "a: b\n...\n", "%YAML 1.1\n", "a: |\n  \n  b\n",
	} {
		if n, ok := simple([]byte(doc)); ok {
			t.Errorf("%q is read as %d nodes", doc, len(n.Content))
		}
	}
}

func FuzzSimpleAgreesWithYAML(f *testing.F) {
	for _, doc := range simpleDocuments() {
		f.Add([]byte(doc))
	}
	for _, doc := range []string{"a: b\n--- c\n", "a: b\n...\n", "a: |\n   b\n\n\n  c\n", "a: b\n#\n  c\n", "a: |\n  b\n#c\n\n", "a: [a  b]\n", "a: 'b'\n\nb: \"c\"\n", "a: b\u00a0#c\n"} {
		f.Add([]byte(doc))
	}
	f.Fuzz(agrees)
}

// agrees holds what the simple reader makes of a document against yaml.v3.
func agrees(t *testing.T, doc []byte) {
	if len(doc) > MostBytes || len(CheckText(doc)) > 0 {
		return
	}
	got, ok := simple(doc)
	if !ok {
		return
	}
	want, problems := parseWhole(doc)
	if len(problems) > 0 {
		t.Fatalf("%q: yaml.v3 says %v", doc, problems)
	}
	compare(t, doc, got, want)
}

func compare(t *testing.T, doc []byte, got, want *yaml.Node) {
	t.Helper()
	empty := isEmpty(got) && isEmpty(want)
	if got.Kind != want.Kind || got.Value != want.Value || got.Style != want.Style || got.Line != want.Line || got.Column != want.Column && !empty || len(got.Content) != len(want.Content) {
		t.Fatalf("%q:\n got %+v\nwant %+v", doc, got, want)
	}
	for i := range got.Content {
		compare(t, doc, got.Content[i], want.Content[i])
	}
}
