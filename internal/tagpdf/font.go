package tagpdf

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// FontFiles are the fonts of a document, TrueType or WOFF. Of each style the
// first file that has a character draws it.
type FontFiles struct {
	Regular, Bold, Italic, BoldItalic [][]byte
	Code                              [][]byte // for code, of one width
}

// The styles of text. Bold and italic are bits.
const (
	regular = iota
	bold
	italic
	boldItalic
	code
	styles
)

// Fonts are parsed once and shared by all documents. What they draw never changes.
type Fonts struct {
	faces [styles][]*face
	all   []*face // by face.number
	words lexicon
}

// ParseFonts reads the fonts of a document.
func ParseFonts(files FontFiles) (*Fonts, error) {
	f := new(Fonts)
	for style, list := range [styles][][]byte{files.Regular, files.Bold, files.Italic, files.BoldItalic, files.Code} {
		if len(list) == 0 {
			return nil, errors.New("a style of text has no font")
		}
		for _, data := range list {
			face, err := parseFace(data)
			if err != nil {
				return nil, fmt.Errorf("read a font: %w", err)
			}
			face.number = len(f.all)
			f.all = append(f.all, face)
			f.faces[style] = append(f.faces[style], face)
		}
	}
	return f, nil
}

// Missing gives the first character of text that a document cannot show, in
// regular type. What stands for a space or is not shown is no such character.
func (f *Fonts) Missing(text string) (r rune, missing bool) {
	var buf sfnt.Buffer
	for _, r := range text {
		if r >= ' ' && r < 0x7f {
			continue // every font has these
		}
		if shown, ok := drawn(r); ok && f.face(regular, shown, &buf) == nil {
			return r, true
		}
	}
	return 0, false
}

// face gives the first face of a style that has a character, or nil.
func (f *Fonts) face(style int, r rune, buf *sfnt.Buffer) *face {
	if rightToLeft(r) {
		return nil // it would be shown in the wrong order
	}
	for _, face := range f.faces[style] {
		if face.glyph(r, buf) != 0 {
			return face
		}
	}
	return nil
}

// drawn gives the character that is drawn for one of a text. It is not ok for
// those that only say where a line may break, which are not drawn at all.
func drawn(r rune) (rune, bool) {
	switch r {
	case '\t', '\n', '\r', 0x00a0, 0x2007, 0x202f: // spaces that do not break, and breaks within code
		return ' ', true
	case 0x00ad, 0x200b, 0x2060, 0xfeff: // soft hyphen, zero width
		return 0, false
	case 0x2010, 0x2011: // hyphens that few fonts have
		return '-', true
	}
	return r, true
}

// rightToLeft reports whether a script runs from right to left, which is not
// laid out here.
func rightToLeft(r rune) bool {
	return r >= 0x0590 && r <= 0x08ff || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfefe || r >= 0x10800 && r <= 0x10fff || r >= 0x1e800 && r <= 0x1efff
}

// A GlyphError says that no font of the document has a character.
type GlyphError struct{ Char rune }

func (e *GlyphError) Error() string {
	return fmt.Sprintf("no font of the PDF has the character %q (U+%04X): write it in words", e.Char, e.Char)
}

// A face is one font file.
type face struct {
	number    int
	name      string
	font      *sfnt.Font
	tables    map[string][]byte
	units     int // per em
	glyphs    int
	ascent    int
	descent   int
	capHeight int
	box       [4]int
	slant     float64 // degrees, negative to the right
	flags     int
	advances  []uint16
	ascii     [128]sfnt.GlyphIndex
	kerns     [128]kernRow
	common    []uint16 // glyphs of the common characters, 0 where there is none
	made      [1 << len(classes)]madeOnce
	long      bool // offsets of glyphs are of four bytes
}

// A kernRow is the kerning of one ASCII character with each other, in
// thousandths of an em. It is worked out when it is first needed.
type kernRow struct {
	once sync.Once
	by   [128]int16
}

// A madeOnce is an embedding of whole classes, made when it is first needed.
type madeOnce struct {
	once      sync.Once
	embedding *embedding
	err       error
}

func parseFace(data []byte) (*face, error) {
	data, err := unpackWOFF(data)
	if err != nil {
		return nil, err
	}
	f := new(face)
	if f.tables, err = sfntTables(data); err != nil {
		return nil, err
	}
	if f.font, err = sfnt.Parse(data); err != nil {
		return nil, err
	}
	if err := f.measure(); err != nil {
		return nil, err
	}
	var buf sfnt.Buffer
	if f.name, err = f.font.Name(&buf, sfnt.NameIDPostScript); err != nil {
		return nil, fmt.Errorf("it has no name: %w", err)
	}
	for r := range rune(128) {
		if f.ascii[r], err = f.font.GlyphIndex(&buf, r); err != nil {
			return nil, err
		}
	}
	f.common = make([]uint16, len(commonChars))
	for c := 1; c < len(commonChars); c++ {
		f.common[c] = uint16(f.glyph(commonChars[c], &buf))
	}
	return f, nil
}

// measure reads the tables that a PDF repeats.
func (f *face) measure() error {
	head, hhea, maxp, hmtx := f.tables["head"], f.tables["hhea"], f.tables["maxp"], f.tables["hmtx"]
	for name, least := range map[string]int{"head": 54, "hhea": 36, "maxp": 6, "hmtx": 4, "loca": 4, "glyf": 0} {
		if len(f.tables[name]) < least || f.tables[name] == nil {
			return fmt.Errorf("its table %s is missing or too short (want TrueType outlines)", name)
		}
	}
	f.units, f.glyphs = u16(head, 18), u16(maxp, 4)
	for i := range f.box {
		f.box[i] = i16(head, 36+2*i)
	}
	f.long = u16(head, 50) == 1
	f.ascent, f.descent = i16(hhea, 4), i16(hhea, 6)
	f.capHeight, f.flags = f.ascent, 1<<5 // not symbolic
	if os2 := f.tables["OS/2"]; len(os2) >= 90 && u16(os2, 0) >= 2 {
		f.capHeight = i16(os2, 88)
	}
	if post := f.tables["post"]; len(post) >= 16 {
		if f.slant = float64(i16(post, 4)) + float64(u16(post, 6))/65536; f.slant != 0 {
			f.flags |= 1 << 6
		}
		if u32(post, 12) != 0 {
			f.flags |= 1 // of one width
		}
	}
	wide := u16(hhea, 34)
	if f.units == 0 || wide == 0 || wide > f.glyphs || len(hmtx) < 4*wide || len(f.tables["loca"]) < f.offsetSize()*(f.glyphs+1) {
		return errors.New("its tables do not agree on the number of glyphs")
	}
	f.advances = make([]uint16, f.glyphs)
	for i := range f.advances {
		f.advances[i] = uint16(u16(hmtx, 4*min(i, wide-1)))
	}
	return nil
}

func (f *face) offsetSize() int {
	if f.long {
		return 4
	}
	return 2
}

// glyph gives the glyph of a character, 0 where there is none.
func (f *face) glyph(r rune, buf *sfnt.Buffer) sfnt.GlyphIndex {
	if r < 128 {
		return f.ascii[r]
	}
	g, err := f.font.GlyphIndex(buf, r)
	if err != nil {
		return 0
	}
	return g
}

// kern is the space between two characters that the font wants, in thousandths
// of an em.
func (f *face) kern(a, b rune, buf *sfnt.Buffer) int16 {
	if a < 128 && b < 128 {
		row := &f.kerns[a]
		row.once.Do(func() {
			for c := ' '; c < 127; c++ {
				row.by[c] = f.kernOf(f.ascii[a], f.ascii[c], buf)
			}
		})
		return row.by[b]
	}
	return f.kernOf(f.glyph(a, buf), f.glyph(b, buf), buf)
}

func (f *face) kernOf(a, b sfnt.GlyphIndex, buf *sfnt.Buffer) int16 {
	k, err := f.font.Kern(buf, a, b, fixed.Int26_6(f.units), font.HintingNone)
	if err != nil {
		return 0
	}
	if by := f.thousandths(int(k)); by <= -leastKern || by >= leastKern {
		return int16(by)
	}
	return 0
}

// leastKern is what the eye would miss, in thousandths of an em: a tenth of a point
// in running text. Less would be a sixth of what a page needs.
const leastKern = 10

// thousandths turns the font's units into those of a PDF.
func (f *face) thousandths(units int) int {
	return int(math.Round(float64(units) * 1000 / float64(f.units)))
}
