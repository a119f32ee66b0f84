package tagpdf

import (
	"image"
	"image/color"
)

// placed is a picture that a page draws.
type placed struct {
	image  *Image
	object int
}

// size is how large a picture is drawn in a width.
func (i *Image) size(width float64) (w, h float64) {
	bounds := i.Picture.Bounds()
	w = min(i.Width, width)
	if i.Width <= 0 {
		w = width
	}
	h = w * float64(bounds.Dy()) / float64(max(bounds.Dx(), 1))
	if most := pageHeight - top - bottom; h > most {
		w, h = w*most/h, most
	}
	return w, h
}

func (b *builder) image(e *element, i *Image, c column) {
	w, h := i.size(c.width)
	b.need(h)
	b.draw(e, i, c.x, b.y-h, w, h)
	b.y -= h + 10
}

const logoHeight = 48.0

// logo draws the letterhead's picture at the right and gives the room it takes.
func (b *builder) logo(e *element, i *Image) float64 {
	w, h := i.size(140)
	if h > logoHeight {
		w, h = w*logoHeight/h, logoHeight
	}
	b.draw(e, i, left+textWidth-w, b.y-h+4, w, h)
	return w + 16
}

// draw puts a picture onto the page, as a figure with the text for who does not
// see it.
func (b *builder) draw(e *element, i *Image, x, y, w, h float64) {
	if i.Alt == "" || i.Picture.Bounds().Empty() {
		b.fail(errPicture)
		return
	}
	f := e.child("Figure")
	box := operate(nil, x, y, x+w, y+h)
	f.more = "/Alt" + text(i.Alt) + "/A<</O/Layout/Placement/Block/BBox[" + string(box[:len(box)-1]) + "]>>"
	n := -1
	for k, p := range b.images {
		if p.image == i {
			n = k
		}
	}
	if n < 0 {
		n = len(b.images)
		b.images = append(b.images, &placed{image: i})
	}
	b.mark(f)
	b.page().front.Write(operate(nil, "q", w, "0 0", h, x, y, "cm /I"+itoa(n)+" Do Q"))
	b.unmark()
}

// pixels gives a picture as rows of red, green and blue, and its opacity where
// it is not whole everywhere.
func pixels(p image.Image) (rgb, alpha []byte) {
	bounds := p.Bounds()
	whole := true
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := color.NRGBAModel.Convert(p.At(x, y)).(color.NRGBA)
			rgb = append(rgb, c.R, c.G, c.B)
			alpha = append(alpha, c.A)
			whole = whole && c.A == 0xff
		}
	}
	if whole {
		return rgb, nil
	}
	return rgb, alpha
}
