package paper_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"despatch/generator/page"
	"despatch/internal/pdfcheck"
	"despatch/records/calendar"
)

func letter() *page.Paper {
	return &page.Paper{
		Kind: "letter", Title: "Letter, 9 October 2026: Meadow Lane Primary School", Date: calendar.Date{Year: 2026, Month: 10, Day: 9}, From: "Northmoor School Improvement",
		Ask: page.Contact{Phone: "01632 960010"}, School: "Meadow Lane Primary School",
		View: &page.DocumentView{
			Head: page.Head{Caption: "Meadow Lane Primary School", Heading: "Support this year"},
			Letter: &page.Letter{
				To: []string{"Morgan Ellery", "Meadow Lane Primary School", "1 Meadow Lane", "ZZ1 1AA"}, Date: page.Value{Text: "Friday 9 October 2026"}, Reference: "SI/412",
				Salutation: "Dear Morgan", Close: "Yours sincerely", Signed: "Robin Vale", Role: "Head of School Improvement", For: "Northmoor School Improvement",
			},
			Text:        "Thank you.\n\n## What we ask\n\nTell your governors.",
			Attachments: []page.Attachment{{Title: "Offer", File: "offer.docx", Type: "Word document", Size: "24 kB"}},
			Contacts:    []page.Contact{{Name: "Priya Usher"}},
		},
	}
}

// printed gives a paper on disk, without a finding, and its words.
func printed(t *testing.T, p *page.Paper) (file, text string) {
	t.Helper()
	data, err := press(t).Print(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range pdfcheck.Check(data).Findings {
		t.Error(found)
	}
	file = filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-raw", file, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v: run make need-test", err)
	}
	return file, regexp.MustCompile(`\s+`).ReplaceAllString(string(out), " ")
}

func TestALetterIsSetAsLettersAre(t *testing.T) {
	file, text := printed(t, letter())
	if want := "Morgan Ellery Meadow Lane Primary School 1 Meadow Lane ZZ1 1AA Friday 9 October 2026 Our reference: SI/412 Dear Morgan, Support this year Thank you. What we ask Tell your governors. " +
		"Yours sincerely, Robin Vale Head of School Improvement Northmoor School Improvement With this letter, in the portal: • Offer: offer.docx (Word document, 24 kB)"; !strings.Contains(text, want) {
		t.Errorf("the letter does not say, in this order, %q:\n%s", want, text)
	}
	if strings.Contains(text, "Questions about this") {
		t.Error("a letter says whom to ask in its letterhead")
	}
	// The address is where the window of a folded letter's envelope shows it: 46 to
	// 81 mm from the top, 20 to 110 from the left.
	out, err := exec.Command("pdftotext", "-f", "1", "-l", "1", "-x", "57", "-y", "130", "-W", "255", "-H", "100", file, "-").Output()
	if shown := strings.Fields(string(out)); err != nil || strings.Join(shown, " ") != "Morgan Ellery Meadow Lane Primary School 1 Meadow Lane ZZ1 1AA" {
		t.Errorf("the window shows %q (%v)", shown, err)
	}
}

// What ends a letter does not part from who signs it, wherever a page ends.
func TestACloseStaysWithItsSignature(t *testing.T) {
	pages := 0
	for lines := 12; lines < 26; lines++ {
		p := letter()
		p.View.(*page.DocumentView).Text = strings.Repeat("One more paragraph.\n\n", lines) + "The last one."
		file, _ := printed(t, p)
		last := ""
		for n := 1; n <= 2; n++ {
			out, _ := exec.Command("pdftotext", "-f", string(rune('0'+n)), "-l", string(rune('0'+n)), file, "-").Output()
			text := string(out)
			if n == 2 && strings.Contains(text, "Robin Vale") {
				pages++
			}
			if strings.Contains(text, "Yours sincerely") != strings.Contains(text, "Robin Vale") || strings.Contains(text, "Yours sincerely") != strings.Contains(text, "The last one.") {
				t.Errorf("%d paragraphs, page %d parts what ends the letter:\n%s\n%s", lines, n, last, text)
			}
			last = text
		}
	}
	if pages == 0 {
		t.Error("no letter ran over a page: the test tells nothing")
	}
}

func TestTheFinalReportShowsWhatWasSaidAndWhatBecameOfIt(t *testing.T) {
	p := visit()
	p.View.(*page.VisitView).Changes = []page.Change{
		{Said: "It is nine schools.", Was: "seven first schools", Now: "nine first schools", Words: "Nine schools."},
		{Said: "Sixteen books.", Was: "twelve books", Why: "Twelve were read in full."},
		{Said: "A third point.", Now: "New words"},
	}
	file, text := printed(t, p)
	for _, want := range []string{
		"Table of changes What the school said Before What became of it", "It is nine schools. Suggested: Nine schools. seven first schools Changed to: nine first schools",
		"Sixteen books. twelve books Not changed. Twelve were read in full.", "A third point. Changed to: New words",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q:\n%s", want, text)
		}
	}
	told, err := exec.Command("pdfinfo", "-struct-text", file).Output()
	if err != nil || strings.Count(string(told), "A third point.") != 1 || !regexp.MustCompile(`TH:\s+/Scope /Row\s+"A third point\."`).Match(told) {
		t.Errorf("a point is no head of its row: %v\n%s", err, told)
	}
}
