// Package dropbox_test holds the drop-box's formats to docs/vectors, which the
// browser's tests read too.
package dropbox_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"despatch/internal/auditlog"
	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

var update = flag.Bool("update", false, "write docs/vectors anew")

// vectors is a file of docs/vectors. Error is "" or the shared name of the
// refusal.
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
	path := filepath.Join("..", "docs", "vectors", name+".json")
	if *update {
		must(t, os.WriteFile(path, b.Bytes(), 0o644))
	}
	text, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(text, b.Bytes()) {
		t.Errorf("%s is not what this test makes: run go test ./dropbox -update", path)
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

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
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

// textRules are the ways to spoil that hold for every text.
func textRules() []spoilt {
	return []spoilt{
		replaced("carriage return", "malformed", "\n", "\r\n"),
		replaced("space at a line's end", "malformed", "\n", " \n"),
		replaced("empty line", "malformed", "\n", "\n\n"),
		{"byte order mark", "malformed", func(s string) string { return "\ufeff" + s }},
		{"nul", "malformed", func(s string) string { return s[:len(s)-1] + "\x00\n" }},
	}
}

// key is the private key of a seed.
func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

// Keys of the vectors: 1 root, 5 account, 7 log, 8 receipt, 9 a stranger.
var (
	start   = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	account = strings.Repeat("ab", 16)
	school  = strings.Repeat("5c", 16)
)

const (
	boxOrigin = "https://box.northmoor.example"
	logName   = "box.northmoor.example/log"
)

// logKey is the log's key and its verifier, by seed.
func logKey(t testing.TB, seed byte) (note.Signer, string, note.Verifier) {
	t.Helper()
	signer, text, err := auditlog.Key(logName, key(seed))
	must(t, err)
	verifier, err := note.NewVerifier(text)
	must(t, err)
	return signer, text, verifier
}

// resigned signs a spoilt text by key 9's neighbour: what is refused is then
// refused for its form.
func resigned(seed byte, namespace, text string) string {
	return text + string(sshsig.Sign(key(seed), namespace, []byte(text)))
}

// sortVectors puts cases that came out of a map into the order of their names.
func sortVectors[C any](cases []C, name func(C) string) {
	slices.SortFunc(cases, func(a, b C) int { return strings.Compare(name(a), name(b)) })
}
