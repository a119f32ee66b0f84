package keyring_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"regexp"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"

	"despatch/internal/keyring"
	"despatch/internal/refusal"
)

// prf is age's fido2prf in few lines, to hold what browsers write against:
// nothing in Go opens passkey files but these tests. What the passkey computed
// is given instead of asked for.
type prf struct{ first, second []byte }

const prfLabel = "age-encryption.org/fido2prf"

func (p prf) key() ([]byte, error) {
	return hkdf.Extract(sha256.New, append(bytes.Clone(p.first), p.second...), []byte(prfLabel))
}

func (p prf) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	key, err := p.key()
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, err
	}
	nonce := base64.RawStdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 16))
	return []*age.Stanza{{Type: prfLabel, Args: []string{nonce}, Body: aead.Seal(nil, make([]byte, aead.NonceSize()), fileKey, nil)}}, nil
}

func (p prf) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	key, err := p.key()
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, err
	}
	fileKey, err := aead.Open(nil, make([]byte, aead.NonceSize()), stanzas[0].Body, nil)
	if err != nil {
		return nil, age.ErrIncorrectIdentity
	}
	return fileKey, nil
}

var prfHeader = regexp.MustCompile(`^age-encryption\.org/v1\n-> age-encryption\.org/fido2prf ([A-Za-z0-9+/]{22})\n([A-Za-z0-9+/]{43})\n--- ([A-Za-z0-9+/]{43})\n`)

// openPasskey opens as docs/formats.md section 6.1 says.
func openPasskey(sealed []byte, p prf) (*keyring.Identity, error) {
	parts := prfHeader.FindSubmatch(sealed)
	if parts == nil {
		return nil, refusal.Malformed.Errorf("not sealed to a passkey")
	}
	for _, part := range parts[1:] {
		if _, err := base64.RawStdEncoding.Strict().DecodeString(string(part)); err != nil {
			return nil, refusal.Malformed.Errorf("stray bits in the header")
		}
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), p)
	if errors.As(err, new(*age.NoIdentityMatchError)) {
		return nil, refusal.Locked.Errorf("another passkey's")
	}
	if err != nil {
		return nil, refusal.Malformed.Errorf("damaged: %v", err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return nil, refusal.Malformed.Errorf("damaged: %v", err)
	}
	return keyring.ParseIdentity(plain)
}

func TestPasskeyVectors(t *testing.T) {
	id := fixedIdentity(t)
	mine := prf{bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)}
	sealTo := func(r age.Recipient, plain []byte) []byte {
		var b bytes.Buffer
		w, err := age.Encrypt(&b, r)
		if err == nil {
			_, err = w.Write(plain)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	sealed := fixed(t, "passkey.age", func() []byte { return sealTo(mine, keyring.FormatIdentity(id)) })
	browser := fixed(t, "passkey-browser.age", func() []byte { t.Fatal("made by typage with the values of the vectors"); return nil })
	damaged := bytes.Clone(sealed)
	damaged[len(damaged)-1] ^= 1
	newer := fixed(t, "passkey-newer.age", func() []byte {
		return sealTo(mine, bytes.Replace(keyring.FormatIdentity(id), []byte("identity 1"), []byte("identity 2"), 1))
	})
	stanza := sealed[bytes.Index(sealed, []byte("-> ")):bytes.Index(sealed, []byte("--- "))]
	replace := func(old, now string) []byte {
		if !bytes.Contains(sealed, []byte(old)) {
			t.Fatalf("%q does not occur", old)
		}
		return bytes.Replace(sealed, []byte(old), []byte(now), 1)
	}
	type vector struct {
		Name   string `json:"name"`
		Age    string `json:"age"` // base64
		First  string `json:"first"`
		Second string `json:"second"`
		Error  string `json:"error"`
	}
	const malformed, locked = string(refusal.Malformed), string(refusal.Locked)
	nonce := base64.RawStdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 16))
	var cases []vector
	add := func(name string, file []byte, p prf, wantError string) {
		cases = append(cases, vector{name, b64(file), b64(p.first), b64(p.second), wantError})
	}
	add("as written", sealed, mine, "")
	add("as a browser wrote it", browser, mine, "")
	add("another passkey", sealed, prf{bytes.Repeat([]byte{3}, 32), mine.second}, locked)
	add("the second value of another", sealed, prf{mine.first, bytes.Repeat([]byte{3}, 32)}, locked)
	add("values exchanged", sealed, prf{mine.second, mine.first}, locked)
	add("a newer identity file in it", newer, mine, string(refusal.Newer))
	add("last byte changed", damaged, mine, malformed)
	add("last byte missing", sealed[:len(sealed)-1], mine, malformed)
	add("a byte too many", append(bytes.Clone(sealed), 0), mine, malformed)
	add("another nonce", replace(nonce, base64.RawStdEncoding.EncodeToString(bytes.Repeat([]byte{8}, 16))), mine, malformed)
	add("nonce too short", replace(nonce, nonce[:20]), mine, malformed)
	add("nonce with stray bits", replace(nonce, nonce[:21]+"R"), mine, malformed)
	add("nonce padded", replace(nonce, nonce+"=="), mine, malformed)
	add("no nonce", replace(" "+nonce, ""), mine, malformed)
	add("an argument more", replace(nonce, nonce+" x"), mine, malformed)
	add("another stanza's name", replace("fido2prf", "fido2prf2"), mine, malformed)
	add("two stanzas", replace("--- ", string(stanza)+"--- "), mine, malformed)
	add("a stanza of grease", replace("--- ", "-> x-grease a\n\n--- "), mine, malformed)
	add("line ends of Windows", replace("\n", "\r\n"), mine, malformed)
	add("sealed by a passphrase", fixed(t, "identity.age", nil), mine, malformed)
	add("sealed to a recipient", fixed(t, "identity-hybrid.age", nil), mine, malformed)
	add("not sealed", keyring.FormatIdentity(id), mine, malformed)
	add("empty", nil, mine, malformed)
	for _, c := range cases {
		got, err := openPasskey(unb64(t, c.Age), prf{unb64(t, c.First), unb64(t, c.Second)})
		if string(refusal.Of(err)) != c.Error || (err != nil) != (c.Error != "") {
			t.Errorf("%s: error %v, want %q", c.Name, err, c.Error)
		}
		if err == nil && !bytes.Equal(keyring.FormatIdentity(got), keyring.FormatIdentity(id)) {
			t.Errorf("%s: another identity came out", c.Name)
		}
	}
	input := func(n byte) string {
		return b64(append(append([]byte(prfLabel), n), bytes.Repeat([]byte{9}, 16)...))
	}
	golden(t, "passkey.json", map[string]any{
		"about":  "docs/formats.md section 6.1: passkey files in base64 with the two values that the passkey computes, and what it is asked to compute for the nonce of the first",
		"inputs": map[string]string{"first": input(1), "second": input(2)},
		"text":   string(keyring.FormatIdentity(id)),
		"cases":  cases,
	})
}
