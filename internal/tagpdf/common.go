package tagpdf

import (
	"math/bits"
	"unicode/utf8"
)

// The characters that nearly every text has, in classes. A font is embedded with
// whole classes, so that most documents need the same few fonts, which are cut
// out and compressed once; a file is a tenth larger for it.
var classes = [...]string{
	" abcdefghijklmnopqrstuvwxyz",
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	"0123456789",
	".,:;-'’()/&%?!–•·+@£“”\"",
}

// absent stands for a glyph that a document does not need.
const absent = 0xffff

// A commonChar is a character of a class and the code that it has in every
// document.
type commonChar struct {
	code  uint16
	class uint8
}

// The common characters by code, the first of which is the glyph of characters
// that are missing, and their codes.
var commonChars, commonCodes = alphabet()

func alphabet() (chars []rune, codes map[rune]commonChar) {
	chars, codes = []rune{0xfffd}, make(map[rune]commonChar)
	for class, text := range classes {
		for _, r := range text {
			codes[r] = commonChar{uint16(len(chars)), uint8(class)}
			chars = append(chars, r)
		}
	}
	return chars, codes
}

var commonASCII = ascii(commonCodes)

// ascii is the part of the codes that is asked for most.
func ascii(codes map[rune]commonChar) (table [128]commonChar) {
	for r, c := range codes {
		if r < 128 {
			table[r] = c
		}
	}
	return table
}

// common gives the code that a character has in every document; 0: none.
func common(r rune) commonChar {
	if r < 128 {
		return commonASCII[r]
	}
	return commonCodes[r]
}

// An embedding is what a document has of a face, ready to be written.
type embedding struct {
	name    string // of the subset
	size    int    // of the font file
	font    []byte // compressed
	widths  string // by code
	unicode []byte // compressed; nil: that of the classes
}

// embed gives what a document needs of its face. What has nothing but whole
// classes is made once, unless it is so little of them that its own few glyphs are
// smaller than what others have too.
func (u *use) embed() (*embedding, error) {
	if len(u.glyphs) > len(commonChars) || u.few() {
		return u.cut(deflate)
	}
	made := &u.face.made[u.classes]
	made.once.Do(func() { made.embedding, made.err = u.cut(thoroughly) })
	return made.embedding, made.err
}

// few tells whether a document shows less than a third of the classes it needs.
func (u *use) few() bool {
	all := 0
	for class, n := range classSizes {
		all += n * int(u.classes>>class&1)
	}
	return 3*(bits.OnesCount64(u.common[0])+bits.OnesCount64(u.common[1])) < all
}

var classSizes = func() (sizes [len(classes)]int) {
	for class, text := range classes {
		sizes[class] = utf8.RuneCountInString(text)
	}
	return sizes
}()

// wants tells whether an embedding has a common character: all of a class, or of
// few characters each.
func (u *use) wants(code int) bool {
	if u.few() {
		return u.common[code>>6]>>(code&63)&1 == 1
	}
	return u.classes>>common(commonChars[code]).class&1 == 1
}

func thoroughly(data []byte) []byte { return deflateBy(newDeflater(thorough), data) }
