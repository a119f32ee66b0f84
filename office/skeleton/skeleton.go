// Package skeleton writes the folder of a new authority: settings to fill in, the
// standard roles and the standard kinds of visit, and nothing else
// (docs/content.md). What it writes passes despatch check
// (TestNewFolderHasNoProblems). It makes no keys.
package skeleton

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"despatch/content"
	"despatch/internal/durable"
	"despatch/internal/strictyaml"
)

//go:embed site
var site embed.FS

// Write writes the folder dir, which must be empty or not there. An empty name or
// code leaves what is to be filled in.
func Write(dir, name, code string) error {
	// Who reads content/ reads everything in plain text: a new folder is its owner's
	// alone. Its files are 0644, as version control makes them, so that opening the
	// folder to colleagues is one decision, made once.
	if err := durable.NewFolder(dir); err != nil {
		return err
	}
	w := writer{dir: dir}
	if err := w.own(name, code); err != nil {
		return err
	}
	if err := content.Walk(w.standard); err != nil {
		return err
	}
	for _, folder := range []string{"schools", "accounts", "visits", "sheets", "returns", "documents", "news", "results"} {
		if err := durable.MkdirAll(filepath.Join(dir, "content", folder), 0o755); err != nil {
			return err
		}
	}
	if err := durable.MkdirAll(filepath.Join(dir, "events"), 0o755); err != nil {
		return err
	}
	return w.batch.Sync()
}

type writer struct {
	dir   string
	batch durable.Batch
}

func (w *writer) write(path string, data []byte) error {
	return w.batch.WriteFile(filepath.Join(w.dir, filepath.FromSlash(path)), data, 0o644)
}

// own writes what is this package's.
func (w *writer) own(name, code string) error {
	return fs.WalkDir(site, "site", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := site.ReadFile(path)
		if err != nil {
			return err
		}
		path = strings.TrimPrefix(path, "site/")
		switch path {
		case "gitignore":
			path = ".gitignore"
		case "despatch.yaml":
			if data, err = strictyaml.Edit(data, changes(name, code)); err != nil {
				return err
			}
		}
		return w.write(path, data)
	})
}

func changes(name, code string) []strictyaml.Change {
	var set []strictyaml.Change
	if name != "" {
		set = append(set,
			strictyaml.Change{Path: []string{"authority", "name"}, Value: name},
			strictyaml.Change{Path: []string{"authority", "short"}, Value: name})
	}
	if code != "" {
		set = append(set, strictyaml.Change{Path: []string{"authority", "code"}, Value: code})
	}
	return set
}

// standard takes over what is the same for every authority: the roles, and the
// three kinds of visit that every authority has.
func (w *writer) standard(path string, data []byte) error {
	switch path {
	case "content/groups.yaml":
		roles, _, found := bytes.Cut(data, []byte("\ngroups:"))
		if !found {
			return fmt.Errorf("%s has no groups after its roles", path)
		}
		return w.write(path, append(bytes.TrimRight(roles, "\n"), "\n\ngroups: []\n"...))
	case "content/profiles/focus.yaml", "content/profiles/other.yaml", "content/profiles/trust.yaml":
		return w.write(path, data)
	}
	return nil
}
