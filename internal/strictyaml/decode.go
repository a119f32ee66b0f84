package strictyaml

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// A decoder walks nodes and values side by side and collects what does not fit.
type decoder struct {
	plans map[reflect.Type]plan
	findings
}

// A plan is the keys of a struct in the order of its fields.
type plan struct {
	keys   []string
	fields []int
}

func (d *decoder) plan(t reflect.Type) plan {
	if p, ok := d.plans[t]; ok {
		return p
	}
	var p plan
	for i := range t.NumField() {
		if key := keyOf(t.Field(i)); key != "" {
			p.keys = append(p.keys, key)
			p.fields = append(p.fields, i)
		}
	}
	d.plans[t] = p
	return p
}

// keyOf is the YAML key of a field, empty where it has none.
func keyOf(f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if key == "-" || !f.IsExported() {
		return ""
	}
	return key
}

var (
	timeType        = reflect.TypeFor[time.Time]()
	unmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func (d *decoder) value(n *yaml.Node, v reflect.Value) {
	if isEmpty(n) {
		return
	}
	t := v.Type()
	switch {
	case t == timeType:
		d.time(n, v)
	case reflect.PointerTo(t).Implements(unmarshalerType):
		d.text(n, v)
	case t.Kind() == reflect.Struct:
		d.mapping(n, v)
	case t.Kind() == reflect.Map:
		d.table(n, v)
	case t.Kind() == reflect.Slice:
		d.list(n, v)
	case n.Kind != yaml.ScalarNode:
		d.at(n, "found %s (want %s)", found(n), wanted(t))
	default:
		d.scalar(n, v)
	}
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.Value)
	case reflect.Bool:
		if n.Style != 0 || n.Value != "true" && n.Value != "false" {
			d.at(n, "%q is neither true nor false (want one of the two, without quotes)", clip(n.Value))
			return
		}
		v.SetBool(n.Value == "true")
	case reflect.Int:
		i, err := strconv.Atoi(n.Value)
		if err != nil || n.Style != 0 || strconv.Itoa(i) != n.Value {
			d.at(n, "%q is not a whole number (want one like 10)", clip(n.Value))
			return
		}
		v.SetInt(int64(i))
	default:
		panic("strictyaml: cannot decode into " + v.Type().String())
	}
}

func (d *decoder) text(n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.ScalarNode {
		d.at(n, "found %s (want text on one line)", found(n))
		return
	}
	if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.Value)); err != nil {
		d.at(n, "%v", err)
	}
}

// time reads moments of the office and the drop-box: UTC, whole seconds.
func (d *decoder) time(n *yaml.Node, v reflect.Value) {
	t, err := time.Parse(time.RFC3339, n.Value)
	if err != nil || n.Kind != yaml.ScalarNode || t.UTC().Format(time.RFC3339) != n.Value {
		d.at(n, "%q is not a time (want one like 2026-11-04T10:12:00Z)", clip(n.Value))
		return
	}
	v.Set(reflect.ValueOf(t.UTC()))
}

func (d *decoder) list(n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		d.at(n, "found %s (want a list: [a, b], or lines that start with a hyphen)", found(n))
		return
	}
	s := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		if isEmpty(item) {
			d.at(item, "an entry of the list is empty; take it out")
			continue
		}
		d.value(item, s.Index(i))
	}
	v.Set(s)
}

func (d *decoder) table(n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.at(n, "found %s (want lines of key: value)", found(n))
		return
	}
	m := reflect.MakeMapWithSize(v.Type(), len(n.Content)/2)
	lines := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if !d.fresh(key, lines) {
			continue
		}
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(n.Content[i+1], item)
		m.SetMapIndex(reflect.ValueOf(key.Value).Convert(v.Type().Key()), item)
	}
	v.Set(m)
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.at(n, "found %s (want lines of key: value)", found(n))
		return
	}
	p := d.plan(v.Type())
	seen := make([]int, len(p.keys))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		at := slices.Index(p.keys, key.Value)
		switch {
		case key.Kind != yaml.ScalarNode:
			d.at(key, "found %s as a key (want a word)", found(key))
		case at < 0:
			d.at(key, "unknown key %q (%swant one of %s)", clip(key.Value), meant(key.Value, p.keys), strings.Join(p.keys, ", "))
		case seen[at] > 0:
			d.at(key, "the key %q is there twice (first in line %d); keep one", key.Value, seen[at])
		default:
			seen[at] = key.Line
			d.value(n.Content[i+1], v.Field(p.fields[at]))
		}
	}
}

// fresh reports whether key is a word that this mapping does not have yet.
func (d *decoder) fresh(key *yaml.Node, lines map[string]int) bool {
	if key.Kind != yaml.ScalarNode {
		d.at(key, "found %s as a key (want a word)", found(key))
		return false
	}
	if line, twice := lines[key.Value]; twice {
		d.at(key, "the key %q is there twice (first in line %d); keep one", clip(key.Value), line)
		return false
	}
	lines[key.Value] = key.Line
	return true
}

// isEmpty reports whether nothing was written after the colon.
func isEmpty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Style == 0 && n.Value == ""
}

func found(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return fmt.Sprintf("%q", clip(n.Value))
}

func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	}
	return "text"
}

// meant suggests a key that is one or two slips away.
func meant(typed string, keys []string) string {
	best, distance := "", 3
	for _, k := range keys {
		if n := slips(typed, k); n < distance && n < len(k) {
			best, distance = k, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q? ", best)
}

// slips is the edit distance of two words with swaps of neighbours counted as
// one, and 3 for anything far apart.
func slips(a, b string) int {
	if len(a) > 64 || len(a)-len(b) > 2 || len(b)-len(a) > 2 {
		return 3
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
