package archive_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/generator/tree"
	"despatch/internal/bag"
	"despatch/internal/keysfile"
	"despatch/internal/sshsig"
	"despatch/office/archive"
)

var noon = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)

func privateKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

// A small is an archive with everything that a check looks at, and little else.
type small struct {
	root, head, signer ed25519.PrivateKey
	names              []ed25519.PrivateKey // the head keys that the keys file names
	namespace          string
	format             string
	files              map[string]string // more files, or others
	leave              []string          // files that are left out
	stamp              func(tags []byte) []byte
}

func newSmall() *small {
	return &small{
		root: privateKey(1), head: privateKey(2), signer: privateKey(2), names: []ed25519.PrivateKey{privateKey(2)},
		namespace: archive.Namespace, format: "2", files: map[string]string{"data/index.html": "<!DOCTYPE html>\n"},
	}
}

func (s *small) bytes(t testing.TB) []byte {
	t.Helper()
	proof := sampleEvidence(t)
	keys := &keysfile.Keys{Serial: 1, Date: noon, Root: sshsig.PublicOf(s.root), Box: boxOrigin, Logs: []string{proof.log}, Receipts: []sshsig.PublicKey{sshsig.PublicOf(privateKey(4))}}
	keys.Accounts = []keysfile.Account{{Opaque: account, From: noon.AddDate(-1, 0, 0), Key: sshsig.PublicOf(privateKey(6))}}
	signers := fmt.Sprintf("authority namespaces=\"despatch-keys\" %s\n", sshsig.PublicOf(s.root))
	for _, k := range s.names {
		keys.Heads = append(keys.Heads, sshsig.PublicOf(k))
		signers += fmt.Sprintf("authority namespaces=\"despatch-archive,despatch-head\" %s\n", sshsig.PublicOf(k))
	}
	signed := keysfile.Format(keys, s.root)
	keysText, keysSig, _ := strings.Cut(string(signed), "-----BEGIN")
	keysSig = "-----BEGIN" + keysSig

	sealed := fmt.Sprintf("%x  i/%s.0011223344556677.age\n", [32]byte{0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77}, strings.Repeat("ab", 16))
	listed := func(path, data string) tree.Entry {
		sum := sha256.Sum256([]byte(data))
		return tree.Entry{Sum: sum, Path: fmt.Sprintf("%s.%x", path, sum[:8])}
	}
	h := &tree.Head{Serial: 1, Date: noon, ValidUntil: noon.AddDate(0, 0, 4), Previous: "-", Shards: 1, Entries: []tree.Entry{listed("keys", string(signed)), listed("manifest/000", sealed)}}
	head := string(tree.FormatHead(h, s.head))
	headText, headSig, _ := strings.Cut(head, "-----BEGIN")
	files := map[string]string{
		"README.txt":                           "read me\n",
		"data/proof/root.pub":                  sshsig.PublicOf(s.root).String() + "\n",
		"data/proof/allowed-signers":           signers,
		"data/proof/keys.txt":                  keysText,
		"data/proof/keys.txt.sig":              keysSig,
		"data/proof/head.txt":                  headText,
		"data/proof/head.txt.sig":              "-----BEGIN" + headSig,
		"data/proof/published.txt":             sealed,
		"data/proof/tree/head":                 head,
		"data/proof/tree/" + h.Entries[0].Path: string(signed),
		"data/proof/tree/" + h.Entries[1].Path: sealed,
	}
	maps.Copy(files, proof.files)
	maps.Copy(files, s.files)
	b := &bag.Bag{Folder: "900001-fernside-2026-11-18", Modified: noon}
	b.Info = []bag.Field{{Label: "Despatch-Archive-Format", Value: s.format}, {Label: "External-Description", Value: "A sample"}, {Label: "Bagging-Date", Value: "2026-11-18"}}
	b.Stamp = s.stamp
	b.Sign = func(tags []byte) []byte { return sshsig.Sign(s.signer, s.namespace, tags) }
	for path, data := range files {
		if !slices.Contains(s.leave, path) {
			b.Files = append(b.Files, bag.File{Path: path, Data: []byte(data)})
		}
	}
	var out bytes.Buffer
	if err := b.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
