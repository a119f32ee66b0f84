package tagpdf_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"despatch/internal/tagpdf"
)

func TestTheSameDocumentGivesTheSameBytes(t *testing.T) {
	once, again := samples(), samples()
	for name, d := range once {
		if !bytes.Equal(write(t, d), write(t, again[name])) {
			t.Errorf("%s: two writings differ", name)
		}
	}
}

func TestACharacterWithoutAGlyphIsNamed(t *testing.T) {
	for _, c := range []struct{ text, name string }{
		{"all done \u2713", "'\u2713' (U+2713)"},
		{"\u0634", "(U+0634)"},      // Arabic
		{"\u05d0", "(U+05D0)"},      // Hebrew, which Liberation has but which runs the other way
		{"\U0001F600", "(U+1F600)"}, // an emoji
	} {
		for where, block := range map[string]tagpdf.Block{
			"a paragraph": tagpdf.Paragraph{Text: tagpdf.Plain(c.text)},
			"a heading":   tagpdf.Heading{Level: 1, Text: tagpdf.Plain(c.text)},
			"code":        tagpdf.Code{Lines: []string{c.text}},
			"a cell":      tagpdf.Table{Head: cell("a"), Rows: [][][]tagpdf.Span{cell(c.text)}},
		} {
			_, err := document(block).Write(fonts(t))
			var missing *tagpdf.GlyphError
			if !errors.As(err, &missing) || !strings.Contains(err.Error(), c.name) {
				t.Errorf("%q in %s: %v (want the character named)", c.text, where, err)
			}
		}
	}
}

func TestADocumentWithoutATitleLanguageOrDateIsRefused(t *testing.T) {
	for what, change := range map[string]func(*tagpdf.Document){
		"title":          func(d *tagpdf.Document) { d.Title = "" },
		"language":       func(d *tagpdf.Document) { d.Language = "" },
		"date":           func(d *tagpdf.Document) { d.Date = time.Time{} },
		"picture's text": func(d *tagpdf.Document) { p := picture(); p.Alt = ""; d.Body = []tagpdf.Block{p} },
		"picture": func(d *tagpdf.Document) {
			d.Letterhead.Logo = &tagpdf.Image{Picture: image.NewGray(image.Rectangle{}), Alt: "x"}
		},
		"block's own kind": func(d *tagpdf.Document) { d.Body = []tagpdf.Block{nil} },
	} {
		d := document()
		change(d)
		if _, err := d.Write(fonts(t)); err == nil {
			t.Errorf("a document without its %s is written", what)
		}
	}
}

func TestALongWordIsBrokenWithinItsCell(t *testing.T) {
	long := strings.Repeat("Donaudampfschiff", 12)
	file := onDisk(t, write(t, document(tagpdf.Table{Head: cell("Name", "Next"), Rows: [][][]tagpdf.Span{cell(long, "beside")}})))
	boxes := run(t, "pdftotext", "-bbox", file, "-")
	broken := regexp.MustCompile(`xMax="([0-9.]+)"[^>]*>[Donaudmpfschi]{4,}<`).FindAllStringSubmatch(boxes, -1)
	beside := regexp.MustCompile(`xMin="([0-9.]+)"[^>]*>beside<`).FindStringSubmatch(boxes)
	if len(broken) < 2 || beside == nil {
		t.Fatalf("the word stands on %d lines:\n%s", len(broken), boxes)
	}
	limit, _ := strconv.ParseFloat(beside[1], 64)
	text := ""
	for _, b := range broken {
		if end, _ := strconv.ParseFloat(b[1], 64); end > limit {
			t.Errorf("a part of the word ends at %s, in the next cell at %s", b[1], beside[1])
		}
		text += strings.TrimSuffix(b[0][strings.IndexByte(b[0], '>')+1:], "<")
	}
	if text != long {
		t.Errorf("the parts are not the word: %s", text)
	}
}

func TestAWideTableIsSetSmallerBeforeItsWordsAreBroken(t *testing.T) {
	names := strings.Fields("One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen Fourteen")
	var row []string
	for _, name := range names {
		row = append(row, name+" pupils of 1,234")
	}
	data := write(t, document(tagpdf.Table{Head: cell(names...), RowHeads: true, Rows: [][][]tagpdf.Span{cell(row...)}}))
	text := run(t, "pdftotext", "-layout", onDisk(t, data), "-")
	for _, name := range names {
		if n := len(regexp.MustCompile(`\b`+name+`\b`).FindAllString(text, -1)); n != 2 {
			t.Errorf("%q stands %d times in one piece, want 2:\n%s", name, n, text)
		}
	}
}

func TestARowThatNoPageHoldsIsWholeOverSeveral(t *testing.T) {
	var words []string
	for i := range 3000 {
		words = append(words, "w"+strconv.Itoa(i))
	}
	file := onDisk(t, write(t, document(tagpdf.Table{Head: cell("Name", "Text"), RowHeads: true, Rows: [][][]tagpdf.Span{cell("Long", strings.Join(words, " ")), cell("After", "text")}})))
	got := run(t, "pdftotext", "-raw", file, "-")
	if found := regexp.MustCompile(`\bw\d+\b`).FindAllString(got, -1); !slices.Equal(found, words) {
		t.Errorf("%d of %d words are there, or in another order", len(found), len(words))
	}
	if !strings.Contains(got, "After") || !regexp.MustCompile(`Pages: +[3-9]`).MatchString(run(t, "pdfinfo", file)) {
		t.Errorf("the row after it is not there, or the pages are not as many as it needs")
	}
}

func TestNoLineOfAParagraphStandsAlone(t *testing.T) {
	for lead := range 50 { // wherever the paragraph comes to stand
		var body []tagpdf.Block
		for range lead {
			body = append(body, tagpdf.Paragraph{Text: tagpdf.Plain("filler")})
		}
		var words []string
		for i := range 9 {
			words = append(words, fmt.Sprintf("line%d", i))
		}
		spans := []tagpdf.Span{}
		for _, w := range words {
			spans = append(spans, tagpdf.Span{Text: w, Break: true})
		}
		body = append(body, tagpdf.Heading{Level: 1, Text: tagpdf.Plain("heading")}, tagpdf.Paragraph{Text: spans})
		file := onDisk(t, write(t, document(body...)))
		for _, page := range strings.Split(run(t, "pdftotext", "-raw", file, "-"), "\f") {
			n := strings.Count(page, "line")
			if n == 1 {
				t.Errorf("after %d paragraphs one line stands alone:\n%s", lead, page)
			}
			if strings.Contains(page, "heading") && n < 2 {
				t.Errorf("after %d paragraphs the heading stands alone:\n%s", lead, page)
			}
		}
	}
}

func TestAHeadingStaysWithTheFirstRowOfItsTable(t *testing.T) {
	apart := 0
	for lead := range 40 { // wherever the table comes to stand
		var body []tagpdf.Block
		for range lead {
			body = append(body, tagpdf.Paragraph{Text: tagpdf.Plain("filler")})
		}
		body = append(body, tagpdf.Heading{Level: 1, Text: tagpdf.Plain("heading")},
			tagpdf.Table{Head: cell("column", "other"), Rows: [][][]tagpdf.Span{cell("first row", "a"), cell("second row", "b")}})
		pages := strings.Split(run(t, "pdftotext", "-raw", onDisk(t, write(t, document(body...))), "-"), "\f")
		for _, page := range pages {
			if strings.Contains(page, "heading") != strings.Contains(page, "first row") {
				t.Errorf("after %d paragraphs the heading stands on another page than its table's first row:\n%s", lead, page)
			}
			if strings.Contains(page, "second row") && !strings.Contains(page, "heading") {
				apart++
			}
		}
	}
	if apart == 0 {
		t.Error("no table ran over a page: the test tells nothing")
	}
}

func TestDatesHaveTheirZoneAsPDFAWantsIt(t *testing.T) {
	file := onDisk(t, write(t, document()))
	plain := filepath.Join(t.TempDir(), "plain.pdf")
	run(t, "qpdf", "--qdf", "--object-streams=disable", file, plain)
	data, err := os.ReadFile(plain)
	if err != nil || !bytes.Contains(data, []byte("(D:20261118093000+00'00')")) {
		t.Errorf("the date is not there: %v", err)
	}
}

func TestTwoSubsetsOfAFontHaveTwoNames(t *testing.T) {
	name := func(text string) string {
		d := document(tagpdf.Paragraph{Text: tagpdf.Plain(text)})
		d.Letterhead.Name, d.Footer = "", ""
		return regexp.MustCompile(`[A-Z]{6}\+\S+`).FindString(run(t, "pdffonts", onDisk(t, write(t, d))))
	}
	names := map[string]bool{}
	for _, text := range []string{"abc", "abc.", "abc ŵ", "abc ŷ"} { // of other classes of characters, and of none
		n := name(text)
		if names[n] || !strings.HasSuffix(n, "+LiberationSans") {
			t.Errorf("%q: %s is another's, or no subset of the font", text, n)
		}
		names[n] = true
	}
}

func TestASignatureThatDoesNotFitIsRefused(t *testing.T) {
	d := document()
	d.Sign = &tagpdf.Seat{Name: "N", Date: day, Room: 10}
	data := write(t, d)
	if err := tagpdf.Fill(data, func([]byte) ([]byte, error) { return make([]byte, 11), nil }); err == nil {
		t.Error("11 bytes fit into 10")
	}
	if err := tagpdf.Fill(write(t, document()), func([]byte) ([]byte, error) { return nil, nil }); err == nil {
		t.Error("a file without room is signed")
	}
}
