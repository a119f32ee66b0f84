// Package bag writes and checks BagIt 1.0 bags (RFC 8493) in a zip whose bytes are
// a function of what is in it: files stored, not compressed, sorted by path, all
// with one time (docs/formats.md, Archives). So every byte of the zip is either a
// file's, which its manifest has the SHA-256 of, or can be written again and
// compared (TestEveryFlippedByteIsNamed), and no later compressor changes what an
// old archive must be.
//
// It trusts no bag that it reads: names that leave the folder, differ only in
// case or that Windows keeps for itself, links, duplicates and what unfolds to
// more than a limit are findings (TestHostileZips). Who signed a bag, and whether
// that one may, is for the caller.
package bag

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// The tag files that every bag has.
const (
	Declaration = "bagit.txt"
	InfoFile    = "bag-info.txt"
	Manifest    = "manifest-sha256.txt"
	TagManifest = "tagmanifest-sha256.txt"
	Signature   = "tagmanifest-sha256.txt.sig"
	TimeStamp   = "tagmanifest-sha256.txt.tsr" // not every bag has one
)

const declaration = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

// payload is the folder of what a bag carries.
const payload = "data/"

// A File is one file of a bag, with its path from the bag's folder. Its bytes are
// Data, or what Open gives, of which Size is known before.
type File struct {
	Path string
	Data []byte
	Size int64
	Open func() ([]byte, error)
}

func (f *File) size() int64 {
	if f.Open == nil {
		return int64(len(f.Data))
	}
	return f.Size
}

func (f *File) bytes() ([]byte, error) {
	if f.Open == nil {
		return f.Data, nil
	}
	data, err := f.Open()
	if err == nil && int64(len(data)) != f.Size {
		err = fmt.Errorf("%s changed while it was read", f.Path)
	}
	return data, err
}

// A Field is one line of bag-info.txt.
type Field struct{ Label, Value string }

// A Bag is what is to be written.
type Bag struct {
	Folder   string    // the one folder in the zip
	Modified time.Time // of every file, in UTC, to two seconds
	Info     []Field   // bag-info.txt but for Payload-Oxum, which is added
	Files    []File    // those under data/ are the payload, all others tag files
	// Sign signs the tag manifest; what it gives is the file Signature.
	Sign func(tagManifest []byte) []byte
	// Stamp gives the answer of a time-stamping authority over the tag manifest,
	// which is the file TimeStamp, or nothing. It may be nil.
	Stamp    func(tagManifest []byte) []byte
	Progress func(done, total int, what string) // nil: nobody is told
}

// Write writes the zip.
func (b *Bag) Write(w io.Writer) error {
	files, err := b.arranged()
	if err != nil {
		return err
	}
	z := newZipWriter(w, b.Modified)
	var manifest, tags []byte
	put := func(path string, data []byte) error {
		if err := z.file(b.Folder+"/"+path, data); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
		return nil
	}
	for i := range files {
		f := &files[i]
		data, err := f.bytes()
		if err != nil {
			return err
		}
		if err := put(f.Path, data); err != nil {
			return err
		}
		if strings.HasPrefix(f.Path, payload) {
			manifest = line(manifest, data, f.Path)
		} else {
			tags = line(tags, data, f.Path)
		}
		if b.Progress != nil {
			b.Progress(i+1, len(files), "files written")
		}
	}
	tags = line(tags, manifest, Manifest)
	lasts := []File{{Path: Manifest, Data: manifest}, {Path: TagManifest, Data: tags}, {Path: Signature, Data: b.Sign(tags)}}
	if b.Stamp != nil {
		if stamp := b.Stamp(tags); len(stamp) > 0 {
			lasts = append(lasts, File{Path: TimeStamp, Data: stamp})
		}
	}
	for _, last := range lasts {
		if err := put(last.Path, last.Data); err != nil {
			return err
		}
	}
	return z.close()
}

// line adds a line in sha256sum's form.
func line(to, data []byte, path string) []byte {
	sum := sha256.Sum256(data)
	return append(hex.AppendEncode(to, sum[:]), "  "+path+"\n"...)
}

// arranged gives all files but those that are made of the others, sorted; they
// come last in this order too (TestFilesAreSortedByPath).
func (b *Bag) arranged() ([]File, error) {
	var octets int64
	count := 0
	for i := range b.Files {
		if strings.HasPrefix(b.Files[i].Path, payload) {
			octets += b.Files[i].size()
			count++
		}
	}
	var info bytes.Buffer
	for _, f := range append(slices.Clone(b.Info), Field{"Payload-Oxum", fmt.Sprintf("%d.%d", octets, count)}) {
		if strings.ContainsAny(f.Label+f.Value, "\r\n") || strings.Contains(f.Label, ":") {
			return nil, fmt.Errorf("bag-info.txt: %q cannot stand on a line", f.Label)
		}
		fmt.Fprintf(&info, "%s: %s\n", f.Label, f.Value)
	}
	files := append(slices.Clone(b.Files), File{Path: Declaration, Data: []byte(declaration)}, File{Path: InfoFile, Data: info.Bytes()})
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	if err := checkFolder(b.Folder); err != nil {
		return nil, err
	}
	seen := names{}
	total := octets
	for i := range files {
		if why := badPath(files[i].Path); why != "" {
			return nil, fmt.Errorf("%s cannot be in an archive: %s", files[i].Path, why)
		}
		if files[i].Path >= Manifest {
			return nil, fmt.Errorf("%s cannot be in an archive: it would stand behind the manifests", files[i].Path)
		}
		if other, ok := seen.add(files[i].Path); !ok {
			return nil, fmt.Errorf("%s cannot be in an archive: it cannot be told from %s", files[i].Path, other)
		}
		total += files[i].size()
	}
	if len(files)+4 > mostFiles || total > mostBytes-overhead(files, b.Folder) {
		return nil, fmt.Errorf("%d files with %d bytes are more than one archive holds (%d files, %d bytes): archive a shorter time", len(files), total, mostFiles, int64(mostBytes))
	}
	return files, nil
}

// overhead is more than what the zip and the manifests add to the files.
func overhead(files []File, folder string) int64 {
	n := int64(1 << 16)
	for i := range files {
		n += 256 + 3*int64(len(folder)+len(files[i].Path))
	}
	return n
}

func checkFolder(name string) error {
	if name == "" || strings.Contains(name, "/") || badPath(name) != "" {
		return fmt.Errorf("%q cannot be the folder of an archive", name)
	}
	return nil
}
