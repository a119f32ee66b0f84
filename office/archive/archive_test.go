package archive_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/generator"
	"despatch/generator/page"
	"despatch/generator/render"
	"despatch/generator/source"
	"despatch/internal/buildkeys"
	"despatch/internal/naming"
	"despatch/layouts"
	"despatch/office/archive"
	"despatch/records/access"
	"despatch/records/calendar"
)

func TestSameFolderAndClockGiveTheSameBytes(t *testing.T) {
	o := options(t)
	first := written(t, o)
	if !bytes.Equal(first, written(t, o)) {
		t.Error("made again it differs")
	}
	o.Now = o.Now.Add(time.Hour)
	if bytes.Equal(first, written(t, o)) {
		t.Error("the clock makes no difference")
	}
	root, err := buildkeys.LoadRoot(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if report, got := checked(t, t.TempDir(), first, archive.Trust{Root: root}); len(got) > 0 {
		t.Error(got)
	} else if report.Description != "What Northmoor County Council published for Fernside Primary School, from the first day on" {
		t.Error(report.Description)
	}
}

func TestWhatIsNotTheSchoolsIsNotInItsArchive(t *testing.T) {
	secret := regexp.MustCompile(`(?i).{0,60}qq(notes|officer|draft|category|withdrawn|visitor|comment|other|summary|body|later).{0,60}`)
	other := regexp.MustCompile(`\b(90000[2-9]|90001[0-2])\b`)
	files := unzipped(t, written(t, options(t)))
	for file, text := range files {
		if found := secret.FindString(file + text); found != "" {
			t.Errorf("%s: %q", file, found)
		}
		// As a word: a hash may hold the same digits.
		if urn := other.FindString(text); urn != "" {
			t.Errorf("%s names the school %s", file, urn)
		}
	}
	whole := strings.Join(slices.Collect(maps.Values(files)), "\n")
	for _, want := range []string{"chaffinch", "goldfinch", "A letter to two schools.", "A sheet that was taken back", "It was sent to the wrong school.", "Not yet shared"} {
		if !strings.Contains(whole, want) {
			t.Errorf("the archive lacks %q", want)
		}
	}
	final := files["data/records/content/visits/2024/2024-11-12-r3vs-history-in-key-stage-2/visit.yaml"]
	if !strings.Contains(final, "The lead mines unit is taught in Year 5, not in Year 4.") || strings.Contains(files["data/records/content/visits/2026/2026-11-10-aaaa-open-notes/visit.yaml"], "changes:") {
		t.Errorf("the changes of the final record and no others are in its file: %s", final)
	}
	if !strings.Contains(whole, "<strong>Changed to:</strong> The Year 5 unit") {
		t.Error("no page of the archive has the table of changes")
	}
	if files["data/responses/0000000099-2026-11-10-aaaa-open-notes.txt"] != sent {
		t.Error("what the school sent is not there as it was sent")
	}
	if said := files["data/records/events/2026/11/0000000099-responded.yaml"]; !strings.Contains(said, "greenfinch") || strings.Contains(said, "account:") || strings.Contains(said, "payload:") {
		t.Errorf("the event of the response is %q", said)
	}
	if files["data/attachments/2026-11-10-aaaa-open-notes/Plan #2 (50%) é.txt"] != "the plan: goldfinch\n" {
		t.Error("the attachment is not under its name")
	}
}

// Every link leads to a file of the archive or, in words, to a contact; no page
// loads anything but the archive's own styles, fonts and icon, and none has a
// script.
func TestOfflinePagesLoadNothingElse(t *testing.T) {
	files := unzipped(t, written(t, options(t)))
	loads := regexp.MustCompile(`<(link|script|img|iframe|object|embed|source|video|audio|form|base)\b[^>]*>`)
	attribute := regexp.MustCompile(`\b(href|src|action)="([^"]*)"`)
	reached := map[string]bool{"data/index.html": true}
	pages := 0
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if path.Ext(file) != ".html" || !strings.HasPrefix(file, "data/") || strings.HasPrefix(file, "data/attachments/") {
			continue
		}
		pages++
		for _, tag := range loads.FindAllString(files[file], -1) {
			if !strings.HasPrefix(tag, "<link ") {
				t.Errorf("%s has %s", file, tag)
			}
		}
		for _, m := range attribute.FindAllStringSubmatch(files[file], -1) {
			target := strings.NewReplacer("&amp;", "&", "&#39;", "'").Replace(m[2])
			u, err := url.Parse(target)
			if err != nil {
				t.Errorf("%s: %q: %v", file, m[2], err)
				continue
			}
			if u.Scheme != "" || u.Path == "" {
				continue // a contact, a link out, or a place on the page
			}
			to := path.Join(path.Dir(file), u.Path)
			if _, ok := files[to]; !ok {
				t.Errorf("%s leads to %s, which is not there", file, to)
			}
			reached[to] = true
		}
	}
	if pages < 40 {
		t.Errorf("%d pages only", pages)
	}
	for file := range files {
		if strings.HasPrefix(file, "data/pages/") || strings.HasPrefix(file, "data/attachments/") || strings.HasPrefix(file, "data/pdf/") {
			if !reached[file] {
				t.Errorf("no page leads to %s", file)
			}
		}
	}
}

func TestPeriodKeepsWhatIsOfIt(t *testing.T) {
	o := options(t)
	o.Period = archive.Period{From: calendar.Date{Year: 2025, Month: time.September, Day: 1}, To: calendar.Date{Year: 2026, Month: time.August, Day: 31}}
	for file := range unzipped(t, written(t, o)) {
		for _, area := range []string{"visits", "sheets", "returns", "documents", "news", "results"} {
			rest, ok := strings.CutPrefix(file, "data/records/content/"+area+"/")
			if !ok {
				continue
			}
			if day := rest[5:15]; day < "2025-08-01" || day > "2026-08-31" {
				t.Errorf("%s is of another time", file)
			}
		}
	}
	o.Period.From = calendar.Date{Year: 2031, Month: time.January, Day: 1}
	o.Period.To = calendar.Date{}
	if files := unzipped(t, written(t, o)); !strings.Contains(files["data/pages/timeline.html"], "Nothing has happened in this time.") {
		t.Error("an archive of a time without records does not say so")
	}
}

func TestOnlyWhatIsPublishedIsArchived(t *testing.T) {
	o := options(t)
	refused := func(name, want string) {
		t.Helper()
		_, err := archive.Write(context.Background(), io.Discard, o)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v (want %q)", name, err, want)
		}
	}
	o.School = "900099"
	refused("an unknown school", `no school has the URN "900099"`)
	o.School = "900001"
	news := filepath.Join(o.Dir, "content/news/2026/2026-11-18-hhhh-new.md")
	if err := os.WriteFile(news, []byte("---\nformat: 1\ntitle: New\npublished: 2026-11-18\neveryone: true\n---\n\nNew.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	refused("a record that is not built", "content/news/2026/2026-11-18-hhhh-new.md changed since the last build")
	if err := os.Remove(news); err != nil {
		t.Fatal(err)
	}
	o.Now = time.Date(2026, 12, 24, 12, 0, 0, 0, time.UTC)
	refused("something that is due", "is not published yet")
	o.Now = noon.Add(time.Minute)
	cache := filepath.Join(o.Dir, "cache", "state")
	state, err := os.ReadFile(cache)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(cache); err != nil {
		t.Fatal(err)
	}
	if _, err := archive.Write(context.Background(), io.Discard, o); !errors.As(err, new(generator.NotPublished)) {
		t.Errorf("no memory of a build: %v", err)
	}
	if err := os.WriteFile(cache, state, 0o600); err != nil {
		t.Fatal(err)
	}
}

// planned renders every page of a school and of the authority that a person of the
// school may open, by compartment and key.
func planned(t *testing.T, dir string) (pages map[string]string, problems []source.Problem) {
	t.Helper()
	folder, err := source.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	problems = slices.DeleteFunc(folder.Check(noon, nil), func(p source.Problem) bool { return p.Warning })
	listing, _, err := folder.Scan()
	if err != nil {
		t.Fatal(err)
	}
	site, _ := folder.Site(listing)
	common, _ := folder.Common(listing, site)
	files, events := folder.BySchool(listing)
	visits, _ := folder.Visits(site, files["900001"], events["900001"])
	assets, err := layouts.Load()
	if err != nil {
		t.Fatal(err)
	}
	for i := range visits {
		sum := func(e source.Entry) ([32]byte, error) {
			data, err := folder.ReadFile(e.Path)
			return sha256.Sum256(data), err
		}
		if err := (page.Names{Item: func(record string) string { return record }}).SetSubject(&visits[i], sum); err != nil {
			t.Fatal(err)
		}
	}
	r, err := render.New(site, assets)
	if err != nil {
		t.Fatal(err)
	}
	name := func(key string) string {
		// The words in the id of what was withdrawn are not for the school.
		return strings.NewReplacer("/", "-", "2026-11-09-cccc-qqwithdrawn-slug", "2026-11-09-cccc-withdrawn").Replace(key)
	}
	o := page.Options{Now: noon, Names: page.Names{Root: func(c access.Compartment) string { return c.Kind }, Name: name, Item: name, Account: naming.OpaqueAccount}}
	pages = make(map[string]string)
	sc := site.Schools["900001"]
	for _, c := range slices.Concat(page.School(o, site, common, sc, visits), page.Authority(o, site, common)) {
		of := access.Compartment{School: c.ID.School, Kind: c.ID.Kind}
		group, isGroup := strings.CutPrefix(of.Kind, "group-")
		if strings.HasSuffix(of.Kind, "-audit") || access.IsPerson(of.Kind) || isGroup && !site.Vocabulary.GroupHas(group, sc.URN, sc.Tags) {
			continue // the lists of those who may not read, and what is of accounts
		}
		for i := range c.Pages {
			var out bytes.Buffer
			if err := r.Page(&out, &c.Pages[i], c.School); err != nil {
				t.Fatal(err)
			}
			pages[c.ID.ID()+" "+name(c.Pages[i].Key)] = out.String()
		}
	}
	return pages, problems
}

func TestARestoredArchiveBuildsToTheSamePages(t *testing.T) {
	o := options(t)
	zipped := filepath.Join(t.TempDir(), "a.zip")
	if err := os.WriteFile(zipped, written(t, o), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := buildkeys.LoadRoot(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "restored")
	if _, findings, err := archive.Restore(zipped, dir, archive.Trust{Root: root}, nil); err != nil {
		t.Fatal(err, findings)
	}
	want, _ := planned(t, o.Dir)
	got, problems := planned(t, dir)
	for _, p := range problems {
		t.Error(p)
	}
	if len(want) < 60 {
		t.Fatalf("%d pages only", len(want))
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if got[key] != want[key] {
			t.Errorf("%s differs:\n%s", key, difference(want[key], got[key]))
		}
	}
	for key := range got {
		if _, ok := want[key]; !ok {
			t.Errorf("%s is new", key)
		}
	}
}

// The fingerprint on a visit's page is the SHA-256 of a file of the archive.
func TestFingerprintOnAPageIsOfAFileOfTheArchive(t *testing.T) {
	files := unzipped(t, written(t, options(t)))
	shown := regexp.MustCompile(`<code>([0-9a-f]{64})</code>`)
	found := 0
	for file, text := range files {
		id, ok := strings.CutPrefix(file, "data/pages/visit-")
		if !ok {
			continue
		}
		m := shown.FindStringSubmatch(text)
		of, kept := files["data/fingerprints/visit-"+strings.TrimSuffix(id, ".html")+".json"]
		sum := sha256.Sum256([]byte(of))
		if kept != (m != nil) || kept && m[1] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s shows %v, and the archive has the file: %t", file, m, kept)
		}
		if kept {
			found++
		}
	}
	if found < 5 {
		t.Errorf("%d fingerprints only", found)
	}
}

// difference shows the first lines that differ.
func difference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return "-" + x[i] + "\n+" + y[i]
		}
	}
	return fmt.Sprintf("%d and %d lines", len(x), len(y))
}

func TestABadArchiveIsNotRestored(t *testing.T) {
	bad := change(t, newSmall().bytes(t), "<!DOCTYPE html>", "<!DOCTYPE htmx>")
	zipped, dir := filepath.Join(t.TempDir(), "a.zip"), filepath.Join(t.TempDir(), "restored")
	if err := os.WriteFile(zipped, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, findings, err := archive.Restore(zipped, dir, trusted, nil); !errors.Is(err, archive.ErrNotGood) || len(findings) != 1 {
		t.Error(findings, err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("something was written")
	}
	for name, s := range map[string]*small{
		"leads elsewhere":     {files: map[string]string{"data/records/private/root.key.age": "x"}},
		"goes with nothing":   {files: map[string]string{"data/attachments/2026-11-10-aaaa-x/a.txt": "x"}},
		"a folder of its own": {files: map[string]string{"data/records/content/visits/2026/v/visit.yaml": "x", "data/attachments/v/a/b.txt": "x"}},
	} {
		whole := newSmall()
		maps.Copy(whole.files, s.files)
		if err := os.WriteFile(zipped, whole.bytes(t), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := archive.Restore(zipped, dir, trusted, nil); err == nil {
			t.Errorf("%s: it is restored", name)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: something was written", name)
		}
	}
}
