package tree_test

import (
	"bytes"
	"testing"

	"despatch/generator/tree"
	"despatch/internal/keysfile"
	"despatch/internal/sshsig"
)

func FuzzParseHead(f *testing.F) {
	keys := keysfile.Format(sampleKeys(), privateKey(1))
	text, _, err := sshsig.OpenText(tree.FormatHead(sampleHead(keys), privateKey(2)))
	must(f, err)
	f.Add(text)
	f.Add(bytes.Replace(text, []byte("shards 2"), []byte("shards 3"), 1))
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
	text, err := tree.FormatIndex(sampleIndex())
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

func FuzzReadPack(f *testing.F) {
	f.Add(samplePack(f))
	file, err := tree.BuildFile(tree.PackFile{Name: "00112233445566ff/x.pdf", Data: []byte("x")})
	must(f, err)
	f.Add(file)
	f.Add([]byte("\x1f\x8b\x08\x04"))
	f.Add(make([]byte, 4096))
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
