package render_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"despatch/content"
	"despatch/generator/page"
	"despatch/generator/render"
	"despatch/generator/source"
	"despatch/layouts"
	"despatch/records/access"
	"despatch/records/calendar"
	"despatch/records/school"
)

// A world is the fictional authority, read from a real folder.
type world struct {
	site   *source.Site
	common *source.Common
	visits map[string][]source.Visit
	now    time.Time
	render *render.Renderer
	assets *layouts.Assets // left out: those of fakeAssets
}

func fakeAssets() *layouts.Assets {
	a := &layouts.Assets{
		Files: map[string][]byte{"sw.js": []byte("sw")}, Path: map[string]string{"sw.js": "sw.js"},
		Checks: &layouts.Checks{
			Format: 1, Date: "2026-11-22", Version: "despatch 0123456789ab", Engine: "axe-core 4.14.1", Browser: "Chromium 150.0", Conditions: []string{"320 pixels wide", "1280 pixels wide"},
			Pages: []layouts.Checked{{Page: "Home", Looks: 12}, {Page: "Sign in", Looks: 2}},
		},
		Kept: []layouts.Kept{{Place: "Cache", Name: "papers", What: "Encrypted copies", Why: "Speed", Until: "You delete it"}, {Place: "IndexedDB", Name: "last:", What: "A time", Why: "News", Until: "You delete it"}},
	}
	for _, name := range []string{"app.css", "finder.js", "font-400.woff2", "font-700.woff2", "icon.svg", "js-enabled.js", "page.js", "schools.js", "search.js", "shell.js"} {
		path := "assets/0123456789abcdef-" + name
		a.Path[name], a.Files[path] = path, []byte(name)
	}
	return a
}

// openWorld writes the fictional authority into a folder and reads it; edit may
// change the settings.
func openWorld(t testing.TB) *world {
	t.Helper()
	dir := t.TempDir()
	err := content.Walk(func(path string, data []byte) error {
		full := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return err
		}
		return os.WriteFile(full, data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := source.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	listing, problems, err := f.Scan()
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	w := &world{visits: map[string][]source.Visit{}, now: calendar.Date{Year: 2026, Month: 11, Day: 22}.Start().Add(9 * time.Hour)}
	w.site, problems = f.Site(listing)
	fatal(t, problems)
	w.common, problems = f.Common(listing, w.site)
	fatal(t, problems)
	files, events := bySchool(t, f, listing)
	for urn := range w.site.Schools {
		w.visits[urn], problems = f.Visits(w.site, files[urn], events[urn])
		fatal(t, problems)
	}
	w.render, err = render.New(w.site, fakeAssets())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// bySchool sorts the entries of visits and of their events by school.
func bySchool(t testing.TB, f *source.Folder, l *source.Listing) (files, events map[string][]source.Entry) {
	t.Helper()
	files, events = map[string][]source.Entry{}, map[string][]source.Entry{}
	schools := map[string]string{} // by the visit's folder
	for _, e := range l.Entries {
		if path.Base(e.Path) == "visit.yaml" {
			urn, err := f.SchoolOf(e)
			if err != nil {
				t.Fatal(err)
			}
			schools[path.Dir(e.Path)] = urn
		}
	}
	for _, e := range l.Entries {
		if e.IsEvent() {
			record, err := f.RecordOf(e)
			if err != nil {
				t.Fatal(err)
			}
			if urn, ok := schools["content/visits/"+record[:4]+"/"+record]; ok {
				events[urn] = append(events[urn], e)
			}
			continue
		}
		dir := path.Dir(e.Path)
		if urn, ok := schools[strings.TrimSuffix(dir, "/attachments")]; ok {
			files[urn] = append(files[urn], e)
		}
	}
	return files, events
}

func fatal(t testing.TB, problems []source.Problem) {
	t.Helper()
	for _, p := range problems {
		if !p.Warning {
			t.Fatal(p)
		}
	}
}

func names() page.Names {
	name := func(kind, s string) string {
		sum := sha256.Sum256([]byte(kind + s))
		return hex.EncodeToString(sum[:8])
	}
	return page.Names{
		Root: func(c access.Compartment) string { return name("root", c.ID()) },
		Name: func(key string) string { return name("page", key) },
		Item: func(record string) string { return name("item", record) },
	}
}

// A sheaf is one rendered page.
type sheaf struct {
	compartment access.Compartment
	school      *school.School
	page        page.Page
	html        []byte
}

// all renders every page of every compartment.
func (w *world) all(t testing.TB, drafts bool) []sheaf {
	t.Helper()
	o := page.Options{Now: w.now, Names: names(), Drafts: drafts}
	compartments := page.Authority(o, w.site, w.common)
	for _, urn := range w.site.SchoolKeys() {
		compartments = append(compartments, page.School(o, w.site, w.common, w.site.Schools[urn], w.visits[urn])...)
	}
	var sheaves []sheaf
	for _, c := range compartments {
		for _, p := range c.Pages {
			var out bytes.Buffer
			if err := w.render.Page(&out, &p, c.School); err != nil {
				t.Fatal(err)
			}
			sheaves = append(sheaves, sheaf{c.ID, c.School, p, out.Bytes()})
		}
	}
	return sheaves
}
