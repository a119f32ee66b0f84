package datareturn

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// A named is a row or column: what rules call it, and its label.
type named [2]string

// A definition is what a form asks, as docs/formats.md section 18.2 has it: all
// that decides what may be answered, and nothing that may change while schools
// answer, such as the dates. What was left out in the form is filled in.
type definition struct {
	Format      int               `json:"format"`
	NilReturn   string            `json:"nil_return"`
	Declaration string            `json:"declaration"`
	Fields      []definitionField `json:"fields"`
	Rules       []definitionRule  `json:"rules"`
}

type definitionField struct {
	ID          string        `json:"id"`
	Label       string        `json:"label"`
	Hint        string        `json:"hint"`
	Section     string        `json:"section"`
	Type        string        `json:"type"`
	Required    bool          `json:"required"`
	Unavailable bool          `json:"unavailable"`
	AskIf       definitionAsk `json:"ask_if"`
	Choices     []string      `json:"choices"`
	Several     bool          `json:"several"`
	Rows        []named       `json:"rows"`
	Columns     []named       `json:"columns"`
	Least       string        `json:"least"`
	Most        string        `json:"most"`
	Decimals    int           `json:"decimals"`
	ExpectLeast string        `json:"expect_least"`
	ExpectMost  string        `json:"expect_most"`
	Characters  int           `json:"characters"`
	Long        bool          `json:"long"`
	Earliest    string        `json:"earliest"`
	Latest      string        `json:"latest"`
	NotFuture   bool          `json:"not_future"`
	Endings     []string      `json:"endings"`
	Many        int           `json:"many"`
}

type definitionAsk struct {
	Field string   `json:"field"`
	Is    []string `json:"is"`
}

type definitionRule struct {
	ID    string `json:"id"`
	Each  string `json:"each"`
	That  string `json:"that"`
	Say   string `json:"say"`
	At    string `json:"at"`
	Query bool   `json:"query"`
}

// Definition is what the form asks, as bytes that are the same for the same
// questions: what the browser works by.
func (f *Form) Definition() []byte {
	d := definition{Format: 1, NilReturn: f.NilReturn, Declaration: f.Declaration, Fields: []definitionField{}, Rules: []definitionRule{}}
	for i := range f.Fields {
		d.Fields = append(d.Fields, f.Fields[i].definition())
	}
	for i := range f.Rules {
		r := &f.Rules[i]
		d.Rules = append(d.Rules, definitionRule{r.id(i), r.Each, r.That, r.Say, r.At, r.Query})
	}
	return line(d)
}

// Hash names the questions: the SHA-256 of the definition, in hex. It is the
// form-sha256 of an envelope.
func (f *Form) Hash() string {
	sum := sha256.Sum256(f.Definition())
	return hex.EncodeToString(sum[:])
}

func (fd *Field) definition() definitionField {
	d := definitionField{
		ID: fd.ID, Label: fd.Label, Hint: fd.Hint, Section: fd.Section, Type: fd.Type, Required: fd.Required, Unavailable: fd.Unavailable,
		AskIf:   definitionAsk{fd.AskIf.Field, append([]string{}, fd.AskIf.Is...)},
		Choices: append([]string{}, fd.Choices...), Several: fd.Several, Rows: namedAll(fd.Rows), Columns: namedAll(fd.Columns),
		Least: fd.Least, Most: fd.Most, Decimals: fd.Decimals, ExpectLeast: fd.ExpectLeast, ExpectMost: fd.ExpectMost,
		Long: fd.Long, Earliest: fd.Earliest.String(), Latest: fd.Latest.String(), NotFuture: fd.NotFuture, Endings: []string{},
	}
	switch fd.Type {
	case Text:
		d.Characters = fd.characters()
	case Files:
		d.Endings, d.Many = fd.endings(), fd.many()
	}
	return d
}

func namedAll(labels []string) []named {
	all := make([]named, len(labels))
	for i, l := range labels {
		all[i] = named{Slug(l), l}
	}
	return all
}

// line writes JSON as index.json is written (docs/formats.md section 13), which
// is what a browser's JSON.stringify gives.
func line(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("datareturn: " + err.Error()) // strings, numbers and lists of them can be encoded
	}
	return b.Bytes()
}
