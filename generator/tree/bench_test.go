package tree_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"despatch/generator/tree"
	"despatch/internal/naming"
	"despatch/internal/seal"
	"despatch/internal/sshsig"
)

func BenchmarkBuildPack(b *testing.B) {
	const pages = 10
	var files []tree.PackFile
	for i := range pages {
		var page strings.Builder
		for n := 0; page.Len() < 12000; n++ {
			fmt.Fprintf(&page, "<p class=\"govuk-body\">Visit %d, paragraph %d: the adviser saw %x and heard %x.</p>\n", i, n, n*7919, n*104729)
		}
		files = append(files, tree.PackFile{Name: fmt.Sprintf("00112233445566ff/%016x.html", i), Data: []byte(page.String())})
	}
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if out, err = tree.AppendPack(out[:0], files); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/pages, "µs/page")
}

// BenchmarkCommitOfOnePackInARegion has 30,000 listed files, of which one pack and
// one index change.
func BenchmarkCommitOfOnePackInARegion(b *testing.B) {
	text, err := os.ReadFile("testdata/recipient.txt")
	must(b, err)
	to, err := seal.ParseRecipient(strings.TrimSpace(string(text)))
	must(b, err)
	sealed, err := to.Seal(nil, make([]byte, 4096))
	must(b, err)
	a := &authority{dir: b.TempDir(), root: privateKey(1), head: privateKey(2), naming: naming.Key{1}}
	a.signKeys(1, a.head)
	w, err := tree.Begin(a.dir, nil, a.naming, tree.WriterOptions{})
	must(b, err)
	for i := range 30000 {
		_, err := w.Put(a.naming.Pack(fmt.Sprint(i), 1, nil), ".age", sealed)
		must(b, err)
	}
	base, _, err := w.Commit(a.at(start))
	must(b, err)
	if base.Keys.Root != sshsig.PublicOf(a.root) {
		b.Fatal("another root")
	}
	n := 0
	for b.Loop() {
		w, err := tree.Begin(a.dir, base, a.naming, tree.WriterOptions{KeepRest: true})
		must(b, err)
		old, ok := w.Has(a.naming.Pack(fmt.Sprint(n%30000), 1, nil))
		if !ok {
			b.Fatal("the pack is gone")
		}
		w.Drop(old)
		_, err = w.Put(a.naming.Pack(fmt.Sprint(n%30000), 2, nil), ".age", sealed)
		must(b, err)
		n++
		base, _, err = w.Commit(a.at(start))
		must(b, err)
	}
}
