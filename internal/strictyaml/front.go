package strictyaml

import (
	"bytes"
	"errors"
	"strings"
)

var fence = []byte("---")

// FrontMatter splits a Markdown file into its YAML and its body. front begins
// with the fence line, which is YAML too, so that its lines are the file's
// lines; body begins at the given line of the file, with CRLF read as LF and
// blank lines at both ends taken off.
func FrontMatter(data []byte) (front []byte, body string, line int, err error) {
	lineEnd := func(b []byte) int {
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			return i + 1
		}
		return len(b)
	}
	first := lineEnd(data)
	if !isFence(data[:first]) {
		return nil, "", 0, errors.New("the file does not start with front matter (want a line --- first)")
	}
	at, line := first, 2
	for at < len(data) {
		end := at + lineEnd(data[at:])
		if isFence(data[at:end]) {
			body = strings.ReplaceAll(string(data[end:]), "\r\n", "\n")
			line++
			for rest, ok := strings.CutPrefix(body, "\n"); ok; rest, ok = strings.CutPrefix(body, "\n") {
				body = rest
				line++
			}
			return data[:at], strings.TrimRight(body, "\n"), line, nil
		}
		at = end
		line++
	}
	return nil, "", 0, errors.New("the front matter has no end (want a line --- below it)")
}

func isFence(line []byte) bool { return bytes.Equal(bytes.TrimRight(line, " \t\r\n"), fence) }
