package render

import (
	"bytes"
	"html/template"
	"strconv"
	"strings"

	"despatch/generator/page"
)

// paperclip is drawn: a style cannot bring a picture under the pages' policy.
const paperclip = `<svg width="16" height="18" viewBox="0 0 16 18" aria-hidden="true" focusable="false"><path fill="none" stroke="currentcolor" stroke-width="1.8" stroke-linecap="round" d="M13.5 8.2 8 13.9a3.6 3.6 0 0 1-5.2-5l5.9-6.200a2.4 2.4 0 0 1 3.500 3.300l-5.700 5.900a1.2 1.2 0 0 1-1.700-1.600l5.200-5.400"/></svg>`

// entriesHTML is the lines of a list. A list has a line a record and a county
// thousands of lists: in a template they took a seventh of a build. Escaping is
// as for rows (TestEntriesEscapeWhatTheyShow).
func (r *Renderer) entriesHTML(entries []page.Entry) (template.HTML, error) {
	b := r.buffers.Get().(*bytes.Buffer)
	defer r.buffers.Put(b)
	b.Reset()
	for i := range entries {
		if err := entry(b, &entries[i]); err != nil {
			return "", err
		}
	}
	return template.HTML(b.String()), nil //nolint:gosec // escaped below
}

// filtersHTML is what a list can be narrowed by: only what tells its lines apart.
func (r *Renderer) filtersHTML(filters []page.Filter) template.HTML {
	b := r.buffers.Get().(*bytes.Buffer)
	defer r.buffers.Put(b)
	b.Reset()
	for _, f := range filters {
		if len(f.Options) < 2 {
			continue
		}
		b.WriteString(`<div class="govuk-form-group"><label class="govuk-label"`)
		attribute(b, "for", "filter-"+f.Name)
		b.WriteByte('>')
		escape(b, f.Label)
		b.WriteString("</label>\n<select class=\"govuk-select\"")
		attribute(b, "id", "filter-"+f.Name)
		attribute(b, "name", f.Name)
		attribute(b, "data-filter", f.Name)
		b.WriteString(` autocomplete="off"><option value="">All</option>`)
		for _, o := range f.Options {
			b.WriteString("<option")
			attribute(b, "value", o)
			b.WriteByte('>')
			escape(b, o)
			b.WriteString("</option>")
		}
		b.WriteString("</select></div>\n")
	}
	return template.HTML(b.String()) //nolint:gosec // escaped above
}

func entry(b *bytes.Buffer, e *page.Entry) error {
	b.WriteString(`<tr class="govuk-table__row" data-row`)
	attribute(b, "data-date", e.Date)
	attribute(b, "data-year", e.Year)
	attribute(b, "data-type", e.Type)
	attribute(b, "data-status", e.Status)
	attribute(b, "data-category", e.Category)
	attribute(b, "data-audience", strings.Join(e.Audience, "|"))
	attribute(b, "data-text", e.Text)
	if e.Changed != "" {
		attribute(b, "data-changed", e.Changed)
	}
	b.WriteString(">\n")
	for i := range e.Cells {
		if err := cell(b, &e.Cells[i], i == 0); err != nil {
			return err
		}
	}
	b.WriteString("</tr>\n")
	return nil
}

// cell writes one cell; the first of a line is its heading.
func cell(b *bytes.Buffer, c *page.Cell, first bool) error {
	tag, class := "td", "govuk-table__cell"+role(c)
	if first {
		tag, class = `th scope="row"`, "govuk-table__header app-cards__first"
	}
	b.WriteString("<" + tag)
	attribute(b, "class", class)
	attribute(b, "data-label", c.Label)
	if c.Sort != "" {
		attribute(b, "data-value", c.Sort)
	}
	b.WriteByte('>')
	if err := content(b, c); err != nil {
		return err
	}
	b.WriteString("</" + tag[:2] + ">\n")
	return nil
}

// role is how a cell stands on a card: the state of the record, or what one can
// do with it.
func role(c *page.Cell) string {
	switch {
	case c.Tag != nil && c.Link.Text == "":
		return " app-cards__status"
	case c.Link.Text != "" && c.Sort == "":
		return " app-cards__act"
	default:
		return ""
	}
}

func content(b *bytes.Buffer, c *page.Cell) error {
	switch {
	case c.Clip != nil:
		if err := clip(b, c.Clip.Files); err != nil {
			return err
		}
	case c.Link.Text != "":
		if err := anchor(b, c); err != nil {
			return err
		}
	case c.Tag != nil:
		tag(b, c.Tag)
	default:
		if err := value(b, page.Value{Text: c.Text, Date: c.Date, Due: c.Due}); err != nil {
			return err
		}
	}
	return small(b, c.Small)
}

func anchor(b *bytes.Buffer, c *page.Cell) error {
	href, err := address(c.Link.Href)
	if err != nil {
		return err
	}
	b.WriteString(`<a class="govuk-link"`)
	attribute(b, "href", href)
	b.WriteByte('>')
	escape(b, c.Link.Text)
	if c.About != "" {
		hidden(b, c.About)
	}
	b.WriteString("</a>")
	if c.Tag != nil {
		b.WriteByte(' ')
		tag(b, c.Tag)
	}
	if c.Paper != nil {
		return download(b, c.Paper, c.About)
	}
	return nil
}

// download is the way to a record as a PDF, beside that to its page (rows V07,
// V27).
func download(b *bytes.Buffer, a *page.Attachment, about string) error {
	href, err := address(a.Href)
	if err != nil {
		return err
	}
	b.WriteString(`<br><a class="govuk-link"`)
	attribute(b, "href", href)
	attribute(b, "download", a.File)
	b.WriteString(">Download")
	size := a.Type
	if a.Size != "" { // a preview prints no paper before it is asked for
		size += ", " + a.Size
	}
	hidden(b, about+" ("+size+")")
	b.WriteString("</a>")
	return nil
}

func tag(b *bytes.Buffer, t *page.Tag) {
	b.WriteString("<strong")
	attribute(b, "class", "govuk-tag govuk-tag--"+t.Colour)
	b.WriteByte('>')
	escape(b, t.Text)
	b.WriteString("</strong>")
}

// clip is the paperclip: highlighted and openable where there are attachments
// (rows V29 to V31).
func clip(b *bytes.Buffer, files []page.Attachment) error {
	if len(files) == 0 {
		b.WriteString(`<span class="app-clip__icon">` + paperclip + `</span>`)
		hidden(b, "No attachments")
		return nil
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.File
	}
	b.WriteString(`<details class="app-clip"><summary><span class="app-clip__icon app-clip__icon--on">` + paperclip + `</span> ` + strconv.Itoa(len(files)))
	if len(files) == 1 {
		b.WriteString(" attachment")
	} else {
		b.WriteString(" attachments")
	}
	hidden(b, ": "+strings.Join(names, ", "))
	b.WriteString("</summary>\n<ul class=\"govuk-list\">")
	for _, f := range files {
		href, err := address(f.Href)
		if err != nil {
			return err
		}
		b.WriteString(`<li><a class="govuk-link"`)
		attribute(b, "href", href)
		attribute(b, "download", f.File)
		b.WriteByte('>')
		escape(b, f.Title)
		b.WriteString(`</a> <span class="app-clip__size">`)
		escape(b, f.File+" ("+f.Type+", "+f.Size+")")
		b.WriteString("</span></li>")
	}
	b.WriteString(`</ul></details><span class="app-clip__preview" aria-hidden="true">`)
	escape(b, strings.Join(names, ", "))
	b.WriteString("</span>")
	return nil
}

func hidden(b *bytes.Buffer, text string) {
	b.WriteString(`<span class="govuk-visually-hidden">`)
	escape(b, text)
	b.WriteString("</span>")
}

func attribute(b *bytes.Buffer, name, text string) {
	b.WriteString(" " + name + `="`)
	escape(b, text)
	b.WriteByte('"')
}
