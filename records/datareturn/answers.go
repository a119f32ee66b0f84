package datareturn

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"despatch/internal/plaintext"
	"despatch/internal/refusal"
)

// Kind is the kind of deposit whose payload answers are.
const Kind = "return"

const firstWord = "despatch-return"

// Answers are what a school says in one return.
type Answers struct {
	Nil          bool     // nothing to report
	Declared     bool     // the declaration was confirmed
	Answers      []Answer // in the form's order, none empty
	Unavailable  []string // places for which there is no answer to be had
	Explanations []Explanation
	Files        []File
}

// An Answer is what stands at a place.
type Answer struct{ At, Value string }

// An Explanation says why something queried is right.
type Explanation struct{ Query, Text string }

// A File is one that was sent in a field.
type File struct {
	Field, Name string
	Size        int
	SHA256      string
	Bytes       []byte
}

// Value is the answer at a place.
func (a *Answers) Value(at string) (string, bool) {
	for _, x := range a.Answers {
		if x.At == at {
			return x.Value, true
		}
	}
	return "", false
}

// Explained is the explanation of a query, empty where there is none.
func (a *Answers) Explained(query string) string {
	for _, x := range a.Explanations {
		if x.Query == query {
			return x.Text
		}
	}
	return ""
}

// answersJSON is the line of a payload.
type answersJSON struct {
	Nil          bool        `json:"nil"`
	Declared     bool        `json:"declared"`
	Answers      [][2]string `json:"answers"`
	Unavailable  []string    `json:"unavailable"`
	Explanations [][2]string `json:"explanations"`
	Files        []fileJSON  `json:"files"`
}

type fileJSON struct {
	Field  string `json:"field"`
	Name   string `json:"name"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
}

// Payload writes answers as they are deposited. What Read would refuse is an
// error.
func (f *Form) Payload(a Answers) ([]byte, error) {
	text := a.payload()
	if _, err := f.Read(text); err != nil {
		return nil, err
	}
	return text, nil
}

func (a *Answers) payload() []byte {
	j := answersJSON{Nil: a.Nil, Declared: a.Declared, Answers: [][2]string{}, Unavailable: append([]string{}, a.Unavailable...), Explanations: [][2]string{}, Files: []fileJSON{}}
	for _, x := range a.Answers {
		j.Answers = append(j.Answers, [2]string{x.At, x.Value})
	}
	for _, x := range a.Explanations {
		j.Explanations = append(j.Explanations, [2]string{x.Query, x.Text})
	}
	for _, x := range a.Files {
		j.Files = append(j.Files, fileJSON{x.Field, x.Name, x.Size, x.SHA256})
	}
	text := append([]byte(firstWord+" 1\n"), line(j)...)
	for _, x := range a.Files {
		text = append(text, x.Bytes...)
	}
	return text
}

// Read reads a payload as an answer to this form: everything stands at a place
// that the form has, in the form's order, written as it is kept. Whether it is
// right is for Findings to say. Errors are refusals: malformed, newer, or
// mismatch where a file is not the one that was listed.
func (f *Form) Read(payload []byte) (Answers, error) {
	var a Answers
	first, rest, found := bytes.Cut(payload, []byte("\n"))
	if !found || len(first) > 100 {
		return a, refusal.Malformed.Errorf("return: it has no first line")
	}
	if err := refusal.CheckFormat(string(first), firstWord, "return"); err != nil {
		return a, err
	}
	text, files, found := bytes.Cut(rest, []byte("\n"))
	if !found || len(text) > MostText || !utf8.Valid(text) {
		return a, refusal.Malformed.Errorf("return: its line of answers is missing, is not UTF-8, or has more than %d bytes", MostText)
	}
	if err := a.parse(text); err != nil {
		return Answers{}, err
	}
	if err := a.takeFiles(files); err != nil {
		return Answers{}, err
	}
	if !bytes.Equal(a.payload(), payload) {
		return Answers{}, refusal.Malformed.Errorf("return: not written as Despatch writes it")
	}
	if err := f.fits(&a); err != nil {
		return Answers{}, err
	}
	return a, nil
}

func (a *Answers) parse(text []byte) error {
	var j answersJSON
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&j); err != nil {
		return refusal.Malformed.Errorf("return: its answers are not JSON as they should be")
	}
	if _, err := d.Token(); err != io.EOF {
		return refusal.Malformed.Errorf("return: something follows the answers")
	}
	a.Nil, a.Declared, a.Unavailable = j.Nil, j.Declared, j.Unavailable
	for _, x := range j.Answers {
		a.Answers = append(a.Answers, Answer{x[0], x[1]})
	}
	for _, x := range j.Explanations {
		a.Explanations = append(a.Explanations, Explanation{x[0], x[1]})
	}
	for _, x := range j.Files {
		a.Files = append(a.Files, File{Field: x.Field, Name: x.Name, Size: x.Size, SHA256: x.SHA256})
	}
	return nil
}

// takeFiles cuts the files out of what follows the line of answers.
func (a *Answers) takeFiles(rest []byte) error {
	for i := range a.Files {
		x := &a.Files[i]
		if x.Size < 0 || x.Size > len(rest) {
			return refusal.Malformed.Errorf("return: the file %.100q is not as long as it says", x.Name)
		}
		x.Bytes, rest = rest[:x.Size:x.Size], rest[x.Size:]
		if sum := sha256.Sum256(x.Bytes); hex.EncodeToString(sum[:]) != x.SHA256 {
			return refusal.Mismatch.Errorf("return: the file %.100q is not the one that was listed", x.Name)
		}
	}
	if len(rest) > 0 {
		return refusal.Malformed.Errorf("return: something follows the files")
	}
	return nil
}

// fits holds answers to what the form asks.
func (f *Form) fits(a *Answers) error {
	if a.Nil && len(a.Answers)+len(a.Unavailable)+len(a.Explanations)+len(a.Files) > 0 {
		return refusal.Malformed.Errorf("return: it is a nil return, and answers questions")
	}
	if a.Nil && f.NilReturn == "" || a.Declared && f.Declaration == "" {
		return refusal.Malformed.Errorf("return: it confirms what the form does not ask")
	}
	places := make(map[string]int)
	fields := make(map[string]*Field)
	for i := range f.Fields {
		fd := &f.Fields[i]
		for _, p := range fd.places() {
			places[p.At], fields[p.At] = len(places)+1, fd
		}
	}
	last := 0
	for _, x := range a.Answers {
		fd := fields[x.At]
		if fd == nil || fd.Type == Files || places[x.At] <= last {
			return refusal.Malformed.Errorf("return: %.100q is no question of this form, is answered twice, or is out of order", x.At)
		}
		if x.Value == "" || fd.Plain(x.Value) != x.Value || !f.asked(fd, a) {
			return refusal.Malformed.Errorf("return: the answer to %.100q is empty, not asked for, or not written as it is kept", x.At)
		}
		last = places[x.At]
	}
	last = 0
	for _, at := range a.Unavailable {
		_, answered := a.Value(at)
		if fd := fields[at]; fd == nil || !fd.Unavailable || answered || places[at] <= last || !f.asked(fd, a) {
			return refusal.Malformed.Errorf("return: %.100q cannot be unavailable", at)
		}
		last = places[at]
	}
	return f.fitsMore(a, places, fields)
}

// fitsMore holds explanations and files to the form.
func (f *Form) fitsMore(a *Answers, places map[string]int, fields map[string]*Field) error {
	queries, last := f.queries(), -1
	for _, x := range a.Explanations {
		at := slices.Index(queries, x.Query)
		if at <= last || x.Text == "" || plain(x.Text) != x.Text {
			return refusal.Malformed.Errorf("return: the explanation of %.100q is of no query, out of order, or not written as it is kept", x.Query)
		}
		last = at
	}
	last = 0
	for _, x := range a.Files {
		fd := fields[x.Field]
		if fd == nil || fd.Type != Files || places[x.Field] < last || !f.asked(fd, a) || FileName(x.Name) != x.Name {
			return refusal.Malformed.Errorf("return: the file %.100q is of no question of this form, out of order, or has a name that cannot be", x.Name)
		}
		last = places[x.Field]
	}
	return nil
}

// asked reports whether a field is asked after what was answered before it.
func (f *Form) asked(fd *Field, a *Answers) bool {
	if fd.AskIf.Field == "" {
		return true
	}
	value, _ := a.Value(fd.AskIf.Field)
	return slices.ContainsFunc(strings.Split(value, "\n"), func(c string) bool { return slices.Contains(fd.AskIf.Is, c) })
}

// Plain is what a person typed as it is kept in this field.
func (fd *Field) Plain(typed string) string {
	switch {
	case fd.Type == Number || fd.Type == Table:
		return plainNumber(oneLine(typed))
	case fd.Type == Text && fd.Long, fd.Type == Choice && fd.Several:
		return plain(typed)
	}
	return oneLine(typed)
}

// plain is text as it is kept, oneLine where it has one line.
func plain(typed string) string { return strings.Trim(plaintext.Clean(typed), " \n") }

func oneLine(typed string) string {
	return plain(strings.ReplaceAll(plaintext.Clean(typed), "\n", " "))
}

// FileName is a file's name as it is kept: without folders, and without what a
// file's name cannot hold on some system.
func FileName(typed string) string {
	name := oneLine(typed[strings.LastIndexAny(typed, `/\`)+1:])
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, name)
	stem, ending := name, ""
	if dot := strings.LastIndex(name, "."); dot >= 0 {
		stem, ending = name[:dot], name[dot+1:]
	}
	stem = strings.TrimRight(strings.TrimLeft(stem, ". "), ". ")
	if runes := []rune(stem); len(runes) > mostNameOfFile {
		stem = strings.TrimRight(string(runes[:mostNameOfFile]), ". ")
	}
	if stem == "" {
		stem = "file"
	}
	return stem + "." + strings.Map(lower, strings.TrimSpace(ending))
}

// lower is a letter from A to Z as a small one; others have no part in what a
// file is.
func lower(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}
