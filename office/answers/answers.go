// Package answers reads what schools answered to a data return and makes of it a
// table and files for officers.
//
// It trusts what collect took: the last version of each school counts, out of
// vault/, whose bytes must be those of the event's SHA-256. What is missing or does
// not fit the form that stands is a problem that is told, and the rest comes all the
// same. File names are the office's own making: what a school called its file is only
// a part of one (TestFilesOfSchoolsGetSafeNames).
package answers

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"despatch/generator/source"
	"despatch/internal/naming"
	"despatch/internal/spreadsheet"
	"despatch/records/calendar"
	"despatch/records/datareturn"
)

// A Reader reads the answers to returns of one folder. All fields are required.
type Reader struct {
	Folder *source.Folder
	Site   *source.Site
}

// A File is what a school sent in a field of a form.
type File struct {
	Name  string // safe on every system, and no two alike
	Bytes []byte
}

// An Answer is what one school says, with what is known of how it came.
type Answer struct {
	source.Done
	By      string // name of who sent it
	Earlier bool   // it answers an earlier form than the one that stands
	Said    datareturn.Answers
}

// A Whole is all that was answered to one return.
type Whole struct {
	Form     *source.Return
	Answers  []Answer // by URN
	Problems []string
}

// Read reads what was answered to a return. What an officer wrote down as done has
// no answers.
func (r *Reader) Read(f *source.Return) Whole {
	w := Whole{Form: f}
	done := slices.Clone(f.Done)
	slices.SortFunc(done, func(a, b source.Done) int { return cmp.Compare(a.School, b.School) })
	for _, d := range done {
		if d.Version == 0 {
			continue
		}
		said, err := r.said(f, d)
		if err != nil {
			w.Problems = append(w.Problems, fmt.Sprintf("%s, %s: %v", f.ID, d.School, err))
			continue
		}
		w.Answers = append(w.Answers, Answer{Done: d, By: r.name(d.Account), Earlier: d.Form != f.Hash(), Said: said})
	}
	return w
}

// said reads the payload of an answer.
func (r *Reader) said(f *source.Return, d source.Done) (a datareturn.Answers, err error) {
	if len(d.Payload) != sha256.Size*2 || strings.Trim(d.Payload, "0123456789abcdef") != "" {
		return a, fmt.Errorf("%.80q is no SHA-256 of what was sent", d.Payload)
	}
	data, err := r.Folder.ReadFile(source.PayloadPath(d.Payload))
	if err != nil {
		return a, fmt.Errorf("%w; what the school sent lies in vault/ of the machine that collects: copy it here", err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != d.Payload {
		return a, fmt.Errorf("%s is not what the school sent: its SHA-256 differs; put it back from its backup", source.PayloadPath(d.Payload))
	}
	if a, err = f.Read(data); err != nil && d.Form != f.Hash() {
		return a, fmt.Errorf("it answers an earlier form than the one that stands, and does not fit this one: %w", err)
	}
	return a, err
}

// name is the name of an account by its opaque id.
func (r *Reader) name(opaque string) string {
	for code, a := range r.Site.Accounts {
		if naming.OpaqueAccount(code) == opaque {
			return a.Name
		}
	}
	return "somebody who has no account any more"
}

// unavailable stands where a school said that there is no answer to be had.
const unavailable = "not available"

// Table is the answers as a table: a school a row, a question a column.
func (w *Whole) Table(schools func(urn string) string) *spreadsheet.Table {
	t := &spreadsheet.Table{Name: w.Form.Title, Heads: []string{"URN", "School", "Received", "Late", "Version", "Sent by", "Form", "Nil return"}}
	if w.Form.Declaration != "" {
		t.Heads = append(t.Heads, "Declared")
	}
	places := w.Form.Places()
	for _, p := range places {
		t.Heads = append(t.Heads, p.Label)
	}
	t.Heads = append(t.Heads, "Explanations")
	numbers, files := kinds(w.Form)
	names := w.names()
	for i, a := range w.Answers {
		row := []spreadsheet.Cell{
			spreadsheet.Text(a.School), spreadsheet.Text(schools(a.School)), spreadsheet.Text(stamp(a.At)), yes(a.Late), spreadsheet.Number(fmt.Sprint(a.Version)),
			spreadsheet.Text(a.By), spreadsheet.Text(map[bool]string{false: "current", true: "earlier"}[a.Earlier]), yes(a.Said.Nil),
		}
		if w.Form.Declaration != "" {
			row = append(row, yes(a.Said.Declared))
		}
		for _, p := range places {
			field, _, _ := strings.Cut(p.At, ".")
			value, _ := a.Said.Value(p.At)
			switch {
			case slices.Contains(a.Said.Unavailable, p.At):
				row = append(row, spreadsheet.Text(unavailable))
			case files[field]:
				row = append(row, spreadsheet.Text(strings.Join(names[i][field], "; ")))
			case numbers[field]:
				row = append(row, spreadsheet.Number(value))
			default:
				row = append(row, spreadsheet.Text(value))
			}
		}
		t.Rows = append(t.Rows, append(row, spreadsheet.Text(explanations(a.Said))))
	}
	return t
}

// kinds tells which fields hold numbers, and which files.
func kinds(f *source.Return) (numbers, files map[string]bool) {
	numbers, files = make(map[string]bool), make(map[string]bool)
	for i := range f.Fields {
		fd := &f.Fields[i]
		numbers[fd.ID] = fd.Type == datareturn.Number || fd.Type == datareturn.Table
		files[fd.ID] = fd.Type == datareturn.Files
	}
	return numbers, files
}

func yes(b bool) spreadsheet.Cell {
	if b {
		return spreadsheet.Text("yes")
	}
	return spreadsheet.Text("no")
}

// stamp is a moment in London as a spreadsheet sorts it.
func stamp(t time.Time) string {
	m := calendar.At(t)
	return fmt.Sprintf("%s %02d:%02d", m.Date, m.Hour, m.Minute)
}

func explanations(a datareturn.Answers) string {
	var all []string
	for _, x := range a.Explanations {
		all = append(all, x.Query+": "+x.Text)
	}
	return strings.Join(all, "\n")
}

// Files are the files that schools sent, each under the name that the table says.
func (w *Whole) Files() []File {
	var all []File
	names := w.names()
	for i, a := range w.Answers {
		used := make(map[string]int)
		for _, f := range a.Said.Files {
			all = append(all, File{names[i][f.Field][used[f.Field]], f.Bytes})
			used[f.Field]++
		}
	}
	return all
}

// names gives the files of each answer a name: school, field, number, and what is
// left of the school's own name for it.
func (w *Whole) names() []map[string][]string {
	all := make([]map[string][]string, len(w.Answers))
	for i, a := range w.Answers {
		all[i] = make(map[string][]string)
		for _, f := range a.Said.Files {
			all[i][f.Field] = append(all[i][f.Field], fmt.Sprintf("%s-%s-%d-%s", a.School, f.Field, len(all[i][f.Field])+1, safe(f.Name)))
		}
	}
	return all
}

// mostName bounds what is kept of a name.
const mostName = 60

// safe keeps of a file's name what is a name on every system: letters and digits of
// ASCII, one hyphen for any run of anything else, and the ending.
func safe(name string) string {
	stem, ending := name, ""
	if at := strings.LastIndexByte(name, '.'); at > 0 && isWord(name[at+1:]) {
		stem, ending = name[:at], name[at+1:]
	}
	out := strings.Join(strings.FieldsFunc(stem, foreign), "-")
	out = cmp.Or(strings.Trim(out[:min(len(out), mostName)], "-"), "file")
	if ending != "" {
		out += "." + strings.ToLower(ending[:min(len(ending), 8)])
	}
	return out
}

// foreign tells what is neither a letter nor a digit of ASCII.
func foreign(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
}

func isWord(s string) bool { return s != "" && !strings.ContainsFunc(s, foreign) }
