package render

import (
	"bytes"
	"fmt"
	"sort"
	"strconv"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// deepest is how deep blocks and emphasis may nest.
const deepest = 40

// A MarkdownProblem is something in a Markdown text that a page may not carry.
type MarkdownProblem struct {
	Line int // of the text, from 1
	Text string
}

// markdown turns Markdown into HTML with goldmark's parser and a writer of our
// own, which knows no raw HTML, no images and no address that address refuses
// (TestMarkdownRefusals). Everything it writes passes scan (FuzzMarkdown).
type markdown struct {
	parser parser.Parser
}

func newMarkdown() *markdown {
	return &markdown{goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough)).Parser()}
}

// CheckMarkdown lists what a page may not carry in src: raw HTML, images,
// addresses of other schemes, too deep nesting. Lines count from 1.
func CheckMarkdown(src string) []MarkdownProblem {
	w := walker{source: []byte(src), out: new(bytes.Buffer), level: 2}
	w.render(newMarkdown().parser)
	if len(w.problems) == 0 && scan(w.out.Bytes()) != nil {
		w.problem(1, "the text holds characters that a page may not carry (look for numbered entities such as &#1;)")
	}
	return w.problems
}

// write appends src as HTML whose headings begin at level. label names the
// text, for its tables: "Report". The first problem is the error.
func (m *markdown) write(out *bytes.Buffer, src string, level int, label string) error {
	w := walker{source: util.StringToReadOnlyBytes(src), out: out, level: level, label: label}
	start := out.Len()
	w.render(m.parser)
	if len(w.problems) > 0 {
		p := w.problems[0]
		return fmt.Errorf("line %d: %s", p.Line, p.Text)
	}
	if err := scan(out.Bytes()[start:]); err != nil {
		return fmt.Errorf("the page's Markdown gives HTML that is not allowed: %w", err)
	}
	return nil
}

// A walker writes one text. It fits util.BufWriter, so that goldmark's own
// writer of text resolves entities and escapes into it.
type walker struct {
	source   []byte
	out      *bytes.Buffer
	level    int    // of the first heading
	label    string // of the text, in the names of its tables
	above    []int  // levels, as written, of the headings we are under
	tables   int
	depth    int
	line     int // where we are
	breaks   []int
	problems []MarkdownProblem
}

func (w *walker) render(p parser.Parser) {
	w.line = 1
	if over := w.tooDeep(); over > 0 {
		w.problem(over, "lists, quotes or brackets nest deeper than "+strconv.Itoa(deepest)+" (write it flatter)")
		return
	}
	w.children(p.Parse(text.NewReader(w.source)))
}

// tooDeep gives the first line that opens more blocks or brackets than a person
// would, or 0. It looks before the parser does: parsing such a text costs the
// square of its length.
func (w *walker) tooDeep() int {
	for n, rest := 1, w.source; len(rest) > 0; n++ {
		row, after, _ := bytes.Cut(rest, []byte("\n"))
		rest = after
		if leading := len(row) - len(bytes.TrimLeft(row, " \t>-*+0123456789.)")); bytes.Count(row[:leading], []byte(">")) > deepest || bytes.Count(row[:leading], []byte("- ")) > deepest {
			return n
		}
		if bytes.Count(row, []byte("[")) > 10*deepest || bytes.Count(row, []byte("<")) > 10*deepest {
			return n
		}
	}
	return 0
}

func (w *walker) problem(line int, text string) {
	w.problems = append(w.problems, MarkdownProblem{line, text})
}

// lineAt gives the line of a place in the source.
func (w *walker) lineAt(offset int) int {
	if w.breaks == nil {
		w.breaks = append(w.breaks, -1)
		for i, c := range w.source {
			if c == '\n' {
				w.breaks = append(w.breaks, i)
			}
		}
	}
	return sort.SearchInts(w.breaks, offset)
}

// nodeLine gives the line of a node, of its first text, or of its parent.
func (w *walker) nodeLine(n ast.Node) int {
	for at := n; at != nil; at = at.Parent() {
		if at.Type() == ast.TypeBlock && at.Lines() != nil && at.Lines().Len() > 0 {
			return w.lineAt(at.Lines().At(0).Start)
		}
		for c := at.FirstChild(); c != nil; c = c.FirstChild() {
			if t, ok := c.(*ast.Text); ok {
				return w.lineAt(t.Segment.Start)
			}
		}
	}
	return 1
}

func (w *walker) children(n ast.Node) {
	w.depth++
	defer func() { w.depth-- }()
	if w.depth > 2*deepest {
		w.problem(w.nodeLine(n), "text nests too deep (write it flatter)")
		return
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.node(c)
	}
}

// wrap writes a node's children between two literal tags.
func (w *walker) wrap(n ast.Node, open, end string) {
	w.out.WriteString(open)
	w.children(n)
	w.out.WriteString(end)
}

func (w *walker) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.Paragraph:
		w.wrap(n, `<p class="govuk-body">`, "</p>\n")
	case *ast.TextBlock:
		w.children(n)
	case *ast.Heading:
		w.heading(n)
	case *ast.Blockquote:
		w.wrap(n, `<blockquote class="govuk-inset-text">`+"\n", "</blockquote>\n")
	case *ast.List:
		w.list(n)
	case *ast.ListItem:
		w.wrap(n, "<li>", "</li>\n")
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		w.code(n)
	case *ast.ThematicBreak:
		w.out.WriteString(`<hr class="govuk-section-break govuk-section-break--m govuk-section-break--visible">` + "\n")
	case *ast.HTMLBlock:
		w.problem(w.nodeLine(n), "raw HTML is not allowed (write Markdown; put code between backticks)")
	case *extast.Table:
		w.table(n)
	case *ast.LinkReferenceDefinition:
	default:
		w.inline(n)
	}
}

func (w *walker) inline(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		w.text(n)
	case *ast.String:
		html.DefaultWriter.RawWrite(w, n.Value)
	case *ast.CodeSpan:
		w.wrap(n, `<code class="app-code">`, "</code>")
	case *ast.Emphasis:
		if n.Level == 2 {
			w.wrap(n, "<strong>", "</strong>")
		} else {
			w.wrap(n, "<em>", "</em>")
		}
	case *extast.Strikethrough:
		w.wrap(n, "<del>", "</del>")
	case *ast.Link:
		w.link(n)
	case *ast.AutoLink:
		w.autoLink(n)
	case *ast.Image:
		w.problem(w.nodeLine(n), "images cannot be shown (attach the file instead)")
	case *ast.RawHTML:
		w.problem(w.lineAt(n.Segments.At(0).Start), "raw HTML is not allowed (write Markdown; put code between backticks)")
	default:
		w.problem(w.nodeLine(n), "this Markdown is not known here ("+n.Kind().String()+")")
	}
}

func (w *walker) text(n *ast.Text) {
	if parent := n.Parent(); n.IsRaw() || parent != nil && parent.Kind() == ast.KindCodeSpan {
		html.DefaultWriter.RawWrite(w, spaced(n.Segment.Value(w.source)))
	} else {
		html.DefaultWriter.Write(w, n.Segment.Value(w.source))
	}
	switch {
	case n.HardLineBreak():
		w.out.WriteString("<br>\n")
	case n.SoftLineBreak():
		w.out.WriteByte('\n')
	}
}

// spaced gives a line of code without its line break, which becomes a space.
func spaced(code []byte) []byte {
	if bytes.IndexByte(code, '\n') < 0 {
		return code
	}
	return bytes.ReplaceAll(code, []byte("\n"), []byte(" "))
}

// heading writes a heading at the level that follows from those above it, never
// skipping one: a text's first heading, whatever its number of signs, is at the
// level that the page gives. Empty headings are left out.
func (w *walker) heading(n *ast.Heading) {
	if !n.HasChildren() {
		return
	}
	level := w.headingLevel(n)
	tag := "h" + strconv.Itoa(level)
	size := "s"
	if level == 2 {
		size = "m"
	}
	w.wrap(n, "<"+tag+` class="govuk-heading-`+size+`">`, "</"+tag+">\n")
}

// headingLevel gives the level of the next heading.
func (w *walker) headingLevel(n *ast.Heading) int {
	for len(w.above) > 0 && w.above[len(w.above)-1] >= n.Level {
		w.above = w.above[:len(w.above)-1]
	}
	level := min(w.level+len(w.above), 6)
	w.above = append(w.above, n.Level)
	return level
}

func (w *walker) list(n *ast.List) {
	if !n.IsOrdered() {
		w.wrap(n, `<ul class="govuk-list govuk-list--bullet">`+"\n", "</ul>\n")
		return
	}
	open := `<ol class="govuk-list govuk-list--number">` + "\n"
	if n.Start != 1 {
		open = `<ol class="govuk-list govuk-list--number" start="` + strconv.Itoa(n.Start) + `">` + "\n"
	}
	w.wrap(n, open, "</ol>\n")
}

func (w *walker) code(n ast.Node) {
	w.out.WriteString(`<pre class="app-code">`)
	lines := n.Lines()
	for i := range lines.Len() {
		line := lines.At(i)
		html.DefaultWriter.RawWrite(w, line.Value(w.source))
	}
	w.out.WriteString("</pre>\n")
}

// table writes a table in a region that scrolls sideways by keyboard too. The
// region is named by a number: its name must be unlike any other of the page.
func (w *walker) table(n *extast.Table) {
	w.tables++
	w.out.WriteString(`<div class="app-scroll" role="region" aria-label="`)
	html.DefaultWriter.RawWrite(w, []byte(w.label+", table "+strconv.Itoa(w.tables)))
	w.out.WriteString(`" tabindex="0"><table class="govuk-table">` + "\n")
	body, named := false, false
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		if row.Kind() == extast.KindTableHeader {
			named = row.FirstChild() != nil && row.FirstChild().HasChildren()
			w.out.WriteString(`<thead class="govuk-table__head"><tr class="govuk-table__row">`)
			w.cells(row, true, false)
			w.out.WriteString("</tr></thead>\n")
			continue
		}
		if !body {
			w.out.WriteString(`<tbody class="govuk-table__body">` + "\n")
			body = true
		}
		w.out.WriteString(`<tr class="govuk-table__row">`)
		w.cells(row, false, named)
		w.out.WriteString("</tr>\n")
	}
	if body {
		w.out.WriteString("</tbody>\n")
	}
	w.out.WriteString("</table></div>\n")
}

// cells writes one line. Where the first column has a name, its words name their
// lines: who listens to a cell hears both heads. Numbers there name nothing.
func (w *walker) cells(row ast.Node, head, named bool) {
	for c := row.FirstChild(); c != nil; c = c.NextSibling() {
		cell, ok := c.(*extast.TableCell)
		if !ok {
			continue
		}
		numeric := ""
		switch {
		case head && cell.HasChildren():
			if cell.Alignment == extast.AlignRight {
				numeric = " govuk-table__header--numeric"
			}
			w.wrap(cell, `<th class="govuk-table__header`+numeric+`" scope="col">`, "</th>")
		case named && c == row.FirstChild() && cell.HasChildren() && cell.Alignment != extast.AlignRight:
			w.wrap(cell, `<th class="govuk-table__header" scope="row">`, "</th>")
		default:
			if cell.Alignment == extast.AlignRight {
				numeric = " govuk-table__cell--numeric"
			}
			w.wrap(cell, `<td class="govuk-table__cell`+numeric+`">`, "</td>")
		}
	}
}

func (w *walker) link(n *ast.Link) {
	dest := util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(n.Destination)))
	href, err := address(string(dest))
	if err != nil {
		w.problem(w.nodeLine(n), "the link "+err.Error())
		return
	}
	w.anchor(href)
	if n.HasChildren() {
		w.children(n)
	} else {
		html.DefaultWriter.RawWrite(w, dest)
	}
	w.out.WriteString("</a>")
}

func (w *walker) autoLink(n *ast.AutoLink) {
	url := string(n.URL(w.source))
	if n.AutoLinkType == ast.AutoLinkEmail && !bytes.HasPrefix(bytes.ToLower([]byte(url)), []byte("mailto:")) {
		url = "mailto:" + url
	}
	href, err := address(url)
	if err != nil {
		w.problem(w.nodeLine(n), "the link "+err.Error())
		return
	}
	w.anchor(href)
	html.DefaultWriter.RawWrite(w, n.Label(w.source))
	w.out.WriteString("</a>")
}

// anchor opens a link. One that leaves the portal does not say where from.
func (w *walker) anchor(href string) {
	w.out.WriteString(`<a class="govuk-link" href="`)
	html.DefaultWriter.RawWrite(w, []byte(href))
	if external(href) {
		w.out.WriteString(`" rel="noreferrer">`)
	} else {
		w.out.WriteString(`">`)
	}
}

// The rest of util.BufWriter. A buffer needs no flushing.

func (w *walker) Available() int                    { return w.out.Available() }
func (w *walker) Buffered() int                     { return 0 }
func (w *walker) Flush() error                      { return nil }
func (w *walker) Write(p []byte) (int, error)       { return w.out.Write(p) }
func (w *walker) WriteByte(c byte) error            { return w.out.WriteByte(c) }
func (w *walker) WriteRune(r rune) (int, error)     { return w.out.WriteRune(r) }
func (w *walker) WriteString(s string) (int, error) { return w.out.WriteString(s) }
