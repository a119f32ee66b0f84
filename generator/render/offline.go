package render

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"

	"despatch/generator/page"
)

// A Copy says what every page of a copy for keeping shows around its own content.
type Copy struct {
	School string
	Made   string // a sentence: when and of what
	// Lists lead to the pages of the copy's menu, as pages of its folder do.
	Lists []page.List
}

// The folders of a copy: its cover stands beside them.
const (
	CopyPages = "pages"
	// CopyCover is the cover's name.
	CopyCover = "index.html"
)

// An Offline renders a copy for keeping: pages that open from a folder by a
// double click, with no script and no network (TestOfflinePagesLoadNothingElse).
// Its pages stand in CopyPages, its cover above them.
type Offline struct {
	r    *Renderer
	copy Copy
}

// Offline prepares the rendering of a copy.
func (r *Renderer) Offline(c Copy) *Offline { return &Offline{r, c} }

// Page appends a page of the copy.
func (o *Offline) Page(w *bytes.Buffer, p *page.Page) error {
	name, area, err := templateOf(p.View)
	if err == nil {
		err = o.write(w, "../", area, name, p.Title, p.View)
	}
	if err != nil {
		return fmt.Errorf("render %s: %w", p.Key, err)
	}
	return nil
}

// Cover appends the first page.
func (o *Offline) Cover(w *bytes.Buffer, title string, v *page.CoverView) error {
	return o.write(w, "", "cover", "cover", title, v)
}

// Files are what the pages load: styles, fonts and the icon, by path from the
// cover.
func (o *Offline) Files() map[string][]byte {
	files := map[string][]byte{o.r.brand: o.r.style}
	for logical, path := range o.r.assets.Path {
		if strings.HasSuffix(logical, ".css") || strings.HasSuffix(logical, ".woff2") || logical == "icon.svg" {
			files[path] = o.r.assets.Files[path]
		}
	}
	return files
}

// An offlineView is what the frame of a copy shows.
type offlineView struct {
	School, Authority, Made   string
	Cover, Style, Brand, Icon string
	Menu                      []menuItem
	TitleMark                 string
	MainMark                  template.HTML
}

// write puts a view into the frame. up leads from the page to the cover's folder.
func (o *Offline) write(w *bytes.Buffer, up, area, name, title string, view any) error {
	main := o.r.buffers.Get().(*bytes.Buffer)
	defer o.r.buffers.Put(main)
	main.Reset()
	if err := o.r.views.ExecuteTemplate(main, name, view); err != nil {
		return err
	}
	f := offlineView{
		School: o.copy.School, Authority: o.r.settings.Authority.Name, Made: o.copy.Made,
		Cover: up + CopyCover, Style: up + o.r.assets.Path["app.css"], Brand: up + o.r.brand, Icon: up + o.r.assets.Path["icon.svg"],
		TitleMark: title, MainMark: template.HTML(main.String()), //nolint:gosec // written by our templates above
		Menu: []menuItem{{"cover", "Start", up + CopyCover, area == "cover"}},
	}
	for _, l := range o.copy.Lists {
		href := l.Page
		if up == "" {
			href = CopyPages + "/" + href
		}
		f.Menu = append(f.Menu, menuItem{l.Area, menuText(l), href, area == l.Area && area != "visits"})
	}
	return o.r.views.ExecuteTemplate(w, "offline", &f)
}

// menuText is a list's title in the menu; a trust's visits have a list of their
// own.
func menuText(l page.List) string {
	if l.Tab == "trust" {
		return l.Title + " (Trust)"
	}
	return l.Title
}
