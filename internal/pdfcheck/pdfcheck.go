// Package pdfcheck names what in a PDF breaks those rules of ISO 14289-1
// (PDF/UA-1) and ISO 19005-2 and -3, level A, that a machine can see in its
// structure. A clean run means: no fault among the rules it knows. It reads PDF
// 1.7 with cross-reference streams, as internal/tagpdf writes it, and is there
// for tests alone; each rule of it was seen to fail (TestEveryRuleCanFail).
package pdfcheck

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Report is what was found.
type Report struct {
	Findings []string       // what breaks a rule, with the rule's clause
	Kinds    map[string]int // how many structure elements there are of each standard kind
}

// Check looks at a PDF. A file that cannot be read is a finding.
func Check(pdf []byte) Report {
	f, err := read(pdf)
	if err != nil {
		return Report{Findings: []string{"the file cannot be read: " + err.Error()}}
	}
	c := check(f)
	return Report{c.findings, c.kinds}
}

func check(f *file) *checker {
	c := &checker{
		file: f, content: map[ref]map[int]bool{}, parents: map[int]any{}, seen: map[mark]ref{},
		annotations: map[ref]holder{}, kinds: map[string]int{},
	}
	c.catalog()
	c.pageTree()
	c.structure()
	c.places()
	c.annotated()
	c.outline()
	c.fonts()
	c.archive()
	slices.Sort(c.findings)
	c.findings = slices.Compact(c.findings)
	return c
}

type checker struct {
	*file
	findings []string
	root     dict

	pages       []ref
	content     map[ref]map[int]bool // MCIDs by page
	parents     map[int]any          // the parent tree
	roles       dict
	seen        map[mark]ref // the element of each piece of content
	annotations map[ref]holder
	kinds       map[string]int
	headings    []int
	part        string // of PDF/A, 2 or 3; or empty
}

// A mark is a piece of content.
type mark struct {
	page ref
	mcid int
}

// A holder is the element that an annotation is in.
type holder struct {
	element ref
	kind    string
}

func (c *checker) find(format string, args ...any) {
	c.findings = append(c.findings, fmt.Sprintf(format, args...))
}

var (
	pdfuaPart = regexp.MustCompile(`<pdfuaid:part>1<`)
	pdfaPart  = regexp.MustCompile(`<pdfaid:part>([23])</pdfaid:part><pdfaid:conformance>A<`)
)

func (c *checker) catalog() {
	c.root = c.dict(c.trailer["Root"])
	if c.dict(c.root["MarkInfo"])["Marked"] != true {
		c.find("UA 7.1: the file is not marked as tagged")
	}
	if lang, _ := c.root["Lang"].(text); lang == "" {
		c.find("UA 7.2: no language")
	}
	if c.dict(c.root["ViewerPreferences"])["DisplayDocTitle"] != true {
		c.find("UA 7.1: the title is not shown")
	}
	xmp := string(c.data(c.root["Metadata"]))
	if !pdfuaPart.MatchString(xmp) {
		c.find("UA 5: the metadata do not say PDF/UA-1")
	}
	if !strings.Contains(xmp, "<dc:title>") {
		c.find("UA 7.1: the metadata have no title")
	}
	if m := pdfaPart.FindStringSubmatch(xmp); m != nil {
		c.part = m[1]
	} else {
		c.find("A 6.6.4: the metadata do not say PDF/A-2a or -3a")
	}
	if !strings.Contains(xmp, "<pdfaExtension:schemas>") {
		c.find("A 6.6.2.3.3: the metadata do not describe the schema of pdfuaid")
	}
	info := c.dict(c.trailer["Info"])
	for _, key := range []name{"CreationDate", "ModDate"} {
		if date, _ := info[key].(text); !strings.HasSuffix(string(date), "+00'00'") {
			c.find("A 6.6.2.2: the date %s has no zone as +00'00'", key)
		}
	}
}

func (c *checker) pageTree() {
	var walk func(any)
	walk = func(v any) {
		d := c.dict(v)
		if d["Type"] == name("Pages") {
			for _, kid := range c.array(d["Kids"]) {
				walk(kid)
			}
			return
		}
		r, _ := v.(ref)
		c.pages = append(c.pages, r)
		c.page(r, d, len(c.pages))
	}
	walk(c.root["Pages"])
}

// painting are the operators that show something.
var painting = []operator{"Tj", "TJ", "'", "\"", "f", "F", "f*", "S", "s", "B", "B*", "b", "b*", "Do", "sh", "BI"}

// page reads the content of a page: all of it is marked, as an element's or as
// an artifact.
func (c *checker) page(r ref, d dict, n int) {
	used := map[int]bool{}
	c.content[r] = used
	l := lexer{b: c.data(d["Contents"])}
	var open []string
	var operands []any
	for {
		v, err := l.value()
		if err != nil {
			if l.skip(); l.at < len(l.b) {
				c.find("page %d: its content cannot be read: %v", n, err)
			}
			break
		}
		op, ok := v.(operator)
		if !ok {
			operands = append(operands, v)
			continue
		}
		switch {
		case op == "BDC" || op == "BMC":
			open = append(open, c.begin(operands, open, used, n))
		case op == "EMC" && len(open) == 0:
			c.find("page %d: marked content ends that never began", n)
		case op == "EMC":
			open = open[:len(open)-1]
		case slices.Contains(painting, op) && !slices.Contains(open, "artifact") && !slices.Contains(open, "content"):
			c.find("UA 7.1: page %d: something is painted that is neither content nor artifact", n)
		}
		operands = operands[:0]
	}
	if len(open) > 0 {
		c.find("page %d: marked content never ends", n)
	}
	if _, ok := integer(d["StructParents"]); len(used) > 0 && !ok {
		c.find("A 14.7.4.4: page %d has no StructParents", n)
	}
	if d["Annots"] != nil && d["Tabs"] != name("S") {
		c.find("UA 7.18.3: page %d is not walked in the order of its structure", n)
	}
}

func (c *checker) begin(operands []any, open []string, used map[int]bool, n int) string {
	if len(operands) == 0 {
		return "other"
	}
	kind := "other"
	if len(operands) > 1 {
		if id, ok := integer(c.dict(operands[1])["MCID"]); ok {
			if kind = "content"; used[id] {
				c.find("page %d: the MCID %d stands twice", n, id)
			}
			used[id] = true
		}
	}
	if operands[0] == name("Artifact") {
		kind = "artifact"
	}
	if kind == "artifact" && slices.Contains(open, "content") || kind == "content" && slices.Contains(open, "artifact") {
		c.find("UA 7.1: page %d: an artifact is in content, or content in an artifact", n)
	}
	return kind
}

// outline compares the counts of the outline with its entries.
func (c *checker) outline() {
	top := c.dict(c.root["Outlines"])
	if top == nil {
		if len(c.headings) > 0 {
			c.find("7.4: there are headings and no outline")
		}
		return
	}
	var count func(dict, int) int
	count = func(d dict, depth int) int {
		n := 0
		for at := d["First"]; at != nil && depth < 10; {
			e := c.dict(at)
			below := count(e, depth+1)
			if said, _ := integer(e["Count"]); said != below {
				c.find("12.3.3: an entry of the outline says %d entries below it (there are %d)", said, below)
			}
			if e["Dest"] == nil || c.dict(e["SE"]) == nil {
				c.find("12.3.3: an entry of the outline leads nowhere")
			}
			n += 1 + below
			at = e["Next"]
		}
		return n
	}
	if n, _ := integer(top["Count"]); n != count(top, 0) {
		c.find("12.3.3: the outline says %d entries (there are %d)", n, count(top, 0))
	}
}

// archive looks at what PDF/A wants besides.
func (c *checker) archive() {
	if len(c.array(c.root["OutputIntents"])) == 0 {
		c.find("A 6.2.3: no output intent")
	}
	if c.array(c.trailer["ID"]) == nil {
		c.find("A 6.1.3: the trailer has no ID")
	}
	if c.trailer["Encrypt"] != nil {
		c.find("A 6.1.3: the file is encrypted")
	}
	if c.root["OpenAction"] != nil || c.root["AA"] != nil {
		c.find("A 6.5.2: the file acts when it is opened")
	}
	for _, v := range c.objects {
		d := c.dict(v)
		switch {
		case d["S"] == name("JavaScript") || d["JS"] != nil:
			c.find("A 6.5.1: the file has a script")
		case d["Type"] == name("Filespec") && c.part == "2":
			c.find("A 6.8: a file is embedded in PDF/A-2")
		case d["Type"] == name("Filespec") && (d["AFRelationship"] == nil || d["UF"] == nil || d["Desc"] == nil):
			c.find("A 6.8: an embedded file does not say what it is")
		case d["Filter"] == name("LZWDecode"):
			c.find("A 6.1.7.2: a stream is packed by LZW")
		}
	}
}
