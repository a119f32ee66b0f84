package render

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"despatch/internal/tagpdf"
)

func TestAPaperHasTheWordsOfItsPage(t *testing.T) {
	for _, src := range []string{
		"Reading is strong.",
		"*a* **b** ~~c~~ `d<e` ***f***",
		"- one\n- two\n    - three\n\n3. x\n4. y",
		"> said\n>\n> - and more",
		"[DfE](https://dfe.example/a?b=1&c=2) <robin@northmoor.example> [](https://a.example) [x](visits.html)",
		"Smith &amp; Jones &lt;b&gt; &copy; &#60; \\*not\\* \\& 5 < 6 & \"7\"",
		"a  \nb\nc",
		"    x < y\n    \n    z &amp;\n\n```go\nfunc () {}\n```",
		"# One\n### Two\n## Three\n#\n",
		"| A | B |\n|:--|--:|\n| `1|2` | *3* |\n| 4 |\n",
		"***\n\n[ref]\n\n[ref]: https://a.example",
	} {
		blocks, err := NewProse().Blocks(src, 2)
		if err != nil {
			t.Errorf("%q: %v", src, err)
			continue
		}
		page, paper := squeezed(pageWords(t, markdownHTML(t, src))), squeezed(paperWords(blocks))
		if page != paper {
			t.Errorf("%q:\npage  %q\npaper %q", src, page, paper)
		}
	}
}

func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }

func pageWords(t *testing.T, src string) string {
	t.Helper()
	var out strings.Builder
	for z := html.NewTokenizer(strings.NewReader(src)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return out.String()
		case html.TextToken:
			out.WriteString(z.Token().Data)
		}
	}
}

func paperWords(blocks []tagpdf.Block) string {
	var out strings.Builder
	spans := func(list []tagpdf.Span) {
		for _, s := range list {
			out.WriteString(s.Text)
		}
	}
	for _, b := range blocks {
		switch b := b.(type) {
		case tagpdf.Heading:
			spans(b.Text)
		case tagpdf.Paragraph:
			spans(b.Text)
		case tagpdf.Quote:
			out.WriteString(paperWords(b.Body))
		case tagpdf.List:
			for _, item := range b.Items {
				out.WriteString(paperWords(item))
			}
		case tagpdf.Code:
			out.WriteString(strings.Join(b.Lines, "\n"))
		case tagpdf.Table:
			for _, row := range append([][][]tagpdf.Span{b.Head}, b.Rows...) {
				for _, cell := range row {
					spans(cell)
				}
			}
		}
	}
	return out.String()
}

func TestAPaperHasTheHeadingLevelsAndLinksOfItsPage(t *testing.T) {
	blocks, err := NewProse().Blocks("# One\n### Two\n## Three\n\n[out](https://a.example/b%20c) [in](visits.html) [up](#x) <robin@northmoor.example>", 2)
	if err != nil {
		t.Fatal(err)
	}
	var levels []int
	links := map[string]string{}
	for _, b := range blocks {
		switch b := b.(type) {
		case tagpdf.Heading:
			levels = append(levels, b.Level)
		case tagpdf.Paragraph:
			for _, s := range b.Text {
				if strings.TrimSpace(s.Text) != "" {
					links[s.Text] = s.Link
				}
			}
		}
	}
	if len(levels) != 3 || levels[0] != 2 || levels[1] != 3 || levels[2] != 3 {
		t.Errorf("the levels are %v (want 2, 3, 3)", levels)
	}
	for text, want := range map[string]string{"out": "https://a.example/b%20c", "in": "", "up": "", "robin@northmoor.example": "mailto:robin@northmoor.example"} {
		if got, ok := links[text]; !ok || got != want {
			t.Errorf("%s leads to %q (want %q)", text, got, want)
		}
	}
}
