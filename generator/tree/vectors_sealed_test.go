package tree_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"despatch/generator/tree"
	"despatch/internal/naming"
	"despatch/internal/seal"
)

// flipInBlob changes one byte of what an armored signature holds, counted from
// the end when at is negative.
func flipInBlob(armored string, at int) string {
	lines := strings.Split(strings.TrimSuffix(armored, "\n"), "\n")
	blob, err := base64.StdEncoding.DecodeString(strings.Join(lines[1:len(lines)-1], ""))
	if err != nil {
		panic(err)
	}
	if at < 0 {
		at += len(blob)
	}
	blob[at] ^= 0x80
	text := base64.StdEncoding.EncodeToString(blob)
	out := lines[0] + "\n"
	for len(text) > 70 {
		out, text = out+text[:70]+"\n", text[70:]
	}
	return out + text + "\n" + lines[len(lines)-1] + "\n"
}

type paddingVector struct {
	N       int `json:"n"`
	Least   int `json:"least"`
	Bucket  int `json:"bucket"`
	Payload int `json:"payload"` // of the bucket, after the header
}

func TestPaddingVectors(t *testing.T) {
	made := vectors[paddingVector]{About: "docs/formats.md section 3: buckets, and the age payload lengths that follow"}
	for _, least := range []int{4096, 8192} {
		for _, n := range []int{0, 1, 4095, 4096, 4097, 4352, 4353, 8191, 8192, 8193, 9216, 9217, 16385, 65535, 65536, 65537, 100000, 131072, 131073, 1 << 20, 1<<20 + 1, 5000000, 64 << 20, 64<<20 + 1536} {
			b := seal.Bucket(n, least)
			made.Cases = append(made.Cases, paddingVector{n, least, b, seal.PayloadLen(b)})
		}
	}
	checkVectors(t, "padding", made, func(t *testing.T, c paddingVector) {
		b := seal.Bucket(c.N, c.Least)
		if b != c.Bucket || seal.PayloadLen(b) != c.Payload || b < c.N || seal.Bucket(b, c.Least) != b {
			t.Errorf("bucket(%d, %d) = %d, payload %d; want %d and %d", c.N, c.Least, b, seal.PayloadLen(b), c.Bucket, c.Payload)
		}
	})
}

type nameVector struct {
	Name string `json:"name"` // as in the table of section 14
	Of   string `json:"of"`
	Is   string `json:"is"`
}

func TestNameVectors(t *testing.T) {
	var k naming.Key
	for i := range k {
		k[i] = byte(i)
	}
	id := "900001/visits-full"
	secret := k.Secret(id, 2)
	inputs := bytes.Repeat([]byte{0xaa}, 32)
	made := vectors[nameVector]{
		About: "docs/formats.md sections 4, 7, 13, 14 and 16: names; the naming key is the bytes 0 to 31",
		Cases: []nameVector{
			{"account", "7KQ2M9XD", naming.OpaqueAccount("7KQ2M9XD")},
			{"collector", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG56SN0psLeP0Tr0xVmP7/TvKpcWbjym8uT7/M2AUFVx", naming.OpaqueCollector("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG56SN0psLeP0Tr0xVmP7/TvKpcWbjym8uT7/M2AUFVx")},
			{"secret", id + " 2", base64.StdEncoding.EncodeToString(secret[:])},
			{"index", base64.StdEncoding.EncodeToString(secret[:]), naming.IndexPath(secret)},
			{"root", id, k.Root(id)},
			{"root", "-/role-headteacher", k.Root("-/role-headteacher")},
			{"page", "visit/2026-11-03-7k2m-focus", k.Page("visit/2026-11-03-7k2m-focus")},
			{"item", "2026-11-03-7k2m-focus", k.Item("2026-11-03-7k2m-focus")},
			{"pack", id + " 2 " + strings.Repeat("aa", 32), k.Pack(id, 2, inputs)},
			{"pub", "mi-236-15", k.Pub("mi-236-15")},
			{"school", "900001", k.School("900001")},
			{"ring", naming.OpaqueAccount("7KQ2M9XD"), k.RingMark(naming.OpaqueAccount("7KQ2M9XD"))},
			{"hash", "abc", naming.Hash([]byte("abc"))},
		},
	}
	checkVectors(t, "names", made, func(*testing.T, nameVector) {})
}

type manifestVector struct {
	Name   string `json:"name"`
	Error  string `json:"error"`
	Number int    `json:"number"`
	Shards int    `json:"shards"`
	Text   string `json:"text"`
}

func TestManifestVectors(t *testing.T) {
	sealed := func(data string) tree.Entry {
		return sumEntry("i/"+strings.Repeat("0a", 16)+"."+naming.Hash([]byte(data))+".age", data)
	}
	account := "k/" + strings.Repeat("ab", 16)
	entries := []tree.Entry{
		sealed("one"), sumEntry(account+"-01234567.ring."+naming.Hash([]byte("r"))+".age", "r"),
		sumEntry(account+".0a0b.pk.age", "y"), sumEntry(account+".id.age", "x"), sumEntry("pub/mi-236-15-01234567.html", "p"),
	}
	_, text := tree.FormatShard(0, entries)
	good := string(text)
	made := vectors[manifestVector]{About: "docs/formats.md section 10: manifest shards"}
	add := func(name, wantError string, number, shards int, text string) {
		made.Cases = append(made.Cases, manifestVector{name, wantError, number, shards, text})
	}
	add("as written", "", 0, 1, good)
	for i, line := range strings.SplitAfter(strings.TrimSuffix(good, "\n"), "\n") {
		line = strings.TrimSuffix(line, "\n") + "\n"
		for _, shards := range []int{2, 16, 4096, 65536} {
			for n := range shards {
				if _, err := tree.ParseShard([]byte(line), n, shards); err == nil {
					add(fmt.Sprintf("line %d alone of %d shards", i+1, shards), "", n, shards, line)
					add(fmt.Sprintf("line %d in the next of %d shards", i+1, shards), "malformed", (n+1)%shards, shards, line)
				}
			}
		}
	}
	for _, s := range []spoilt{
		replaced("carriage return", "malformed", "\n", "\r\n"),
		replaced("empty line", "malformed", "\n", "\n\n"),
		replaced("one space", "malformed", "  ", " "),
		replaced("binary mark", "malformed", "  ", " *"),
		replaced("path upwards", "malformed", "  i/", "  ../i/"),
		replaced("upper case path", "malformed", "i/0a", "i/0A"),
		replaced("plain file", "malformed", ".id.age", ".id.txt"),
		replaced("a passkey of half a byte", "malformed", ".0a0b.pk", ".0a0.pk"),
		replaced("a passkey without a credential", "malformed", ".0a0b.pk", "..pk"),
		replaced("a passkey of no account", "malformed", strings.Repeat("ab", 16)+".0a0b.pk", ".0a0b.pk"),
		replaced("a passkey's credential that is no hex", "malformed", ".0a0b.pk", ".0a0g.pk"),
		replaced("a passkey whose credential is too long", "malformed", ".0a0b.pk", "."+strings.Repeat("0a", 97)+".pk"),
		replaced("lists the head", "malformed", "pub/mi-236-15-01234567.html", "head"),
		replaced("lists the shell", "malformed", "pub/mi-236-15-01234567.html", "sw.js"),
		replaced("name of another hash", "malformed", "i/"+strings.Repeat("0a", 16)+"."+naming.Hash([]byte("one")), "i/"+strings.Repeat("0a", 16)+"."+naming.Hash([]byte("two"))),
		{"last line cut", "malformed", func(s string) string { return s[:len(s)-1] }},
		{"line repeated", "malformed", func(s string) string { return s + s[strings.LastIndex(s[:len(s)-1], "\n")+1:] }},
		{"empty", "malformed", func(string) string { return "" }},
		{"65 lines", "malformed", func(string) string {
			var many []tree.Entry
			for i := range 65 {
				many = append(many, sumEntry(fmt.Sprintf("pub/page-%03d.html", i), "p"))
			}
			_, text := tree.FormatShard(0, many)
			return string(text)
		}},
	} {
		add(s.name, s.error, 0, 1, s.how(good))
	}
	checkVectors(t, "manifest", made, func(t *testing.T, c manifestVector) {
		_, err := tree.ParseShard([]byte(c.Text), c.Number, c.Shards)
		wantRefusal(t, c.Name, err, c.Error)
	})
}

type headerVector struct {
	Name   string `json:"name"`
	Error  string `json:"error"`
	Kind   string `json:"kind"`
	Header int    `json:"header"` // its length in bytes
	File   string `json:"file"`   // base64; nothing opens it
}

func TestSealedHeaderVectors(t *testing.T) {
	raw := func(n int) string { return base64.RawStdEncoding.EncodeToString(bytes.Repeat([]byte{0x5a}, n)) }
	stanza := "-> mlkem768x25519 " + raw(1120) + "\n" + raw(32) + "\n"
	classic := "-> X25519 " + raw(32) + "\n" + raw(32) + "\n"
	grease := "-> x-grease a b\n\n"
	first, mac, payload := "age-encryption.org/v1\n", "--- "+raw(32)+"\n", strings.Repeat("\x00", 16+4096+16)
	good := first + stanza + mac + payload
	phrase := first + "-> scrypt " + raw(16) + " 16\n" + raw(32) + "\n" + mac + payload
	made := vectors[headerVector]{About: "docs/formats.md section 2: headers of sealed files; the bytes behind them are no ciphertext"}
	add := func(name, wantError, kind string, header int, file string) {
		made.Cases = append(made.Cases, headerVector{name, wantError, kind, header, base64.StdEncoding.EncodeToString([]byte(file))})
	}
	add("hybrid", "", seal.Hybrid, seal.HeaderSize, good)
	add("scrypt", "", seal.Scrypt, len(phrase)-len(payload), phrase)
	for _, s := range []spoilt{
		replaced("classic", "malformed", stanza, classic),
		replaced("hybrid then classic", "malformed", mac, classic+mac),
		replaced("classic then hybrid", "malformed", stanza, classic+stanza),
		replaced("two hybrid", "malformed", mac, stanza+mac),
		replaced("grease", "malformed", mac, grease+mac),
		replaced("grease first", "malformed", stanza, grease+stanza),
		replaced("no stanza", "malformed", stanza, ""),
		replaced("version 2", "malformed", "v1", "v2"),
		replaced("carriage return", "malformed", "\n", "\r\n"),
		replaced("share too short", "malformed", raw(1120), raw(1119)),
		replaced("share padded", "malformed", raw(1120), raw(1120)+"=="),
		replaced("body too long", "malformed", "\n"+raw(32), "\n"+raw(33)),
		replaced("body in two lines", "malformed", "\n"+raw(32), "\n"+raw(48)+"\n"),
		replaced("stray bits at the end", "malformed", "\n"+raw(32)+"\n", "\n"+raw(32)[:42]+"p\n"),
		replaced("argument added", "malformed", raw(1120), raw(1120)+" x"),
		replaced("no mac", "malformed", mac, "---\n"),
		replaced("armored", "malformed", first, "-----BEGIN AGE ENCRYPTED FILE-----\n"),
		{"empty", "malformed", func(string) string { return "" }},
		{"cut in the header", "malformed", func(s string) string { return s[:1000] }},
		{"text", "malformed", func(string) string { return "<html>" }},
	} {
		add(s.name, s.error, "", 0, s.how(good))
	}
	for _, f := range []string{" 15\n", " 18\n", " 016\n", "\n"} {
		add(fmt.Sprintf("scrypt with work factor %q", strings.TrimSpace(f)), "malformed", "", 0, strings.Replace(phrase, " 16\n", f, 1))
	}
	add("scrypt and hybrid", "malformed", "", 0, strings.Replace(phrase, mac, stanza+mac, 1))
	checkVectors(t, "sealed-header", made, func(t *testing.T, c headerVector) {
		file, err := base64.StdEncoding.DecodeString(c.File)
		must(t, err)
		kind, header, err := seal.Inspect(file)
		wantRefusal(t, c.Name, err, c.Error)
		if err == nil && (kind != c.Kind || header != c.Header) {
			t.Errorf("%s: %s of %d bytes, want %s of %d", c.Name, kind, header, c.Kind, c.Header)
		}
	})
}

type packVector struct {
	Name  string            `json:"name"`
	Error string            `json:"error"`
	Form  string            `json:"form"` // pack (section 11) or file (section 12)
	Plain string            `json:"plain"`
	Files map[string]string `json:"files"` // contents in base64 by name
}

func samplePack(t testing.TB) []byte {
	pack, err := tree.BuildPack([]tree.PackFile{
		{Name: "00112233445566ff/8899aabbccddeeff.html", Data: []byte("<h1>Visit</h1>\n")},
		{Name: "00112233445566ff/0123456789abcdef.pdf", Data: bytes.Repeat([]byte("%PDF"), 300)},
	})
	must(t, err)
	return pack
}

func TestPackVectors(t *testing.T) {
	made := vectors[packVector]{About: "docs/formats.md sections 11 and 12: plaintexts of packs and files, in base64"}
	add := func(name, wantError, form string, plain []byte) {
		c := packVector{Name: name, Error: wantError, Form: form, Plain: base64.StdEncoding.EncodeToString(plain)}
		if files, err := readForm(form, plain); err == nil {
			c.Files = make(map[string]string)
			for _, f := range files {
				c.Files[f.Name] = base64.StdEncoding.EncodeToString(f.Data)
			}
		}
		made.Cases = append(made.Cases, c)
	}
	good := samplePack(t)
	add("as written", "", "pack", good)
	empty, err := tree.BuildPack(nil)
	must(t, err)
	add("no file", "", "pack", empty)
	change := func(b []byte, how func(b []byte) []byte) []byte { return how(bytes.Clone(b)) }
	set := func(at int, v byte) func([]byte) []byte {
		return func(b []byte) []byte {
			if at < 0 {
				at += len(b)
			}
			b[at] = v
			return b
		}
	}
	for _, c := range []struct {
		name string
		how  func([]byte) []byte
	}{
		{"time in the header", set(4, 1)},
		{"other system", set(9, 3)},
		{"other method", set(2, 7)},
		{"no extra field", set(3, 0)},
		{"file name in the header", set(3, 12)},
		{"other subfield", set(12, 'X')},
		{"checksum", func(b []byte) []byte { b[len(b)-5] ^= 1; return b }},
		{"length", func(b []byte) []byte { b[len(b)-1] ^= 1; return b }},
		{"byte after the stream", func(b []byte) []byte { return append(b, 0) }},
		{"cut", func(b []byte) []byte { return b[:len(b)-1] }},
		{"cut in half", func(b []byte) []byte { return b[:len(b)/2] }},
		{"two streams", func(b []byte) []byte { return append(b, b...) }},
		{"empty", func([]byte) []byte { return nil }},
		{"padding removed", removePadding},
	} {
		add(c.name, "malformed", "pack", change(good, c.how))
	}
	file, err := tree.BuildFile(tree.PackFile{Name: "00112233445566ff/0123456789abcdef.pdf", Data: bytes.Repeat([]byte("%PDF"), 300)})
	must(t, err)
	add("as written", "", "file", file)
	for _, c := range []struct {
		name string
		how  func([]byte) []byte
	}{
		{"padding not zero", set(-1, 1)},
		{"too long", func(b []byte) []byte { return append(b, make([]byte, 512)...) }},
		{"too short", func(b []byte) []byte { return b[:len(b)-512] }},
		{"checksum", set(148, '7')},
		{"owner", set(108, '1')},
		{"link", set(156, '2')},
		{"name upwards", set(0, '.')},
		{"file padding not zero", set(512+1201, 1)},
		{"size too large", set(124, '7')},
		{"empty tar", func(b []byte) []byte { return make([]byte, len(b)) }},
	} {
		add(c.name, "malformed", "file", change(file, c.how))
	}
	checkVectors(t, "pack", made, func(t *testing.T, c packVector) {
		plain, err := base64.StdEncoding.DecodeString(c.Plain)
		must(t, err)
		_, err = readForm(c.Form, plain)
		wantRefusal(t, c.Form+" "+c.Name, err, c.Error)
	})
}

// removePadding takes one padding block out of a pack.
func removePadding(b []byte) []byte {
	at := bytes.LastIndex(b, []byte("\x00\x00\x00\xff\xff"))
	return append(b[:at], b[at+5:]...)
}

func readForm(form string, plain []byte) ([]tree.PackFile, error) {
	if form == "pack" {
		return tree.ReadPack(plain)
	}
	f, err := tree.ReadFile(plain)
	return []tree.PackFile{f}, err
}
