package render

import (
	"bytes"
	"fmt"
	stdhtml "html"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"despatch/internal/tagpdf"
)

// Prose reads Markdown for a PDF, with the parser that pages are written with:
// the same text gives the same words in both. It may be used by several goroutines.
type Prose struct{ parser parser.Parser }

// NewProse prepares the parser.
func NewProse() *Prose { return &Prose{newMarkdown().parser} }

// Blocks gives src as blocks whose headings begin at level. What a page may not
// carry is an error, as it is there.
func (p *Prose) Blocks(src string, level int) ([]tagpdf.Block, error) {
	if src == "" {
		return nil, nil
	}
	w := walker{source: util.StringToReadOnlyBytes(src), level: level, line: 1}
	if over := w.tooDeep(); over > 0 {
		return nil, fmt.Errorf("line %d: lists, quotes or brackets nest deeper than %d (write it flatter)", over, deepest)
	}
	g := gatherer{walker: &w}
	blocks := g.blocks(p.parser.Parse(text.NewReader(w.source)))
	if len(w.problems) > 0 {
		return nil, fmt.Errorf("line %d: %s", w.problems[0].Line, w.problems[0].Text)
	}
	return blocks, nil
}

// A gatherer makes blocks of a text as a walker makes HTML of it.
type gatherer struct {
	*walker
	depth int
}

func (g *gatherer) blocks(n ast.Node) []tagpdf.Block {
	g.depth++
	defer func() { g.depth-- }()
	if g.depth > 2*deepest {
		g.problem(g.nodeLine(n), "text nests too deep (write it flatter)")
		return nil
	}
	var all []tagpdf.Block
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if b := g.blockOf(c); b != nil {
			all = append(all, b)
		}
	}
	return all
}

func (g *gatherer) blockOf(n ast.Node) tagpdf.Block {
	switch n := n.(type) {
	case *ast.Paragraph, *ast.TextBlock:
		return tagpdf.Paragraph{Text: g.spans(n)}
	case *ast.Heading:
		if !n.HasChildren() {
			return nil
		}
		return tagpdf.Heading{Level: g.headingLevel(n), Text: g.spans(n)}
	case *ast.Blockquote:
		return tagpdf.Quote{Body: g.blocks(n)}
	case *ast.List:
		list := tagpdf.List{Ordered: n.IsOrdered(), Start: n.Start}
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			list.Items = append(list.Items, g.blocks(item))
		}
		return list
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		return tagpdf.Code{Lines: g.codeLines(n)}
	case *ast.ThematicBreak:
		return tagpdf.Rule{}
	case *extast.Table:
		return g.tableOf(n)
	case *ast.LinkReferenceDefinition:
		return nil
	case *ast.HTMLBlock:
		g.problem(g.nodeLine(n), "raw HTML is not allowed (write Markdown; put code between backticks)")
	default:
		g.problem(g.nodeLine(n), "this Markdown is not known here ("+n.Kind().String()+")")
	}
	return nil
}

func (g *gatherer) codeLines(n ast.Node) []string {
	var all []string
	lines := n.Lines()
	for i := range lines.Len() {
		line := lines.At(i)
		all = append(all, strings.TrimRight(string(line.Value(g.source)), "\r\n"))
	}
	return all
}

// tableOf gives a table. A first column that has a name names its lines, unless
// it is of numbers.
func (g *gatherer) tableOf(n *extast.Table) tagpdf.Table {
	t := tagpdf.Table{}
	for _, a := range n.Alignments {
		t.Right = append(t.Right, a == extast.AlignRight)
	}
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		var cells [][]tagpdf.Span
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			cells = append(cells, g.spans(c))
		}
		if row.Kind() == extast.KindTableHeader {
			t.Head = cells
			t.RowHeads = len(cells) > 0 && len(cells[0]) > 0 && !t.Right[0]
		} else {
			t.Rows = append(t.Rows, cells)
		}
	}
	return t
}

func (g *gatherer) spans(n ast.Node) []tagpdf.Span {
	var all []tagpdf.Span
	g.inlines(n, tagpdf.Span{}, &all)
	return all
}

// inlines adds the spans of a node's children, in the style of what is around.
func (g *gatherer) inlines(n ast.Node, style tagpdf.Span, all *[]tagpdf.Span) {
	g.depth++
	defer func() { g.depth-- }()
	if g.depth > 2*deepest {
		g.problem(g.nodeLine(n), "text nests too deep (write it flatter)")
		return
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		g.inlineOf(c, style, all)
	}
}

func (g *gatherer) inlineOf(n ast.Node, style tagpdf.Span, all *[]tagpdf.Span) {
	s := style
	switch n := n.(type) {
	case *ast.Text:
		s.Text = g.words(n)
		s.Break = n.HardLineBreak()
		if n.SoftLineBreak() {
			s.Text += " "
		}
		*all = append(*all, s)
	case *ast.String:
		s.Text = string(n.Value)
		*all = append(*all, s)
	case *ast.CodeSpan:
		s.Code = true
		g.inlines(n, s, all)
	case *ast.Emphasis:
		s.Bold, s.Italic = s.Bold || n.Level == 2, s.Italic || n.Level != 2
		g.inlines(n, s, all)
	case *extast.Strikethrough:
		s.Struck = true
		g.inlines(n, s, all)
	case *ast.Link:
		g.linkOf(n, s, all)
	case *ast.AutoLink:
		url := string(n.URL(g.source))
		if n.AutoLinkType == ast.AutoLinkEmail && !bytes.HasPrefix(bytes.ToLower([]byte(url)), []byte("mailto:")) {
			url = "mailto:" + url
		}
		s.Link, s.Text = g.outward(n, url), string(n.Label(g.source))
		*all = append(*all, s)
	case *ast.Image:
		g.problem(g.nodeLine(n), "images cannot be shown (attach the file instead)")
	case *ast.RawHTML:
		g.problem(g.lineAt(n.Segments.At(0).Start), "raw HTML is not allowed (write Markdown; put code between backticks)")
	default:
		g.problem(g.nodeLine(n), "this Markdown is not known here ("+n.Kind().String()+")")
	}
}

func (g *gatherer) linkOf(n *ast.Link, s tagpdf.Span, all *[]tagpdf.Span) {
	dest := string(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(n.Destination))))
	s.Link = g.outward(n, dest)
	if n.HasChildren() {
		g.inlines(n, s, all)
		return
	}
	s.Text = dest
	*all = append(*all, s)
}

// outward gives an address for a link of a PDF, which stands alone: one that
// leads from page to page of the portal is only a text.
func (g *gatherer) outward(n ast.Node, raw string) string {
	href, err := address(raw)
	if err != nil {
		g.problem(g.nodeLine(n), "the link "+err.Error())
		return ""
	}
	return Outward(href)
}

// Outward gives an address that leads somewhere from wherever a PDF is, or
// nothing.
func Outward(href string) string {
	scheme, _, _ := strings.Cut(strings.ToLower(href), ":")
	switch scheme {
	case "http", "https", "mailto", "tel":
		return href
	}
	return ""
}

// words is the text of a node as its page shows it: what HTML's writer makes of
// it, read back.
func (g *gatherer) words(n *ast.Text) string {
	raw := n.Segment.Value(g.source)
	if parent := n.Parent(); n.IsRaw() || parent != nil && parent.Kind() == ast.KindCodeSpan {
		return string(spaced(raw))
	}
	if !bytes.ContainsAny(raw, "\\&\x00") {
		return string(raw)
	}
	w := walker{out: new(bytes.Buffer)}
	html.DefaultWriter.Write(&w, raw)
	return stdhtml.UnescapeString(w.out.String())
}
