package page

import (
	"fmt"
	"path"
	"strings"

	"despatch/records/calendar"
)

// fileKind names a file's type as people do.
func fileKind(mediaType, name string) string {
	kinds := map[string]string{
		"application/pdf": "PDF",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   "Word document",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         "Excel spreadsheet",
		"application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint slides",
		"application/vnd.oasis.opendocument.text":                                   "OpenDocument text",
		"application/vnd.oasis.opendocument.spreadsheet":                            "OpenDocument spreadsheet",
		"text/csv": "CSV", "text/plain": "text", "image/png": "PNG image", "image/jpeg": "JPEG image", "application/zip": "ZIP archive",
	}
	base, _, _ := strings.Cut(mediaType, ";")
	if kind, ok := kinds[base]; ok {
		return kind
	}
	return strings.ToUpper(strings.TrimPrefix(path.Ext(name), "."))
}

// fileSize gives a size as people read it.
func fileSize(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1_000_000:
		return fmt.Sprintf("%d kB", (n+500)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// schoolYear names the school year of a date: 2026 to 2027.
func schoolYear(d calendar.Date) string {
	y := d.SchoolYear()
	return fmt.Sprintf("%d to %d", y, y+1)
}

// searchable folds texts into what a list's search looks through.
func searchable(texts ...string) string {
	return strings.ToLower(strings.Join(strings.Fields(strings.Join(texts, " ")), " "))
}

// joined gives a list as a sentence has it: a, b and c.
func joined(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
