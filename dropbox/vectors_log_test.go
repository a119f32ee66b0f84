package dropbox_test

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"despatch/internal/auditlog"
	"despatch/internal/receipt"
	"despatch/internal/sshsig"
)

// sampleLeaf is the n-th leaf of the vectors' log; every fifth only tells time.
func sampleLeaf(n int) auditlog.Leaf {
	l := auditlog.Leaf{Record: auditlog.Record{Time: start.Add(time.Duration(n) * time.Second)}}
	for i := range l.Salt {
		l.Salt[i] = byte(n + i)
	}
	if n%5 != 4 {
		l.Account, l.School, l.Size = account, school, 68768
		l.Deposit, l.Slot = strings.Repeat(hex.EncodeToString([]byte{byte(n)}), 32), strings.Repeat(hex.EncodeToString([]byte{byte(n + 100)}), 32)
	}
	return l
}

// sampleLog is a log of three heads: 6 leaves, 1 leaf, 4 leaves.
func sampleLog(t testing.TB) []*auditlog.Head {
	t.Helper()
	signer, _, _ := logKey(t, 7)
	var heads []*auditlog.Head
	var prev *auditlog.Head
	n := 0
	for _, size := range []int{6, 1, 4} {
		var leaves []auditlog.Leaf
		for range size {
			leaves = append(leaves, sampleLeaf(n))
			n++
		}
		h, err := auditlog.NewHead(prev, leaves, signer)
		must(t, err)
		heads, prev = append(heads, h), h
	}
	return heads
}

type leafVector struct {
	Name  string `json:"name"`
	Error string `json:"error"`
	Text  string `json:"text"`
	Hash  string `json:"hash"` // base64, in the tree
}

func TestLeafVectors(t *testing.T) {
	made := vectors[leafVector]{About: "docs/formats.md section 20: leaves as receipts show them, and their hashes in the tree"}
	good, clock := sampleLeaf(1), sampleLeaf(4)
	unplaced := good
	unplaced.School = ""
	for name, l := range map[string]auditlog.Leaf{"a deposit": good} {
		made.Cases = append(made.Cases, leafVector{name, "", l.Text(), l.Hash().String()})
	}
	made.Cases = append(made.Cases,
		leafVector{"no school", "", unplaced.Text(), unplaced.Hash().String()},
		leafVector{"only time", "", clock.Text(), clock.Hash().String()})
	for _, s := range []spoilt{
		replaced("short salt", "malformed", "salt 01", "salt "),
		replaced("salt in capitals", "malformed", "salt 0102030405060708090a", "salt 0102030405060708090A"),
		replaced("no salt", "malformed", "salt "+hex.EncodeToString(good.Salt[:])+"\n", ""),
		replaced("no line end", "malformed", strings.Repeat("65", 32)+"\n", strings.Repeat("65", 32)),
		replaced("time with an offset", "malformed", "01Z", "01+00:00"),
		replaced("deposit without account", "malformed", account, "-"),
		replaced("deposit without slot", "malformed", strings.Repeat("65", 32), "-"),
		replaced("deposit without size", "malformed", " 68768 ", " 0 "),
		replaced("negative size", "malformed", " 68768 ", " -68768 "),
		replaced("size with a leading zero", "malformed", " 68768 ", " 068768 "),
		replaced("hash too short", "malformed", strings.Repeat("01", 32), strings.Repeat("01", 31)),
		replaced("a field more", "malformed", "record ", "record x "),
		replaced("two spaces", "malformed", " 68768", "  68768"),
		replaced("carriage return", "malformed", "\n", "\r\n"),
		replaced("a third line", "malformed", "\nrecord", "\nmore\nrecord"),
		{"empty", "malformed", func(string) string { return "" }},
	} {
		made.Cases = append(made.Cases, leafVector{s.name, s.error, s.how(good.Text()), ""})
	}
	checkVectors(t, "leaf", made, func(t *testing.T, c leafVector) {
		l, err := auditlog.ParseLeaf(c.Text)
		wantRefusal(t, c.Name, err, c.Error)
		if err == nil && l.Hash().String() != c.Hash {
			t.Errorf("%s: hash %s, want %s", c.Name, l.Hash(), c.Hash)
		}
	})
}

type checkpointVector struct {
	Name       string `json:"name"`
	Error      string `json:"error"`
	Log        string `json:"log"` // verifier key
	Checkpoint string `json:"checkpoint"`
	Size       int64  `json:"size"`
}

func TestCheckpointVectors(t *testing.T) {
	signer, vkey, _ := logKey(t, 7)
	stranger, _, _ := logKey(t, 9)
	c := auditlog.Checkpoint{Size: 11, Root: tlog.Hash(sampleLeaf(1).Entry())}
	signed, err := auditlog.SignCheckpoint(c, signer)
	must(t, err)
	good := string(signed)
	made := vectors[checkpointVector]{About: "docs/formats.md section 20: C2SP checkpoints and the log's verifier key"}
	add := func(name, wantError, text string, size int64) {
		made.Cases = append(made.Cases, checkpointVector{name, wantError, vkey, text, size})
	}
	witness, _, err := auditlog.Key("witness.example", key(9))
	must(t, err)
	both, err := note.Sign(&note.Note{Text: strings.SplitAfter(good, "\n\n")[0][:strings.Index(good, "\n\n")+1]}, signer, witness)
	must(t, err)
	add("as written", "", good, 11)
	add("with a witness", "", string(both), 11)
	add("size changed", "signature", strings.Replace(good, "\n11\n", "\n12\n", 1), 0)
	add("no signature", "malformed", good[:strings.Index(good, "\n\n")+2], 0)
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	last := len(good) - len("x=\n") // two bits of this digit are no part of the signature
	add("a signature with bits that say nothing", "malformed", good[:last]+digits[strings.IndexByte(digits, good[last])+1:][:1]+"=\n", 0)
	foreign, err := auditlog.SignCheckpoint(c, stranger)
	must(t, err)
	add("signed by another key of that name", "signature", string(foreign), 0)
	note1 := func(name, wantError, text string) {
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		must(t, err)
		add(name, wantError, string(signed), 0)
	}
	root := c.Root.String()
	note1("another origin", "signature", "box.evil.example/log\n11\n"+root+"\n")
	note1("size with a leading zero", "malformed", logName+"\n011\n"+root+"\n")
	note1("negative size", "malformed", logName+"\n-1\n"+root+"\n")
	note1("short root", "malformed", logName+"\n11\n"+root[:40]+"\n")
	note1("extra line", "malformed", logName+"\n11\n"+root+"\nextra\n")
	note1("no root", "malformed", logName+"\n11\n")
	add("carriage return", "malformed", strings.Replace(good, "\n", "\r\n", 1), 0)
	add("empty", "malformed", "", 0)
	checkVectors(t, "checkpoint", made, func(t *testing.T, c checkpointVector) {
		v, err := note.NewVerifier(c.Log)
		must(t, err)
		got, err := auditlog.ParseCheckpoint([]byte(c.Checkpoint), v)
		wantRefusal(t, c.Name, err, c.Error)
		if got.Size != c.Size {
			t.Errorf("%s: size %d, want %d", c.Name, got.Size, c.Size)
		}
	})
}

type headObjectVector struct {
	Name   string `json:"name"`
	Error  string `json:"error"`
	Log    string `json:"log"`
	Head   string `json:"head"`
	Number int64  `json:"number"`
	Size   int64  `json:"size"` // of the log after it
}

func TestHeadObjectVectors(t *testing.T) {
	_, vkey, _ := logKey(t, 7)
	heads := sampleLog(t)
	good := string(heads[2].Format())
	made := vectors[headObjectVector]{About: "docs/formats.md section 20: head objects of the log"}
	add := func(name, wantError, text string, number, size int64) {
		made.Cases = append(made.Cases, headObjectVector{name, wantError, vkey, text, number, size})
	}
	add("the first", "", string(heads[0].Format()), 1, 6)
	add("one leaf", "", string(heads[1].Format()), 2, 7)
	add("as written", "", good, 3, 11)
	lines := strings.SplitAfter(good, "\n") // 0 format, 1 number, 2 size, 3-5 edge, 6-9 leaves
	for _, s := range []spoilt{
		replaced("newer", "newer", "despatch-log-head 1", "despatch-log-head 2"),
		replaced("other format", "malformed", "despatch-log-head", "despatch-head"),
		replaced("number 0", "malformed", "number 3", "number 0"),
		replaced("another size before", "malformed", "size 7", "size 6"),
		replaced("edge hash missing", "malformed", lines[3], ""),
		replaced("edge hash changed", "mismatch", lines[3], "edge "+heads[2].After.Hashes[0].String()+"\n"),
		replaced("edge out of order", "mismatch", lines[3]+lines[4], lines[4]+lines[3]),
		replaced("leaf missing", "mismatch", lines[9], ""),
		replaced("leaf twice", "mismatch", lines[9], lines[9]+lines[9]),
		replaced("leaves back in time", "malformed", lines[6]+lines[7], lines[7]+lines[6]),
		replaced("salt changed", "mismatch", "leaf 07", "leaf 08"),
		replaced("account changed", "mismatch", account, strings.Repeat("ac", 16)),
		replaced("checkpoint of another head", "mismatch", string(heads[2].Checkpoint), string(heads[1].Checkpoint)),
		replaced("no leaf", "malformed", lines[6]+lines[7]+lines[8]+lines[9], ""),
		replaced("no checkpoint", "malformed", "\n\n"+string(heads[2].Checkpoint), "\n"),
		replaced("unknown line", "malformed", "size 7\n", "size 7\nnote x\n"),
		replaced("carriage return", "malformed", "\n", "\r\n"),
		{"empty", "malformed", func(string) string { return "" }},
	} {
		add(s.name, s.error, s.how(good), 0, 0)
	}
	stranger, _, _ := logKey(t, 9)
	forged, err := auditlog.NewHead(heads[1], heads[2].Leaves, stranger)
	must(t, err)
	add("signed by another key", "signature", string(forged.Format()), 0, 0)
	checkVectors(t, "log-head", made, func(t *testing.T, c headObjectVector) {
		v, err := note.NewVerifier(c.Log)
		must(t, err)
		h, err := auditlog.ParseHead([]byte(c.Head), v)
		wantRefusal(t, c.Name, err, c.Error)
		if err == nil && (h.Number != c.Number || h.After.Size != c.Size) {
			t.Errorf("%s: head %d of %d leaves", c.Name, h.Number, h.After.Size)
		}
	})
}

type proofVector struct {
	Name  string `json:"name"`
	Error string `json:"error"`
	Log   string `json:"log"`
	Leaf  string `json:"leaf"`
	Proof string `json:"proof"`
	Index int64  `json:"index"`
}

func TestProofVectors(t *testing.T) {
	_, vkey, _ := logKey(t, 7)
	made := vectors[proofVector]{About: "docs/formats.md section 20: C2SP tlog-proofs of leaves"}
	add := func(name, wantError, leaf, proof string, index int64) {
		made.Cases = append(made.Cases, proofVector{name, wantError, vkey, leaf, proof, index})
	}
	heads := sampleLog(t)
	for _, h := range heads {
		for i, l := range h.Leaves {
			p, err := h.Prove(i)
			must(t, err)
			add("leaf of head "+string(rune('0'+h.Number)), "", l.Text(), string(p.Format()), p.Index)
		}
	}
	p, err := heads[2].Prove(1)
	must(t, err)
	good, leaf := string(p.Format()), heads[2].Leaves[1].Text()
	add("another leaf", "mismatch", heads[2].Leaves[2].Text(), good, 0)
	hash := p.Path[0].String()
	for _, s := range []spoilt{
		replaced("another index", "mismatch", "index 8", "index 9"),
		replaced("index beyond the log", "malformed", "index 8", "index 11"),
		replaced("index with a leading zero", "malformed", "index 8", "index 08"),
		replaced("negative index", "malformed", "index 8", "index -8"),
		replaced("no index", "malformed", "index 8\n", ""),
		replaced("hash missing", "mismatch", hash+"\n", ""),
		replaced("hash twice", "mismatch", hash+"\n", hash+"\n"+hash+"\n"),
		replaced("hash cut", "malformed", hash, hash[:40]),
		replaced("extra data", "malformed", "index", "extra AAAA\nindex"),
		replaced("another version", "malformed", "@v1", "@v2"),
		replaced("no empty line", "malformed", "\n\n", "\n"),
		replaced("checkpoint changed", "signature", "\n11\n", "\n12\n"),
		replaced("checkpoint of an older log", "malformed", string(heads[2].Checkpoint), string(heads[1].Checkpoint)),
		{"empty", "malformed", func(string) string { return "" }},
	} {
		add(s.name, s.error, leaf, s.how(good), 0)
	}
	checkVectors(t, "proof", made, func(t *testing.T, c proofVector) {
		v, err := note.NewVerifier(c.Log)
		must(t, err)
		l, err := auditlog.ParseLeaf(c.Leaf)
		must(t, err)
		p, err := auditlog.ParseProof([]byte(c.Proof))
		if err == nil {
			_, err = p.Check(l, v)
		}
		wantRefusal(t, c.Name, err, c.Error)
		if err == nil && p.Index != c.Index {
			t.Errorf("%s: index %d, want %d", c.Name, p.Index, c.Index)
		}
	})
}

type receiptVector struct {
	Name    string `json:"name"`
	Error   string `json:"error"`
	Box     string `json:"box"`
	Key     string `json:"key"` // receipt key
	Log     string `json:"log"`
	Receipt string `json:"receipt"`
	Deposit string `json:"deposit"`
	Index   int64  `json:"index"`
}

// sampleReceipt is the receipt of the log's last leaf but one, signed by a key.
func sampleReceipt(t testing.TB, seed byte) receipt.Receipt {
	t.Helper()
	h := sampleLog(t)[2]
	p, err := h.Prove(1)
	must(t, err)
	return receipt.Receipt{Box: boxOrigin, Leaf: h.Leaves[1], Proof: p}
}

func TestReceiptVectors(t *testing.T) {
	_, vkey, _ := logKey(t, 7)
	r := sampleReceipt(t, 8)
	good := string(receipt.Format(r, key(8)))
	text, _, _ := strings.Cut(good, "-----BEGIN")
	made := vectors[receiptVector]{About: "docs/formats.md section 21: receipts, and the keys that the authority's keys file names"}
	add := func(name, wantError, signed, deposit string, index int64) {
		made.Cases = append(made.Cases, receiptVector{name, wantError, boxOrigin, sshsig.PublicOf(key(8)).String(), vkey, signed, deposit, index})
	}
	add("as written", "", good, r.Leaf.Deposit, r.Proof.Index)
	add("signed by another key", "signature", resigned(9, receipt.Namespace, text), "", 0)
	add("another namespace", "signature", resigned(8, "despatch-statement", text), "", 0)
	add("text changed under the signature", "signature", strings.Replace(good, " 68768 ", " 68769 ", 1), "", 0)
	foreign, _, _ := logKey(t, 9)
	forged, err := auditlog.NewHead(nil, []auditlog.Leaf{r.Leaf}, foreign)
	must(t, err)
	p, err := forged.Prove(0)
	must(t, err)
	add("out of another log", "signature", string(receipt.Format(receipt.Receipt{Box: boxOrigin, Leaf: r.Leaf, Proof: p}, key(8))), "", 0)
	for _, s := range append(textRules(), []spoilt{
		replaced("newer", "newer", "despatch-receipt 1", "despatch-receipt 2"),
		replaced("other format", "malformed", "despatch-receipt 1", "despatch-register 1"),
		replaced("another box", "mismatch", boxOrigin, "https://box.evil.example"),
		replaced("no box", "malformed", "box "+boxOrigin+"\n", ""),
		replaced("another size", "mismatch", " 68768 ", " 68769 "),
		replaced("another time", "mismatch", "09:00:08Z", "09:00:07Z"),
		replaced("another account", "mismatch", account, strings.Repeat("ac", 16)),
		replaced("another deposit", "mismatch", strings.Repeat("08", 32), strings.Repeat("09", 32)),
		replaced("another salt", "mismatch", "salt 08", "salt 09"),
		replaced("another index", "mismatch", "index 8", "index 7"),
		replaced("checkpoint changed", "signature", "\n11\n", "\n12\n"),
		replaced("unknown line", "malformed", "salt ", "note x\nsalt "),
		replaced("no proof", "malformed", "c2sp.org/tlog-proof@v1\n", ""),
		{"cut", "malformed", func(s string) string { return s[:200] + "\n" }},
	}...) {
		add(s.name, s.error, resigned(8, receipt.Namespace, s.how(text)), "", 0)
	}
	clock := sampleLog(t)[0]
	p, err = clock.Prove(4)
	must(t, err)
	add("of no deposit", "malformed", string(receipt.Format(receipt.Receipt{Box: boxOrigin, Leaf: clock.Leaves[4], Proof: p}, key(8))), "", 0)
	checkVectors(t, "receipt", made, func(t *testing.T, c receiptVector) {
		k, err := sshsig.ParsePublicKey(c.Key)
		must(t, err)
		v, err := note.NewVerifier(c.Log)
		must(t, err)
		got, err := receipt.Verify([]byte(c.Receipt), receipt.Trust{Box: c.Box, Receipts: []sshsig.PublicKey{k}, Logs: []note.Verifier{v}})
		wantRefusal(t, c.Name, err, c.Error)
		if err == nil && (got.Leaf.Deposit != c.Deposit || got.Proof.Index != c.Index) {
			t.Errorf("%s: deposit %s at %d", c.Name, got.Leaf.Deposit, got.Proof.Index)
		}
	})
}

func TestReceiptRefusesEverySingleByteChange(t *testing.T) {
	_, _, v := logKey(t, 7)
	trust := receipt.Trust{Receipts: []sshsig.PublicKey{sshsig.PublicOf(key(8))}, Logs: []note.Verifier{v}}
	everyByte(t, receipt.Format(sampleReceipt(t, 8), key(8)), func(b []byte) error {
		_, err := receipt.Verify(b, trust)
		return err
	})
}

type tileVector struct {
	Name  string `json:"name"`
	Error string `json:"error"`
	Path  string `json:"path"`
	Level int    `json:"level"` // -1: entries
	N     int64  `json:"n"`
	Width int    `json:"width"`
}

func TestTileVectors(t *testing.T) {
	made := vectors[tileVector]{About: "docs/formats.md section 20: addresses of tiles"}
	for _, tile := range []auditlog.Tile{{Level: 0, N: 0, Width: 256}, {Level: 0, N: 0, Width: 1}, {Level: 0, N: 1234067, Width: 256}, {Level: 1, N: 0, Width: 12}, {Level: 7, N: 1, Width: 255}, {Level: -1, N: 0, Width: 256}, {Level: -1, N: 1000, Width: 3}} {
		made.Cases = append(made.Cases, tileVector{tile.Path(), "", tile.Path(), tile.Level, tile.N, tile.Width})
	}
	for name, path := range map[string]string{
		"height in the path": "tile/8/0/000", "no number": "tile/0", "short number": "tile/0/00", "number without its x": "tile/0/001/234",
		"spare x": "tile/0/x000/000", "width 0": "tile/0/000.p/0", "width 256": "tile/0/000.p/256", "level 8": "tile/8/000", "negative level": "tile/-1/000",
		"data": "tile/data/000", "climbing": "tile/0/../0/000", "slash at the front": "/tile/0/000", "empty": "", "entries without number": "tile/entries/",
	} {
		made.Cases = append(made.Cases, tileVector{Name: name, Error: "malformed", Path: path})
	}
	sortVectors(made.Cases[7:], func(v tileVector) string { return v.Name })
	checkVectors(t, "tile", made, func(t *testing.T, c tileVector) {
		tile, err := auditlog.ParseTilePath(c.Path)
		wantRefusal(t, c.Name, err, c.Error)
		if err == nil && tile != (auditlog.Tile{Level: c.Level, N: c.N, Width: c.Width}) {
			t.Errorf("%s: %+v", c.Name, tile)
		}
	})
}
