// Package strictyaml is the one way in which YAML enters Despatch, and the only
// importer of gopkg.in/yaml.v3, which is no longer maintained: hence the limits.
//
// A document is at most 256 KiB and 20,000 lines, one document, at most 20
// levels deep, without anchors, aliases, merge keys, tags or directives; text is
// UTF-8 in NFC without control or bidirectional characters, escaped ones
// included. Keys are those of the struct and nothing else, once each. Text stays as it is written: 0123 in a
// string is "0123". All problems of a document are reported together, each with
// line and column (TestDecodeRefuses, TestDecodeReportsAllProblems). Memory is
// bounded by the size (TestHostileDocumentsStaySmall).
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// The limits of a document.
const (
	MostBytes = 256 << 10
	MostLines = 20_000
	MostDepth = 20
)

// A Problem is one thing that is wrong with a document. Line and Column count
// from 1. Text says what was found, what was wanted and what to do.
type Problem struct {
	Line, Column int
	Text         string
}

// mostProblems ends a list that nobody would read on.
const mostProblems = 50

// Decode reads data into the struct that into points to. Without problems
// every key of the document is in the struct; with problems the struct is not
// to be used. An empty value (key:) is the same as a left-out one.
func Decode(data []byte, into any) []Problem {
	root, problems := parse(data)
	if len(problems) > 0 {
		return problems
	}
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		panic("strictyaml: Decode wants a pointer to a struct")
	}
	d := decoder{plans: make(map[reflect.Type]plan)}
	d.mapping(root, v.Elem())
	return d.all()
}

// parse reads data into nodes, without comments, and holds them against every
// limit that does not depend on what is decoded into.
func parse(data []byte) (*yaml.Node, []Problem) {
	if problems := limits(data); len(problems) > 0 {
		return nil, problems
	}
	if root, ok := simple(data); ok {
		return root, nil
	}
	return parseYAML(data)
}

// parseWhole is parse with comments, for Edit.
func parseWhole(data []byte) (*yaml.Node, []Problem) {
	if problems := limits(data); len(problems) > 0 {
		return nil, problems
	}
	return parseYAML(data)
}

// limits holds the text against what needs no parser.
func limits(data []byte) []Problem {
	if len(data) > MostBytes {
		return []Problem{{1, 1, fmt.Sprintf("the document has %d KiB (want at most %d); put long text into a file of its own", (len(data)+1023)>>10, MostBytes>>10)}}
	}
	if bytes.Count(data, []byte("\n")) > MostLines {
		return []Problem{{MostLines + 1, 1, fmt.Sprintf("the document has more than %d lines; put long text into a file of its own", MostLines)}}
	}
	return CheckText(data)
}

func parseYAML(data []byte) (*yaml.Node, []Problem) {
	if i := directive(data); i > 0 {
		return nil, []Problem{{i, 1, "a directive (a line that starts with %) is not allowed"}}
	}
	if line := tooDeep(data); line > 0 {
		return nil, []Problem{{line, 1, fmt.Sprintf("lists and mappings are more than %d levels deep", MostDepth)}}
	}
	var doc yaml.Node
	more, err := read(data, &doc)
	if err != nil {
		return nil, []Problem{syntax(err)}
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, []Problem{{1, 1, "the document is empty (want key: value)"}}
	}
	if more > 0 {
		return nil, []Problem{{more, 1, "a second document begins here (want one document a file)"}}
	}
	var c checker
	c.node(doc.Content[0], 1)
	return doc.Content[0], c.all()
}

// read parses the first document and gives the line of a second. yaml.v3 panics
// on some input that it cannot handle; that is a syntax error like any other.
func read(data []byte, doc *yaml.Node) (second int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: %v", r)
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(doc); err != nil {
		if errors.Is(err, io.EOF) {
			return 0, nil
		}
		return 0, err
	}
	var rest yaml.Node
	switch err := dec.Decode(&rest); {
	case errors.Is(err, io.EOF):
		return 0, nil
	case err != nil:
		return 0, err
	}
	return max(rest.Line, 1), nil
}

var syntaxError = regexp.MustCompile(`^yaml: (?:line ([0-9]+): )?(.*)$`)

func syntax(err error) Problem {
	p := Problem{1, 1, "this cannot be read as YAML"}
	if m := syntaxError.FindStringSubmatch(err.Error()); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			p.Line = n
		}
		p.Text = "this cannot be read as YAML: " + m[2]
	}
	return p
}

// directive is the line of the first directive, 0 where there is none. Inside
// a block scalar a line at column 1 is not possible, so any such line is one.
func directive(data []byte) int {
	for line := 1; len(data) > 0; line++ {
		if data[0] == '%' {
			return line
		}
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			return 0
		}
		data = data[i+1:]
	}
	return 0
}

// tooDeep is the line on which flow brackets nest deeper than a document may,
// 0 where they do not. It stops a document made of brackets before the parser
// makes a node of each; brackets in text only ever come in such numbers there.
func tooDeep(data []byte) int {
	const most = 1000
	depth, line := 0, 1
	for _, c := range data {
		switch c {
		case '\n':
			line++
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		if depth > most {
			return line
		}
	}
	return 0
}

// findings collects problems; beyond a number that anybody reads it only counts.
type findings struct {
	problems []Problem
	unsaid   int
}

func (f *findings) at(n *yaml.Node, format string, args ...any) {
	if len(f.problems) == mostProblems {
		f.unsaid++
		return
	}
	f.problems = append(f.problems, Problem{n.Line, n.Column, fmt.Sprintf(format, args...)})
}

func (f *findings) all() []Problem {
	if f.unsaid > 0 {
		f.problems[mostProblems-1].Text = fmt.Sprintf("and %d more problems", f.unsaid+1)
	}
	return f.problems
}

// A checker holds nodes against the limits.
type checker struct{ findings }

func (c *checker) node(n *yaml.Node, depth int) {
	if depth > MostDepth {
		c.at(n, "lists and mappings are more than %d levels deep", MostDepth)
		return
	}
	switch {
	case n.Kind == yaml.AliasNode:
		c.at(n, "an alias (*%s) is not allowed; write the value again", clip(n.Value))
		return
	case n.Anchor != "":
		c.at(n, "an anchor (&%s) is not allowed; take it out", clip(n.Anchor))
	case n.Style&yaml.TaggedStyle != 0:
		c.at(n, "a tag (%s) is not allowed; take it out", clip(n.Tag))
	case n.Kind == yaml.ScalarNode && n.Tag == "!!merge":
		c.at(n, "a merge key (<<) is not allowed; write the keys out")
	case n.Kind == yaml.ScalarNode && n.Style&yaml.DoubleQuotedStyle != 0:
		for _, p := range CheckText([]byte(n.Value)) {
			c.at(n, "%s (written as an escape)", p.Text)
		}
	}
	for _, child := range n.Content {
		c.node(child, depth+1)
	}
}

func clip(s string) string {
	const most = 40
	s = strings.ToValidUTF8(s, "�")
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
