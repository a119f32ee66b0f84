package archive_test

import (
	"bytes"
	"strings"
	"testing"

	"despatch/internal/auditlog"
	"despatch/internal/envelope"
	"despatch/internal/receipt"
	"despatch/internal/statement"
	"despatch/records/calendar"
)

const boxOrigin = "https://box.northmoor.example"

var (
	account = strings.Repeat("ac", 16)
	pupils  = strings.Repeat("5c", 16) // opaque id of the school
)

// The files of the small archive's evidence, in their folders.
const (
	sentFile      = "data/responses/0000000000-2026-11-03-k7q2-early-reading.txt"
	envelopeFile  = "data/receipts/0000000000-2026-11-03-k7q2-early-reading.envelope"
	receiptFile   = "data/receipts/0000000000-2026-11-03-k7q2-early-reading.receipt"
	statementFile = "data/receipts/0000000001-2026-10-01-m3d8-mathematics.statement"
)

// An evidence is an answer with its receipt, and a statement of a silence.
type evidence struct {
	log   string // verifier key
	files map[string]string
}

func sampleEvidence(t testing.TB) evidence {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	signer, verifier, err := auditlog.Key(auditlog.Name(boxOrigin), privateKey(5))
	must(err)
	payload := []byte("despatch-response 1\nanswer accurate\n")
	letter := envelope.Format(envelope.Envelope{
		ID: strings.Repeat("1d", 16), Kind: "response", Inbox: strings.Repeat("0b", 32), Account: account, School: pupils,
		Subject: strings.Repeat("77", 8), SubjectHash: strings.Repeat("78", 32), Head: 1, Time: noon,
	}, payload, privateKey(6))
	taken, err := auditlog.NewLeaf(auditlog.Record{
		Time: noon, Account: account, School: pupils, Deposit: strings.Repeat("de", 32), Size: 68768, Slot: strings.Repeat("51", 32),
	}, strings.NewReader(strings.Repeat("a", 16)))
	must(err)
	clock, err := auditlog.NewLeaf(auditlog.Record{Time: noon.AddDate(0, 0, 1)}, strings.NewReader(strings.Repeat("b", 16)))
	must(err)
	head, err := auditlog.NewHead(nil, []auditlog.Leaf{taken, clock}, signer)
	must(err)
	first, err := head.Prove(0)
	must(err)
	second, err := head.Prove(1)
	must(err)
	return evidence{verifier, map[string]string{
		sentFile:     string(payload),
		envelopeFile: string(bytes.Clone(envelope.Signed(letter))),
		receiptFile:  string(receipt.Format(receipt.Receipt{Box: boxOrigin, Leaf: taken, Proof: first}, privateKey(4))),
		statementFile: string(statement.Format(statement.Statement{
			Time: noon.AddDate(0, 0, 1), Box: boxOrigin, URN: "900001", School: pupils, Visit: "2026-10-01-m3d8-mathematics", Subject: strings.Repeat("79", 32),
			RespondBy: calendar.On(noon).AddDays(-1), Leaf: clock, Proof: second,
		}, privateKey(2))),
	}}
}
