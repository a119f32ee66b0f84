package tagpdf

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/image/font/sfnt"
)

// A use is a face in one document: which glyphs it needs, and as what. The first
// codes are those of common characters.
type use struct {
	face    *face
	classes uint8     // of common characters, a bit each
	common  [2]uint64 // the common characters that occur, a bit each by code
	glyphs  []uint16  // of the face, by code
	chars   []rune    // by code
	codes   map[rune]uint16
}

// code gives the code of a character, which is new in the document's font.
func (u *use) code(r rune, buf *sfnt.Buffer) uint16 {
	if c := common(r); c.code != 0 && u.glyphs[c.code] != 0 {
		u.classes |= 1 << c.class
		u.common[c.code>>6] |= 1 << (c.code & 63)
		return c.code
	}
	if c, ok := u.codes[r]; ok {
		return c
	}
	c := uint16(len(u.glyphs))
	u.glyphs = append(u.glyphs, uint16(u.face.glyph(r, buf)))
	u.chars = append(u.chars, r)
	u.codes[r] = c
	return c
}

// use gives the document's use of a face.
func (b *builder) use(f *face) *use {
	u := b.uses[f.number]
	if u == nil {
		u = &use{face: f, glyphs: slices.Clip(f.common), chars: slices.Clip(commonChars), codes: map[rune]uint16{}}
		b.uses[f.number] = u
	}
	return u
}

// A run is text of one face, laid out: codes, the room after each, and how wide
// it is, in thousandths of an em.
type run struct {
	use   *use
	codes []uint16
	after []int16 // from kerning
	wide  []int16 // advances
	width int
}

// runs lays out a text without spaces in a style. The same word is laid out
// once a document.
func (b *builder) runs(style int, text string) []run {
	key := wordKey{style, text}
	if known, ok := b.words[key]; ok {
		return known
	}
	if w, ok := b.fonts.words.get(key); ok {
		all := []run{w.in(b)}
		b.words[key] = all
		return all
	}
	var all []run
	var last *face
	var before rune
	for _, r := range text {
		r, ok := drawn(r)
		if !ok {
			continue
		}
		f := b.fonts.face(style, r, &b.buf)
		if f == nil && style == code { // few fonts of one width have all characters
			f = b.fonts.face(regular, r, &b.buf)
		}
		if f == nil {
			b.fail(&GlyphError{r})
			return nil
		}
		if f != last {
			all = append(all, run{use: b.use(f)})
			last, before = f, 0
		}
		now := &all[len(all)-1]
		if before != 0 && style != code {
			k := f.kern(before, r, &b.buf)
			now.after[len(now.after)-1] = k
			now.width += int(k)
		}
		c := now.use.code(r, &b.buf)
		w := int16(f.thousandths(int(f.advances[now.use.glyphs[c]])))
		now.codes, now.after, now.wide = append(now.codes, c), append(now.after, 0), append(now.wide, w)
		now.width += int(w)
		before = r
	}
	b.words[key] = all
	b.fonts.words.keep(key, all)
	return all
}

type wordKey struct {
	style int
	text  string
}

// A piece is a part of a word: one run of one span.
type piece struct {
	run
	span  *Span
	scale float64 // of the paragraph's size
}

// A word is what stays on one line, and how it is parted from the next.
type word struct {
	pieces []piece
	width  float64 // in ems
	space  float64 // to the next, in ems; none where nothing or a hyphen parts them
	spaced bool
	outer  bool // the space is the paragraph's, not the span's
	ends   bool // a line ends here
}

// codeScale is the size of code beside text.
const codeScale = 0.92

func styleOf(s *Span, strong bool) (style int, scale float64) {
	if s.Code {
		return code, codeScale
	}
	if s.Bold || strong {
		style |= bold
	}
	if s.Italic {
		style |= italic
	}
	return style, 1
}

// wordsOf parts spans into words. A block is looked at before it is set, to see
// what fits, so the last words are kept.
func (b *builder) wordsOf(spans []Span, strong bool) []word {
	if len(spans) == 0 {
		return nil
	}
	if last := &b.parted; last.of != &spans[0] || last.strong != strong || last.spans != len(spans) {
		*last = parted{&spans[0], len(spans), strong, b.part(spans, strong)}
	}
	return b.parted.words
}

// parted are the words of some spans.
type parted struct {
	of     *Span
	spans  int
	strong bool
	words  []word
}

func (b *builder) part(spans []Span, strong bool) []word {
	long := 0
	for i := range spans {
		long += len(spans[i].Text)
	}
	all := make([]word, 0, long/5+1)
	open := false // the last word goes on
	for i := range spans {
		s := &spans[i]
		style, scale := styleOf(s, strong)
		for rest := s.Text; rest != ""; {
			at := strings.IndexAny(rest, " \n\t")
			if at == 0 {
				if len(all) > 0 && !all[len(all)-1].ends {
					all[len(all)-1].spaced = true
				}
				open, rest = false, rest[1:]
				continue
			}
			text := rest
			if at > 0 {
				text = rest[:at]
			}
			rest = rest[len(text):]
			for text != "" {
				part := text[:breakAt(text)]
				text = text[len(part):]
				if !open {
					all = append(all, word{})
				}
				w := &all[len(all)-1]
				for _, r := range b.runs(style, part) {
					w.pieces = append(w.pieces, piece{r, s, scale})
					w.width += float64(r.width) * scale / 1000
				}
				open = text == ""
			}
		}
		if s.Break {
			if len(all) == 0 {
				all = append(all, word{})
			}
			all[len(all)-1].ends, open = true, false
		}
	}
	for i := range all {
		b.settle(all, i)
	}
	return all
}

// settle decides whose the space after a word is: the span's where both sides
// are of it, else the paragraph's, so that no link ends in a space.
func (b *builder) settle(all []word, i int) {
	w := &all[i]
	if !w.spaced || len(w.pieces) == 0 {
		return
	}
	last := &w.pieces[len(w.pieces)-1]
	w.outer = i+1 == len(all) || len(all[i+1].pieces) == 0 || all[i+1].pieces[0].span != last.span
	w.space = float64(b.spaceOf(last)) * last.scale / 1000
}

// spaceOf is the width of a space beside a piece, in thousandths of an em.
func (b *builder) spaceOf(p *piece) int {
	f := p.use.face
	return f.thousandths(int(f.advances[p.use.glyphs[p.use.code(' ', &b.buf)]]))
}

// breakAt gives where a text may be broken first: after a hyphen or a dash
// between letters, and after the strokes and dots of an address.
func breakAt(text string) int {
	address := len(text) > 25
	runes := 0
	var before rune
	for i, r := range text {
		switch {
		case runes < 2:
		case (before == '-' || before == '–' || before == '—') && unicode.IsLetter(r):
			return i
		case address && (before == '/' || before == '?' || before == '&' || before == '@' || before == '.' || before == '_' || before == '=') && r != before:
			return i
		}
		before = r
		runes++
	}
	return len(text)
}

// A line is a part of a paragraph's words.
type line struct {
	words []word
	width float64 // in ems
}

// lines breaks words into lines of a width in ems. A word that is wider than a
// line is broken wherever it must be.
func lines(words []word, width float64) []line {
	var all []line
	for from := 0; from < len(words); {
		used, to := 0.0, from
		for to < len(words) {
			w := &words[to]
			if to > from && used+w.width > width+0.001 {
				break
			}
			if to == from && w.width > width {
				head, tail := w.split(width)
				words = append(words[:to:to], append([]word{head, tail}, words[to+1:]...)...)
				w = &words[to]
			}
			used += w.width
			to++
			if w.ends || w.width > 0 && w.width >= width-0.001 {
				break
			}
			used += w.space
		}
		l := line{words: words[from:to], width: used}
		if last := &l.words[len(l.words)-1]; to < len(words) && !last.ends || last.space > 0 {
			l.width = measure(l.words)
		}
		all = append(all, l)
		from = to
	}
	return all
}

// measure is the width of a line, without the space at its end.
func measure(words []word) float64 {
	used := 0.0
	for i := range words {
		used += words[i].width
		if i < len(words)-1 {
			used += words[i].space
		}
	}
	return used
}

// split breaks a word into one that fits a width, at least one character of it,
// and the rest.
func (w *word) split(width float64) (head, tail word) {
	tail = *w
	tail.pieces, tail.width = nil, 0
	for i := range w.pieces {
		p := w.pieces[i]
		n := 0
		room := width - head.width
		for ; len(tail.pieces) == 0 && n < len(p.codes); n++ {
			step := float64(p.wide[n]) * p.scale / 1000
			if step > room && (n > 0 || len(head.pieces) > 0) {
				break
			}
			room -= step + float64(p.after[n])*p.scale/1000
		}
		if n > 0 {
			head.add(p.cut(0, n))
		}
		if n < len(p.codes) {
			tail.add(p.cut(n, len(p.codes)))
		}
	}
	return head, tail
}

func (w *word) add(p piece) {
	w.pieces = append(w.pieces, p)
	w.width += float64(p.width) * p.scale / 1000
}

// cut gives a part of a piece.
func (p piece) cut(from, to int) piece {
	out := p
	out.codes, out.wide = p.codes[from:to], p.wide[from:to]
	out.after = append([]int16(nil), p.after[from:to]...)
	if to > from {
		out.after[to-from-1] = 0
	}
	out.width = 0
	for i := range out.codes {
		out.width += int(out.wide[i]) + int(out.after[i])
	}
	return out
}
