package enrol

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"

	"despatch/generator/source"
	"despatch/internal/keyring"
	"despatch/records/access"
	"despatch/records/authority"
	"despatch/records/calendar"
)

//go:embed letter.html officer.html
var letterFiles embed.FS

// A letterView is what the key letter shows.
type letterView struct {
	Site     *authority.Settings
	Date     string
	Name     string
	Places   []string // "Headteacher, Fernside Primary School"
	Code     string   // as printed
	Words    []string
	Address  string // of the portal
	Link     string // fills in the code, and only that
	QR       square
	Contact  authority.Contact
	Helpline authority.Helpline
}

// A square is a QR code as the path of an SVG image with a quiet zone.
type square struct {
	Size int
	Path string
}

// Letter is the page to print for a person who was given keys: one HTML file that
// needs nothing else. It holds the passphrase in plain text.
func Letter(site *source.Site, a *access.Account, p keyring.Passphrase, now time.Time) ([]byte, error) {
	s := site.Settings
	v := letterView{
		Site: s, Date: calendar.On(now).Short(), Name: a.Name, Code: access.FormatCode(a.Code), Words: p.Words(),
		Address: strings.TrimSuffix(s.Portal.Address, "/"), Helpline: s.Helpline,
	}
	v.Link = v.Address + "/#a=" + a.Code
	if len(s.Contacts) > 0 {
		v.Contact = s.Contacts[0]
	}
	for _, place := range a.Schools {
		v.Places = append(v.Places, placeName(site, place))
	}
	var err error
	if v.QR, err = qrCode(v.Link); err != nil {
		return nil, err
	}
	return renderLetter("letter.html", v)
}

// OfficerLetter is the page to print for an officer of the authority.
func OfficerLetter(name string, p keyring.Passphrase, now time.Time) ([]byte, error) {
	return renderLetter("officer.html", letterView{Name: name, Words: p.Words(), Date: calendar.On(now).Short()})
}

func renderLetter(name string, v letterView) ([]byte, error) {
	t, err := template.ParseFS(letterFiles, name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func placeName(site *source.Site, p access.Place) string {
	var names []string
	for _, id := range p.Roles {
		if r, ok := site.Vocabulary.Role(id); ok {
			names = append(names, r.Name)
		}
	}
	name := p.School
	if sc, ok := site.Schools[p.School]; ok {
		name = sc.Name
	}
	return strings.Join(append(names, name), ", ")
}

// qrCode draws runs of dark modules; the quiet zone is the four modules that the
// standard asks for.
func qrCode(text string) (square, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return square{}, fmt.Errorf("draw QR code: %w", err)
	}
	const quiet = 4
	n := code.Bounds().Dx()
	dark := func(x, y int) bool { r, _, _, _ := code.At(x, y).RGBA(); return r == 0 }
	var path strings.Builder
	for y := range n {
		for x := 0; x < n; x++ {
			start := x
			for x < n && dark(x, y) {
				x++
			}
			if x > start {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", start+quiet, y+quiet, x-start, x-start)
			}
		}
	}
	return square{n + 2*quiet, path.String()}, nil
}
