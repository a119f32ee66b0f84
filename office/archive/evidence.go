package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"despatch/generator/source"
	"despatch/internal/bag"
	"despatch/internal/envelope"
	"despatch/internal/keysfile"
	"despatch/internal/receipt"
	"despatch/internal/statement"
	"despatch/records/event"
)

// The kinds of evidence, by the ends of their names in receiptsDir.
const (
	receiptEnd   = source.ReceiptEnd  // what the drop-box gave for a deposit
	envelopeEnd  = source.EnvelopeEnd // what the sender signed
	statementEnd = ".statement"       // what the authority signed of a silence
)

// evidence gives what was sent with an event and what proves it: the payload, the
// envelope that its sender signed, the drop-box's receipt, or the authority's
// statement. Envelopes and receipts are there where this machine, or the one that
// collected, kept them.
func (m *making) evidence(e event.Event) (files []bag.File, err error) {
	name := fmt.Sprintf("%010d-%s", e.Leaf, e.Record)
	add := func(dir, end string, data []byte) {
		files = append(files, bag.File{Path: dataDir + dir + "/" + name + end, Data: data})
	}
	if e.Statement != "" {
		add(receiptsDir, statementEnd, []byte(e.Statement))
	}
	if e.Payload == "" {
		return files, nil
	}
	sent, err := m.folder.ReadFile(source.PayloadPath(e.Payload))
	if err != nil {
		return nil, err
	}
	add(responsesDir, ".txt", sent)
	if len(e.Deposit) != 2*sha256.Size {
		return files, nil
	}
	for _, end := range []string{envelopeEnd, receiptEnd} {
		data, err := m.kept.Evidence(e.Deposit, end, e.Leaf)
		switch {
		case err == nil:
			add(receiptsDir, end, data)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	return files, nil
}

// evidence checks receipts, envelopes and statements by the archive's keys file:
// each alone, and against the others of its deposit and what was sent.
func (v *verifier) evidence(keys *keysfile.Keys) {
	var logs []note.Verifier
	for _, text := range keys.Logs {
		if key, err := note.NewVerifier(text); err == nil {
			logs = append(logs, key)
		}
	}
	dir := dataDir + receiptsDir + "/"
	for _, file := range v.Paths() {
		name, ok := strings.CutPrefix(file, dir)
		if !ok {
			continue
		}
		data, err := v.ReadFile(file, mostProof)
		if err != nil {
			continue // told by Check
		}
		switch end := path.Ext(name); end {
		case receiptEnd:
			_, err = receipt.Verify(data, receipt.Trust{Receipts: keys.Receipts, Logs: logs})
		case envelopeEnd:
			err = v.envelope(keys, logs, strings.TrimSuffix(name, end), data)
		case statementEnd:
			_, err = statement.Verify(data, statement.Trust{Heads: keys.Heads, Logs: logs})
		default:
			err = errors.New("this is neither a receipt nor an envelope nor a statement")
		}
		if err != nil {
			v.refused(file, err)
			continue
		}
		v.report.Evidence++
	}
}

// envelope checks that an account of the keys file signed it, over what is beside
// it, and that the receipt beside it is of the same account and school.
func (v *verifier) envelope(keys *keysfile.Keys, logs []note.Verifier, name string, data []byte) error {
	env, err := envelope.ParseSigned(data)
	if err != nil {
		return err
	}
	sent, err := v.ReadFile(dataDir+responsesDir+"/"+name+".txt", mostProof)
	if err != nil {
		return errors.New("what it was around is not in the archive")
	}
	if sum := sha256.Sum256(sent); hex.EncodeToString(sum[:]) != env.PayloadHash {
		return errors.New("it was around something else than what is in the archive")
	}
	signed := func(a keysfile.Account) bool { return a.Opaque == env.Account && a.Key == env.Key }
	if at, err := v.ReadFile(dataDir+receiptsDir+"/"+name+receiptEnd, mostProof); err == nil {
		r, err := receipt.Verify(at, receipt.Trust{Receipts: keys.Receipts, Logs: logs})
		switch {
		case err != nil:
			return nil // told of the receipt
		case r.Leaf.Account != env.Account || r.Leaf.School != env.School:
			return errors.New("the receipt beside it is of another account or school")
		}
		signed = func(a keysfile.Account) bool {
			return a.Opaque == env.Account && a.Key == env.Key && !r.Leaf.Time.Before(a.From) && (a.Until.IsZero() || r.Leaf.Time.Before(a.Until))
		}
	}
	for _, a := range keys.Accounts {
		if signed(a) {
			return nil
		}
	}
	return errors.New("no key signed it that was an account's then, as the keys file says")
}
