package archive

import (
	"bytes"
	_ "embed"
	"strconv"
	"strings"

	"despatch/generator/page"
	"despatch/generator/render"
	"despatch/internal/bag"
	"despatch/layouts"
	"despatch/records/calendar"
)

// The tag files for people.
const (
	readmeFile  = "README.txt"
	checkerFile = "check.html"
)

//go:embed readme.txt
var readme string

// cover is the first page.
func (m *making) cover(lists []page.List) *page.CoverView {
	s := m.site.Settings
	v := &page.CoverView{
		Head: page.Head{Area: "cover", Caption: "Archive", Heading: m.school.Name},
		Rows: []page.Row{
			{Key: "School", Values: text(m.school.Name)},
			{Key: "URN", Values: text(m.school.URN)},
			{Key: "Published by", Values: text(s.Authority.Name)},
			{Key: "Period", Values: text(m.Period.String())},
			{Key: "Archived", Values: []page.Value{{Text: calendar.At(m.Now).Long(), Date: calendar.On(m.Now).String()}}},
			{Key: "State of the site", Values: text("serial " + strconv.Itoa(m.tree.Head.Serial) + " of " + calendar.At(m.tree.Head.Date).Long())},
		},
		Records: page.Link{Text: dataDir + recordsDir},
		Keep: []string{
			"This is everything that the people of the school may read between them: also what is for one role alone. It is for the school’s Headteacher and Chair of Governors and for the authority, and for whoever keeps records for them. Nobody needs a key to read it: keep it as you keep other confidential papers.",
			"It holds no officers’ notes, nothing that a draft says, nothing of another school, and nothing on single children’s care.",
		},
		Check: []page.Link{
			{Text: "check.html, beside this folder, checks every file in any present browser, without a network"},
			{Text: "README.txt says how to check it on Windows, macOS and Linux with what is there"},
			{Text: "The keys, and the states of the site that were signed", Href: render.CopyPages + "/" + keysPage},
		},
	}
	counts := make(map[string]int)
	for i := range m.whole.Pages {
		if list, ok := m.whole.Pages[i].View.(*page.ListView); ok {
			counts[m.whole.Pages[i].Name] = len(list.Entries)
		}
	}
	for _, l := range lists {
		c := page.Counted{Link: page.Link{Text: l.Title, Href: render.CopyPages + "/" + l.Page}}
		if l.Tab == "trust" {
			c.Text += " (Trust)"
		}
		if n, ok := counts[l.Page]; ok {
			c.Count = strconv.Itoa(n)
		}
		v.Contents = append(v.Contents, c)
	}
	return v
}

func text(s string) []page.Value { return []page.Value{{Text: s}} }

// tags are the files for people beside the payload.
func (m *making) tags(folder string) ([]bag.File, error) {
	assets, err := layouts.Load()
	if err != nil {
		return nil, err
	}
	said := strings.NewReplacer(
		"{SCHOOL}", m.school.Name, "{URN}", m.school.URN, "{AUTHORITY}", m.site.Settings.Authority.Name, "{FOLDER}", folder,
		"{PERIOD}", m.Period.String(), "{DATE}", calendar.On(m.Now).Long(), "{ROOT}", Fingerprint(m.keys.Root),
		"{SERIAL}", strconv.Itoa(m.tree.Head.Serial),
	).Replace(readme)
	return []bag.File{
		{Path: readmeFile, Data: []byte(said)},
		{Path: checkerFile, Data: bytes.Clone(assets.Checker)},
	}, nil
}
