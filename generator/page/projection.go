package page

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"despatch/generator/source"
	"despatch/records/visit"
)

// projectionFormat is the number of docs/formats.md section 23.
const projectionFormat = 1

// A projection is what a visit says, whatever state it is in: what a response
// answers, and what an archive keeps. Officers' notes are not in it.
type projection struct {
	Format            int              `json:"format"`
	Kind              string           `json:"kind"`
	ID                string           `json:"id"`
	School            string           `json:"school"`
	Publisher         string           `json:"publisher"`
	Profile           string           `json:"profile"`
	Date              string           `json:"date"`
	Title             string           `json:"title"`
	Focus             string           `json:"focus"`
	Category          string           `json:"category"`
	CategoryOfConcern string           `json:"category_of_concern"`
	Grade             string           `json:"grade"`
	Responsible       string           `json:"responsible"`
	Visitors          []string         `json:"visitors"`
	Report            string           `json:"report"`
	Findings          []projectedPart  `json:"findings"`
	Answers           []projectedPart  `json:"answers"`
	Attachments       []projectedThing `json:"attachments"`
}

type projectedPart struct {
	Heading string `json:"heading"`
	Text    string `json:"text"`
}

type projectedThing struct {
	File   string `json:"file"`
	Title  string `json:"title"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Projection writes the published projection of a visit (docs/formats.md section
// 23). sums are the SHA-256 of its files, in their order.
func (n Names) Projection(v *source.Visit, sums [][32]byte) ([]byte, error) {
	p := projection{
		Format: projectionFormat, Kind: "visit", ID: n.Item(v.ID), School: v.School, Publisher: v.PublisherID(), Profile: v.Visit.Profile,
		Date: v.Date.String(), Title: v.Name(v.Profile), Focus: v.Focus, Category: v.Category, CategoryOfConcern: v.CategoryOfConcern,
		Grade: v.Grade, Responsible: v.Responsible, Visitors: append([]string{}, v.Visitors...), Report: v.Report,
		Findings: projected(findings(v)), Answers: projected(answers(v)), Attachments: []projectedThing{},
	}
	for i, f := range v.Files {
		p.Attachments = append(p.Attachments, projectedThing{f.Name(), cmp.Or(f.Title, f.Name()), f.Type, f.Entry.Size, hex.EncodeToString(sums[i][:])})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // no source holds U+2028 or U+2029, which JSON.stringify would leave
	if err := e.Encode(p); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// SetSubject fills in what a response to the visit names as its subject: the
// SHA-256 of its projection. A draft has none.
func (n Names) SetSubject(v *source.Visit, sum func(source.Entry) ([32]byte, error)) error {
	v.Subject = ""
	if v.State.Status == visit.Draft {
		return nil
	}
	sums := make([][32]byte, len(v.Files))
	for i, f := range v.Files {
		var err error
		if sums[i], err = sum(f.Entry); err != nil {
			return err
		}
	}
	text, err := n.Projection(v, sums)
	if err != nil {
		return err
	}
	whole := sha256.Sum256(text)
	v.Subject = hex.EncodeToString(whole[:])
	return nil
}

func projected(parts []Part) []projectedPart {
	all := []projectedPart{}
	for _, p := range parts {
		all = append(all, projectedPart(p))
	}
	return all
}
