package tagpdf_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"despatch/internal/pdfcheck"
	"despatch/internal/tagpdf"
)

// randomDocuments is how many documents a run makes.
const randomDocuments = 250

func TestEverySampleHasNoFinding(t *testing.T) {
	for name, d := range samples() {
		for _, found := range pdfcheck.Check(write(t, d)).Findings {
			t.Errorf("%s: %s", name, found)
		}
	}
}

func TestRandomDocumentsHaveNoFinding(t *testing.T) {
	f := fonts(t)
	kinds := map[string]int{}
	for seed := range uint64(randomDocuments) {
		d := randomDocument(seed)
		data, err := d.Write(f)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		report := pdfcheck.Check(data)
		for _, found := range report.Findings {
			t.Errorf("seed %d: %s", seed, found)
		}
		for kind, n := range report.Kinds {
			kinds[kind] += n
		}
	}
	for _, kind := range strings.Fields("P H1 H2 H3 L LI Lbl LBody Table THead TBody TR TH TD Caption BlockQuote Code Link Span Figure Form Div") {
		if kinds[kind] == 0 {
			t.Errorf("no random document has a %s", kind)
		}
	}
}

// randomDocument gives one of a kind that no person would write, the same for the
// same seed.
func randomDocument(seed uint64) *tagpdf.Document {
	g := generator{rand.New(rand.NewPCG(seed, 2026))}
	d := document(g.blocks(0)...)
	d.Title = g.words(6)
	if g.IntN(4) == 0 {
		d.Attachments = []tagpdf.Attachment{{Name: "record.json", Type: "application/json", About: g.words(4), Relation: "Source", Date: day, Data: []byte(g.words(40))}}
	}
	if g.IntN(4) == 0 {
		d.Sign = &tagpdf.Seat{Name: g.words(2), Reason: g.words(3), Date: day, Room: 200}
	}
	if g.IntN(4) == 0 {
		d.Letterhead.Logo = picture()
	}
	return d
}

// A generator makes documents that no person would write.
type generator struct{ *rand.Rand }

var vocabulary = strings.Fields("school reading Ŵyn Łukasz phonics and the of governors attendance 236/15 well-being £4,000 “quoted” Ωμέγα Жуков " +
	"Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch https://www.northmoor.example/a/very/long/path/that/does/not/end?in=time&or=space " +
	"(bracket) back\\slash ½ — … é no\u00a0break soft\u00adhyphen non\u2011breaking")

func (g generator) words(most int) string {
	var list []string
	for range 1 + g.IntN(most) {
		list = append(list, vocabulary[g.IntN(len(vocabulary))])
	}
	return strings.Join(list, []string{" ", " ", "  ", "\n"}[g.IntN(4)])
}

func (g generator) spans(most int) []tagpdf.Span {
	if g.IntN(12) == 0 {
		return nil
	}
	var list []tagpdf.Span
	for range 1 + g.IntN(4) {
		s := tagpdf.Span{
			Text: g.words(most), Bold: g.IntN(4) == 0, Italic: g.IntN(4) == 0, Code: g.IntN(6) == 0, Struck: g.IntN(8) == 0, Break: g.IntN(8) == 0,
		}
		if g.IntN(5) == 0 {
			s.Link = "https://www.northmoor.example/(a)?b=\\c"
		}
		if g.IntN(10) == 0 {
			s.Text = []string{"", " ", "  "}[g.IntN(3)]
		}
		list = append(list, s)
	}
	return list
}

func (g generator) blocks(depth int) []tagpdf.Block {
	var list []tagpdf.Block
	for range g.IntN(7 - 2*depth) {
		list = append(list, g.block(depth))
	}
	return list
}

func (g generator) block(depth int) tagpdf.Block {
	switch kind := g.IntN(13); {
	case kind < 2:
		return tagpdf.Heading{Level: g.IntN(8) - 1, Text: g.spans(5), Quiet: g.IntN(4) == 0}
	case kind < 5:
		return tagpdf.Paragraph{Text: g.spans(60), Style: tagpdf.ParagraphStyle(g.IntN(4))}
	case kind == 5 && depth < 2:
		l := tagpdf.List{Ordered: g.IntN(2) == 0, Start: g.IntN(200)}
		for range g.IntN(5) {
			l.Items = append(l.Items, g.blocks(depth+1))
		}
		return l
	case kind == 6 && depth < 2:
		return tagpdf.Quote{Body: g.blocks(depth + 1)}
	case kind == 7:
		return tagpdf.Code{Lines: strings.Split(g.words(30), " ")}
	case kind == 8:
		return tagpdf.Rule{}
	case kind == 9:
		return picture()
	case kind == 10:
		return tagpdf.Address{Lines: strings.Split(g.words(9), " ")}
	case kind == 11:
		return tagpdf.Closing{Words: g.spans(4), By: g.spans(9)}
	}
	return g.table()
}

func (g generator) table() tagpdf.Table {
	t := tagpdf.Table{RowHeads: g.IntN(2) == 0, Narrow: g.IntN(4) == 0}
	columns := 1 + g.IntN(9)
	if g.IntN(4) > 0 || !t.RowHeads {
		t.Head = g.row(columns)
		t.Head[0] = tagpdf.Plain("Name")
	}
	if g.IntN(3) == 0 {
		t.Title = g.words(5)
	}
	for range g.IntN(40) {
		r := g.row(1 + g.IntN(columns))
		if t.Head == nil {
			r[0] = tagpdf.Plain("Field")
		}
		t.Rows = append(t.Rows, r)
		t.Right = append(t.Right, g.IntN(3) == 0)
	}
	if t.Head == nil && t.Rows == nil {
		t.Rows = [][][]tagpdf.Span{cell("Field", "value")}
	}
	if g.IntN(20) == 0 {
		t.Rows = append(t.Rows, [][]tagpdf.Span{tagpdf.Plain("Long"), tagpdf.Plain(strings.Repeat(lorem, 80))})
	}
	return t
}

func (g generator) row(columns int) [][]tagpdf.Span {
	var r [][]tagpdf.Span
	for range columns {
		r = append(r, g.spans(6))
	}
	return r
}
