package misheetimport

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A block is one paragraph, list item or heading of the body.
type block struct {
	kind   blockKind
	number int // of an ordered item
	lines  []line
}

type blockKind int

const (
	paragraph blockKind = iota
	bulletItem
	orderedItem
	headingBlock
)

var (
	bulletMark  = regexp.MustCompile(`^(?:[•·▪●◦‣\x{f0b7}\x{25aa}\x{2043}]\s*|[-–—*o]\s+)(\S.*)$`)
	orderedMark = regexp.MustCompile(`^(\d{1,2})[.)]\s+(\S.*)$`)
)

// bullet cuts a bullet's mark off.
func bullet(s string) (string, bool) {
	if m := bulletMark.FindStringSubmatch(s); m != nil {
		return m[1], true
	}
	return s, false
}

// markdown writes the body as Markdown that renders to the same words.
func (r *reader) markdown(body []line) string {
	r.warnOfLabels(body)
	blocks := r.headings(blocksOf(body))
	var b strings.Builder
	for i, bl := range blocks {
		if i > 0 {
			b.WriteString("\n")
			if bl.kind == paragraph || bl.kind == headingBlock || blocks[i-1].kind != bl.kind {
				b.WriteString("\n")
			}
		}
		writeBlock(&b, bl)
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	return b.String()
}

// warnOfLabels notes lines of the body that look like fields.
func (r *reader) warnOfLabels(body []line) {
	kept := map[int]bool{}
	for _, k := range r.kept {
		kept[k.number] = true
	}
	for _, l := range body {
		if !l.blank() && !kept[l.number] && r.ownLabel(l.text) {
			r.note(l, "%.60q looks like a field but stands in the text: kept there", l.text)
		}
	}
}

func blocksOf(body []line) []block {
	var all []block
	open := false // the last block may go on
	for _, l := range body {
		if l.blank() {
			open = false
			continue
		}
		if text, ok := bullet(l.text); ok {
			l.text = text
			all = append(all, block{kind: bulletItem, lines: []line{l}})
			open = true
			continue
		}
		if m := orderedMark.FindStringSubmatch(l.text); m != nil {
			n, _ := strconv.Atoi(m[1])
			follows := len(all) > 0 && all[len(all)-1].kind == orderedItem
			if !follows || all[len(all)-1].number+1 == n {
				l.text = m[2]
				all = append(all, block{kind: orderedItem, number: n, lines: []line{l}})
				open = true
				continue
			}
		}
		if open && !(all[len(all)-1].kind != paragraph && !l.indented && startsSentence(l.text)) {
			last := &all[len(all)-1]
			last.lines = append(last.lines, l)
			continue
		}
		all = append(all, block{lines: []line{l}})
		open = true
	}
	return all
}

func startsSentence(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return !unicode.IsLower(first)
}

// headings finds lines that stand over a paragraph or list as its heading:
// short, alone, without an end mark. It notes them, for they are read from the
// form alone.
func (r *reader) headings(blocks []block) []block {
	var found []string
	for i := range blocks {
		if i+1 == len(blocks) || blocks[i].kind != paragraph || len(blocks[i].lines) != 1 {
			continue
		}
		l, next := blocks[i].lines[0], blocks[i+1]
		if !looksLikeHeading(l.text) {
			continue
		}
		if next.kind == paragraph && len(next.lines[0].text) < 80 {
			continue
		}
		blocks[i].kind = headingBlock
		found = append(found, strconv.Itoa(l.number))
	}
	if len(found) > 0 {
		r.notes = append(r.notes, Note{Text: "read as headings: line " + strings.Join(found, ", ")})
	}
	return blocks
}

func looksLikeHeading(s string) bool {
	words := strings.Fields(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	first, _ := utf8.DecodeRuneInString(s)
	return len(s) <= 60 && len(words) <= 8 && unicode.IsUpper(first) &&
		(unicode.IsLetter(last) || last == '?' || unicode.IsDigit(last)) &&
		!anyEmail.MatchString(s) && !addressStart.MatchString(s) && !phoneNumber.MatchString(s) &&
		!unknownLabel.MatchString(s) && !greeting.MatchString(s)
}

var greeting = regexp.MustCompile(`(?i)^(?:dear|yours|kind regards|best wishes|regards|thank you)\b`)

func writeBlock(b *strings.Builder, bl block) {
	indent := ""
	switch bl.kind {
	case bulletItem:
		b.WriteString("- ")
		indent = "  "
	case orderedItem:
		mark := fmt.Sprintf("%d. ", bl.number)
		b.WriteString(mark)
		indent = strings.Repeat(" ", len(mark))
	case headingBlock:
		b.WriteString("## ")
	}
	for i, l := range bl.lines {
		if i > 0 {
			// a short line that is followed by a capital was broken on purpose
			if before := bl.lines[i-1].text; len(before) < 50 && !strings.HasSuffix(before, "\\") && startsSentence(l.text) {
				b.WriteString("\\")
			}
			b.WriteString("\n" + indent)
		}
		b.WriteString(inline(l.text))
	}
}

var inlineAddress = regexp.MustCompile(`(?i)\b(?:https?://[^\s<>"]+|www\.[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[^\s<>"]*)?)|` + email)

// inline escapes a line and makes its addresses links. A line that is one
// address may hold raw spaces.
func inline(s string) string {
	s = squeeze(s)
	if startsAddress(s) && fileEnding.MatchString(s) {
		if linked, ok := linkTo(s); ok {
			return linked
		}
	}
	var b strings.Builder
	from := 0
	for _, at := range inlineAddress.FindAllStringIndex(s, -1) {
		text := trimAddress(s[at[0]:at[1]])
		linked, ok := linkTo(text)
		if !ok {
			continue
		}
		before := escape(s[from:at[0]], from == 0)
		if cut, ok := strings.CutSuffix(before, "!"); ok {
			before = cut + "\\!" // else the link would be an image
		}
		b.WriteString(before)
		b.WriteString(linked)
		from = at[0] + len(text)
	}
	b.WriteString(escape(s[from:], from == 0))
	return b.String()
}

// trimAddress leaves the sentence its own marks: what ends an address in
// running text is rarely part of it.
func trimAddress(s string) string {
	for {
		cut := strings.TrimRight(s, ".,;:!?'’”\"")
		if strings.HasSuffix(cut, ")") && strings.Count(cut, "(") < strings.Count(cut, ")") {
			cut = cut[:len(cut)-1]
		}
		if cut == s {
			return s
		}
		s = cut
	}
}

func linkTo(text string) (string, bool) {
	if wholeEmail.MatchString(text) {
		if len(text) > 60 {
			return "", false // longer ones are no links everywhere
		}
		if strings.ContainsAny(text, "%'+") {
			return "[" + escape(text, false) + "](mailto:" + strings.NewReplacer("%", "%25", "'", "%27").Replace(text) + ")", true
		}
		return "<" + text + ">", true
	}
	address, err := validAddress(text)
	if err != nil {
		return "", false
	}
	if address == text && !entity.MatchString(text) {
		return "<" + text + ">", true
	}
	return "[" + escape(text, false) + "](<" + entity.ReplaceAllStringFunc(address, func(e string) string { return "&amp;" + e[1:] }) + ">)", true
}

var (
	entity    = regexp.MustCompile(`&(?:[A-Za-z][A-Za-z0-9]*|#[0-9]+|#[xX][0-9A-Fa-f]+);`)
	lineStart = regexp.MustCompile(`^(?:[-+>#=]|:-|\d{1,9}[.)](?:\s|$))`)
)

// escape makes text stand for itself in Markdown. first says that it starts a
// line, where more marks have a meaning.
func escape(s string, first bool) string {
	var b strings.Builder
	for i, c := range s {
		switch {
		case strings.ContainsRune("\\`*_[]<~|", c):
			b.WriteByte('\\')
		case c == '&' && entity.MatchString(s[i:]) && entity.FindStringIndex(s[i:])[0] == 0:
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	out := b.String()
	if first && lineStart.MatchString(out) {
		at := strings.IndexFunc(out, func(r rune) bool { return !unicode.IsDigit(r) })
		out = out[:at] + "\\" + out[at:]
	}
	return out
}
