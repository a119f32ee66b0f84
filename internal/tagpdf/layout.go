package tagpdf

import (
	"fmt"
	"strconv"

	"golang.org/x/image/font/sfnt"
)

// A4, in points, and its margins. The body's foot leaves room for two lines.
const (
	pageWidth, pageHeight = 595.276, 841.89
	left, right           = 64.0, 64.0
	top, bottom           = 74.0, 74.0
	textWidth             = pageWidth - left - right

	bodySize, bodyLead = 10.5, 15.0
)

// A builder lays a document out.
type builder struct {
	document *Document
	fonts    *Fonts
	buf      sfnt.Buffer
	uses     []*use // by face.number
	words    map[wordKey][]run
	parted   parted
	scratch  []byte
	text     showing
	ink      Colour // that text is shown in
	inkOn    *page

	pages    []*page
	y        float64 // where the next line goes; the page's top is the highest
	root     *element
	headings []heading
	links    []*link
	images   []*placed
	level    int // of the last heading
	sign     *element
	err      error
}

// A heading is an entry of the outline.
type heading struct {
	level, page int
	y           float64
	text        string
	element     *element
}

// A column is where blocks go. Depth counts lists.
type column struct {
	x, width float64
	depth    int
}

func newBuilder(d *Document, f *Fonts) *builder {
	b := &builder{
		document: d, fonts: f, uses: make([]*use, len(f.all)), words: map[wordKey][]run{},
		root: &element{kind: "Document"}, scratch: make([]byte, 0, 1024),
	}
	b.turn()
	return b
}

func (b *builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *builder) page() *page { return b.pages[len(b.pages)-1] }

// turn begins a page.
func (b *builder) turn() {
	b.pages = append(b.pages, new(page))
	b.y = pageHeight - top
}

// fits reports whether a height is left on the page.
func (b *builder) fits(height float64) bool { return b.y-height >= bottom-0.01 }

// need turns the page where a height is not left on it, unless it is empty.
func (b *builder) need(height float64) {
	if !b.fits(height) && b.y < pageHeight-top {
		b.turn()
	}
}

// skip leaves room, but none at the top of a page.
func (b *builder) skip(height float64) {
	if b.y < pageHeight-top {
		b.y -= height
	}
}

func (b *builder) letterhead() {
	d := b.document
	head := d.Letterhead
	b.artifact(0, head.Colour, "rg", 0.0, pageHeight-12, pageWidth, 12.0, "re f")
	b.y = pageHeight - 40
	if head.Name == "" {
		return
	}
	e := b.root.child("Div")
	width := textWidth
	if head.Logo != nil {
		width -= b.logo(e, head.Logo)
	}
	b.prose(e.child("P"), Plain(head.Name), column{left, width, 0}, look{size: 15, lead: 20, strong: true, colour: head.Colour})
	for _, text := range head.Lines {
		b.prose(e.child("P"), Plain(text), column{left, width, 0}, look{size: 9, lead: 13, colour: strong})
	}
	if head.Logo != nil {
		b.y = min(b.y, pageHeight-40-logoHeight)
	}
	b.y -= 8
	b.artifact(0, faint, "RG 0.6 w", left, b.y, "m", left+textWidth, b.y, "l S")
	b.y -= 26
}

// A look is how prose is set.
type look struct {
	size, lead float64
	strong     bool
	colour     Colour
}

var looks = [...]look{
	Body:    {bodySize, bodyLead, false, black},
	Caption: {13, 18, false, grey},
	Notice:  {bodySize, bodyLead, false, black},
	Small:   {9, 13, false, strong},
}

var headingLooks = [...]look{{}, {23, 28, true, black}, {15, 20, true, black}, {12, 16.5, true, black}, {bodySize, bodyLead, true, black}}

func (h Heading) look(level int) look {
	if h.Quiet {
		level += 2
	}
	return headingLooks[min(level, len(headingLooks)-1)]
}

// blocks lays out blocks one under the other.
func (b *builder) blocks(e *element, list []Block, c column) {
	for i, block := range list {
		if b.err != nil {
			return
		}
		var next Block
		if i+1 < len(list) {
			next = list[i+1]
		}
		b.block(e, block, next, c)
	}
}

func (b *builder) block(e *element, block, next Block, c column) {
	switch v := block.(type) {
	case Heading:
		b.heading(e, v, next, c)
	case Paragraph:
		b.paragraph(e, v, next, c)
	case List:
		b.list(e, v, c)
	case Quote:
		b.barred(e.child("BlockQuote"), faint, c, func(e *element, c column) { b.blocks(e, v.Body, c) })
	case Code:
		b.code(e, v, c)
	case Table:
		b.table(e, v, c)
	case *Image:
		b.image(e, v, c)
	case Address:
		b.address(e, v, c)
	case Closing:
		b.closing(e, v, c)
	case Rule:
		b.skip(4)
		b.need(12)
		b.artifact(len(b.pages)-1, faint, "RG 0.6 w", c.x, b.y, "m", c.x+c.width, b.y, "l S")
		b.y -= 12
	default:
		b.fail(fmt.Errorf("a %T is no block of a PDF", block))
	}
}

func (b *builder) heading(e *element, h Heading, next Block, c column) {
	level := min(max(h.Level, 1), b.level+1, 6)
	l := h.look(level)
	set := lines(b.wordsOf(h.Text, true), c.width/l.size)
	if len(set) == 0 {
		return
	}
	b.level = level
	height := float64(len(set)) * l.lead
	if level > 1 {
		b.skip(l.lead * 0.6)
	}
	if next != nil { // a heading stays with what it is over
		b.need(height + 4 + b.beginning(next, c))
	}
	h2 := e.child("H" + strconv.Itoa(level))
	b.need(min(height, pageHeight-top-bottom))
	b.headings = append(b.headings, heading{level, len(b.pages) - 1, b.y, plain(h.Text), h2})
	b.lines(h2, set, c, l)
	b.y -= l.lead * 0.25
}

// plain is the text of spans.
func plain(spans []Span) string {
	out := ""
	for _, s := range spans {
		out += s.Text
	}
	return out
}

func (b *builder) paragraph(e *element, p Paragraph, next Block, c column) {
	l := looks[p.Style]
	after := bodyLead * 0.55
	switch p.Style {
	case Notice:
		b.barred(e, b.document.Letterhead.Colour, c, func(e *element, c column) { b.prose(e.child("P"), p.Text, c, l) })
		b.y -= after * 0.5
		return
	case Caption:
		if next != nil {
			b.need(l.lead + b.beginning(next, c))
		}
		after = 2
	case Small:
		after = 4
	}
	if end, ok := next.(Closing); ok {
		b.withClosing(p, end, c)
	}
	b.prose(e.child("P"), p.Text, c, l)
	b.y -= after
}

// prose sets text in a column.
func (b *builder) prose(e *element, text []Span, c column, l look) {
	b.lines(e, lines(b.wordsOf(text, l.strong), c.width/l.size), c, l)
}

// lines puts lines onto pages, with no line of a paragraph alone on one.
func (b *builder) lines(e *element, set []line, c column, l look) {
	p := painter{builder: b, of: e, size: l.size, colour: l.colour}
	for i := 0; i < len(set); {
		n := b.together(len(set)-i, l.lead)
		for range n {
			p.line(set[i], c.x, b.y-l.lead*0.5-l.size*0.32, i == len(set)-1)
			b.y -= l.lead
			i++
		}
		if i < len(set) {
			p.leave()
			b.turn()
		}
	}
	p.end()
}

// together is how many of the lines that are left go onto the page.
func (b *builder) together(left int, lead float64) int {
	room := int((b.y - bottom + 0.01) / lead)
	full := int((pageHeight - top - bottom) / lead)
	switch {
	case left <= room:
		return left
	case b.y >= pageHeight-top-0.01:
		room = max(room, 1)
		if left-room == 1 && room > 2 {
			room--
		}
		return min(room, left)
	case left <= 3 && left <= full:
		return 0
	case left-room == 1:
		room--
	}
	if room < 2 {
		return 0
	}
	return room
}

// beginning is the height of as much of a block as must not stand alone on the
// next page.
func (b *builder) beginning(next Block, c column) float64 {
	switch v := next.(type) {
	case Heading:
		l := v.look(min(max(v.Level, 1), b.level+1))
		return l.lead*1.6*float64(len(lines(b.wordsOf(v.Text, true), c.width/l.size))) + 2*bodyLead
	case Paragraph:
		l := looks[v.Style]
		n := len(lines(b.wordsOf(v.Text, l.strong), c.width/l.size))
		if n > 3 {
			n = 2
		}
		return float64(n) * l.lead
	case List:
		if len(v.Items) > 0 && len(v.Items[0]) > 0 {
			return b.beginning(v.Items[0][0], inItem(c))
		}
	case Quote:
		if len(v.Body) > 0 {
			return b.beginning(v.Body[0], column{c.x + barRoom, c.width - barRoom, c.depth})
		}
	case Table:
		return b.tableBeginning(v, c)
	case *Image:
		_, height := v.size(c.width)
		return height
	case Code:
		return min(float64(len(v.Lines)), 3) * codeLead
	}
	return bodyLead
}

const barRoom = 14.0

// barred lays out what has a bar at its left, on every page that it is on.
func (b *builder) barred(e *element, colour Colour, c column, lay func(*element, column)) {
	b.need(2 * bodyLead)
	page, y := len(b.pages)-1, b.y
	lay(e, column{c.x + barRoom, c.width - barRoom, c.depth})
	for ; page < len(b.pages); page++ {
		end := bottom
		if page == len(b.pages)-1 {
			end = b.y + 2
		}
		if y-end > 1 {
			b.artifact(page, colour, "rg", c.x, end, 3.0, y-end, "re f")
		}
		y = pageHeight - top
	}
	b.y -= 6
}

const (
	codeSize, codeLead = 9.0, 12.5
)

// code sets lines as they are, those too long broken at the edge.
func (b *builder) code(e *element, v Code, c column) {
	p := e.child("P")
	set := b.codeLines(v.Lines, c.width-barRoom)
	b.barred(p, faint, c, func(e *element, c column) {
		b.lines(e.child("Code"), set, c, look{codeSize, codeLead, false, black})
	})
}

func (b *builder) codeLines(text []string, width float64) []line {
	var set []line
	span := new(Span) // the element around is the code's
	for _, t := range text {
		w := word{ends: true, spaced: true}
		for _, r := range b.runs(code, expand(t)) {
			w.add(piece{r, span, 1})
		}
		set = append(set, lines([]word{w}, width/codeSize)...)
	}
	return set
}

// expand gives a line of code with spaces for tabs; an empty one is a space.
func expand(text string) string {
	out := make([]byte, 0, len(text))
	for _, c := range []byte(text) {
		if c == '\t' {
			out = append(out, "    "...)
			continue
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return " "
	}
	return string(out)
}

// inItem is the column of a list's items.
func inItem(c column) column {
	return column{c.x + itemIndent, c.width - itemIndent, c.depth + 1}
}

const itemIndent = 20.0

func (b *builder) list(e *element, v List, c column) {
	l := e.child("L")
	l.more = "/A<</O/List/ListNumbering/Disc>>"
	if v.Ordered {
		l.more = "/A<</O/List/ListNumbering/Decimal>>"
	}
	in := inItem(c)
	for i, item := range v.Items {
		if b.err != nil {
			return
		}
		if len(item) > 0 {
			b.need(b.beginning(item[0], in))
		}
		li := l.child("LI")
		label := "•"
		switch {
		case v.Ordered:
			label = strconv.Itoa(v.Start+i) + "."
		case c.depth%2 == 1:
			label = "–"
		}
		set := lines(b.wordsOf(Plain(label), false), 100)
		p := painter{builder: b, of: li.child("Lbl"), size: bodySize, colour: black}
		p.line(set[0], in.x-6-set[0].width*bodySize, b.y-bodyLead*0.5-bodySize*0.32, true)
		p.end()
		body := li.child("LBody")
		if len(item) == 0 {
			b.y -= bodyLead
		}
		for j, block := range item {
			if text, ok := block.(Paragraph); ok && j < len(item)-1 {
				b.prose(body.child("P"), text.Text, in, looks[Body])
				b.y -= 3
				continue
			} else if ok {
				b.prose(body.child("P"), text.Text, in, looks[Body])
				continue
			}
			b.block(body, block, nil, in)
		}
		b.y -= 3
	}
	if c.depth == 0 {
		b.y -= 5
	}
}
