package source_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"despatch/generator/source"
)

// zipped is a zip of empty files with these names; "mimetype=x" has the content x.
func zipped(t *testing.T, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, n := range names {
		name, content, _ := bytes.Cut([]byte(n), []byte("="))
		f, err := w.Create(string(name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAttachmentTypes(t *testing.T) {
	docx := zipped(t, "[Content_Types].xml", "word/document.xml")
	const odf = "mimetype=application/vnd.oasis.opendocument."
	tests := []struct {
		file, content, media string // an empty media: refused, with this
		refusal              string
	}{
		{"plan.pdf", "%PDF-1.7\n", "application/pdf", ""},
		{"PLAN.PDF", "%PDF-1.7\n", "application/pdf", ""},
		{"a.png", "\x89PNG\r\n\x1a\n....", "image/png", ""},
		{"a.jpg", "\xff\xd8\xff\xe0", "image/jpeg", ""},
		{"a.jpeg", "\xff\xd8\xff\xe0", "image/jpeg", ""},
		{"a.txt", "caf\xe9, as old editors write it", "text/plain", ""},
		{"a.csv", "name,é\n", "text/csv", ""},
		{"a.ics", "BEGIN:VCALENDAR\r\n", "text/calendar", ""},
		{"a.docx", docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ""},
		{"a.xlsx", zipped(t, "[Content_Types].xml", "xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ""},
		{"a.pptx", zipped(t, "[Content_Types].xml", "ppt/presentation.xml"), "application/vnd.openxmlformats-officedocument.presentationml.presentation", ""},
		{"a.odt", zipped(t, odf+"text"), "application/vnd.oasis.opendocument.text", ""},
		{"a.ods", zipped(t, odf+"spreadsheet"), "application/vnd.oasis.opendocument.spreadsheet", ""},
		{"a.odp", zipped(t, odf+"presentation"), "application/vnd.oasis.opendocument.presentation", ""},

		{"a.docm", docx, "", "a.docm can hold macros, which are not sent; save it as .docx or pdf"},
		{"a.xlsm", docx, "", "save it as .xlsx or pdf"},
		{"a.xls", "\xd0\xcf\x11\xe0", "", "a.xls can hold macros"},
		{"a.exe", "MZ", "", "is of a type that is not sent (want pdf, png"},
		{"a.html", "<html>", "", "is of a type that is not sent"},
		{"a.svg", "<svg>", "", "is of a type that is not sent"},
		{"a.zip", docx, "", "is of a type that is not sent"},
		{"a", "x", "", "is of a type that is not sent"},
		{"plan.pdf.exe", "%PDF-1.7", "", "is of a type that is not sent"},
		{"exe.pdf", "MZ\x90\x00", "", "is not what its name says"},
		{"html.pdf", "<html>%PDF-1.7", "", "is not what its name says"},
		{"pdf.png", "%PDF-1.7", "", "is not what its name says"},
		{"exe.txt", "MZ\x90\x00\x03", "", "is not what its name says"},
		{"utf16.csv", "\xff\xfea\x00", "", "is not what its name says"},
		{"macro.docx", zipped(t, "[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "", "without macros"},
		{"activex.docx", zipped(t, "[Content_Types].xml", "word/document.xml", "word/activeX/activeX1.bin"), "", "without macros"},
		{"sheet.docx", zipped(t, "[Content_Types].xml", "xl/workbook.xml"), "", "is not what its name says"},
		{"zip.docx", zipped(t, "a.exe"), "", "is not what its name says"},
		{"broken.docx", docx[:len(docx)-10], "", "is not what its name says"},
		{"text.ods", zipped(t, odf+"text"), "", "is not what its name says"},
		{"basic.odt", zipped(t, odf+"text", "Basic/script-lc.xml"), "", "without macros"},
		{"x.ics", "BEGIN:VCARD", "", "is not what its name says"},
		{"empty.pdf", "", "", "is empty"},
	}
	la := full(t)
	text := visitText + "attachments:\n"
	for _, tt := range tests {
		text += "  - {file: " + tt.file + "}\n"
		write(t, la, filepath.ToSlash(filepath.Dir(visitFile))+"/attachments/"+tt.file, tt.content)
	}
	write(t, la, visitFile, text)
	f := open(t, la)
	together := f.Check(now, nil)
	for _, tt := range tests {
		if tt.media == "" && !says(together, tt.refusal) {
			t.Errorf("%s: want %q", tt.file, tt.refusal)
		}
	}
	for _, tt := range tests {
		if tt.media == "" {
			write(t, la, visitFile, visitText+"attachments: [{file: "+tt.file+"}]\n")
			if problems := f.Check(now, nil); !says(problems, visitFile+":7:22: "+tt.file) {
				t.Errorf("%s went through: %v", tt.file, problems)
			}
			continue
		}
		write(t, la, visitFile, visitText+"attachments: [{file: "+tt.file+"}]\n")
		l, _, err := f.Scan()
		if err != nil {
			t.Fatal(err)
		}
		s, _ := f.Site(l)
		var files []source.Entry
		for _, e := range l.Entries {
			if _, ok := e.VisitID(); ok {
				files = append(files, e)
			}
		}
		visits, problems := f.Visits(s, files, nil)
		if len(visits) != 1 || len(visits[0].Files) != 1 || visits[0].Files[0].Type != tt.media {
			t.Errorf("%s: %+v, %v; want %s", tt.file, visits, problems, tt.media)
		}
	}
}

func TestAttachmentsHaveALimit(t *testing.T) {
	la := full(t)
	write(t, la, visitFile, visitText+"attachments: [{file: big.pdf}]\n")
	file := filepath.Join(la, filepath.FromSlash(filepath.Dir(visitFile)), "attachments", "big.pdf")
	write(t, la, filepath.ToSlash(filepath.Dir(visitFile))+"/attachments/big.pdf", "%PDF-1.7\n")
	if err := os.Truncate(file, 64<<20+1); err != nil {
		t.Fatal(err)
	}
	if problems := open(t, la).Check(now, nil); !says(problems, "big.pdf is larger than 64 MiB") {
		t.Errorf("%v", problems)
	}
}
