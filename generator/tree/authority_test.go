package tree_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/generator/tree"
	"despatch/internal/keysfile"
	"despatch/internal/naming"
	"despatch/internal/seal"
	"despatch/internal/sshsig"
)

// start is when the first head of every test is made.
var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func privateKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

// authority is a team of a fictional authority with keys of its own and a tree.
type authority struct {
	t       *testing.T
	dir     string
	root    ed25519.PrivateKey
	head    ed25519.PrivateKey
	naming  naming.Key
	keys    []byte
	to      *seal.Recipient
	options tree.WriterOptions
	heads   tree.Heads
}

func newAuthority(t *testing.T, dir string) *authority {
	t.Helper()
	text, err := os.ReadFile("testdata/recipient.txt")
	must(t, err)
	to, err := seal.ParseRecipient(strings.TrimSpace(string(text)))
	must(t, err)
	a := &authority{
		t: t, dir: dir, root: privateKey(1), head: privateKey(2), to: to,
		naming: naming.Key{1}, heads: tree.Heads(t.TempDir()),
	}
	a.options.Mine = func(path string) bool {
		return strings.HasPrefix(path, "i/") || strings.HasSuffix(path, ".id.age")
	}
	a.signKeys(1, a.head)
	return a
}

// colleague is another team with other keys that publishes into the same tree.
func (a *authority) colleague() *authority {
	b := *a
	b.head, b.naming = privateKey(3), naming.Key{2}
	b.options = tree.WriterOptions{}
	a.signKeys(2, a.head, b.head)
	b.keys = a.keys
	return &b
}

func (a *authority) signKeys(serial int, heads ...ed25519.PrivateKey) {
	k := &keysfile.Keys{Serial: serial, Date: start, Root: sshsig.PublicOf(a.root)}
	for _, h := range heads {
		k.Heads = append(k.Heads, sshsig.PublicOf(h))
	}
	a.keys = keysfile.Format(k, a.root)
}

func (a *authority) rootKey() sshsig.PublicKey { return sshsig.PublicOf(a.root) }

func (a *authority) read() *tree.State {
	a.t.Helper()
	s, err := tree.Read(os.DirFS(a.dir), a.rootKey())
	must(a.t, err)
	return s
}

func (a *authority) begin(base *tree.State) *tree.Writer {
	a.t.Helper()
	w, err := tree.Begin(a.dir, base, a.naming, a.options)
	must(a.t, err)
	return w
}

func (a *authority) commit(w *tree.Writer, now time.Time) (*tree.State, bool) {
	a.t.Helper()
	s, changed, err := w.Commit(a.at(now))
	must(a.t, err)
	if changed {
		must(a.t, a.heads.Save(s))
	}
	return s, changed
}

func (a *authority) at(now time.Time) tree.CommitOptions {
	return tree.CommitOptions{Now: now, HeadKey: a.head, Keys: a.keys}
}

// seal makes a sealed pack with one page.
func (a *authority) seal(text string) []byte {
	a.t.Helper()
	pack, err := tree.BuildPack([]tree.PackFile{{Name: "00112233445566ff/8899aabbccddeeff.html", Data: []byte(text)}})
	must(a.t, err)
	sealed, err := a.to.Seal(nil, pack)
	must(a.t, err)
	return sealed
}

// pack puts a pack unless the tree has it, and gives its path.
func (a *authority) pack(w *tree.Writer, compartment, text string) string {
	a.t.Helper()
	stem := a.naming.Pack(compartment, 1, []byte(text))
	if path, ok := w.Has(stem); ok {
		must(a.t, w.Keep(path))
		return path
	}
	e, err := w.Put(stem, ".age", a.seal(text))
	must(a.t, err)
	return e.Path
}

// shell puts a small shell whose start page says version.
func (a *authority) shell(w *tree.Writer, version string) {
	a.t.Helper()
	for path, text := range map[string]string{
		"index.html": "<title>" + version + "</title>", "404.html": "none", "sw.js": "// " + version,
		"s/home.html": "home", "assets/app." + version + ".css": "body{}", ".well-known/security.txt": "Contact: x\n",
	} {
		must(a.t, w.PutShell(path, []byte(text)))
	}
}

// identity is a file that looks sealed by a passphrase.
func identityFile(salt byte) []byte {
	raw := func(n int, b byte) string {
		return base64.RawStdEncoding.EncodeToString(bytes.Repeat([]byte{b}, n))
	}
	return fmt.Appendf(nil, "age-encryption.org/v1\n-> scrypt %s 16\n%s\n--- %s\n%s", raw(16, salt), raw(32, 2), raw(32, 3), strings.Repeat("x", 80))
}

// small publishes a tree with a file of every kind but retired ones.
func (a *authority) small() *tree.State {
	a.t.Helper()
	w := a.begin(nil)
	a.shell(w, "one")
	for i := range 3 {
		a.pack(w, fmt.Sprintf("90000%d/visits-full", i), "visit")
	}
	a.index(w, 1)
	account := naming.OpaqueAccount("7KQ2M9XD")
	_, err := w.Put("k/"+account, ".id.age", identityFile(1))
	must(a.t, err)
	_, err = w.Put("k/"+account+"-"+a.naming.RingMark(account)+".ring", ".age", a.seal("ring"))
	must(a.t, err)
	must(a.t, w.PutPublic(a.naming.Pub("mi-236-15"), []byte("<p>sheet</p>")))
	s, _ := a.commit(w, start)
	return s
}

// index puts an index of a compartment.
func (a *authority) index(w *tree.Writer, epoch int) string {
	a.t.Helper()
	e, err := w.Put(naming.IndexPath(a.naming.Secret("900001/visits-full", epoch)), ".age", a.seal("index"))
	must(a.t, err)
	return e.Path
}

// files lists a folder's files.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	must(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		all = append(all, filepath.ToSlash(rel))
		return err
	}))
	slices.Sort(all)
	return all
}

// mustVerify fails unless the tree is whole.
func (a *authority) mustVerify(now time.Time) {
	a.t.Helper()
	findings, err := tree.Verify(a.dir, a.rootKey(), tree.VerifyOptions{Now: now})
	must(a.t, err)
	for _, f := range findings {
		a.t.Errorf("finding: %s", f)
	}
}

func exists(dir, path string) bool {
	_, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(path)))
	return err == nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
