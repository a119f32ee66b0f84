package tagpdf

import "fmt"

// margins writes what stands at the head and foot of every page.
func (b *builder) margins() {
	d := b.document
	for i, pg := range b.pages {
		b.inkOn = nil
		if i > 0 && d.Running != "" {
			pg.front.WriteString("/Artifact<</Type/Pagination/Subtype/Header/Attached[/Top]>>BDC\n")
			b.marginal(i, d.Running, left, pageHeight-44, textWidth)
			pg.front.WriteString("EMC\n")
			b.artifact(i, faint, "RG 0.5 w", left, pageHeight-52, "m", left+textWidth, pageHeight-52, "l S")
		}
		pg.front.WriteString("/Artifact<</Type/Pagination/Subtype/Footer/Attached[/Bottom]>>BDC\n")
		count := fmt.Sprintf("Page %d of %d", i+1, len(b.pages))
		b.marginal(i, d.Footer, left, 42, textWidth-70)
		b.marginal(i, count, left+textWidth-b.marginalWidth(count), 42, textWidth)
		if d.Mark != "" {
			b.marginal(i, d.Mark, left, 30, textWidth)
		}
		pg.front.WriteString("EMC\n")
		b.artifact(i, faint, "RG 0.5 w", left, 56.0, "m", left+textWidth, 56.0, "l S")
	}
}

const marginalSize = 8.0

func (b *builder) marginalWidth(text string) float64 {
	return measure(b.wordsOf(Plain(text), false)) * marginalSize
}

// marginal shows one line in a margin, cut at a width.
func (b *builder) marginal(pageNumber int, text string, x, y, width float64) {
	all := b.pages
	b.pages = all[:pageNumber+1]
	defer func() { b.pages = all }()
	set := lines(b.wordsOf(Plain(text), false), width/marginalSize)
	if len(set) == 0 {
		return
	}
	p := painter{builder: b, size: marginalSize, colour: strong}
	p.line(set[0], x, y, true)
}
