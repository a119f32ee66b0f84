package seal_test

import (
	"bytes"
	"math/bits"
	"strings"
	"testing"

	"filippo.io/age"

	"despatch/internal/refusal"
	"despatch/internal/seal"
)

func identity(t testing.TB) (*age.HybridIdentity, *seal.Recipient) {
	t.Helper()
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	r, err := seal.ParseRecipient(id.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	return id, r
}

func TestOnlyItsIdentityOpensWhatIsSealed(t *testing.T) {
	id, to := identity(t)
	other, _ := identity(t)
	for _, n := range []int{0, 1, 4096, 65536, 65537, 200000} {
		plain := bytes.Repeat([]byte("x"), n)
		sealed, err := to.Seal([]byte("before"), plain)
		if err != nil || !bytes.HasPrefix(sealed, []byte("before")) {
			t.Fatalf("%d bytes: %v", n, err)
		}
		sealed = sealed[len("before"):]
		kind, header, err := seal.Inspect(sealed)
		if err != nil || kind != seal.Hybrid || header != seal.HeaderSize {
			t.Errorf("%d bytes: %s, header of %d, %v", n, kind, header, err)
		}
		if got := len(sealed) - header; got != seal.PayloadLen(n) {
			t.Errorf("%d bytes: payload of %d, want %d", n, got, seal.PayloadLen(n))
		}
		r, err := age.Decrypt(bytes.NewReader(sealed), id)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if _, err := got.ReadFrom(r); err != nil || !bytes.Equal(got.Bytes(), plain) {
			t.Errorf("%d bytes did not come back: %v", n, err)
		}
		if _, err := age.Decrypt(bytes.NewReader(sealed), other); err == nil {
			t.Error("another identity opens it")
		}
	}
}

func TestInspectRefusesEveryByteChangeThatChangesTheForm(t *testing.T) {
	_, to := identity(t)
	sealed, err := to.Seal(nil, make([]byte, 4096))
	if err != nil {
		t.Fatal(err)
	}
	for at := range seal.HeaderSize {
		bad := bytes.Clone(sealed)
		bad[at] = '\n' ^ bad[at] ^ '*' // never a letter of the place it stands in
		if bad[at] == sealed[at] || bad[at] >= 'A' && bad[at] <= 'z' || bad[at] >= '0' && bad[at] <= '9' || bad[at] == '+' || bad[at] == '/' {
			bad[at] = '!'
		}
		if _, _, err := seal.Inspect(bad); refusal.Of(err) != refusal.Malformed {
			t.Errorf("byte %d as %q: %v", at, bad[at], err)
		}
		if _, _, err := seal.Inspect(sealed[:at]); refusal.Of(err) != refusal.Malformed {
			t.Errorf("cut after %d bytes: %v", at, err)
		}
	}
}

func TestInspectRefusesWhatAgeItselfSealsForOthers(t *testing.T) {
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	id, _ := identity(t)
	other, _ := identity(t)
	phrase, err := age.NewScryptRecipient("legal winner")
	if err != nil {
		t.Fatal(err)
	}
	phrase.SetWorkFactor(10)
	for name, to := range map[string][]age.Recipient{
		"classic": {classic.Recipient()}, "two hybrid": {id.Recipient(), other.Recipient()}, "work factor 10": {phrase},
	} {
		var b bytes.Buffer
		w, err := age.Encrypt(&b, to...)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := seal.Inspect(b.Bytes()); refusal.Of(err) != refusal.Malformed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRecipientOfAnotherKindOrSpellingIsRefused(t *testing.T) {
	_, r := identity(t)
	good := r.String()
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "age1pq1", classic.Recipient().String(), strings.ToUpper(good), good + " ", good[:len(good)-1], good[:len(good)-1] + "b", "ssh-ed25519 AAAA"} {
		if bad == good {
			continue
		}
		if _, err := seal.ParseRecipient(bad); refusal.Of(err) != refusal.Malformed {
			t.Errorf("%.30q gave %v", bad, err)
		}
	}
}

func TestBucketWastesLittleAndTellsFewLengths(t *testing.T) {
	seen := make(map[int]bool)
	for n := 1; n < 1<<20; n += 13 {
		b := seal.Bucket(n, 0)
		if b < n || (b-n)*100 > n*12 && n > 16 {
			t.Fatalf("bucket(%d) = %d", n, b)
		}
		seen[b] = true
	}
	if most := 20 * bits.Len(20) * 8; len(seen) > most {
		t.Errorf("%d lengths up to 1 MiB, want at most %d", len(seen), most)
	}
}

func TestPlainLenIsTheInverseOfPayloadLen(t *testing.T) {
	lengths := make(map[int]bool)
	for n := range 140000 {
		p := seal.PayloadLen(n)
		lengths[p] = true
		if got, ok := seal.PlainLen(p); !ok || got != n {
			t.Fatalf("payload %d: got %d, %v; want %d", p, got, ok, n)
		}
	}
	for p := range 140000 {
		if _, ok := seal.PlainLen(p); ok && !lengths[p] {
			t.Fatalf("no payload has %d bytes", p)
		}
	}
}

// FuzzParseRecipient shows that a recipient has one spelling: what is accepted is
// what age writes.
func FuzzParseRecipient(f *testing.F) {
	_, to := identity(f)
	good := to.String()
	for _, s := range []string{good, strings.ToUpper(good), good[:len(good)-1], good + "q", "\u212a" + good[1:], "age1pq1", ""} {
		f.Add(s)
	}
	for at := 0; at < len(good); at += 97 {
		f.Add(good[:at] + strings.ToUpper(good[at:at+1]) + good[at+1:])
		f.Add(good[:at] + "q" + good[at+1:])
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := seal.ParseRecipient(s); err != nil {
			return
		}
		if again, err := age.ParseHybridRecipient(s); err != nil || again.String() != s {
			t.Errorf("%q is accepted, age writes %q (%v)", s, again, err)
		}
	})
}

func FuzzInspect(f *testing.F) {
	_, to := identity(f)
	sealed, err := to.Seal(nil, make([]byte, 16))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add(sealed[:seal.HeaderSize])
	f.Add([]byte("age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 16\n"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, b []byte) {
		kind, header, err := seal.Inspect(b)
		if err == nil && (header > len(b) || kind != seal.Hybrid && kind != seal.Scrypt || kind == seal.Hybrid && header != seal.HeaderSize) {
			t.Errorf("%s with a header of %d bytes out of %d", kind, header, len(b))
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	_, to := identity(b)
	plain := make([]byte, seal.Bucket(40000, 4096))
	var out []byte
	b.ReportAllocs()
	b.SetBytes(int64(len(plain)))
	for b.Loop() {
		var err error
		if out, err = to.Seal(out[:0], plain); err != nil {
			b.Fatal(err)
		}
	}
}

func TestAMixOfHybridAndClassicStanzasIsRefused(t *testing.T) {
	const start = "age-encryption.org/v1\n"
	const hybrid = "-> mlkem768x25519 AAAA\nAAAA\n"
	const classic = "-> X25519 AAAA\nAAAA\n"
	const end = "--- AAAA\npayload"
	for name, c := range map[string]struct {
		file string
		ok   bool
	}{
		"one hybrid":               {start + hybrid + end, true},
		"two hybrid":               {start + hybrid + hybrid + end, true},
		"hybrid then classic":      {start + hybrid + classic + end, false},
		"classic then hybrid":      {start + classic + hybrid + end, false},
		"classic":                  {start + classic + end, false},
		"passphrase":               {start + "-> scrypt AAAA 16\nAAAA\n" + end, false},
		"unknown":                  {start + hybrid + "-> grease\nAAAA\n" + end, false},
		"no stanza":                {start + end, false},
		"no end":                   {start + hybrid, false},
		"a word that begins as it": {start + "-> mlkem768x25519b AAAA\nAAAA\n" + end, false},
		"armored":                  {"-----BEGIN AGE ENCRYPTED FILE-----\n", false},
		"empty":                    {"", false},
	} {
		if err := seal.AllHybrid([]byte(c.file)); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
