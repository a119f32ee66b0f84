package tagpdf

import "strconv"

// A painter puts lines of one paragraph, heading or cell onto pages and knows
// which content is open. Without an element it paints within an artifact.
type painter struct {
	*builder
	of     *element
	size   float64
	colour Colour

	open   *element // whose content is open
	page   int
	inline *element // of the span that is painted
	span   *Span
}

var (
	black  = Colour{0.043, 0.047, 0.047}
	grey   = Colour{0.294, 0.318, 0.333}
	blue   = Colour{0.102, 0.396, 0.651}
	faint  = Colour{0.694, 0.706, 0.714}
	strong = Colour{0.314, 0.353, 0.373}
)

// line paints one; end says that the paragraph ends with it.
func (p *painter) line(l line, x, y float64, end bool) {
	if p.page != len(p.pages) {
		p.page, p.open = len(p.pages), nil
	}
	for i := 0; i < len(l.words); i++ {
		w := &l.words[i]
		for j := range w.pieces {
			// What follows in the same face and span is shown at once.
			x = p.piece(&w.pieces[j], x, y)
		}
		last := i == len(l.words)-1
		if len(w.pieces) == 0 || last && end || !w.spaced && !(last && w.ends) {
			continue
		}
		// At the end of a line the space is drawn too, so that a reader does not
		// join the words around it.
		p.space(w, x, y)
		if q := &w.pieces[len(w.pieces)-1]; !w.outer && !last {
			p.decorate(q.span, x, x+w.space*p.size, y)
		}
		x += w.space * p.size
	}
	p.flush()
}

// space shows the space after a word.
func (p *painter) space(w *word, x, y float64) {
	last := &w.pieces[len(w.pieces)-1]
	piece := piece{run: run{use: last.use, codes: p.blank(last.use), after: noRoom[:1], wide: noRoom[:1]}, span: last.span, scale: last.scale}
	if w.outer || !w.spaced {
		piece.span = nil
	}
	p.show(&piece, x, y)
}

var noRoom [1]int16

// blank is the code of a space in a face, alone.
func (b *builder) blank(u *use) []uint16 {
	return []uint16{u.code(' ', &b.buf)}
}

// piece shows a piece with what its span adds, and gives where it ends.
func (p *painter) piece(q *piece, x, y float64) float64 {
	p.show(q, x, y)
	end := x + float64(q.width)*q.scale*p.size/1000
	p.decorate(q.span, x, end, y)
	return end
}

// decorate draws what a span's text is marked with, and the space within it too.
func (p *painter) decorate(s *Span, x, end, y float64) {
	if s.Struck {
		p.artifact(len(p.pages)-1, p.colour, "RG 0.6 w", x, y+0.28*p.size, "m", end, y+0.28*p.size, "l S")
	}
	if s.Link != "" {
		p.artifact(len(p.pages)-1, blue, "RG 0.5 w", x, y-0.16*p.size, "m", end, y-0.16*p.size, "l S")
		p.linked(s, x, end, y)
	}
}

// linked makes a piece of a link a link, or the last one longer.
func (p *painter) linked(s *Span, x, end, y float64) {
	if p.of == nil {
		return
	}
	pg := p.builder.page()
	if n := len(pg.links); n > 0 && pg.links[n-1].element == p.inline && pg.links[n-1].y0 == y-0.25*p.size {
		pg.links[n-1].x1 = end
		return
	}
	l := &link{
		element: p.inline, page: len(p.pages) - 1, address: s.Link, text: s.Text,
		x0: x, y0: y - 0.25*p.size, x1: end, y1: y + 0.85*p.size,
	}
	pg.links = append(pg.links, l)
	p.links = append(p.links, l)
}

// show writes glyphs, in the marked content of their element.
func (p *painter) show(q *piece, x, y float64) {
	e, colour := p.element(q.span), p.colour
	if q.span != nil && q.span.Link != "" && p.of != nil {
		colour = blue
	}
	if p.of != nil && p.open != e {
		p.flush()
		if p.open != nil {
			p.unmark()
		}
		p.mark(e)
		p.open = e
	}
	size := p.size * q.scale
	if t := &p.text; !t.open || t.use != q.use || t.size != size || t.colour != colour || t.y != y || t.x < x-0.01 || t.x > x+0.01 {
		p.flush()
		p.begin(q.use, size, colour, x, y)
	}
	p.glyphs(q)
}

// A showing is the text operator that is being written.
type showing struct {
	open   bool
	use    *use
	size   float64
	colour Colour
	x, y   float64 // where the next glyph goes
}

func (p *painter) begin(u *use, size float64, colour Colour, x, y float64) {
	out := p.scratch[:0]
	if pg := p.builder.page(); p.ink != colour || p.inkOn != pg {
		out = operate(out, colour, "rg")
		p.ink, p.inkOn = colour, pg
	}
	out = append(out, "BT/F"...)
	out = strconv.AppendInt(out, int64(u.face.number), 10)
	out = append(out, ' ')
	out = number(out, size)
	out = append(out, " Tf "...)
	out = number(out, x)
	out = append(out, ' ')
	out = number(out, y)
	out = append(out, " Td[("...)
	p.builder.page().front.Write(out)
	p.scratch = out
	p.text = showing{true, u, size, colour, x, y}
}

func (p *painter) glyphs(q *piece) {
	out := p.scratch[:0]
	for i, c := range q.codes {
		out = literal(literal(out, byte(c>>8)), byte(c))
		if k := q.after[i]; k != 0 {
			out = append(out, ')')
			out = strconv.AppendInt(out, int64(-k), 10)
			out = append(out, '(')
		}
	}
	p.builder.page().front.Write(out)
	p.scratch = out
	width := q.width
	if width == 0 { // a space
		width = q.use.face.thousandths(int(q.use.face.advances[q.use.glyphs[q.codes[0]]]))
	}
	p.text.x += float64(width) * p.text.size / 1000
}

// literal appends a byte of a string. A reader takes CR for LF unless it is
// escaped.
func literal(out []byte, c byte) []byte {
	switch c {
	case '(', ')', '\\':
		return append(out, '\\', c)
	case '\r':
		return append(out, '\\', 'r')
	}
	return append(out, c)
}

// flush ends the text operator.
func (p *painter) flush() {
	if p.text.open {
		p.builder.page().front.WriteString(")]TJ ET\n")
		p.text.open = false
	}
}

// element gives the element of a span: the paragraph's own, or one within it.
func (p *painter) element(s *Span) *element {
	if p.of == nil {
		return nil
	}
	kind := inlineKind(s)
	if kind == "" {
		return p.of
	}
	if p.span != s || p.inline == nil {
		p.span, p.inline = s, p.of.child(kind)
		if kind == "Del" {
			p.inline.more = "/A<</O/Layout/TextDecorationType/LineThrough>>"
		}
	}
	return p.inline
}

// inlineKind is the kind of a span's element. A link is one first: only a link
// may hold its annotation.
func inlineKind(s *Span) string {
	switch {
	case s == nil:
		return ""
	case s.Link != "":
		return "Link"
	case s.Code:
		return "Code"
	case s.Bold:
		return "Strong"
	case s.Italic:
		return "Em"
	case s.Struck:
		return "Del"
	}
	return ""
}

// end closes what is open.
func (p *painter) end() {
	if p.open != nil && p.page == len(p.pages) {
		p.unmark()
	}
	p.open = nil
}

// leave closes what is open before a new page begins.
func (p *painter) leave() {
	p.flush()
	if p.open != nil {
		p.unmark()
		p.open = nil
	}
}
