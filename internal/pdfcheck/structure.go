package pdfcheck

import (
	"slices"
	"strconv"
	"strings"
)

var standard = strings.Fields("Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private P H H1 H2 H3 H4 H5 H6 " +
	"L LI Lbl LBody Table TR TH TD THead TBody TFoot Span Quote Note Reference BibEntry Code Link Annot Ruby RB RT RP Warichu WT WP Figure Formula Form")

// within says which kinds may stand in a kind, and in which a kind must stand.
var (
	within = map[string]string{
		"Table": "TR THead TBody TFoot Caption", "THead": "TR", "TBody": "TR", "TFoot": "TR", "TR": "TH TD",
		"L": "LI L Caption", "LI": "Lbl LBody",
	}
	under = map[string]string{
		"TR": "Table THead TBody TFoot", "TH": "TR", "TD": "TR", "THead": "Table", "TBody": "Table", "LI": "L", "LBody": "LI", "Lbl": "LI",
	}
)

func in(list, kind string) bool { return slices.Contains(strings.Fields(list), kind) }

func (c *checker) structure() {
	tree := c.dict(c.root["StructTreeRoot"])
	if tree == nil {
		c.find("UA 7.1: there is no structure")
		return
	}
	c.roles = c.dict(tree["RoleMap"])
	c.parentTree(tree["ParentTree"])
	top, _ := c.root["StructTreeRoot"].(ref)
	for _, kid := range c.array(tree["K"]) {
		if r, ok := kid.(ref); ok {
			c.element(r, top, "", 0)
		}
	}
	last := 0
	for _, level := range c.headings {
		if level > last+1 {
			c.find("UA 7.4.2: a heading of level %d follows one of level %d", level, last)
		}
		last = level
	}
}

func (c *checker) parentTree(v any) {
	d := c.dict(v)
	numbers := c.array(d["Nums"])
	for i := 0; i+1 < len(numbers); i += 2 {
		if key, ok := integer(numbers[i]); ok {
			c.parents[key] = numbers[i+1]
		}
	}
	for _, kid := range c.array(d["Kids"]) {
		c.parentTree(kid)
	}
}

// kind is the standard kind of an element.
func (c *checker) kind(d dict) string {
	kind, _ := d["S"].(name)
	for range 10 {
		to, ok := c.roles[kind].(name)
		if !ok || slices.Contains(standard, string(kind)) {
			break
		}
		kind = to
	}
	return string(kind)
}

func (c *checker) attributes(d dict) dict {
	out := dict{}
	list := c.array(d["A"])
	if list == nil {
		list = array{d["A"]}
	}
	for _, v := range list {
		for k, value := range c.dict(v) {
			out[k] = value
		}
	}
	return out
}

func (c *checker) element(r, parent ref, around string, page ref) {
	d := c.dict(r)
	kind := c.kind(d)
	c.kinds[kind]++
	if !slices.Contains(standard, kind) {
		c.find("UA 7.1: an element is a %q", kind)
	}
	if d["P"] != parent {
		c.find("14.7.2: a %s names another parent than it has", kind)
	}
	if on, ok := d["Pg"].(ref); ok {
		page = on
	}
	if level, ok := strings.CutPrefix(kind, "H"); ok && len(level) == 1 {
		n, _ := strconv.Atoi(level)
		c.headings = append(c.headings, n)
	}
	if need, ok := under[kind]; ok && !in(need, around) {
		c.find("UA 7.2: a %s stands in a %s", kind, around)
	}
	kids := c.array(d["K"])
	if kids == nil && d["K"] != nil {
		kids = array{d["K"]}
	}
	for _, kid := range kids {
		c.kid(kid, r, kind, page)
	}
	c.ownRules(d, kind)
}

func (c *checker) kid(kid any, r ref, kind string, page ref) {
	if id, ok := integer(kid); ok {
		c.seen[mark{page, id}] = r
		return
	}
	d := c.dict(kid)
	switch d["Type"] {
	case name("MCR"):
		if on, ok := d["Pg"].(ref); ok {
			page = on
		}
		id, _ := integer(d["MCID"])
		c.seen[mark{page, id}] = r
	case name("OBJR"):
		object, _ := d["Obj"].(ref)
		c.annotations[object] = holder{r, kind}
	default:
		below := c.kind(d)
		if may, ok := within[kind]; ok && !in(may, below) {
			c.find("UA 7.2: a %s has a %s in it", kind, below)
		}
		if kr, ok := kid.(ref); ok {
			c.element(kr, r, kind, page)
		}
	}
}

// ownRules are those of single kinds.
func (c *checker) ownRules(d dict, kind string) {
	switch kind {
	case "Table":
		c.table(d)
	case "Figure", "Formula":
		if alt, _ := d["Alt"].(text); alt == "" {
			c.find("UA 7.3: a %s has no text that stands for it", kind)
		}
	case "Note":
		if d["ID"] == nil {
			c.find("UA 7.9: a Note has no ID")
		}
	}
}

// table wants rows of one length, and cells that name others to say which.
func (c *checker) table(d dict) {
	var rows []int
	heads, scoped := 0, 0
	var walk func(dict)
	walk = func(d dict) {
		for _, kid := range c.array(d["K"]) {
			k := c.dict(kid)
			switch c.kind(k) {
			case "THead", "TBody", "TFoot":
				walk(k)
			case "TR":
				width := 0
				for _, cell := range c.array(k["K"]) {
					at := c.attributes(c.dict(cell))
					span, ok := integer(at["ColSpan"])
					if !ok {
						span = 1
					}
					width += span
					if c.kind(c.dict(cell)) == "TH" {
						heads++
						if at["Scope"] != nil {
							scoped++
						}
					}
				}
				rows = append(rows, width)
			}
		}
	}
	walk(d)
	if len(rows) == 0 || slices.Min(rows) != slices.Max(rows) {
		c.find("UA 7.2: the rows of a table have different lengths: %v", rows)
	}
	if heads == 0 {
		c.find("UA 7.5: a table has no header cell")
	} else if scoped < heads {
		c.find("UA 7.5: a header cell does not say what it is over")
	}
}

// places compares content, elements and the parent tree.
func (c *checker) places() {
	for page, used := range c.content {
		key, _ := integer(c.dict(page)["StructParents"])
		list := c.array(c.parents[key])
		for id := range used {
			e, ok := c.seen[mark{page, id}]
			switch {
			case !ok:
				c.find("UA 7.1: content is in no element")
			case id >= len(list) || list[id] != e:
				c.find("14.7.4.4: the parent tree does not lead from content to its element")
			}
		}
	}
	for m := range c.seen {
		if !c.content[m.page][m.mcid] {
			c.find("14.7.4: an element names content that is not there")
		}
	}
}

func (c *checker) annotated() {
	for _, page := range c.pages {
		for _, v := range c.array(c.dict(page)["Annots"]) {
			r, _ := v.(ref)
			c.annotation(r, c.dict(v))
		}
	}
}

func (c *checker) annotation(r ref, d dict) {
	kind, _ := d["Subtype"].(name)
	flags, _ := integer(d["F"])
	if flags&4 == 0 || flags&(1|2|32) != 0 {
		c.find("A 6.3.2: a %s is not printed, or hidden", kind)
	}
	held, ok := c.annotations[r]
	key, has := integer(d["StructParent"])
	switch want := map[name]string{"Link": "Link", "Widget": "Form"}[kind]; {
	case !ok:
		c.find("UA 7.18: a %s is in no element", kind)
	case held.kind != want:
		c.find("UA 7.18: a %s is in a %s", kind, held.kind)
	case !has || c.parents[key] != held.element:
		c.find("14.7.4.4: the parent tree does not lead from a %s to its element", kind)
	}
	if about, _ := d["Contents"].(text); kind == "Link" && about == "" {
		c.find("UA 7.18.5: a link does not say where it leads")
	}
	if about, _ := d["TU"].(text); kind == "Widget" && about == "" {
		c.find("UA 7.18.1: a field has no name for who does not see it")
	}
	box := c.array(d["Rect"])
	if kind != "Link" && len(box) == 4 && (box[0] != box[2] || box[1] != box[3]) && d["AP"] == nil {
		c.find("A 6.3.3: a %s has no appearance", kind)
	}
}
