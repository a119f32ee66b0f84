package tagpdf

import "strconv"

// An element is one of the structure tree.
type element struct {
	kind   string
	parent *element
	kids   []kid
	more   string // further entries of its dictionary, such as attributes
	object int
}

// A kid of an element is another, a piece of a page's content, or an annotation.
type kid struct {
	element    *element
	page       int
	mcid       int
	annotation int // object number; 0: a piece of content
}

func (e *element) child(kind string) *element {
	c := &element{kind: kind, parent: e}
	e.kids = append(e.kids, kid{element: c})
	return c
}

// A link is one rectangle of a link: one that runs over two lines has two.
type link struct {
	element        *element
	page           int
	x0, y0, x1, y1 float64
	address        string
	text           string
	object         int
}

// mark begins the content of an element on the current page.
func (b *builder) mark(e *element) {
	p := b.page()
	e.kids = append(e.kids, kid{page: len(b.pages) - 1, mcid: len(p.marked)})
	out := append(b.scratch[:0], '/')
	out = append(out, e.kind...)
	out = append(out, "<</MCID "...)
	out = strconv.AppendInt(out, int64(len(p.marked)), 10)
	out = append(out, ">>BDC\n"...)
	p.marked = append(p.marked, e)
	p.front.Write(out)
	b.scratch = out
}

func (b *builder) unmark() { b.page().front.WriteString("EMC\n") }

// artifact draws on a page, behind its text, what is no part of the text.
func (b *builder) artifact(page int, operands ...any) {
	p := &b.pages[page].back
	p.WriteString("/Artifact BMC\n")
	b.scratch = operate(b.scratch[:0], operands...)
	p.Write(b.scratch)
	p.WriteString("EMC\n")
}

// operate appends operators with their operands: numbers, and strings as they
// are.
func operate(out []byte, operands ...any) []byte {
	for i, v := range operands {
		if i > 0 {
			out = append(out, ' ')
		}
		switch v := v.(type) {
		case float64:
			out = number(out, v)
		case string:
			out = append(out, v...)
		case Colour:
			out = number(append(number(append(number(out, v[0]), ' '), v[1]), ' '), v[2])
		}
	}
	return append(out, '\n')
}

// number appends a number with at most three decimals.
func number(out []byte, v float64) []byte {
	n := int64(v*1000 + 0.5)
	if v < 0 {
		n = int64(v*1000 - 0.5)
	}
	if n < 0 {
		out, n = append(out, '-'), -n
	}
	out = strconv.AppendInt(out, n/1000, 10)
	if rest := n % 1000; rest != 0 {
		out = append(out, '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
		for out[len(out)-1] == '0' {
			out = out[:len(out)-1]
		}
	}
	return out
}
