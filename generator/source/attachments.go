package source

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// An Attached is a file that goes with a record: where it lies, what people see
// as its name, and its media type, of which content and name agree.
type Attached struct {
	Entry
	Title, Type string
}

// Name is the file's own name.
func (a Attached) Name() string { return path.Base(a.Path) }

// A fileType is one row of the allow-list.
type fileType struct {
	media string
	is    func(head []byte, file *os.File, size int64) bool
}

func fileTypes() map[string]fileType {
	begins := func(magic string) func([]byte, *os.File, int64) bool {
		return func(head []byte, _ *os.File, _ int64) bool { return bytes.HasPrefix(head, []byte(magic)) }
	}
	office := func(part string) func([]byte, *os.File, int64) bool {
		return func(_ []byte, f *os.File, size int64) bool { return isOffice(f, size, part) }
	}
	open := func(media string) fileType {
		return fileType{media, func(_ []byte, f *os.File, size int64) bool { return isOpenDocument(f, size, media) }}
	}
	const ooxml = "application/vnd.openxmlformats-officedocument."
	jpeg := fileType{"image/jpeg", begins("\xff\xd8\xff")}
	return map[string]fileType{
		".pdf":  {"application/pdf", begins("%PDF-")},
		".png":  {"image/png", begins("\x89PNG\r\n\x1a\n")},
		".jpg":  jpeg,
		".jpeg": jpeg,
		".txt":  {"text/plain", isText},
		".csv":  {"text/csv", isText},
		".ics": {"text/calendar", func(head []byte, f *os.File, size int64) bool {
			return bytes.HasPrefix(bytes.ToUpper(head), []byte("BEGIN:VCALENDAR")) && isText(head, f, size)
		}},
		".docx": {ooxml + "wordprocessingml.document", office("word/")},
		".xlsx": {ooxml + "spreadsheetml.sheet", office("xl/")},
		".pptx": {ooxml + "presentationml.presentation", office("ppt/")},
		".odt":  open("application/vnd.oasis.opendocument.text"),
		".ods":  open("application/vnd.oasis.opendocument.spreadsheet"),
		".odp":  open("application/vnd.oasis.opendocument.presentation"),
	}
}

const wantTypes = "want pdf, png, jpg, txt, csv, ics, docx, xlsx, pptx, odt, ods or odp"

// attached looks at one attachment. Its name and its content must say the same,
// and both be on the allow-list; files that can hold macros are not.
func (f *Folder) attached(e Entry, title string) (Attached, error) {
	name := path.Base(e.Path)
	ext := strings.ToLower(path.Ext(name))
	t, ok := fileTypes()[ext]
	switch {
	case !ok && (len(ext) == 5 && ext[4] == 'm' || len(ext) == 4 && (ext == ".doc" || ext == ".xls" || ext == ".ppt")):
		return Attached{}, fmt.Errorf("%s can hold macros, which are not sent; save it as %s or pdf", name, strings.TrimRight(ext, "m")[:4]+"x")
	case !ok:
		return Attached{}, fmt.Errorf("%s is of a type that is not sent (%s)", name, wantTypes)
	case e.Size > mostAttachment:
		return Attached{}, fmt.Errorf("%s is larger than %d MiB, which is the most that is sent", name, mostAttachment>>20)
	case e.Size == 0:
		return Attached{}, fmt.Errorf("%s is empty; put the file itself here", name)
	}
	file, err := f.root.Open(filepath.FromSlash(e.Path))
	if err != nil {
		return Attached{}, fmt.Errorf("read %s: %w", e.Path, err)
	}
	defer file.Close()
	head := make([]byte, 4096)
	n, err := io.ReadFull(file, head)
	if err != nil && n == 0 {
		return Attached{}, fmt.Errorf("read %s: %w", e.Path, err)
	}
	if !t.is(head[:n], file, e.Size) {
		return Attached{}, fmt.Errorf("%s is not what its name says: its content is no %s without macros; save it anew in its own program", name, ext[1:])
	}
	if title == "" {
		title = name
	}
	return Attached{e, title, t.media}, nil
}

// isText reports whether the beginning of a file is text, in UTF-8 or in an old
// single-byte code, as spreadsheets still write it.
func isText(head []byte, _ *os.File, _ int64) bool {
	for _, c := range head {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
			return false
		}
	}
	return utf8.Valid(head) || !bytes.HasPrefix(head, []byte("\xff\xfe")) && !bytes.HasPrefix(head, []byte("\xfe\xff"))
}

// isOffice reports whether the file is an Office Open XML package of this kind
// that holds no macros and nothing that starts by itself.
func isOffice(f *os.File, size int64, part string) bool {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return false
	}
	types, main := false, false
	for _, e := range z.File {
		lower := strings.ToLower(e.Name)
		if strings.Contains(lower, "vbaproject") || strings.Contains(lower, "activex") || strings.HasPrefix(lower, "macros") {
			return false
		}
		types = types || e.Name == "[Content_Types].xml"
		main = main || strings.HasPrefix(e.Name, part)
	}
	return types && main
}

// isOpenDocument reports whether the file is an OpenDocument package of this
// media type without Basic or other scripts.
func isOpenDocument(f *os.File, size int64, media string) bool {
	z, err := zip.NewReader(f, size)
	if err != nil || len(z.File) == 0 {
		return false
	}
	said := ""
	for _, e := range z.File {
		if strings.HasPrefix(e.Name, "Basic/") || strings.HasPrefix(e.Name, "Scripts/") {
			return false
		}
		if e.Name == "mimetype" && e.UncompressedSize64 < 256 {
			if r, err := e.Open(); err == nil {
				data, _ := io.ReadAll(io.LimitReader(r, 256))
				r.Close()
				said = strings.TrimSpace(string(data))
			}
		}
	}
	return said == media
}
