package misheetimport_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"despatch/office/misheetimport"
	"despatch/records/authority"
	"despatch/records/calendar"
	"despatch/records/misheet"
)

const sheetText = `Management Information Sheet

Cycle training

MI Sheet TypeAction
To Be Completed By: 18/12/2015
MI Number:236/15
Publication Date:11/12/2015 12:00:00
LA Contact:Robin Vale
Audience:Headteachers

Cycle training

Text.
`

func TestTextThatCannotBeImportedIsRefused(t *testing.T) {
	tests := []struct {
		name, text string
		options    misheetimport.Options
		want       string
	}{
		{name: "empty", text: "", want: "the text is empty"},
		{name: "white space alone", text: " \r\n\t\n\u00a0\n", want: "the text is empty"},
		{name: "too large", text: strings.Repeat("long line\n", 30000), want: "the text has 300000 bytes (want at most 262144)"},
		{name: "binary", text: "%PDF-1.7\x00\x01", want: "this is not text but a binary file"},
		{name: "control characters", text: "Title\n\nab\x07c", want: "line 3 holds the control character U+0007"},
		{name: "utf-16", text: "\xff\xfeT\x00i\x00", want: "the text is UTF-16"},
		{name: "neither encoding", text: "Title \x81\x8d", want: "neither UTF-8 nor Windows-1252"},
		{name: "two numbers", text: strings.Replace(sheetText, "LA Contact:", "MI Number: 237/15\nLA Contact:", 1), want: "line 7 says the number is 236/15 and line 9 says 237/15: which is it?"},
		{name: "number in the heading", text: "MI Sheet 1/15\n" + sheetText, want: "which is it?"},
		{name: "no date", text: strings.Replace(sheetText, "Publication Date:11/12/2015 12:00:00\n", "", 1), want: "the text does not say when the sheet was published"},
		{name: "impossible date", text: strings.Replace(sheetText, "11/12/2015", "31/02/2015", 1), want: "the text does not say when the sheet was published"},
		{name: "month first", text: strings.Replace(sheetText, "11/12/2015", "12/25/2015", 1), want: "the text does not say when the sheet was published"},
		{name: "another date given", text: sheetText, options: misheetimport.Options{Published: calendar.Date{Year: 2015, Month: 1, Day: 1}}, want: "the text was published on 2015-12-11, not on 2015-01-01"},
		{name: "no title", text: "Management Information Sheet\nMI Number: 1/15\nPublication Date: 11/12/2015\n", want: "the text has no title"},
		{name: "endless title", text: strings.Repeat("word ", 60) + "\n\nMI Number: 1/15\n", want: "the title would be 299 characters long"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := misheetimport.Import(dir, []byte(test.text), test.options, false)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Error("something was written")
			}
		})
	}
}

func TestUndatedTextIsToldApart(t *testing.T) {
	_, err := misheetimport.Import(t.TempDir(), []byte("Title\n\nText.\n"), misheetimport.Options{}, false)
	if _, ok := errors.AsType[misheetimport.Undated](err); !ok {
		t.Fatalf("got %v", err)
	}
}

func TestSameTextAgainIsUnchanged(t *testing.T) {
	dir := t.TempDir()
	first, err := misheetimport.Import(dir, []byte(sheetText), misheetimport.Options{}, false)
	if err != nil || first.Done != misheetimport.Imported {
		t.Fatal(first, err)
	}
	again := strings.ReplaceAll(sheetText, "\n", "\r\n")
	second, err := misheetimport.Import(dir, []byte(again), misheetimport.Options{}, false)
	if err != nil || second.Done != misheetimport.Unchanged || second.Path != first.Path {
		t.Fatal(second, err)
	}
	if !regexp.MustCompile(`^content/sheets/2015/2015-12-11-[0-9a-hjkmnp-tv-z]{4}-cycle-training\.md$`).MatchString(first.Path) {
		t.Error(first.Path)
	}
}

func TestNumberOfAnotherFileIsRefusedUnlessReplaced(t *testing.T) {
	dir := t.TempDir()
	first, err := misheetimport.Import(dir, []byte(sheetText), misheetimport.Options{}, false)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, filepath.FromSlash(first.Path))
	limited := strings.Replace(read(t, file), "audience: [Headteachers]", "group: lite-schools\nschools: [\"900001\"]", 1)
	if err := os.WriteFile(file, []byte(limited), 0o644); err != nil {
		t.Fatal(err)
	}
	corrected := strings.Replace(strings.Replace(sheetText, "Text.", "Better text.", 1), "236/15", "MI 236-15", 1)
	_, err = misheetimport.Import(dir, []byte(corrected), misheetimport.Options{}, false)
	if _, ok := errors.AsType[misheetimport.Taken](err); !ok || !strings.Contains(err.Error(), "the number MI 236-15 is taken by "+first.Path) {
		t.Fatalf("got %v", err)
	}
	if read(t, file) != limited {
		t.Fatal("a refused import wrote")
	}
	second, err := misheetimport.Import(dir, []byte(corrected), misheetimport.Options{}, true)
	if err != nil || second.Done != misheetimport.Replaced || second.Path != first.Path {
		t.Fatal(second, err)
	}
	s := decode(t, []byte(read(t, file)))
	if s.Body != "Better text." || s.Group != "lite-schools" || len(s.Audience) != 0 || len(s.Schools) != 1 {
		t.Errorf("a limited sheet came out as %+v", s)
	}
}

func TestFileChangedByAPersonIsKept(t *testing.T) {
	dir := t.TempDir()
	first, err := misheetimport.Import(dir, []byte(sheetText), misheetimport.Options{}, false)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, filepath.FromSlash(first.Path))
	if err := os.WriteFile(file, []byte(read(t, file)+"\nMore.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = misheetimport.Import(dir, []byte(sheetText), misheetimport.Options{}, false)
	if err == nil || !strings.Contains(err.Error(), "was changed since it was imported") {
		t.Fatalf("got %v", err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The two sheets that the feature rows come from stand beside the repository
// where they may; they are real people's words and not part of it.
func TestRealSheetsComeThrough(t *testing.T) {
	want := map[string]misheet.Sheet{
		"002_2983057754a1dabc.txt": {
			Title: "Perspective Lite - Phase 2", Type: misheet.Action, Number: "236/15",
			Published: calendar.Moment{Date: calendar.Date{Year: 2015, Month: 12, Day: 11}},
			Due:       misheet.Due{Date: calendar.Date{Year: 2015, Month: 12, Day: 18}},
			Contacts:  []authority.Contact{{Name: "Chris Jackson"}},
			Audience:  []string{"Headteachers", "school secretaries", "admin staff"},
			Links:     []misheet.Link{{URL: "http://www.perspective.angelsolutions.co.uk/Perspective/Login"}},
		},
		"003_ef3e20c56f337255.txt": {
			Title: "Monitoring visits for schools that require improvement", Type: misheet.Information, Number: "220/12",
			Published: calendar.Moment{Date: calendar.Date{Year: 2012, Month: 11, Day: 23}},
			Contacts:  []authority.Contact{{Name: "Richard Potts", Phone: "01603 307797"}},
			Audience:  []string{"Headteachers", "Chairs of Governors"},
			Links: []misheet.Link{{URL: "http://www.ofsted.gov.uk/sites/default/files/documents/inspection--forms-and-guides/m/" +
				"Monitoring%20visits%20and%20support%20for%20schools%20that%20require%20improvement%20in%20order%20to%20become%20good%20or%20outstanding.doc"}},
		},
	}
	for name, sheet := range want {
		data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "seeds", name))
		if err != nil {
			t.Skipf("the real sheets are not beside the repository: %v", err)
		}
		got, notes, err := misheetimport.Parse(data, misheetimport.Options{})
		if err != nil || len(notes) > 0 {
			t.Fatal(notes, err)
		}
		sheet.Format, sheet.ID, sheet.Body = 1, got.ID, got.Body
		if diff := cmp.Diff(sheet, *got); diff != "" {
			t.Error(diff)
		}
		checkWords(t, data, misheetimport.Options{})
		if strings.Contains(got.Body, sheet.Title+"\n") || name[:3] == "002" && strings.Count(got.Body, "\n- ") != 8 ||
			name[:3] == "003" && !strings.Contains(got.Body, "Grade 3.While the Office") {
			t.Error(got.Body)
		}
	}
}

var (
	ownWords = regexp.MustCompile(`^(?:management|information|sheet|mi|title|subject|type|of|to|be|completed|by|number|no|publication|date|published|la|lea|contacts?|officer|name|tel|telephone|phone|e|mail|email|address|target|audience|links?|summary|contents?|actions?|required|effective|from|norfolk|northmoor|self|review|reference|associated|documents?|cc|c|and|or|due|deadline|completion|o)$`)
	runIn    = regexp.MustCompile(`(?im)((?:mi sheet type|sheet type|completed by(?: date)?|mi (?:sheet )?n(?:umber|o)\.?|publication date|la contacts?|lea contact|e-?mail address|audience|links|summary of (?:contents?|actions? required)|effective from|review reference|associated documents?))`)
	number   = regexp.MustCompile(`^\d+$`)
	months   = regexp.MustCompile(`^(?:january|february|march|april|may|june|july|august|september|october|november|december|(?:mon|tues|wednes|thurs|fri|satur|sun)day|t?\d{1,2}(?:st|nd|rd|th)?)$`)
)

// checkWords holds a sheet's file against its text: every word of the text is
// in the file, but for labels, joining words, and dates, which are written
// another way.
func checkWords(t *testing.T, data []byte, o misheetimport.Options) {
	t.Helper()
	s, _, err := misheetimport.Parse(data, o)
	if err != nil {
		return
	}
	file, err := misheetimport.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	back := decode(t, file)
	if o.Title == "" && strings.TrimSpace(back.Title) == "" {
		t.Fatalf("no title in\n%s", file)
	}
	if len(data) > 0 && !strings.HasSuffix(string(file), "\n") {
		t.Fatalf("the file does not end in a line end:\n%s", file)
	}
	var have strings.Builder
	for _, c := range back.Contacts {
		have.WriteString(c.Name + " " + c.Phone + " " + c.Email + " ")
	}
	for _, l := range back.Links {
		have.WriteString(l.URL + " " + unescape(l.URL) + " " + l.Title + " ")
	}
	have.WriteString(strings.Join([]string{
		back.Title, string(back.Type), back.Number, back.Due.String(), back.Published.String(), strings.Join(back.Audience, " "),
		back.Summary, back.Action, back.Effective, back.Reference, strings.Join(back.Documents, " "), strings.Join(back.CC, " "),
		strings.ReplaceAll(back.Body, "\\", ""), unescape(back.Body),
	}, " "))
	if !utf8.Valid(data) {
		return // which letters these are is for the corpus to say
	}
	folded := strings.ToLower(have.String())
	for _, word := range wordsOf(data) {
		if strings.Contains(folded, word) || ownWords.MatchString(word) || months.MatchString(word) ||
			number.MatchString(word) && len(word) <= 2 {
			continue
		}
		t.Fatalf("the word %q of\n%s\nis not in\n%s", word, data, file)
	}
}

// wordsOf are the runs of letters and digits of a text, in lower case.
func wordsOf(data []byte) []string {
	text := norm.NFC.String(string(data))
	text = runIn.ReplaceAllString(strings.ReplaceAll(text, "\u00ad", ""), "$1 ")
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

func unescape(s string) string {
	return regexp.MustCompile(`%[0-9A-F]{2}`).ReplaceAllString(s, " ")
}

func TestNoWordIsLost(t *testing.T) {
	for _, file := range corpus(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		checkWords(t, data, given(strings.TrimSuffix(filepath.Base(file), ".txt")))
	}
}

func FuzzParse(f *testing.F) {
	for _, file := range corpus(f) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(sheetText))
	f.Fuzz(func(t *testing.T, data []byte) { checkWords(t, data, misheetimport.Options{}) })
}
