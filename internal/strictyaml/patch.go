package strictyaml

import (
	"bytes"
	"strings"

	"gopkg.in/yaml.v3"
)

// patch makes one change in the text itself, where that is simple: a value on
// one line, a line taken out, a line added. Blank lines and spacing, which nodes
// do not know, stay that way. The caller compares the result with what the nodes
// say, so patch need not be right about every document, only usually.
func patch(data []byte, root *yaml.Node, c Change, value *yaml.Node) ([]byte, bool) {
	n := root
	for _, key := range c.Path[:len(c.Path)-1] {
		if n = childOf(n, key); n == nil {
			return nil, false
		}
	}
	if n.Kind != yaml.MappingNode {
		return nil, false
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	key, old := entryOf(n, c.Path[len(c.Path)-1])
	switch {
	case key == nil && value == nil:
		return data, true
	case key == nil:
		return added(lines, n, n == root, c.Path[len(c.Path)-1], value)
	case value == nil:
		return takenOut(lines, n, key, old)
	}
	return replaced(lines, key, old, value)
}

func entryOf(n *yaml.Node, name string) (key, value *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

func replaced(lines [][]byte, key, old, value *yaml.Node) ([]byte, bool) {
	text, ok := inline(value, old)
	if !ok || old.Line != key.Line {
		return nil, false
	}
	line := lines[old.Line-1]
	from := offset(line, old.Column)
	if isEmpty(old) {
		from = bytes.IndexByte(line, ':') + 1
		text = " " + text
	}
	length, ok := extent(line[from:], old)
	if !ok {
		return nil, false
	}
	lines[old.Line-1] = bytes.Join([][]byte{line[:from], []byte(text), line[from+length:]}, nil)
	return bytes.Join(lines, nil), true
}

func takenOut(lines [][]byte, n, key, old *yaml.Node) ([]byte, bool) {
	last, ok := lastLine(old)
	if !ok || n.Style&yaml.FlowStyle != 0 {
		return nil, false
	}
	return bytes.Join(append(lines[:key.Line-1:key.Line-1], lines[last:]...), nil), true
}

func added(lines [][]byte, n *yaml.Node, atEnd bool, name string, value *yaml.Node) ([]byte, bool) {
	text, ok := inline(value, nil)
	if !ok || n.Style&yaml.FlowStyle != 0 || len(n.Content) == 0 {
		return nil, false
	}
	line := []byte(strings.Repeat(" ", n.Content[0].Column-1) + name + ": " + text + "\n")
	last := len(lines)
	if !atEnd {
		if last, ok = lastLine(n); !ok {
			return nil, false
		}
	}
	before := bytes.Join(lines[:last], nil)
	if len(before) > 0 && before[len(before)-1] != '\n' {
		before = append(before, '\n')
	}
	return bytes.Join([][]byte{before, line, bytes.Join(lines[last:], nil)}, nil), true
}

// inline writes a value on one line, in the quotes of the one that it replaces.
func inline(value, old *yaml.Node) (string, bool) {
	n := *value
	if old != nil && n.Kind == yaml.ScalarNode && old.Kind == yaml.ScalarNode && n.Style == 0 {
		n.Style = old.Style & (yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle)
	}
	if n.Kind == yaml.MappingNode || n.Style&yaml.LiteralStyle != 0 {
		return "", false
	}
	text, err := write(&n)
	line := strings.TrimSuffix(string(text), "\n")
	return line, err == nil && !strings.Contains(line, "\n")
}

// extent is the length of a value that ends on the line where it begins.
func extent(rest []byte, n *yaml.Node) (int, bool) {
	switch {
	case isEmpty(n):
		return 0, true
	case n.Kind == yaml.ScalarNode && n.Style == 0:
		return len(n.Value), bytes.HasPrefix(rest, []byte(n.Value))
	case n.Kind == yaml.ScalarNode && n.Style&yaml.DoubleQuotedStyle != 0:
		for i := 1; i < len(rest); i++ {
			switch rest[i] {
			case '\\':
				i++
			case '"':
				return i + 1, true
			}
		}
	case n.Kind == yaml.ScalarNode && n.Style&yaml.SingleQuotedStyle != 0:
		end := bytes.IndexByte(rest[1:], '\'')
		return end + 2, end >= 0 && !strings.Contains(n.Value, "'")
	case n.Kind == yaml.SequenceNode && n.Style&yaml.FlowStyle != 0:
		end := bytes.IndexByte(rest, ']')
		return end + 1, end >= 0
	}
	return 0, false
}

// lastLine is the line on which a value ends, where its nodes tell: blocks and
// quotes of several lines do not.
func lastLine(n *yaml.Node) (int, bool) {
	last := n.Line
	if n.Kind == yaml.ScalarNode && (n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || strings.Contains(n.Value, "\n")) {
		return 0, false
	}
	for _, child := range n.Content {
		line, ok := lastLine(child)
		if !ok {
			return 0, false
		}
		last = max(last, line)
	}
	return last, true
}

// offset is the byte at which a column, counted in characters from 1, begins.
func offset(line []byte, column int) int {
	for i := range string(line) {
		if column--; column == 0 {
			return i
		}
	}
	return len(line)
}

// same reports whether two nodes mean the same, however they are written.
func same(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Value != b.Value || len(a.Content) != len(b.Content) {
		return false
	}
	for i := range a.Content {
		if !same(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}
