// Package spreadsheet writes tables for people who open them in a spreadsheet: CSV,
// and XLSX (ECMA-376, SpreadsheetML) with one sheet.
//
// What others typed is never a formula: in XLSX text is a string cell, which no
// program computes; in CSV text that a program might take for a formula begins with
// an apostrophe (TestNothingThatWasTypedIsAFormula). The same table gives the same
// bytes.
package spreadsheet

import (
	"archive/zip"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A Table is rows under a first row of heads. Rows may be shorter than it.
type Table struct {
	Name  string // of the sheet: at most 31 characters count
	Heads []string
	Rows  [][]Cell
}

// A Cell is text, or a number that is written as digits.
type Cell struct {
	Text   string
	Number bool
}

// Text is a cell of text.
func Text(s string) Cell { return Cell{Text: s} }

var digits = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,15})?$`)

// Number is a cell with a number, or with text where s is none.
func Number(s string) Cell { return Cell{Text: s, Number: digits.MatchString(s)} }

// starts are the characters at which a spreadsheet takes text for a formula, the
// full-width forms of them too.
const starts = "=+-@\t\r\n\x00＝＋－＠"

// plain makes text that no spreadsheet takes for a formula, as CSV has it.
func (c Cell) plain() string {
	text := strings.TrimLeft(c.Text, " ")
	if first, _ := utf8.DecodeRuneInString(text); !c.Number && text != "" && strings.ContainsRune(starts, first) {
		return "'" + c.Text
	}
	return c.Text
}

// CSV writes the table as RFC 4180 has it, in UTF-8 with the mark by which Excel
// knows that.
func (t *Table) CSV(w io.Writer) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	if err := c.Write(plainAll(texts(t.Heads))); err != nil {
		return err
	}
	for _, row := range t.Rows {
		if err := c.Write(plainAll(row)); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func texts(all []string) []Cell {
	cells := make([]Cell, len(all))
	for i, s := range all {
		cells[i] = Text(s)
	}
	return cells
}

func plainAll(row []Cell) []string {
	out := make([]string, len(row))
	for i, c := range row {
		out[i] = c.plain()
	}
	return out
}

// parts are the files of a workbook that are the same for each.
var parts = []struct{ name, text string }{
	{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`},
	{"xl/styles.xml", `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf xfId="0" numFmtId="49" applyNumberFormat="1"/><xf xfId="0" fontId="1" numFmtId="49" applyFont="1" applyNumberFormat="1"/><xf xfId="0"/></cellXfs></styleSheet>`},
}

// The styles of cells in xl/styles.xml.
const (
	textStyle = iota
	headStyle
	numberStyle
)

// XLSX writes the table as a workbook with one sheet.
func (t *Table) XLSX(w io.Writer) error {
	z := zip.NewWriter(w)
	put := func(name, text string) error {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err == nil {
			_, err = io.WriteString(f, xml.Header+text)
		}
		return err
	}
	for _, p := range parts {
		if err := put(p.name, p.text); err != nil {
			return err
		}
	}
	book := `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="` +
		escaped(sheetName(t.Name)) + `" sheetId="1" r:id="rId1"/></sheets></workbook>`
	if err := put("xl/workbook.xml", book); err != nil {
		return err
	}
	if err := put("xl/worksheets/sheet1.xml", t.sheet()); err != nil {
		return err
	}
	return z.Close()
}

func (t *Table) sheet() string {
	var b strings.Builder
	b.WriteString(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>`)
	row := func(n int, cells []Cell, style int) {
		fmt.Fprintf(&b, `<row r="%d">`, n)
		for i, c := range cells {
			at := column(i) + fmt.Sprint(n)
			switch {
			case c.Text == "":
			case c.Number:
				fmt.Fprintf(&b, `<c r="%s" s="%d"><v>%s</v></c>`, at, numberStyle, escaped(c.Text))
			default:
				fmt.Fprintf(&b, `<c r="%s" s="%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, at, style, escaped(c.Text))
			}
		}
		b.WriteString("</row>")
	}
	row(1, texts(t.Heads), headStyle)
	for i, cells := range t.Rows {
		row(i+2, cells, textStyle)
	}
	b.WriteString("</sheetData></worksheet>")
	return b.String()
}

// column is the name of a column: A, B … Z, AA.
func column(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}

// escaped is text as XML takes it. What XML cannot hold becomes U+FFFD.
func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

// sheetName is a name that a sheet may have.
func sheetName(s string) string {
	name := strings.TrimSpace(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\'`, r) || r < ' ' {
			return ' '
		}
		return r
	}, s))
	if r := []rune(name); len(r) > 31 {
		name = strings.TrimSpace(string(r[:31]))
	}
	if name == "" {
		return "Table"
	}
	return name
}
