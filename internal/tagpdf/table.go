package tagpdf

const (
	cellX, cellY = 5.0, 4.0
	tableSize    = 9.5
	tableLead    = 13.0
	smallSize    = 7.0 // of a table of many columns whose words would else be broken
	smallLead    = 9.5
	fieldsShare  = 0.3 // of the width, for the names of a list of fields
)

// A grid is a table while it is laid out.
type grid struct {
	Table
	*builder
	column
	columns    int
	widths     []float64
	size, lead float64
	head       *row
	rows       []*row
	element    *element
	body       *element
}

// A row is one, its cells broken into lines.
type row struct {
	cells [][]line
	lines int
}

func (b *builder) table(e *element, t Table, c column) {
	g := b.grid(t, c)
	if g.columns == 0 {
		return
	}
	b.need(g.beginning())
	g.element = e.child("Table")
	if t.Title != "" {
		b.prose(g.element.child("Caption"), Plain(t.Title), c, look{bodySize, bodyLead + 3, true, black})
	}
	if g.head != nil {
		g.draw(g.head, g.element.child("THead").child("TR"), true)
	}
	if len(g.rows) > 0 {
		g.body = g.element.child("TBody")
	}
	for _, r := range g.rows {
		g.row(r)
	}
	b.y -= 12
}

// grid measures a table's columns and breaks its cells.
func (b *builder) grid(t Table, c column) *grid {
	g := &grid{Table: t, builder: b, column: c, size: tableSize, lead: tableLead}
	all := t.Rows
	if len(t.Head) > 0 {
		all = append([][][]Span{t.Head}, t.Rows...)
	}
	for _, r := range all {
		g.columns = max(g.columns, len(r))
	}
	if g.columns == 0 {
		return g
	}
	if g.columns > 6 {
		g.size, g.lead = 8, 11
	}
	if t.Narrow {
		g.size, g.lead = bodySize, bodyLead
	}
	words := make([][][]word, len(all))
	for i, r := range all {
		words[i] = make([][]word, g.columns)
		for j, cell := range r {
			strong := i == 0 && len(t.Head) > 0 || j == 0 && t.Narrow
			words[i][j] = b.wordsOf(cell, strong)
		}
	}
	if !g.measure(words) && g.columns > 6 {
		size, lead := g.size, g.lead
		if g.size, g.lead = smallSize, smallLead; !g.measure(words) {
			g.size, g.lead = size, lead
			g.measure(words)
		}
	}
	for i := range words {
		r := &row{cells: make([][]line, g.columns), lines: 1}
		for j, w := range words[i] {
			r.cells[j] = lines(w, (g.widths[j]-2*cellX)/g.size)
			r.lines = max(r.lines, len(r.cells[j]))
		}
		if i == 0 && len(t.Head) > 0 {
			g.head = r
		} else {
			g.rows = append(g.rows, r)
		}
	}
	return g
}

// measure gives each column the room that its longest word needs, and what is
// left by how much each has to say. It tells whether the words fit; where they do
// not, they will be broken.
func (g *grid) measure(words [][][]word) bool {
	g.widths = make([]float64, g.columns)
	if g.Narrow && g.columns == 2 {
		g.widths[0] = g.width * fieldsShare
		g.widths[1] = g.width - g.widths[0]
		return true
	}
	least, whole := make([]float64, g.columns), make([]float64, g.columns)
	for _, r := range words {
		for j, cell := range r {
			for k := range cell {
				least[j] = max(least[j], cell[k].width*g.size)
			}
			whole[j] = max(whole[j], measure(cell)*g.size)
		}
	}
	most := (g.width - float64(g.columns)*2*cellX) / min(float64(g.columns), 2.5)
	needed, wanted := 0.0, 0.0
	for j := range least {
		least[j] = min(least[j], most) + 2*cellX
		whole[j] = max(whole[j]+2*cellX, least[j])
		needed += least[j]
		wanted += whole[j]
	}
	if needed >= g.width {
		g.squeeze(least)
		return false
	}
	for j := range g.widths {
		switch {
		case wanted <= g.width:
			g.widths[j] = whole[j] + (g.width-wanted)*whole[j]/wanted
		default:
			g.widths[j] = least[j] + (g.width-needed)*(whole[j]-least[j])/(wanted-needed)
		}
	}
	return true
}

// squeeze gives columns whose longest words do not fit beside each other what
// they need where that is less than an even share, and shares out the rest.
func (g *grid) squeeze(least []float64) {
	room, wide := g.width, g.columns
	for settled := false; !settled; {
		settled = true
		for j := range least {
			if g.widths[j] == 0 && least[j] <= room/float64(wide) {
				g.widths[j] = least[j]
				room -= least[j]
				wide--
				settled = wide == 0
			}
		}
	}
	for j := range g.widths {
		if g.widths[j] == 0 {
			g.widths[j] = room / float64(wide)
		}
	}
}

func (g *grid) height(r *row) float64 { return float64(r.lines)*g.lead + 2*cellY }

// beginning is the height of the head and the first row.
func (g *grid) beginning() float64 {
	height := 0.0
	if g.Title != "" {
		height += bodyLead + 3
	}
	if g.head != nil {
		height += g.height(g.head)
	}
	if len(g.rows) > 0 {
		height += min(g.height(g.rows[0]), 6*g.lead)
	}
	return height
}

func (b *builder) tableBeginning(t Table, c column) float64 {
	if len(t.Rows) > 1 {
		t.Rows = t.Rows[:1]
	}
	g := b.grid(t, c)
	if g.columns == 0 {
		return 0
	}
	return g.beginning()
}

// row puts a row onto the page, or onto the next one under the head once more. A
// row that no page can hold is parted.
func (g *grid) row(r *row) {
	tr := g.body.child("TR")
	if g.fits(g.height(r)) {
		g.draw(r, tr, false)
		return
	}
	whole := pageHeight - top - bottom
	if g.head != nil {
		whole -= g.height(g.head)
	}
	if g.height(r) <= whole {
		g.next()
		g.draw(r, tr, false)
		return
	}
	cells := g.tagged(r, tr, false)
	for from := 0; from < r.lines; {
		room := int((g.y - bottom - 2*cellY + 0.01) / g.lead)
		if room < 2 && from < r.lines && g.y < pageHeight-top-g.headHeight()-0.01 {
			g.next()
			continue
		}
		to := min(from+max(room, 1), r.lines)
		g.slice(r, cells, from, to, false)
		if from = to; from < r.lines {
			g.next()
		}
	}
}

func (g *grid) headHeight() float64 {
	if g.head == nil {
		return 0
	}
	return g.height(g.head)
}

// next turns the page and repeats the head, which is told once only.
func (g *grid) next() {
	g.turn()
	if g.head == nil {
		return
	}
	g.page().front.WriteString("/Artifact<</Type/Pagination>>BDC\n")
	g.slice(g.head, nil, 0, g.head.lines, true)
	g.page().front.WriteString("EMC\n")
}

func (g *grid) draw(r *row, tr *element, head bool) {
	g.slice(r, g.tagged(r, tr, head), 0, r.lines, head)
}

// tagged makes the elements of a row's cells.
func (g *grid) tagged(r *row, tr *element, head bool) []*element {
	var cells []*element
	for j := range r.cells {
		kind, scope := "TD", ""
		switch {
		case len(r.cells[j]) == 0 && (head || j == 0): // nothing that could name others
		case head:
			kind, scope = "TH", "/A<</O/Table/Scope/Column>>"
		case j == 0 && g.RowHeads:
			kind, scope = "TH", "/A<</O/Table/Scope/Row>>"
		}
		e := tr.child(kind)
		e.more = scope
		cells = append(cells, e)
	}
	return cells
}

// slice paints some lines of a row. Without elements it is within an artifact.
func (g *grid) slice(r *row, cells []*element, from, to int, head bool) {
	x, y := g.x, g.y
	for j, cell := range r.cells {
		p := painter{builder: g.builder, size: g.size, colour: black}
		if cells != nil {
			p.of = cells[j]
		}
		for k := from; k < min(to, len(cell)); k++ {
			at := x + cellX
			if j == 0 { // the first column stands at the text's edge
				at = x
			}
			if j < len(g.Right) && g.Right[j] {
				at = x + g.widths[j] - cellX - cell[k].width*g.size
			}
			p.line(cell[k], at, y-cellY-float64(k-from)*g.lead-g.lead*0.5-g.size*0.32, k == len(cell)-1)
		}
		p.end()
		x += g.widths[j]
	}
	g.y = y - float64(to-from)*g.lead - 2*cellY
	weight := "RG 0.5 w"
	colour := faint
	if head {
		weight, colour = "RG 1 w", grey
	}
	pages := len(g.pages) - 1
	g.artifact(pages, colour, weight, g.x, g.y, "m", g.x+g.width, g.y, "l S")
}
