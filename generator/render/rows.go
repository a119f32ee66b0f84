package render

import (
	"bytes"
	"html/template"
	"strings"

	"despatch/generator/page"
)

// rowsHTML is the summary list of a page: every page has one, and in a template
// it took half of the page's time. Every text passes template.HTMLEscape, every
// address the allow-list (TestRowsEscapeWhatTheyShow).
func (r *Renderer) rowsHTML(rows []page.Row) (template.HTML, error) {
	b := r.buffers.Get().(*bytes.Buffer)
	defer r.buffers.Put(b)
	b.Reset()
	b.WriteString(`<dl class="govuk-summary-list app-rows">` + "\n")
	for _, row := range rows {
		b.WriteString(`<div class="govuk-summary-list__row"><dt class="govuk-summary-list__key">`)
		escape(b, row.Key)
		b.WriteString(`</dt><dd class="govuk-summary-list__value">`)
		for i, v := range row.Values {
			if i > 0 {
				b.WriteString("<br>")
			}
			if err := value(b, v); err != nil {
				return "", err
			}
		}
		b.WriteString("</dd></div>\n")
	}
	b.WriteString("</dl>\n")
	return template.HTML(b.String()), nil //nolint:gosec // escaped above
}

// value writes one line of a row: a link, a time, or a text.
func value(b *bytes.Buffer, v page.Value) error {
	switch {
	case v.Href != "":
		href, err := address(v.Href)
		if err != nil {
			return err
		}
		b.WriteString(`<a class="govuk-link" href="`)
		escape(b, href)
		b.WriteByte('"')
		if external(href) {
			b.WriteString(` rel="noreferrer"`)
		}
		b.WriteByte('>')
		// An address may break before its @, which a narrow column needs.
		name, domain, ok := strings.Cut(v.Text, "@")
		escape(b, name)
		if ok {
			b.WriteString("<wbr>@")
			escape(b, domain)
		}
		b.WriteString("</a>")
	case v.Date != "":
		b.WriteString(`<time datetime="`)
		escape(b, v.Date)
		b.WriteByte('"')
		if v.Due {
			b.WriteString(" data-deadline")
		}
		b.WriteByte('>')
		escape(b, v.Text)
		b.WriteString("</time>")
	default:
		escape(b, v.Text)
	}
	return nil
}

// small writes what stands small under a cell's text, a line each.
func small(b *bytes.Buffer, values []page.Value) error {
	for _, v := range values {
		b.WriteString(`<span class="app-small">`)
		if err := value(b, v); err != nil {
			return err
		}
		b.WriteString("</span>")
	}
	return nil
}

// contactHTML is a person or team to ask, with links to ring and to write (row
// R02). It stands on every page, some twice.
func (r *Renderer) contactHTML(c page.Contact) (template.HTML, error) {
	b := r.buffers.Get().(*bytes.Buffer)
	defer r.buffers.Put(b)
	b.Reset()
	b.WriteString(`<p class="govuk-body app-contact">`)
	if c.Name != "" {
		b.WriteString("<strong>")
		escape(b, c.Name)
		b.WriteString("</strong>")
	}
	if c.For != "" {
		b.WriteString(`<span class="app-contact__for">`)
		escape(b, c.For)
		b.WriteString("</span>")
	}
	for _, v := range []page.Value{{Text: c.Phone, Href: c.Tel}, {Text: c.Email, Href: "mailto:" + c.Email}} {
		if v.Text == "" {
			continue
		}
		b.WriteString("<span>")
		if err := value(b, v); err != nil {
			return "", err
		}
		b.WriteString("</span>")
	}
	b.WriteString("</p>\n")
	return template.HTML(b.String()), nil //nolint:gosec // escaped above
}

// stateHTML says where a record stands. Every record has one: in a template it
// took a fortieth of a build.
func (r *Renderer) stateHTML(s page.State) template.HTML {
	b := r.buffers.Get().(*bytes.Buffer)
	defer r.buffers.Put(b)
	b.Reset()
	b.WriteString("<div class=\"app-state\">\n<p class=\"govuk-body app-state__line\">")
	tag(b, &s.Tag)
	b.WriteString(" <span>")
	escape(b, s.Line)
	if !s.Due.IsZero() {
		b.WriteString(" <time")
		attribute(b, "datetime", s.Due.String())
		b.WriteString(" data-deadline>")
		escape(b, s.Due.Long())
		b.WriteString("</time>")
	}
	b.WriteString("</span></p>\n")
	for _, line := range s.Detail {
		b.WriteString(`<p class="govuk-body">`)
		escape(b, line)
		b.WriteString("</p>\n")
	}
	b.WriteString("</div>\n")
	return template.HTML(b.String()) //nolint:gosec // escaped above
}

func escape(b *bytes.Buffer, s string) { template.HTMLEscape(b, []byte(s)) }
