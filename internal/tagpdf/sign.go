package tagpdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Seat is the room for a signature, which Fill fills.
type Seat struct {
	Name, Reason, Place string
	Date                time.Time
	Room                int // bytes for the signature
}

// unfilled stands in the file until the signature's range is known.
const unfilled = "/ByteRange[0 9999999999 9999999999 9999999999]/Contents<"

// seat makes the structure element of the signature's field.
func (b *builder) seat() { b.sign = b.root.child("Form") }

// seatObjects writes the field, which shows nothing: who signed is said in the
// text.
func (k *book) seatObjects() {
	s := k.document.Sign
	if s == nil {
		return
	}
	k.signature = k.alloc()
	value := k.alloc()
	k.sign.kids = append(k.sign.kids, kid{annotation: k.signature})
	k.set(k.signature, "<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature1)/TU(Digital signature of the document)/Rect[0 0 0 0]/F 132/P "+
		ref(k.pageObjects[0])+"/StructParent "+itoa(k.parent(k.sign))+"/V "+ref(value)+">>")
	k.set(value, "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"+unfilled+strings.Repeat("00", s.Room)+">/M"+date(s.Date)+
		"/Name"+text(s.Name)+"/Reason"+text(s.Reason)+"/Location"+text(s.Place)+">>")
	k.objects[value-1].held = true
	k.forms = "/AcroForm<</Fields[" + ref(k.signature) + "]/SigFlags 3>>"
}

// Fill signs a file that was written with a Seat, in place: sign is given the
// SHA-256 of all but the seat, and gives a CMS (ETSI EN 319 142-1).
func Fill(file []byte, sign func(digest []byte) ([]byte, error)) error {
	at := bytes.Index(file, []byte(unfilled))
	if at < 0 {
		return errors.New("the PDF has no room for a signature")
	}
	from := at + len(unfilled) - 1 // of the bracket
	size := bytes.IndexByte(file[from:], '>') + 1
	to := from + size
	span := fmt.Sprintf("/ByteRange[0 %d %d %d]", from, to, len(file)-to)
	copy(file[at:], span+strings.Repeat(" ", len(unfilled)-len("/Contents<")-len(span)))
	h := sha256.New()
	h.Write(file[:from])
	h.Write(file[to:])
	cms, err := sign(h.Sum(nil))
	if err != nil {
		return err
	}
	if 2*len(cms) > size-2 {
		return fmt.Errorf("the signature has %d bytes and the PDF room for %d", len(cms), (size-2)/2)
	}
	hex.Encode(file[from+1:], cms)
	return nil
}
