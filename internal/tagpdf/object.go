package tagpdf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"sync"
	"unicode/utf16"

	"github.com/klauspost/compress/zlib"
)

// An object of the file. A stream's dictionary is its body.
type object struct {
	body   []byte
	stream []byte
	held   bool // its place is in the file itself, not in an object stream
}

// objects are those of a file, by number from 1.
type objects []object

func (o *objects) alloc() int {
	*o = append(*o, object{})
	return len(*o)
}

func (o objects) set(n int, body string) { o.put(n, []byte(body)) }

func (o objects) put(n int, body []byte) { o[n-1].body = body }

func (o *objects) add(body string) int {
	n := o.alloc()
	o.set(n, body)
	return n
}

// stream sets a compressed stream.
func (o objects) stream(n int, entries string, data []byte) {
	o.packed(n, entries, deflate(data))
}

// packed sets a stream that is compressed already.
func (o objects) packed(n int, entries string, data []byte) {
	o.raw(n, entries+"/Filter/FlateDecode", data)
}

// raw sets a stream as it is.
func (o objects) raw(n int, entries string, data []byte) {
	o[n-1] = object{body: fmt.Appendf(nil, "<<%s/Length %d>>", entries, len(data)), stream: data, held: true}
}

// Levels of compression. What is made once takes its time; 3 is twice as fast as
// 6, for files a twentieth larger.
const (
	quick    = 3
	thorough = 9
)

var deflaters = sync.Pool{New: func() any { return newDeflater(quick) }}

func newDeflater(level int) *zlib.Writer {
	z, _ := zlib.NewWriterLevel(nil, level) // the level is one
	return z
}

func deflate(data []byte) []byte {
	z := deflaters.Get().(*zlib.Writer)
	defer deflaters.Put(z)
	return deflateBy(z, data)
}

func deflateBy(z *zlib.Writer, data []byte) []byte {
	b := bytes.NewBuffer(make([]byte, 0, len(data)/2+64))
	z.Reset(b)
	_, _ = z.Write(data) // a buffer takes all
	_ = z.Close()
	return b.Bytes()
}

func itoa(n int) string { return strconv.Itoa(n) }

func ref(n int) string { return strconv.Itoa(n) + " 0 R" }

// reference appends a reference.
func reference(out []byte, n int) []byte {
	return append(strconv.AppendInt(out, int64(n), 10), " 0 R"...)
}

// text gives a text string: ASCII as it is, else UTF-16.
func text(s string) string {
	out := []byte{'('}
	for _, r := range s {
		switch {
		case r < ' ' || r > '~':
			return utf16Text(s)
		case r == '(' || r == ')' || r == '\\':
			out = append(out, '\\')
		}
		out = append(out, byte(r))
	}
	return string(append(out, ')'))
}

func utf16Text(s string) string {
	out := []byte("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		out = hex16(out, u)
	}
	return string(append(out, '>'))
}

// hex16 appends a number as four hex digits.
func hex16(out []byte, v uint16) []byte {
	const digits = "0123456789ABCDEF"
	return append(out, digits[v>>12], digits[v>>8&15], digits[v>>4&15], digits[v&15])
}

// mostInStream is how many objects one object stream holds.
const mostInStream = 200

// A place is where an object is, as a cross-reference stream says it.
type place struct {
	kind byte // 1: in the file, 2: in an object stream
	at   uint32
	in   uint16
}

// file writes all objects: streams as they are, the rest in object streams.
func (o objects) file(root, info int) []byte {
	size := 4096
	for i := range o {
		size += len(o[i].stream) + len(o[i].body)/2
	}
	out := bytes.NewBuffer(make([]byte, 0, size))
	out.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	places := make([]place, len(o)+1, len(o)+10)
	places[0].in = 0xffff
	write := func(n int, v *object) {
		places[n] = place{1, uint32(out.Len()), 0}
		out.Write(strconv.AppendInt(out.AvailableBuffer(), int64(n), 10))
		out.WriteString(" 0 obj\n")
		out.Write(v.body)
		out.WriteByte('\n')
		if v.stream != nil {
			out.WriteString("stream\n")
			out.Write(v.stream)
			out.WriteString("\nendstream\n")
		}
		out.WriteString("endobj\n")
	}
	var loose []int
	for i := range o {
		if o[i].held {
			write(i+1, &o[i])
		} else {
			loose = append(loose, i+1)
		}
	}
	for len(loose) > 0 {
		now := loose[:min(mostInStream, len(loose))]
		loose = loose[len(now):]
		places = append(places, place{})
		n := len(places) - 1
		long := 0
		for _, k := range now {
			long += len(o[k-1].body) + 1
		}
		head, body := make([]byte, 0, 10*len(now)+long), make([]byte, 0, long)
		for i, k := range now {
			head = append(strconv.AppendInt(head, int64(k), 10), ' ')
			head = append(strconv.AppendInt(head, int64(len(body)), 10), ' ')
			body = append(append(body, o[k-1].body...), '\n')
			places[k] = place{2, uint32(n), uint16(i)}
		}
		var s objects = make([]object, 1)
		s.stream(1, fmt.Sprintf("/Type/ObjStm/N %d/First %d", len(now), len(head)), append(head, body...))
		write(n, &s[0])
	}
	start := out.Len()
	places = append(places, place{1, uint32(start), 0})
	table := make([]byte, 0, 7*len(places))
	for _, p := range places {
		table = append(table, p.kind)
		table = binary.BigEndian.AppendUint32(table, p.at)
		table = binary.BigEndian.AppendUint16(table, p.in)
	}
	var s objects = make([]object, 1)
	s.stream(1, fmt.Sprintf("/Type/XRef/Size %d/W[1 4 2]/Root %s/Info %s/ID%s", len(places), ref(root), ref(info), identity(out.Bytes())), table)
	write(len(places)-1, &s[0])
	fmt.Fprintf(out, "startxref\n%d\n%%%%EOF\n", start)
	return out.Bytes()
}
