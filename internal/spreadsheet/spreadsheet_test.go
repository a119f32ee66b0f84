package spreadsheet_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"flag"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"despatch/internal/spreadsheet"
)

// nasty are texts that a spreadsheet might take for a formula, and some that it
// takes for something else than text.
var nasty = []string{
	`=cmd|' /C calc'!A0`, "+44 1632 960000", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\x00=1", "＝1+1", "＋1", "－1", "＠x", "  =1+1",
	"0123", "1/2", "<c t=\"n\">", "a & b", "ünïcode ✓", "two\nlines", `quo"ted`, "a,b;c",
}

func table() *spreadsheet.Table {
	t := &spreadsheet.Table{Name: "Places: 2026/27 [a very long name of a sheet]", Heads: []string{"=School", "Roll"}}
	for _, s := range nasty {
		t.Rows = append(t.Rows, []spreadsheet.Cell{spreadsheet.Text(s), spreadsheet.Number("-5")})
	}
	t.Rows = append(t.Rows, []spreadsheet.Cell{spreadsheet.Number("=1"), spreadsheet.Number("212.50")})
	return t
}

// workbook is a sheet as a program reads it.
type workbook struct {
	Rows []struct {
		Cells []struct {
			At      string  `xml:"r,attr"`
			Type    string  `xml:"t,attr"`
			Formula *string `xml:"f"`
			Value   string  `xml:"v"`
			Text    string  `xml:"is>t"`
		} `xml:"c"`
	} `xml:"sheetData>row"`
}

func read(t *testing.T, data []byte) (sheet workbook, book string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal(text, new(struct{ XMLName xml.Name })); err != nil {
			t.Errorf("%s is no XML: %v", f.Name, err)
		}
		switch f.Name {
		case "xl/worksheets/sheet1.xml":
			if err := xml.Unmarshal(text, &sheet); err != nil {
				t.Fatal(err)
			}
		case "xl/workbook.xml":
			book = string(text)
		}
	}
	return sheet, book
}

func TestNothingThatWasTypedIsAFormula(t *testing.T) {
	var asXLSX, asCSV bytes.Buffer
	if err := table().XLSX(&asXLSX); err != nil {
		t.Fatal(err)
	}
	if err := table().CSV(&asCSV); err != nil {
		t.Fatal(err)
	}
	sheet, book := read(t, asXLSX.Bytes())
	if !strings.Contains(book, `name="Places  2026 27  a very long na"`) {
		t.Errorf("the sheet's name: %s", book)
	}
	if len(sheet.Rows) != len(nasty)+2 {
		t.Fatalf("%d rows", len(sheet.Rows))
	}
	for i, row := range sheet.Rows {
		for _, c := range row.Cells {
			number := strings.HasPrefix(c.At, "B") && i > 0
			if c.Formula != nil || number != (c.Type == "") || number && c.Text != "" || !number && c.Type != "inlineStr" {
				t.Errorf("the cell %s is %+v", c.At, c)
			}
		}
	}
	for i, want := range nasty {
		want = strings.NewReplacer("\x00", "\ufffd").Replace(want)
		if got := sheet.Rows[i+1].Cells[0].Text; got != want {
			t.Errorf("%q is written as %q", want, got)
		}
	}
	text, marked := strings.CutPrefix(asCSV.String(), "\ufeff")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || !marked {
		t.Fatal(err, marked)
	}
	for i, row := range rows {
		for j, cell := range row {
			if first := []rune(strings.TrimLeft(cell, " ") + " ")[0]; strings.ContainsRune("=+-@\t\r\n\x00＝＋－＠", first) && (j == 0 || i == 0) {
				t.Errorf("row %d begins with %q", i, cell)
			}
		}
	}
	if rows[1][1] != "-5" || rows[len(rows)-1][0] != "'=1" || rows[len(rows)-1][1] != "212.50" {
		t.Errorf("numbers: %q and %q", rows[1], rows[len(rows)-1])
	}
	if rows[14][0] != "0123" {
		t.Errorf("text that needs no apostrophe: %q", rows[14])
	}
}

func TestTheSameTableGivesTheSameBytes(t *testing.T) {
	var one, two bytes.Buffer
	if err := table().XLSX(&one); err != nil {
		t.Fatal(err)
	}
	if err := table().XLSX(&two); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("they differ")
	}
}

func TestColumnsBeyondTheAlphabetHaveTwoLetters(t *testing.T) {
	wide := &spreadsheet.Table{Rows: [][]spreadsheet.Cell{make([]spreadsheet.Cell, 703)}}
	for i := range wide.Rows[0] {
		wide.Rows[0][i] = spreadsheet.Text("x")
	}
	var b bytes.Buffer
	if err := wide.XLSX(&b); err != nil {
		t.Fatal(err)
	}
	sheet, _ := read(t, b.Bytes())
	cells := sheet.Rows[1].Cells
	for i, want := range map[int]string{0: "A2", 25: "Z2", 26: "AA2", 51: "AZ2", 701: "ZZ2", 702: "AAA2"} {
		if cells[i].At != want {
			t.Errorf("column %d is %s, want %s", i, cells[i].At, want)
		}
	}
}

var update = flag.Bool("update", false, "write testdata/table.* anew")

// The browser reads workbooks, and its tests read one that was made here.
func TestWhatTheTestsOfTheBrowserReadIsWhatIsWritten(t *testing.T) {
	made := &spreadsheet.Table{Name: "Places", Heads: []string{"", "Support", "Plan"}}
	for _, row := range [][3]string{{"Reception", "9", "2"}, {"YEARS 1 and 2", "10", "12"}, {"Year 12", "1", ""}} {
		made.Rows = append(made.Rows, []spreadsheet.Cell{spreadsheet.Text(row[0]), spreadsheet.Number(row[1]), spreadsheet.Number(row[2])})
	}
	for name, write := range map[string]func(io.Writer) error{"table.csv": made.CSV, "table.xlsx": made.XLSX} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if name == "table.csv" {
			if !bytes.Equal(kept, b.Bytes()) {
				t.Errorf("%s is not what is written now: run the test with -update", path)
			}
			continue
		}
		// What is packed otherwise by another version of Go is the same workbook.
		if got, want := parts(t, kept), parts(t, b.Bytes()); !maps.Equal(got, want) {
			t.Errorf("%s is not what is written now: run the test with -update", path)
		}
	}
}

// parts are a zip file's files by their names.
func parts(t *testing.T, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = string(text)
	}
	return all
}
