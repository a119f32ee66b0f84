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
}

// Templates are the page templates, *.html.
func Templates() fs.FS {
	sub, err := fs.Sub(templates, "templates")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// Load gives the built assets, or ErrNotBuilt.
func Load() (*Assets, error) {
	names, err := dist.ReadFile("dist/names.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotBuilt
	}
	if err != nil {
		return nil, err
	}
	a := &Assets{Files: map[string][]byte{}}
	if err := json.Unmarshal(names, &a.Path); err != nil {
		return nil, fmt.Errorf("read layouts/dist/names.json: %w", err)
	}
	err = fs.WalkDir(dist, "dist", func(path string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(path, "dist/")
		if err != nil || d.IsDir() || name == "names.json" || name == ".placeholder" {
			return err
		}
		a.Files[name], err = dist.ReadFile(path)
		return err
	})
	if err != nil {
		return nil, err
	}
	for logical, path := range a.Path {
		if a.Files[path] == nil {
			return nil, fmt.Errorf("layouts/dist/names.json names %s as %s, which is not there: run make assets", logical, path)
		}
	}
	return a, nil
}
