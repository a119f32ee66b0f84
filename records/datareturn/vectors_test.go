package datareturn_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"reflect"
	"testing"

	"despatch/internal/refusal"
	"despatch/internal/strictyaml"
	"despatch/records/datareturn"
)

var update = flag.Bool("update", false, "write docs/vectors/datareturn.json anew")

const vectorFile = "../../docs/vectors/datareturn.json"

// vectors are docs/vectors/datareturn.json, which the browser's tests read too.
type vectors struct {
	About    string         `json:"about"`
	Forms    []formVector   `json:"forms"`
	Findings []findVector   `json:"findings"`
	Cases    []payVector    `json:"cases"`
	Typed    []typedVector  `json:"typed"`
	Names    []nameVector   `json:"names"`
	forms    map[string]int `json:"-"`
}

type formVector struct {
	Name       string `json:"name"`
	YAML       string `json:"yaml"`
	Definition string `json:"definition"`
	Hash       string `json:"hash"`
	form       datareturn.Form
}

type answersVector struct {
	Nil          bool         `json:"nil"`
	Declared     bool         `json:"declared"`
	Answers      [][2]string  `json:"answers"`
	Unavailable  []string     `json:"unavailable"`
	Explanations [][2]string  `json:"explanations"`
	Files        []fileVector `json:"files"`
}

type fileVector struct {
	Field string `json:"field"`
	Name  string `json:"name"`
	Bytes []byte `json:"bytes"`
}

type findVector struct {
	Name       string          `json:"name"`
	Form       string          `json:"form"`
	Day        string          `json:"day"`
	Answers    answersVector   `json:"answers"`
	Findings   []findingVector `json:"findings"`
	Acceptable bool            `json:"acceptable"`
	Payload    []byte          `json:"payload"`
}

type findingVector struct {
	At    string `json:"at"`
	Query string `json:"query"`
	Text  string `json:"text"`
}

type payVector struct {
	Name    string `json:"name"`
	Form    string `json:"form"`
	Error   string `json:"error"`
	Payload []byte `json:"payload"`
}

type typedVector struct {
	Form  string `json:"form"`
	Field string `json:"field"`
	Typed string `json:"typed"`
	Plain string `json:"plain"`
}

type nameVector struct {
	Typed string `json:"typed"`
	Name  string `json:"name"`
}

func readVectors(t *testing.T) *vectors {
	t.Helper()
	data, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	v := &vectors{forms: make(map[string]int)}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
	for i := range v.Forms {
		f := &v.Forms[i]
		if err := strictyaml.Decode([]byte(f.YAML), &f.form); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		f.form.Check(func(key, text string) { t.Errorf("%s: %s: %s", f.Name, key, text) })
		v.forms[f.Name] = i
	}
	return v
}

func (v *vectors) form(name string) *datareturn.Form { return &v.Forms[v.forms[name]].form }

func (a answersVector) answers() datareturn.Answers {
	out := datareturn.Answers{Nil: a.Nil, Declared: a.Declared, Unavailable: a.Unavailable}
	for _, x := range a.Answers {
		out.Answers = append(out.Answers, datareturn.Answer{At: x[0], Value: x[1]})
	}
	for _, x := range a.Explanations {
		out.Explanations = append(out.Explanations, datareturn.Explanation{Query: x[0], Text: x[1]})
	}
	for _, x := range a.Files {
		sum := sha256.Sum256(x.Bytes)
		out.Files = append(out.Files, datareturn.File{Field: x.Field, Name: x.Name, Size: len(x.Bytes), SHA256: hex.EncodeToString(sum[:]), Bytes: x.Bytes})
	}
	return out
}

// TestVectors holds forms, findings, payloads and what is kept of what was typed
// to the vectors.
func TestVectors(t *testing.T) {
	v := readVectors(t)
	got := *v
	got.Forms, got.Findings, got.Cases, got.Typed, got.Names = nil, nil, nil, nil, nil
	for _, f := range v.Forms {
		f.Definition, f.Hash = string(f.form.Definition()), f.form.Hash()
		got.Forms = append(got.Forms, f)
	}
	wrong := 0
	for _, c := range v.Findings {
		f := v.form(c.Form)
		c.Findings, c.Payload = []findingVector{}, nil
		found := f.Findings(c.Answers.answers(), day(c.Day))
		for _, x := range found {
			c.Findings = append(c.Findings, findingVector(x))
		}
		if c.Acceptable = datareturn.Acceptable(found); !c.Acceptable {
			wrong++
		}
		payload, err := f.Payload(c.Answers.answers())
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		c.Payload = payload
		read, err := f.Read(payload)
		again, _ := f.Payload(read)
		if err != nil || !bytes.Equal(again, payload) {
			t.Errorf("%s: what was written cannot be read: %v", c.Name, err)
		}
		got.Findings = append(got.Findings, c)
	}
	if wrong*2 <= len(v.Findings) {
		t.Errorf("%d of %d answers have an error: too few", wrong, len(v.Findings))
	}
	for _, c := range v.Cases {
		_, err := v.form(c.Form).Read(c.Payload)
		c.Error = ""
		if reason, ok := errors.AsType[refusal.Reason](err); ok {
			c.Error = string(reason)
		} else if err != nil {
			t.Errorf("%s: %v is no refusal", c.Name, err)
		}
		got.Cases = append(got.Cases, c)
	}
	for _, c := range v.Typed {
		for i := range v.form(c.Form).Fields {
			if fd := &v.form(c.Form).Fields[i]; fd.ID == c.Field {
				c.Plain = fd.Plain(c.Typed)
				if again := fd.Plain(c.Plain); again != c.Plain {
					t.Errorf("%q is kept as %q, and then as %q", c.Typed, c.Plain, again)
				}
			}
		}
		got.Typed = append(got.Typed, c)
	}
	for _, c := range v.Names {
		c.Name = datareturn.FileName(c.Typed)
		if again := datareturn.FileName(c.Name); again != c.Name {
			t.Errorf("the name %q is kept as %q, and then as %q", c.Typed, c.Name, again)
		}
		got.Names = append(got.Names, c)
	}
	if *update {
		write(t, got)
		return
	}
	for i := range v.Findings {
		if !reflect.DeepEqual(v.Findings[i], got.Findings[i]) {
			t.Errorf("%s: got %+v, want %+v", v.Findings[i].Name, got.Findings[i], v.Findings[i])
		}
	}
	if !reflect.DeepEqual(v.Forms, got.Forms) || !reflect.DeepEqual(v.Cases, got.Cases) || !reflect.DeepEqual(v.Typed, got.Typed) || !reflect.DeepEqual(v.Names, got.Names) {
		t.Error("forms, payloads, typed text or names differ from the vectors")
	}
}

func write(t *testing.T, v vectors) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(vectorFile, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
