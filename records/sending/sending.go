// Package sending describes what a school sends to a service of the authority: a
// short message and files (rows P09, P10).
//
// The letter, two lines in front of the files' bytes, is docs/formats.md section
// 18.3. The reader accepts only what the writer writes, byte for byte
// (TestLetterVectors), and trusts nobody: a message is plain text, a file's name has
// no folders and ends as one of the types that are taken. What a file holds it does
// not know; that its name and its content agree is the reader's of the file to check.
package sending

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"despatch/internal/plaintext"
	"despatch/internal/refusal"
	"despatch/records/datareturn"
)

// Kind is the kind of deposit whose payload begins with a letter.
const Kind = "upload"

// The limits of what is sent together.
const (
	MostFiles   = 100
	MostMessage = 4000     // characters
	MostSize    = 64 << 30 // bytes of all files, as an envelope counts them
	MostLetter  = 64 << 10 // bytes
	firstLine   = "despatch-upload 1"
	firstWord   = "despatch-upload"
)

// A Letter says what is sent, to which service.
type Letter struct {
	Service string // its id
	Message string // plain text, or empty
	Files   []File
}

// A File is one that follows the letter; its bytes come in the letter's order.
type File struct {
	Name   string
	Size   int64
	SHA256 string // in hex
}

// Endings are those of all files that are taken, in the order in which people read
// them: none of them starts by itself or holds macros, but a zip, which is kept as it
// is.
func Endings() []string {
	return []string{"pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "csv", "txt", "png", "jpg", "jpeg", "ics", "zip"}
}

// Ending is that of a file's name, without its dot.
func Ending(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

type jsonLetter struct {
	Service string     `json:"service"`
	Message string     `json:"message"`
	Files   []jsonFile `json:"files"`
}

type jsonFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Format writes a letter. What Parse would refuse is an error.
func (l *Letter) Format() ([]byte, error) {
	text, err := l.text()
	if err != nil {
		return nil, err
	}
	if _, err := Parse(text); err != nil {
		return nil, err
	}
	return text, nil
}

func (l *Letter) text() ([]byte, error) {
	j := jsonLetter{Service: l.Service, Message: l.Message, Files: []jsonFile{}}
	for _, f := range l.Files {
		j.Files = append(j.Files, jsonFile(f))
	}
	var b bytes.Buffer
	b.WriteString(firstLine + "\n")
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(j); err != nil {
		return nil, fmt.Errorf("write a letter: %w", err)
	}
	return b.Bytes(), nil
}

var (
	serviceForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)
	sumForm     = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Parse reads a letter: the two lines and nothing else. Errors are refusals: malformed
// or newer.
func Parse(text []byte) (l Letter, err error) {
	if len(text) > MostLetter || !utf8.Valid(text) {
		return l, refusal.Malformed.Errorf("letter: it is not UTF-8, or longer than any may be")
	}
	first, second, _ := bytes.Cut(text, []byte("\n"))
	if err := refusal.CheckFormat(string(first), firstWord, "letter"); err != nil {
		return l, err
	}
	var j jsonLetter
	dec := json.NewDecoder(bytes.NewReader(second))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&j); err != nil {
		return l, refusal.Malformed.Errorf("letter: its second line is not what it should be")
	}
	l = Letter{Service: j.Service, Message: j.Message}
	for _, f := range j.Files {
		l.Files = append(l.Files, File(f))
	}
	if err := l.check(); err != nil {
		return Letter{}, err
	}
	if again, err := l.text(); err != nil || !bytes.Equal(again, text) {
		return Letter{}, refusal.Malformed.Errorf("letter: not written as Despatch writes it")
	}
	return l, nil
}

func (l *Letter) check() error {
	switch {
	case !serviceForm.MatchString(l.Service):
		return refusal.Malformed.Errorf("letter: %.80q is no service's id", l.Service)
	case utf8.RuneCountInString(l.Message) > MostMessage:
		return refusal.Malformed.Errorf("letter: the message has more than %d characters", MostMessage)
	case plaintext.Clean(l.Message) != l.Message:
		return refusal.Malformed.Errorf("letter: the message holds what does not belong in text, spaces at a line's end, or an empty line at its beginning or end")
	case len(l.Files) == 0 || len(l.Files) > MostFiles:
		return refusal.Malformed.Errorf("letter: %d files (want 1 to %d)", len(l.Files), MostFiles)
	}
	total := int64(0)
	seen := make(map[string]bool)
	for _, f := range l.Files {
		switch {
		case datareturn.FileName(f.Name) != f.Name:
			return refusal.Malformed.Errorf("letter: %.100q cannot be a file's name", f.Name)
		case !slices.Contains(Endings(), Ending(f.Name)):
			return refusal.Malformed.Errorf("letter: %.100q is of a type that is not taken", f.Name)
		case seen[f.Name]:
			return refusal.Malformed.Errorf("letter: two files are called %.100q", f.Name)
		case f.Size < 1 || f.Size > MostSize-total:
			return refusal.Malformed.Errorf("letter: the file %.100q is empty, or all are larger than any may be", f.Name)
		case !sumForm.MatchString(f.SHA256):
			return refusal.Malformed.Errorf("letter: the file %.100q has no SHA-256", f.Name)
		}
		seen[f.Name] = true
		total += f.Size
	}
	return nil
}

// Size is that of the whole payload: the letter, which has so many bytes, and the
// files.
func (l *Letter) Size(letter int) int64 {
	size := int64(letter)
	for _, f := range l.Files {
		size += f.Size
	}
	return size
}

// Sum is the SHA-256 of a letter's text, in hex: what the envelope names besides the
// payload's, so that the letter can be believed before the files are there.
func Sum(letter []byte) string {
	sum := sha256.Sum256(letter)
	return hex.EncodeToString(sum[:])
}
