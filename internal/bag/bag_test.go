package bag_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"despatch/internal/bag"
)

var noon = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)

func sample() *bag.Bag {
	return &bag.Bag{
		Folder: "900001-fernside", Modified: noon, Info: []bag.Field{{Label: "Source-Organization", Value: "Northmoor County Council"}},
		Files: []bag.File{
			{Path: "data/b.txt", Data: []byte("second\n")},
			{Path: "README.txt", Data: []byte("read me\n")},
			{Path: "data/a/é.txt", Size: 6, Open: func() ([]byte, error) { return []byte("first\n"), nil }},
			{Path: "data/empty", Data: []byte{}},
		},
		Sign: func(tags []byte) []byte { return fmt.Appendf(nil, "signed %d bytes\n", len(tags)) },
	}
}

func written(t *testing.T, b *bag.Bag) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := b.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// found checks the bytes of a zip and gives what is wrong with it.
func found(t *testing.T, data []byte) []string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "a.zip")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return foundIn(t, name)
}

func foundIn(t *testing.T, name string) []string {
	t.Helper()
	r, err := bag.Open(name)
	if err != nil {
		return []string{err.Error()}
	}
	defer r.Close()
	var lines []string
	for _, f := range r.Check(nil) {
		lines = append(lines, f.String())
	}
	return lines
}

func TestFilesAreSortedByPath(t *testing.T) {
	data := written(t, sample())
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, strings.TrimPrefix(f.Name, "900001-fernside/"))
		if !f.Modified.Equal(noon) || f.Method != zip.Store {
			t.Errorf("%s: %s, method %d", f.Name, f.Modified, f.Method)
		}
	}
	if got := strings.Join(names, " "); got != "README.txt bag-info.txt bagit.txt data/a/é.txt data/b.txt data/empty manifest-sha256.txt tagmanifest-sha256.txt tagmanifest-sha256.txt.sig" {
		t.Error(got)
	}
	if !bytes.Equal(data, written(t, sample())) {
		t.Error("written again it differs")
	}
}

func TestBagIsGoodAsZipAndAsFolder(t *testing.T) {
	data := written(t, sample())
	if got := found(t, data); len(got) > 0 {
		t.Error(got)
	}
	dir := unpacked(t, data)
	if got := foundIn(t, dir); len(got) > 0 {
		t.Error(got)
	}
}

// unpacked unpacks a zip and gives the bag's folder.
func unpacked(t *testing.T, data []byte) string {
	t.Helper()
	dir := t.TempDir()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, z); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "900001-fernside")
}

func TestEveryFlippedByteOfTheZipIsNamed(t *testing.T) {
	data := written(t, sample())
	sig := bytes.Index(data, []byte("signed ")) // whoever knows the key judges these
	for at := range data {
		for _, flip := range []byte{1, 0x80} {
			bad := bytes.Clone(data)
			bad[at] ^= flip
			if got := found(t, bad); len(got) == 0 && (at < sig || at >= sig+len("signed 999 bytes\n")) {
				t.Errorf("byte %d changed by %#x is not noticed", at, flip)
			}
		}
	}
}

func TestEveryCutOfTheZipIsNamed(t *testing.T) {
	data := written(t, sample())
	for n := range data {
		if got := found(t, data[:n]); len(got) == 0 {
			t.Errorf("cut after %d bytes it is good", n)
		}
	}
	if got := found(t, append(bytes.Clone(data), 0)); len(got) == 0 {
		t.Error("a byte behind the end is not noticed")
	}
}

// A changed bag names the file and nothing else but the zip's own checksum of it.
func TestChangedFilesAreNamed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(dir string) error
		want   []string
	}{
		{"a changed file", func(d string) error { return os.WriteFile(filepath.Join(d, "data/b.txt"), []byte("sEcond\n"), 0o600) }, []string{"changed data/b.txt: its 7 bytes are not those that were archived"}},
		{"a cut file", func(d string) error { return os.Truncate(filepath.Join(d, "data/b.txt"), 3) }, []string{"malformed bag-info.txt: it counts 13.3", "changed data/b.txt: its 3 bytes"}},
		{"a missing file", func(d string) error { return os.Remove(filepath.Join(d, "data/b.txt")) }, []string{"malformed bag-info.txt: it counts", "missing data/b.txt: "}},
		{"an added file", func(d string) error { return os.WriteFile(filepath.Join(d, "data/c.txt"), nil, 0o600) }, []string{"added data/c.txt: no manifest lists it"}},
		{"an added tag file", func(d string) error { return os.WriteFile(filepath.Join(d, "c.html"), nil, 0o600) }, []string{"added c.html: "}},
		{"a changed tag file", func(d string) error { return os.WriteFile(filepath.Join(d, "README.txt"), nil, 0o600) }, []string{"changed README.txt: "}},
		{"no manifest", func(d string) error { return os.Remove(filepath.Join(d, bag.Manifest)) }, []string{
			"malformed bag-info.txt: it counts", "added data/a/é.txt: ", "added data/b.txt: ", "added data/empty: ", "missing manifest-sha256.txt: what", "missing manifest-sha256.txt: it is",
		}},
		{"no tag manifest", func(d string) error { return os.Remove(filepath.Join(d, bag.TagManifest)) }, []string{
			"added README.txt: ", "added bag-info.txt: ", "added bagit.txt: ", "added manifest-sha256.txt: ", "missing tagmanifest-sha256.txt: ",
		}},
		{"no declaration", func(d string) error { return os.Remove(filepath.Join(d, bag.Declaration)) }, []string{"missing bagit.txt: this is no", "missing bagit.txt: it is"}},
		{"another version", func(d string) error {
			return os.WriteFile(filepath.Join(d, bag.Declaration), []byte("BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n"), 0o600)
		}, []string{"malformed bagit.txt: ", "changed bagit.txt: "}},
		{"a link", func(d string) error { return os.Symlink("/etc/passwd", filepath.Join(d, "data/c.txt")) }, []string{"name data/c.txt: it is no regular file"}},
		{"a link for a file", func(d string) error {
			return errors.Join(os.Remove(filepath.Join(d, "data/b.txt")), os.Symlink("a/é.txt", filepath.Join(d, "data/b.txt")))
		}, []string{"malformed bag-info.txt", "name data/b.txt: it is no regular file", "missing data/b.txt: "}},
		{"names by case", func(d string) error { return os.WriteFile(filepath.Join(d, "data/B.txt"), nil, 0o600) }, []string{"added data/B.txt", "name data/b.txt: it cannot be told from data/B.txt", "missing"}},
		{"a line of another file", func(d string) error { return appendTo(d, bag.Manifest, strings.Repeat("0", 64)+"  zzz.txt\n") }, []string{"changed manifest-sha256.txt", "malformed manifest-sha256.txt: it lists zzz.txt"}},
		{"a line that leads out", func(d string) error { return appendTo(d, bag.Manifest, strings.Repeat("0", 64)+"  data/../../zzz\n") }, []string{"malformed manifest-sha256.txt: line 4 ", "changed manifest"}},
		{"a line twice", func(d string) error { return appendTo(d, bag.Manifest, strings.Repeat("0", 64)+"  data/empty\n") }, []string{"malformed manifest-sha256.txt: line 4 is not in its place", "changed manifest"}},
		{"a line without end", func(d string) error { return appendTo(d, bag.Manifest, "x") }, []string{"its last line has no end"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := unpacked(t, written(t, sample()))
			if err := tt.change(dir); err != nil {
				t.Fatal(err)
			}
			got := foundIn(t, dir)
			for _, want := range tt.want {
				if !strings.Contains(strings.Join(got, "\n"), want) {
					t.Errorf("%q is not among %q", want, got)
				}
			}
		})
	}
}

func appendTo(dir, name, text string) error {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// packed packs files as another program would.
func packed(t *testing.T, method uint16, names ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range names {
		name, text, _ := strings.Cut(name, "=")
		h := &zip.FileHeader{Name: name, Method: method}
		if text == "link" {
			h.SetMode(fs.ModeSymlink | 0o777)
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if text == "zeros" {
			_, err = io.CopyN(f, zeros{}, 64<<20)
		} else {
			_, err = io.WriteString(f, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestHostileZips(t *testing.T) {
	for _, tt := range []struct {
		name string
		zip  []byte
		want string
	}{
		{"a path that leads out", packed(t, zip.Store, "a/bagit.txt=x", "a/../../etc/passwd=x"), "leads out of the archive's folder"},
		{"a path from the root", packed(t, zip.Store, "/etc/passwd=x"), "leads out of the archive's folder"},
		{"a path as on Windows", packed(t, zip.Store, `a\b.txt=x`), "a character that Windows refuses"},
		{"a drive", packed(t, zip.Store, "C:/a.txt=x"), "a character that Windows refuses"},
		{"a device of Windows", packed(t, zip.Store, "a/data/Aux.txt=x"), "Windows keeps the name for itself"},
		{"a dot at the end", packed(t, zip.Store, "a/data./b=x"), "starts or ends with a space or a dot"},
		{"a name turned round", packed(t, zip.Store, "a/data/x\u202efdp.exe=x"), "bidirectional"},
		{"a link", packed(t, zip.Store, "a/data/b=link"), "it is no regular file"},
		{"a name twice", packed(t, zip.Store, "a/data/b=x", "a/data/b=y"), "cannot be told from data/b"},
		{"a name in another case", packed(t, zip.Store, "a/data/b=x", "a/data/B=y"), "cannot be told from data/b"},
		{"two folders", packed(t, zip.Store, "a/data/b=x", "b/data/b=y"), "lies beside the archive's folder"},
		{"no folder", packed(t, zip.Store, "bagit.txt=x"), "lies beside the archive's folder"},
		{"a bomb", packed(t, zip.Deflate, "a/data/b=zeros"), "unfolds to more than an archive can be"},
		{"nothing", packed(t, zip.Store), "this is no BagIt archive"},
		{"no zip", []byte("PK\x03\x04 and not much more"), "is no zip, or a part of one"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(found(t, tt.zip), "\n"); !strings.Contains(got, tt.want) {
				t.Errorf("want %q in\n%s", tt.want, got)
			}
		})
	}
}

// What another program packed is as good file by file; only the zip differs.
func TestAZipPackedAgainSaysSo(t *testing.T) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	if err := w.AddFS(os.DirFS(filepath.Dir(unpacked(t, written(t, sample()))))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got := found(t, out.Bytes())
	if len(got) != 1 || !strings.HasPrefix(got[0], "zip -: the zip was packed by another program") {
		t.Error(got)
	}
}

func TestWriteRefuses(t *testing.T) {
	for name, change := range map[string]func(b *bag.Bag){
		"leads out of":      func(b *bag.Bag) { b.Files[0].Path = "data/../x" },
		"cannot be told":    func(b *bag.Bag) { b.Files[0].Path = "README.TXT" },
		"behind the manif":  func(b *bag.Bag) { b.Files[0].Path = "x.txt" },
		"Windows keeps":     func(b *bag.Bag) { b.Files[0].Path = "data/nul" },
		"folder of an arch": func(b *bag.Bag) { b.Folder = "a/b" },
		"stand on a line":   func(b *bag.Bag) { b.Info[0].Value = "a\nPayload-Oxum: 1.1" },
		"changed while":     func(b *bag.Bag) { b.Files[2].Size = 7 },
		"a shorter time":    func(b *bag.Bag) { b.Files[2].Size = 1 << 32 },
	} {
		b := sample()
		change(b)
		if err := b.Write(io.Discard); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v (want %q)", err, name)
		}
	}
}
