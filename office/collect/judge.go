package collect

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"

	"despatch/generator/source"
	"despatch/internal/auditlog"
	"despatch/internal/envelope"
	"despatch/internal/keyring"
	"despatch/internal/keysfile"
	"despatch/internal/naming"
	"despatch/internal/response"
	"despatch/internal/strictyaml"
	"despatch/records/access"
	"despatch/records/event"
)

// visitsInbox is the service that answers to visits are sealed to.
const visitsInbox = "visits"

// take turns one deposit into an event, or keeps it as held.
func (c *Collector) take(b *batch, at int64, r auditlog.Record, sealed []byte, done *Summary) error {
	key, err := c.inbox(visitsInbox)
	if err != nil {
		return err
	}
	env, payload, why := c.open(key, r, sealed)
	var e event.Event
	if why == "" {
		e, why = c.answer(env, payload, at, r)
	}
	if why != "" {
		return c.hold(b, at, r, why)
	}
	b.remove(heldFile(at))
	again, err := c.sentBefore(b, env, at)
	if again || err != nil {
		return err
	}
	return c.record(b, e, payload, done)
}

// record writes an event and what it stands for. The same event again is none.
func (c *Collector) record(b *batch, e event.Event, payload []byte, done *Summary) error {
	data, err := strictyaml.Encode(&e)
	if err != nil {
		return err
	}
	name := event.LeafPath(e.Kind, e.Time, e.Leaf)
	held, err := os.ReadFile(c.file(name))
	if err == nil && string(held) != string(data) {
		return fmt.Errorf("%s is there and says something else than the log: put it back from version control, or find out who changed it", name)
	}
	b.write(source.PayloadPath(e.Payload), payload)
	if err == nil {
		return nil
	}
	b.write(name, data)
	done.Taken = append(done.Taken, Collected{File: name, Record: e.Record, School: e.School, Answer: e.Judgement})
	return nil
}

// inbox opens the inbox once.
func (c *Collector) inbox(service string) (keyring.Key, error) {
	if k, ok := c.inboxes[service]; ok {
		return k, nil
	}
	k, err := c.Open(service)
	if err == nil {
		c.inboxes[service] = k
	}
	return k, err
}

// open opens a deposit and checks that it is where its sender put it: this inbox,
// this account with the key that it had when the log took it, this school. Why not
// is a sentence, or empty.
func (c *Collector) open(key keyring.Key, r auditlog.Record, sealed []byte) (env envelope.Envelope, payload []byte, why string) {
	plain, err := key.Open(sealed)
	if err != nil {
		return env, nil, fmt.Sprintf("it cannot be opened with the key of the inbox %s: %v", visitsInbox, err)
	}
	env, payload, err = envelope.Open(plain)
	switch {
	case err != nil:
		return env, nil, err.Error()
	case env.Inbox != envelope.Fingerprint(key.Recipient()):
		return env, nil, "its sender meant it for another inbox than the one it came through"
	case env.Account != r.Account:
		return env, nil, "another account signed it than the one that sent it"
	case env.School != r.School:
		return env, nil, "its sender meant it for another school than the one it was sent for"
	case !slices.ContainsFunc(c.Keys.Accounts, func(a keysfile.Account) bool {
		return a.Opaque == env.Account && a.Key == env.Key && !r.Time.Before(a.From) && (a.Until.IsZero() || r.Time.Before(a.Until))
	}):
		return env, nil, "the key that signed it was not the account's when the log took it"
	}
	return env, payload, ""
}

// answer makes the event of an answer to a visit. Why not is a sentence, or empty.
func (c *Collector) answer(env envelope.Envelope, payload []byte, at int64, r auditlog.Record) (e event.Event, why string) {
	if env.Kind != response.Kind {
		return e, fmt.Sprintf("despatch does not know what to do with a deposit of kind %q; a newer one may", env.Kind)
	}
	said, err := response.Parse(payload)
	if err != nil {
		return e, err.Error()
	}
	urn, known := c.schools[env.School]
	record, there := c.records[env.Subject]
	switch {
	case !known:
		return e, "it is for a school that content/schools does not have"
	case !there:
		return e, "it answers a record that content/visits does not have"
	case env.FormHash != "" || env.Supersedes != "":
		return e, "it names a form or an earlier deposit, which an answer to a visit does not"
	}
	entry := source.Entry{Path: record}
	if school, err := c.folder.SchoolOf(entry); err != nil || school != urn {
		return e, fmt.Sprintf("it answers a record of another school than its sender's (%s)", urn)
	}
	if !c.couldRead(env, urn, r.Slot) {
		return e, "its sender did not hold the key of the school's reports, so could not have read the record"
	}
	id, _ := entry.VisitID()
	sum := sha256.Sum256(payload)
	return event.Event{
		Format: 1, Kind: event.Responded, Record: id, Time: r.Time, School: urn, Account: r.Account, Judgement: said.Answer,
		Payload: hex.EncodeToString(sum[:]), Subject: env.SubjectHash, Deposit: r.Deposit, Leaf: int(at),
	}, ""
}

// couldRead tells by the slot that the sender held the key of the school's reports:
// that of now, or an earlier one if they still may read them.
func (c *Collector) couldRead(env envelope.Envelope, urn, slot string) bool {
	full := access.Compartment{School: urn, Kind: access.Visits.Kind(access.Full)}
	now := c.epoch(full)
	for epoch := now; epoch > 0; epoch-- {
		if slot == envelope.Slot(c.Naming.Secret(full.ID(), epoch), env.Subject, env.SubjectHash, 1) {
			return epoch == now || c.mayRead(env.Account, full)
		}
	}
	return false
}

// mayRead looks an account up in the roster as it stands.
func (c *Collector) mayRead(account string, to access.Compartment) bool {
	for _, code := range c.site.AccountCodes() {
		if naming.OpaqueAccount(code) == account {
			return slices.Contains(c.site.Holdings(c.site.Accounts[code]), to)
		}
	}
	return false
}
