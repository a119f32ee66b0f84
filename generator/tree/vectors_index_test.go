package tree_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"despatch/generator/tree"
	"despatch/internal/seal"
)

type indexVector struct {
	Name  string `json:"name"`
	Error string `json:"error"`
	Text  string `json:"text,omitempty"`  // of index.json
	Plain string `json:"plain,omitempty"` // of the whole, in base64
}

// sampleIndex has something in every member.
func sampleIndex() *tree.Index {
	sum := strings.Repeat("ab", 32)
	path := func(xx string) string { return "b/" + xx + "/" + strings.Repeat(xx, 16) + "." + sum[:16] + ".age" }
	return &tree.Index{
		Compartment: "visits-full", School: &tree.SchoolName{URN: "900001", Name: "Alder \"Hill\" & <Moor> Primary\u2028é", Opaque: strings.Repeat("5c", 16)},
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
			SubjectSHA256: strings.Repeat("77", 32),
		}},
	}
}

// samplePages are those that the lists of sampleIndex name.
func samplePages() []tree.PackFile {
	return []tree.PackFile{{Name: "00112233445566ff/2123456789abcdef.html", Data: []byte("<h1>All Records of Visits</h1>\n")}}
}

// buildIndex gives the plaintext of an index.
func buildIndex(t testing.TB, x *tree.Index, pages []tree.PackFile) []byte {
	t.Helper()
	text, err := tree.FormatIndex(x)
	must(t, err)
	plain, err := tree.AppendIndex(nil, x, text, pages)
	must(t, err)
	return plain
}

func TestIndexVectors(t *testing.T) {
	text, err := tree.FormatIndex(sampleIndex())
	must(t, err)
	good := string(text)
	least := &tree.Index{Compartment: "role-headteacher", Root: "00112233445566ff", Epoch: 1}
	leastText, err := tree.FormatIndex(least)
	must(t, err)
	made := vectors[indexVector]{About: "docs/formats.md section 13: the text index.json of indexes, or the plaintext of a whole index in base64"}
	add := func(name, wantError, text string) {
		made.Cases = append(made.Cases, indexVector{Name: name, Error: wantError, Text: text})
	}
	add("as written", "", good)
	add("least", "", string(leastText))
	for _, s := range []spoilt{
		replaced("newer", "newer", `"format":3`, `"format":4`),
		replaced("format 0", "malformed", `"format":3`, `"format":0`),
		replaced("format of a draft", "malformed", `"format":3`, `"format":1`),
		replaced("format of an earlier draft", "malformed", `"format":3`, `"format":2`),
		replaced("format as text", "malformed", `"format":3`, `"format":"2"`),
		replaced("unknown member", "malformed", `"epoch":2`, `"epoch":2,"x":1`),
		replaced("unknown last member", "malformed", `}]}`, `}],"pad":""}`),
		replaced("missing member", "malformed", `"respond":true`, `"of":""`),
		replaced("members swapped", "malformed", `"state":"open","state_text":"Respond by 17 November 2026"`, `"state_text":"Respond by 17 November 2026","state":"open"`),
		replaced("null array", "malformed", `"lists":[{"area":"visits","tab":"authority","title":"All Records of Visits","page":"2123456789abcdef.html"}]`, `"lists":null`),
		replaced("white space", "malformed", `"epoch":2`, `"epoch": 2`),
		replaced("escaped sign", "malformed", `&`, `\u0026`),
		replaced("number with a fraction", "malformed", `"epoch":2`, `"epoch":2.0`),
		replaced("school without its opaque id", "malformed", `,"opaque":"`+strings.Repeat("5c", 16)+`"`, ``),
		replaced("school with a short opaque id", "malformed", `"opaque":"5c`, `"opaque":"`),
		replaced("school with its number as opaque id", "malformed", `"opaque":"`+strings.Repeat("5c", 16), `"opaque":"900001`),
		replaced("epoch 0", "malformed", `"epoch":2`, `"epoch":0`),
		replaced("root too short", "malformed", `"root":"0`, `"root":"`),
		replaced("kind upwards", "malformed", `"compartment":"visits-full"`, `"compartment":"../visits"`),
		replaced("unknown kind of item", "malformed", `"kind":"visit"`, `"kind":"viist"`),
		replaced("unknown state", "malformed", `"state":"open"`, `"state":"shut"`),
		replaced("unknown publisher kind", "malformed", `"publisher_kind":"authority"`, `"publisher_kind":"authoritx"`),
		replaced("unknown area", "malformed", `"area":"visits"`, `"area":"visita"`),
		replaced("unknown tab", "malformed", `"tab":"authority"`, `"tab":"authoritx"`),
		replaced("date that is none", "malformed", `"date":"2026-11-03"`, `"date":"03.11.2026"`),
		replaced("day of a change that is none", "malformed", `"changed":"2026-11-05"`, `"changed":"2026-11-05T09:00"`),
		replaced("pack elsewhere", "malformed", `"path":"b/0a/`, `"path":"c/0a/`),
		replaced("pack of another sum", "malformed", `"sha256":"ab`, `"sha256":"ba`),
		replaced("pack in another folder", "malformed", `"path":"b/0a/`, `"path":"b/0b/`),
		replaced("two packs at one path", "malformed", `,"names":["8899aabbccddeeff.html","0123456789abcdef.pdf"]}`, `,"names":["8899aabbccddeeff.html","0123456789abcdef.pdf"]},{"path":"b/0a/0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a.abababababababab.age","sha256":"`+strings.Repeat("ab", 32)+`","names":[]}`),
		replaced("name upwards", "malformed", `"names":["8899aabbccddeeff.html"`, `"names":["../9aabbccddeeff.html"`),
		replaced("name repeated", "malformed", `"names":["8899aabbccddeeff.html"`, `"names":["0123456789abcdef.pdf"`),
		replaced("name of the index", "malformed", `"names":["8899aabbccddeeff.html"`, `"names":["index.json"`),
		replaced("name of a list page", "malformed", `"names":["8899aabbccddeeff.html"`, `"names":["2123456789abcdef.html"`),
		replaced("list page that is the index", "malformed", `"page":"2123456789abcdef.html"`, `"page":"index.json"`),
		replaced("list repeated", "malformed", `"lists":[`, `"lists":[{"area":"visits","tab":"authority","title":"","page":"3123456789abcdef.html"},`),
		replaced("list page repeated", "malformed", `"lists":[`, `"lists":[{"area":"news","tab":"","title":"","page":"2123456789abcdef.html"},`),
		replaced("file in no pack", "malformed", `"name":"0123456789abcdef.pdf"`, `"name":"0123456789abcdee.pdf"`),
		replaced("file repeated", "malformed", `"name":"1123456789abcdef.pdf"`, `"name":"0123456789abcdef.pdf"`),
		replaced("file with a path and in a pack", "malformed", `["8899aabbccddeeff.html"`, `["1123456789abcdef.pdf"`),
		replaced("file of no size", "malformed", `"size":1200`, `"size":-1`),
		replaced("file larger than any", "malformed", `"size":2097152`, `"size":67108865`),
		replaced("item repeated", "malformed", `"items":[`, `"items":[{"id":"8899aabbccddeeff","kind":"visit","page":"","title":"","date":"","changed":"","due":"","due_text":"","state":"open","state_text":"","type":"","category":"","focus":"","person":"","contact":"","publisher":"","publisher_kind":"","number":"","audience":[],"files":[],"of":"","respond":false,"subject_sha256":""},`),
		replaced("subject that is no hash", "malformed", `"subject_sha256":"77`, `"subject_sha256":"`),
		replaced("subject in capitals", "malformed", `"subject_sha256":"77`, `"subject_sha256":"AB`),
		replaced("no subject", "malformed", `,"subject_sha256":"`+strings.Repeat("77", 32)+`"`, ``),
		replaced("subject without a page", "malformed", `"kind":"visit","page":"8899aabbccddeeff.html"`, `"kind":"visit","page":""`),
		appended("text after the end", "malformed", "\n"),
		{"no line end", "malformed", func(s string) string { return s[:len(s)-1] }},
		{"cut", "malformed", func(s string) string { return s[:len(s)/2] }},
		{"array", "malformed", func(string) string { return "[]\n" }},
	} {
		add(s.name, s.error, s.how(good))
	}
	whole := func(name, wantError string, plain []byte) {
		made.Cases = append(made.Cases, indexVector{Name: name, Error: wantError, Plain: base64.StdEncoding.EncodeToString(plain)})
	}
	for _, c := range spoiltIndexes(t, text) {
		whole(c.name, c.error, c.plain)
	}
	whole("least, whole", "", buildIndex(t, least, nil))
	checkVectors(t, "index", made, func(t *testing.T, c indexVector) {
		if c.Plain == "" {
			_, err := tree.ParseIndex([]byte(c.Text))
			wantRefusal(t, c.Name, err, c.Error)
			return
		}
		plain, err := base64.StdEncoding.DecodeString(c.Plain)
		must(t, err)
		_, _, err = tree.ReadIndex(plain)
		wantRefusal(t, c.Name, err, c.Error)
	})
}

type spoiltIndex struct {
	name, error string
	plain       []byte
}

// spoiltIndexes are whole indexes: one as it is written, all others spoilt.
func spoiltIndexes(t *testing.T, text []byte) []spoiltIndex {
	t.Helper()
	good := buildIndex(t, sampleIndex(), samplePages())
	cases := []spoiltIndex{{"as written, whole", "", good}}
	add := func(name, wantError string, plain []byte) { cases = append(cases, spoiltIndex{name, wantError, plain}) }
	holding := func(name, wantError string, files ...tree.PackFile) {
		plain, err := tree.BuildPack(files)
		must(t, err)
		add(name, wantError, plain)
	}
	root, page := "00112233445566ff/", samplePages()[0]
	index := tree.PackFile{Name: root + "index.json", Data: text}
	holding("no list page", "malformed", index)
	holding("page that no list names", "malformed", index, page, tree.PackFile{Name: root + "8899aabbccddeeff.html", Data: page.Data})
	holding("list page of another compartment", "malformed", index, tree.PackFile{Name: "10112233445566ff" + page.Name[16:], Data: page.Data})
	holding("index of another compartment", "malformed", tree.PackFile{Name: "10112233445566ff/index.json", Data: text}, page)
	holding("no index", "malformed", page)
	holding("nothing", "malformed")
	holding("newer, whole", "newer", tree.PackFile{Name: index.Name, Data: bytes.Replace(text, []byte(`"format":3`), []byte(`"format":4`), 1)}, page)
	holding("unfolds to more than an index may", "malformed", index, tree.PackFile{Name: page.Name, Data: make([]byte, 17<<20)})
	change := func(name string, how func(b []byte) []byte) { add(name, "malformed", how(bytes.Clone(good))) }
	change("not folded", func([]byte) []byte { return text })
	change("cut by a byte", func(b []byte) []byte { return b[:len(b)-1] })
	change("cut in half", func(b []byte) []byte { return b[:len(b)/2] })
	change("cut to a bucket", func(b []byte) []byte { return b[:4096-256] })
	change("byte after the stream", func(b []byte) []byte { return append(b, 0) })
	change("bucket of zeros after the stream", func(b []byte) []byte { return append(b, make([]byte, seal.Bucket(len(b)+1, 0)-len(b))...) })
	change("two streams", func(b []byte) []byte { return append(b, b...) })
	change("padding removed", removePadding)
	change("padding not zero", func(b []byte) []byte {
		at := bytes.LastIndex(b, []byte("\x00\x00\x00\xff\xff"))
		b[at+3] ^= 1
		return b
	})
	change("says that it unfolds to less", func(b []byte) []byte { b[len(b)-3] = 0; return b })
	change("says that it unfolds to 4 GiB", func(b []byte) []byte { copy(b[len(b)-4:], "\xff\xff\xff\xff"); return b })
	change("checksum", func(b []byte) []byte { b[len(b)-5] ^= 1; return b })
	change("empty", func([]byte) []byte { return []byte{0} })
	return cases
}
