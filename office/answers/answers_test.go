package answers_test

import (
	"regexp"
	"strings"
	"testing"

	"despatch/generator/source"
	"despatch/office/answers"
	"despatch/records/datareturn"
)

func TestFilesOfSchoolsGetSafeNames(t *testing.T) {
	form := &source.Return{Form: datareturn.Form{Fields: []datareturn.Field{{ID: "plan", Label: "Plan", Type: datareturn.Files}}}}
	names := []string{"plan.pdf", "PLAN.PDF", "../../etc/passwd", "..\\..\\x.pdf", ".htaccess", "", "CON", "a\u202efdp.exe", "naïve (final).docx", strings.Repeat("x", 300) + ".pdf", "=cmd|'/C calc'.csv", "-rf .pdf"}
	var said datareturn.Answers
	for _, n := range names {
		said.Files = append(said.Files, datareturn.File{Field: "plan", Name: n, Bytes: []byte(n)})
	}
	w := answers.Whole{Form: form, Answers: []answers.Answer{
		{Done: source.Done{School: "900001"}, Said: said}, {Done: source.Done{School: "900002"}, Said: said},
	}}
	files := w.Files()
	if len(files) != 2*len(names) {
		t.Fatalf("%d files", len(files))
	}
	plain, seen := regexp.MustCompile(`^90000[12]-plan-[0-9]+-[A-Za-z0-9]+(-[A-Za-z0-9]+)*(\.[a-z0-9]{1,8})?$`), make(map[string]bool)
	for i, f := range files {
		if !plain.MatchString(f.Name) || len(f.Name) > 90 || seen[strings.ToLower(f.Name)] {
			t.Errorf("%q becomes %q", names[i%len(names)], f.Name)
		}
		if string(f.Bytes) != names[i%len(names)] {
			t.Errorf("%q has another file's bytes", f.Name)
		}
		seen[strings.ToLower(f.Name)] = true
	}
	listed := w.Table(func(string) string { return "" }).Rows[0]
	found := false
	for _, c := range listed {
		found = found || strings.Contains(c.Text, files[0].Name+"; "+files[1].Name)
	}
	if !found {
		t.Errorf("the table does not name the files: %v", listed)
	}
}
