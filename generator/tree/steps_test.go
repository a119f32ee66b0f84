package tree

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"despatch/internal/keysfile"
	"despatch/internal/naming"
	"despatch/internal/seal"
	"despatch/internal/sshsig"
)

// TestTreeIsWholeAfterEveryStepOfACommit stops a commit after each of its steps,
// as a power cut would, and reads the tree: it is the old state or the new one,
// every immutable file of it is there, and the next build finishes the work.
func TestTreeIsWholeAfterEveryStepOfACommit(t *testing.T) {
	for stop := range 9 {
		t.Run(fmt.Sprint("after step ", stop), func(t *testing.T) { stopAfter(t, stop) })
	}
}

func stopAfter(t *testing.T, stop int) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	root, head := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)), ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, 32))
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	keys := keysfile.Format(&keysfile.Keys{Serial: 1, Date: now, Root: sshsig.PublicOf(root), Heads: []sshsig.PublicKey{sshsig.PublicOf(head)}}, root)
	text, err := os.ReadFile("testdata/recipient.txt")
	must(err)
	to, err := seal.ParseRecipient(strings.TrimSpace(string(text)))
	must(err)
	key := naming.Key{1}
	o := CommitOptions{Now: now, HeadKey: head, Keys: keys}
	fill := func(base *State, version string) *Writer {
		w, err := Begin(dir, base, key, WriterOptions{})
		must(err)
		must(w.PutShell("index.html", []byte(version)))
		must(w.PutShell("assets/app."+version+".css", []byte(version)))
		for i := range 12 {
			sealed, err := to.Seal(nil, make([]byte, 4096))
			must(err)
			_, err = w.Put(key.Pack(fmt.Sprint(i), 1, []byte(version)), ".age", sealed)
			must(err)
		}
		return w
	}
	old, _, err := fill(nil, "one").Commit(o)
	must(err)
	w := fill(old, "two")
	p, err := w.plan(o)
	must(err)
	steps := w.steps(p)
	if len(steps) != 8 {
		t.Fatalf("a commit has %d steps", len(steps))
	}
	for _, step := range steps[:min(stop, len(steps))] {
		must(step())
	}
	got, err := Read(os.DirFS(dir), sshsig.PublicOf(root))
	must(err)
	want := old
	if stop >= 7 {
		want = p.next
	}
	if got.HeadSum != want.HeadSum {
		t.Fatalf("serial %d stands, want %d", got.Head.Serial, want.Head.Serial)
	}
	for _, j := range got.jobs() {
		if _, err := os.Stat(filepath.Join(dir, j.Path)); err != nil && !j.optional {
			t.Errorf("%s is listed and not there", j.Path)
		}
	}
	_, _, err = fill(got, "three").Commit(o)
	must(err)
	findings, err := Verify(dir, sshsig.PublicOf(root), VerifyOptions{Now: now})
	must(err)
	for _, f := range findings {
		t.Errorf("after the next build: %s", f)
	}
}
