package pdfcheck

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// The values of a PDF: nil, bool, float64, text, name, ref, array, dict, and
// *stream. Operator is a word of a content stream.
type (
	name     string
	text     string
	ref      int
	array    []any
	dict     map[name]any
	operator string
	stream   struct {
		dict dict
		raw  []byte
	}
)

// A file is the objects of a PDF by number, and its trailer.
type file struct {
	objects map[ref]any
	trailer dict
}

var errEnd = errors.New("the file ends early")

// A lexer reads values.
type lexer struct {
	b  []byte
	at int
}

func blank(c byte) bool { return c == 0 || c == 9 || c == 10 || c == 12 || c == 13 || c == 32 }

func delimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

func (l *lexer) skip() {
	for l.at < len(l.b) {
		switch c := l.b[l.at]; {
		case blank(c):
			l.at++
		case c == '%':
			for l.at < len(l.b) && l.b[l.at] != '\n' && l.b[l.at] != '\r' {
				l.at++
			}
		default:
			return
		}
	}
}

// value reads one value, or an operator, which is any other word.
func (l *lexer) value() (any, error) {
	l.skip()
	if l.at >= len(l.b) {
		return nil, errEnd
	}
	switch c := l.b[l.at]; {
	case c == '/':
		l.at++
		return name(l.word()), nil
	case c == '(':
		return l.literal()
	case bytes.HasPrefix(l.b[l.at:], []byte("<<")):
		l.at += 2
		return l.dict()
	case c == '<':
		return l.hex()
	case c == '[':
		l.at++
		return l.array()
	case delimiter(c):
		return nil, fmt.Errorf("a %q stands where a value should, at byte %d", c, l.at)
	}
	word := l.word()
	switch word {
	case "true", "false":
		return word == "true", nil
	case "null":
		return nil, nil
	}
	n, err := strconv.ParseFloat(word, 64)
	if err != nil {
		return operator(word), nil
	}
	return l.reference(n), nil
}

// reference looks whether a number begins a reference.
func (l *lexer) reference(n float64) any {
	after := *l
	after.skip()
	if after.word() != "0" {
		return n
	}
	after.skip()
	if after.word() != "R" {
		return n
	}
	l.at = after.at
	return ref(n)
}

func (l *lexer) word() string {
	start := l.at
	for l.at < len(l.b) && !blank(l.b[l.at]) && !delimiter(l.b[l.at]) {
		l.at++
	}
	return string(l.b[start:l.at])
}

func (l *lexer) literal() (any, error) {
	var out []byte
	depth := 0
	for ; l.at < len(l.b); l.at++ {
		switch c := l.b[l.at]; c {
		case '\\':
			l.at++
			if l.at < len(l.b) {
				out = append(out, l.b[l.at])
			}
			continue
		case '(':
			if depth++; depth == 1 {
				continue
			}
		case ')':
			if depth--; depth == 0 {
				l.at++
				return text(out), nil
			}
		}
		out = append(out, l.b[l.at])
	}
	return nil, errEnd
}

func (l *lexer) hex() (any, error) {
	end := bytes.IndexByte(l.b[l.at:], '>')
	if end < 0 {
		return nil, errEnd
	}
	out, err := hex.DecodeString(string(l.b[l.at+1 : l.at+end]))
	l.at += end + 1
	return text(out), err
}

func (l *lexer) array() (any, error) {
	out := array{}
	for {
		if l.skip(); l.at < len(l.b) && l.b[l.at] == ']' {
			l.at++
			return out, nil
		}
		v, err := l.value()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
}

func (l *lexer) dict() (any, error) {
	out := dict{}
	for {
		if l.skip(); bytes.HasPrefix(l.b[l.at:], []byte(">>")) {
			l.at += 2
			return out, nil
		}
		k, err := l.value()
		if err != nil {
			return nil, err
		}
		key, ok := k.(name)
		if !ok {
			return nil, fmt.Errorf("a dictionary has the key %v", k)
		}
		if out[key], err = l.value(); err != nil {
			return nil, err
		}
	}
}

// read reads a PDF whose objects follow one another, with cross-reference and
// object streams, and compares the table with where the objects are.
func read(b []byte) (*file, error) {
	f := &file{objects: map[ref]any{}}
	l := lexer{b: b}
	if !bytes.HasPrefix(b, []byte("%PDF-1.7\n")) {
		return nil, errors.New("it is no PDF 1.7")
	}
	offsets := map[ref]int{}
	for {
		l.skip()
		start := l.at
		n, err := l.value()
		if err != nil {
			return nil, err
		}
		if n == operator("startxref") {
			break
		}
		number, ok := n.(float64)
		if !ok {
			return nil, fmt.Errorf("at byte %d there is no object", start)
		}
		if err := l.object(f, ref(number)); err != nil {
			return nil, fmt.Errorf("object %v: %w", number, err)
		}
		offsets[ref(number)] = start
	}
	for _, v := range f.objects {
		if s, ok := v.(*stream); ok && s.dict["Type"] == name("XRef") {
			f.trailer = s.dict
			if err := f.table(s, offsets); err != nil {
				return nil, err
			}
		}
	}
	if f.trailer == nil {
		return nil, errors.New("it has no cross-reference stream")
	}
	return f, f.unpack()
}

// object reads what follows an object's number.
func (l *lexer) object(f *file, n ref) error {
	for _, want := range []any{0.0, operator("obj")} {
		if v, err := l.value(); err != nil || v != want {
			return fmt.Errorf("%v stands where %v should", v, want)
		}
	}
	v, err := l.value()
	if err != nil {
		return err
	}
	word, err := l.value()
	if err != nil {
		return err
	}
	if word == operator("stream") {
		d, _ := v.(dict)
		size, ok := d["Length"].(float64)
		l.at++
		if !ok || l.at+int(size) > len(l.b) {
			return errEnd
		}
		v = &stream{d, l.b[l.at : l.at+int(size)]}
		l.at += int(size)
		if word, err = l.value(); err != nil || word != operator("endstream") {
			return errors.New("its stream is not as long as it says")
		}
		if word, err = l.value(); err != nil {
			return err
		}
	}
	if word != operator("endobj") {
		return fmt.Errorf("%v stands where it should end", word)
	}
	f.objects[n] = v
	return nil
}

// table compares the cross-reference stream with the file.
func (f *file) table(s *stream, offsets map[ref]int) error {
	rows, err := s.data()
	if err != nil {
		return err
	}
	if len(rows)%7 != 0 || s.dict["Size"] != float64(len(rows)/7) {
		return errors.New("its cross-reference stream has another size than it says")
	}
	for i := 0; i < len(rows); i += 7 {
		at := int(rows[i+1])<<24 | int(rows[i+2])<<16 | int(rows[i+3])<<8 | int(rows[i+4])
		if start, ok := offsets[ref(i/7)]; rows[i] == 1 && (!ok || start != at) {
			return fmt.Errorf("object %d is not where the cross-reference stream says", i/7)
		}
	}
	return nil
}

// unpack reads object streams.
func (f *file) unpack() error {
	var packed []*stream
	for _, v := range f.objects {
		if s, ok := v.(*stream); ok && s.dict["Type"] == name("ObjStm") {
			packed = append(packed, s)
		}
	}
	for _, s := range packed {
		b, err := s.data()
		if err != nil {
			return err
		}
		count, _ := s.dict["N"].(float64)
		first, _ := s.dict["First"].(float64)
		head := lexer{b: b}
		for range int(count) {
			n, err1 := head.value()
			at, err2 := head.value()
			number, ok1 := n.(float64)
			offset, ok2 := at.(float64)
			if err1 != nil || err2 != nil || !ok1 || !ok2 {
				return errors.New("an object stream has no list of its objects")
			}
			body := lexer{b: b, at: int(first + offset)}
			if f.objects[ref(number)], err1 = body.value(); err1 != nil {
				return fmt.Errorf("object %v: %w", number, err1)
			}
		}
	}
	return nil
}

// data gives the content of a stream.
func (s *stream) data() ([]byte, error) {
	if s.dict["Filter"] == nil {
		return s.raw, nil
	}
	if s.dict["Filter"] != name("FlateDecode") {
		return nil, fmt.Errorf("a stream is packed by %v", s.dict["Filter"])
	}
	z, err := zlib.NewReader(bytes.NewReader(s.raw))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// of follows references.
func (f *file) of(v any) any {
	for range 20 {
		r, ok := v.(ref)
		if !ok {
			return v
		}
		v = f.objects[r]
	}
	return nil
}

// dict gives a dictionary, also that of a stream; nil where there is none.
func (f *file) dict(v any) dict {
	switch v := f.of(v).(type) {
	case dict:
		return v
	case *stream:
		return v.dict
	}
	return nil
}

func (f *file) array(v any) array {
	a, _ := f.of(v).(array)
	return a
}

func (f *file) data(v any) []byte {
	s, ok := f.of(v).(*stream)
	if !ok {
		return nil
	}
	data, err := s.data()
	if err != nil {
		return nil
	}
	return data
}

func integer(v any) (int, bool) {
	n, ok := v.(float64)
	return int(n), ok && n == float64(int(n))
}
