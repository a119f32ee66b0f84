package misheetimport

import (
	"crypto/sha256"

	"despatch/internal/recordid"
	"despatch/internal/strictyaml"
	"despatch/records/authority"
	"despatch/records/calendar"
	"despatch/records/misheet"
)

// front is the front matter of a sheet file: the keys and their order.
type front struct {
	Format    int             `yaml:"format"`
	Title     string          `yaml:"title"`
	Type      misheet.Type    `yaml:"type"`
	Number    string          `yaml:"number"`
	Published calendar.Moment `yaml:"published"`
	Due       misheet.Due     `yaml:"due"`
	Contacts  []contact       `yaml:"contacts"`
	Audience  []string        `yaml:"audience,flow"`
	Links     []misheet.Link  `yaml:"links"`
	Summary   string          `yaml:"summary"`
	Action    string          `yaml:"action"`
	Effective string          `yaml:"effective"`
	Reference string          `yaml:"reference"`
	Documents []string        `yaml:"documents"`
	CC        []string        `yaml:"cc,flow"`
	Return    string          `yaml:"return"`
	Replaces  string          `yaml:"replaces"`
	Public    bool            `yaml:"public"`
	Group     string          `yaml:"group"`
	Schools   []string        `yaml:"schools,flow"`
}

type contact struct {
	Name  string `yaml:"name"`
	Phone string `yaml:"phone"`
	Email string `yaml:"email"`
	For   string `yaml:"for"`
}

// Encode writes a sheet as its file: front matter, then the body. The same
// sheet gives the same bytes.
func Encode(s *misheet.Sheet) ([]byte, error) {
	f := front{
		Format: s.Format, Title: s.Title, Type: s.Type, Number: s.Number, Published: s.Published, Due: s.Due,
		Audience: s.Audience, Links: s.Links, Summary: s.Summary, Action: s.Action, Effective: s.Effective,
		Reference: s.Reference, Documents: s.Documents, CC: s.CC, Return: s.Return, Replaces: s.Replaces,
		Public: s.Public, Group: s.Group, Schools: s.Schools,
	}
	for _, c := range s.Contacts {
		f.Contacts = append(f.Contacts, contactOf(c))
	}
	yaml, err := strictyaml.Encode(f)
	if err != nil {
		return nil, err
	}
	text := "---\n" + string(yaml) + "---\n"
	if s.Body != "" {
		text += "\n" + s.Body
	}
	return []byte(text), nil
}

func contactOf(c authority.Contact) contact {
	return contact{Name: c.Name, Phone: c.Phone, Email: c.Email, For: c.For}
}

// identify gives a sheet its id. The four characters that are random elsewhere
// come from the text's hash here, so that the same text is the same file,
// however its lines end.
func identify(s *misheet.Sheet, text []line) {
	hash := sha256.New()
	for _, l := range text {
		hash.Write([]byte(squeeze(l.text) + "\n"))
	}
	s.ID = recordid.New(s.Published.Date, hash.Sum(nil), s.Title)
}
