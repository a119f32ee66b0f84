package dropbox_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"despatch/internal/passkey"
)

type passkeyVector struct {
	Name       string `json:"name"`
	Error      string `json:"error"`
	Text       string `json:"text"`
	Credential string `json:"credential"`
	File       string `json:"file"` // base64; empty: the passkey is taken away
}

// sealedToPasskey has the header of a passkey file and something after it: nothing here
// opens one.
func sealedToPasskey() string {
	return "age-encryption.org/v1\n-> age-encryption.org/fido2prf " + strings.Repeat("A", 22) + "\n" + strings.Repeat("A", 43) + "\n--- " + strings.Repeat("A", 43) + "\nsealed"
}

func TestPasskeyChangeVectors(t *testing.T) {
	made := vectors[passkeyVector]{About: "docs/formats.md section 18.8: payloads of kind passkey"}
	b64 := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	file := sealedToPasskey()
	for _, c := range []passkey.Change{
		{Credential: "00", File: []byte(file)},
		{Credential: strings.Repeat("a7", 96), File: []byte(file + "more")},
		{Credential: strings.Repeat("0b", 16)},
	} {
		text, err := passkey.Format(c)
		must(t, err)
		name := "a passkey is taken away"
		if c.File != nil {
			name = "a passkey is added"
		}
		made.Cases = append(made.Cases, passkeyVector{name, "", string(text), c.Credential, b64(string(c.File))})
	}
	good := "despatch-passkey 1\ncredential 0a0b\nfile " + b64(file) + "\n"
	with := func(file string) string { return "despatch-passkey 1\ncredential 0a0b\nfile " + file + "\n" }
	for _, bad := range []struct{ name, text string }{
		{"empty", ""},
		{"another kind", strings.Replace(good, "despatch-passkey", "despatch-permission-grant", 1)},
		{"no line end", strings.TrimSuffix(good, "\n")},
		{"a line more", good + "\n"},
		{"carriage returns", strings.ReplaceAll(good, "\n", "\r\n")},
		{"another order", "despatch-passkey 1\nfile -\ncredential 0a0b\n"},
		{"no credential", strings.Replace(good, "credential 0a0b\n", "", 1)},
		{"an empty credential", strings.Replace(good, "0a0b", "", 1)},
		{"a credential in capitals", strings.Replace(good, "0a0b", "0A0B", 1)},
		{"half a byte of a credential", strings.Replace(good, "0a0b", "0a0", 1)},
		{"a credential that leads elsewhere", strings.Replace(good, "0a0b", "../0a", 1)},
		{"a credential too long", strings.Replace(good, "0a0b", strings.Repeat("0a", 97), 1)},
		{"no file", strings.Replace(good, "file "+b64(file), "file", 1)},
		{"an empty file", with("")},
		{"a file that is not base64", with("%%%%")},
		{"a file in base64 without its padding", with(strings.TrimRight(b64(file+"m"), "="))},
		{"a file that is not sealed", with(b64("# despatch-identity 1\n"))},
		{"a file sealed by a passphrase", with(b64("age-encryption.org/v1\n-> scrypt " + strings.Repeat("A", 22) + " 16\n" + strings.Repeat("A", 43) + "\n--- " + strings.Repeat("A", 43) + "\nsealed"))},
		{"a file sealed to two passkeys", with(b64(strings.Replace(file, "--- ", "-> age-encryption.org/fido2prf "+strings.Repeat("A", 22)+"\n"+strings.Repeat("A", 43)+"\n--- ", 1)))},
		{"a file whose nonce is short", with(b64(strings.Replace(file, strings.Repeat("A", 22)+"\n", strings.Repeat("A", 20)+"\n", 1)))},
		{"a file with stray bits in its nonce", with(b64(strings.Replace(file, strings.Repeat("A", 22)+"\n", strings.Repeat("A", 21)+"B\n", 1)))},
		{"a file whose header breaks off", with(b64(file[:60]))},
		{"a file longer than any", with(b64(file + strings.Repeat("x", 4096)))},
		{"longer than any", with(strings.Repeat("A", 10_000))},
	} {
		made.Cases = append(made.Cases, passkeyVector{Name: bad.name, Error: "malformed", Text: bad.text})
	}
	made.Cases = append(made.Cases, passkeyVector{Name: "newer", Error: "newer", Text: strings.Replace(good, " 1\n", " 2\n", 1)})
	checkVectors(t, "passkey-change", made, func(t *testing.T, c passkeyVector) {
		got, err := passkey.Parse([]byte(c.Text))
		wantRefusal(t, c.Name, err, c.Error)
		if c.Error == "" && (got.Credential != c.Credential || b64(string(got.File)) != c.File) {
			t.Errorf("%s: read %+v", c.Name, got)
		}
	})
}
