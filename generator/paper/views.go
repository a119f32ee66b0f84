package paper

import (
	"strconv"

	"despatch/generator/page"
	"despatch/generator/render"
	"despatch/internal/tagpdf"
)

// A setter gathers the blocks of one paper.
type setter struct {
	press *Press
	body  []tagpdf.Block
	err   error
}

func (s *setter) add(blocks ...tagpdf.Block) { s.body = append(s.body, blocks...) }

// markdown adds Markdown; where names it in an error.
func (s *setter) markdown(src string, level int, where string) {
	blocks, err := s.press.prose.Blocks(src, level)
	if err != nil && s.err == nil {
		s.err = &textError{where, err}
	}
	s.add(blocks...)
}

// A textError says in which text of a record something is wrong.
type textError struct {
	where string
	err   error
}

func (e *textError) Error() string { return e.where + ": " + e.err.Error() }
func (e *textError) Unwrap() error { return e.err }

func (s *setter) head(h *page.Head) {
	if h.Draft {
		s.add(tagpdf.Paragraph{Text: tagpdf.Plain("Draft: schools cannot see this."), Style: tagpdf.Notice})
	}
	if h.Caption != "" {
		s.add(tagpdf.Paragraph{Text: tagpdf.Plain(h.Caption), Style: tagpdf.Caption})
	}
	s.heading(1, h.Heading)
}

func (s *setter) heading(level int, text string) {
	s.add(tagpdf.Heading{Level: level, Text: tagpdf.Plain(text)})
}

func (s *setter) visit(v *page.VisitView) {
	s.head(&v.Head)
	s.state(&v.State)
	s.rows(v.Rows)
	s.markdown(v.Report, 2, "the report")
	s.parts("Findings", v.Findings)
	s.parts("Questions and answers", v.Answers)
	s.timeline(v.Timeline)
	for _, part := range v.Reply {
		s.heading(2, part.Heading)
		s.add(tagpdf.Paragraph{Text: said(part.Text)})
	}
	s.marked(v.Marked)
	s.changes(v.Changes)
	s.attachments(v.Attachments)
	s.contacts(v.Contacts)
}

// parts adds headed parts under a heading.
func (s *setter) parts(heading string, parts []page.Part) {
	if len(parts) == 0 {
		return
	}
	s.heading(2, heading)
	for _, part := range parts {
		s.heading(3, part.Heading)
		s.markdown(part.Text, 4, part.Heading)
	}
}

// timeline is what has happened to a record.
func (s *setter) timeline(steps []page.Step) {
	if len(steps) == 0 {
		return
	}
	s.heading(2, "What has happened")
	t := tagpdf.Table{Head: [][]tagpdf.Span{tagpdf.Plain("When"), tagpdf.Plain("What"), tagpdf.Plain("By")}, RowHeads: true}
	for _, step := range steps {
		t.Rows = append(t.Rows, [][]tagpdf.Span{tagpdf.Plain(step.On.Text), tagpdf.Plain(step.Text), tagpdf.Plain(step.Who)})
	}
	s.add(t)
}

func (s *setter) sheet(v *page.SheetView) {
	s.head(&v.Head)
	s.rows(v.Rows)
	s.markdown(v.Text, 2, "the sheet")
}

// changes are what became of each point of an answer.
func (s *setter) changes(list []page.Change) {
	if len(list) == 0 {
		return
	}
	s.heading(2, "Table of changes")
	t := tagpdf.Table{Head: [][]tagpdf.Span{tagpdf.Plain("What the school said"), tagpdf.Plain("Before"), tagpdf.Plain("What became of it")}, RowHeads: true}
	for _, c := range list {
		became := []tagpdf.Span{{Text: "Not changed. ", Bold: true}, {Text: c.Why}}
		if c.Now != "" {
			became = []tagpdf.Span{{Text: "Changed to: ", Bold: true}, {Text: c.Now}}
		}
		t.Rows = append(t.Rows, [][]tagpdf.Span{suggested(c), tagpdf.Plain(c.Was), became})
	}
	s.add(t)
}

// marked are the passages that the school marked.
func (s *setter) marked(list []page.Change) {
	if len(list) == 0 {
		return
	}
	s.heading(2, "Passages that the school marked")
	t := tagpdf.Table{Head: [][]tagpdf.Span{tagpdf.Plain("Passage"), tagpdf.Plain("What the school said")}, RowHeads: true}
	for _, c := range list {
		t.Rows = append(t.Rows, [][]tagpdf.Span{tagpdf.Plain(c.Was), suggested(c)})
	}
	s.add(t)
}

// suggested is what the school said of a point, and what it suggested instead.
func suggested(c page.Change) []tagpdf.Span {
	spans := said(c.Said)
	if c.Words != "" {
		spans = append(append(spans, said("\n")...), append([]tagpdf.Span{{Text: "Suggested: ", Bold: true}}, said(c.Words)...)...)
	}
	return spans
}

func (s *setter) document(v *page.DocumentView) {
	if v.Letter != nil {
		s.letter(v)
		return
	}
	s.head(&v.Head)
	s.rows(v.Rows)
	s.markdown(v.Text, 2, "the text")
	s.attachments(v.Attachments)
	s.contacts(v.Contacts)
}

func (s *setter) proof(v *page.ProofView) {
	s.head(&v.Head)
	for _, text := range v.Text {
		s.add(tagpdf.Paragraph{Text: tagpdf.Plain(text)})
	}
	s.rows(v.Rows)
	if len(v.Signed) > 0 {
		s.heading(2, "What was signed")
		s.add(tagpdf.Code{Lines: v.Signed})
	}
	s.contacts(v.Contacts)
}

// state says where a record stands.
func (s *setter) state(v *page.State) {
	line := v.Line
	if !v.Due.IsZero() {
		line += " " + v.Due.Long()
	}
	text := []tagpdf.Span{{Text: line, Bold: true}}
	for _, more := range v.Detail {
		text = append(text, tagpdf.Span{Text: " " + more})
	}
	s.add(tagpdf.Paragraph{Text: text, Style: tagpdf.Notice})
}

// rows are a record's fields.
func (s *setter) rows(rows []page.Row) {
	if len(rows) == 0 {
		return
	}
	t := tagpdf.Table{Narrow: true, RowHeads: true}
	for _, row := range rows {
		var cell []tagpdf.Span
		for i, v := range row.Values {
			if i > 0 {
				cell[i-1].Break = true
			}
			cell = append(cell, tagpdf.Span{Text: v.Text, Link: render.Outward(v.Href)})
		}
		t.Rows = append(t.Rows, [][]tagpdf.Span{tagpdf.Plain(row.Key), cell})
	}
	s.add(t)
}

// said is a text of people outside: plain, in lines as they wrote it.
func said(text string) []tagpdf.Span {
	var spans []tagpdf.Span
	start := 0
	for i := range len(text) {
		if text[i] == '\n' {
			spans = append(spans, tagpdf.Span{Text: text[start:i], Break: true})
			start = i + 1
		}
	}
	return append(spans, tagpdf.Span{Text: text[start:]})
}

// attachments names the files that came with a record: they are in the portal.
func (s *setter) attachments(list []page.Attachment) {
	if len(list) == 0 {
		return
	}
	s.heading(2, "Attachments")
	about := strconv.Itoa(len(list)) + " files came with this record. To read them, sign in to the portal."
	if len(list) == 1 {
		about = "One file came with this record. To read it, sign in to the portal."
	}
	s.add(tagpdf.Paragraph{Text: tagpdf.Plain(about)}, files(list))
}

// files are a list of attachments by title, name, type and size.
func files(list []page.Attachment) tagpdf.List {
	files := tagpdf.List{}
	for _, a := range list {
		name := a.Title
		if a.Title != a.File {
			name += ": " + a.File
		}
		files.Items = append(files.Items, []tagpdf.Block{tagpdf.Paragraph{Text: tagpdf.Plain(name + " (" + a.Type + ", " + a.Size + ")")}})
	}
	return files
}

// contacts says whom to ask, a line each.
func (s *setter) contacts(list []page.Contact) {
	if len(list) == 0 {
		return
	}
	s.heading(2, "Questions about this")
	for _, c := range list {
		var spans []tagpdf.Span
		for _, span := range []tagpdf.Span{
			{Text: c.Name, Bold: true},
			{Text: c.For},
			{Text: c.Phone, Link: c.Tel},
			{Text: c.Email, Link: "mailto:" + c.Email},
		} {
			if span.Text == "" {
				continue
			}
			if len(spans) > 0 {
				spans = append(spans, tagpdf.Span{Text: " · "})
			}
			spans = append(spans, span)
		}
		s.add(tagpdf.Paragraph{Text: spans})
	}
}
