package source

import (
	"fmt"
	"strings"
)

const (
	settingsFile = "despatch.yaml"
	logoFile     = "content/logo.png"

	// undeliveredFile is written by the office, too (docs/content.md).
	undeliveredFile = "content/undelivered.yaml"
)

// A kind says which record a path belongs to.
type kind int

const (
	nowhere kind = iota
	settings
	groups
	logo
	undelivered
	publisher
	profile
	schoolFile
	account
	visitFile
	visitReport
	visitAttachment
	sheet
	dataReturn
	documentFile
	documentAttachment
	newsItem
	resultFile
	resultAttachment
	eventFile
)

// A place is what a path says: docs/content.md's layout, read backwards. id is
// the record's, which the names of its folder or file are.
type place struct {
	kind kind
	id   string
	name string // of an attachment
}

// isRecordID reports whether s is <date>-<4 characters>-<slug>, at most 64 long.
// It is asked for every file of the folder, so it is no regular expression.
func isRecordID(s string) bool {
	const shape = "dddd-dd-dd-wwww-"
	if !isSlug(s) || len(s) <= len(shape) || s[len(shape)] == '-' {
		return false
	}
	for i, c := range []byte(shape) {
		if got := s[i]; c == '-' && got != '-' || c == 'w' && got == '-' || c == 'd' && (got < '0' || got > '9') {
			return false
		}
	}
	return true
}

// placeOf finds a path's place; why says what is wrong with a path that has none.
func placeOf(path string) (p place, why string) {
	parts := strings.Split(path, "/")
	switch {
	case path == settingsFile:
		return place{kind: settings}, ""
	case path == "content/groups.yaml":
		return place{kind: groups}, ""
	case path == undeliveredFile:
		return place{kind: undelivered}, ""
	case path == logoFile:
		return place{kind: logo}, ""
	case parts[0] == "events":
		return placeEvent(path, parts)
	case len(parts) == 3:
		return placeFlat(parts)
	case len(parts) >= 4:
		return placeRecord(parts)
	}
	return place{}, "nothing reads a file here; move it or take it away"
}

// placeFlat is content/<folder>/<id>.yaml.
func placeFlat(parts []string) (place, string) {
	var k kind
	switch parts[1] {
	case "publishers":
		k = publisher
	case "profiles":
		k = profile
	case "schools":
		k = schoolFile
	case "accounts":
		k = account
	}
	id, isYAML := strings.CutSuffix(parts[2], ".yaml")
	switch {
	case k == nowhere:
		return place{}, "nothing reads a file here; move it or take it away"
	case !isYAML:
		return place{}, "nothing reads this file (want <id>.yaml)"
	case !isSlug(id):
		return place{}, fmt.Sprintf("%q cannot be an id (want lower-case letters, digits and hyphens, at most 64)", id)
	}
	return place{kind: k, id: id}, ""
}

// placeRecord is content/<folder>/<year>/…, where a record is one file or a
// folder of files.
func placeRecord(parts []string) (p place, why string) {
	folder, year, rest := parts[1], parts[2], parts[3:]
	if len(year) != 4 || !isSlug(year) || strings.Trim(year, "0123456789") != "" {
		return place{}, fmt.Sprintf("%q is not a year; records are in content/%s/<year>/", year, folder)
	}
	switch folder {
	case "visits":
		p, why = placeIn(rest, "visit.yaml", "attachments", visitFile, visitAttachment)
		if p.kind == nowhere && len(rest) == 2 && rest[1] == "report.md" {
			p, why = place{kind: visitReport, id: rest[0]}, ""
		}
	case "documents":
		p, why = placeIn(rest, "document.yaml", "files", documentFile, documentAttachment)
	case "results":
		p, why = placeIn(rest, "result.yaml", "files", resultFile, resultAttachment)
	case "sheets":
		p, why = placeOne(rest, ".md", sheet)
	case "news":
		p, why = placeOne(rest, ".md", newsItem)
	case "returns":
		p, why = placeOne(rest, ".yaml", dataReturn)
	default:
		return place{}, "nothing reads a file here; move it or take it away"
	}
	switch {
	case why != "":
		return place{}, why
	case !isRecordID(p.id):
		return place{}, fmt.Sprintf("%q is not an id (want one like 2026-11-03-k7q2-early-reading, at most 64 characters)", p.id)
	case p.id[:4] != year:
		return place{}, fmt.Sprintf("%q is in the folder of the year %s; move it to %s", p.id, year, p.id[:4])
	}
	return p, ""
}

// placeIn is <id>/<main> or <id>/<files>/<name>.
func placeIn(rest []string, main, files string, record, attachment kind) (place, string) {
	switch {
	case len(rest) == 2 && rest[1] == main:
		return place{kind: record, id: rest[0]}, ""
	case len(rest) == 3 && rest[1] == files:
		return place{kind: attachment, id: rest[0], name: rest[2]}, ""
	}
	return place{}, fmt.Sprintf("nothing reads a file here (want %s, or files under %s/)", main, files)
}

// placeOne is <id><ext>.
func placeOne(rest []string, ext string, k kind) (place, string) {
	if id, ok := strings.CutSuffix(rest[0], ext); ok && len(rest) == 1 {
		return place{kind: k, id: id}, ""
	}
	return place{}, fmt.Sprintf("nothing reads a file here (want <id>%s)", ext)
}

// isSlug reports whether s matches ^[a-z0-9][a-z0-9-]{0,63}$.
func isSlug(s string) bool {
	if len(s) == 0 || len(s) > 64 || s[0] == '-' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
