package dropbox_test

import (
	"strings"
	"testing"
	"time"

	"despatch/internal/register"
	"despatch/internal/signin"
	"despatch/internal/sshsig"
)

type registerVector struct {
	Name   string `json:"name"`
	Error  string `json:"error"`
	Root   string `json:"root"`
	Signed string `json:"signed"`
	Serial int    `json:"serial"`
}

// sampleRegister has every kind of line.
func sampleRegister() *register.Register {
	other := strings.Repeat("5d", 16)
	return &register.Register{
		Serial: 4, Date: start, Root: sshsig.PublicOf(key(1)),
		Schools: []register.School{{Opaque: school, Quota: 512}, {Opaque: other, Quota: 512}},
		Accounts: []register.Account{
			{Opaque: account, State: register.Active, Quota: 256, Schools: []string{school, other}, Key: sshsig.PublicOf(key(5))},
			{Opaque: strings.Repeat("cd", 16), State: register.Suspended, Quota: 0, Key: sshsig.PublicOf(key(6))},
			{Opaque: strings.Repeat("ef", 16), State: register.Collector, Quota: 0, Key: sshsig.PublicOf(key(4))},
		},
	}
}

func TestRegisterVectors(t *testing.T) {
	root := sshsig.PublicOf(key(1))
	good := string(register.Format(sampleRegister(), key(1)))
	text := strings.SplitAfter(good, "-----BEGIN")[0]
	text = strings.TrimSuffix(text, "-----BEGIN")
	made := vectors[registerVector]{About: "docs/formats.md section 16: registers, and the root that the box pinned"}
	add := func(name, wantError, signed string, serial int) {
		made.Cases = append(made.Cases, registerVector{name, wantError, root.String(), signed, serial})
	}
	add("as written", "", good, 4)
	add("no account yet", "", string(register.Format(&register.Register{Serial: 1, Date: start, Root: root}, key(1))), 1)
	add("signed by another key", "signature", string(register.Format(sampleRegister(), key(9))), 0)
	add("another namespace", "signature", resigned(1, "despatch-keys", text), 0)
	add("text changed under the signature", "signature", strings.Replace(good, "serial 4", "serial 5", 1), 0)
	add("no signature", "malformed", text, 0)
	add("text after the signature", "malformed", good+"x\n", 0)
	line := func(n int) string { return strings.SplitAfter(text, "\n")[n] }
	for _, s := range append(textRules(), []spoilt{
		replaced("newer", "newer", "despatch-register 1", "despatch-register 2"),
		replaced("other format", "malformed", "despatch-register 1", "despatch-keys 1"),
		replaced("leading zero", "malformed", "serial 4", "serial 04"),
		replaced("serial 0", "malformed", "serial 4", "serial 0"),
		replaced("no serial", "malformed", "serial 4\n", ""),
		replaced("time with fraction", "malformed", "09:00:00Z", "09:00:00.5Z"),
		replaced("other root inside", "signature", sshsig.PublicOf(key(1)).String(), sshsig.PublicOf(key(2)).String()),
		replaced("unknown word", "malformed", "school ", "trust "),
		replaced("unknown state", "malformed", " active ", " admin "),
		replaced("lines out of order", "malformed", line(4)+line(5), line(5)+line(4)),
		replaced("line twice", "malformed", line(4), line(4)+line(4)),
		replaced("school twice", "malformed", line(4), line(4)+strings.Replace(line(4), "512", "513", 1)),
		replaced("account twice", "malformed", line(6), line(6)+strings.Replace(line(6), " 256 ", " 257 ", 1)),
		replaced("school without a line", "malformed", line(4), ""),
		replaced("schools out of order", "malformed", school+","+strings.Repeat("5d", 16), strings.Repeat("5d", 16)+","+school),
		replaced("school in capitals", "malformed", "school "+school, "school "+strings.ToUpper(school)),
		replaced("account too short", "malformed", "account "+account, "account "+account[2:]),
		replaced("collector for a school", "malformed", "collector 0 -", "collector 0 "+school),
		replaced("negative quota", "malformed", " 512\n", " -512\n"),
		replaced("quota beyond reason", "malformed", " 512\n", " 1048577\n"),
		replaced("no key", "malformed", " "+sshsig.PublicOf(key(5)).String(), ""),
		replaced("other key type", "malformed", "256 "+school+","+strings.Repeat("5d", 16)+" ssh-ed25519", "256 "+school+","+strings.Repeat("5d", 16)+" ssh-rsa"),
	}...) {
		add(s.name, s.error, resigned(1, register.Namespace, s.how(text)), 0)
	}
	checkVectors(t, "register", made, func(t *testing.T, c registerVector) {
		pub, err := sshsig.ParsePublicKey(c.Root)
		must(t, err)
		r, err := register.Parse([]byte(c.Signed), pub)
		wantRefusal(t, c.Name, err, c.Error)
		if err == nil && r.Serial != c.Serial {
			t.Errorf("%s: serial %d, want %d", c.Name, r.Serial, c.Serial)
		}
	})
}

type loginVector struct {
	Name   string `json:"name"`
	Error  string `json:"error"`
	Key    string `json:"key"`
	Origin string `json:"origin"`
	Now    string `json:"now"`
	Signed string `json:"signed"`
	Nonce  string `json:"nonce"`
}

func TestLoginVectors(t *testing.T) {
	nonce := strings.Repeat("Nonce_0-", 8)
	expiry := start.Add(2 * time.Minute)
	good := string(signin.Sign(signin.Text{Origin: boxOrigin, Nonce: nonce, Expiry: expiry}, key(5)))
	text, _, _ := strings.Cut(good, "-----BEGIN")
	made := vectors[loginVector]{About: "docs/formats.md section 17: what an account signs to sign in"}
	add := func(name, wantError, signed string, now time.Time) {
		c := loginVector{name, wantError, sshsig.PublicOf(key(5)).String(), boxOrigin, now.Format(time.RFC3339), signed, nonce}
		if wantError != "" {
			c.Nonce = ""
		}
		made.Cases = append(made.Cases, c)
	}
	add("as written", "", good, start)
	add("in its last second", "", good, expiry.Add(-time.Second))
	add("expired", "expired", good, expiry)
	add("expires too far ahead", "malformed", good, expiry.Add(-signin.Longest-time.Second))
	add("signed by another key", "signature", resigned(9, signin.Namespace, text), start)
	add("another namespace", "signature", resigned(5, "despatch-envelope", text), start)
	add("nonce changed under the signature", "signature", strings.Replace(good, "Nonce", "nonce", 1), start)
	add("for another box", "mismatch", string(signin.Sign(signin.Text{Origin: "https://box.evil.example", Nonce: nonce, Expiry: expiry}, key(5))), start)
	for _, s := range append(textRules(), []spoilt{
		replaced("origin with a path", "malformed", boxOrigin, boxOrigin+"/box"),
		replaced("origin without TLS", "malformed", "https://", "http://"),
		replaced("origin in capitals", "malformed", "northmoor", "Northmoor"),
		replaced("short nonce", "malformed", nonce, nonce[:42]),
		replaced("long nonce", "malformed", nonce, strings.Repeat("n", 129)),
		replaced("nonce with a space", "malformed", "Nonce_0", "Nonce 0"),
		replaced("expiry with an offset", "malformed", "00Z", "00+00:00"),
		replaced("no expiry", "malformed", expiry.Format(time.RFC3339)+"\n", ""),
		{"a fourth line", "malformed", func(s string) string { return s + "more\n" }},
	}...) {
		add(s.name, s.error, resigned(5, signin.Namespace, s.how(text)), start)
	}
	checkVectors(t, "login", made, func(t *testing.T, c loginVector) {
		pub, err := sshsig.ParsePublicKey(c.Key)
		must(t, err)
		now, err := time.Parse(time.RFC3339, c.Now)
		must(t, err)
		got, err := signin.Verify([]byte(c.Signed), pub, c.Origin, now)
		wantRefusal(t, c.Name, err, c.Error)
		if got.Nonce != c.Nonce {
			t.Errorf("%s: nonce %q, want %q", c.Name, got.Nonce, c.Nonce)
		}
	})
}

func TestRegisterRefusesEverySingleByteChange(t *testing.T) {
	root := sshsig.PublicOf(key(1))
	signed := register.Format(sampleRegister(), key(1))
	r, err := register.Parse(signed, root)
	must(t, err)
	if r.Account(account) == nil || r.School(school) == nil || r.Account(school) != nil || r.School(account) != nil {
		t.Error("the register does not find what it holds, or finds what it does not")
	}
	everyByte(t, signed, func(b []byte) error { _, err := register.Parse(b, root); return err })
}
