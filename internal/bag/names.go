package bag

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// mostPath is the longest path in a bag, in bytes.
const mostPath = 400

var reserved = []string{
	"con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
	"lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
}

// badPath says why a path cannot be a file's on every system inside the bag's
// folder, or nothing.
func badPath(path string) string {
	switch {
	case !utf8.ValidString(path):
		return "the name is not UTF-8"
	case len(path) > mostPath:
		return fmt.Sprintf("the name has %d bytes (at most %d)", len(path), mostPath)
	case strings.HasPrefix(path, "/"):
		return "the name leads out of the archive's folder"
	case strings.ContainsAny(path, `<>:"\|?*`):
		return "the name has a character that Windows refuses"
	case strings.ContainsFunc(path, func(r rune) bool {
		return r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x61c
	}):
		return "the name has a control or bidirectional character"
	}
	for part := range strings.SplitSeq(path, "/") {
		stem, _, _ := strings.Cut(strings.ToLower(part), ".")
		switch {
		case part == "." || part == "..":
			return "the name leads out of the archive's folder"
		case part == "":
			return "the name has an empty part"
		case strings.HasSuffix(part, ".") || strings.HasSuffix(part, " ") || strings.HasPrefix(part, " "):
			return "a part of the name starts or ends with a space or a dot"
		case slices.Contains(reserved, strings.TrimSpace(stem)):
			return "Windows keeps the name for itself"
		}
	}
	return ""
}

// names are paths that have been seen, by their letters without case.
type names map[string]string

// add takes a path in. Where it cannot be told from one that is there on every
// system it is not, and that one is given.
func (n names) add(path string) (other string, ok bool) {
	key := strings.ToLower(path)
	if other, taken := n[key]; taken {
		return other, false
	}
	n[key] = path
	return "", true
}
