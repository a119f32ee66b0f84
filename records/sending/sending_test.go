package sending_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"despatch/internal/refusal"
	"despatch/records/sending"
)

var update = flag.Bool("update", false, "write docs/vectors/letter.json anew")

const vectorFile = "../../docs/vectors/letter.json"

type vectors struct {
	About string   `json:"about"`
	Cases []vector `json:"cases"`
}

type vector struct {
	Name    string       `json:"name"`
	Error   string       `json:"error"`
	Text    string       `json:"text"`
	Service string       `json:"service"`
	Message string       `json:"message"`
	Files   []fileVector `json:"files"`
}

type fileVector struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

var sum = strings.Repeat("5a", 32)

func good(change func(*sending.Letter)) sending.Letter {
	l := sending.Letter{Service: "sen", Message: "For the annual review.\n\nRing us after 3.", Files: []sending.File{{"plan.pdf", 1234, sum}, {"Übersicht _1_.xlsx", 5 << 30, sum}}}

	if change != nil {
		change(&l)
	}
	return l
}

// unchecked writes what Format refuses to write.
func unchecked(l sending.Letter) string {
	files := []fileVector{}
	for _, f := range l.Files {
		files = append(files, fileVector(f))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(struct {
		Service string       `json:"service"`
		Message string       `json:"message"`
		Files   []fileVector `json:"files"`
	}{l.Service, l.Message, files}); err != nil {
		panic(err)
	}
	return "despatch-upload 1\n" + b.String()
}

func made() vectors {
	v := vectors{About: "docs/formats.md section 18.3: the letter in front of files that a school sends"}
	for name, change := range map[string]func(*sending.Letter){
		"1 two files with a message": nil,
		"2 without a message":        func(l *sending.Letter) { l.Message = "" },
		"3 the longest message":      func(l *sending.Letter) { l.Message = strings.Repeat("é", sending.MostMessage) },
		"4 signs of markup":          func(l *sending.Letter) { l.Message = `<b>&"'\` },
		"5 a hundred files": func(l *sending.Letter) {
			l.Files = nil
			for i := range sending.MostFiles {
				l.Files = append(l.Files, sending.File{Name: fmt.Sprintf("scan %d.png", i), Size: 1, SHA256: sum})
			}
		},
	} {
		l := good(change)
		files := []fileVector{}
		for _, f := range l.Files {
			files = append(files, fileVector(f))
		}
		v.Cases = append(v.Cases, vector{name[2:], "", unchecked(l), l.Service, l.Message, files})
		slices.SortFunc(v.Cases, func(a, b vector) int { return strings.Compare(a.Text, b.Text) })
	}
	text := unchecked(good(nil))
	refused := func(name, reason, text string) {
		v.Cases = append(v.Cases, vector{Name: name, Error: reason, Text: text, Files: []fileVector{}})
	}
	for _, c := range []struct {
		name   string
		change func(*sending.Letter)
	}{
		{"no service", func(l *sending.Letter) { l.Service = "" }},
		{"a service with a slash", func(l *sending.Letter) { l.Service = "sen/../x" }},
		{"a message that is too long", func(l *sending.Letter) { l.Message = strings.Repeat("é", sending.MostMessage+1) }},
		{"a message with a bidirectional control", func(l *sending.Letter) { l.Message = "a\u202eb" }},
		{"a message that ends in an empty line", func(l *sending.Letter) { l.Message = "a\n" }},
		{"no files", func(l *sending.Letter) { l.Files = nil }},
		{"more files than any may be", func(l *sending.Letter) {
			for i := range sending.MostFiles {
				l.Files = append(l.Files, sending.File{Name: fmt.Sprintf("scan %d.png", i), Size: 1, SHA256: sum})
			}
		}},
		{"an empty file", func(l *sending.Letter) { l.Files[0].Size = 0 }},
		{"a file of less than nothing", func(l *sending.Letter) { l.Files[0].Size = -1 }},
		{"files larger than any may be", func(l *sending.Letter) { l.Files[0].Size = sending.MostSize }},
		{"a name with a folder", func(l *sending.Letter) { l.Files[0].Name = "../plan.pdf" }},
		{"a name with a bidirectional control", func(l *sending.Letter) { l.Files[0].Name = "plan\u202efdp.pdf" }},
		{"two files of one name", func(l *sending.Letter) { l.Files[1].Name = l.Files[0].Name }},
		{"a program", func(l *sending.Letter) { l.Files[0].Name = "plan.exe" }},
		{"a document that may hold macros", func(l *sending.Letter) { l.Files[0].Name = "plan.docm" }},
		{"an ending in capitals", func(l *sending.Letter) { l.Files[0].Name = "plan.PDF" }},
		{"a name without an ending", func(l *sending.Letter) { l.Files[0].Name = "pdf" }},
		{"half a SHA-256", func(l *sending.Letter) { l.Files[0].SHA256 = sum[:32] }},
	} {
		refused(c.name, "malformed", unchecked(good(c.change)))
	}
	refused("empty", "malformed", "")
	refused("of another kind", "malformed", strings.Replace(text, "despatch-upload", "despatch-return", 1))
	refused("newer", "newer", strings.Replace(text, "upload 1", "upload 2", 1))
	refused("a carriage return", "malformed", strings.Replace(text, "\n", "\r\n", 1))
	refused("no line end", "malformed", strings.TrimSuffix(text, "\n"))
	refused("a line more", "malformed", text+"\n")
	refused("a space in the JSON", "malformed", strings.Replace(text, `,"message"`, `, "message"`, 1))
	refused("a member more", "malformed", strings.Replace(text, `,"message"`, `,"to":"you","message"`, 1))
	refused("a member twice", "malformed", strings.Replace(text, `,"message"`, `,"service":"sen","message"`, 1))
	refused("members in another order", "malformed", strings.Replace(text, `"size":1234,"sha256":"`+sum+`"`, `"sha256":"`+sum+`","size":1234`, 1))
	refused("a size as text", "malformed", strings.Replace(text, `1234`, `"1234"`, 1))
	refused("a size with a fraction", "malformed", strings.Replace(text, `1234`, `1234.0`, 1))
	refused("an escaped letter", "malformed", strings.Replace(text, `"sen"`, `"s\u0065n"`, 1))
	refused("files that are null", "malformed", "despatch-upload 1\n"+`{"service":"sen","message":"","files":null}`+"\n")
	refused("no JSON", "malformed", "despatch-upload 1\nsen\n")
	return v
}

func TestLetterVectors(t *testing.T) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(made()); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(vectorFile, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	held, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(held, b.Bytes()) {
		t.Errorf("%s is not what this test makes: run go test ./records/sending -update", vectorFile)
	}
	var v vectors
	if err := json.Unmarshal(held, &v); err != nil || len(v.Cases) < 30 {
		t.Fatalf("%d cases, %v", len(v.Cases), err)
	}
	for _, c := range v.Cases {
		l, err := sending.Parse([]byte(c.Text))
		if c.Error != "" {
			if !errors.Is(err, refusal.Reason(c.Error)) {
				t.Errorf("%s: %v, want %s", c.Name, err, c.Error)
			}
			continue
		}
		if err != nil || l.Service != c.Service || l.Message != c.Message || len(l.Files) != len(c.Files) || l.Files[0] != sending.File(c.Files[0]) {
			t.Errorf("%s: read %+v, %v", c.Name, l, err)
		}
		if text, err := l.Format(); err != nil || string(text) != c.Text {
			t.Errorf("%s: written as %q, %v", c.Name, text, err)
		}
	}
}

func TestSizeCountsTheLetterAndItsFiles(t *testing.T) {
	l := good(nil)
	text, err := l.Format()
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Size(len(text)); got != int64(len(text))+1234+5<<30 {
		t.Errorf("%d bytes", got)
	}
	if _, err := (&sending.Letter{Service: "sen"}).Format(); !errors.Is(err, refusal.Malformed) {
		t.Errorf("a letter without files is written: %v", err)
	}
	if len(sending.Sum(text)) != 64 || sending.Sum(text) == sending.Sum(text[1:]) {
		t.Error("the sum says nothing")
	}
}
