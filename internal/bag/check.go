package bag

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// mostTag is the largest manifest or other tag file that is read whole.
const mostTag = 32 << 20

// Check holds every file against the manifests, the manifests against each other,
// and the zip around them against the one form that is written. Progress may be
// nil. It says nothing of who signed.
func (r *Reader) Check(progress func(done, total int, what string)) []Finding {
	c := checker{Reader: r, listed: make(map[string]string)}
	c.declaration()
	tags, ok := c.list(TagManifest)
	if ok {
		c.manifest(TagManifest, tags, func(path string) bool { return !strings.HasPrefix(path, payload) })
	}
	carried, ok := c.list(Manifest)
	if ok {
		c.manifest(Manifest, carried, func(path string) bool { return strings.HasPrefix(path, payload) })
	}
	c.sums(progress)
	c.unlisted()
	c.oxum()
	if r.zipped != nil && len(r.zipped.File) > 0 && len(r.found) == 0 {
		// A file that differs makes its zip differ: it is named once.
		c.form()
	}
	slices.SortStableFunc(r.found, func(a, b Finding) int { return strings.Compare(a.Path, b.Path) })
	return slices.Compact(r.found)
}

type checker struct {
	*Reader
	listed map[string]string // SHA-256 by path
	octets int64
	count  int
}

func (c *checker) declaration() {
	data, err := c.ReadFile(Declaration, mostTag)
	switch {
	case err != nil:
		c.add("missing", Declaration, "this is no BagIt archive: it does not say that it is one")
	case string(data) != declaration:
		c.add("malformed", Declaration, "it does not declare BagIt 1.0 in UTF-8")
	}
}

// A sum is one line of a manifest.
type sum struct{ hex, path string }

func (c *checker) list(name string) ([]sum, bool) {
	data, err := c.ReadFile(name, mostTag)
	if err != nil {
		c.add("missing", name, "what it lists cannot be checked")
		return nil, false
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		c.add("malformed", name, "its last line has no end: it is cut short")
		return nil, false
	}
	var sums []sum
	for i, text := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		digits, path, ok := strings.Cut(text, "  ")
		if raw, err := hex.DecodeString(digits); !ok || err != nil || len(raw) != sha256.Size || digits != strings.ToLower(digits) || badPath(path) != "" {
			c.add("malformed", name, "line %d is not a SHA-256, two spaces and a path", i+1)
			continue
		}
		if i > 0 && len(sums) > 0 && sums[len(sums)-1].path >= path {
			c.add("malformed", name, "line %d is not in its place", i+1)
			continue
		}
		sums = append(sums, sum{digits, path})
	}
	return sums, true
}

// manifest takes a manifest's lines in. of says which paths are its own.
func (c *checker) manifest(name string, sums []sum, of func(path string) bool) {
	for _, s := range sums {
		switch {
		case !of(s.path) || s.path == TagManifest || s.path == Signature || s.path == TimeStamp:
			c.add("malformed", name, "it lists %s, which it cannot", s.path)
		default:
			c.listed[s.path] = s.hex
		}
	}
	if name == TagManifest && c.listed[Manifest] == "" {
		c.add("malformed", name, "it does not list %s", Manifest)
	}
}

// sums holds every listed file against its SHA-256.
func (c *checker) sums(progress func(done, total int, what string)) {
	paths := make([]string, 0, len(c.listed))
	for path := range c.listed {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for i, path := range paths {
		if progress != nil {
			progress(i+1, len(paths), "files checked")
		}
		e, ok := c.entries[path]
		if !ok {
			c.add("missing", path, "it is listed and not there")
			continue
		}
		got, n, err := digest(e)
		switch {
		case err != nil:
			c.add("changed", path, "it cannot be read: %v", err)
		case got != c.listed[path]:
			c.add("changed", path, "its %d bytes are not those that were archived", n)
		}
		if strings.HasPrefix(path, payload) {
			c.octets += n
			c.count++
		}
	}
}

func digest(e entry) (string, int64, error) {
	f, err := e.open()
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(f, e.size+1))
	if err == nil && n != e.size {
		err = fmt.Errorf("it has other than the %d bytes that the archive says", e.size)
	}
	return hex.EncodeToString(h.Sum(nil)), n, err
}

// unlisted names what nobody signed for.
func (c *checker) unlisted() {
	for _, path := range c.Paths() {
		if _, ok := c.listed[path]; !ok && path != TagManifest && path != Signature && path != TimeStamp {
			c.add("added", path, "no manifest lists it")
		}
	}
}

// oxum holds bag-info.txt's count of bytes and files against what is there.
func (c *checker) oxum() {
	value, ok := c.Info("Payload-Oxum")
	if want := strconv.FormatInt(c.octets, 10) + "." + strconv.Itoa(c.count); ok && value != want {
		c.add("malformed", InfoFile, "it counts %.40s bytes and files (Payload-Oxum); there are %s", value, want)
	}
}

// Info is a field of bag-info.txt; of one that is there twice the first.
func (r *Reader) Info(label string) (string, bool) {
	data, err := r.ReadFile(InfoFile, mostTag)
	if err != nil {
		return "", false
	}
	for text := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(strings.TrimSuffix(text, "\n"), ": "); ok && name == label {
			return value, true
		}
	}
	return "", false
}

// form writes the zip once more from what is in it and compares.
func (c *checker) form() {
	same := &comparer{file: c.zip, at: -1}
	z := newZipWriter(same, c.modified())
	for _, f := range c.zipped.File {
		path := strings.TrimPrefix(f.Name, c.Folder+"/")
		e, ok := c.entries[path]
		if !ok {
			c.add("zip", "", "the zip was packed by another program, or was changed")
			return
		}
		data, err := read(e)
		if err != nil {
			c.add("zip", path, "the zip does not say where the file lies: %v", err)
			return
		}
		if err := z.file(f.Name, data); err != nil || same.at >= 0 {
			break
		}
	}
	if same.at < 0 {
		_ = z.close() // a difference is kept in same
	}
	if same.at < 0 && same.more() {
		same.at = same.done
	}
	if same.at >= 0 {
		c.add("zip", "", "the zip was packed by another program, or was changed, from byte %d on; each file stands for itself: see whether others are named here", same.at)
	}
}

func read(e entry) ([]byte, error) {
	f, err := e.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, e.size))
}

// A comparer is written to and compares with a file.
type comparer struct {
	file interface {
		ReadAt(p []byte, off int64) (int, error)
	}
	done int64
	at   int64 // of the first difference; -1: none yet
	buf  []byte
}

func (c *comparer) Write(p []byte) (int, error) {
	if c.at >= 0 {
		return len(p), nil
	}
	if len(c.buf) < len(p) {
		c.buf = make([]byte, len(p))
	}
	there := c.buf[:len(p)]
	n, _ := c.file.ReadAt(there, c.done) // what is not there differs
	if n < len(p) || !bytes.Equal(there, p) {
		c.at = c.done + int64(difference(there[:n], p))
	}
	c.done += int64(len(p))
	return len(p), nil
}

// more reports that the file goes on behind what was written.
func (c *comparer) more() bool {
	n, _ := c.file.ReadAt(make([]byte, 1), c.done)
	return n > 0
}

func difference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
