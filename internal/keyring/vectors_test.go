package keyring_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"despatch/internal/keyring"
	"despatch/internal/naming"
	"despatch/internal/refusal"
	"despatch/internal/seal"
	"despatch/internal/sshsig"
	"despatch/records/access"
)

var update = flag.Bool("update", false, "write docs/vectors; sealed files and keys are made once and kept in testdata/fixed")

const vectors = "../../docs/vectors"

// fixed is a file that was made once, because what age writes is random.
func fixed(t *testing.T, name string, create func() []byte) []byte {
	t.Helper()
	path := filepath.Join("testdata", "fixed", name)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && *update {
		data = create()
		err = os.WriteFile(path, data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// golden compares v with a file of docs/vectors, or writes it with -update.
func golden(t *testing.T, name string, v any) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(vectors, name)
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("%s differs from what the code gives: run go test ./internal/keyring -update and look at the difference", path)
	}
}

// A textCase is a plaintext and what becomes of it: an error name, or empty.
type textCase struct {
	Name  string `json:"name"`
	Text  string `json:"text"`
	Error string `json:"error"`
}

// change makes a refused case from a good text by one replacement.
func change(t *testing.T, name, text, old, now string) textCase {
	t.Helper()
	if strings.Count(text, old) == 0 {
		t.Fatalf("case %q: %q does not occur", name, old)
	}
	return textCase{name, strings.Replace(text, old, now, 1), string(refusal.Malformed)}
}

func judge(t *testing.T, cases []textCase, parse func([]byte) error) {
	t.Helper()
	for _, c := range cases {
		err := parse([]byte(c.Text))
		if got := string(refusal.Of(err)); got != c.Error || (err != nil) != (c.Error != "") {
			t.Errorf("%s: error %v (%s), want %q", c.Name, err, got, c.Error)
		}
	}
}

func TestPassphraseVectors(t *testing.T) {
	type fold struct {
		Typed  string `json:"typed"`
		Folded string `json:"folded"`
		Valid  bool   `json:"valid"` // seven words of the list
	}
	const good = "abandon-zoo-wagon-early-reading-fern-tower"
	folds := []fold{}
	for _, typed := range []string{
		"legal-winner-thank-year-wave-sausage-worth",
		"Legal Winner Thank Year Wave Sausage Worth",
		"  legal  winner\tthank\nyear\r\nwave , sausage . worth  ",
		"legal_winner_thank_year_wave_sausage_worth",
		"legal\u2013winner\u2014thank\u2010year\u2011wave\u2012sausage\u00a0worth",
		"--legal.-,_winner--thank year wave sausage worth--",
		"LEGAL-WINNER-THANK-YEAR-WAVE-SAUSAGE-WORTH.",
		"legal-winner-thank-year-wave-sausage",
		"legal-winner-thank-year-wave-sausage-worth-zoo",
		"legal-winner-thank-year-wave-sausage-wurth",
		"legal-winner-thank-year-wave-sausage-\u212aite",
		"legalwinnerthankyearwavesausageworth",
		"legal/winner/thank/year/wave/sausage/worth",
		"Northmoor2026!",
		" - . , _ ",
		"",
		good,
	} {
		_, err := keyring.ParseTyped(typed)
		folds = append(folds, fold{typed, keyring.FoldPassphrase(typed), err == nil})
	}
	golden(t, "passphrase.json", map[string]any{"about": "docs/formats.md section 4: how a typed passphrase is folded, and whether the result is seven words of the list", "cases": folds})
}

func TestAccountCodeVectors(t *testing.T) {
	type code struct {
		Typed   string `json:"typed"`
		Code    string `json:"code"`
		Printed string `json:"printed"`
		Opaque  string `json:"opaque"`
		Error   string `json:"error"`
	}
	var codes []code
	for _, typed := range []string{
		"7KQ2-M9XD", "7kq2m9xd", " 7kq2 m9xd ", "7-K-Q-2-M-9-X-D", "oilO-ILoi", "00110110", "ZZZZ-ZZZZ", "abcd-efgh",
		"", "7KQ2-M9X", "7KQ2-M9XDD", "7KQ2-M9XU", "7KQ2_M9XD", "7KQ2–M9XD", "7KQ2.M9XD", "٧KQ2M9XD", "7KQ2M9X!", "7KQ2M9Xſ", "\ufeff7KQ2M9XD",
	} {
		c := code{Typed: typed, Error: string(refusal.Malformed)}
		if folded, err := access.FoldCode(typed); err == nil {
			c = code{typed, folded, access.FormatCode(folded), naming.OpaqueAccount(folded), ""}
		}
		codes = append(codes, c)
	}
	golden(t, "account-code.json", map[string]any{"about": "docs/formats.md section 4: account codes as typed, folded, printed, and their opaque ids", "cases": codes})
}

// root of the vectors: the public half of a seed of 32 times 7.
var vectorRoot = sshsig.PublicOf(seed(7))

func fixedIdentity(t *testing.T) *keyring.Identity {
	t.Helper()
	text := fixed(t, "identity.txt", func() []byte {
		id, err := keyring.NewIdentity("7KQ2M9XD", vectorRoot)
		if err != nil {
			t.Fatal(err)
		}
		return keyring.FormatIdentity(id)
	})
	id, err := keyring.ParseIdentity(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestIdentityVectors(t *testing.T) {
	id := fixedIdentity(t)
	good := string(keyring.FormatIdentity(id))
	lines := strings.SplitAfter(good, "\n")
	key := strings.TrimSuffix(lines[4], "\n")
	cases := []textCase{
		{"as written", good, ""},
		change(t, "format 2", good, "identity 1", "identity 2"),
		change(t, "format 0", good, "identity 1", "identity 0"),
		change(t, "format with a leading zero", good, "identity 1", "identity 01"),
		change(t, "another kind of file", good, "identity", "ring"),
		change(t, "code in lower case", good, "7KQ2M9XD", "7kq2m9xd"),
		change(t, "code with a hyphen", good, "7KQ2M9XD", "7KQ2-M9XD"),
		change(t, "code with a letter outside the alphabet", good, "7KQ2M9XD", "7KQ2M9XU"),
		change(t, "root with a comment", good, vectorRoot.String(), vectorRoot.String()+" root"),
		change(t, "root of another type", good, "ssh-ed25519", "ssh-rsa"),
		change(t, "seed cut short", good, "# signing ", "# signing AAAA"),
		change(t, "seed without padding", good, "=\n", "\n"),
		change(t, "identity in lower case", good, key, strings.ToLower(key)),
		change(t, "classic identity", good, "AGE-SECRET-KEY-PQ-1", "AGE-SECRET-KEY-1"),
		change(t, "damaged identity", good, "AGE-SECRET-KEY-PQ-1", "AGE-SECRET-KEY-PQ-1Q"),
		change(t, "line ends of Windows", good, "\n", "\r\n"),
		change(t, "trailing space", good, "7KQ2M9XD\n", "7KQ2M9XD \n"),
		change(t, "root and account exchanged", good, lines[1]+lines[2], lines[2]+lines[1]),
		change(t, "an unknown line", good, "# root", "# note hello\n# root"),
		{"a second identity", good + lines[4], string(refusal.Malformed)},
		{"an empty line at the end", good + "\n", string(refusal.Malformed)},
		{"no line end", strings.TrimSuffix(good, "\n"), string(refusal.Malformed)},
		{"a byte order mark", "\ufeff" + good, string(refusal.Malformed)},
		{"empty", "", string(refusal.Malformed)},
	}
	cases[1].Error = string(refusal.Newer)
	judge(t, cases, func(b []byte) error { _, err := keyring.ParseIdentity(b); return err })
	golden(t, "identity.json", map[string]any{
		"about": "docs/formats.md section 6: plaintexts of identity files, and sealed ones in base64",
		"parsed": map[string]string{
			"account": id.Code, "root": id.Root.String(), "identity": key, "recipient": id.Key.Recipient(),
			"signing": base64.StdEncoding.EncodeToString(id.Signing.Seed()), "signing_key": id.SigningKey().String(),
		},
		"cases":  cases,
		"sealed": sealedIdentities(t, id),
	})
}

// A sealedCase is a sealed file and what opens it, or the name of the error.
type sealedCase struct {
	Name       string `json:"name"`
	Age        string `json:"age"` // base64
	Passphrase string `json:"passphrase,omitempty"`
	Identity   string `json:"identity,omitempty"`
	Error      string `json:"error"`
}

func sealedIdentities(t *testing.T, id *keyring.Identity) []sealedCase {
	t.Helper()
	pass := string(fixed(t, "passphrase.txt", func() []byte { return []byte(newPassphrase(t).Reveal() + "\n") }))
	pass = strings.TrimSuffix(pass, "\n")
	sealed := fixed(t, "identity.age", func() []byte {
		b, err := keyring.SealIdentity(id, passphraseOf(t, pass))
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
	hybrid := fixed(t, "identity-hybrid.age", func() []byte {
		b, err := keyring.SealTo([]string{id.Key.Recipient()}, keyring.FormatIdentity(id))
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
	factor := bytes.Replace(sealed, []byte(" 16\n"), []byte(" 15\n"), 1)
	damaged := bytes.Clone(sealed)
	damaged[len(damaged)-1] ^= 1
	cases := []sealedCase{
		{"as written", b64(sealed), pass, "", ""},
		{"typed with capitals and spaces", b64(sealed), "  " + strings.ToUpper(strings.ReplaceAll(pass, "-", " ")), "", ""},
		{"another passphrase", b64(sealed), "legal-winner-thank-year-wave-sausage-worth", "", string(refusal.Locked)},
		{"another work factor", b64(factor), pass, "", string(refusal.Malformed)},
		{"last byte changed", b64(damaged), pass, "", string(refusal.Malformed)},
		{"last byte missing", b64(sealed[:len(sealed)-1]), pass, "", string(refusal.Malformed)},
		{"a byte too many", b64(append(bytes.Clone(sealed), 0)), pass, "", string(refusal.Malformed)},
		{"sealed to a recipient instead", b64(hybrid), pass, "", string(refusal.Malformed)},
		{"not sealed", b64(keyring.FormatIdentity(id)), pass, "", string(refusal.Malformed)},
	}
	for _, c := range cases {
		typed, err := keyring.ParseTyped(c.Passphrase)
		if err != nil {
			t.Fatal(err)
		}
		got, err := keyring.OpenIdentity(unb64(t, c.Age), typed)
		if string(refusal.Of(err)) != c.Error || (err != nil) != (c.Error != "") {
			t.Errorf("%s: error %v, want %q", c.Name, err, c.Error)
		}
		if err == nil && !bytes.Equal(keyring.FormatIdentity(got), keyring.FormatIdentity(id)) {
			t.Errorf("%s: another identity came out", c.Name)
		}
	}
	return cases
}

func fixedRing(t *testing.T, name string, create func() *keyring.Ring) *keyring.Ring {
	t.Helper()
	text := fixed(t, name, func() []byte {
		b, err := keyring.FormatRing(create())
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
	r, err := keyring.ParseRing(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRingVectors(t *testing.T) {
	id := fixedIdentity(t)
	ring := fixedRing(t, "ring.txt", func() *keyring.Ring { return newRing(t, "7KQ2M9XD", `Morgan "Mo" Ellery <x> & Ó`) })
	empty := fixedRing(t, "ring-empty.txt", func() *keyring.Ring {
		return &keyring.Ring{Account: naming.OpaqueAccount("7KQ2M9XD"), Holder: "Morgan Ellery"}
	})
	good := formatRing(t, ring)
	cases := ringCases(t, ring, good)
	cases = append(cases, textCase{"no compartment", formatRing(t, empty), ""})
	judge(t, cases, func(b []byte) error { _, err := keyring.ParseRing(b); return err })
	golden(t, "ring.json", map[string]any{
		"about":  "docs/formats.md section 7: plaintexts of rings, and sealed ones in base64 with the account's identity",
		"parsed": parsedRing(t, ring, good),
		"cases":  cases,
		"sealed": sealedRings(t, ring, id),
	})
}

func ringCases(t *testing.T, ring *keyring.Ring, good string) []textCase {
	t.Helper()
	lines := strings.SplitAfter(strings.TrimSuffix(good, "\n"), "\n")
	pad := lines[len(lines)-1]
	secret := base64.StdEncoding.EncodeToString(ring.Places[0].Secret[:])
	cases := []textCase{
		{"as written", good, ""},
		change(t, "format 2", good, "ring 1", "ring 2"),
		change(t, "format 10", good, "ring 1\n", "ring 10\n"),
		change(t, "another kind of file", good, "despatch-ring", "despatch-identity"),
		change(t, "opaque id in capitals", good, ring.Account, strings.ToUpper(ring.Account)),
		change(t, "opaque id too short", good, ring.Account, ring.Account[:31]),
		change(t, "holder without quotes", good, `"Morgan`, `Morgan`),
		change(t, "holder with an escape that is not needed", good, "Morgan", `\u004dorgan`),
		change(t, "holder with an escaped control character", good, "Morgan", `\u0007organ`),
		change(t, "holder with a space before", good, `# holder "`, `# holder  "`),
		change(t, "kind with a capital", good, " documents-full", " Documents-full"),
		change(t, "kind with a slash", good, " documents-full", " documents/full"),
		change(t, "school with a capital", good, " 900001 ", " A00001 "),
		change(t, "epoch 0", good, " 900001 3 ", " 900001 0 "),
		change(t, "epoch with a leading zero", good, " 900001 3 ", " 900001 03 "),
		change(t, "negative epoch", good, " 900001 3 ", " 900001 -3 "),
		change(t, "root too short", good, ring.Places[0].Root, ring.Places[0].Root[:15]),
		change(t, "secret without padding", good, secret, strings.TrimRight(secret, "=")),
		change(t, "classic identity", good, "AGE-SECRET-KEY-PQ-1", "AGE-SECRET-KEY-1"),
		change(t, "order changed", good, lines[3]+lines[4]+lines[5]+lines[6], lines[5]+lines[6]+lines[3]+lines[4]),
		change(t, "a compartment twice", good, lines[3]+lines[4], lines[3]+lines[4]+lines[3]+lines[4]),
		change(t, "a line without its identity", good, lines[4], ""),
		change(t, "an unknown line", good, "# holder", "# note\n# holder"),
		change(t, "a zero less in the pad", good, pad, pad[:len(pad)-1]),
		change(t, "a zero more in the pad", good, pad, pad+"0"),
		change(t, "another digit in the pad", good, pad, pad[:len(pad)-1]+"1"),
		change(t, "no pad", good, pad+"\n", ""),
		change(t, "line ends of Windows", good, "\n", "\r\n"),
		{"no line end", strings.TrimSuffix(good, "\n"), string(refusal.Malformed)},
		{"an empty line at the end", good + "\n", string(refusal.Malformed)},
		{"empty", "", string(refusal.Malformed)},
	}
	cases[1].Error, cases[2].Error = string(refusal.Newer), string(refusal.Newer)
	return cases
}

func parsedRing(t *testing.T, ring *keyring.Ring, text string) map[string]any {
	t.Helper()
	lines := strings.Split(text, "\n")
	places := []map[string]any{}
	for i, p := range ring.Places {
		places = append(places, map[string]any{
			"kind": p.Kind, "school": p.School, "epoch": p.Epoch, "root": p.Root,
			"secret": b64(p.Secret[:]), "index": naming.IndexPath(p.Secret), "identity": lines[4+2*i], "recipient": p.Key.Recipient(),
		})
	}
	return map[string]any{"account": ring.Account, "holder": ring.Holder, "compartments": places}
}

func sealedRings(t *testing.T, ring *keyring.Ring, id *keyring.Identity) []sealedCase {
	t.Helper()
	key := strings.Split(string(keyring.FormatIdentity(id)), "\n")[4]
	other := strings.Split(formatRing(t, ring), "\n")[4]
	sealed := fixed(t, "ring.age", func() []byte {
		b, err := keyring.SealRing(ring, id.Key.Recipient())
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
	damaged := bytes.Clone(sealed)
	damaged[len(damaged)/2] ^= 0x20
	r, err := seal.ParseRecipient(id.Key.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	foreign := fixed(t, "ring-foreign.age", func() []byte {
		f := *ring
		f.Account = naming.OpaqueAccount("00000000")
		b, err := r.Seal(nil, []byte(formatRing(t, &f)))
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
	cases := []sealedCase{
		{"as written", b64(sealed), "", key, ""},
		{"with another identity", b64(sealed), "", other, string(refusal.Locked)},
		{"a byte changed", b64(damaged), "", key, string(refusal.Malformed)},
		{"last byte missing", b64(sealed[:len(sealed)-1]), "", key, string(refusal.Malformed)},
		{"of another account", b64(foreign), "", key, string(refusal.Malformed)},
		{"not sealed", b64([]byte(formatRing(t, ring))), "", key, string(refusal.Malformed)},
	}
	for _, c := range cases {
		k := id.Key
		if c.Identity == other {
			k = ring.Places[0].Key
		}
		_, err := keyring.OpenRing(unb64(t, c.Age), k, ring.Account)
		if string(refusal.Of(err)) != c.Error || (err != nil) != (c.Error != "") {
			t.Errorf("%s: error %v, want %q", c.Name, err, c.Error)
		}
	}
	return cases
}
