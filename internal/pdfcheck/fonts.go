package pdfcheck

import (
	"encoding/binary"
	"math"
	"regexp"
	"strings"
)

var subsetName = regexp.MustCompile(`^[A-Z]{6}\+`)

// fonts wants every font embedded, with its characters, and as wide as it says.
func (c *checker) fonts() {
	for _, v := range c.objects {
		d := c.dict(v)
		if d["Type"] != name("Font") {
			continue
		}
		base, _ := d["BaseFont"].(name)
		switch d["Subtype"] {
		case name("Type0"):
			c.composite(d, base)
		case name("CIDFontType2"):
		default:
			c.find("UA 7.21.4: the font %s is a %v", base, d["Subtype"])
		}
	}
}

func (c *checker) composite(d dict, base name) {
	chars := string(c.data(d["ToUnicode"]))
	if !strings.Contains(chars, "beginbfrange") {
		c.find("UA 7.21.7: the font %s does not say which characters it has", base)
	}
	if strings.Contains(chars, "<FFFD>") || strings.Contains(chars, "\n<0000><") {
		c.find("UA 7.21.8: the font %s uses the glyph of missing characters", base)
	}
	if !subsetName.MatchString(string(base)) {
		c.find("9.6.4: the font %s has no mark of a subset", base)
	}
	list := c.array(d["DescendantFonts"])
	if len(list) != 1 {
		c.find("9.7.6: the font %s has no descendant", base)
		return
	}
	inner := c.dict(list[0])
	if inner["CIDToGIDMap"] == nil {
		c.find("UA 7.21.3.2: the font %s does not say which glyphs it means", base)
	}
	program := c.data(c.dict(inner["FontDescriptor"])["FontFile2"])
	if program == nil {
		c.find("UA 7.21.4.1: the font %s is not embedded", base)
		return
	}
	c.widths(program, c.array(inner["W"]), base)
}

// widths compares the widths that the PDF says with the font's.
func (c *checker) widths(program []byte, w array, base name) {
	tables := map[string][]byte{}
	if len(program) < 12 {
		c.find("UA 7.21.4.1: the font %s is cut short", base)
		return
	}
	for i := range int(binary.BigEndian.Uint16(program[4:])) {
		e := program[12+16*i:]
		at, size := binary.BigEndian.Uint32(e[8:]), binary.BigEndian.Uint32(e[12:])
		tables[string(e[:4])] = program[at : at+size]
	}
	units := float64(binary.BigEndian.Uint16(tables["head"][18:]))
	wide := int(binary.BigEndian.Uint16(tables["hhea"][34:]))
	if len(w) != 2 {
		c.find("UA 7.21.5: the font %s has no widths", base)
		return
	}
	first, _ := integer(w[0])
	for i, v := range c.array(w[1]) {
		said, _ := v.(float64)
		is := float64(binary.BigEndian.Uint16(tables["hmtx"][4*min(first+i, wide-1):])) * 1000 / units
		if math.Abs(said-is) > 1 {
			c.find("UA 7.21.5: the font %s says other widths than it has", base)
			return
		}
	}
}
