package generator

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// A digester turns the views of pages into digests. A view is all that a page's
// bytes depend on besides the templates, so its digest takes the place of the
// digests of every file and event that went into it: it also changes when the
// clock changes a state, and stays when a source changes without consequence
// (TestPackNamesFollowViews).
//
// Its zero value is ready; it is not safe for concurrent use.
type digester struct{ buf []byte }

// reset forgets what was added.
func (d *digester) reset() { d.buf = d.buf[:0] }

// sum is the SHA-256 of what was added.
func (d *digester) sum() [32]byte { return sha256.Sum256(d.buf) }

// text adds a string, its length first so that no two lists of strings agree.
func (d *digester) text(s string) {
	d.buf = binary.AppendUvarint(d.buf, uint64(len(s)))
	d.buf = append(d.buf, s...)
}

// bytes adds bytes, their length first.
func (d *digester) bytes(b []byte) {
	d.buf = binary.AppendUvarint(d.buf, uint64(len(b)))
	d.buf = append(d.buf, b...)
}

// number adds an integer.
func (d *digester) number(n int) { d.buf = binary.AppendVarint(d.buf, int64(n)) }

// value adds any view: every field of it, of what it points to and of what it
// holds. It refuses what has no bytes of its own, such as a function.
func (d *digester) value(v any) error { return d.walk(reflect.ValueOf(v)) }

var timeType = reflect.TypeFor[time.Time]()

func (d *digester) walk(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Invalid:
		d.buf = append(d.buf, 0)
	case reflect.Bool:
		d.buf = append(d.buf, 'b', 0)
		if v.Bool() {
			d.buf[len(d.buf)-1] = 1
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		d.buf = binary.AppendVarint(d.buf, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		d.buf = binary.AppendUvarint(d.buf, v.Uint())
	case reflect.String:
		d.text(v.String())
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			d.buf = append(d.buf, 0)
			return nil
		}
		d.buf = append(d.buf, 1)
		if v.Kind() == reflect.Interface {
			d.text(v.Elem().Type().String())
		}
		return d.walk(v.Elem())
	case reflect.Slice, reflect.Array:
		return d.list(v)
	case reflect.Map:
		return d.table(v)
	case reflect.Struct:
		return d.fields(v)
	default:
		return fmt.Errorf("a view holds a %s, which has no digest", v.Type())
	}
	return nil
}

func (d *digester) list(v reflect.Value) error {
	d.number(v.Len())
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		d.buf = append(d.buf, v.Bytes()...)
		return nil
	}
	for i := range v.Len() {
		if err := d.walk(v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

// table adds a map in the order of its keys, which are texts.
func (d *digester) table(v reflect.Value) error {
	keys := v.MapKeys()
	if v.Type().Key().Kind() != reflect.String {
		return fmt.Errorf("a view holds a %s, whose keys are not text", v.Type())
	}
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	d.number(len(keys))
	for _, k := range keys {
		d.text(k.String())
		if err := d.walk(v.MapIndex(k)); err != nil {
			return err
		}
	}
	return nil
}

func (d *digester) fields(v reflect.Value) error {
	if v.Type() == timeType && v.CanInterface() {
		t := v.Interface().(time.Time)
		d.buf = binary.AppendVarint(d.buf, t.Unix())
		d.number(t.Nanosecond())
		return nil
	}
	for i := range v.NumField() {
		if err := d.walk(v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}
