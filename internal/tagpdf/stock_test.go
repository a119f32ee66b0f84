package tagpdf_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"despatch/internal/tagpdf"
)

// run runs a stock tool and gives what it says.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("%s is not there: run make need-test", name)
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func onDisk(t *testing.T, data []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "sample.pdf")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestStockReadersAgree(t *testing.T) {
	for name, d := range samples() {
		t.Run(name, func(t *testing.T) {
			file := onDisk(t, write(t, d))
			if out := run(t, "qpdf", "--check", "--no-warn", file); !strings.Contains(out, "No syntax or stream encoding errors found") {
				t.Errorf("qpdf: %s", out)
			}
			about := run(t, "pdfinfo", file)
			for _, want := range []string{"Title:           Focus visit, 18 November 2026", "Tagged:          yes", "PDF version:     1.7", "Page size:       595.276 x 841.89 pts (A4)"} {
				if !strings.Contains(about, want) {
					t.Errorf("pdfinfo does not say %q:\n%s", want, about)
				}
			}
			fonts := strings.Split(strings.TrimSpace(run(t, "pdffonts", file)), "\n")[2:]
			if len(fonts) == 0 {
				t.Error("there is no font")
			}
			for _, font := range fonts {
				if !regexp.MustCompile(`^[A-Z]{6}\+\S+ +CID TrueType +Identity-H +yes yes yes `).MatchString(font) {
					t.Errorf("a font is not embedded as a subset with its characters: %s", font)
				}
			}
		})
	}
}

func TestWhatAScreenReaderIsTold(t *testing.T) {
	got := run(t, "pdfinfo", "-struct-text", onDisk(t, write(t, samples()["everything"])))
	told := regexp.MustCompile(`\s+`).ReplaceAllString(got, " ")
	for _, want := range []string{
		`H1 (block) "Focus visit: early reading"`,
		`TH: /Scope /Row "Responsible" TD "Dr Siân Ŵyn-Łukasz"`,
		`TD "Ann Adviser Ωμέγα Жуков"`, // two lines, not one word
		`Span (inline) "phonics" " is " Span (inline) "consistent" ", and "`,
		`Link (inline) "published scheme of work for reception and year one" Object`, // whole, though it runs over two lines
		`" as it is; " Code (inline) "reading.level" " was "`,
		`Lbl (block) "3." LBody (block) P (block) "third"`,
		`BlockQuote P (block) "Leaders know`,
		`Caption "Pupils by year" THead TR TH: /Scope /Column "Year"`,
		`Figure:`,
	} {
		if !strings.Contains(told, want) {
			t.Errorf("the structure does not say %s", want)
		}
	}
	if n := strings.Count(told, `/Scope /Column "Year"`); n != 1 {
		t.Errorf("the head of a table on three pages is told %d times (want once)", n)
	}
	for _, artifact := range []string{"Page 1 of", "SHA256:47DEQpj8"} {
		if strings.Contains(told, artifact) {
			t.Errorf("a reader is told %q on every page", artifact)
		}
	}
}

// MuPDF shares no code with poppler and qpdf: it opens every sample without a word
// of complaint, shows as many pages, and reads the same letters from each.
func TestASecondReaderReadsTheSame(t *testing.T) {
	complains := func(said string) bool {
		said = strings.ReplaceAll(said, "warning: ICC support is not available", "") // Debian's MuPDF is built without
		return strings.Contains(said, "warning:") || strings.Contains(said, "error:")
	}
	letters := func(text string) string { return regexp.MustCompile(`[^\p{L}\p{N}]+`).ReplaceAllString(text, "") }
	for name, d := range samples() {
		t.Run(name, func(t *testing.T) {
			file := onDisk(t, write(t, d))
			if said := run(t, "mutool", "info", "-M", file); complains(said) {
				t.Errorf("mutool says %s", said)
			}
			pages := regexp.MustCompile(`(?m)^Pages: +(\d+)$`).FindStringSubmatch(run(t, "pdfinfo", file))
			for n := 1; pages == nil || fmt.Sprint(n-1) != pages[1]; n++ {
				page := fmt.Sprint(n)
				text := run(t, "mutool", "draw", "-q", "-F", "txt", file, page)
				if complains(text) {
					t.Fatalf("page %s: mutool says %s", page, text)
				}
				text = strings.ReplaceAll(text, "warning: ICC support is not available", "")
				// In whichever order: how columns follow one another is each reader's own.
				got, want := strings.Split(letters(text), ""), strings.Split(letters(run(t, "pdftotext", "-f", page, "-l", page, file, "-")), "")
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("page %s: mutool reads %d letters, poppler %d, or others", page, len(got), len(want))
				}
			}
		})
	}
	broken := write(t, document(tagpdf.Paragraph{Text: tagpdf.Plain(lorem)}))
	copy(broken[bytes.LastIndex(broken, []byte("startxref")):], "startxxxx")
	if out := run(t, "mutool", "info", "-M", onDisk(t, broken)); !complains(out) {
		t.Errorf("mutool says nothing of a broken file: %s", out)
	}
}

// lines gives the text of a page as it is laid out.
func pageText(t *testing.T, file, page string) string {
	return run(t, "pdftotext", "-layout", "-f", page, "-l", page, file, "-")
}

func TestAHeadIsRepeatedOnEachPageOfATable(t *testing.T) {
	file := onDisk(t, write(t, document(table(90))))
	for _, page := range []string{"1", "2", "3"} {
		if got := pageText(t, file, page); !regexp.MustCompile(`Year +Pupils +Share +Note`).MatchString(got) || !strings.Contains(got, "Page "+page+" of 3") {
			t.Errorf("page %s:\n%s", page, got)
		}
	}
}

// pdfcpu is a reader by others, in Go; its strict rules are those of PDF 1.7,
// which does not know files that are associated, so what has some is left out.
func TestPDFCPUAcceptsAllByItsStrictRules(t *testing.T) {
	dir := t.TempDir()
	docs := samples()
	for seed := range uint64(randomDocuments) {
		docs[fmt.Sprintf("random-%d", seed)] = randomDocument(seed)
	}
	f := fonts(t)
	var files []string
	for name, d := range docs {
		if d.Attachments != nil {
			continue
		}
		data, err := d.Write(f)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, filepath.Join(dir, name+".pdf"))
		if err := os.WriteFile(files[len(files)-1], data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if len(files) < 150 {
		t.Fatalf("only %d documents", len(files))
	}
	validate := func(files ...string) (string, error) {
		args := append([]string{"tool", "-modfile=../../tools/go.mod", "pdfcpu", "validate", "--conf", "disable", "--offline", "--mode", "strict"}, files...)
		out, err := exec.Command("go", args...).CombinedOutput()
		return string(out), err
	}
	if out, err := validate(files...); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	// It finds what is wrong: an outline that counts an entry too many.
	bad := filepath.Join(dir, "bad.pdf")
	run(t, "qpdf", "--qdf", "--object-streams=disable", filepath.Join(dir, "everything.pdf"), bad)
	data, err := os.ReadFile(bad)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := regexp.MustCompile(`(/Type /Outlines|/Count 5\b)`).ReplaceAll(data, []byte("/Count 9"))
	if err := os.WriteFile(bad, spoilt, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := validate(bad); err == nil {
		t.Errorf("it accepts what was spoilt: %s", out)
	}
}
