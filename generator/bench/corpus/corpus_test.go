package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"html"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/generator"
	"despatch/generator/source"
	"despatch/generator/tree"
	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
	"despatch/internal/naming"
	"despatch/office/enrol"
	"despatch/records/access"
)

var (
	la             = flag.String("la", "", "a built authority's folder to look into; left out: a small one is made")
	passphraseFile = flag.String("passphrase-file", "", "its officer's passphrase, on the first line")
)

// TestEveryTitleIsInTheOpenedPacks opens every pack of a converted and built
// corpus and looks for every record in it. The benchmark runs it over what it
// timed.
func TestEveryTitleIsInTheOpenedPacks(t *testing.T) {
	dir, typed := *la, keyring.Typed{}
	if dir == "" {
		dir, typed = small(t)
	} else {
		text, err := os.ReadFile(*passphraseFile)
		if err != nil {
			t.Fatal(err)
		}
		line, _, _ := strings.Cut(string(text), "\n")
		if typed, err = keyring.ParseTyped(line); err != nil {
			t.Fatal(err)
		}
	}
	wanted := headings(t, dir)
	if len(wanted) == 0 {
		t.Fatal("the folder has no visits and no sheets")
	}
	found := open(t, dir, typed)
	for heading, n := range wanted {
		if found[heading] < n {
			t.Errorf("%q is on %d opened pages (want %d)", heading, found[heading], n)
		}
	}
	t.Logf("%d records under %d headings, all of them in the opened packs", total(wanted), len(wanted))
}

func total(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// small makes, converts and builds a corpus in the rig's form.
func small(t testing.TB) (string, keyring.Typed) {
	t.Helper()
	rig, dir := t.TempDir(), filepath.Join(t.TempDir(), "la")
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(rig, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(rig, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, urn := range []string{"100001", "100002"} {
		write("schools/"+urn+"/_index.md", fmt.Sprintf("---\ntitle: \"School %s\"\nschool: %q\nphase: Special\n---\n", urn, urn))
		for i, kind := range []string{"focus", "other"} {
			write(fmt.Sprintf("schools/%s/2021-0%d-10-v0%d.md", urn, i+1, i), fmt.Sprintf("---\ntitle: \"Record of visit: Reading %d\"\nschool: %q\n"+
				"date: 2021-0%d-10\nadviser: \"Alex Dunn\"\ntype: %s\nstatus: \"Draft\"\ncategory: \"SEND\"\nfocus: \"Reading %d\"\n---\n\nVisit to **it**.\n\n## Findings\n\n- One\n", i, urn, i+1, kind, i))
		}
	}
	write("mi/100-20.md", "---\ntitle: \"MI sheet 100/20: Governors' curriculum\"\nschool: \"all\"\ndate: 2020-09-11\nadviser: \"Zoe Yates\"\ntype: mi\nstatus: Published\ncategory: \"Action\"\nfocus: \"Curriculum\"\n---\n\n## Summary\n\nText.\n")
	now := time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC)
	if code := run(t.Context(), []string{"-in", rig, "-out", dir}, io.Discard, os.Stderr); code != 0 {
		t.Fatalf("corpus: exit code %d", code)
	}
	p, err := enrol.Init(dir, "officer", now)
	if err != nil {
		t.Fatal(err)
	}
	office, err := enrol.Unlock(dir, "officer", p.Typed())
	if err != nil {
		t.Fatal(err)
	}
	site := siteOf(t, dir)
	if _, err := office.EnsureCompartments(context.Background(), site, nil); err != nil {
		t.Fatal(err)
	}
	if err := office.SignKeys(site, now); err != nil {
		t.Fatal(err)
	}
	if _, err := generator.Build(t.Context(), generator.Options{Dir: dir, Now: now}); err != nil {
		t.Fatal(err)
	}
	return dir, p.Typed()
}

func siteOf(t testing.TB, dir string) *source.Site {
	t.Helper()
	folder, err := source.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	listing, _, err := folder.Scan()
	if err != nil {
		t.Fatal(err)
	}
	site, problems := folder.Site(listing)
	for _, p := range problems {
		t.Error(p)
	}
	return site
}

// headings are the titles of all records and how many have each, by the school
// that they are of.
func headings(t *testing.T, dir string) map[string]int {
	t.Helper()
	all := map[string]int{}
	for _, pattern := range []string{"content/visits/*/*/visit.yaml", "content/sheets/*/*.md"} {
		files, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all[member(string(data), "school")+" "+member(string(data), "title")]++
		}
	}
	return all
}

func member(text, key string) string {
	_, rest, _ := strings.Cut(text, "\n"+key+": \"")
	value, _, _ := strings.Cut(rest, "\"")
	return value
}

// open opens every compartment and counts the headings of its pages.
func open(t *testing.T, dir string, typed keyring.Typed) map[string]int {
	t.Helper()
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	officer, err := keyring.OpenOfficer(read(buildkeys.OfficerKeysDir+"/officer.id.age"), typed)
	if err != nil {
		t.Fatal(err)
	}
	key, err := naming.Read(read(buildkeys.NamingFile))
	if err != nil {
		t.Fatal(err)
	}
	root, err := buildkeys.LoadRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := tree.Read(os.DirFS(filepath.Join(dir, "public")), root)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, school := range append([]string{""}, siteOf(t, dir).SchoolKeys()...) {
		bundle, err := keyring.OpenBundle(read(buildkeys.BundlePath(school)), officer.Key, cmp.Or(school, "-"))
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range bundle.Kinds {
			stem := naming.IndexPath(key.Secret(access.Compartment{School: school, Kind: k.Name}.ID(), k.Epoch))
			at, ok := slices.BinarySearchFunc(s.Entries, stem+".", func(e tree.Entry, p string) int { return strings.Compare(e.Path, p) })
			if !ok && (at == len(s.Entries) || !strings.HasPrefix(s.Entries[at].Path, stem+".")) {
				continue
			}
			x, _, err := tree.ReadIndex(unseal(t, k.Key, read("public/"+s.Entries[at].Path)))
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range x.Packs {
				files, err := tree.ReadPack(unseal(t, k.Key, read("public/"+p.Path)))
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range files {
					found[school+" "+heading(string(f.Data))]++
				}
			}
		}
	}
	return found
}

func unseal(t *testing.T, k keyring.Key, sealed []byte) []byte {
	t.Helper()
	plain, err := k.Open(sealed)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// heading is the text of a page's h1 without its caption.
func heading(page string) string {
	_, rest, _ := strings.Cut(page, "<h1")
	h1, _, _ := strings.Cut(rest, "</h1>")
	if i := strings.LastIndexByte(h1, '>'); i >= 0 {
		h1 = h1[i+1:]
	}
	return strings.TrimSpace(html.UnescapeString(h1))
}
