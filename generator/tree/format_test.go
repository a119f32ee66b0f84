package tree_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"despatch/generator/tree"
	"despatch/internal/keysfile"
	"despatch/internal/refusal"
	"despatch/internal/seal"
)

func TestStockToolsOpenAPackAndAFile(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	small, large := bytes.Repeat([]byte("<p>visit</p>\n"), 900), make([]byte, 2<<20)
	name := "00112233445566ff/8899aabbccddeeff.html"
	pack, err := tree.BuildPack([]tree.PackFile{{Name: name, Data: small}})
	must(t, err)
	file, err := tree.BuildFile(tree.PackFile{Name: name, Data: large})
	must(t, err)
	for _, tc := range []struct {
		plain, want []byte
		flags       string
	}{{pack, small, "xz"}, {file, large, "x"}} {
		sealed, err := a.to.Seal(nil, tc.plain)
		must(t, err)
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, "sealed.age"), sealed, 0o600))
		open := exec.Command("sh", "-ec", `"$0" -d -i "$1" sealed.age > plain; tar `+tc.flags+`f plain`, stockAge(t), identityPath(t))
		open.Dir = dir
		out, err := open.CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Fatalf("tar %s: %v: %s", tc.flags, err, out)
		}
		got, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		if !bytes.Equal(got, tc.want) {
			t.Errorf("tar %s gives other bytes", tc.flags)
		}
	}
}

// stockAge is age 1.3 in .tools, as make installs it, or in the path.
func stockAge(t *testing.T) string {
	t.Helper()
	name, err := filepath.Abs("../../.tools/age")
	must(t, err)
	if _, err := os.Stat(name); err == nil {
		return name
	}
	name, err = exec.LookPath("age")
	if err != nil {
		t.Fatal("age is not there: run make tools")
	}
	return name
}

func identityPath(t *testing.T) string {
	t.Helper()
	name, err := filepath.Abs("testdata/identity.txt")
	must(t, err)
	return name
}

func TestGzipAloneAcceptsAPackOfAnyLength(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := 0; n < 60000; n += 397 {
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		files := []tree.PackFile{{Name: "00112233445566ff/8899aabbccddeeff.html", Data: data}}
		pack, err := tree.BuildPack(files)
		must(t, err)
		if len(pack) != seal.Bucket(len(pack), 4096) {
			t.Fatalf("%d bytes: a pack of %d is no bucket", n, len(pack))
		}
		r, err := gzip.NewReader(bytes.NewReader(pack))
		must(t, err)
		if _, err := io.Copy(io.Discard, r); err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		back, err := tree.ReadPack(pack)
		must(t, err)
		if !bytes.Equal(back[0].Data, data) {
			t.Fatalf("%d bytes did not come back", n)
		}
	}
}

func TestSameFilesInAnyOrderGiveTheSamePack(t *testing.T) {
	var files []tree.PackFile
	for i := range 20 {
		files = append(files, tree.PackFile{Name: fmt.Sprintf("00112233445566ff/%016x.html", i), Data: bytes.Repeat([]byte{byte(i)}, 700*i)})
	}
	one, err := tree.BuildPack(files)
	must(t, err)
	slices.Reverse(files)
	two, err := tree.BuildPack(files)
	must(t, err)
	if !bytes.Equal(one, two) {
		t.Error("the packs differ")
	}
	for name, bad := range map[string][]tree.PackFile{
		"twice":      {files[0], files[0]},
		"no root":    {{Name: "8899aabbccddeeff.html"}},
		"upwards":    {{Name: "00112233445566ff/../x"}},
		"deeper":     {{Name: "00112233445566ff/x/y"}},
		"upper case": {{Name: "00112233445566ff/X.html"}},
		"too large":  {{Name: files[0].Name, Data: make([]byte, tree.MaxFile+1)}},
	} {
		if _, err := tree.BuildPack(bad); err == nil {
			t.Errorf("%s: packed", name)
		}
	}
}

func TestCiphertextLengthsAreAlwaysBuckets(t *testing.T) {
	a := newAuthority(t, t.TempDir())
	w := a.begin(nil)
	for n := range 120 {
		a.pack(w, "900001/visits-full", strings.Repeat(fmt.Sprint(n), n*n))
	}
	a.commit(w, start)
	lengths := make(map[int64]bool)
	for _, path := range files(t, a.dir) {
		if !strings.HasSuffix(path, ".age") {
			continue
		}
		info, err := os.Stat(filepath.Join(a.dir, path))
		must(t, err)
		plain, ok := seal.PlainLen(int(info.Size()) - seal.HeaderSize)
		if !ok || seal.Bucket(plain, 4096) != plain {
			t.Errorf("%s of %d bytes shows a plaintext of %d", path, info.Size(), plain)
		}
		lengths[info.Size()] = true
	}
	if len(lengths) > 3 {
		t.Errorf("120 packs of pages from 0 to 40 kB have %d lengths", len(lengths))
	}
}

func TestIndexComesBackAndIsABucket(t *testing.T) {
	lengths := make(map[int]bool)
	for n := range 40 {
		x := sampleIndex()
		x.School.Name = strings.Repeat("é", n*41)
		pages := samplePages()
		pages[0].Data = make([]byte, n*411)
		for i := range pages[0].Data {
			pages[0].Data[i] = byte(rand.Uint32())
		}
		plain := buildIndex(t, x, pages)
		if len(plain) != seal.Bucket(len(plain), 4096) {
			t.Fatalf("an index of %d bytes is no bucket", len(plain))
		}
		lengths[len(plain)] = true
		back, again, err := tree.ReadIndex(plain)
		must(t, err)
		if len(again) != 1 || !bytes.Equal(again[0].Data, pages[0].Data) {
			t.Fatal("the list page did not come back")
		}
		if back.School.Name != x.School.Name || len(back.Items) != 1 || back.Items[0].Title != x.Items[0].Title {
			t.Fatal("the index did not come back")
		}
	}
	if len(lengths) < 5 {
		t.Errorf("the indexes had %d lengths: too few to show anything", len(lengths))
	}
}

func TestAnIndexThatUnfoldsToTooMuchIsNeitherWrittenNorRead(t *testing.T) {
	x, pages := sampleIndex(), samplePages()
	pages[0].Data = make([]byte, 16<<20)
	text, err := tree.FormatIndex(x)
	must(t, err)
	if _, err := tree.AppendIndex(nil, x, text, pages); err == nil {
		t.Error("an index that unfolds to more than 16 MiB is written")
	}
	plain, err := tree.BuildPack(append(pages, tree.PackFile{Name: x.Root + "/index.json", Data: text}))
	must(t, err)
	if _, _, err := tree.ReadIndex(plain); refusal.Of(err) != refusal.Malformed {
		t.Errorf("%d bytes that unfold to more than 16 MiB gave %v", len(plain), err)
	}
}

// mangle hands every single-byte change and every cut of data to try.
func mangle(data []byte, step int, try func(bad []byte, what string)) {
	for at := 0; at < len(data); at += step {
		for _, flip := range []byte{1, 0x20, 0x80} {
			bad := bytes.Clone(data)
			bad[at] ^= flip
			try(bad, fmt.Sprintf("byte %d changed by %#x", at, flip))
		}
		try(data[:at], fmt.Sprintf("cut after %d bytes", at))
	}
}

func TestEverySingleByteChangeOfAHeadIsRefused(t *testing.T) {
	keys := keysfile.Format(sampleKeys(), privateKey(1))
	parsed, err := keysfile.Parse(keys, sampleKeys().Root)
	must(t, err)
	mangle(tree.FormatHead(sampleHead(keys), privateKey(2)), 1, func(bad []byte, what string) {
		if _, err := tree.ParseHead(bad); err == nil && tree.VerifyHead(bad, parsed) == nil {
			t.Errorf("%s is accepted", what)
		}
	})
}

func TestEverySingleByteChangeOfAShardOrRetiredListIsRefused(t *testing.T) {
	a := withEveryKind(t)
	s := a.read()
	for _, path := range files(t, a.dir) {
		if _, listed := s.Lookup(path); !listed || !strings.HasPrefix(path, "manifest/") {
			continue
		}
		name := filepath.Join(a.dir, path)
		data, err := os.ReadFile(name)
		must(t, err)
		mangle(data, 5, func(bad []byte, what string) {
			must(t, os.WriteFile(name, bad, 0o644))
			if _, err := tree.Read(os.DirFS(a.dir), a.rootKey()); err == nil {
				t.Errorf("%s: %s is accepted", path, what)
			}
		})
		must(t, os.WriteFile(name, data, 0o644))
	}
	a.read()
}

func TestChangedIndexIsRefusedOrSaysSomethingElse(t *testing.T) {
	text, err := tree.FormatIndex(sampleIndex())
	must(t, err)
	mangle(text, 1, func(bad []byte, what string) {
		x, err := tree.ParseIndex(bad)
		if len(bad) < len(text) && err == nil {
			t.Errorf("%s is accepted", what)
		}
		if err != nil {
			return
		}
		again, err := tree.FormatIndex(x)
		if err != nil || !bytes.Equal(again, bad) {
			t.Errorf("%s is accepted and not written again as it is", what)
		}
	})
}

func TestSha256sumAgreesWithHeadAndShards(t *testing.T) {
	a := withEveryKind(t)
	for _, command := range []string{
		`grep -E '^[0-9a-f]{64}  ' head | sha256sum -c --quiet`,
		`grep -o 'manifest/[0-9a-f].*' head | xargs cat | sha256sum -c --quiet`,
		`sed '/^-----BEGIN SSH SIGNATURE-----$/,$d' head > ../head.txt
sed -n '/^-----BEGIN SSH SIGNATURE-----$/,$p' head > ../head.sig
echo "despatch $(sed -n 's/^head //p' keys.* | head -n 1)" > ../allowed
ssh-keygen -Y verify -f ../allowed -I despatch -n despatch-head -s ../head.sig < ../head.txt`,
	} {
		c := exec.Command("sh", "-ec", command)
		c.Dir = a.dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", command, err, out)
		}
	}
}
