package strictyaml

import (
	"bytes"
	"strings"

	"gopkg.in/yaml.v3"
)

// simple reads the plainest of documents, as events and most visits are: lines
// of key: value at the left edge, values that are plain words, quoted words,
// lists of words in brackets, or literal blocks. It gives the nodes that yaml.v3
// would, in a tenth of the time, or says that it does not know and leaves the
// document to yaml.v3. FuzzSimpleAgreesWithYAML holds the two against each
// other. Comments are not kept. data has passed CheckText and ends in LF.
func simple(data []byte) (*yaml.Node, bool) {
	if len(data) == 0 || data[len(data)-1] != '\n' || bytes.IndexByte(data, '\r') >= 0 || bytes.IndexByte(data, '\t') >= 0 {
		return nil, false
	}
	s := simpleReader{rest: string(data), line: 1}
	s.rest = strings.TrimPrefix(s.rest, "---\n")
	if len(s.rest) < len(data) {
		s.line = 2
	}
	root := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: s.line, Column: 1}
	for s.rest != "" {
		if s.rest[0] == '\n' || s.rest[0] == '#' {
			s.next()
			continue
		}
		key, value, ok := s.entry()
		if !ok {
			return nil, false
		}
		if len(root.Content) == 0 {
			root.Line = key.Line
		}
		root.Content = append(root.Content, key, value)
	}
	return root, len(root.Content) > 0
}

type simpleReader struct {
	rest string
	line int // of rest's first character
}

// next takes one line, without its LF.
func (s *simpleReader) next() string {
	line, rest, _ := strings.Cut(s.rest, "\n")
	s.rest = rest
	s.line++
	return line
}

func (s *simpleReader) entry() (key, value *yaml.Node, ok bool) {
	at := s.line
	line := s.next()
	colon := 0
	for colon < len(line) && (line[colon] >= 'a' && line[colon] <= 'z' || line[colon] == '_') {
		colon++
	}
	if colon == 0 || colon > 64 || colon == len(line) || line[colon] != ':' {
		return nil, nil, false
	}
	key = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: line[:colon], Line: at, Column: 1}
	text, spaced := strings.CutPrefix(line[colon+1:], " ")
	value = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Line: at, Column: colon + 3}
	switch {
	case !spaced && text == "":
		value.Tag, value.Column = "!!null", colon+2
		return key, value, s.atEdge() && !strings.HasPrefix(s.rest, "-")
	case !spaced || text == "":
		return nil, nil, false
	case text == "|":
		value.Style = yaml.LiteralStyle
		value.Value, ok = s.block()
		return key, value, ok && s.atEdge()
	}
	return key, value, scalar(value, text) && s.atEdge()
}

// atEdge reports whether what follows, blank lines aside, is no continuation.
func (s *simpleReader) atEdge() bool {
	return !strings.HasPrefix(strings.TrimLeft(s.rest, "\n"), " ")
}

// scalar reads a value on one line, comments excluded.
func scalar(n *yaml.Node, text string) bool {
	last := text[len(text)-1]
	switch text[0] {
	case '"', '\'':
		n.Value = text[1:max(len(text)-1, 1)]
		n.Style = yaml.DoubleQuotedStyle
		if text[0] == '\'' {
			n.Style = yaml.SingleQuotedStyle
		}
		return len(text) >= 2 && last == text[0] && !strings.ContainsAny(n.Value, `"'\`)
	case '[':
		return list(n, text)
	}
	n.Value = text
	return isWord(text[0]) && last != ' ' && last != ':' && !strings.Contains(text, ": ") && !strings.Contains(text, " #")
}

// list reads [a, b]: entries of letters, digits, inner spaces and hyphens.
func list(n *yaml.Node, text string) bool {
	n.Kind, n.Tag, n.Style = yaml.SequenceNode, "!!seq", yaml.FlowStyle
	if text == "[]" {
		return true
	}
	inner, ok := strings.CutSuffix(text[1:], "]")
	column := n.Column + 1
	for item := range strings.SplitSeq(inner, ", ") {
		if item == "" || !isWord(item[0]) || item[len(item)-1] == ' ' {
			return false
		}
		for i := range len(item) {
			if c := item[i]; !isWord(c) && c != ' ' && c != '-' {
				return false
			}
		}
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: item, Line: n.Line, Column: column})
		column += len(item) + 2
	}
	return ok
}

// block reads a literal block with its last line end.
func (s *simpleReader) block() (text string, ok bool) {
	indent := strings.IndexFunc(s.rest, func(r rune) bool { return r != ' ' })
	if indent < 1 || s.rest[indent] == '\n' {
		return "", false
	}
	margin := s.rest[:indent]
	var b strings.Builder
	blank := 0
	for s.rest != "" {
		if s.rest[0] == '\n' {
			s.next()
			blank++
			continue
		}
		if s.rest[0] != ' ' {
			break
		}
		line, deep := strings.CutPrefix(s.next(), margin)
		switch {
		case strings.TrimLeft(line, " ") != "" && deep:
		case line == "" || !deep && strings.TrimLeft(line, " ") == "":
			blank++ // spaces up to the margin are a blank line
			continue
		default:
			return "", false
		}
		for ; blank > 0; blank-- {
			b.WriteByte('\n')
		}
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return b.String(), true
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
