package misheetimport_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"despatch/internal/strictyaml"
	"despatch/office/misheetimport"
	"despatch/records/calendar"
	"despatch/records/misheet"
)

var update = flag.Bool("update", false, "write what is into testdata instead of comparing")

// given is what the corpus leaves for the officer to say.
func given(name string) misheetimport.Options {
	if name == "no-header" {
		return misheetimport.Options{Published: calendar.Date{Year: 2021, Month: 3, Day: 1}}
	}
	return misheetimport.Options{}
}

func corpus(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/sheets/*.txt")
	if err != nil || len(files) < 15 {
		t.Fatalf("the corpus has %d sheets: %v", len(files), err)
	}
	return files
}

func TestCorpusComesOutAsWritten(t *testing.T) {
	for _, file := range corpus(t) {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			out, err := misheetimport.Import(dir, data, given(name), false)
			if err != nil {
				t.Fatal(err)
			}
			written, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(out.Path)))
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			got.WriteString(out.Path + "\n")
			for _, n := range out.Notes {
				got.WriteString("note: " + n.String() + "\n")
			}
			got.WriteString("\n")
			got.Write(written)
			golden := strings.TrimSuffix(file, ".txt") + ".golden"
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// decode reads a sheet file back as the generator does.
func decode(t testing.TB, file []byte) *misheet.Sheet {
	t.Helper()
	head, body, _, err := strictyaml.FrontMatter(file)
	if err != nil {
		t.Fatalf("%v in\n%s", err, file)
	}
	var s misheet.Sheet
	if problems := strictyaml.Decode(head, &s); len(problems) > 0 {
		t.Fatalf("%v in\n%s", problems, file)
	}
	s.Body = body
	return &s
}
