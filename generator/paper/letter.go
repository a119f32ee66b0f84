package paper

import (
	"despatch/generator/page"
	"despatch/internal/tagpdf"
)

// letter sets a document as letters are: address, date, reference, salutation, what
// it is about, the text, who signs. Whom to ask stands in the letterhead.
func (s *setter) letter(v *page.DocumentView) {
	l := v.Letter
	if v.Draft {
		s.add(tagpdf.Paragraph{Text: tagpdf.Plain("Draft: schools cannot see this."), Style: tagpdf.Notice})
	}
	s.add(tagpdf.Address{Lines: l.To})
	dated := []tagpdf.Span{{Text: l.Date.Text, Break: l.Reference != ""}}
	if l.Reference != "" {
		dated = append(dated, tagpdf.Span{Text: "Our reference: " + l.Reference})
	}
	s.add(tagpdf.Paragraph{Text: dated}, tagpdf.Paragraph{Text: tagpdf.Plain(l.Salutation + ",")})
	begin := len(s.body)
	s.heading(1, v.Heading)
	s.markdown(v.Text, 2, "the text")
	for i, block := range s.body[begin:] {
		if h, ok := block.(tagpdf.Heading); ok {
			h.Quiet = true
			s.body[begin+i] = h
		}
	}
	by := []tagpdf.Span{{Text: l.Signed, Bold: true, Break: true}}
	for _, line := range []string{l.Role, l.For} {
		if line != "" {
			by = append(by, tagpdf.Span{Text: line, Break: true})
		}
	}
	s.add(tagpdf.Closing{Words: tagpdf.Plain(l.Close + ","), By: by})
	s.enclosed(v.Attachments)
}

// enclosed names the files that came with a letter.
func (s *setter) enclosed(list []page.Attachment) {
	if len(list) == 0 {
		return
	}
	s.add(tagpdf.Paragraph{Text: []tagpdf.Span{{Text: "With this letter, in the portal:", Bold: true}}})
	s.add(files(list))
}
