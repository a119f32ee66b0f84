package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"despatch/internal/envelope"
	"despatch/records/access"
)

// TestAnArchiveProvesWhatWasSentAndWhen walks an answer from the sender's key to the
// archive, and looks at it with stock tools.
func TestAnArchiveProvesWhatWasSentAndWhen(t *testing.T) {
	l := newLoop(t)
	l.sent(l.answer(head, "inaccurate", "The number on roll is 212, not 221."))
	if code, said := l.collect(); code != 0 {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	l.despatch("build")
	dir := t.TempDir()
	zip := filepath.Join(dir, "a.zip")
	l.despatch("archive", "--school", "900001", "-o", zip)
	if said := l.despatch("verify-archive", zip); !strings.Contains(said, "the archive is good") || !strings.Contains(said, "proves   2 files of receipts, envelopes and statements") {
		t.Errorf("verify-archive says:\n%s", said)
	}
	stock := func(line string) (string, error) {
		cmd := exec.Command("bash", "-euo", "pipefail", "-c", line)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := stock("unzip -q a.zip && mv 900001-* bag"); err != nil {
		t.Fatal(out)
	}
	one := func(pattern string) string {
		found, err := filepath.Glob(filepath.Join(dir, "bag", "data", pattern))
		must(t, err)
		if len(found) != 1 {
			t.Fatalf("%s: %q", pattern, found)
		}
		return found[0]
	}
	paper, err := stock("qpdf --check bag/data/pdf/receipt-*.pdf && pdftotext -layout bag/data/pdf/receipt-*.pdf -")
	for _, want := range []string{"Receipt for an answer", "Morgan Ellery", "Place in the log", "Inaccurate"} {
		if err != nil || !strings.Contains(paper, want) {
			t.Errorf("the receipt as a PDF does not say %q: %v\n%s", want, err, paper)
		}
	}
	if page := l.page(head, "Early reading"); !strings.Contains(page, "Download receipt") {
		t.Error("the visit's page does not offer the receipt")
	}
	envelope, receipt, sent := one("receipts/*.envelope"), one("receipts/*.receipt"), one("responses/*.txt")
	const script = `
sed -n 's/^receipt /box /p' bag/data/proof/keys.txt > receipt-keys
for f in bag/data/receipts/*; do
	sed '/^-----BEGIN SSH SIGNATURE-----$/,$d' $f > text
	sed -n '/^-----BEGIN SSH SIGNATURE-----$/,$p' $f > sig
	case $f in
	*.receipt) ssh-keygen -Y verify -f receipt-keys -I box -n despatch-receipt -s sig < text ;;
	*.envelope)
		account=$(sed -n 's/^account \([0-9a-f]*\) .*/\1/p' text)
		grep "^account $account " bag/data/proof/keys.txt | sed "s/.* ssh-ed25519/$account ssh-ed25519/" > account-keys
		ssh-keygen -Y verify -f account-keys -I $account -n despatch-envelope -s sig < text
		grep -q "^payload $(sha256sum bag/data/responses/*.txt | cut -c1-64) " text ;;
	esac
done`
	if out, err := stock(script); err != nil || strings.Count(out, "Good ") != 2 {
		t.Errorf("%v\n%s", err, out)
	}
	if data, err := os.ReadFile(sent); err != nil || !bytes.Contains(data, []byte("212, not 221")) {
		t.Errorf("what was sent is %q, %v", data, err)
	}
	for _, tt := range []struct {
		what, file, want string
		change           func([]byte) []byte
	}{
		{"a receipt for another time", receipt, "does not fit", func(b []byte) []byte { return bytes.Replace(b, []byte("T"), []byte("t"), 1) }},
		{"an envelope of another account", envelope, "", func(b []byte) []byte { return bytes.Replace(b, []byte("account "), []byte("account 0"), 1) }},
		{"something else in the envelope", sent, "around something else", func(b []byte) []byte { return bytes.Replace(b, []byte("212"), []byte("221"), 1) }},
		{"no evidence at all", envelope, "", func([]byte) []byte { return []byte("nothing\n") }},
	} {
		was, err := os.ReadFile(tt.file)
		must(t, err)
		changed := tt.change(was)
		if bytes.Equal(was, changed) {
			t.Fatalf("%s: nothing was changed", tt.what)
		}
		must(t, os.WriteFile(tt.file, changed, 0o600))
		code, out := l.try("verify-archive", filepath.Join(dir, "bag"))
		named := strings.Count(out, "data/receipts/")
		if code == 0 || named == 0 || tt.want == "around something else" && !strings.Contains(out, tt.want) {
			t.Errorf("%s: %d\n%s", tt.what, code, out)
		}
		must(t, os.WriteFile(tt.file, was, 0o600))
	}
	l.isKeptForStockTools()
}

// isKeptForStockTools takes the one deposit out of its segment with tar, and looks that
// its bytes are those of its id, with what its sender signed and its receipt beside it.
func (l *loop) isKeptForStockTools() {
	l.t.Helper()
	segments, err := filepath.Glob(filepath.Join(l.dir, "vault", "segments", "*", "*.tar"))
	must(l.t, err)
	if len(segments) != 1 {
		l.t.Fatalf("the vault keeps the segments %q", segments)
	}
	out := l.t.TempDir()
	if said, err := exec.Command("tar", "-xf", segments[0], "-C", out).CombinedOutput(); err != nil {
		l.t.Fatalf("tar: %v\n%s", err, said)
	}
	kept, err := os.ReadDir(out)
	must(l.t, err)
	if len(kept) != 3 {
		l.t.Fatalf("the segment holds %v", kept)
	}
	id := strings.TrimSuffix(kept[0].Name(), ".age")
	sealed, err := os.ReadFile(filepath.Join(out, kept[0].Name()))
	must(l.t, err)
	if sum := sha256.Sum256(sealed); hex.EncodeToString(sum[:]) != id || kept[1].Name() != id+".envelope" || kept[2].Name() != id+".receipt" {
		l.t.Errorf("the segment holds %v", kept)
	}
}

// TestAFolderOfAnEarlierVersionGoesOn: that kept a file for each deposit, envelope,
// receipt and submission.
func TestAFolderOfAnEarlierVersionGoesOn(t *testing.T) {
	l := newLoop(t)
	d := l.answer(head, "accurate", "")
	id := l.sent(d)
	if code, said := l.collect(); code != 0 {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	inVault := func(name string) string { return filepath.Join(l.dir, "vault", name) }
	for _, dir := range []string{"evidence/" + id[:2], "submissions", "deposits/" + id[:2]} {
		must(t, os.MkdirAll(inVault(dir), 0o700))
	}
	segments, err := filepath.Glob(inVault("segments/*/*.tar"))
	if err != nil || len(segments) != 1 {
		t.Fatalf("%q, %v", segments, err)
	}
	out, err := exec.Command("tar", "-xf", segments[0], "-C", inVault("evidence/"+id[:2])).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	must(t, os.Rename(inVault("evidence/"+id[:2]+"/"+id+".age"), inVault("deposits/"+id[:2]+"/"+id+".age")))
	list, err := os.ReadFile(inVault("submissions.txt"))
	must(t, err)
	submission, leaf, _ := strings.Cut(strings.TrimSpace(string(list)), " ")
	must(t, os.WriteFile(inVault("submissions/"+submission), fmt.Appendf(nil, "leaf %s\n", leaf), 0o600))
	must(t, os.Remove(inVault("submissions.txt")))
	must(t, os.RemoveAll(inVault("segments")))

	before := len(l.files("events"))
	full := access.Compartment{School: l.school, Kind: access.Visits.Kind(access.Full)}
	d.env.Supersedes = id
	d.slot = envelope.Slot(l.keys.Naming.Secret(full.ID(), 1), d.env.Subject, d.env.SubjectHash, 2)
	l.sent(d)
	if code, said := l.collect(); code != 0 || len(l.files("events")) != before {
		t.Errorf("the same submission again: %d\n%s", code, said)
	}
	l.despatch("build")
	zip := filepath.Join(t.TempDir(), "a.zip")
	l.despatch("archive", "--school", "900001", "-o", zip)
	if said := l.despatch("verify-archive", zip); !strings.Contains(said, "proves   2 files") {
		t.Errorf("verify-archive says:\n%s", said)
	}
}

// TestAStatementOfSilenceIsAPaperAndInTheArchive is the same of an answer that
// never came.
func TestAStatementOfSilenceIsAPaperAndInTheArchive(t *testing.T) {
	l := newLoop(t)
	l.unanswered()
	l.despatch("finalise", "--silent")
	l.despatch("build")
	if page := l.page(head, "Finalised automatically"); !strings.Contains(page, "Download statement") {
		t.Errorf("the visit's page does not offer the statement:\n%s", page)
	}
	zip := filepath.Join(t.TempDir(), "a.zip")
	l.despatch("archive", "--school", "900001", "-o", zip)
	if said := l.despatch("verify-archive", zip); !strings.Contains(said, "proves   1 file of receipts, envelopes and statements") {
		t.Errorf("verify-archive says:\n%s", said)
	}
	out, err := exec.Command("bash", "-euo", "pipefail", "-c", "cd $(dirname "+zip+") && unzip -q a.zip && qpdf --check */data/pdf/statement-*.pdf && pdftotext -layout */data/pdf/statement-*.pdf - && cat */data/receipts/*.statement").CombinedOutput()
	for _, want := range []string{"Statement that nothing was received", "Last day for an answer", "says nothing-received"} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%q is not there: %v\n%s", want, err, out)
		}
	}
	if n := strings.Count(string(out), "says nothing-received"); n != 2 {
		t.Errorf("what was signed is there %d times, want in the paper and beside it", n)
	}
}
