package tagpdf

import (
	"encoding/binary"
	"html"
	"math"
	"strconv"
	"sync"
)

// The description of the property pdfuaid:part that PDF/A wants of a schema
// that is not its own.
const extension = `<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema><pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category><pdfaProperty:description>The part of ISO 14289 that is followed</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>`

// metadata is the document's XMP, which says the same as its info dictionary.
func (d *Document) metadata(part int) []byte {
	e := html.EscapeString
	on := d.Date.UTC().Format("2006-01-02T15:04:05Z")
	return []byte("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""` +
		` xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"` +
		` xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"` +
		` xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">` +
		"\n<dc:format>application/pdf</dc:format>" +
		`<dc:title><rdf:Alt><rdf:li xml:lang="x-default">` + e(d.Title) + `</rdf:li></rdf:Alt></dc:title>` +
		`<dc:creator><rdf:Seq><rdf:li>` + e(d.Author) + `</rdf:li></rdf:Seq></dc:creator>` +
		`<dc:language><rdf:Bag><rdf:li>` + e(d.Language) + `</rdf:li></rdf:Bag></dc:language>` +
		"\n<xmp:CreateDate>" + on + "</xmp:CreateDate><xmp:ModifyDate>" + on + "</xmp:ModifyDate><pdf:Producer>" + e(d.Producer) + "</pdf:Producer>" +
		"\n<pdfaid:part>" + strconv.Itoa(part) + "</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance><pdfuaid:part>1</pdfuaid:part>\n" +
		extension + "\n</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>")
}

// sRGB is a colour profile (ICC.1:2001), compressed: the primaries of sRGB as
// they are under D50, and its curve at 256 points.
var sRGB = sync.OnceValue(func() []byte {
	fixed := func(out []byte, values ...float64) []byte {
		for _, v := range values {
			out = binary.BigEndian.AppendUint32(out, uint32(int32(math.Round(v*65536))))
		}
		return out
	}
	xyz := func(values ...float64) []byte { return fixed([]byte("XYZ \x00\x00\x00\x00"), values...) }
	about := append(binary.BigEndian.AppendUint32([]byte("desc\x00\x00\x00\x00"), 5), "sRGB\x00"...)
	about = append(about, make([]byte, 78)...)
	curve := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), 256)
	for i := range 256 {
		c := float64(i) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		curve = binary.BigEndian.AppendUint16(curve, uint16(math.Round(c*65535)))
	}
	tags := []struct {
		name string
		data []byte // nil: the one before, once more
	}{
		{"desc", about},
		{"cprt", []byte("text\x00\x00\x00\x00CC0\x00")},
		{"wtpt", xyz(0.9642, 1, 0.8249)},
		{"rXYZ", xyz(0.43607, 0.22249, 0.01392)},
		{"gXYZ", xyz(0.38515, 0.71687, 0.09708)},
		{"bXYZ", xyz(0.14307, 0.06061, 0.71410)},
		{"rTRC", curve},
		{"gTRC", nil},
		{"bTRC", nil},
	}
	header := make([]byte, 128)
	binary.BigEndian.PutUint32(header[8:], 0x02100000)
	copy(header[12:], "mntrRGB XYZ ")
	copy(header[24:], []byte{0x07, 0xea, 0, 1, 0, 1})
	copy(header[36:], "acsp")
	copy(header[68:], fixed(nil, 0.9642, 1, 0.8249))
	index := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	start := len(header) + 4 + 12*len(tags)
	var data []byte
	at, size := 0, 0
	for _, t := range tags {
		if t.data != nil {
			at, size = start+len(data), len(t.data)
			data = append(data, t.data...)
			for len(data)%4 != 0 {
				data = append(data, 0)
			}
		}
		index = append(index, t.name...)
		index = binary.BigEndian.AppendUint32(index, uint32(at))
		index = binary.BigEndian.AppendUint32(index, uint32(size))
	}
	out := append(append(header, index...), data...)
	binary.BigEndian.PutUint32(out, uint32(len(out)))
	return deflate(out)
})
