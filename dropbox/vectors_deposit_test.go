package dropbox_test

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"despatch/dropbox/intake"
	"despatch/internal/envelope"
	"despatch/internal/padding"
	"despatch/internal/refusal"
)

type headerVector struct {
	Name  string `json:"name"`
	Error string `json:"error"`
	Head  string `json:"head"` // base64 of the file's beginning
	Size  int64  `json:"size"` // of the whole file
}

// stanza is a hybrid stanza in age's spelling around bytes that are no ciphertext.
func stanza(b byte) string {
	return "-> mlkem768x25519 " + raw(b, 1120) + "\n" + raw(b, 32) + "\n"
}

func raw(b byte, n int) string {
	return base64.RawStdEncoding.EncodeToString(bytes.Repeat([]byte{b}, n))
}

func TestDepositHeaderVectors(t *testing.T) {
	const intro = "age-encryption.org/v1\n"
	mac := "--- " + raw(3, 32) + "\n"
	good := intro + stanza(1) + stanza(2) + mac
	size := func(plain int) int64 { return int64(intake.HeaderSize + padding.PayloadLen(plain)) }
	made := vectors[headerVector]{About: "docs/formats.md section 18: headers and sizes of deposits; the bytes behind a header are no ciphertext"}
	add := func(name, wantError, head string, size int64) {
		made.Cases = append(made.Cases, headerVector{name, wantError, base64.StdEncoding.EncodeToString([]byte(head)), size})
	}
	add("a response", "", good+"payload", size(64<<10))
	add("both stanzas alike", "", intro+stanza(1)+stanza(1)+mac, size(64<<10))
	add("the next bucket", "", good, size(padding.Bucket(64<<10+1, 0)))
	add("2 GiB", "", good, size(2<<30))
	add("one byte short of a bucket", "malformed", good, size(64<<10)-1)
	add("one byte over a bucket", "malformed", good, size(64<<10)+1)
	add("a small bucket", "malformed", good, size(32<<10))
	add("not padded", "malformed", good, size(70000))
	add("no payload", "malformed", good, int64(len(good)))
	add("smaller than its header", "malformed", good, 100)
	add("one stanza", "malformed", intro+stanza(1)+mac, size(64<<10)-int64(len(stanza(1))))
	add("no stanza", "malformed", intro+mac, size(64<<10))
	add("three stanzas", "malformed", intro+stanza(1)+stanza(2)+stanza(3)+mac, size(64<<10)+int64(len(stanza(1))))
	for _, s := range []spoilt{
		replaced("another version", "malformed", "v1\n", "v2\n"),
		replaced("armored", "malformed", intro, "-----BEGIN AGE ENCRYPTED FILE-----\n"),
		replaced("carriage returns", "malformed", "\n", "\r\n"),
		replaced("a classic stanza", "malformed", stanza(2), "-> X25519 "+raw(2, 32)+"\n"+raw(2, 32)+"\n"),
		replaced("a passphrase stanza", "malformed", stanza(2), "-> scrypt "+raw(2, 16)+" 16\n"+raw(2, 32)+"\n"),
		replaced("a grease stanza", "malformed", stanza(2), "-> a-grease x\n"+raw(2, 32)+"\n"),
		replaced("a second argument", "malformed", raw(1, 1120)+"\n", raw(1, 1120)+" x\n"),
		replaced("a short ciphertext", "malformed", raw(1, 1120), raw(1, 1119)),
		replaced("a long file key", "malformed", raw(1, 32), raw(1, 33)),
		replaced("padded base64", "malformed", raw(2, 32)+"\n", raw(2, 32)+"=\n"),
		replaced("base64 with spare bits", "malformed", "--- "+raw(3, 32), "--- "+raw(3, 31)+"N"),
		replaced("a short MAC", "malformed", raw(3, 32), raw(3, 31)),
		replaced("no MAC", "malformed", mac, ""),
		replaced("cut in the second stanza", "malformed", raw(2, 1120)+"\n"+raw(2, 32)+"\n"+mac, raw(2, 500)),
		replaced("a body of two lines", "malformed", raw(1, 32), raw(1, 24)+"\n"+raw(1, 8)),
		{"a header without end", "malformed", func(string) string { return intro + "-> mlkem768x25519 " + strings.Repeat("A", 64<<10) }},
		{"empty", "malformed", func(string) string { return "" }},
	} {
		add(s.name, s.error, s.how(good), size(64<<10))
	}
	checkVectors(t, "deposit-header", made, func(t *testing.T, c headerVector) {
		head, err := base64.StdEncoding.DecodeString(c.Head)
		must(t, err)
		wantRefusal(t, c.Name, intake.CheckDeposit(head, c.Size), c.Error)
	})
}

type envelopeVector struct {
	Name    string `json:"name"`
	Error   string `json:"error"`
	Plain   string `json:"plain"`  // base64, without the zero bytes at its end
	Length  int    `json:"length"` // with them
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Payload string `json:"payload"`
}

func sampleEnvelope() envelope.Envelope {
	return envelope.Envelope{
		ID: strings.Repeat("1d", 16), Kind: "response", Inbox: envelope.Fingerprint("age1pq1example"), Account: account,
		School: school, Subject: strings.Repeat("5b", 8), SubjectHash: strings.Repeat("77", 32), FormHash: strings.Repeat("f0", 32),
		Supersedes: strings.Repeat("de", 32), Head: 12, Time: start,
	}
}

func TestEnvelopeVectors(t *testing.T) {
	const payload = `{"format":1,"answer":"inaccurate"}` + "\n"
	made := vectors[envelopeVector]{About: "docs/formats.md section 18: plaintexts of deposits; zero bytes fill each up to its length"}
	add := func(name, wantError, plain string, length int, e envelope.Envelope, payload string) {
		c := envelopeVector{Name: name, Error: wantError, Plain: base64.StdEncoding.EncodeToString([]byte(strings.TrimRight(plain, "\x00"))), Length: length}
		if wantError == "" {
			c.ID, c.Kind, c.Payload = e.ID, e.Kind, payload
		}
		made.Cases = append(made.Cases, c)
	}
	written := func(name string, e envelope.Envelope, payload string) {
		plain := envelope.Format(e, []byte(payload), key(5))
		add(name, "", string(plain), len(plain), e, payload)
	}
	written("a response", sampleEnvelope(), payload)
	written("without payload", sampleEnvelope(), "")
	bare := envelope.Envelope{ID: strings.Repeat("2d", 16), Kind: "account-request", Inbox: strings.Repeat("ee", 32), Account: account, Head: 1, Time: start}
	written("about nothing published", bare, payload)
	bare.Kind = "a-kind-of-later-years"
	written("of a kind not known here", bare, payload)
	written("larger than the least", bare, strings.Repeat("x", 66000))

	whole := string(envelope.Format(sampleEnvelope(), []byte(payload), key(5)))
	bad := func(name, wantError, plain string) { add(name, wantError, plain, len(plain), envelope.Envelope{}, "") }
	const end = "-----END SSH SIGNATURE-----\n"
	at := strings.Index(whole, end) + len(end)
	text, _, _ := strings.Cut(whole, "-----BEGIN")
	bad("payload changed", "mismatch", strings.Replace(whole, "inaccurate", "inaccuraTe", 1))
	bad("text changed under the signature", "signature", strings.Replace(whole, "kind response", "kind return", 1)+strings.Repeat("\x00", 2))
	bad("not padded", "malformed", strings.TrimRight(whole, "\x00"))
	bad("one byte short of its bucket", "malformed", whole[:len(whole)-1])
	bad("padded to the next bucket", "malformed", whole+strings.Repeat("\x00", padding.Bucket(64<<10+1, 0)-len(whole)))
	bad("something in the padding", "malformed", whole[:at+len(payload)+100]+"x"+whole[at+len(payload)+101:])
	bad("no envelope", "malformed", payload+strings.Repeat("\x00", 64<<10-len(payload)))
	bad("something before the envelope", "malformed", "\n"+whole[:len(whole)-1])
	rewritten := func(name, wantError, text string, seed byte, namespace string) {
		plain := resigned(seed, namespace, text) + payload
		bad(name, wantError, plain+strings.Repeat("\x00", 64<<10-len(plain)))
	}
	rewritten("signed by another key than it names", "signature", text, 9, envelope.Namespace)
	rewritten("another namespace", "signature", text, 5, "despatch-login")
	for _, s := range append(textRules(), []spoilt{
		replaced("newer", "newer", "despatch-envelope 1", "despatch-envelope 2"),
		replaced("other format", "malformed", "despatch-envelope 1", "despatch-receipt 1"),
		replaced("short id", "malformed", "id 1d", "id "),
		replaced("kind that is no slug", "malformed", "kind response", "kind Response"),
		replaced("inbox that is no hash", "malformed", "inbox ", "inbox x"),
		replaced("no key", "malformed", "ssh-ed25519 ", "ssh-rsa "),
		replaced("school with letters", "malformed", "school 5c", "school zz"),
		replaced("no school line", "malformed", "school "+school+"\n", ""),
		replaced("lines out of order", "malformed", "school "+school+"\nsubject "+strings.Repeat("5b", 8)+"\n", "subject "+strings.Repeat("5b", 8)+"\nschool "+school+"\n"),
		replaced("subject without its hash", "malformed", "subject-sha256 "+strings.Repeat("77", 32), "subject-sha256 -"),
		replaced("hash without its subject", "malformed", "subject "+strings.Repeat("5b", 8), "subject -"),
		replaced("head 0", "malformed", "head 12", "head 0"),
		replaced("head with a leading zero", "malformed", "head 12", "head 012"),
		replaced("time with an offset", "malformed", "09:00:00Z", "09:00:00+00:00"),
		replaced("negative size", "malformed", "payload ", "payload -"),
		replaced("size above the plaintext", "malformed", " 35\n", " 70000\n"),
		replaced("size below the payload", "malformed", " 35\n", " 34\n"),
		replaced("unknown line", "malformed", "head 12\n", "head 12\nnote x\n"),
	}...) {
		rewritten(s.name, s.error, s.how(text), 5, envelope.Namespace)
	}
	checkVectors(t, "envelope", made, func(t *testing.T, c envelopeVector) {
		plain, err := base64.StdEncoding.DecodeString(c.Plain)
		must(t, err)
		plain = append(plain, make([]byte, c.Length-len(plain))...)
		e, got, err := envelope.Open(plain)
		wantRefusal(t, c.Name, err, c.Error)
		if e.ID != c.ID || e.Kind != c.Kind || string(got) != c.Payload {
			t.Errorf("%s: opened as %s %s with %d bytes", c.Name, e.Kind, e.ID, len(got))
		}
		in, payload, err := inPieces(plain)
		wantRefusal(t, c.Name+", piece by piece", err, c.Error)
		if in != e || string(payload) != c.Payload {
			t.Errorf("%s: piece by piece it is another envelope or has another payload", c.Name)
		}
	})
}

type slotVector struct {
	Secret      string `json:"secret"`
	Subject     string `json:"subject"`
	SubjectHash string `json:"subject_sha256"`
	N           int    `json:"n"`
	Slot        string `json:"slot"`
}

func TestSlotVectors(t *testing.T) {
	var secret [32]byte
	for i := range secret {
		secret[i] = byte(i)
	}
	other := secret
	other[31]++
	made := vectors[slotVector]{About: "docs/formats.md section 19: slots; each line differs from the first in one thing, and so in its slot"}
	for _, c := range []slotVector{
		{"", strings.Repeat("5b", 8), strings.Repeat("77", 32), 1, ""},
		{"", strings.Repeat("5b", 8), strings.Repeat("77", 32), 2, ""},
		{"", strings.Repeat("5b", 8), strings.Repeat("78", 32), 1, ""},
		{"", strings.Repeat("5c", 8), strings.Repeat("77", 32), 1, ""},
		{"other", strings.Repeat("5b", 8), strings.Repeat("77", 32), 1, ""},
	} {
		s := secret
		if c.Secret != "" {
			s = other
		}
		c.Secret = base64.StdEncoding.EncodeToString(s[:])
		c.Slot = envelope.Slot(s, c.Subject, c.SubjectHash, c.N)
		made.Cases = append(made.Cases, c)
	}
	seen := map[string]bool{}
	checkVectors(t, "slot", made, func(t *testing.T, c slotVector) {
		s, err := base64.StdEncoding.DecodeString(c.Secret)
		must(t, err)
		if got := envelope.Slot([32]byte(s), c.Subject, c.SubjectHash, c.N); got != c.Slot || seen[got] {
			t.Errorf("slot %s, want %s, and once only", got, c.Slot)
		}
		seen[c.Slot] = true
	})
}

type noteSlotVector struct {
	Secret     string `json:"secret"`
	Account    string `json:"account"`
	Subject    string `json:"subject"`
	SubjectSum string `json:"subject_sha256"`
	Opened     string `json:"opened"`
	Deposit    string `json:"deposit"`
	Withdrawal string `json:"withdrawal"`
}

func TestNoteSlotVectors(t *testing.T) {
	var secret [32]byte
	for i := range secret {
		secret[i] = byte(i)
	}
	of := func(s [32]byte, account, subject, sum, deposit string) noteSlotVector {
		return noteSlotVector{
			base64.StdEncoding.EncodeToString(s[:]), strings.Repeat(account, 16), strings.Repeat(subject, 8), strings.Repeat(sum, 32),
			envelope.OpenedSlot(s, strings.Repeat(account, 16), strings.Repeat(subject, 8), strings.Repeat(sum, 32)),
			strings.Repeat(deposit, 32), envelope.WithdrawalSlot(s, strings.Repeat(deposit, 32)),
		}
	}
	other := secret
	other[31]++
	made := vectors[noteSlotVector]{About: "docs/formats.md section 19: the slots of the word that a record was opened, and of withdrawals", Cases: []noteSlotVector{
		of(secret, "ac", "5b", "77", "d1"), of(secret, "ad", "5c", "78", "d2"), of(other, "ac", "5b", "77", "d1"),
	}}
	seen := map[string]bool{}
	checkVectors(t, "note-slot", made, func(t *testing.T, c noteSlotVector) {
		s, err := base64.StdEncoding.DecodeString(c.Secret)
		must(t, err)
		opened, withdrawal := envelope.OpenedSlot([32]byte(s), c.Account, c.Subject, c.SubjectSum), envelope.WithdrawalSlot([32]byte(s), c.Deposit)
		if opened != c.Opened || withdrawal != c.Withdrawal || seen[opened] || seen[withdrawal] {
			t.Errorf("opened %s, withdrawal %s, want %s and %s, each once only", opened, withdrawal, c.Opened, c.Withdrawal)
		}
		seen[opened], seen[withdrawal] = true, true
	})
}

func TestEnvelopeRefusesEverySingleByteChange(t *testing.T) {
	plain := envelope.Format(sampleEnvelope(), []byte("payload\n"), key(5))
	signed := bytes.Index(plain, []byte("payload\n\x00")) + len("payload\n")
	for at := range plain[:signed+64] {
		bad := bytes.Clone(plain)
		bad[at] ^= 0x20
		if _, _, err := envelope.Open(bad); err == nil {
			t.Errorf("byte %d changed is accepted", at)
		}
	}
	for at := 0; at < len(plain); at += 97 {
		if _, _, err := envelope.Open(plain[:at]); err == nil {
			t.Errorf("cut after %d bytes it is accepted", at)
		}
	}
}

// inPieces reads a plaintext as what is too much to hold is read.
func inPieces(plain []byte) (e envelope.Envelope, payload []byte, err error) {
	o, err := envelope.Begin(iotest.OneByteReader(bytes.NewReader(plain)))
	if err != nil {
		return e, nil, err
	}
	payload, err = io.ReadAll(o)
	if err = cmp.Or(err, o.End()); err != nil {
		return e, nil, err
	}
	return o.Envelope, payload, nil
}

func TestADepositReadPieceByPieceIsRefusedAsOneReadWhole(t *testing.T) {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{5}, ed25519.SeedSize))
	made := envelope.Envelope{ID: strings.Repeat("1d", 16), Kind: "upload", Inbox: strings.Repeat("2b", 32), Account: account, Head: 1, Time: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	plain := envelope.Format(made, bytes.Repeat([]byte("words "), 20_000), private)
	whole, payload, err := envelope.Open(plain)
	must(t, err)
	in, same, err := inPieces(plain)
	must(t, err)
	if in != whole || !bytes.Equal(payload, same) {
		t.Error("piece by piece it is another envelope or has another payload")
	}
	for _, length := range []int{0, 100, envelope.Least, len(plain) - 1} {
		if _, _, err := inPieces(plain[:length]); !errors.Is(err, refusal.Malformed) {
			t.Errorf("cut to %d bytes: %v", length, err)
		}
	}
	for at := 0; at < len(plain); at += 997 {
		changed := bytes.Clone(plain)
		changed[at] ^= 1
		if _, _, err := inPieces(changed); err == nil {
			t.Errorf("byte %d was changed and nobody saw it", at)
		}
	}
	if _, _, err := inPieces(append(bytes.Clone(plain), make([]byte, 4096)...)); !errors.Is(err, refusal.Malformed) {
		t.Errorf("with more padding: %v", err)
	}
}
