package tagpdf

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

var (
	commonChars = []rune{0xfffd} // by code; the first is the glyph of characters that are missing
	commonASCII [128]commonChar
	commonOther = map[rune]commonChar{}
)

func init() {
	for class, chars := range classes {
		for _, r := range chars {
			c := commonChar{uint16(len(commonChars)), uint8(class)}
			if commonChars = append(commonChars, r); r < 128 {
				commonASCII[r] = c
			} else {
				commonOther[r] = c
			}
		}
	}
}

// common gives the code that a character has in every document; 0: none.
func common(r rune) commonChar {
	if r < 128 {
		return commonASCII[r]
	}
	return commonOther[r]
}

// An embedding is what a document has of a face, ready to be written.
type embedding struct {
	name    string // of the subset
	size    int    // of the font file
	font    []byte // compressed
	widths  string // by code
	unicode []byte // compressed
}

// embed gives what a document needs of its face. What has nothing but whole
// classes is made once.
func (u *use) embed() (*embedding, error) {
	if len(u.glyphs) > len(commonChars) {
		return u.cut(deflate)
	}
	made := &u.face.made[u.classes]
	made.once.Do(func() { made.embedding, made.err = u.cut(thoroughly) })
	return made.embedding, made.err
}

func thoroughly(data []byte) []byte { return deflateBy(newDeflater(thorough), data) }
