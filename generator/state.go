package generator

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"time"
)

// cacheDir is the disposable folder of an authority's folder.
const cacheDir = "cache"

// stateMagic begins cache/state; its last byte is the number of the form. A file
// with another beginning is ignored: the state is a memory of work done, never
// a source.
const stateMagic = "despatch-state\x00\x02"

// A state is what the last build saw and made. It lets the next one tell, from
// names, sizes, times and inodes alone, which units could have changed.
type state struct {
	Program string    // the program that built; another one plans everything
	Head    string    // SHA-256 of the head that it left, in hex
	Serial  int       // of that head
	From    string    // the folder that is deployed to, from which builds start; or empty
	Clock   time.Time // the time it worked at
	Next    time.Time // when the clock alone next changes a page; zero: never
	Seen    time.Time // when the sources were listed
	Sources []sourceState
	Units   []unitState

	fresh bool // not on disk yet
}

// A sourceState is one file as it was listed.
type sourceState struct {
	Path    string
	Size    int64
	ModTime int64 // nanoseconds since 1970
	Inode   uint64
	Unit    int32     // index of its unit, or sourceOfAll
	Sum     *[32]byte // of an attachment: its SHA-256; else nil
}

// sourceOfAll marks a source that more than one unit may depend on.
const sourceOfAll = -1

// A unitState is what one school, or the authority itself, has in the tree.
type unitState struct {
	ID      string
	Held    []string // what could not be published, and why
	Paths   []string // packs and files
	Indexes []indexState
	Late    bool     // PDFs of it lack their time stamp: it is looked into again
	People  [32]byte // digest of the accounts at the school, which its pages name
}

// An indexState remembers what an index's sealed bytes were made from: sealing
// the same index twice gives different bytes, so only this tells that one need
// not be sealed again.
type indexState struct {
	Plain [32]byte // SHA-256 of recipient, text and list views
	Path  string
}

var errNoState = errors.New("no usable state")

// readState reads cache/state. A missing, damaged or foreign file is
// errNoState: then everything is planned afresh.
func readState(dir string) (*state, error) {
	data, err := os.ReadFile(filepath.Join(dir, cacheDir, "state"))
	if err != nil {
		return nil, errNoState
	}
	return parseState(data)
}

// writeState replaces cache/state. It is not synced: a state that a power cut
// damaged is ignored by its checksum.
func writeState(dir string, s *state) error {
	name := filepath.Join(dir, cacheDir, "state")
	if err := os.WriteFile(name+".new", s.format(), 0o600); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (s *state) format() []byte {
	w := stateWriter{b: make([]byte, 0, 1024+len(s.Sources)*96)}
	w.b = append(w.b, stateMagic...)
	w.text(s.Program)
	w.text(s.Head)
	w.text(s.From)
	w.count(s.Serial)
	w.time(s.Clock)
	w.time(s.Next)
	w.time(s.Seen)
	w.count(len(s.Sources))
	for i := range s.Sources {
		w.source(&s.Sources[i])
	}
	w.count(len(s.Units))
	for i := range s.Units {
		w.unit(&s.Units[i])
	}
	return binary.BigEndian.AppendUint32(w.b, crc32.Checksum(w.b, castagnoli))
}

func parseState(data []byte) (*state, error) {
	body := len(data) - 4
	if body < len(stateMagic) || !bytes.HasPrefix(data, []byte(stateMagic)) ||
		crc32.Checksum(data[:body], castagnoli) != binary.BigEndian.Uint32(data[body:]) {
		return nil, errNoState
	}
	// Texts are cut out of one string, so a large state costs few allocations.
	r := stateReader{b: data[:body], s: string(data[:body]), at: len(stateMagic)}
	s := &state{Program: r.text(), Head: r.text(), From: r.text(), Serial: int(r.uvarint()), Clock: r.time(), Next: r.time(), Seen: r.time()}
	s.Sources = make([]sourceState, r.count(8))
	for i := range s.Sources {
		s.Sources[i] = r.source()
	}
	s.Units = make([]unitState, r.count(4))
	for i := range s.Units {
		s.Units[i] = r.unit()
	}
	if r.bad || r.at != len(r.b) {
		return nil, errNoState
	}
	for i := range s.Sources {
		if u := s.Sources[i].Unit; u < sourceOfAll || int(u) >= len(s.Units) {
			return nil, errNoState
		}
	}
	return s, nil
}

type stateWriter struct{ b []byte }

func (w *stateWriter) count(n int) { w.b = binary.AppendUvarint(w.b, uint64(n)) }

func (w *stateWriter) text(s string) {
	w.count(len(s))
	w.b = append(w.b, s...)
}

// time writes the zero time as such: it has no useful UnixNano.
func (w *stateWriter) time(t time.Time) {
	if t.IsZero() {
		w.b = append(w.b, 0)
		return
	}
	w.b = append(w.b, 1)
	w.b = binary.AppendVarint(w.b, t.UnixNano())
}

func (w *stateWriter) source(s *sourceState) {
	w.text(s.Path)
	w.b = binary.AppendVarint(w.b, s.Size)
	w.b = binary.AppendVarint(w.b, s.ModTime)
	w.b = binary.AppendUvarint(w.b, s.Inode)
	w.b = binary.AppendVarint(w.b, int64(s.Unit))
	if s.Sum == nil {
		w.b = append(w.b, 0)
		return
	}
	w.b = append(w.b, 1)
	w.b = append(w.b, s.Sum[:]...)
}

func (w *stateWriter) unit(u *unitState) {
	w.text(u.ID)
	w.count(len(u.Held))
	for _, h := range u.Held {
		w.text(h)
	}
	w.count(len(u.Paths))
	for _, p := range u.Paths {
		w.text(p)
	}
	w.b = append(w.b, u.People[:]...)
	w.count(len(u.Indexes))
	for _, x := range u.Indexes {
		w.b = append(w.b, x.Plain[:]...)
		w.text(x.Path)
	}
}

// A stateReader reads what a stateWriter wrote; bad says that it met something
// else, after which it gives zeros.
type stateReader struct {
	b   []byte
	s   string
	at  int
	bad bool
}

func (r *stateReader) uvarint() uint64 {
	n, size := binary.Uvarint(r.b[r.at:])
	if size <= 0 {
		r.bad, r.at = true, len(r.b)
		return 0
	}
	r.at += size
	return n
}

func (r *stateReader) varint() int64 {
	n, size := binary.Varint(r.b[r.at:])
	if size <= 0 {
		r.bad, r.at = true, len(r.b)
		return 0
	}
	r.at += size
	return n
}

// count reads a number of things that take at least least bytes each, so that a
// damaged count cannot ask for more memory than the file is long.
func (r *stateReader) count(least int) int {
	n := r.uvarint()
	if n > uint64((len(r.b)-r.at)/least) {
		r.bad, r.at = true, len(r.b)
		return 0
	}
	return int(n)
}

func (r *stateReader) text() string {
	n := r.count(1)
	s := r.s[r.at : r.at+n]
	r.at += n
	return s
}

func (r *stateReader) flag() bool {
	n := r.uvarint()
	r.bad = r.bad || n > 1
	return n == 1
}

func (r *stateReader) time() time.Time {
	if !r.flag() {
		return time.Time{}
	}
	return time.Unix(0, r.varint()).UTC()
}

func (r *stateReader) sum() (sum [32]byte) {
	if len(r.b)-r.at < len(sum) {
		r.bad, r.at = true, len(r.b)
		return sum
	}
	r.at += copy(sum[:], r.b[r.at:])
	return sum
}

func (r *stateReader) source() sourceState {
	s := sourceState{Path: r.text(), Size: r.varint(), ModTime: r.varint(), Inode: r.uvarint(), Unit: int32(r.varint())}
	if r.flag() {
		sum := r.sum()
		s.Sum = &sum
	}
	return s
}

func (r *stateReader) unit() unitState {
	u := unitState{ID: r.text()}
	u.Held = make([]string, r.count(1))
	for i := range u.Held {
		u.Held[i] = r.text()
	}
	u.Paths = make([]string, r.count(1))
	for i := range u.Paths {
		u.Paths[i] = r.text()
	}
	u.People = r.sum()
	u.Indexes = make([]indexState, r.count(33))
	for i := range u.Indexes {
		u.Indexes[i] = indexState{Plain: r.sum(), Path: r.text()}
	}
	return u
}
