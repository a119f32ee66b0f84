// Package content carries a complete, plainly fictional local authority:
// Northmoor County Council, its schools, people, visits, sheets, returns,
// documents, news and results. The demonstration, the golden tests, the
// journeys in the browser and the benchmarks all read it. Nobody in it exists.
//
// It is laid out as an authority's folder is (docs/content.md), but flat:
// what stands in that folder's content/ stands beside this file.
package content

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed despatch.yaml groups.yaml accounts documents events news profiles publishers results returns schools sheets visits
var files embed.FS

// Walk calls fn for every file of the fictional authority in the order of
// their embedded names, with the path that the file has in an authority's
// folder. It stops at fn's first error.
func Walk(fn func(path string, data []byte) error) error {
	return fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		return fn(place(name), data)
	})
}

// place says where an embedded file belongs in an authority's folder.
func place(name string) string {
	if name == "despatch.yaml" || strings.HasPrefix(name, "events/") {
		return name
	}
	return "content/" + name
}
