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

func TestTestResultsMustAddUp(t *testing.T) {
	const good = `{"format":1,"date":"2026-11-22","version":"v","engine":"e","browser":"b","conditions":["c"],"pages":[{"page":"Home","looks":2,"failures":1},{"page":"News","looks":1,"failures":0}],"failures":[{"page":"Home","rule":"r","criterion":"1.4.3","what":"w","looks":1}]}`
	if _, err := layouts.ParseChecks([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"another format":         {`"format":1`, `"format":2`},
		"no date":                {"2026-11-22", "yesterday"},
		"no version":             {`"version":"v"`, `"version":""`},
		"no engine":              {`"engine":"e"`, `"engine":""`},
		"no browser":             {`"browser":"b"`, `"browser":""`},
		"no conditions":          {`["c"]`, `[]`},
		"a page never looked at": {`"looks":2`, `"looks":0`},
		"a page without a name":  {`"page":"News"`, `"page":""`},
		"pages out of order":     {`"page":"News"`, `"page":"Document"`},
		"a failure left out":     {`"failures":[{"page":"Home","rule":"r","criterion":"1.4.3","what":"w","looks":1}]`, `"failures":[]`},
		"a failure too many":     {`"failures":1`, `"failures":0`},
		"a failure elsewhere":    {`[{"page":"Home","rule"`, `[{"page":"Visit","looks":1,"what":"w","criterion":"","rule":"r"},{"page":"Home","rule"`},
		"a failure of nothing":   {`"what":"w"`, `"what":""`},
		"an unknown member":      {`"format":1`, `"format":1,"score":100`},
		"more after its end":     {`"looks":1}]}`, `"looks":1}]}{}`},
	} {
		if _, err := layouts.ParseChecks([]byte(strings.Replace(good, change[0], change[1], 1))); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
