package misheetimport

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// maxSize is the most that one sheet's text may hold, as of any file of
// content (docs/content.md).
const maxSize = 256 << 10

// A line is one line of the text. Tabs are kept, because a tab after a label
// ends it; everything else that looks like a space is one.
type line struct {
	number   int
	indented bool
	text     string // without white space around it
	whole    string // of a value: the line it was cut from, with its label
}

func (l line) blank() bool { return l.text == "" }

// lines decodes the text of a sheet: UTF-8 or Windows-1252, with or without a
// byte order mark, any line ends. What is not text is refused.
func lines(data []byte) ([]line, []Note, error) {
	if len(data) > maxSize {
		return nil, nil, fmt.Errorf("the text has %d bytes (want at most %d): is this one sheet?", len(data), maxSize)
	}
	text, err := decode(data)
	if err != nil {
		return nil, nil, err
	}
	var notes []Note
	var all []line
	for i, raw := range strings.Split(text, "\n") {
		clean, dropped, err := cleanLine(raw)
		if err != nil {
			return nil, nil, fmt.Errorf("line %d %w", i+1, err)
		}
		if dropped > 0 {
			notes = append(notes, Note{Line: i + 1, Text: fmt.Sprintf("%d invisible characters were dropped", dropped)})
		}
		trimmed := strings.TrimSpace(clean)
		all = append(all, line{
			number:   i + 1,
			indented: trimmed != "" && !strings.HasPrefix(clean, trimmed),
			text:     trimmed,
		})
	}
	for _, l := range all {
		if !l.blank() {
			return all, notes, nil
		}
	}
	return nil, nil, errors.New("the text is empty")
}

func decode(data []byte) (string, error) {
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		return "", errors.New("the text is UTF-16: save it as UTF-8 first")
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(data, 0) >= 0 {
		return "", errors.New("this is not text but a binary file: save the page as text first")
	}
	if !utf8.Valid(data) {
		decoded, err := charmap.Windows1252.NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
			return "", errors.New("this is neither UTF-8 nor Windows-1252 text: save the page as text first")
		}
		data = decoded
	}
	text := norm.NFC.String(string(data))
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\f", "\n", "\v", "\n", "\u2028", "\n", "\u2029", "\n", "\u0085", "\n").Replace(text), nil
}

// cleanLine makes every kind of space a plain one and drops what cannot be
// seen; a control character means that the file is not text.
func cleanLine(s string) (clean string, dropped int, err error) {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\t':
			b.WriteRune(r)
		case unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
		case unicode.IsControl(r):
			return "", 0, fmt.Errorf("holds the control character U+%04X: this is not plain text", r)
		case unicode.Is(unicode.Cf, r):
			dropped++
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), dropped, nil
}

// squeeze makes every run of white space one space.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// fold is how two texts are compared that a person would call the same.
func fold(s string) string { return strings.ToLower(squeeze(s)) }
