package misheetimport

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"despatch/internal/durable"
	"despatch/internal/strictyaml"
	"despatch/records/misheet"
)

// What an import did.
const (
	Imported  = "imported"
	Unchanged = "unchanged"
	Replaced  = "replaced"
)

// An Outcome is what became of one text.
type Outcome struct {
	Path  string // under the authority's folder, with slashes
	Done  string // Imported, Unchanged or Replaced
	Notes []Note
}

// A Taken error is a number that another file has already, or a file that is
// there with other content: importing with replace overwrites it.
type Taken struct{ text string }

func (t Taken) Error() string { return t.text }

// An Undated error is a text that does not say when it was published.
type Undated struct{}

func (Undated) Error() string { return errUndated.Error() }

// Import reads the text of one sheet and writes its file under the authority's
// folder dir. The same text again changes nothing. With replace it overwrites
// the file that has the sheet's number and keeps that file's name, and with it
// the sheet's events, and the keys that an import never writes: whom the sheet
// was limited to stays limited.
func Import(dir string, data []byte, o Options, replace bool) (Outcome, error) {
	s, notes, err := Parse(data, o)
	if errors.Is(err, errUndated) {
		return Outcome{}, Undated{}
	}
	if err != nil {
		return Outcome{}, err
	}
	content, err := Encode(s)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{
		Path:  path.Join("content", "sheets", fmt.Sprintf("%04d", s.Published.Date.Year), s.ID+".md"),
		Done:  Imported,
		Notes: notes,
	}
	taken, err := numbered(dir, s)
	if err != nil {
		return Outcome{}, err
	}
	if taken != "" && taken != out.Path {
		if !replace {
			return Outcome{}, Taken{fmt.Sprintf("the number %s is taken by %s", s.Number, taken)}
		}
		out.Path, out.Done = taken, Replaced
	}
	return out, write(dir, &out, s, content, replace)
}

func write(dir string, out *Outcome, s *misheet.Sheet, content []byte, replace bool) error {
	file := filepath.Join(dir, filepath.FromSlash(out.Path))
	old, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := durable.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		return durable.WriteNew(file, content, 0o644)
	case err != nil:
		return fmt.Errorf("read %s: %w", out.Path, err)
	}
	if out.Done == Replaced {
		if content, err = carryOver(out.Path, old, s); err != nil {
			return err
		}
	}
	if bytes.Equal(old, content) {
		out.Done = Unchanged
		return nil
	}
	if !replace {
		return Taken{fmt.Sprintf("%s was changed since it was imported", out.Path)}
	}
	if out.Done != Replaced {
		if content, err = carryOver(out.Path, old, s); err != nil {
			return err
		}
	}
	out.Done = Replaced
	return durable.WriteFile(file, content, 0o644)
}

// carryOver keeps what people added to the file that is replaced.
func carryOver(name string, old []byte, s *misheet.Sheet) ([]byte, error) {
	head, _, _, err := strictyaml.FrontMatter(old)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var before misheet.Sheet
	if problems := strictyaml.Decode(head, &before); len(problems) > 0 {
		p := problems[0]
		return nil, fmt.Errorf("%s:%d:%d: %s", name, p.Line, p.Column, p.Text)
	}
	s.Return, s.Replaces, s.Public, s.Group, s.Schools = before.Return, before.Replaces, before.Public, before.Group, before.Schools
	if s.Group != "" {
		s.Audience = nil // one or the other; the group is the person's choice
	}
	return Encode(s)
}

// numbered finds the file that already has the sheet's number. It reads no more
// of other sheets than that one key, so that a slip in one of them is no
// obstacle.
func numbered(dir string, s *misheet.Sheet) (string, error) {
	if s.Number == "" {
		return "", nil
	}
	folder := os.DirFS(dir)
	files, err := fs.Glob(folder, "content/sheets/*/*.md")
	if err != nil {
		return "", err
	}
	for _, file := range files {
		data, err := fs.ReadFile(folder, file)
		if err != nil {
			return "", fmt.Errorf("read sheet: %w", err)
		}
		if n := numberIn(data); n != "" && sameNumber(n, s.Number) {
			return file, nil
		}
	}
	return "", nil
}

// numberIn is the value of the key number in a file's front matter.
func numberIn(data []byte) string {
	head, _, _, err := strictyaml.FrontMatter(data)
	if err != nil {
		return ""
	}
	for text := range strings.Lines(string(head)) {
		if value, ok := strings.CutPrefix(text, "number:"); ok {
			value, _, _ = strings.Cut(value, " #")
			return strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	return ""
}
