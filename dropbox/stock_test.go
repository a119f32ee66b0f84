package dropbox_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"filippo.io/age"

	"despatch/dropbox/intake"
	"despatch/internal/envelope"
	"despatch/internal/receipt"
	"despatch/internal/sshsig"
)

// TestReceiptCommandsOfTheFormatsPage runs the commands of docs/formats.md section
// 21 as they stand there: ssh-keygen verifies a receipt, and refuses a changed one.
func TestReceiptCommandsOfTheFormatsPage(t *testing.T) {
	page, err := os.ReadFile("../docs/formats.md")
	must(t, err)
	_, section, _ := bytes.Cut(page, []byte("\n## 21. Receipts\n"))
	section, _, _ = bytes.Cut(section, []byte("\n## "))
	fences := regexp.MustCompile("(?ms)^```bash\n(.*?)^```$").FindAllSubmatch(section, -1)
	if len(fences) != 1 {
		t.Fatalf("docs/formats.md has %d fences of commands for a receipt", len(fences))
	}
	r := sampleReceipt(t, 8)
	dir := t.TempDir()
	put := func(name string, data []byte) { must(t, os.WriteFile(filepath.Join(dir, name), data, 0o600)) }
	put("receipt", receipt.Format(r, key(8)))
	put("keys.txt", []byte("receipt "+sshsig.PublicOf(key(8)).String()+"\n"))
	put("deposit.age", []byte("sealed"))
	run := func() (string, error) {
		cmd := exec.Command("bash", "-euo", "pipefail", "-c", string(fences[0][1]))
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := run()
	must(t, err)
	if want := fmt.Sprintf("%x  -", r.Leaf.Entry()); !strings.Contains(out, want) {
		t.Errorf("sha256sum gives another entry than %s:\n%s", want, out)
	}
	proof, err := os.ReadFile(filepath.Join(dir, "receipt.tlog-proof"))
	must(t, err)
	if !bytes.Equal(proof, r.Proof.Format()) {
		t.Error("sed cuts out another proof")
	}
	put("receipt", bytes.Replace(receipt.Format(r, key(8)), []byte(" 68768 "), []byte(" 68769 "), 1))
	if _, err := run(); err == nil {
		t.Error("ssh-keygen accepts a changed receipt")
	}
}

func TestHeadersThatAgeWrites(t *testing.T) {
	hybrid := func() age.Recipient {
		id, err := age.GenerateHybridIdentity()
		must(t, err)
		return id.Recipient()
	}
	classic, err := age.GenerateX25519Identity()
	must(t, err)
	plain := envelope.Format(sampleEnvelope(), []byte("payload\n"), key(5))
	sealed := func(plain []byte, to ...age.Recipient) []byte {
		var b bytes.Buffer
		w, err := age.Encrypt(&b, to...)
		must(t, err)
		_, err = w.Write(plain)
		must(t, err)
		must(t, w.Close())
		return b.Bytes()
	}
	check := func(file []byte) error {
		return intake.CheckDeposit(file[:min(len(file), intake.HeaderSize)], int64(len(file)))
	}
	must(t, check(sealed(plain, hybrid(), hybrid())))
	for name, bad := range map[string][]byte{
		"one recipient":        sealed(plain, hybrid()),
		"three recipients":     sealed(plain, hybrid(), hybrid(), hybrid()),
		"classic recipients":   sealed(plain, classic.Recipient(), classic.Recipient()),
		"a plaintext unpadded": sealed(plain[:5000], hybrid(), hybrid()),
	} {
		if check(bad) == nil {
			t.Errorf("a deposit with %s is accepted", name)
		}
	}
}

func TestSenderAndServiceOpenADeposit(t *testing.T) {
	inbox, err := age.GenerateHybridIdentity()
	must(t, err)
	own, err := age.GenerateHybridIdentity()
	must(t, err)
	stranger, err := age.GenerateHybridIdentity()
	must(t, err)
	var b bytes.Buffer
	w, err := age.Encrypt(&b, inbox.Recipient(), own.Recipient())
	must(t, err)
	_, err = w.Write(envelope.Format(sampleEnvelope(), []byte("payload\n"), key(5)))
	must(t, err)
	must(t, w.Close())
	for _, id := range []age.Identity{inbox, own} {
		r, err := age.Decrypt(bytes.NewReader(b.Bytes()), id)
		must(t, err)
		plain, err := io.ReadAll(r)
		must(t, err)
		e, payload, err := envelope.Open(plain)
		must(t, err)
		if string(payload) != "payload\n" || e.Key != sshsig.PublicOf(key(5)) || e.Account != account {
			t.Errorf("opened %q of %s", payload, e.Account)
		}
	}
	if _, err := age.Decrypt(bytes.NewReader(b.Bytes()), stranger); err == nil {
		t.Error("a stranger opens the deposit")
	}
}
