package tree_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"despatch/internal/refusal"
)

var update = flag.Bool("update", false, "write docs/vectors anew")

// vectors is a file of docs/vectors: what the TypeScript tests read too. Error is
// "" or the shared name of the refusal.
type vectors[C any] struct {
	About string `json:"about"`
	Cases []C    `json:"cases"`
}

// checkVectors compares made with the file, or writes it, and tries each case of
// the file.
func checkVectors[C any](t *testing.T, name string, made vectors[C], try func(t *testing.T, c C)) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	must(t, e.Encode(made))
	path := filepath.Join("..", "..", "docs", "vectors", name+".json")
	if *update {
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, b.Bytes(), 0o644))
	}
	text, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(text, b.Bytes()) {
		t.Errorf("%s is not what this test makes: run go test ./generator/tree -update", path)
	}
	var read vectors[C]
	must(t, json.Unmarshal(text, &read))
	if len(read.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range read.Cases {
		try(t, c)
	}
}

// wantRefusal compares an error with a vector's.
func wantRefusal(t *testing.T, name string, err error, want string) {
	t.Helper()
	if got := string(refusal.Of(err)); got != want || (err == nil) != (want == "") {
		t.Errorf("%s: got %q (%v), want %q", name, got, err, want)
	}
}

// spoilt is a way to spoil a text.
type spoilt struct {
	name, error string
	how         func(string) string
}

func replaced(name, wantError, old, with string) spoilt {
	return spoilt{name, wantError, func(s string) string {
		if !strings.Contains(s, old) {
			panic("vector " + name + " changes nothing")
		}
		return strings.Replace(s, old, with, 1)
	}}
}

func appended(name, wantError, what string) spoilt {
	return spoilt{name, wantError, func(s string) string { return s + what }}
}

// textRules are the ways to spoil that hold for every text.
func textRules() []spoilt {
	return []spoilt{
		replaced("carriage return", "malformed", "\n", "\r\n"),
		replaced("space at a line's end", "malformed", "\n", " \n"),
		replaced("empty line", "malformed", "\n", "\n\n"),
		{"byte order mark", "malformed", func(s string) string { return "\ufeff" + s }},
		{"nul", "malformed", func(s string) string { return s[:len(s)-1] + "\x00\n" }},
		{"last line cut", "malformed", func(s string) string { return s[:len(s)-2] + "\n" }},
	}
}
