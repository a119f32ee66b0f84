package page_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"despatch/generator/page"
	"despatch/generator/source"
	"despatch/records/authority"
	"despatch/records/calendar"
	"despatch/records/visit"
)

var update = flag.Bool("update", false, "write docs/vectors anew")

func projected() *source.Visit {
	v := &source.Visit{
		Profile:   &visit.Profile{ID: "focus", Name: "Focus visit", Areas: []visit.Area{{ID: "reading", Name: "Early reading"}}, Questions: []visit.Question{{ID: "why", Text: "Why this focus?"}}},
		Publisher: &authority.Publisher{ID: "authority", Kind: authority.PublisherAuthority},
		Files:     []source.Attached{{Entry: source.Entry{Path: "content/visits/2026/2026-11-03-k7q2-early-reading/attachments/plan.pdf", Size: 1200}, Title: "Plan", Type: "application/pdf"}},
	}
	v.ID, v.School, v.Visit.Profile, v.Date, v.Focus = "2026-11-03-k7q2-early-reading", "900001", "focus", calendar.Date{Year: 2026, Month: time.November, Day: 3}, "Early reading"
	v.Responsible, v.Visitors, v.Report, v.Notes = "Jo Ash", []string{"Jo Ash", "Sam Birch"}, "# Report\n\n\"Good\" & <well>.\n", "for officers only"
	v.Findings, v.Visit.Answers = []visit.Finding{{Area: "reading", Text: "Seen."}}, []visit.Answer{{Question: "why", Text: "Because."}}
	v.State.Status = visit.Submitted
	return v
}

type projectionVector struct {
	Name   string `json:"name"`
	Text   string `json:"text"`
	SHA256 string `json:"sha256"`
}

func TestProjectionVectors(t *testing.T) {
	n := page.Names{Item: func(string) string { return strings.Repeat("5b", 8) }}
	made := struct {
		About string             `json:"about"`
		Cases []projectionVector `json:"cases"`
	}{About: "docs/formats.md section 23: published projections; each differs from the first in one thing that is in it"}
	sum := func(b byte) func(source.Entry) ([32]byte, error) {
		return func(source.Entry) ([32]byte, error) { return [32]byte(bytes.Repeat([]byte{b}, 32)), nil }
	}
	add := func(name string, b byte, change func(*source.Visit)) {
		v := projected()
		change(v)
		hashes, _ := sum(b)(source.Entry{})
		text, err := n.Projection(v, [][32]byte{hashes})
		if err != nil {
			t.Fatal(err)
		}
		whole := sha256.Sum256(text)
		made.Cases = append(made.Cases, projectionVector{name, string(text), hex.EncodeToString(whole[:])})
		if err := n.SetSubject(v, sum(b)); err != nil || v.Subject != hex.EncodeToString(whole[:]) {
			t.Errorf("%s: the subject is %s (%v), the projection's SHA-256 %x", name, v.Subject, err, whole)
		}
	}
	add("as written", 0xab, func(*source.Visit) {})
	add("a word of the report", 0xab, func(v *source.Visit) { v.Report = "# Report\n\n\"Good\" & <bad>.\n" })
	add("a title", 0xab, func(v *source.Visit) { v.Title = "Reading" })
	add("a file of other content", 0xac, func(*source.Visit) {})
	add("a finding under another heading", 0xab, func(v *source.Visit) { v.Profile.Areas[0].Name = "Reading" })
	add("no visitors", 0xab, func(v *source.Visit) { v.Visitors = nil })
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(made); err != nil {
		t.Fatal(err)
	}
	const path = "../../docs/vectors/projection.json"
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(path); err != nil || !bytes.Equal(text, b.Bytes()) {
		t.Errorf("%s is not what this test makes (%v): run go test ./generator/page -update", path, err)
	}
	seen := map[string]bool{}
	for _, c := range made.Cases {
		if seen[c.SHA256] {
			t.Errorf("%s: changes nothing", c.Name)
		}
		seen[c.SHA256] = true
	}
}

func TestProjectionIsTheSameInEveryStateAndWithoutNotes(t *testing.T) {
	subject := func(change func(*source.Visit)) string {
		v := projected()
		change(v)
		if err := names().SetSubject(v, func(source.Entry) ([32]byte, error) { return [32]byte{}, nil }); err != nil {
			t.Fatal(err)
		}
		return v.Subject
	}
	want := subject(func(*source.Visit) {})
	for _, s := range []visit.Status{visit.Responded, visit.Finalised, visit.Published} {
		if got := subject(func(v *source.Visit) { v.State.Status, v.State.Comments = s, "said" }); got != want {
			t.Errorf("%s has another subject", s)
		}
	}
	if got := subject(func(v *source.Visit) { v.Notes = "other notes" }); got != want {
		t.Error("an officer's note is in the projection")
	}
	if got := subject(func(v *source.Visit) { v.State.Status = visit.Draft }); got != "" {
		t.Error("a draft has a subject")
	}
}
