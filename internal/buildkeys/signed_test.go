package buildkeys_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"despatch/internal/buildkeys"
	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

var update = flag.Bool("update", false, "write docs/vectors/recipients.json anew")

func privateKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

// sampleSigned is a list as docs/formats.md section 22 shows it.
func sampleSigned(t *testing.T) *buildkeys.Signed {
	t.Helper()
	s := buildkeys.NewSigned(sshsig.PublicOf(privateKey(1)))
	s.Serial = 7
	s.SetAccount(strings.Repeat("ab", 16), &buildkeys.Account{Recipient: "age1pq1x", Signing: sshsig.PublicOf(privateKey(5))})
	s.SetSchool("", []byte("role-headteacher 1 age1pq1x\n"))
	s.SetSchool("900001", []byte("visits-full 2 age1pq1x\n"))
	s.SetOfficer("robin", []byte("age1pq1x\n"))
	return s
}

type recipientsVector struct {
	Name   string `json:"name"`
	Error  string `json:"error"`
	Root   string `json:"root"`
	Signed string `json:"signed"`
}

func TestRecipientsVectors(t *testing.T) {
	root := privateKey(1)
	good := string(buildkeys.FormatSigned(sampleSigned(t), root))
	body, _, _ := strings.Cut(good, "-----BEGIN")
	made := struct {
		About string             `json:"about"`
		Cases []recipientsVector `json:"cases"`
	}{About: "docs/formats.md section 22: lists of recipients, and the root that is pinned"}
	add := func(name, want, signed string) {
		made.Cases = append(made.Cases, recipientsVector{name, want, sshsig.PublicOf(root).String(), signed})
	}
	resign := func(key ed25519.PrivateKey, namespace, text string) string {
		return string(sshsig.SignText(key, namespace, []byte(text)))
	}
	swap := func(old, with string) string {
		if !strings.Contains(body, old) {
			t.Fatalf("%q is not in the text", old)
		}
		return resign(root, buildkeys.RecipientsNamespace, strings.Replace(body, old, with, 1))
	}
	lines := strings.SplitAfter(body, "\n")
	empty := buildkeys.NewSigned(sshsig.PublicOf(root))
	empty.Serial = 1
	add("as written", "", good)
	add("nobody yet", "", string(buildkeys.FormatSigned(empty, root)))
	add("signed by another", "signature", resign(privateKey(9), buildkeys.RecipientsNamespace, body))
	add("signed for keys", "signature", resign(root, "despatch-keys", body))
	add("a sum changed after signing", "signature", strings.Replace(good, lines[3][len(lines[3])-3:], "00\n", 1))
	add("names another root", "malformed", swap("root "+sshsig.PublicOf(root).String(), "root "+sshsig.PublicOf(privateKey(9)).String()))
	add("newer", "newer", swap("recipients 1", "recipients 2"))
	add("format with a leading zero", "malformed", swap("recipients 1", "recipients 01"))
	add("another first word", "malformed", swap("despatch-recipients", "despatch-keys"))
	add("serial 0", "malformed", swap("serial 7", "serial 0"))
	add("serial with a leading zero", "malformed", swap("serial 7", "serial 07"))
	add("no serial", "malformed", swap("serial 7\n", ""))
	add("unknown word", "malformed", swap("officer ", "witness "))
	add("line repeated", "malformed", swap(lines[3], lines[3]+lines[3]))
	add("two sums of one name", "malformed", swap(lines[3], lines[3]+lines[3][:len(lines[3])-3]+"00\n"))
	add("lines out of order", "malformed", swap(lines[3]+lines[4], lines[4]+lines[3]))
	add("sum in upper case", "malformed", swap(lines[3][45:], strings.ToUpper(lines[3][45:])))
	add("sum too short", "malformed", swap(lines[3], lines[3][:len(lines[3])-2]+"\n"))
	add("name with a slash", "malformed", swap("officer robin", "officer ../robin"))
	add("account id too short", "malformed", swap("account ab", "account "))
	add("two spaces", "malformed", swap("officer ", "officer  "))
	add("empty line", "malformed", swap("serial 7\n", "serial 7\n\n"))
	add("text after the signature", "malformed", good+"\n")
	add("no signature", "malformed", body)
	add("empty", "malformed", "")

	const file = "../../docs/vectors/recipients.json"
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(made); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, b.Bytes()) {
		t.Errorf("%s is not what this test makes: run go test ./internal/buildkeys -update", file)
	}
	for _, c := range made.Cases {
		pub, err := sshsig.ParsePublicKey(c.Root)
		if err != nil {
			t.Fatal(err)
		}
		s, err := buildkeys.ParseSigned([]byte(c.Signed), pub)
		if got := string(refusal.Of(err)); got != c.Error || (err == nil) != (c.Error == "") {
			t.Errorf("%s: got %q (%v), want %q", c.Name, got, err, c.Error)
		}
		if err == nil && string(buildkeys.FormatSigned(s, root)) != c.Signed {
			t.Errorf("%s: written again it differs", c.Name)
		}
	}
}

func TestRecipientsListRefusesEverySingleByteChange(t *testing.T) {
	signed := buildkeys.FormatSigned(sampleSigned(t), privateKey(1))
	root := sshsig.PublicOf(privateKey(1))
	for at := range signed {
		for _, flip := range []byte{1, 0x20, 0x80} {
			bad := bytes.Clone(signed)
			bad[at] ^= flip
			if _, err := buildkeys.ParseSigned(bad, root); err == nil {
				t.Errorf("byte %d changed by %#x is accepted", at, flip)
			}
		}
		if _, err := buildkeys.ParseSigned(signed[:at], root); err == nil {
			t.Errorf("cut after %d bytes it is accepted", at)
		}
	}
}

// FuzzParseSigned goes past the signature, which no fuzzer makes, by signing what
// it is given.
func FuzzParseSigned(f *testing.F) {
	root := privateKey(1)
	f.Add("despatch-recipients 1\nserial 7\nroot " + sshsig.PublicOf(root).String() + "\nofficer robin " + strings.Repeat("0", 64) + "\n")
	f.Add("despatch-recipients 2\n")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := buildkeys.ParseSigned([]byte(text), sshsig.PublicOf(root)); err == nil {
			t.Error("a text without the root's signature is accepted")
		}
		defer func() { _ = recover() }() // SignText panics at what is no text
		signed := sshsig.SignText(root, buildkeys.RecipientsNamespace, []byte(text))
		s, err := buildkeys.ParseSigned(signed, sshsig.PublicOf(root))
		if err == nil && !bytes.Equal(buildkeys.FormatSigned(s, root), signed) {
			t.Error("accepted and written otherwise")
		}
	})
}
