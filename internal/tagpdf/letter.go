package tagpdf

// An Address is whom a letter goes to. Where nothing is above it but the letterhead
// it stands where the window of an envelope for a sheet folded in three shows it,
// and nothing else does.
type Address struct{ Lines []string }

// A Closing ends a letter: how, room for a hand, and who signs. It stays on one
// page, and not alone where the paragraph before it is short.
type Closing struct{ Words, By []Span }

func (Address) block() {}
func (Closing) block() {}

const (
	window      = 136.0 // from the top of the page: 48 mm
	windowEnd   = 234.0 // 82 mm
	addressLead = 13.5
	hand        = 34.0 // room for a signature
	shortLines  = 6
)

func (b *builder) address(e *element, v Address, c column) {
	folded := len(b.pages) == 1 && b.y > pageHeight-window
	if folded {
		b.y = pageHeight - window
	}
	var spans []Span
	for _, text := range v.Lines {
		spans = append(spans, Span{Text: text, Break: true})
	}
	b.need(float64(len(v.Lines)) * addressLead)
	b.prose(e.child("P"), spans, c, look{size: bodySize, lead: addressLead, colour: black})
	b.y -= addressLead
	if folded {
		b.y = min(b.y, pageHeight-windowEnd)
	}
}

func (b *builder) closing(e *element, v Closing, c column) {
	b.need(b.closingHeight(v, c))
	b.skip(6)
	b.prose(e.child("P"), v.Words, c, looks[Body])
	b.y -= hand
	b.prose(e.child("P"), v.By, c, looks[Body])
	b.y -= bodyLead
}

func (b *builder) closingHeight(v Closing, c column) float64 {
	l := looks[Body]
	height := 6 + hand
	for _, text := range [][]Span{v.Words, v.By} {
		height += float64(len(lines(b.wordsOf(text, l.strong), c.width/l.size))) * l.lead
	}
	return height
}

// withClosing turns the page where a short paragraph and the closing after it do
// not both fit.
func (b *builder) withClosing(p Paragraph, v Closing, c column) {
	l := looks[p.Style]
	if n := len(lines(b.wordsOf(p.Text, l.strong), c.width/l.size)); n <= shortLines {
		b.need(float64(n)*l.lead + bodyLead*0.55 + b.closingHeight(v, c))
	}
}
