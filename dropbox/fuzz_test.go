package dropbox_test

import (
	"bytes"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"despatch/dropbox/intake"
	"despatch/internal/auditlog"
	"despatch/internal/envelope"
	"despatch/internal/receipt"
	"despatch/internal/register"
	"despatch/internal/sshsig"
)

// FuzzDepositHeader: a header that is accepted has one length and two stanzas.
func FuzzDepositHeader(f *testing.F) {
	good := []byte("age-encryption.org/v1\n" + stanza(1) + stanza(2) + "--- " + raw(3, 32) + "\n")
	f.Add(good, int64(68768))
	f.Add(good[:100], int64(1<<40))
	f.Add([]byte("age-encryption.org/v1\n-> x\n"), int64(-1))
	f.Fuzz(func(t *testing.T, head []byte, size int64) {
		if intake.CheckDeposit(head, size) == nil && (len(head) < intake.HeaderSize || bytes.Count(head[:intake.HeaderSize], []byte("-> mlkem768x25519 ")) != 2) {
			t.Errorf("accepted: %.100q", head)
		}
	})
}

// FuzzLogHead: a head object that is accepted is written again with the same bytes.
func FuzzLogHead(f *testing.F) {
	_, _, verifier := logKey(f, 7)
	for _, h := range sampleLog(f) {
		f.Add(h.Format())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, err := auditlog.ParseHead(data, verifier); err == nil && !bytes.Equal(h.Format(), data) {
			t.Error("accepted, but written again it differs")
		}
	})
}

// FuzzReceiptText: whatever is in a text that the receipt key signed, a receipt
// that is accepted is written again with the same bytes.
func FuzzReceiptText(f *testing.F) {
	_, _, verifier := logKey(f, 7)
	trust := receipt.Trust{Receipts: []sshsig.PublicKey{sshsig.PublicOf(key(8))}, Logs: []note.Verifier{verifier}}
	text, _, err := sshsig.OpenText(receipt.Format(sampleReceipt(f, 8), key(8)))
	must(f, err)
	f.Add(text)
	f.Add([]byte("despatch-receipt 2\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		signed := append(bytes.Clone(text), sshsig.Sign(key(8), receipt.Namespace, text)...)
		if r, err := receipt.Verify(signed, trust); err == nil && !bytes.Equal(receipt.Format(r, key(8)), signed) {
			t.Error("accepted, but written again it differs")
		}
	})
}

// FuzzRegisterText: a register that is accepted is written again the same.
func FuzzRegisterText(f *testing.F) {
	text, _, err := sshsig.OpenText(register.Format(sampleRegister(), key(1)))
	must(f, err)
	f.Add(text)
	f.Add([]byte("despatch-register 1\nserial 1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		signed := append(bytes.Clone(text), sshsig.Sign(key(1), register.Namespace, text)...)
		if r, err := register.Parse(signed, sshsig.PublicOf(key(1))); err == nil && !bytes.Equal(register.Format(r, key(1)), signed) {
			t.Error("accepted, but written again it differs")
		}
	})
}

// FuzzEnvelopeText: an envelope that is accepted is written again the same.
func FuzzEnvelopeText(f *testing.F) {
	plain := envelope.Format(sampleEnvelope(), nil, key(5))
	text, _, ok := bytes.Cut(plain, []byte("-----BEGIN"))
	if !ok {
		f.Fatal("no signature")
	}
	f.Add(text)
	f.Add([]byte("despatch-envelope 1\nid x\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		bad := append(bytes.Clone(text), sshsig.Sign(key(5), envelope.Namespace, text)...)
		if len(bad) > envelope.Least {
			return
		}
		bad = append(bad, make([]byte, envelope.Least-len(bad))...)
		if e, payload, err := envelope.Open(bad); err == nil && !bytes.Equal(envelope.Format(e, payload, key(5)), bad) {
			t.Error("accepted, but written again it differs")
		}
	})
}
