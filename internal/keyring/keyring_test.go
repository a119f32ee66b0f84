package keyring_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tyler-smith/go-bip39/wordlists"

	"despatch/internal/keyring"
	"despatch/internal/naming"
	"despatch/internal/refusal"
	"despatch/internal/seal"
)

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func unb64(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func seed(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

func newPassphrase(t *testing.T) keyring.Passphrase {
	t.Helper()
	p, err := keyring.NewPassphrase(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// passphraseOf drives the generator so that it draws the words of text.
func passphraseOf(t *testing.T, text string) keyring.Passphrase {
	t.Helper()
	var random bytes.Buffer
	for _, w := range strings.Split(text, "-") {
		i := slices.Index(wordlists.English, w)
		random.Write([]byte{byte(i >> 8), byte(i)})
	}
	p, err := keyring.NewPassphrase(&random)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newRing(t *testing.T, code, holder string) *keyring.Ring {
	t.Helper()
	r := &keyring.Ring{Account: naming.OpaqueAccount(code), Holder: holder}
	for i, at := range [][2]string{{"900001", "visits-full"}, {"900001", "documents-full"}, {"-", "role-headteacher"}, {"900002", "visits-audit"}} {
		k, err := keyring.NewKey()
		if err != nil {
			t.Fatal(err)
		}
		p := keyring.Place{School: at[0], Kind: at[1], Epoch: 1, Root: fmt.Sprintf("%016x", 0xabc+i), Key: k}
		if at[1] == "documents-full" {
			p.Epoch = 3
		}
		copy(p.Secret[:], bytes.Repeat([]byte{byte(i + 1)}, 32))
		r.Places = append(r.Places, p)
	}
	return r
}

func formatRing(t *testing.T, r *keyring.Ring) string {
	t.Helper()
	b, err := keyring.FormatRing(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPassphrasesAreSevenListedWordsAndDiffer(t *testing.T) {
	a, b := newPassphrase(t), newPassphrase(t)
	if a.Reveal() == b.Reveal() {
		t.Error("two passphrases are equal")
	}
	if len(wordlists.English) != 2048 || !slices.IsSorted(wordlists.English) {
		t.Error("the word list is not 2,048 sorted words")
	}
	if _, err := keyring.ParseTyped(a.Reveal()); err != nil || len(a.Words()) != 7 {
		t.Errorf("passphrase of %d words is refused: %v", len(a.Words()), err)
	}
	for _, v := range []any{a, a.Typed()} {
		if s := fmt.Sprintf("%v %s %+v", v, v, v); strings.Contains(s, a.Words()[0]) {
			t.Errorf("printing shows the passphrase: %s", s)
		}
	}
}

func TestPassphrasesAreGeneratedOnly(t *testing.T) {
	id, err := keyring.NewIdentity("7KQ2M9XD", vectorRoot)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.SealIdentity(id, keyring.Passphrase{}); err == nil {
		t.Error("an identity was sealed under the empty passphrase")
	}
	if _, err := keyring.NewPassphrase(strings.NewReader("short")); err == nil {
		t.Error("a passphrase was made from too little randomness")
	}
}

func TestTypedPassphraseSaysWhichWordIsWrong(t *testing.T) {
	for typed, want := range map[string]string{
		"legal winner thank year wave sausage wurth": "word 7 of the passphrase is not in the word list",
		"legal winner":   "has 2 words (want 7)",
		"":               "is empty",
		"Northmoor2026!": "word 1 of the passphrase",
	} {
		_, err := keyring.ParseTyped(typed)
		if err == nil || !strings.Contains(err.Error(), want) || typed != "" && strings.Contains(err.Error(), "wurth") {
			t.Errorf("%q: error %v, want %q without the word itself", typed, err, want)
		}
	}
}

func TestEveryByteOfAnIdentityTextCounts(t *testing.T) {
	good := keyring.FormatIdentity(fixedIdentity(t))
	everyChange(good, func(at string, b []byte) {
		id, err := keyring.ParseIdentity(b)
		if err == nil && !bytes.Equal(keyring.FormatIdentity(id), b) {
			t.Errorf("%s: accepted and written otherwise", at)
		}
		if len(b) != len(good) && err == nil {
			t.Errorf("%s: accepted", at)
		}
	})
}

func TestEveryByteOfASealedRingCounts(t *testing.T) {
	id := fixedIdentity(t)
	sealed, err := keyring.SealRing(newRing(t, id.Code, "Morgan Ellery"), id.Key.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	opaque := naming.OpaqueAccount(id.Code)
	if _, err := keyring.OpenRing(sealed, id.Key, opaque); err != nil {
		t.Fatal(err)
	}
	everyChange(sealed, func(at string, b []byte) {
		if _, err := keyring.OpenRing(b, id.Key, opaque); err == nil {
			t.Errorf("%s: accepted", at)
		}
	})
}

// everyChange calls with each single byte changed and with truncations: every
// one of a small file, every sixteenth of a larger one.
func everyChange(good []byte, try func(at string, b []byte)) {
	for i := range good {
		b := bytes.Clone(good)
		b[i] ^= 1 << (i % 8)
		try(fmt.Sprintf("byte %d changed", i), b)
		if len(good) < 1024 || i%16 == 0 {
			try(fmt.Sprintf("cut after %d bytes", i), good[:i])
		}
	}
}

func TestRingLengthsAreBuckets(t *testing.T) {
	for n := range 12 {
		r := newRing(t, "7KQ2M9XD", strings.Repeat("x", 1+n*97))
		text := formatRing(t, r)
		if len(text) != seal.Bucket(len(text), 8192) {
			t.Errorf("holder of %d letters: %d bytes is no bucket", 1+n*97, len(text))
		}
	}
}

func TestRingOpensItsCompartmentsOnly(t *testing.T) {
	mine, theirs := newRing(t, "7KQ2M9XD", "Morgan Ellery"), newRing(t, "00000000", "Robin Vale")
	for _, p := range mine.Places {
		to, err := seal.ParseRecipient(p.Key.Recipient())
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := to.Seal(nil, []byte("early reading"))
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := mine.Open(sealed); err != nil || string(plain) != "early reading" {
			t.Errorf("%s/%s does not open: %v", p.School, p.Kind, err)
		}
		if _, err := theirs.Open(sealed); refusal.Of(err) != refusal.Locked {
			t.Errorf("another ring: %v, want locked", err)
		}
	}
}

func TestOfficersAndBundlesOpenAgain(t *testing.T) {
	p := newPassphrase(t)
	a, b := newOfficer(t, "robin"), newOfficer(t, "ash")
	sealed, err := keyring.SealOfficer(a, p)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := keyring.OpenOfficer(sealed, p.Typed()); err != nil || got.Key.Recipient() != a.Key.Recipient() || got.Name != "robin" {
		t.Errorf("officer does not come back: %v", err)
	}
	bundle := &keyring.Bundle{School: "900001"}
	for _, kind := range []string{"visits-full", "visits-audit", "visits-full"} {
		if err := bundle.Renew(kind); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := keyring.SealBundle(bundle, []string{a.Key.Recipient(), b.Key.Recipient()})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []*keyring.Officer{a, b} {
		got, err := keyring.OpenBundle(keys, o.Key, "900001")
		if err != nil {
			t.Fatal(err)
		}
		full, ok := got.Find("visits-full")
		if !ok || full.Epoch != 2 || len(got.Kinds) != 2 || got.Kinds[0].Name != "visits-audit" {
			t.Errorf("bundle came back as %+v", got)
		}
	}
	if _, err := keyring.OpenBundle(keys, newOfficer(t, "x").Key, "900001"); refusal.Of(err) != refusal.Locked {
		t.Errorf("a stranger: %v, want locked", err)
	}
	if _, err := keyring.OpenBundle(keys, a.Key, "900002"); refusal.Of(err) != refusal.Malformed {
		t.Errorf("bundle put in another school's place: %v, want malformed", err)
	}
}

func newOfficer(t *testing.T, name string) *keyring.Officer {
	t.Helper()
	o, err := keyring.NewOfficer(name)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestKeysAreWithheldInPrints(t *testing.T) {
	o := newOfficer(t, "robin")
	if s := fmt.Sprintf("%v %+v %s", o.Key, o.Key, *o); strings.Contains(s, "AGE-SECRET") {
		t.Error("printing shows the secret")
	}
}

func FuzzParseRing(f *testing.F) {
	f.Add([]byte("# despatch-ring 1\n"))
	f.Add([]byte("# despatch-ring 1\n# account 00000000000000000000000000000000\n# holder \"x\"\n# pad 0\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := keyring.ParseRing(b)
		if err != nil {
			return
		}
		if again, err := keyring.FormatRing(r); err != nil || !bytes.Equal(again, b) {
			t.Errorf("accepted but written otherwise (%v)", err)
		}
	})
}

func FuzzParseIdentity(f *testing.F) {
	f.Add([]byte("# despatch-identity 1\n# account 7KQ2M9XD\n# root \n# signing \n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		id, err := keyring.ParseIdentity(b)
		if err == nil && !bytes.Equal(keyring.FormatIdentity(id), b) {
			t.Error("accepted but written otherwise")
		}
	})
}

func FuzzFoldPassphrase(f *testing.F) {
	f.Add(" Legal – winner..x")
	f.Fuzz(func(t *testing.T, s string) {
		once := keyring.FoldPassphrase(s)
		if keyring.FoldPassphrase(once) != once || strings.Contains(once, "--") || strings.HasPrefix(once, "-") || strings.HasSuffix(once, "-") {
			t.Errorf("folding %q gives %q, which folds further", s, once)
		}
	})
}
