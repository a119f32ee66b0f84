// Package tagpdf writes tagged PDF: what people who see a page see in its
// layout, a screen reader is told by its structure. It follows ISO 32000-1 (PDF
// 1.7), ISO 14289-1 (PDF/UA-1) and ISO 19005-2 and -3 at level A by structure:
// headings, lists, tables with header cells, links, pictures with a text,
// language, title and outline are tagged, all else is marked as an artifact,
// fonts are embedded (TestEverySampleHasNoFinding, TestStockReadersAgree, and
// over random documents TestRandomDocumentsHaveNoFinding).
//
// The same document gives the same bytes (TestTheSameDocumentGivesTheSameBytes);
// there is no clock and no random number. A character that no font has is an
// error that names it: a PDF must not show an empty box
// (TestACharacterWithoutAGlyphIsNamed). It knows nothing of schools, and trusts
// its caller with the addresses of links.
package tagpdf

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"sync"
	"time"
)

// A Document is what a PDF is made of.
type Document struct {
	Title    string // of the window and the metadata
	Author   string
	Language string    // BCP 47: en-GB
	Date     time.Time // of its content; it is the PDF's own date
	Producer string

	Letterhead Letterhead
	Running    string // at the top of all pages but the first
	Footer     string // at the foot of each, beside its number
	Mark       string // a second line at the foot, such as a fingerprint; may be empty
	Body       []Block

	Attachments []Attachment // with any the PDF is PDF/A-3a, without PDF/A-2a
	Sign        *Seat        // where a signature will be; nil: nowhere
}

// A Letterhead stands on the first page.
type Letterhead struct {
	Colour Colour // of the band and the name; dark enough to read on white
	Name   string
	Lines  []string // beneath the name
	Logo   *Image   // beside the name; nil: none
}

// A Colour is red, green and blue from 0 to 1.
type Colour [3]float64

// An Attachment is a file inside the PDF.
type Attachment struct {
	Name, Type, About string
	Relation          string // to the document: Source, Data, Alternative, Supplement
	Date              time.Time
	Data              []byte
}

// A Block is a part of a document's text.
type Block interface{ block() }

// A Heading has a level from 1. None is skipped: one that is too deep counts as
// the next that may follow.
type Heading struct {
	Level int
	Text  []Span
	Quiet bool // two levels smaller than others, as in a letter
}

// A Paragraph is one, in the size of its Style.
type Paragraph struct {
	Text  []Span
	Style ParagraphStyle
}

// A ParagraphStyle is how a paragraph looks.
type ParagraphStyle int

// The styles of paragraphs.
const (
	Body    ParagraphStyle = iota
	Caption                // large and grey, above a heading
	Notice                 // with a bar in the letterhead's colour
	Small
)

// A List has items of blocks.
type List struct {
	Ordered bool
	Start   int // number of the first, where it is ordered
	Items   [][]Block
}

// A Quote is set off by a bar.
type Quote struct{ Body []Block }

// A Code is text as it is, line by line.
type Code struct{ Lines []string }

// A Rule is a line between parts. It says nothing to who does not see it.
type Rule struct{}

// A Table has a head, which is repeated on each page, or none. Every row gets as
// many cells as the widest.
type Table struct {
	Title    string // its caption; may be empty
	Head     [][]Span
	Rows     [][][]Span
	Right    []bool // columns of numbers
	RowHeads bool   // the first cell names its row
	Narrow   bool   // the first column takes 30 % of the width: a list of fields
}

// An Image is a picture of an opaque kind and the text that stands for it.
type Image struct {
	Picture image.Image
	Alt     string
	Width   float64 // in points; at most the text's width

	once      sync.Once // a logo is on many documents: it is compressed once
	rgb, mask []byte    // mask: nil where nothing shows through
}

func (Heading) block()   {}
func (Paragraph) block() {}
func (List) block()      {}
func (Quote) block()     {}
func (Code) block()      {}
func (Rule) block()      {}
func (Table) block()     {}
func (*Image) block()    {}

// A Span is text of one kind within a paragraph.
type Span struct {
	Text                       string
	Bold, Italic, Code, Struck bool
	Link                       string // an absolute address
	Break                      bool   // a new line follows
}

// Plain is a text without emphasis.
func Plain(text string) []Span { return []Span{{Text: text}} }

// Write gives the document as a PDF.
func (d *Document) Write(f *Fonts) ([]byte, error) {
	if d.Title == "" || d.Language == "" || d.Date.IsZero() {
		return nil, errors.New("a PDF needs a title, a language and a date")
	}
	b := newBuilder(d, f)
	b.letterhead()
	b.blocks(b.root, d.Body, column{left, textWidth, 0})
	if d.Sign != nil {
		b.seat()
	}
	b.margins()
	if b.err != nil {
		return nil, fmt.Errorf("write the PDF %q: %w", d.Title, b.err)
	}
	return b.write()
}

// identity is what the trailer tells one file from another by.
func identity(file []byte) string {
	sum := sha256.Sum256(file)
	return fmt.Sprintf("[<%X><%X>]", sum[:16], sum[:16])
}

// A page is its content and what was marked on it.
type page struct {
	back, front bytes.Buffer // what lies behind, and the text before it
	marked      []*element   // by MCID
	links       []*link
}
