// Package layouts embeds all that a browser receives: the templates of pages,
// and the styles, scripts and fonts that `make assets` builds into dist.
package layouts

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// ErrNotBuilt says that dist holds nothing but its placeholder.
var ErrNotBuilt = errors.New("assets are not built: run make assets")

//go:embed templates
var templates embed.FS

//go:embed all:dist
var dist embed.FS

// Assets are the files that pages refer to.
type Assets struct {
	Files map[string][]byte // by tree path: assets/app.3f2a….css, sw.js
	Path  map[string]string // tree path by logical name: app.css, page.js, icon.svg
	// Reader is the worker of despatch open, which takes the sign-in page from the
	// program and not from the published tree. It is never published.
	Reader []byte
	// Paper are the fonts of PDFs by name: regular.1.woff, bold.2.woff … They are
	// never published; a PDF carries what it uses of them.
	Paper map[string][]byte
	// Checker is the page that checks archives, whole. It is never published.
	Checker []byte

	Checks *Checks // what the accessibility statement is made of
	Kept   []Kept  // what the cookies page names
}

// Templates are the page templates, *.html.
func Templates() fs.FS {
	sub, err := fs.Sub(templates, "templates")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// Where the build puts what is not published: the worker of despatch open, the
// page that checks archives, and the fonts of PDFs.
const (
	readerPath  = "open/sw.js"
	checkerPath = "archive/check.html"
	paperDir    = "paper/"
)

// Load gives the built assets, or ErrNotBuilt.
func Load() (*Assets, error) {
	names, err := dist.ReadFile("dist/names.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotBuilt
	}
	if err != nil {
		return nil, err
	}
	a := &Assets{Files: map[string][]byte{}, Paper: map[string][]byte{}}
	if err := json.Unmarshal(names, &a.Path); err != nil {
		return nil, fmt.Errorf("read layouts/dist/names.json: %w", err)
	}
	if a.Checks, err = ParseChecks(accessibility); err != nil {
		return nil, err
	}
	if a.Kept, err = parseKept(device); err != nil {
		return nil, err
	}
	err = fs.WalkDir(dist, "dist", func(path string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(path, "dist/")
		if err != nil || d.IsDir() || name == "names.json" || name == ".placeholder" {
			return err
		}
		if name == readerPath {
			a.Reader, err = dist.ReadFile(path)
			return err
		}
		if font, ok := strings.CutPrefix(name, paperDir); ok {
			a.Paper[font], err = dist.ReadFile(path)
			return err
		}
		if name == checkerPath {
			a.Checker, err = dist.ReadFile(path)
			return err
		}
		a.Files[name], err = dist.ReadFile(path)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(a.Paper) == 0 {
		return nil, fmt.Errorf("layouts/dist/%s has no fonts: run make assets", paperDir)
	}
	for path, data := range map[string][]byte{readerPath: a.Reader, checkerPath: a.Checker} {
		if data == nil {
			return nil, fmt.Errorf("layouts/dist/%s is not there: run make assets", path)
		}
	}
	for logical, path := range a.Path {
		if a.Files[path] == nil {
			return nil, fmt.Errorf("layouts/dist/names.json names %s as %s, which is not there: run make assets", logical, path)
		}
	}
	return a, nil
}
