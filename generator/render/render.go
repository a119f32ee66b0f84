// Package render turns pages into HTML: one template a component, one view a
// page, and a frame around them that is rendered once and cut at its tokens.
//
// Nothing a page carries is trusted to be markup: html/template escapes every
// text by its context, Markdown is written by a walker that knows no raw HTML,
// addresses pass an allow-list, and what the walker wrote is scanned once more
// (TestMarkdownRefusals, FuzzMarkdown). No page has a script or style of its
// own, so that the content security policy can forbid both
// (TestNoPageHasScriptOrStyleOfItsOwn).
package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"slices"
	"sync"

	"despatch/generator/page"
	"despatch/generator/source"
	"despatch/layouts"
	"despatch/records/authority"
	"despatch/records/school"
)

// version changes when the same views give other bytes for a reason that is
// neither in a template nor in the settings.
const version = "2"

// A Renderer renders the pages of one site. It may be used by several
// goroutines.
type Renderer struct {
	settings *authority.Settings
	assets   *layouts.Assets
	brand    string // tree path of the brand's styles
	style    []byte
	views    *template.Template
	frames   map[frameKey]cut
	markdown *markdown
	buffers  sync.Pool
	digest   []byte
}

// New prepares the templates and frames of a site. It refuses assets that lack
// what pages refer to.
func New(s *source.Site, a *layouts.Assets) (*Renderer, error) {
	for _, name := range []string{"app.css", "finder.js", "font-400.woff2", "font-700.woff2", "icon.svg", "js-enabled.js", "page.js", "schools.js", "search.js", "shell.js"} {
		if a.Path[name] == "" {
			return nil, fmt.Errorf("the assets lack %s: run make assets", name)
		}
	}
	if a.Checks == nil || len(a.Kept) == 0 {
		return nil, errors.New("the assets lack what the notices say of tests and of the device")
	}
	r := &Renderer{settings: s.Settings, assets: a, markdown: newMarkdown(), frames: map[frameKey]cut{}}
	r.buffers.New = func() any { return new(bytes.Buffer) }
	r.style = brandStyle(s.Settings.Theme)
	r.brand = "assets/brand." + hash(r.style) + ".css"
	var err error
	if r.views, err = template.New("").Funcs(r.functions()).ParseFS(layouts.Templates(), "*.html"); err != nil {
		return nil, fmt.Errorf("read the templates: %w", err)
	}
	if err := r.cutFrames(); err != nil {
		return nil, err
	}
	if r.digest, err = r.sum(); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Renderer) functions() template.FuncMap {
	return template.FuncMap{
		"rows":    r.rowsHTML,
		"contact": r.contactHTML,
		"entries": r.entriesHTML,
		"filters": r.filtersHTML,
		"state":   r.stateHTML,
		"tel": func(phone string) template.URL {
			return template.URL(authority.Tel(phone)) //nolint:gosec // digits only
		},
		"markdown": r.markdownHTML,
		// mark leaves a comment that the browser finds a part of a page by; the
		// template language drops those that are written as they are.
		"mark": func(name string) template.HTML { return template.HTML("<!--" + name + "-->") }, //nolint:gosec // a word of ours
	}
}

// markdownHTML is Markdown for a template: its first heading is at level, label
// names it for its tables.
func (r *Renderer) markdownHTML(src string, level int, label string) (template.HTML, error) {
	if src == "" {
		return "", nil
	}
	b := r.buffers.Get().(*bytes.Buffer)
	defer r.buffers.Put(b)
	b.Reset()
	if err := r.markdown.write(b, src, level, label); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil //nolint:gosec // written by walker, scanned
}

// Page appends a page of a compartment, which is served from s/<root>/: its
// links lead two folders up. sc is the compartment's school or nil.
func (r *Renderer) Page(w *bytes.Buffer, p *page.Page, sc *school.School) error {
	name, area, err := templateOf(p.View)
	if err != nil {
		return fmt.Errorf("render %s: %w", p.Key, err)
	}
	if err := r.write(w, frameKey{inside, area}, name, p.Title, p.View); err != nil {
		if sc != nil {
			return fmt.Errorf("render %s of school %s: %w", p.Key, sc.URN, err)
		}
		return fmt.Errorf("render %s: %w", p.Key, err)
	}
	return nil
}

// Public appends a page that everyone may read, which is served from pub/.
func (r *Renderer) Public(w *bytes.Buffer, p *page.PublicPage) error {
	name, _, err := templateOf(p.View)
	if err == nil {
		err = r.write(w, frameKey{public, ""}, name, p.Title, p.View)
	}
	if err != nil {
		return fmt.Errorf("render the public page %s: %w", p.Slug, err)
	}
	return nil
}

// templateOf gives the template of a view, and the area of the menu that the
// page belongs to.
func templateOf(view any) (name, area string, err error) {
	switch v := view.(type) {
	case *page.VisitView:
		return "visit", v.Area, nil
	case *page.SheetView:
		return "sheet", v.Area, nil
	case *page.ReturnView:
		return "return", v.Area, nil
	case *page.DocumentView:
		return "document", v.Area, nil
	case *page.NewsView:
		return "news", v.Area, nil
	case *page.ResultView:
		return "result", v.Area, nil
	case *page.ListView:
		return "list", v.Area, nil
	case *page.PersonView:
		return "person", v.Area, nil
	case *page.KeysView:
		return "keys", v.Area, nil
	case *page.SendView:
		return "send", v.Area, nil
	case *page.PeopleView:
		return "people", v.Area, nil
	}
	return "", "", fmt.Errorf("no template shows a %T", view)
}

// write puts a view's HTML between the pieces of its frame.
func (r *Renderer) write(w *bytes.Buffer, key frameKey, name, title string, view any) error {
	f, ok := r.frames[key]
	if !ok {
		f = r.frames[frameKey{key.place, ""}]
	}
	w.Write(f.head)
	template.HTMLEscape(w, []byte(title))
	w.Write(f.middle)
	if err := r.views.ExecuteTemplate(w, name, view); err != nil {
		return err
	}
	w.Write(f.tail)
	return nil
}

// Digest changes when the same views give other bytes: with the templates, the
// assets, the settings and this package's version.
func (r *Renderer) Digest() []byte { return slices.Clone(r.digest) }

func (r *Renderer) sum() ([]byte, error) {
	h := sha256.New()
	fmt.Fprintf(h, "despatch-render %s\n", version)
	err := fs.WalkDir(layouts.Templates(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(layouts.Templates(), path)
		fmt.Fprintf(h, "%s %x\n", path, sha256.Sum256(data))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the templates: %w", err)
	}
	settings, err := json.Marshal(struct {
		Settings *authority.Settings
		Assets   map[string]string
	}{r.settings, r.assets.Path})
	if err != nil {
		return nil, fmt.Errorf("digest the settings: %w", err)
	}
	h.Write(settings)
	return h.Sum(nil), nil
}

// hash is the mark that makes a file's name immutable (docs/formats.md section
// 14).
func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}
