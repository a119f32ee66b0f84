package pdfcheck

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-fonts/liberation/liberationsansregular"

	"despatch/internal/tagpdf"
)

// sample is a PDF with a heading, a link, a table, a picture's place and a field.
func sample(t *testing.T) []byte {
	t.Helper()
	one := [][]byte{liberationsansregular.TTF}
	fonts, err := tagpdf.ParseFonts(tagpdf.FontFiles{Regular: one, Bold: one, Italic: one, BoldItalic: one, Code: one})
	if err != nil {
		t.Fatal(err)
	}
	d := tagpdf.Document{
		Title: "A title", Author: "Northmoor", Language: "en-GB", Date: time.Date(2026, 11, 18, 0, 0, 0, 0, time.UTC), Producer: "Despatch",
		Letterhead: tagpdf.Letterhead{Name: "Northmoor"}, Sign: &tagpdf.Seat{Name: "N", Date: time.Unix(0, 0), Room: 100},
		Attachments: []tagpdf.Attachment{{Name: "a.json", Type: "application/json", About: "a", Relation: "Source", Data: []byte("{}")}},
		Body: []tagpdf.Block{
			tagpdf.Heading{Level: 1, Text: tagpdf.Plain("One")},
			tagpdf.Heading{Level: 2, Text: tagpdf.Plain("Two")},
			tagpdf.Paragraph{Text: []tagpdf.Span{{Text: "a "}, {Text: "link", Link: "https://a.example"}, {Text: "."}}},
			tagpdf.List{Items: [][]tagpdf.Block{{tagpdf.Paragraph{Text: tagpdf.Plain("item")}}}},
			tagpdf.Table{Head: [][]tagpdf.Span{tagpdf.Plain("A"), tagpdf.Plain("B")}, Rows: [][][]tagpdf.Span{{tagpdf.Plain("1"), tagpdf.Plain("2")}}},
		},
	}
	data, err := d.Write(fonts)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// first gives the first dictionary that fits, by number.
func first(f *file, fits func(dict) bool) dict {
	var numbers []ref
	for r := range f.objects {
		numbers = append(numbers, r)
	}
	slices.Sort(numbers)
	for _, r := range numbers {
		if d := f.dict(r); d != nil && fits(d) {
			return d
		}
	}
	panic("the sample has no such object")
}

func has(key, value name) func(dict) bool { return func(d dict) bool { return d[key] == value } }

// edit changes the content of a stream.
func edit(f *file, d dict, from, to string) {
	for _, v := range f.objects {
		if s, ok := v.(*stream); ok && len(s.dict) > 0 && sameDict(s.dict, d) {
			data, err := s.data()
			if err != nil || !bytes.Contains(data, []byte(from)) {
				panic("the sample's stream has no " + from)
			}
			delete(s.dict, "Filter")
			s.raw = bytes.Replace(data, []byte(from), []byte(to), 1)
			return
		}
	}
	panic("the sample has no such stream")
}

func sameDict(a, b dict) bool {
	a["same"] = true
	defer delete(a, "same")
	return b["same"] == true
}

func catalog(f *file) dict { return f.dict(f.trailer["Root"]) }

func contents(f *file) dict { return f.dict(first(f, has("Type", "Page"))["Contents"]) }

func TestEveryRuleCanFail(t *testing.T) {
	page := func(f *file) dict { return first(f, has("Type", "Page")) }
	element := func(f *file, kind name) dict { return first(f, has("S", kind)) }
	link := func(f *file) dict { return first(f, has("Subtype", "Link")) }
	field := func(f *file) dict { return first(f, has("Subtype", "Widget")) }
	font := func(f *file) dict { return first(f, has("Subtype", "Type0")) }
	inner := func(f *file) dict { return first(f, has("Subtype", "CIDFontType2")) }
	metadata := func(f *file) dict { return f.dict(catalog(f)["Metadata"]) }
	for _, c := range []struct {
		want   string
		change func(f *file)
	}{
		{"not marked as tagged", func(f *file) { delete(catalog(f), "MarkInfo") }},
		{"no language", func(f *file) { delete(catalog(f), "Lang") }},
		{"the title is not shown", func(f *file) { delete(catalog(f), "ViewerPreferences") }},
		{"do not say PDF/UA-1", func(f *file) { edit(f, metadata(f), "<pdfuaid:part>1", "<pdfuaid:part>9") }},
		{"have no title", func(f *file) { edit(f, metadata(f), "<dc:title>", "<dc:other>") }},
		{"do not say PDF/A", func(f *file) { edit(f, metadata(f), "conformance>A", "conformance>B") }},
		{"do not describe the schema", func(f *file) { edit(f, metadata(f), "pdfaExtension:schemas", "pdfaExtension:other") }},
		{"has no zone", func(f *file) { f.dict(f.trailer["Info"])["ModDate"] = text("D:20261118000000Z") }},
		{"neither content nor artifact", func(f *file) { edit(f, contents(f), "/Artifact BMC\n", "") }},
		{"marked content never ends", func(f *file) { edit(f, contents(f), "EMC\n", "") }},
		{"that never began", func(f *file) { edit(f, contents(f), "/Artifact BMC\n", "EMC ") }},
		{"an artifact is in content", func(f *file) { edit(f, contents(f), "BT", "/Artifact BMC EMC BT") }},
		{"stands twice", func(f *file) { edit(f, contents(f), "MCID 1>>", "MCID 0>>") }},
		{"has no StructParents", func(f *file) { delete(page(f), "StructParents") }},
		{"order of its structure", func(f *file) { delete(page(f), "Tabs") }},
		{"there is no structure", func(f *file) { delete(catalog(f), "StructTreeRoot") }},
		{`an element is a "Heading"`, func(f *file) { element(f, "H1")["S"] = name("Heading") }},
		{"names another parent", func(f *file) { element(f, "H1")["P"] = ref(1) }},
		{"a heading of level 3 follows one of level 1", func(f *file) { element(f, "H2")["S"] = name("H3") }},
		{"a heading of level 2 follows one of level 0", func(f *file) { element(f, "H1")["S"] = name("H2") }},
		{"a TR stands in a Div", func(f *file) { element(f, "P")["S"] = name("TR") }},
		{"has a P in it", func(f *file) { element(f, "LI")["S"] = name("P") }},
		{"a Figure has no text", func(f *file) { element(f, "P")["S"] = name("Figure") }},
		{"a Note has no ID", func(f *file) { element(f, "P")["S"] = name("Note") }},
		{"different lengths", func(f *file) { tr := element(f, "TR"); tr["K"] = f.array(tr["K"])[:1] }},
		{"has no header cell", func(f *file) {
			for range 2 {
				element(f, "TH")["S"] = name("TD")
			}
		}},
		{"does not say what it is over", func(f *file) { delete(element(f, "TH"), "A") }},
		{"content is in no element", func(f *file) { element(f, "H1")["K"] = array{} }},
		{"the parent tree does not lead from content", func(f *file) {
			tree := f.dict(f.dict(catalog(f)["StructTreeRoot"])["ParentTree"])
			f.array(f.array(tree["Nums"])[1])[0] = ref(1)
		}},
		{"names content that is not there", func(f *file) { h := element(f, "H1"); h["K"] = append(f.array(h["K"]), 99.0) }},
		{"is not printed", func(f *file) { link(f)["F"] = 0.0 }},
		{"is not printed, or hidden", func(f *file) { field(f)["F"] = 6.0 }},
		{"a Link is in no element", func(f *file) { element(f, "Link")["K"] = array{} }},
		{"a Link is in a Span", func(f *file) { element(f, "Link")["S"] = name("Span") }},
		{"does not lead from a Link", func(f *file) { link(f)["StructParent"] = 77.0 }},
		{"does not say where it leads", func(f *file) { delete(link(f), "Contents") }},
		{"has no name for who does not see it", func(f *file) { delete(field(f), "TU") }},
		{"has no appearance", func(f *file) { field(f)["Rect"] = array{0.0, 0.0, 9.0, 9.0} }},
		{"headings and no outline", func(f *file) { delete(catalog(f), "Outlines") }},
		{"the outline says 1 entries", func(f *file) { f.dict(catalog(f)["Outlines"])["Count"] = 1.0 }},
		{"says 0 entries below it", func(f *file) { delete(first(f, func(d dict) bool { return d["SE"] != nil }), "Count") }},
		{"leads nowhere", func(f *file) { delete(first(f, func(d dict) bool { return d["SE"] != nil }), "Dest") }},
		{"is a Type1", func(f *file) { font(f)["Subtype"] = name("Type1") }},
		{"does not say which characters", func(f *file) { delete(font(f), "ToUnicode") }},
		{"the glyph of missing characters", func(f *file) { edit(f, f.dict(font(f)["ToUnicode"]), "<0001><", "<0000><") }},
		{"no mark of a subset", func(f *file) { font(f)["BaseFont"] = name("LiberationSans") }},
		{"has no descendant", func(f *file) { font(f)["DescendantFonts"] = array{} }},
		{"which glyphs it means", func(f *file) { delete(inner(f), "CIDToGIDMap") }},
		{"is not embedded", func(f *file) { delete(f.dict(inner(f)["FontDescriptor"]), "FontFile2") }},
		{"has no widths", func(f *file) { delete(inner(f), "W") }},
		{"other widths", func(f *file) { f.array(f.array(inner(f)["W"])[1])[1] = 5.0 }},
		{"no output intent", func(f *file) { delete(catalog(f), "OutputIntents") }},
		{"has no ID", func(f *file) { delete(f.trailer, "ID") }},
		{"is encrypted", func(f *file) { f.trailer["Encrypt"] = dict{} }},
		{"acts when it is opened", func(f *file) { catalog(f)["OpenAction"] = dict{} }},
		{"has a script", func(f *file) { f.objects[9999] = dict{"S": name("JavaScript")} }},
		{"packed by LZW", func(f *file) { f.objects[9999] = &stream{dict{"Filter": name("LZWDecode")}, nil} }},
		{"does not say what it is", func(f *file) { delete(first(f, has("Type", "Filespec")), "AFRelationship") }},
		{"embedded in PDF/A-2", func(f *file) { edit(f, metadata(f), "<pdfaid:part>3", "<pdfaid:part>2") }},
	} {
		f, err := read(sample(t))
		if err != nil {
			t.Fatal(err)
		}
		if found := check(f).findings; len(found) > 0 {
			t.Fatalf("the sample has findings: %q", found)
		}
		c.change(f)
		if found := check(f).findings; !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, c.want) }) {
			t.Errorf("%s: found %q", c.want, found)
		}
	}
}

func TestAFileThatIsNotWholeIsRefused(t *testing.T) {
	good := sample(t)
	for what, bad := range map[string][]byte{
		"nothing":             nil,
		"another format":      []byte("%PDF-1.4\n"),
		"a file cut short":    good[:len(good)/2],
		"a byte too many":     bytes.Replace(good, []byte(" 0 obj\n"), []byte(" 0 obj\n\n"), 1),
		"a wrong length":      bytes.Replace(good, []byte("/Length "), []byte("/Length 1"), 1),
		"no table":            bytes.Replace(good, []byte("/Type/XRef"), []byte("/Type/XRxx"), 1),
		"text after its end":  append([]byte("x"), good...),
		"a broken dictionary": bytes.Replace(good, []byte("<</Type"), []byte("<<(Type"), 1),
	} {
		found := Check(bad).Findings
		if len(found) != 1 || !strings.HasPrefix(found[0], "the file cannot be read: ") {
			t.Errorf("%s: %q", what, found)
		}
	}
	if n := Check(good).Kinds["TH"]; n != 2 {
		t.Errorf("the sample has %d header cells (want 2)", n)
	}
}
