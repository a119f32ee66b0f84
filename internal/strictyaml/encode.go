package strictyaml

import (
	"bytes"
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Encode writes a struct as a document that Decode reads back to the same
// value: keys in the order of the fields, keys of maps sorted, what is empty
// left out. Text of more than one line is a block. The same value gives the
// same bytes.
func Encode(v any) ([]byte, error) {
	n, err := nodeOf(reflect.Indirect(reflect.ValueOf(v)), false)
	if err != nil {
		return nil, err
	}
	return write(n)
}

func write(n *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(n); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	if err := enc.Close(); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return b.Bytes(), nil
}

func nodeOf(v reflect.Value, flow bool) (*yaml.Node, error) {
	if t, ok := v.Interface().(time.Time); ok {
		return plain(t.UTC().Format(time.RFC3339)), nil
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		if err != nil {
			return nil, err
		}
		return scalarNode(string(text), true), nil
	}
	switch v.Kind() {
	case reflect.String:
		return scalarNode(v.String(), false), nil
	case reflect.Bool:
		return plain(strconv.FormatBool(v.Bool())), nil
	case reflect.Int:
		return plain(strconv.FormatInt(v.Int(), 10)), nil
	case reflect.Slice:
		return listNode(v, flow)
	case reflect.Map:
		return tableNode(v)
	case reflect.Struct:
		return mappingNode(v)
	}
	return nil, fmt.Errorf("cannot write a value of type %s", v.Type())
}

func mappingNode(v reflect.Value) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		key := keyOf(field)
		if key == "" || isZero(v.Field(i)) {
			continue
		}
		value, err := nodeOf(v.Field(i), strings.HasSuffix(field.Tag.Get("yaml"), ",flow"))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		n.Content = append(n.Content, plain(key), value)
	}
	return n, nil
}

func tableNode(v reflect.Value) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, k := range keys {
		value, err := nodeOf(v.MapIndex(k), false)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k, err)
		}
		n.Content = append(n.Content, scalarNode(k.String(), false), value)
	}
	return n, nil
}

func listNode(v reflect.Value, flow bool) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	if flow {
		n.Style = yaml.FlowStyle
	}
	for i := range v.Len() {
		item, err := nodeOf(v.Index(i), false)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i, err)
		}
		n.Content = append(n.Content, item)
	}
	return n, nil
}

// scalarNode quotes text that any YAML reader could take for something else; a
// date or moment of ours stays bare.
func scalarNode(s string, ours bool) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	switch {
	case strings.Contains(s, "\n") && strings.TrimLeft(s[:1], " \t\n") != "" && strings.TrimSpace(s) != "":
		n.Style = yaml.LiteralStyle
	case s == "" || strings.TrimLeft(s[:1], " \t\n") == "":
		n.Style = yaml.DoubleQuotedStyle
	case ours && strings.Trim(s, "0123456789-T:") == "":
		return plain(s)
	}
	return n
}

// plain is a scalar without quotes; s is known to need none.
func plain(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: s} }

func isZero(v reflect.Value) bool {
	if z, ok := v.Interface().(interface{ IsZero() bool }); ok {
		return z.IsZero()
	}
	if k := v.Kind(); k == reflect.Slice || k == reflect.Map {
		return v.Len() == 0
	}
	if v.Kind() == reflect.Struct {
		for i := range v.NumField() {
			if !isZero(v.Field(i)) {
				return false
			}
		}
		return true
	}
	return v.IsZero()
}
