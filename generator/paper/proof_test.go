package paper_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"despatch/generator/page"
	"despatch/internal/pdfcheck"
	"despatch/records/calendar"
)

func TestAReceiptAndAStatementArePapers(t *testing.T) {
	for kind, v := range map[string]*page.ProofView{
		"receipt": {
			Text: []string{"The drop-box took the answer below."},
			Rows: []page.Row{{Key: "Place in the log", Values: []page.Value{{Text: "98"}}}, {Key: "Deposit (SHA-256)", Values: []page.Value{{Text: strings.Repeat("0123456789abcdef", 4)}}}},
		},
		"statement": {
			Text:   []string{"No answer to this record was received by its last day."},
			Signed: []string{"despatch-statement 1", "says nothing-received", "leaf " + strings.Repeat("ab", 60), "", "— box.northmoor.example/log AAAA"},
		},
	} {
		v.Head = page.Head{Caption: "Meadow Lane Primary School", Heading: "A " + kind}
		data, err := press(t).Print(&page.Paper{
			Kind: kind, Title: "A " + kind + ", Focus visit, 18 November 2026: Meadow Lane Primary School", School: "Meadow Lane Primary School",
			Date: calendar.Date{Year: 2026, Month: 11, Day: 18}, From: "Northmoor School Improvement", View: v,
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range pdfcheck.Check(data).Findings {
			t.Errorf("%s: %s", kind, found)
		}
		file := filepath.Join(t.TempDir(), kind+".pdf")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("pdftotext", "-layout", file, "-").CombinedOutput()
		if err != nil {
			t.Fatal(err, string(out))
		}
		for _, row := range v.Rows {
			for _, want := range []string{row.Key[:5], row.Values[0].Text[:2]} {
				if !strings.Contains(string(out), want) {
					t.Errorf("%s does not say %q:\n%s", kind, want, out)
				}
			}
		}
		for _, line := range v.Signed {
			if line != "" && !strings.Contains(string(out), line[:16]) {
				t.Errorf("%s does not say %q:\n%s", kind, line, out)
			}
		}
	}
}
