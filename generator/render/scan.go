package render

import (
	"bytes"
	"errors"
	"fmt"
)

// scan accepts exactly what a walker writes and nothing else: known tags with
// their known attributes, closed in order, addresses of allowed schemes, text
// without stray markup. It is the second lock on Markdown: whatever slips
// through the first is an error of the build, not a page.
func scan(page []byte) error {
	var open []string
	for i := 0; i < len(page); {
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
		case c == '>' || c == '"' || c < 0x20 && c != '\n' && c != '\t' || c == 0x7f:
			return fmt.Errorf("%w at byte %d: %q in text", errNotAllowed, i, c)
		default:
			i++
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
func scanTag(page []byte, open *[]string) (int, error) {
	if len(page) > 1 && page[1] == '/' {
		end := bytes.IndexByte(page, '>')
		if end < 0 || len(*open) == 0 || string(page[2:end]) != (*open)[len(*open)-1] {
			return 0, fmt.Errorf("%w: an end tag that nothing opened", errNotAllowed)
		}
		*open = (*open)[:len(*open)-1]
		return end + 1, nil
	}
	end := 1
	for end < len(page) && (page[end] >= 'a' && page[end] <= 'z' || page[end] >= '0' && page[end] <= '9') {
		end++
	}
	name := string(page[1:end])
	n := attributesLen(name, page[end:])
	if n == 0 {
		return 0, fmt.Errorf("%w: <%s> as it stands", errNotAllowed, name)
	}
	if name != "br" && name != "hr" {
		*open = append(*open, name)
	}
	return end + n, nil
}

// attributesLen gives the length of what follows a tag's name, through its `>`,
// or 0 when it is not exactly what is written.
func attributesLen(name string, rest []byte) int {
	switch name {
	case "a":
		return anchorLen(rest)
	case "ol":
		return numberedLen(rest)
	case "div":
		return regionLen(rest)
	}
	for _, exact := range literal(name) {
		if len(rest) >= len(exact) && string(rest[:len(exact)]) == exact {
			return len(exact)
		}
	}
	return 0
}

// literal gives what may follow the name of a tag without variable attributes.
func literal(name string) []string {
	switch name {
	case "em", "strong", "del", "br", "li":
		return []string{">"}
	case "p":
		return []string{` class="govuk-body">`}
	case "h2":
		return []string{` class="govuk-heading-m">`}
	case "h3", "h4", "h5", "h6":
		return []string{` class="govuk-heading-s">`}
	case "blockquote":
		return []string{` class="govuk-inset-text">`}
	case "ul":
		return []string{` class="govuk-list govuk-list--bullet">`}
	case "pre", "code":
		return []string{` class="app-code">`}
	case "hr":
		return []string{` class="govuk-section-break govuk-section-break--m govuk-section-break--visible">`}
	case "table":
		return []string{` class="govuk-table">`}
	case "thead":
		return []string{` class="govuk-table__head">`}
	case "tbody":
		return []string{` class="govuk-table__body">`}
	case "tr":
		return []string{` class="govuk-table__row">`}
	case "th":
		return []string{` class="govuk-table__header" scope="row">`, ` class="govuk-table__header" scope="col">`, ` class="govuk-table__header govuk-table__header--numeric" scope="col">`}
	case "td":
		return []string{` class="govuk-table__cell">`, ` class="govuk-table__cell govuk-table__cell--numeric">`}
	}
	return nil
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
