package tagpdf_test

import (
	"image"
	"image/color"
	"strings"
	"testing"
	"time"

	"github.com/go-fonts/liberation/liberationmonoregular"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansbolditalic"
	"github.com/go-fonts/liberation/liberationsansitalic"
	"github.com/go-fonts/liberation/liberationsansregular"

	"despatch/internal/tagpdf"
)

func fonts(t testing.TB) *tagpdf.Fonts {
	t.Helper()
	f, err := tagpdf.ParseFonts(tagpdf.FontFiles{
		Regular: [][]byte{liberationsansregular.TTF}, Bold: [][]byte{liberationsansbold.TTF},
		Italic: [][]byte{liberationsansitalic.TTF}, BoldItalic: [][]byte{liberationsansbolditalic.TTF},
		Code: [][]byte{liberationmonoregular.TTF},
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var day = time.Date(2026, 11, 18, 9, 30, 0, 0, time.UTC)

func document(body ...tagpdf.Block) *tagpdf.Document {
	return &tagpdf.Document{
		Title: "Focus visit, 18 November 2026", Author: "Northmoor County Council", Language: "en-GB", Date: day, Producer: "Despatch",
		Letterhead: tagpdf.Letterhead{Colour: tagpdf.Colour{0.11, 0.24, 0.43}, Name: "Northmoor County Council", Lines: []string{"Learning and Improvement Service · 01632 960100 · improvement@northmoor.example"}},
		Running:    "Meadow Lane Primary School · Focus visit, 18 November 2026", Footer: "Meadow Lane Primary School", Body: body,
	}
}

func write(t testing.TB, d *tagpdf.Document) []byte {
	t.Helper()
	data, err := d.Write(fonts(t))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func cell(texts ...string) [][]tagpdf.Span {
	var out [][]tagpdf.Span
	for _, s := range texts {
		out = append(out, tagpdf.Plain(s))
	}
	return out
}

// picture is a logo: a disc on a ground that lets the page through.
func picture() *tagpdf.Image {
	p := image.NewNRGBA(image.Rect(0, 0, 60, 60))
	for y := range 60 {
		for x := range 60 {
			if (x-30)*(x-30)+(y-30)*(y-30) < 800 {
				p.Set(x, y, color.NRGBA{R: 28, G: 61, B: 110, A: 255})
			}
		}
	}
	return &tagpdf.Image{Picture: p, Alt: "The arms of Northmoor", Width: 60}
}

const lorem = "Leaders know their school well and have set out clear priorities for the year, which staff and governors share and can explain. "

// samples are documents that between them have all that there is.
func samples() map[string]*tagpdf.Document {
	long := tagpdf.Plain(strings.Repeat(lorem, 5))
	everything := document(
		tagpdf.Paragraph{Text: tagpdf.Plain("Meadow Lane Primary School"), Style: tagpdf.Caption},
		tagpdf.Heading{Level: 1, Text: tagpdf.Plain("Focus visit: early reading")},
		tagpdf.Paragraph{Text: tagpdf.Plain("Respond by 2 December 2026"), Style: tagpdf.Notice},
		tagpdf.Table{Narrow: true, RowHeads: true, Rows: [][][]tagpdf.Span{
			cell("Date of visit", "Wednesday 18 November 2026"), cell("Type", "Focus visit"), cell("Responsible", "Dr Siân Ŵyn-Łukasz"),
			{tagpdf.Plain("Visitors"), {{Text: "Ann Adviser", Break: true}, {Text: "Ωμέγα Жуков"}}},
		}},
		tagpdf.Heading{Level: 2, Text: tagpdf.Plain("What was seen")},
		tagpdf.Paragraph{Text: []tagpdf.Span{
			{Text: "Teaching of "},
			{Text: "phonics", Bold: true},
			{Text: " is "},
			{Text: "consistent", Italic: true},
			{Text: ", and "},
			{Text: "every", Bold: true, Italic: true},
			{Text: " adult follows the "},
			{Text: "published scheme of work for reception and year one", Link: "https://www.northmoor.example/scheme"},
			{Text: " as it is; "},
			{Text: "reading.level", Code: true},
			{Text: " was "},
			{Text: "not", Struck: true},
			{Text: " recorded.", Break: true},
			{Text: "A new line of the same paragraph."},
		}},
		tagpdf.List{Items: [][]tagpdf.Block{
			{tagpdf.Paragraph{Text: long}},
			{tagpdf.Paragraph{Text: tagpdf.Plain("An item with items:")}, tagpdf.List{Ordered: true, Start: 3, Items: [][]tagpdf.Block{{tagpdf.Paragraph{Text: tagpdf.Plain("third")}}, {tagpdf.Paragraph{Text: tagpdf.Plain("fourth")}, tagpdf.List{Items: [][]tagpdf.Block{{tagpdf.Paragraph{Text: tagpdf.Plain("deep")}}}}}}}},
			{},
		}},
		tagpdf.Quote{Body: []tagpdf.Block{tagpdf.Paragraph{Text: long}, tagpdf.List{Items: [][]tagpdf.Block{{tagpdf.Paragraph{Text: tagpdf.Plain("quoted")}}}}}},
		tagpdf.Code{Lines: []string{"func main() {", "\tprintln(\"a very long line of code that runs over the edge of the page and must be broken somewhere\")", "", "}"}},
		tagpdf.Rule{},
		picture(),
		tagpdf.Heading{Level: 4, Text: tagpdf.Plain("Figures")},
		table(60),
		tagpdf.Heading{Level: 2, Text: tagpdf.Plain("Words that are too long")},
		tagpdf.Table{Head: cell("Name", "Address", "Third", "Fourth"), RowHeads: true, Rows: [][][]tagpdf.Span{
			cell("Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch", "https://www.northmoor.example/schools/meadow-lane/reports/2026/11/18/focus-visit.html?from=portal", "Donaudampfschifffahrtsgesellschaftskapitän", "x"),
			cell("", "only one"),
		}},
		tagpdf.Table{Title: "A row that no page holds", Head: cell("Name", "Text"), RowHeads: true, Rows: [][][]tagpdf.Span{
			cell("Short", "text"), {tagpdf.Plain("Long"), tagpdf.Plain(strings.Repeat(lorem, 60))}, cell("After", "text"),
		}},
	)
	everything.Letterhead.Logo = picture()
	everything.Mark = "Key of Northmoor: SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
	attached := document(tagpdf.Heading{Level: 1, Text: tagpdf.Plain("With a file")})
	attached.Attachments = []tagpdf.Attachment{{Name: "record.json", Type: "application/json", About: "The record as published", Relation: "Source", Date: day, Data: []byte(`{"format":1}`)}}
	letter := document(
		tagpdf.Address{Lines: []string{"Morgan Ellery, Headteacher", "Meadow Lane Primary School", "1 Meadow Lane", "Northmoor", "ZZ1 1AA"}},
		tagpdf.Paragraph{Text: tagpdf.Plain("Dear Ms Ellery,")},
		tagpdf.Heading{Level: 1, Text: tagpdf.Plain("Support this year"), Quiet: true},
		tagpdf.Paragraph{Text: long},
		tagpdf.Closing{Words: tagpdf.Plain("Yours sincerely,"), By: []tagpdf.Span{{Text: "Robin Vale", Bold: true, Break: true}, {Text: "Head of School Improvement"}}},
	)
	return map[string]*tagpdf.Document{
		"everything": everything,
		"letter":     letter,
		"attached":   attached,
		"empty":      document(),
	}
}

func table(rows int) tagpdf.Table {
	t := tagpdf.Table{Title: "Pupils by year", Head: cell("Year", "Pupils", "Share", "Note"), Right: []bool{false, true, true, false}, RowHeads: true}
	for i := range rows {
		t.Rows = append(t.Rows, cell("Year "+string(rune('A'+i%26)), strings.Repeat("1", 1+i%4), "12 %", []string{"", "As last year", "See the note below the table, which says how this was counted"}[i%3]))
	}
	return t
}
