package bag

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A Finding is one thing that is wrong with a bag.
type Finding struct {
	Kind string // changed, missing, added, malformed, newer, signature, signer, zip, name
	Path string // from the bag's folder; empty: the bag as a whole
	Text string // a sentence
}

// String is kind, path and what is wrong, on one line.
func (f Finding) String() string {
	path := f.Path
	if path == "" {
		path = "-"
	}
	return fmt.Sprintf("%s %s: %s", f.Kind, printable(path), f.Text)
}

// printable is a path without what could change the line that it stands on.
func printable(path string) string {
	if badPath(path) == "" {
		return path
	}
	return fmt.Sprintf("%.200q", path)
}

// What a zip that another program packed may unfold to.
const (
	mostRatio = 200
	slack     = 1 << 20
)

// An entry is one file of a bag as it lies in a zip or folder.
type entry struct {
	path string
	size int64
	open func() (io.ReadCloser, error)
}

// A Reader is a bag, opened for checking. Close it after use.
type Reader struct {
	Folder  string // the folder in the zip, or the folder's own name
	zip     *os.File
	zipped  *zip.Reader // nil: a folder
	root    *os.Root
	entries map[string]entry
	found   []Finding
}

// Open opens a bag: a zip, or the folder that it was unpacked to. What cannot be
// a bag at all is an error; what is wrong with its names is told by Check.
func Open(name string) (*Reader, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	r := &Reader{entries: make(map[string]entry)}
	if info.IsDir() {
		return r, r.folder(name)
	}
	if r.zip, err = os.Open(name); err != nil {
		return nil, err
	}
	if r.zipped, err = zip.NewReader(r.zip, info.Size()); err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, errors.Join(fmt.Errorf("%s is no zip, or a part of one: %w", name, err), r.zip.Close())
	}
	r.members(info.Size())
	return r, nil
}

// Close lets go of the bag.
func (r *Reader) Close() error {
	if r.root != nil {
		return r.root.Close()
	}
	return r.zip.Close()
}

func (r *Reader) add(kind, path, format string, args ...any) {
	r.found = append(r.found, Finding{kind, path, fmt.Sprintf(format, args...)})
}

// members lists a zip. Nothing is unpacked.
func (r *Reader) members(size int64) {
	var total uint64
	seen := names{}
	for _, f := range r.zipped.File {
		folder, path, deep := strings.Cut(f.Name, "/")
		switch {
		case deep && path == "" && f.UncompressedSize64 == 0 && (r.Folder == "" || folder == r.Folder):
			continue // the folder itself, as other programs list it
		case deep && strings.HasSuffix(path, "/") && f.UncompressedSize64 == 0:
			continue
		case f.Mode()&^fs.ModePerm != 0:
			r.add("name", f.Name, "it is no regular file")
			continue
		case badPath(f.Name) != "":
			r.add("name", f.Name, "%s", badPath(f.Name))
			continue
		case !deep:
			r.add("added", f.Name, "it lies beside the archive's folder")
			continue
		}
		if r.Folder == "" {
			r.Folder = folder
		}
		if folder != r.Folder {
			r.add("added", f.Name, "it lies beside the archive's folder")
			continue
		}
		if other, ok := seen.add(path); !ok {
			r.add("name", path, "it cannot be told from %s", printable(other))
			continue
		}
		if total += f.UncompressedSize64; f.UncompressedSize64 > mostBytes || total > mostBytes || total > mostRatio*uint64(size)+slack {
			r.add("zip", path, "the zip unfolds to more than an archive can be; the rest was not looked at")
			return
		}
		r.entries[path] = entry{path, int64(f.UncompressedSize64), func() (io.ReadCloser, error) { return content(f) }}
	}
}

// content is a member's bytes: of a stored one as they lie there, whatever its
// checksum says, so that the manifest judges them.
func content(f *zip.File) (io.ReadCloser, error) {
	if f.Method != zip.Store {
		return f.Open()
	}
	if f.CompressedSize64 != f.UncompressedSize64 {
		return nil, errors.New("its two sizes differ")
	}
	raw, err := f.OpenRaw()
	if err != nil {
		return nil, err
	}
	return io.NopCloser(raw), nil
}

// folder lists a folder that a bag was unpacked to.
func (r *Reader) folder(name string) error {
	var err error
	if r.root, err = os.OpenRoot(name); err != nil {
		return err
	}
	if r.Folder, err = filepath.Abs(name); err != nil {
		return errors.Join(err, r.root.Close())
	}
	r.Folder = filepath.Base(r.Folder)
	seen := names{}
	err = fs.WalkDir(r.root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch why := badPath(path); {
		case !d.Type().IsRegular():
			r.add("name", path, "it is no regular file")
			return nil
		case why != "":
			r.add("name", path, "%s", why)
			return nil
		}
		if other, ok := seen.add(path); !ok {
			r.add("name", path, "it cannot be told from %s", printable(other))
			return nil
		}
		r.entries[path] = entry{path, info.Size(), func() (io.ReadCloser, error) { return r.root.Open(path) }}
		return nil
	})
	if err != nil {
		return errors.Join(err, r.root.Close())
	}
	return nil
}

// Paths are the paths of all files, sorted.
func (r *Reader) Paths() []string {
	paths := make([]string, 0, len(r.entries))
	for path := range r.entries {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

// ReadFile gives a file of at most so many bytes. One that is not there is
// fs.ErrNotExist.
func (r *Reader) ReadFile(path string, most int64) ([]byte, error) {
	e, ok := r.entries[path]
	if !ok {
		return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	}
	if e.size > most {
		return nil, fmt.Errorf("%s has %d bytes (at most %d)", path, e.size, most)
	}
	f, err := e.open()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("it has more than %d bytes", most)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return data, nil
}

// modified is the time that all files of a zip have as we write it; of a zip by
// another program any.
func (r *Reader) modified() time.Time {
	f := r.zipped.File[0]
	day, clock := f.ModifiedDate, f.ModifiedTime //nolint:staticcheck // these are what the bytes say
	return time.Date(int(day>>9)+1980, time.Month(day>>5&15), int(day&31), int(clock>>11), int(clock>>5&63), int(clock&31)*2, 0, time.UTC)
}
