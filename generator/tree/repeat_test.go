package tree_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"testing"

	"despatch/generator/tree"
)

// papers are files of random parts, some of which they share, as PDFs share fonts.
func papers(random *rand.Rand, n, shared, own int) []tree.PackFile {
	noise := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return b
	}
	var parts [][]byte
	for left := shared; left > 0; {
		part := noise(min(left, 1+random.IntN(6000)))
		left -= len(part)
		parts = append(parts, part)
	}
	files := make([]tree.PackFile, n)
	for i := range files {
		var data []byte
		for _, part := range parts {
			data = slices.Concat(data, part, noise(random.IntN(2*own/max(len(parts), 1)+1)))
		}
		files[i] = tree.PackFile{Name: fmt.Sprintf("00112233445566ff/%016x.pdf", i), Data: data}
	}
	return files
}

func TestPapersComeBackFromTheirPackByteForByte(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for n := range 60 {
		files := papers(random, 1+random.IntN(6), random.IntN(40_000), random.IntN(90_000))
		if n%7 == 0 { // what repeats itself, too
			files[0].Data = bytes.Repeat([]byte("abc"), random.IntN(30_000))
			files[len(files)-1].Data = make([]byte, random.IntN(70_000))
		}
		pack, err := tree.BuildPack(files)
		must(t, err)
		back, err := tree.ReadPack(pack)
		must(t, err)
		if !slices.EqualFunc(files, back, func(a, b tree.PackFile) bool { return a.Name == b.Name && bytes.Equal(a.Data, b.Data) }) {
			t.Fatalf("run %d: the papers did not come back", n)
		}
		gunzip := exec.Command("gzip", "-dc")
		gunzip.Stdin = bytes.NewReader(pack)
		var size int
		for _, f := range files {
			size += 512 + (len(f.Data)+511)&^511
		}
		if out, err := gunzip.Output(); err != nil || len(out) != size+1024 {
			t.Fatalf("run %d: stock gzip gives %d bytes, want %d: %v", n, len(out), size+1024, err)
		}
	}
}

func TestWhatPapersShareIsInTheirPackOnce(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	const n, shared, own = 20, 20_000, 3_000
	files := papers(random, n, shared, own)
	unlike := 0
	for _, f := range files {
		unlike += len(f.Data) - shared
	}
	pack, err := tree.BuildPack(files)
	must(t, err)
	if most := 2*shared + unlike; len(pack) > most {
		t.Errorf("the pack has %d bytes (want at most %d, with what they share at most twice)", len(pack), most)
	}
}
