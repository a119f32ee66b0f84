package page

import (
	"cmp"
	"strings"

	"despatch/records/calendar"
)

// A Paper is a record as a PDF: the file that its page offers for download. Its
// view says what the page says, but for what does not belong into a signed
// document.
type Paper struct {
	Page   string        // the key of the page that offers it
	Kind   string        // what people call it: report, sheet, letter, document
	Title  string        // of the window: kind, date and school
	Date   calendar.Date // of the record as it stands
	From   string        // who publishes it
	Ask    Contact       // whom to ask
	School string        // whom it is for; empty: those of a role
	View   any

	shown *Attachment
}

// Made says how large a paper became: its pages name the size.
func (f *File) Made(size int64) {
	f.Size = size
	f.Paper.shown.Size = fileSize(size)
}

// print adds a record's paper to the room and gives it as pages list it. What is
// saved is named by kind and date, never by what the record says.
func (r *room) print(record, name string, year int, p Paper) *Attachment {
	key := "paper/" + record
	file := slug(name) + ".pdf"
	p.shown = &Attachment{Title: p.Kind, File: file, Href: r.Names.Name(key) + ".pdf", Type: "PDF"}
	if r.school != nil {
		p.School = r.school.Name
	}
	r.Files = append(r.Files, File{Key: key, Name: p.shown.Href, Title: file, Type: "application/pdf", Year: year, Paper: &p})
	return p.shown
}

// slug is a text as the name of a file.
func slug(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if s := b.String(); s != "" && !strings.HasSuffix(s, "-") {
			b.WriteByte('-')
		}
	}
	return cmp.Or(strings.Trim(b.String(), "-"), "document")
}

// first is whom to ask of several, or nobody.
func first(list []Contact) Contact {
	if len(list) == 0 {
		return Contact{}
	}
	return list[0]
}
