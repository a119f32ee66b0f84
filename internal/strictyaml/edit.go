package strictyaml

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// A Change sets one value of a document, or takes it out.
type Change struct {
	Path  []string // keys from the outside in; a number is a place in a list
	Value any      // string, bool, int, []string or a date; nil takes the key out
}

// Edit makes changes in a document that a person may have written: order,
// comments and everything that is not named stay, byte for byte where the
// change fits on a line. A key that is not there yet is added at the end of its
// mapping. The document must be one that Decode reads as far as its form goes.
func Edit(data []byte, set []Change) ([]byte, error) {
	for _, c := range set {
		var err error
		if data, err = edit(data, c); err != nil {
			return nil, fmt.Errorf("set %s: %w", strings.Join(c.Path, "."), err)
		}
	}
	return data, nil
}

// edit tries to change the text, and holds the outcome against the same change
// made in the nodes; where they differ the nodes are written out.
func edit(data []byte, c Change) ([]byte, error) {
	root, err := parsed(data)
	if err != nil {
		return nil, err
	}
	if len(c.Path) == 0 {
		return nil, fmt.Errorf("the path is empty")
	}
	var value *yaml.Node
	if c.Value != nil {
		if value, err = nodeOf(reflect.ValueOf(c.Value), true); err != nil {
			return nil, err
		}
	}
	patched, ok := patch(data, root, c, value)
	if err := apply(root, c.Path, value); err != nil {
		return nil, err
	}
	if ok {
		if again, err := parsed(patched); err == nil && same(root, again) {
			return patched, nil
		}
	}
	return write(root)
}

func parsed(data []byte) (*yaml.Node, error) {
	root, problems := parseWhole(data)
	if len(problems) > 0 {
		return nil, fmt.Errorf("%d:%d: %s", problems[0].Line, problems[0].Column, problems[0].Text)
	}
	return root, nil
}

// apply makes a change in the nodes; a nil value takes the key out.
func apply(n *yaml.Node, path []string, value *yaml.Node) error {
	for _, key := range path[:len(path)-1] {
		child := childOf(n, key)
		if child == nil || isEmpty(child) {
			if value == nil {
				return nil
			}
			if n.Kind != yaml.MappingNode {
				return fmt.Errorf("there is no %q", key)
			}
			child = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
			put(n, key, child)
		}
		n = child
	}
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("%s is not a mapping", found(n))
	}
	key := path[len(path)-1]
	if value == nil {
		remove(n, key)
		return nil
	}
	put(n, key, value)
	return nil
}

func childOf(n *yaml.Node, key string) *yaml.Node {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				return n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i]
		}
	}
	return nil
}

// put keeps the comments and the style of the value that it replaces.
func put(n *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != key {
			continue
		}
		old := n.Content[i+1]
		value.HeadComment, value.LineComment, value.FootComment = old.HeadComment, old.LineComment, old.FootComment
		if old.Kind == value.Kind && value.Style == 0 && value.Tag != "" {
			value.Style = old.Style &^ (yaml.LiteralStyle | yaml.FoldedStyle)
		}
		if old.Kind == yaml.SequenceNode && value.Kind == yaml.SequenceNode {
			value.Style = old.Style
		}
		n.Content[i+1] = value
		return
	}
	n.Content = append(n.Content, plain(key), value)
}

func remove(n *yaml.Node, key string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content = append(n.Content[:i], n.Content[i+2:]...)
			return
		}
	}
}

// Locate is the place of a dotted key, as attachments.0.file, or of the nearest
// key above it that is there.
func Locate(data []byte, path string) (line, column int) {
	root, problems := parse(data)
	if len(problems) > 0 || root == nil {
		return 1, 1
	}
	n := root
	line, column = root.Line, root.Column
	for key := range strings.SplitSeq(path, ".") {
		child := childOf(n, key)
		if child == nil {
			break
		}
		line, column = child.Line, child.Column
		n = child
	}
	return line, column
}
