package archive

import (
	"strconv"
	"strings"

	"despatch/internal/bag"
	"despatch/internal/sshsig"
	"despatch/records/calendar"
)

// folderName is the folder in the zip: it says whose archive it is and of when.
func (m *making) folderName() string {
	slug := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == '\'' || r == '’' || r == '.':
			return -1
		}
		return '-'
	}, m.school.Name)
	slug = strings.Join(strings.FieldsFunc(slug, func(r rune) bool { return r == '-' }), "-")
	return m.School + "-" + strings.Trim(slug[:min(len(slug), 40)], "-") + "-" + calendar.On(m.Now).String()
}

func (m *making) info() []bag.Field {
	s := m.site.Settings
	fields := []bag.Field{
		{Label: "Despatch-Archive-Format", Value: strconv.Itoa(format)},
		{Label: "Source-Organization", Value: s.Authority.Name},
		{Label: "External-Identifier", Value: "urn:despatch:" + s.Authority.Code + ":school:" + m.School},
		{Label: "External-Description", Value: "What " + s.Authority.Name + " published for " + m.school.Name + ", " + m.Period.String()},
		{Label: "Bagging-Date", Value: calendar.On(m.Now).String()},
		{Label: "Despatch-Made", Value: m.Now.UTC().Format(sshsig.TimeLayout)},
		{Label: "Despatch-School", Value: m.School},
		{Label: "Despatch-Serial", Value: strconv.Itoa(m.tree.Head.Serial)},
	}
	if !m.Period.From.IsZero() {
		fields = append(fields, bag.Field{Label: "Despatch-From", Value: m.Period.From.String()})
	}
	if !m.Period.To.IsZero() {
		fields = append(fields, bag.Field{Label: "Despatch-To", Value: m.Period.To.String()})
	}
	for _, r := range s.Privacy.Classes() {
		if m.Class.Class == "" || m.Class.Class == r.Class {
			fields = append(fields, bag.Field{Label: "Despatch-Retention", Value: r.Class + ": " + r.What + ", kept " + r.Kept})
		}
	}
	return fields
}
