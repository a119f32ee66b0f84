package generator

import (
	"fmt"
	"strings"
	"time"

	"despatch/generator/paper"
	"despatch/generator/render"
	"despatch/generator/source"
	"despatch/internal/buildkeys"
	"despatch/layouts"
)

// Check gives every problem of an authority's folder, sorted: those of its files,
// those of the Markdown in them, and recipients that the root did not sign. Nothing
// is built and no key is needed. The
// error is for a folder that cannot be read at all.
func Check(dir string, now time.Time) ([]source.Problem, error) {
	folder, err := source.Open(dir)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	m := markdown{folder: folder}
	problems := folder.Check(now, &m)
	if m.err != nil {
		return nil, m.err
	}
	faults, err := buildkeys.Faults(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range faults {
		problems = append(problems, source.Problem{File: f.File, Text: f.Text})
	}
	return sortProblems(problems), nil
}

// markdown judges the Markdown of records, at the lines of the files that it
// stands in.
type markdown struct {
	folder *source.Folder
	press  *paper.Press // knows which characters a PDF can show; nil: all
	err    error        // why no PDF can be made at all
}

// Common judges what more than one school may read.
func (m *markdown) Common(site *source.Site, c *source.Common) []source.Problem {
	if assets, err := layouts.Load(); err == nil && site.Settings != nil { // else what fonts lack is found by a build alone
		if m.press, m.err = paper.New(site.Settings, assets); m.err != nil {
			return nil
		}
	}
	return m.common(c)
}

func (m *markdown) common(c *source.Common) []source.Problem {
	var all []source.Problem
	text := func(file, text string) { all = append(all, m.text(file, text)...) }
	for i := range c.Sheets {
		s := &c.Sheets[i]
		text(recordFile("sheets", s.Sheet.ID, ".md"), s.Body)
	}
	for i := range c.Returns {
		r := &c.Returns[i]
		text(recordFile("returns", r.Form.ID, ".yaml"), r.Intro)
	}
	for i := range c.Documents {
		d := &c.Documents[i]
		text(recordFile("documents", d.Document.ID, "/document.yaml"), d.Text)
	}
	for i := range c.News {
		n := &c.News[i]
		text(recordFile("news", n.Item.ID, ".md"), n.Body)
	}
	for i := range c.Results {
		r := &c.Results[i]
		text(recordFile("results", r.Result.ID, "/result.yaml"), r.Text)
	}
	return all
}

// Visits judges the visits of one school.
func (m *markdown) Visits(of []source.Visit) []source.Problem {
	var all []source.Problem
	for i := range of {
		v := &of[i]
		file := recordFile("visits", v.ID, "/visit.yaml")
		all = append(all, m.text(file, v.Report)...)
		for _, f := range v.Findings {
			all = append(all, m.text(file, f.Text)...)
		}
		for _, a := range v.Answers {
			all = append(all, m.text(file, a.Text)...)
		}
	}
	return all
}

// text judges one text of a file. The file is read again only when something is
// wrong, to find the line.
func (m *markdown) text(file, text string) []source.Problem {
	problems := render.CheckMarkdown(text)
	if m.press != nil {
		for i, line := range strings.Split(text, "\n") {
			if r, missing := m.press.Missing(line); missing {
				problems = append(problems, render.MarkdownProblem{Line: i + 1, Text: fmt.Sprintf("no font of the PDF has the character %q (U+%04X): write it in words", r, r)})
				break
			}
		}
	}
	var all []source.Problem
	for _, p := range problems {
		all = append(all, m.place(file, text, p))
	}
	return all
}

// place finds the line of a problem: the text's own line, where it stands in the
// file as it is, or in report.md beside it.
func (m *markdown) place(file, text string, p render.MarkdownProblem) source.Problem {
	lines := strings.Split(text, "\n")
	wanted := ""
	if p.Line >= 1 && p.Line <= len(lines) {
		wanted = strings.TrimSpace(lines[p.Line-1])
	}
	for _, f := range []string{file, strings.TrimSuffix(file, "visit.yaml") + "report.md"} {
		data, err := m.folder.ReadFile(f)
		if err != nil || wanted == "" {
			continue
		}
		for i, line := range strings.Split(string(data), "\n") {
			if strings.TrimSpace(line) == wanted {
				return source.Problem{File: f, Line: i + 1, Column: 1 + len(line) - len(strings.TrimLeft(line, " \t")), Text: p.Text}
			}
		}
	}
	return source.Problem{File: file, Text: fmt.Sprintf("line %d of its Markdown: %s", p.Line, p.Text)}
}

func recordFile(folder, id, rest string) string {
	return "content/" + folder + "/" + id[:4] + "/" + id + rest
}
