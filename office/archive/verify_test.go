package archive_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"despatch/internal/envelope"
	"despatch/internal/keysfile"
	"despatch/internal/receipt"
	"despatch/internal/sshsig"
	"despatch/internal/statement"
	"despatch/office/archive"
)

var update = flag.Bool("update", false, "write docs/vectors/archive.json and testdata anew")

var trusted = archive.Trust{Root: sshsig.PublicOf(privateKey(1))}

// checked gives what is wrong with an archive, one line each.
func checked(t testing.TB, dir string, data []byte, trust archive.Trust) (archive.Report, []string) {
	t.Helper()
	name := filepath.Join(dir, "a.zip")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	report, findings, err := archive.Verify(name, trust, nil)
	if err != nil {
		return report, []string{"- " + err.Error()}
	}
	lines := []string{}
	for _, f := range findings {
		lines = append(lines, f.String())
	}
	return report, lines
}

// change puts other bytes of the same length into a file of a stored zip.
func change(t testing.TB, data []byte, from, to string) []byte {
	t.Helper()
	if len(from) != len(to) || bytes.Count(data, []byte(from)) != 1 {
		t.Fatalf("%q is %d times in the archive", from, bytes.Count(data, []byte(from)))
	}
	return bytes.Replace(data, []byte(from), []byte(to), 1)
}

func TestEveryFlippedByteIsNamed(t *testing.T) {
	data, dir := newSmall().bytes(t), t.TempDir()
	if _, got := checked(t, dir, data, trusted); len(got) > 0 {
		t.Fatal(got)
	}
	for at := range data {
		bad := bytes.Clone(data)
		bad[at] ^= 1 << (at % 8)
		if _, got := checked(t, dir, bad, trusted); len(got) == 0 {
			t.Errorf("byte %d changed is not noticed", at)
		}
	}
	for n := 0; n < len(data); n += 13 {
		if _, got := checked(t, dir, data[:n], trusted); len(got) == 0 {
			t.Errorf("cut after %d bytes it is good", n)
		}
	}
}

func TestWhoMaySignAnArchive(t *testing.T) {
	stranger := privateKey(9)
	for _, tt := range []struct {
		name  string
		how   func(s *small)
		trust archive.Trust
		want  string
	}{
		{"a key that the root named", func(*small) {}, trusted, ""},
		{"by its fingerprint", func(*small) {}, archive.Trust{Fingerprint: archive.Fingerprint(sshsig.PublicOf(privateKey(1)))}, ""},
		{"a key that nobody named", func(s *small) { s.signer = stranger }, trusted, "signer tagmanifest-sha256.txt.sig: signed by SHA256:"},
		{"the root itself", func(s *small) { s.signer = s.root }, trusted, "signer tagmanifest-sha256.txt.sig: "},
		{"for another purpose", func(s *small) { s.namespace = "despatch-head" }, trusted, `signature tagmanifest-sha256.txt.sig: the signature was made for "despatch-head"`},
		{"another authority", func(s *small) { s.root = stranger }, trusted, "signer data/proof/root.pub: the archive is of another authority: its root is SHA256:"},
		{"another fingerprint", func(*small) {}, archive.Trust{Fingerprint: "SHA256:x"}, "signer data/proof/root.pub: "},
		{"a list of signers of its own", func(s *small) { s.files["data/proof/allowed-signers"] = "x\n" }, trusted, "signer data/proof/allowed-signers: "},
		{"a keys file by another root", func(s *small) {
			other := newSmall()
			other.root = stranger
			s.files["data/proof/keys.txt"], s.files["data/proof/keys.txt.sig"] = fileOf(t, other, "data/proof/keys.txt"), fileOf(t, other, "data/proof/keys.txt.sig")
		}, trusted, "signature data/proof/keys.txt: "},
		{"a head by nobody", func(s *small) { s.head = stranger }, trusted, "signature data/proof/tree/head: "},
		{"a sealed file that no list names", func(s *small) { s.files["data/proof/published.txt"] = strings.Repeat("0", 64) + "  b/x\n" }, trusted, "mismatch data/proof/published.txt: no list of the head has the line"},
		{"no proof", func(s *small) { s.leave = []string{"data/proof/keys.txt"} }, trusted, "missing data/proof/keys.txt: without it nobody can tell who signed"},
		{"a newer form", func(s *small) { s.format = "3" }, trusted, "newer bag-info.txt: the archive has format \"3\", made by a newer Despatch"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSmall()
			tt.how(s)
			_, got := checked(t, t.TempDir(), s.bytes(t), tt.trust)
			if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], tt.want)) {
				t.Errorf("want %q, got %q", tt.want, got)
			}
		})
	}
}

// fileOf gives a file of a small archive.
func fileOf(t *testing.T, s *small, path string) string {
	t.Helper()
	return unzipped(t, s.bytes(t))[path]
}

func TestAnArchiveByARetiredKeyIsGoodWithAWarning(t *testing.T) {
	trust := trusted
	trust.Keys = &keysfile.Keys{Heads: []sshsig.PublicKey{sshsig.PublicOf(privateKey(3))}}
	report, got := checked(t, t.TempDir(), newSmall().bytes(t), trust)
	if len(got) > 0 || len(report.Warnings) != 1 || !strings.Contains(report.Warnings[0], "no longer names") {
		t.Error(got, report.Warnings)
	}
}

// An archiveVector is an archive, and the files that a checker must name; none for
// a good one.
type archiveVector struct {
	Name  string   `json:"name"`
	Names []string `json:"names"`
	Zip   []byte   `json:"zip"`
}

func TestArchiveVectors(t *testing.T) {
	made := struct {
		About string          `json:"about"`
		Root  string          `json:"root"`
		Cases []archiveVector `json:"cases"`
	}{"docs/formats.md, Archives: whole archives, and the files in them that a checker must name", sshsig.PublicOf(privateKey(1)).String(), nil}
	good := newSmall().bytes(t)
	add := func(name string, zip []byte, names ...string) {
		slices.Sort(names)
		made.Cases = append(made.Cases, archiveVector{name, append([]string{}, names...), zip})
	}
	with := func(how func(s *small)) []byte {
		s := newSmall()
		how(s)
		return s.bytes(t)
	}
	add("as written", good)
	add("a page changed", change(t, good, "<!DOCTYPE html>", "<!DOCTYPE htmx>"), "data/index.html")
	add("a tag file changed", change(t, good, "read me", "read Me"), "README.txt")
	add("signed by nobody known", with(func(s *small) { s.signer = privateKey(9) }), "tagmanifest-sha256.txt.sig")
	add("signed for another purpose", with(func(s *small) { s.namespace = "despatch-head" }), "tagmanifest-sha256.txt.sig")
	add("keys by another root", with(func(s *small) {
		s.files["data/proof/root.pub"] = sshsig.PublicOf(privateKey(9)).String() + "\n"
	}), "data/proof/keys.txt")
	add("no signature of the keys", with(func(s *small) { s.leave = []string{"data/proof/keys.txt.sig"} }), "data/proof/keys.txt")
	add("a newer form", with(func(s *small) { s.format = "3" }), "bag-info.txt")
	add("signers of its own", with(func(s *small) { s.files["data/proof/allowed-signers"] = "x\n" }), "data/proof/allowed-signers")
	add("a head by nobody", with(func(s *small) { s.head = privateKey(9) }), "data/proof/tree/head")
	add("a sealed file that no list names", with(func(s *small) {
		s.files["data/proof/published.txt"] = strings.Repeat("0", 64) + "  b/x\n"
	}), "data/proof/published.txt")
	proof := sampleEvidence(t).files
	add("a receipt for another time", with(func(s *small) {
		s.files[receiptFile] = strings.Replace(proof[receiptFile], "T12:00:00Z", "T12:00:01Z", 1)
	}), receiptFile)
	add("a receipt by a key of heads", with(func(s *small) {
		text, _, _ := strings.Cut(proof[receiptFile], "-----BEGIN")
		s.files[receiptFile] = string(sshsig.SignText(privateKey(2), receipt.Namespace, []byte(text)))
	}), receiptFile)
	add("an answer that was not the one", with(func(s *small) { s.files[sentFile] = "despatch-response 1\nanswer inaccurate\n\nNo.\n" }), envelopeFile)
	add("an envelope without what was sent", with(func(s *small) { s.leave = []string{sentFile} }), envelopeFile)
	add("an envelope that the account did not sign", with(func(s *small) {
		text, _, _ := strings.Cut(strings.Replace(proof[envelopeFile], sshsig.PublicOf(privateKey(6)).String(), sshsig.PublicOf(privateKey(9)).String(), 1), "-----BEGIN")
		s.files[envelopeFile] = string(sshsig.SignText(privateKey(9), envelope.Namespace, []byte(text)))
	}), envelopeFile)
	add("a statement of another visit", with(func(s *small) {
		s.files[statementFile] = strings.Replace(proof[statementFile], "mathematics", "mathematicz", 1)
	}), statementFile)
	add("a statement of a later deadline", with(func(s *small) {
		text, _, _ := strings.Cut(strings.NewReplacer("respond-by 2026-11-17", "respond-by 2026-11-19", "deadline 2026-11-18", "deadline 2026-11-20").Replace(proof[statementFile]), "-----BEGIN")
		s.files[statementFile] = string(sshsig.SignText(privateKey(2), statement.Namespace, []byte(text)))
	}), statementFile)
	add("evidence of no kind", with(func(s *small) { s.files["data/receipts/0000000002-x.txt"] = "x\n" }), "data/receipts/0000000002-x.txt")
	add("no time stamp at all", with(func(s *small) { s.stamp = func([]byte) []byte { return []byte("closed") } }), "tagmanifest-sha256.txt.tsr")
	add("a time stamp in format 1", with(func(s *small) {
		s.format = "1"
		s.stamp = func([]byte) []byte { return []byte("closed") }
	}), "tagmanifest-sha256.txt.tsr")
	add("another declaration", change(t, good, "BagIt-Version: 1.0", "BagIt-Version: 1.1"), "bagit.txt")
	add("a file missing from the list", change(t, good, "  data/index.html\n", "  data/index.htmk\n"), "data/index.html", "data/index.htmk", "manifest-sha256.txt")
	add("cut short", good[:len(good)-30], "")
	text, err := json.MarshalIndent(made, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	const path = "../../docs/vectors/archive.json"
	if *update {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if there, err := os.ReadFile(path); err != nil || !bytes.Equal(there, text) {
		t.Errorf("%s is not what this test makes: run go test ./office/archive -update (%v)", path, err)
	}
	for _, c := range made.Cases {
		_, lines := checked(t, t.TempDir(), c.Zip, trusted)
		if c.Name == "keys by another root" {
			_, lines = checked(t, t.TempDir(), c.Zip, archive.Trust{Root: sshsig.PublicOf(privateKey(9))})
		}
		got := strings.Join(lines, "\n")
		for _, name := range c.Names {
			if !strings.Contains(got, name) {
				t.Errorf("%s: %s is not named in %q", c.Name, name, got)
			}
		}
		if (len(c.Names) == 0) != (len(lines) == 0) {
			t.Errorf("%s: %q", c.Name, got)
		}
	}
}
