package keyring

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	agevectors "c2sp.org/CCTV/age"
	"filippo.io/age"
	"filippo.io/age/armor"
)

// vector is one of C2SP's test vectors for age: what a conforming program makes
// of a file, and what to open it with.
type vector struct {
	expect     string
	payload    string // SHA-256 of what comes out, also of the part before a fault
	identities []string
	passphrase string
	armored    bool
	file       []byte
}

// eachVector reads C2SP's vectors, which come through the module proxy.
func eachVector(t *testing.T, test func(t *testing.T, name string, v *vector)) {
	t.Helper()
	files, err := fs.ReadDir(agevectors.Vectors, ".")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 140 {
		t.Fatalf("found %d vectors only", len(files))
	}
	for _, f := range files {
		data, err := fs.ReadFile(agevectors.Vectors, f.Name())
		if err != nil {
			t.Fatal(err)
		}
		t.Run(f.Name(), func(t *testing.T) { test(t, f.Name(), parseVector(t, data)) })
	}
}

func parseVector(t *testing.T, data []byte) *vector {
	t.Helper()
	v := &vector{}
	compressed := false
	for {
		line, rest, ok := bytes.Cut(data, []byte("\n"))
		if !ok {
			t.Fatal("the vector has no file")
		}
		data = rest
		if len(line) == 0 {
			break
		}
		key, value, _ := strings.Cut(string(line), ": ")
		switch key {
		case "expect":
			v.expect = value
		case "payload":
			v.payload = value
		case "identity":
			v.identities = append(v.identities, value)
		case "passphrase":
			v.passphrase = value
		case "armored":
			v.armored = true
		case "compressed":
			compressed = true
		case "file key", "comment":
		default:
			t.Fatalf("the vector has a line %q that this test does not know", key)
		}
	}
	v.file = data
	if compressed {
		r, err := zlib.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if v.file, err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

func TestAgeDoesAsTheVectorsOfC2SPSay(t *testing.T) {
	outcomes := map[string]int{}
	eachVector(t, func(t *testing.T, _ string, v *vector) {
		plain, got := v.open(t)
		if got != v.expect {
			t.Fatalf("got %q, want %q", got, v.expect)
		}
		if sum := sha256.Sum256(plain); v.expect == "success" && hex.EncodeToString(sum[:]) != v.payload {
			t.Error("it opens as something else")
		}
		outcomes[got]++
	})
	if outcomes["success"] < 20 || len(outcomes) < 6 {
		t.Errorf("the outcomes are %v: the vectors are not what they were", outcomes)
	}
}

// open opens a vector with age alone, and tells what came in the vectors' words.
func (v *vector) open(t *testing.T) (plain []byte, outcome string) {
	t.Helper()
	var file io.Reader = bytes.NewReader(v.file)
	if v.armored {
		file = armor.NewReader(file)
	}
	r, err := age.Decrypt(file, v.ageIdentities(t)...)
	if err == nil {
		plain, err = io.ReadAll(r)
		if err != nil {
			return nil, faultOr("payload failure", err)
		}
		return plain, "success"
	}
	switch {
	case errors.As(err, new(*age.NoIdentityMatchError)):
		return nil, "no match"
	case strings.Contains(err.Error(), "MAC"):
		return nil, "HMAC failure"
	}
	return nil, faultOr("header failure", err)
}

// faultOr tells a fault of the armor, which can show at any time, from others.
func faultOr(other string, err error) string {
	if errors.As(err, new(*armor.Error)) {
		return "armor failure"
	}
	return other
}

func (v *vector) ageIdentities(t *testing.T) []age.Identity {
	t.Helper()
	var ids []age.Identity
	for _, s := range v.identities {
		id, err := age.ParseIdentities(strings.NewReader(s))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id...)
	}
	if v.passphrase != "" {
		id, err := age.NewScryptIdentity(v.passphrase)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func TestOnlyHybridFilesOfTheVectorsAreOpened(t *testing.T) {
	opened := map[string]bool{}
	eachVector(t, func(t *testing.T, name string, v *vector) {
		for _, s := range v.identities {
			key, err := parseKey(s)
			if err != nil {
				continue // a classic identity, which is no key of ours
			}
			if plain, err := key.Open(v.file); err == nil {
				if sum := sha256.Sum256(plain); hex.EncodeToString(sum[:]) != v.payload {
					t.Error("it opens as something else")
				}
				opened[name] = true
			}
		}
		if v.passphrase == "" {
			return
		}
		if _, err := openScrypt(v.file, Typed{v.passphrase}); err == nil {
			t.Error("a file sealed by a passphrase opens that is not sealed as ours are")
		}
	})
	want := []string{"hybrid", "hybrid_multiple_recipients"}
	if got := slices.Sorted(maps.Keys(opened)); !slices.Equal(got, want) {
		t.Errorf("opened %v, want %v: neither classic stanzas, nor a mix, nor unknown ones", got, want)
	}
}

func TestNothingIsSealedToAMixOfHybridAndClassicRecipients(t *testing.T) {
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range [][]string{
		{key.Recipient(), classic.Recipient().String()},
		{classic.Recipient().String(), key.Recipient()},
		{classic.Recipient().String()},
	} {
		if _, err := SealTo(to, []byte("x")); err == nil {
			t.Errorf("sealed to %.12q", to)
		}
	}
	if _, err := SealTo([]string{key.Recipient()}, []byte("x")); err != nil {
		t.Error(err)
	}
}
