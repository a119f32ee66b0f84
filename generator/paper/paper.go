// Package paper prints records as PDFs: the same words as their pages, from the
// same Markdown, under the authority's name and
// in its colour. What makes a PDF accessible is internal/tagpdf's.
//
// A paper depends on its view, the settings and the fonts alone, so that the
// same record is the same file, byte for byte, whoever prints it
// (TestTheSameRecordIsTheSameFile). A character that no font has is an error
// that names it.
package paper

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-fonts/liberation/liberationmonoregular"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansbolditalic"
	"github.com/go-fonts/liberation/liberationsansitalic"
	"github.com/go-fonts/liberation/liberationsansregular"

	"despatch/generator/page"
	"despatch/generator/render"
	"despatch/generator/source"
	"despatch/internal/pdfsign"
	"despatch/internal/tagpdf"
	"despatch/layouts"
	"despatch/records/authority"
)

// version changes when the same view gives another file for a reason that is in
// no font and no setting.
const version = "5"

// producer names the program in the metadata. It has no version: another would
// change every file.
const producer = "Despatch"

// A Press prints the papers of one site. It may be used by several goroutines.
type Press struct {
	settings *authority.Settings
	colour   tagpdf.Colour
	fonts    *tagpdf.Fonts
	prose    *render.Prose
	logo     *tagpdf.Image   // nil: none
	signer   *pdfsign.Signer // nil: papers are not signed
	digest   [32]byte
}

// New reads the fonts.
func New(s *authority.Settings, a *layouts.Assets) (*Press, error) {
	fonts, err := Fonts(a)
	if err != nil {
		return nil, err
	}
	p := &Press{settings: s, fonts: fonts, prose: render.NewProse(), colour: colour(s.Theme.Brand)}
	h := sha256.New()
	fmt.Fprintf(h, "despatch-paper %s\n", version)
	for _, name := range slices.Sorted(maps.Keys(a.Paper)) {
		fmt.Fprintf(h, "%s %x\n", name, sha256.Sum256(a.Paper[name]))
	}
	about, err := json.Marshal(struct{ Name, Portal, Brand string }{s.Authority.Name, s.Portal.Address, s.Theme.Brand})
	if err != nil {
		return nil, fmt.Errorf("digest the settings: %w", err)
	}
	h.Write(about)
	h.Sum(p.digest[:0])
	return p, nil
}

// With gives a press whose letterhead has a picture; nil: none. It stands for the
// settings' text.
func (p *Press) With(logo *source.Logo) *Press {
	if logo == nil {
		return p
	}
	headed := *p
	headed.logo = &tagpdf.Image{Picture: logo.Picture, Alt: p.settings.Theme.LogoText, Width: 140}
	headed.digest = sha256.Sum256(append(p.Digest(), fmt.Sprintf("logo %x %s", logo.Sum, p.settings.Theme.LogoText)...))
	return &headed
}

// SignedBy gives a press whose every paper is signed, and says by whom. With nil
// it is the press as it is.
func (p *Press) SignedBy(signer *pdfsign.Signer) *Press {
	if signer == nil {
		return p
	}
	signed := *p
	signed.signer = signer
	about := "signed by " + signer.Fingerprint()
	if signer.Stamped() {
		about += " with a time stamp"
	}
	signed.digest = sha256.Sum256(append(p.Digest(), about...))
	return &signed
}

// Fonts gives the portal's own fonts, and Liberation where they lack a
// character: Greek and Cyrillic, some signs, and code. Without assets there is
// Liberation alone.
func Fonts(a *layouts.Assets) (*tagpdf.Fonts, error) {
	first := func(style string, last []byte) [][]byte {
		var list [][]byte
		for n := 1; a != nil && a.Paper[style+"."+strconv.Itoa(n)+".woff"] != nil; n++ {
			list = append(list, a.Paper[style+"."+strconv.Itoa(n)+".woff"])
		}
		return append(list, last)
	}
	return tagpdf.ParseFonts(tagpdf.FontFiles{
		Regular:    first("regular", liberationsansregular.TTF),
		Bold:       first("bold", liberationsansbold.TTF),
		Italic:     first("italic", liberationsansitalic.TTF),
		BoldItalic: first("bold-italic", liberationsansbolditalic.TTF),
		Code:       [][]byte{liberationmonoregular.TTF},
	})
}

// Digest changes when the same view gives another file.
func (p *Press) Digest() []byte { return slices.Clone(p.digest[:]) }

// Missing gives the first character of a text that no font has.
func (p *Press) Missing(text string) (rune, bool) { return p.fonts.Missing(text) }

// Print gives a paper as a PDF. With attachments it is PDF/A-3a.
func (p *Press) Print(paper *page.Paper, attached ...tagpdf.Attachment) ([]byte, error) {
	s := setter{press: p}
	switch v := paper.View.(type) {
	case *page.VisitView:
		s.visit(v)
	case *page.SheetView:
		s.sheet(v)
	case *page.DocumentView:
		s.document(v)
	case *page.ProofView:
		s.proof(v)
	default:
		return nil, fmt.Errorf("print %s: a %T has no paper", paper.Title, v)
	}
	if s.err != nil {
		return nil, fmt.Errorf("print %s: %w", paper.Title, s.err)
	}
	kind, _, _ := strings.Cut(paper.Title, ": ")
	running := kind
	if paper.School != "" {
		running = paper.School + " · " + kind
	}
	d := tagpdf.Document{
		Title: paper.Title, Author: p.settings.Authority.Name, Language: "en-GB", Date: paper.Date.Start(), Producer: producer,
		Letterhead: tagpdf.Letterhead{Colour: p.colour, Name: p.settings.Authority.Name, Lines: letterhead(paper, p.settings.Authority.Name), Logo: p.logo},
		Running:    running, Footer: p.settings.Authority.Name + " · " + paper.From, Body: s.body,
		Attachments: attached,
	}
	if paper.From == p.settings.Authority.Name {
		d.Footer = paper.From
	}
	if v, ok := paper.View.(*page.VisitView); ok && v.Subject.SHA256 != "" {
		d.Mark = "Fingerprint of this record (SHA-256): " + v.Subject.SHA256
	}
	if p.signer == nil {
		return d.Write(p.fonts)
	}
	return p.sign(&d)
}

// sign says in the text who signs, and signs. A date before the certificate's
// would be no signature at all.
func (p *Press) sign(d *tagpdf.Document) ([]byte, error) {
	who := p.signer.Name()
	if role := p.signer.Role(); role != "" {
		who += ", " + role
	}
	d.Body = append(d.Body, tagpdf.Rule{}, tagpdf.Paragraph{Style: tagpdf.Small, Text: []tagpdf.Span{
		{Text: "Signed for " + p.settings.Authority.Name + " by " + who + ".", Bold: true},
		{Text: " The signature is in this file. Fingerprint of its certificate (SHA-256): " + p.signer.Fingerprint()},
	}})
	if d.Mark == "" { // a record's own fingerprint counts for more
		d.Mark = "Fingerprint of the certificate (SHA-256): " + p.signer.Fingerprint()
	}
	on := d.Date
	if from := p.signer.From(); on.Before(from) {
		on = from
	}
	d.Sign = &tagpdf.Seat{Name: p.signer.Name(), Reason: "Published by " + d.Author, Place: d.Author, Date: on, Room: p.signer.Room()}
	data, err := d.Write(p.fonts)
	if err != nil {
		return nil, err
	}
	if err := tagpdf.Fill(data, p.signer.Sign); err != nil {
		return nil, fmt.Errorf("sign the PDF %q: %w", d.Title, err)
	}
	return data, nil
}

// letterhead is who publishes a paper and how to ask them.
func letterhead(p *page.Paper, authority string) []string {
	var parts []string
	for _, text := range []string{p.From, p.Ask.Phone, p.Ask.Email} {
		if text != "" && text != authority {
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return []string{strings.Join(parts, " · ")}
}

// colour reads the brand's colour, #1d3c6e, which the settings have checked.
func colour(brand string) tagpdf.Colour {
	n, err := strconv.ParseUint(strings.TrimPrefix(brand, "#"), 16, 32)
	if err != nil {
		return tagpdf.Colour{}
	}
	return tagpdf.Colour{float64(n>>16&0xff) / 255, float64(n>>8&0xff) / 255, float64(n&0xff) / 255}
}
