package paper_test

import (
	"bytes"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"despatch/generator/page"
	"despatch/generator/paper"
	"despatch/layouts"
	"despatch/records/authority"
	"despatch/records/calendar"
)

func press(t testing.TB) *paper.Press {
	t.Helper()
	s := &authority.Settings{Theme: authority.Theme{Brand: "#1d3c6e"}}
	s.Authority.Name, s.Authority.Short = "Northmoor County Council", "Northmoor"
	a, err := layouts.Load()
	if err != nil {
		a = &layouts.Assets{}
	}
	p, err := paper.New(s, a)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const report = `# Early reading

Leaders have put **early reading** first. Teaching of phonics is *consistent*, and adults follow the [published scheme](https://www.northmoor.example/scheme) ~~mostly~~.

- Every class reads daily.
- Books match the sounds that pupils know:
    1. in reception
    2. in year one

> "I like the quiet corner," a pupil said.

## What the figures say

| Year | Pupils | On track |
|:-----|-------:|---------:|
| Reception | 28 | 71 % |
| Year 1 | 30 | 80 % |

    code = here

***

See also <robin.vale@northmoor.example> and [the list](visits.html). Siân Ŵyn \& Łukasz &copy; 2026.
`

func visit() *page.Paper {
	day := calendar.Date{Year: 2026, Month: 11, Day: 18}
	return &page.Paper{
		Kind: "report", Title: "Focus visit, 18 November 2026: Meadow Lane Primary School", Date: day, From: "Northmoor School Improvement",
		Ask: page.Contact{Name: "Robin Vale", Email: "robin.vale@northmoor.example", Phone: "01632 960010"}, School: "Meadow Lane Primary School",
		View: &page.VisitView{
			Head:        page.Head{Caption: "Meadow Lane Primary School", Heading: "Focus visit: early reading"},
			State:       page.State{Tag: page.Tag{Text: "Finalised"}, Line: "Finalised on 4 December 2026.", Detail: []string{"The school judged the record accurate on 1 December 2026."}},
			Rows:        []page.Row{{Key: "Date of visit", Values: []page.Value{{Text: "Wednesday 18 November 2026"}}}, {Key: "Responsible", Values: []page.Value{{Text: "Robin Vale"}, {Text: "01632 960010", Href: "tel:+441632960010"}}}},
			Report:      report,
			Findings:    []page.Part{{Heading: "Quality of education", Text: "Strong. " + "The curriculum is ambitious, and staff know what comes next and why."}, {Heading: "Leadership", Text: "Clear."}},
			Answers:     []page.Part{{Heading: "What should happen next?", Text: "- Keep going\n- Share with governors"}},
			Reply:       []page.Part{{Heading: "What the school said", Text: "Thank you.\nWe agree."}},
			Attachments: []page.Attachment{{Title: "Action plan", File: "plan.docx", Type: "Word document", Size: "24 kB"}},
			Contacts:    []page.Contact{{Name: "Robin Vale", Email: "robin.vale@northmoor.example", Phone: "01632 960010", Tel: "tel:+441632960010", For: "records of visits"}},
		},
	}
}

func TestTheSameRecordIsTheSameFile(t *testing.T) {
	once, err := press(t).Print(visit())
	if err != nil {
		t.Fatal(err)
	}
	again, err := press(t).Print(visit())
	if err != nil || !bytes.Equal(once, again) {
		t.Errorf("two printings differ: %v", err)
	}
}

// BenchmarkAReportOfThreePages prints a report as long as most are: with
// characters that few have, and without.
func BenchmarkAReportOfThreePages(b *testing.B) {
	plain := strings.NewReplacer("â", "a", "Ŵ", "W", "Ł", "L", "&copy;", "", "    code = here", "Here").Replace(report)
	for name, text := range map[string]string{"rare": report, "plain": plain} {
		b.Run(name, func(b *testing.B) {
			press, paper := press(b), visit()
			paper.View.(*page.VisitView).Report = strings.Repeat(text, 3)
			var data []byte
			for b.Loop() {
				var err error
				if data, err = press.Print(paper); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(data)), "bytes")
		})
	}
}

// The fonts of the portal kern by GPOS alone; the tests of tagpdf have a font with the
// older table.
func TestLettersAreKernedAsTheFontWants(t *testing.T) {
	p := visit()
	p.View.(*page.VisitView).Report = "AVAVAVAVAVAV AAAAAAVVVVVV"
	file, _ := printed(t, p)
	out, err := exec.Command("pdftotext", "-bbox", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	width := func(word string) float64 {
		found := regexp.MustCompile(`xMin="([0-9.]+)"[^>]* xMax="([0-9.]+)"[^>]*>` + word + `<`).FindSubmatch(out)
		if found == nil {
			t.Fatalf("the report does not have %s:\n%s", word, out)
		}
		from, _ := strconv.ParseFloat(string(found[1]), 64)
		to, _ := strconv.ParseFloat(string(found[2]), 64)
		return to - from
	}
	if kerned, plain := width("AVAVAVAVAVAV"), width("AAAAAAVVVVVV"); kerned >= 0.98*plain {
		t.Errorf("letters that want to stand closer are %.2f points wide, the same ones apart %.2f", kerned, plain)
	}
}
