package tagpdf

import (
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf16"
)

var errPicture = errors.New("a picture has nothing to show, or no text for who does not see it")

// A book is the file while its objects are gathered.
type book struct {
	*builder
	objects
	pageObjects []int
	elements    []*element // in the order of the document
	tree        int
	parents     []string // of the parent tree, by key
	alphabet    int      // says which characters the common codes are; 0: not there yet
	forms       string   // the catalog's entry for signatures
	signature   int      // its widget
}

func (b *builder) write() ([]byte, error) {
	k := &book{builder: b}
	catalog, pages, info := k.alloc(), k.alloc(), k.alloc()
	for range b.pages {
		k.pageObjects = append(k.pageObjects, k.alloc())
	}
	resources, err := k.resources()
	if err != nil {
		return nil, err
	}
	k.tree = k.alloc()
	k.number(b.root)
	k.pageParents()
	k.linkObjects()
	k.seatObjects()
	kids := ""
	for i := range b.pages {
		k.putPage(i, pages, resources)
		kids += ref(k.pageObjects[i]) + " "
	}
	k.set(pages, fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(b.pages), kids))
	k.structure()
	outlines := k.outline()
	part := 2
	files := k.attachments()
	if files != "" {
		part = 3
	}
	d := b.document
	metadata := k.alloc()
	k.raw(metadata, "/Type/Metadata/Subtype/XML", d.metadata(part))
	profile := k.alloc()
	k.packed(profile, "/N 3", sRGB())
	k.set(info, "<</Title"+text(d.Title)+"/Author"+text(d.Author)+"/Producer"+text(d.Producer)+"/CreationDate"+date(d.Date)+"/ModDate"+date(d.Date)+">>")
	k.set(catalog, "<</Type/Catalog/Pages "+ref(pages)+"/Lang"+text(d.Language)+"/MarkInfo<</Marked true>>/StructTreeRoot "+ref(k.tree)+
		"/ViewerPreferences<</DisplayDocTitle true>>/Metadata "+ref(metadata)+
		"/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB IEC61966-2.1)/DestOutputProfile "+ref(profile)+">>]"+
		outlines+files+k.forms+">>")
	return k.file(catalog, info), nil
}

// date is a PDF's date. A reader of strict PDF/A wants the zone as +00'00'.
func date(t time.Time) string { return "(D:" + t.UTC().Format("20060102150405") + "+00'00')" }

// number gives the elements their object numbers, in the document's order.
func (k *book) number(e *element) {
	e.object = k.alloc()
	k.elements = append(k.elements, e)
	for _, kid := range e.kids {
		if kid.element != nil {
			k.number(kid.element)
		}
	}
}

// resources writes fonts and pictures, which all pages share.
func (k *book) resources() (int, error) {
	out := "<</Font<<"
	for _, u := range k.uses {
		if u == nil {
			continue
		}
		n, err := k.font(u)
		if err != nil {
			return 0, err
		}
		out += "/F" + itoa(u.face.number) + " " + ref(n)
	}
	out += ">>"
	if len(k.images) > 0 {
		out += "/XObject<<"
		for i, p := range k.images {
			p.object = k.picture(p.image)
			out += "/I" + itoa(i) + " " + ref(p.object)
		}
		out += ">>"
	}
	return k.add(out + ">>"), nil
}

func (k *book) picture(i *Image) int {
	i.once.Do(func() {
		rgb, alpha := pixels(i.Picture)
		if i.rgb = thoroughly(rgb); alpha != nil {
			i.mask = thoroughly(alpha)
		}
	})
	size := fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8", i.Picture.Bounds().Dx(), i.Picture.Bounds().Dy())
	more := ""
	if i.mask != nil {
		mask := k.alloc()
		k.packed(mask, size+"/ColorSpace/DeviceGray", i.mask)
		more = "/SMask " + ref(mask)
	}
	n := k.alloc()
	k.packed(n, size+"/ColorSpace/DeviceRGB"+more, i.rgb)
	return n
}

// font embeds what is used of a face.
func (k *book) font(u *use) (int, error) {
	f := u.face
	e, err := u.embed()
	if err != nil {
		return 0, err
	}
	file := k.alloc()
	k.packed(file, fmt.Sprintf("/Length1 %d", e.size), e.font)
	of := f.thousandths
	about := k.add(fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags %d/FontBBox[%d %d %d %d]/ItalicAngle %s/Ascent %d/Descent %d/CapHeight %d/StemV 80/FontFile2 %s>>",
		e.name, f.flags, of(f.box[0]), of(f.box[1]), of(f.box[2]), of(f.box[3]), strconv.FormatFloat(f.slant, 'f', -1, 64),
		of(f.ascent), of(f.descent), of(f.capHeight), ref(file)))
	inner := k.add("<</Type/Font/Subtype/CIDFontType2/BaseFont/" + e.name + "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor " +
		ref(about) + "/CIDToGIDMap/Identity/W" + e.widths + ">>")
	chars := k.chars(e)
	return k.add("<</Type/Font/Subtype/Type0/BaseFont/" + e.name + "/Encoding/Identity-H/DescendantFonts[" + ref(inner) + "]/ToUnicode " + ref(chars) + ">>"), nil
}

// chars gives the stream that says which characters an embedding's codes are.
// Embeddings of whole classes have one.
func (k *book) chars(e *embedding) int {
	if e.unicode == nil && k.alphabet != 0 {
		return k.alphabet
	}
	n := k.alloc()
	if e.unicode != nil {
		k.packed(n, "", e.unicode)
		return n
	}
	k.packed(n, "", alphabetUnicode())
	k.alphabet = n
	return n
}

// alphabetUnicode says which characters the common codes are, in the ranges of
// their classes.
var alphabetUnicode = sync.OnceValue(func() []byte {
	return thoroughly(toUnicode(commonChars, func(c int) bool { return c > 0 }))
})

// cut makes the embedding of what is used of a face.
func (u *use) cut(deflate func([]byte) []byte) (*embedding, error) {
	f := u.face
	keep := slices.Clone(u.glyphs)
	for c := 1; c < len(commonChars); c++ {
		if !u.wants(c) || keep[c] == 0 {
			keep[c] = absent
		}
	}
	sub, err := f.subset(keep)
	if err != nil {
		return nil, err
	}
	widths := append(make([]byte, 0, 6*len(keep)+8), "[0["...)
	for _, g := range keep {
		wide := 0
		if g != absent {
			wide = f.thousandths(int(f.advances[g]))
		}
		widths = append(strconv.AppendInt(widths, int64(wide), 10), ' ')
	}
	e := &embedding{name: tag(crc32.ChecksumIEEE(sub)) + "+" + f.name, size: len(sub), font: deflate(sub), widths: string(append(widths, "]]"...))}
	if len(keep) > len(commonChars) {
		e.unicode = deflate(toUnicode(u.chars, func(c int) bool { return c > 0 && keep[c] != absent }))
	}
	return e, nil
}

// toUnicode says which character each code is that is there, in ranges of both
// where there are any.
func toUnicode(chars []rune, there func(code int) bool) []byte {
	type span struct{ from, to int }
	var spans []span
	for c := range chars {
		if !there(c) {
			continue
		}
		// A range keeps the high byte of both.
		if n := len(spans) - 1; n >= 0 && spans[n].to == c-1 && chars[c] == chars[c-1]+1 && c>>8 == spans[n].from>>8 && chars[c]>>8 == chars[spans[n].from]>>8 {
			spans[n].to = c
			continue
		}
		spans = append(spans, span{c, c})
	}
	out := append(make([]byte, 0, 320+22*len(spans)), "/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n"+
		"/CMapName/Adobe-Identity-UCS def/CMapType 2 def 1 begincodespacerange<0000><FFFF>endcodespacerange\n"...)
	for some := range slices.Chunk(spans, 100) {
		out = append(strconv.AppendInt(out, int64(len(some)), 10), " beginbfrange\n"...)
		for _, s := range some {
			out = append(hex16(append(out, '<'), uint16(s.from)), "><"...)
			out = append(hex16(out, uint16(s.to)), "><"...)
			for _, unit := range utf16.AppendRune(nil, chars[s.from]) {
				out = hex16(out, unit)
			}
			out = append(out, ">\n"...)
		}
		out = append(out, "endbfrange\n"...)
	}
	return append(out, "endcmap CMapName currentdict/CMap defineresource pop end end"...)
}

// pageParents lists, for each page, the elements of its marked content.
func (k *book) pageParents() {
	for _, p := range k.pages {
		out := append(make([]byte, 0, 10*len(p.marked)+2), '[')
		for _, e := range p.marked {
			out = append(reference(out, e.object), ' ')
		}
		k.parents = append(k.parents, string(append(out, ']')))
	}
}

// parent adds an annotation to the parent tree and gives its key.
func (k *book) parent(e *element) int {
	k.parents = append(k.parents, ref(e.object))
	return len(k.parents) - 1
}

func (k *book) linkObjects() {
	for _, l := range k.links {
		l.object = k.alloc()
		l.element.kids = append(l.element.kids, kid{annotation: l.object, page: l.page})
		about := "Link: " + l.address
		if s := strings.TrimSpace(l.text); s != "" && s != l.address {
			about = s + " (" + l.address + ")"
		}
		rect := operate(nil, l.x0, l.y0, l.x1, l.y1)
		k.set(l.object, "<</Type/Annot/Subtype/Link/Rect["+string(rect[:len(rect)-1])+"]/Border[0 0 0]/F 4/StructParent "+itoa(k.parent(l.element))+
			"/Contents"+text(about)+"/A<</S/URI/URI"+text(l.address)+">>>>")
	}
}

func (k *book) putPage(i, pages, resources int) {
	p := k.pages[i]
	content := k.alloc()
	k.stream(content, "", slices.Concat(p.back.Bytes(), p.front.Bytes()))
	annotations := ""
	for _, l := range p.links {
		annotations += ref(l.object) + " "
	}
	if i == 0 && k.signature != 0 {
		annotations += ref(k.signature)
	}
	if annotations != "" {
		annotations = "/Annots[" + annotations + "]/Tabs/S"
	}
	k.set(k.pageObjects[i], fmt.Sprintf("<</Type/Page/Parent %s/MediaBox[0 0 595.276 841.89]/Resources %s/Contents %s/StructParents %d%s>>",
		ref(pages), ref(resources), ref(content), i, annotations))
}

// structure writes the elements and the parent tree.
func (k *book) structure() {
	for _, e := range k.elements {
		k.element(e)
	}
	out := []byte("<</Nums[")
	for key, v := range k.parents {
		out = append(append(append(append(out, itoa(key)...), ' '), v...), ' ')
	}
	numbers := k.add(string(append(out, "]>>"...)))
	k.set(k.tree, "<</Type/StructTreeRoot/K["+ref(k.root.object)+"]/ParentTree "+ref(numbers)+"/ParentTreeNextKey "+itoa(len(k.parents))+
		"/RoleMap<</Strong/Span/Em/Span/Del/Span>>>>")
}

func (k *book) element(e *element) {
	parent := k.tree
	if e.parent != nil {
		parent = e.parent.object
	}
	out := append(append(make([]byte, 0, 64+len(e.more)+10*len(e.kids)), "<</S/"...), e.kind...)
	out = reference(append(out, "/P "...), parent)
	on := -1
	for _, kid := range e.kids {
		if kid.element == nil && kid.annotation == 0 {
			on = kid.page
			break
		}
	}
	if on >= 0 {
		out = reference(append(out, "/Pg "...), k.pageObjects[on])
	}
	out = append(append(out, e.more...), "/K["...)
	for _, kid := range e.kids {
		out = append(k.kid(out, kid, on), ' ')
	}
	k.put(e.object, append(out, "]>>"...))
}

// kid appends what an element on a page holds.
func (k *book) kid(out []byte, kid kid, on int) []byte {
	switch {
	case kid.element != nil:
		return reference(out, kid.element.object)
	case kid.annotation != 0:
		return fmt.Appendf(out, "<</Type/OBJR/Obj %s/Pg %s>>", ref(kid.annotation), ref(k.pageObjects[kid.page]))
	case kid.page == on:
		return strconv.AppendInt(out, int64(kid.mcid), 10)
	}
	return fmt.Appendf(out, "<</Type/MCR/Pg %s/MCID %d>>", ref(k.pageObjects[kid.page]), kid.mcid)
}

// attachments embeds files and gives the catalog's entries for them.
func (k *book) attachments() string {
	if len(k.document.Attachments) == 0 {
		return ""
	}
	names, all := "", ""
	for _, a := range k.document.Attachments {
		file := k.alloc()
		k.stream(file, fmt.Sprintf("/Type/EmbeddedFile/Subtype/%s/Params<</Size %d/ModDate%s>>", strings.ReplaceAll(a.Type, "/", "#2F"), len(a.Data), date(a.Date)), a.Data)
		spec := ref(k.add(fmt.Sprintf("<</Type/Filespec/F%s/UF%s/Desc%s/AFRelationship/%s/EF<</F %s/UF %s>>>>", text(a.Name), text(a.Name), text(a.About), a.Relation, ref(file), ref(file))))
		names += text(a.Name) + " " + spec + " "
		all += spec + " "
	}
	return "/AF[" + all + "]/Names<</EmbeddedFiles<</Names[" + names + "]>>>>"
}
