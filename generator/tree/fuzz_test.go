package tree_test

import (
	"bytes"
	"compress/gzip"
	"testing"

	"despatch/generator/tree"
	"despatch/internal/keysfile"
	"despatch/internal/naming"
	"despatch/internal/sshsig"
)

func FuzzParseHead(f *testing.F) {
	keys := keysfile.Format(sampleKeys(), privateKey(1))
	small := sampleHead(keys)
	small.Shards, small.Entries = 1, []tree.Entry{sumEntry("index.html", "i"), sumEntry("keys."+naming.Hash(keys), string(keys))}
	text, _, err := sshsig.OpenText(tree.FormatHead(small, privateKey(2)))
	must(f, err)
	f.Add(text)
	f.Add(bytes.Replace(text, []byte("shards 1"), []byte("shards 3"), 1))
	f.Add([]byte("despatch-head 2\n"))
	f.Add([]byte("despatch-head 1\nserial 1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		signed := append(bytes.Clone(text), sshsig.Sign(privateKey(2), tree.HeadNamespace, text)...)
		h, err := tree.ParseHead(signed)
		if err == nil && !bytes.Equal(tree.FormatHead(h, privateKey(2)), signed) {
			t.Error("accepted, but written again it differs")
		}
	})
}

func FuzzParseShard(f *testing.F) {
	_, text := tree.FormatShard(0, []tree.Entry{sumEntry("pub/a-00112233.html", "a"), sumEntry("pub/b-00112233.html", "b")})
	f.Add(text)
	f.Add(append(bytes.Clone(text), text...))
	f.Add([]byte("\n"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, err := tree.ParseShard(text, 0, 1)
		if err != nil {
			return
		}
		if _, again := tree.FormatShard(0, entries); !bytes.Equal(again, text) {
			t.Error("accepted, but written again it differs")
		}
	})
}

func FuzzParseIndex(f *testing.F) {
	bare := sampleIndex()
	bare.Packs, bare.Files, bare.Lists, bare.Items = bare.Packs[:1], nil, nil, nil
	text, err := tree.FormatIndex(bare)
	must(f, err)
	f.Add(text)
	f.Add([]byte(`{"format":2,"x":1}` + "\n"))
	f.Add([]byte(`{"format":1,"compartment":"x","school":null}` + "\n"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, text []byte) {
		x, err := tree.ParseIndex(text)
		if err != nil {
			return
		}
		if again, err := tree.FormatIndex(x); err != nil || !bytes.Equal(again, text) {
			t.Error("accepted, but written again it differs")
		}
	})
}

func FuzzReadIndex(f *testing.F) {
	good := buildIndex(f, sampleIndex(), samplePages())
	f.Add(good)
	f.Add(samplePack(f))
	f.Add(good[:len(good)-256])
	f.Fuzz(func(t *testing.T, plain []byte) {
		x, pages, err := tree.ReadIndex(plain)
		if err != nil {
			return
		}
		text, err := tree.FormatIndex(x)
		if err != nil {
			t.Fatalf("accepted, but cannot be written again: %v", err)
		}
		if _, err := tree.AppendIndex(nil, x, text, pages); err != nil {
			t.Errorf("accepted, but cannot be folded again: %v", err)
		}
	})
}

// smallPack is a pack without padding: all but the last check goes through.
func smallPack(f *testing.F) []byte {
	file, err := tree.BuildFile(tree.PackFile{Name: "00112233445566ff/8899aabbccddeeff.html", Data: []byte("x")})
	must(f, err)
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	must(f, err)
	w.Extra, w.OS = []byte("PD\x00\x00"), 255
	_, err = w.Write(file[:2048]) // one entry and two zero blocks
	must(f, err)
	must(f, w.Close())
	return b.Bytes()
}

func FuzzReadPack(f *testing.F) {
	f.Add(smallPack(f))
	f.Add([]byte("\x1f\x8b\x08\x04"))
	f.Add([]byte("00112233445566ff/x.pdf"))
	f.Fuzz(func(t *testing.T, plain []byte) {
		if files, err := tree.ReadPack(plain); err == nil {
			if again, err := tree.BuildPack(files); err != nil || len(files) > 0 && len(again) == 0 {
				t.Errorf("accepted, but cannot be packed again: %v", err)
			}
		}
		if file, err := tree.ReadFile(plain); err == nil {
			if again, err := tree.BuildFile(file); err != nil || !bytes.Equal(again, plain) {
				t.Error("accepted, but written again it differs")
			}
		}
	})
}
