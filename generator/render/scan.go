package render

import (
	"bytes"
	"errors"
	"fmt"
)

// plain are the bytes of text: no control character but tab and line end, and
// none that markup is made of.
var plain = func() (is [256]bool) {
	for c := range is {
		is[c] = c >= 0x20 && c != 0x7f || c == '\n' || c == '\t'
	}
	for _, c := range []byte(`<>&"`) {
		is[c] = false
	}
	return is
}()

// scan accepts exactly what a walker writes and nothing else: known tags with
// their known attributes, closed in order, addresses of allowed schemes, text
// without stray markup. It is the second lock on Markdown: whatever slips
// through the first is an error of the build, not a page.
func scan(page []byte) error {
	open := make([][]byte, 0, 16)
	for i := 0; i < len(page); {
		for i < len(page) && plain[page[i]] {
			i++
		}
		if i == len(page) {
			break
		}
		switch c := page[i]; {
		case c == '<':
			n, err := scanTag(page[i:], &open)
			if err != nil {
				return fmt.Errorf("%w at byte %d", err, i)
			}
			i += n
		case c == '&':
			n := entityLen(page[i:])
			if n == 0 {
				return fmt.Errorf("%w at byte %d: a bare ampersand", errNotAllowed, i)
			}
			i += n
		default:
			return fmt.Errorf("%w at byte %d: %q in text", errNotAllowed, i, c)
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("%w: <%s> stays open", errNotAllowed, open[len(open)-1])
	}
	return nil
}

// entityLen gives the length of the character reference that text begins with,
// of the four that are written, or 0.
func entityLen(text []byte) int {
	for _, e := range [...]string{"&amp;", "&lt;", "&gt;", "&quot;"} {
		if len(text) >= len(e) && string(text[:len(e)]) == e {
			return len(e)
		}
	}
	return 0
}

// scanTag checks the tag that page begins with and gives its length.
func scanTag(page []byte, open *[][]byte) (int, error) {
	if len(page) > 1 && page[1] == '/' {
		end := bytes.IndexByte(page, '>')
		if end < 0 || len(*open) == 0 || !bytes.Equal(page[2:end], (*open)[len(*open)-1]) {
			return 0, fmt.Errorf("%w: an end tag that nothing opened", errNotAllowed)
		}
		*open = (*open)[:len(*open)-1]
		return end + 1, nil
	}
	end := 1
	for end < len(page) && (page[end] >= 'a' && page[end] <= 'z' || page[end] >= '0' && page[end] <= '9') {
		end++
	}
	name := page[1:end]
	n := attributesLen(name, page[end:])
	if n == 0 {
		return 0, fmt.Errorf("%w: <%s> as it stands", errNotAllowed, name)
	}
	if string(name) != "br" && string(name) != "hr" {
		*open = append(*open, name)
	}
	return end + n, nil
}

// attributesLen gives the length of what follows a tag's name, through its `>`,
// or 0 when it is not exactly what is written.
func attributesLen(name, rest []byte) int {
	switch string(name) {
	case "a":
		return anchorLen(rest)
	case "ol":
		return numberedLen(rest)
	case "div":
		return regionLen(rest)
	}
	for _, exact := range literal[string(name)] {
		if len(rest) >= len(exact) && string(rest[:len(exact)]) == exact {
			return len(exact)
		}
	}
	return 0
}

// literal has what may follow the name of a tag without variable attributes.
var literal = map[string][]string{
	"em": {">"}, "strong": {">"}, "del": {">"}, "br": {">"}, "li": {">"},
	"p":          {` class="govuk-body">`},
	"h2":         {` class="govuk-heading-m">`},
	"h3":         {` class="govuk-heading-s">`},
	"h4":         {` class="govuk-heading-s">`},
	"h5":         {` class="govuk-heading-s">`},
	"h6":         {` class="govuk-heading-s">`},
	"blockquote": {` class="govuk-inset-text">`},
	"ul":         {` class="govuk-list govuk-list--bullet">`},
	"pre":        {` class="app-code">`},
	"code":       {` class="app-code">`},
	"hr":         {` class="govuk-section-break govuk-section-break--m govuk-section-break--visible">`},
	"table":      {` class="govuk-table">`},
	"thead":      {` class="govuk-table__head">`},
	"tbody":      {` class="govuk-table__body">`},
	"tr":         {` class="govuk-table__row">`},
	"th":         {` class="govuk-table__header" scope="row">`, ` class="govuk-table__header" scope="col">`, ` class="govuk-table__header govuk-table__header--numeric" scope="col">`},
	"td":         {` class="govuk-table__cell">`, ` class="govuk-table__cell govuk-table__cell--numeric">`},
}

func anchorLen(rest []byte) int {
	const before = ` class="govuk-link" href="`
	if !bytes.HasPrefix(rest, []byte(before)) {
		return 0
	}
	end := bytes.IndexByte(rest[len(before):], '"')
	if end < 0 {
		return 0
	}
	raw := rest[len(before) : len(before)+end]
	href := string(bytes.ReplaceAll(raw, []byte("&amp;"), []byte("&")))
	if href == "" || bytes.Count(raw, []byte("&")) != bytes.Count(raw, []byte("&amp;")) || !allowedAddress(href) {
		return 0
	}
	for i := range len(href) {
		if !urlByte(href, i) {
			return 0
		}
	}
	after := `">`
	if external(href) {
		after = `" rel="noreferrer">`
	}
	n := len(before) + end
	if !bytes.HasPrefix(rest[n:], []byte(after)) {
		return 0
	}
	return n + len(after)
}

func numberedLen(rest []byte) int {
	const before = ` class="govuk-list govuk-list--number"`
	if !bytes.HasPrefix(rest, []byte(before)) {
		return 0
	}
	n := len(before)
	if start := ` start="`; bytes.HasPrefix(rest[n:], []byte(start)) {
		n += len(start)
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		if n >= len(rest) || rest[n] != '"' {
			return 0
		}
		n++
	}
	if n >= len(rest) || rest[n] != '>' {
		return 0
	}
	return n + 1
}

func regionLen(rest []byte) int {
	const before, after = ` class="app-scroll" role="region" aria-label="`, `" tabindex="0">`
	if !bytes.HasPrefix(rest, []byte(before)) {
		return 0
	}
	end := bytes.IndexByte(rest[len(before):], '"')
	if end < 0 || bytes.ContainsAny(rest[len(before):len(before)+end], "<>") {
		return 0
	}
	n := len(before) + end
	if !bytes.HasPrefix(rest[n:], []byte(after)) {
		return 0
	}
	return n + len(after)
}

// errNotAllowed says that HTML is not of the grammar that is written.
var errNotAllowed = errors.New("not allowed")
