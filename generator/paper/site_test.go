package paper_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"despatch/content"
	"despatch/generator/page"
	"despatch/generator/paper"
	"despatch/generator/source"
	"despatch/internal/pdfcheck"
	"despatch/internal/pdfsign"
	"despatch/layouts"
	"despatch/records/access"
	"despatch/records/calendar"
	"despatch/records/school"
)

// nameOf gives names of the form that a build gives.
func nameOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:8])
}

// northmoor plans every compartment of the fictional authority.
func northmoor(t testing.TB) (*source.Site, []page.Compartment) {
	t.Helper()
	dir := t.TempDir()
	err := content.Walk(func(path string, data []byte) error {
		full := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return err
		}
		return os.WriteFile(full, data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := source.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	listing, _, err := f.Scan()
	if err != nil {
		t.Fatal(err)
	}
	site, _ := f.Site(listing)
	common, _ := f.Common(listing, site)
	files, events := f.BySchool(listing)
	o := page.Options{Now: calendar.Date{Year: 2026, Month: 11, Day: 22}.Start().Add(9 * time.Hour), Names: page.Names{
		Root: func(c access.Compartment) string { return nameOf("root " + c.ID()) }, Name: nameOf, Item: nameOf,
	}}
	all := page.Authority(o, site, common)
	for _, urn := range site.SchoolKeys() {
		visits, _ := f.Visits(site, files[urn], events[urn])
		all = append(all, page.School(o, site, common, site.Schools[urn], visits)...)
	}
	return site, all
}

func sitePress(t testing.TB, s *source.Site) *paper.Press {
	t.Helper()
	a, err := layouts.Load()
	if err != nil {
		a = &layouts.Assets{}
	}
	p, err := paper.New(s.Settings, a)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEveryPaperOfTheFictionalAuthorityHasNoFinding(t *testing.T) {
	site, all := northmoor(t)
	press := sitePress(t, site)
	kinds := map[string]int{}
	for _, c := range all {
		for i := range c.Files {
			f := &c.Files[i]
			if f.Paper == nil {
				continue
			}
			kinds[f.Paper.Kind]++
			data, err := press.Print(f.Paper)
			if err != nil {
				t.Errorf("%s: %v", f.Key, err)
				continue
			}
			for _, found := range pdfcheck.Check(data).Findings {
				t.Errorf("%s: %s", f.Key, found)
			}
			if f.Made(int64(len(data))); f.Size != int64(len(data)) {
				t.Errorf("%s: its pages say another size", f.Key)
			}
		}
	}
	for kind, least := range map[string]int{"report": 30, "sheet": 5, "document": 3} {
		if kinds[kind] < least {
			t.Errorf("%d papers are a %s (want %d at least)", kinds[kind], kind, least)
		}
	}
}

// TestOnlyARecordThatMayBeReadIsPrinted looks at every paper that is planned.
func TestOnlyARecordThatMayBeReadIsPrinted(t *testing.T) {
	_, all := northmoor(t)
	for _, c := range all {
		pages := map[string]*page.Page{}
		for i := range c.Pages {
			pages[c.Pages[i].Key] = &c.Pages[i]
		}
		for i := range c.Files {
			f := &c.Files[i]
			if f.Paper == nil {
				continue
			}
			p := pages[f.Paper.Page]
			if p == nil || p.Draft || p.Year != f.Year {
				t.Errorf("%s: %s is no paper of a page in the same compartment", c.ID.ID(), f.Key)
			}
			if strings.HasSuffix(c.ID.Kind, "-audit") {
				t.Errorf("%s: who sees the audit alone is given %s", c.ID.ID(), f.Key)
			}
			if v, ok := f.Paper.View.(*page.VisitView); ok && v.Withdrawn != nil {
				t.Errorf("%s: what was withdrawn is printed: %s", c.ID.ID(), f.Key)
			}
		}
	}
}

func TestAPaperSaysWhatItsPageSays(t *testing.T) {
	data, err := press(t).Print(visit())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "visit.pdf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-raw", file, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v: run make need-test", err)
	}
	text := regexp.MustCompile(`\s+`).ReplaceAllString(string(out), " ")
	for _, want := range []string{
		"Northmoor County Council Northmoor School Improvement · 01632 960010 · robin.vale@northmoor.example Meadow Lane Primary School Focus visit: early reading Finalised on 4 December 2026. The school judged the record accurate on 1 December 2026.",
		"Date of visit Wednesday 18 November 2026 Responsible Robin Vale 01632 960010",
		"Leaders have put early reading first.", "Books match the sounds that pupils know: 1. in reception 2. in year one", "\"I like the quiet corner,\" a pupil said.",
		"Year Pupils On track Reception 28 71 % Year 1 30 80 %", "code = here", "Siân Ŵyn & Łukasz © 2026.",
		"Findings Quality of education Strong.", "Questions and answers What should happen next? • Keep going • Share with governors",
		"What the school said Thank you. We agree.", "One file came with this record.", "Action plan: plan.docx (Word document, 24 kB)", "Page 1 of 2",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the paper does not say %q:\n%s", want, text)
		}
	}
}

func TestWhatNoFontHasIsRefusedByName(t *testing.T) {
	p := visit()
	p.View.(*page.VisitView).Findings[0].Text = "Done ✓"
	_, err := press(t).Print(p)
	if err == nil || !strings.Contains(err.Error(), "'✓' (U+2713)") || !strings.Contains(err.Error(), "Focus visit, 18 November 2026") {
		t.Errorf("%v (want the record and the character)", err)
	}
	if _, err := press(t).Print(&page.Paper{Title: "A list", View: &page.ListView{}}); err == nil {
		t.Error("a list is printed")
	}
}

func TestASchoolsNameInOtherLettersIsPrinted(t *testing.T) {
	p := visit()
	p.School = (&school.School{Name: "Ysgol Dŵr y Felin · Школа Ωμέγα"}).Name
	if _, err := press(t).Print(p); err != nil {
		t.Error(err)
	}
}

func TestASignedPaperSaysByWhom(t *testing.T) {
	signer, err := pdfsign.New("Northmoor County Council", "Robin Vale", "Head of School Improvement", time.Now().Add(-time.Hour), 3)
	if err != nil {
		t.Fatal(err)
	}
	plain := press(t)
	signed := plain.SignedBy(signer)
	if bytes.Equal(plain.Digest(), signed.Digest()) || plain.SignedBy(nil) != plain {
		t.Error("a press with a signer is told from one without by its digest")
	}
	data, err := signed.Print(visit())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := signed.Print(visit()); err != nil || !bytes.Equal(data, again) {
		t.Errorf("two printings differ: %v", err)
	}
	for _, found := range pdfcheck.Check(data).Findings {
		t.Error(found)
	}
	file := filepath.Join(t.TempDir(), "visit.pdf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command("pdftotext", "-raw", file, "-").Output()
	text := regexp.MustCompile(`\s+`).ReplaceAllString(string(said), " ")
	if want := "Signed for Northmoor County Council by Robin Vale, Head of School Improvement. The signature is in this file. Fingerprint of its certificate (SHA-256): " + signer.Fingerprint(); err != nil || !strings.Contains(text, want) {
		t.Errorf("%v: the paper does not say %q:\n%s", err, want, text)
	}
	seen, _ := exec.Command("pdfsig", file).CombinedOutput()
	for _, want := range []string{"Signer Certificate Common Name: Robin Vale", "Signature is Valid.", "Total document signed"} {
		if !strings.Contains(string(seen), want) {
			t.Errorf("pdfsig does not say %q:\n%s", want, seen)
		}
	}
}
