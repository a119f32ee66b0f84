package tree_test

import (
	"strings"
	"testing"

	"despatch/generator/tree"
)

type indexVector struct {
	Name  string `json:"name"`
	Error string `json:"error"`
	Text  string `json:"text"`
}

// sampleIndex has something in every member.
func sampleIndex() *tree.Index {
	sum := strings.Repeat("ab", 32)
	path := func(xx string) string { return "b/" + xx + "/" + strings.Repeat(xx, 16) + "." + sum[:16] + ".age" }
	return &tree.Index{
		Compartment: "visits-full", School: &tree.SchoolName{URN: "900001", Name: "Alder \"Hill\" & <Moor> Primary\u2028é"},
		Root: "00112233445566ff", Epoch: 2,
		Packs: []tree.IndexPack{{Path: path("0a"), SHA256: sum, Names: []string{"8899aabbccddeeff.html", "0123456789abcdef.pdf"}}},
		Files: []tree.IndexFile{
			{Name: "0123456789abcdef.pdf", Type: "application/pdf", Title: "Report.pdf", Size: 1200},
			{Name: "1123456789abcdef.pdf", Path: path("0b"), SHA256: sum, Type: "application/pdf", Title: "Plan.pdf", Size: 2 << 20},
		},
		Lists: []tree.List{{Area: "visits", Tab: "authority", Title: "All Records of Visits", Page: "2123456789abcdef.html"}},
		Items: []tree.Item{{
			ID: "8899aabbccddeeff", Kind: "visit", Page: "8899aabbccddeeff.html", Title: "Focus visit", Date: "2026-11-03", Changed: "2026-11-05",
			Due: "2026-11-17", State: "open", StateText: "Respond by 17 November 2026", Type: "Focus", Category: "Standards",
			Focus: "Reading", Person: "Jo Ash", Contact: "Jo Ash, 01632 960001", Publisher: "Northmoor County Council",
			PublisherKind: "authority", Audience: []string{"headteacher"}, Files: []string{"0123456789abcdef.pdf"}, Respond: true,
		}},
	}
}

func TestIndexVectors(t *testing.T) {
	text, err := tree.FormatIndex(sampleIndex())
	must(t, err)
	good := string(text)
	least, err := tree.FormatIndex(&tree.Index{Compartment: "role-headteacher", Root: "00112233445566ff", Epoch: 1})
	must(t, err)
	made := vectors[indexVector]{About: "docs/formats.md section 13: plaintexts of indexes"}
	add := func(name, wantError, text string) {
		made.Cases = append(made.Cases, indexVector{name, wantError, text})
	}
	add("as written", "", good)
	add("least", "", string(least))
	for _, s := range []spoilt{
		replaced("newer", "newer", `"format":2`, `"format":3`),
		replaced("format 0", "malformed", `"format":2`, `"format":0`),
		replaced("format of a draft", "malformed", `"format":2`, `"format":1`),
		replaced("format as text", "malformed", `"format":2`, `"format":"2"`),
		replaced("unknown member", "malformed", `"pad":"0`, `"x":1,"pad":"`),
		replaced("missing member", "malformed", `"respond":true`, `"of":""`),
		replaced("members swapped", "malformed", `"state":"open","state_text":"Respond by 17 November 2026"`, `"state_text":"Respond by 17 November 2026","state":"open"`),
		replaced("null array", "malformed", `"lists":[{"area":"visits","tab":"authority","title":"All Records of Visits","page":"2123456789abcdef.html"}]`, `"lists":null`),
		replaced("white space", "malformed", `"epoch":2`, `"epoch": 2`),
		replaced("escaped sign", "malformed", `&`, `\u0026`),
		replaced("number with a fraction", "malformed", `"epoch":2`, `"epoch":2.0`),
		replaced("epoch 0", "malformed", `"epoch":2`, `"epoch":0`),
		replaced("root too short", "malformed", `"root":"0`, `"root":"`),
		replaced("kind upwards", "malformed", `"compartment":"visits-full"`, `"compartment":"../visits"`),
		replaced("unknown kind of item", "malformed", `"kind":"visit"`, `"kind":"viist"`),
		replaced("unknown state", "malformed", `"state":"open"`, `"state":"shut"`),
		replaced("unknown area", "malformed", `"area":"visits"`, `"area":"visita"`),
		replaced("date that is none", "malformed", `"date":"2026-11-03"`, `"date":"03.11.2026"`),
		replaced("day of a change that is none", "malformed", `"changed":"2026-11-05"`, `"changed":"2026-11-05T09:00"`),
		replaced("pack elsewhere", "malformed", `"path":"b/0a/`, `"path":"c/0a/`),
		replaced("pack of another sum", "malformed", `"sha256":"ab`, `"sha256":"ba`),
		replaced("name upwards", "malformed", `"names":["8899aabbccddeeff.html"`, `"names":["../9aabbccddeeff.html"`),
		replaced("name repeated", "malformed", `"names":["8899aabbccddeeff.html"`, `"names":["0123456789abcdef.pdf"`),
		replaced("file in no pack", "malformed", `"name":"0123456789abcdef.pdf"`, `"name":"0123456789abcdee.pdf"`),
		replaced("padding of other signs", "malformed", `"pad":"0`, `"pad":"1`),
		replaced("padding too short", "malformed", `"pad":"0`, `"pad":"`),
		appended("text after the end", "malformed", "\n"),
		{"no line end", "malformed", func(s string) string { return s[:len(s)-1] }},
		{"cut", "malformed", func(s string) string { return s[:len(s)/2] }},
		{"empty", "malformed", func(string) string { return "" }},
		{"array", "malformed", func(string) string { return "[]\n" }},
	} {
		add(s.name, s.error, s.how(good))
	}
	checkVectors(t, "index", made, func(t *testing.T, c indexVector) {
		_, err := tree.ParseIndex([]byte(c.Text))
		wantRefusal(t, c.Name, err, c.Error)
	})
}
