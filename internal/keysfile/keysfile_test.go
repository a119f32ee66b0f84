package keysfile_test

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	"despatch/internal/keysfile"
	"despatch/internal/sshsig"
)

func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func sample() *keysfile.Keys {
	from := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	return &keysfile.Keys{
		Serial: 3, Date: from, Root: sshsig.PublicOf(key(1)), Heads: []sshsig.PublicKey{sshsig.PublicOf(key(2))}, Box: "https://box.northmoor.example",
		Accounts: []keysfile.Account{{Opaque: strings.Repeat("ab", 16), From: from, Key: sshsig.PublicOf(key(5))}},
	}
}

func TestKeysRefuseEverySingleByteChange(t *testing.T) {
	signed := keysfile.Format(sample(), key(1))
	root := sshsig.PublicOf(key(1))
	if _, err := keysfile.Parse(signed, root); err != nil {
		t.Fatal(err)
	}
	for at := range signed {
		for _, flip := range []byte{1, 2, 0x20, 0x80} {
			bad := bytes.Clone(signed)
			bad[at] ^= flip
			if _, err := keysfile.Parse(bad, root); err == nil {
				t.Errorf("byte %d changed by %#x is accepted", at, flip)
			}
		}
		if _, err := keysfile.Parse(signed[:at], root); err == nil {
			t.Errorf("cut after %d bytes it is accepted", at)
		}
	}
}

func TestKeysComeBackAsTheyWere(t *testing.T) {
	signed := keysfile.Format(sample(), key(1))
	k, err := keysfile.Parse(signed, sshsig.PublicOf(key(1)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(keysfile.Format(k, key(1)), signed) {
		t.Error("written again it differs")
	}
	if !k.IsHead(sshsig.PublicOf(key(2))) || k.IsHead(sshsig.PublicOf(key(1))) {
		t.Error("the head keys are others")
	}
	if !k.Accounts[0].Until.IsZero() {
		t.Error("an open period has an end")
	}
}

func FuzzParseKeys(f *testing.F) {
	signed := keysfile.Format(sample(), key(1))
	text, _, err := sshsig.OpenText(signed)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(bytes.Replace(text, []byte("serial 3"), []byte("serial 03"), 1))
	f.Add([]byte("despatch-keys 2\n"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, text []byte) {
		bad := append(bytes.Clone(text), sshsig.Sign(key(1), keysfile.Namespace, text)...)
		k, err := keysfile.Parse(bad, sshsig.PublicOf(key(1)))
		if err != nil {
			return
		}
		if !bytes.Equal(keysfile.Format(k, key(1)), bad) {
			t.Error("accepted, but written again it differs")
		}
	})
}
