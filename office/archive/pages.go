package archive

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"despatch/generator/page"
	"despatch/generator/render"
	"despatch/internal/bag"
	"despatch/internal/naming"
	"despatch/layouts"
	"despatch/records/access"
	"despatch/records/calendar"
)

// names gives pages names that a person can read.
func (m *making) names() page.Names {
	ids := make(map[string]string)
	for i := range m.visits {
		ids["visit/"+m.visits[i].ID] = "visit/" + visitID(&m.visits[i])
	}
	plain := func(key string) string {
		if id, ok := ids[key]; ok {
			key = id
		}
		if record, ok := strings.CutPrefix(key, "paper/"); ok {
			return "../" + papersDir + "/" + record
		}
		return strings.ReplaceAll(key, "/", "-")
	}
	return page.Names{
		Root: func(access.Compartment) string { return render.CopyPages },
		Name: plain,
		Item: m.keys.Naming.Item, Account: naming.OpaqueAccount,
		// What an address would read as something else is written as it must be.
		File: func(record, base string) string {
			return "../" + attachmentPath(record, strings.NewReplacer("%", "%25", "#", "%23").Replace(base))
		},
	}
}

// pages renders the pages of the copy.
func (m *making) pages(ctx context.Context, heads []page.HeadLine) ([]bag.File, error) {
	assets, err := layouts.Load()
	if err != nil {
		return nil, err
	}
	r, err := render.New(m.site, assets)
	if err != nil {
		return nil, err
	}
	lists := append(slices.Clone(m.whole.Lists), page.List{Area: "keys", Title: "Keys", Page: keysPage})
	made := "Archived on " + calendar.On(m.Now).Long() + " by " + m.site.Settings.Authority.Name + ": what it published for " + m.school.Name + ", " + m.Period.String() + "."
	offline := r.Offline(render.Copy{School: m.school.Name, Made: made, Lists: lists})
	all := append(slices.Clone(m.whole.Pages), page.Page{Key: "keys", Name: keysPage, Title: "Keys", View: m.keysView(heads)})
	files := make([]bag.File, 0, len(all)+8)
	for i := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var out bytes.Buffer
		if err := offline.Page(&out, &all[i]); err != nil {
			return nil, err
		}
		files = append(files, bag.File{Path: dataDir + render.CopyPages + "/" + all[i].Name, Data: out.Bytes()})
		if m.Progress != nil {
			m.Progress(i+1, len(all), "pages made")
		}
	}
	var cover bytes.Buffer
	if err := offline.Cover(&cover, "Archive", m.cover(lists)); err != nil {
		return nil, err
	}
	files = append(files, bag.File{Path: dataDir + render.CopyCover, Data: cover.Bytes()})
	for path, data := range offline.Files() {
		files = append(files, bag.File{Path: dataDir + path, Data: data})
	}
	return files, nil
}

const keysPage = "keys.html"
