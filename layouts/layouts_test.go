package layouts_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"despatch/layouts"
)

func TestAssetsAreWholeOrSaidNotToBeBuilt(t *testing.T) {
	a, err := layouts.Load()
	if errors.Is(err, layouts.ErrNotBuilt) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for logical, path := range a.Path {
		if len(a.Files[path]) == 0 {
			t.Errorf("%s is empty", logical)
		}
	}
	for path := range a.Files {
		if strings.Contains(path, "placeholder") || path == "names.json" {
			t.Errorf("%s would be published", path)
		}
	}
}

func TestTemplatesAreEmbedded(t *testing.T) {
	found, err := fs.Glob(layouts.Templates(), "*.html")
	if err != nil || len(found) < 5 {
		t.Errorf("%d templates: %v", len(found), err)
	}
}
