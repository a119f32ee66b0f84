package source

import (
	"fmt"

	"despatch/internal/strictyaml"
)

// A reader reads records and collects what is wrong with them.
type reader struct {
	f        *Folder
	problems []Problem
}

func (r *reader) add(file string, line, column int, format string, args ...any) {
	r.problems = append(r.problems, Problem{File: file, Line: line, Column: column, Text: fmt.Sprintf(format, args...)})
}

// yaml reads a file into a struct. ok says that the struct may be used.
func (r *reader) yaml(file string, into any) (data []byte, ok bool) {
	data, err := r.f.read(file, strictyaml.MostBytes)
	if err != nil {
		r.add(file, 0, 0, "%v", err)
		return nil, false
	}
	return data, r.decode(file, data, into)
}

func (r *reader) decode(file string, data []byte, into any) bool {
	problems := strictyaml.Decode(data, into)
	for _, p := range problems {
		r.add(file, p.Line, p.Column, "%s", p.Text)
	}
	return len(problems) == 0
}

// markdown reads a file with front matter.
func (r *reader) markdown(file string, into any) (front []byte, body string, ok bool) {
	data, err := r.f.read(file, mostText)
	if err != nil {
		r.add(file, 0, 0, "%v", err)
		return nil, "", false
	}
	front, body, line, err := strictyaml.FrontMatter(data)
	if err != nil {
		r.add(file, 1, 1, "%v", err)
		return nil, "", false
	}
	ok = r.decode(file, front, into)
	for _, p := range strictyaml.CheckText([]byte(body)) {
		r.add(file, line+p.Line-1, p.Column, "%s", p.Text)
		ok = false
	}
	return front, body, ok
}

// A place to report: problems of one decoded file, by key.
type reporter struct {
	r    *reader
	file string
	data []byte
}

func (r *reader) on(file string, data []byte) reporter { return reporter{r, file, data} }

// report adds a problem at a key. The key's place is found only now: problems
// are rare and files without one should cost nothing.
func (p reporter) report(key, text string) {
	line, column := strictyaml.Locate(p.data, key)
	p.r.add(p.file, line, column, "%s", text)
}

func (p reporter) warn(key, text string) {
	p.report(key, text)
	p.r.problems[len(p.r.problems)-1].Warning = true
}

// format holds a file's format number against the one that is known.
func (p reporter) format(n int) bool {
	switch {
	case n == 1:
		return true
	case n > 1:
		p.report("format", fmt.Sprintf("format %d was written by a newer despatch; update despatch", n))
	default:
		p.report("format", "the format is missing (want format: 1 as the first line)")
	}
	return false
}
