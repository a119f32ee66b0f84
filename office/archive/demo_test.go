package archive_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"despatch/generator"
	"despatch/generator/source"
	"despatch/internal/buildkeys"
	"despatch/internal/durable"
	"despatch/office/archive"
	"despatch/office/demo"
)

// demonstration is the fictional authority with keys and a published tree, and
// with words in it that must not come out; made once.
var demonstration = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "despatch-archive-")
	if err != nil {
		return "", err
	}
	scratch = dir
	la := filepath.Join(dir, "la")
	if err := demo.Write(context.Background(), la, noon, nil); err != nil {
		return "", err
	}
	secrets[source.PayloadPath(sentSum())] = sent
	secrets["events/2026/11/0000000099-responded.yaml"] = `format: 1
kind: responded
record: 2026-11-10-aaaa-open-notes
time: 2026-11-12T09:30:00Z
school: "900001"
account: 0123456789abcdef0123456789abcdef
judgement: inaccurate
payload: ` + sentSum() + `
subject: ` + sentSum() + `
deposit: ` + sentSum() + `
leaf: 99
`
	for path, text := range secrets {
		name := filepath.Join(la, filepath.FromSlash(path))
		if err := durable.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	_, err = generator.Build(context.Background(), generator.Options{Dir: la, Now: noon})
	return la, err
})

// scratch is where the demonstration lies; TestMain removes it.
var scratch string

func TestMain(m *testing.M) {
	code := m.Run()
	if scratch != "" {
		_ = os.RemoveAll(scratch)
	}
	os.Exit(code)
}

// secrets are records whose words with QQ must not be in the archive of 900001.
var secrets = map[string]string{
	"events/2026/11/0000000101-refused.yaml": `format: 1
kind: refused
record: 2026-11-02-a3b4-additional-user-account
time: 2026-11-12T10:00:00Z
school: "900002"
account: 1123456789abcdef0123456789abcdef
deposit: 1123456789abcdef0123456789abcdef1123456789abcdef0123456789abcdef
leaf: 101
reason: QQother school's answers did not fit
`,
	"content/visits/2026/2026-11-10-aaaa-open-notes/visit.yaml": `format: 1
profile: focus
school: "900001"
date: 2026-11-10 # QQcomment
focus: Open focus
responsible: Priya Usher
changes: [{said: greenfinch, now: QQlater words}]
notes: |
  QQnotes of the officer
report: |
  # What was seen

  A word that may come out: chaffinch.
attachments:
  - {file: "Plan #2 (50%) é.txt", title: A plan}
`,
	"content/visits/2026/2026-11-10-aaaa-open-notes/attachments/Plan #2 (50%) é.txt": "the plan: goldfinch\n",
	"events/2026/11/o1794394800-submitted-0000aaaa.yaml": `format: 1
kind: submitted
record: 2026-11-10-aaaa-open-notes
time: 2026-11-11T11:00:00Z
by: QQofficer Name
respond_by: 2026-11-25
sum: [2026-11-12, 2026-11-13, 2026-11-16, 2026-11-17, 2026-11-18, 2026-11-19, 2026-11-20, 2026-11-23, 2026-11-24, 2026-11-25]
`,
	"content/visits/2026/2026-11-11-bbbb-qqdraft-slug/visit.yaml": `format: 1
profile: focus
school: "900001"
date: 2026-11-11
focus: QQdraft focus
category: QQcategory
responsible: Priya Usher
report: QQdraft report
`,
	"content/visits/2026/2026-11-09-cccc-qqwithdrawn-slug/visit.yaml": `format: 1
profile: focus
school: "900001"
date: 2026-11-09
focus: QQwithdrawn focus
category: QQcategory
responsible: Priya Usher
visitors: [QQvisitor]
report: QQwithdrawn report
`,
	"events/2026/11/o1794308400-submitted-0000bbbb.yaml": `format: 1
kind: submitted
record: 2026-11-09-cccc-qqwithdrawn-slug
time: 2026-11-10T11:00:00Z
by: QQofficer Name
respond_by: 2026-11-24
sum: [2026-11-11, 2026-11-12, 2026-11-13, 2026-11-16, 2026-11-17, 2026-11-18, 2026-11-19, 2026-11-20, 2026-11-23, 2026-11-24]
`,
	"events/2026/11/o1794312000-responded-0000cccc.yaml": `format: 1
kind: responded
record: 2026-11-09-cccc-qqwithdrawn-slug
time: 2026-11-10T12:00:00Z
school: "900001"
judgement: inaccurate
comments: QQcomments
`,
	"events/2026/11/o1794396000-withdrawn-0000dddd.yaml": `format: 1
kind: withdrawn
record: 2026-11-09-cccc-qqwithdrawn-slug
time: 2026-11-11T11:20:00Z
by: QQofficer Name
reason: It was sent to the wrong school.
`,
	"content/documents/2026/2026-11-05-dddd-qqother/document.yaml": `format: 1
title: QQother school only
published: 2026-11-05
schools: ["900002"]
text: QQother
`,
	"content/documents/2026/2026-11-05-eeee-two-schools/document.yaml": `format: 1
title: For two schools
published: 2026-11-05
schools: ["900001", "900002"]
text: A letter to two schools.
`,
	"content/sheets/2026/2026-11-06-ffff-withdrawn-sheet.md": `---
format: 1
title: A sheet that was taken back
type: Information
number: 901/26
published: 2026-11-06
audience: [Headteachers]
summary: QQsummary
---

QQbody
`,
	"events/2026/11/o1794396001-withdrawn-0000eeee.yaml": `format: 1
kind: withdrawn
record: 2026-11-06-ffff-withdrawn-sheet
time: 2026-11-11T11:20:01Z
by: QQofficer Name
reason: It named the wrong form.
`,
	"content/news/2026/2026-12-24-gggg-qqlater.md": `---
format: 1
title: QQlater
published: 2026-12-24
everyone: true
---

QQlater
`,
}

// sent is what the school sent in answer to the open visit.
const sent = "despatch-response 1\nanswer inaccurate\n\nThe date is wrong: greenfinch.\n"

func sentSum() string {
	sum := sha256.Sum256([]byte(sent))
	return hex.EncodeToString(sum[:])
}

func options(t testing.TB) archive.Options {
	t.Helper()
	la, err := demonstration()
	if err != nil {
		t.Fatal(err)
	}
	return archive.Options{Dir: la, School: "900001", Now: noon.Add(time.Minute)}
}

func written(t testing.TB, o archive.Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := archive.Write(context.Background(), &out, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// unzipped gives the files of an archive by their path in its folder.
func unzipped(t testing.TB, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		_, path, _ := strings.Cut(f.Name, "/")
		files[path] = string(text)
	}
	return files
}

// rootOf is the fingerprint of an authority's root.
func rootOf(t testing.TB, la string) string {
	t.Helper()
	root, err := buildkeys.LoadRoot(la)
	if err != nil {
		t.Fatal(err)
	}
	return archive.Fingerprint(root)
}
