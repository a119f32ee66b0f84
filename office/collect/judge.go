package collect

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"despatch/generator/source"
	"despatch/internal/address"
	"despatch/internal/auditlog"
	"despatch/internal/envelope"
	"despatch/internal/keyring"
	"despatch/internal/keysfile"
	"despatch/internal/passkey"
	"despatch/internal/permission"
	"despatch/internal/response"
	"despatch/internal/strictyaml"
	"despatch/records/access"
	"despatch/records/datareturn"
	"despatch/records/event"
	"despatch/records/sending"
)

// take turns one deposit into an event, or keeps it as held.
func (c *Collector) take(b *batch, at int64, o opened, why string, done *Summary) error {
	o.leaf = at
	if why != "" {
		return c.hold(b, o, why)
	}
	switch {
	case o.env.Kind == datareturn.Kind && o.service == returnsInbox:
		return c.takeReturn(b, o, done)
	case o.env.Kind == envelope.Opened || o.env.Kind == envelope.Withdrawal:
		return c.takeNote(b, o, done)
	}
	if o.env.Kind == address.Kind && o.service == documentsInbox {
		return c.takeAddress(b, o, done)
	}
	if o.env.Kind == permission.Kind && o.service == documentsInbox {
		return c.takePermission(b, o, done)
	}
	if o.env.Kind == passkey.Kind && o.service == documentsInbox {
		return c.takePasskey(b, o, done)
	}
	if o.env.Kind == sending.Kind && o.service == documentsInbox {
		payload, end := openInMemory(o.payload)
		return c.takeSending(b, o, payload, end, done)
	}
	e, why := c.answer(o)
	if why != "" {
		return c.hold(b, o, why)
	}
	return c.keep(b, o, e, done)
}

// keep takes a deposit whose event is e, once for each submission.
func (c *Collector) keep(b *batch, o opened, e event.Event, done *Summary) error {
	b.remove(heldFile(o.leaf))
	again, err := c.sentBefore(b, o.env, o.leaf)
	if again || err != nil {
		return err
	}
	b.keepEnvelope(e.Deposit, o.signed)
	return c.record(b, e, o.payload, done)
}

// record writes an event and what it stands for. The same event again is none.
func (c *Collector) record(b *batch, e event.Event, payload []byte, done *Summary) error {
	data, err := strictyaml.Encode(&e)
	if err != nil {
		return err
	}
	name := event.LeafPath(e.Kind, e.Time, e.Leaf)
	held, err := b.read(name)
	if err == nil && string(held) != string(data) {
		return fmt.Errorf("%s is there and says something else than the log: put it back from version control, or find out who changed it", name)
	}
	if e.Payload != "" {
		b.write(source.PayloadPath(e.Payload), payload)
	}
	if err == nil {
		return nil
	}
	b.write(name, data)
	done.Taken = append(done.Taken, Collected{File: name, Record: e.Record, School: e.School, Answer: cmp.Or(e.Judgement, string(e.Kind))})
	return nil
}

// inbox opens the inbox once.
func (c *Collector) inbox(service string) (keyring.Key, error) {
	c.opening.Lock()
	defer c.opening.Unlock()
	if k, ok := c.inboxes[service]; ok {
		return k, nil
	}
	k, err := c.Open(service)
	if err == nil {
		c.inboxes[service] = k
	}
	return k, err
}

// The services whose inboxes are collected from.
const (
	visitsInbox    = "visits"
	returnsInbox   = "returns"
	documentsInbox = "documents"
)

// An opened deposit is one that its sender's key signed for this place.
type opened struct {
	leaf    int64
	record  auditlog.Record
	service string // whose inbox it came through
	env     envelope.Envelope
	payload []byte
	signed  []byte // the envelope, as its sender signed it
}

// unseal opens a deposit with the key of the inbox that it was sealed to: nothing
// outside it says which that is.
func (c *Collector) unseal(sealed []byte) (through keysfile.Inbox, plain []byte, err error) {
	for _, i := range c.inboxesInTurn() {
		key, err := c.inbox(i.Service)
		if err != nil {
			return through, nil, err
		}
		if plain, err := key.Open(sealed); err == nil {
			return i, plain, nil
		}
	}
	return through, nil, nil
}

// inboxesInTurn are the inboxes that are collected from, those first that most is sent
// to: each try costs a decapsulation.
func (c *Collector) inboxesInTurn() (all []keysfile.Inbox) {
	for _, service := range []string{returnsInbox, visitsInbox, documentsInbox} {
		for _, i := range c.Keys.Inboxes {
			if i.Service == service {
				all = append(all, i)
			}
		}
	}
	return all
}

// open opens a deposit and checks that it is where its sender put it: this inbox,
// this account with the key that it had when the log took it, this school. Why not
// is a sentence, or empty.
func (c *Collector) open(r auditlog.Record, sealed []byte) (o opened, why string, err error) {
	o.record = r
	through, plain, err := c.unseal(sealed)
	if err != nil {
		return o, "", err
	}
	if through.Service == "" {
		return o, "it cannot be opened with the key of any inbox of the authority", nil
	}
	o.service = through.Service
	env, payload, err := envelope.Open(plain)
	if err != nil {
		return o, err.Error(), nil
	}
	if why := c.misplaced(r, env, through); why != "" {
		return o, why, nil
	}
	o.env, o.payload, o.signed = env, payload, envelope.Signed(plain)
	return o, "", nil
}

// kinds are those that have an inbox here.
var kinds = []string{response.Kind, datareturn.Kind, sending.Kind, address.Kind, permission.Kind, passkey.Kind}

// answer makes the event of an answer to a visit. Why not is a sentence, or empty.
func (c *Collector) answer(o opened) (e event.Event, why string) {
	env, r := o.env, o.record
	switch {
	case !slices.Contains(kinds, env.Kind):
		return e, fmt.Sprintf("despatch does not know what to do with a deposit of kind %q; a newer one may", env.Kind)
	case env.Kind != response.Kind || o.service != visitsInbox:
		return e, fmt.Sprintf("it came through the inbox %s, which takes no deposit of kind %q", o.service, env.Kind)
	}
	said, err := response.Parse(o.payload)
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
	case env.FormHash != "":
		return e, "it names a form, which an answer to a visit does not"
	}
	entry := source.Entry{Path: record}
	if school, err := c.folder.SchoolOf(entry); err != nil || school != urn {
		return e, fmt.Sprintf("it answers a record of another school than its sender's (%s)", urn)
	}
	n := c.version(reportsOf(urn), o, mostVersions)
	switch {
	case n == 0:
		return e, "its sender did not hold the key of the school's reports, so could not have read the record"
	case (n == 1) != (env.Supersedes == ""):
		return e, "it does not name the answer that was taken back before it, or names one where there was none"
	}
	id, _ := entry.VisitID()
	sum := sha256.Sum256(o.payload)
	return event.Event{
		Format: 1, Kind: event.Responded, Record: id, Time: r.Time, School: urn, Account: r.Account, Judgement: said.Answer,
		Payload: hex.EncodeToString(sum[:]), Subject: env.SubjectHash, Deposit: r.Deposit, Leaf: int(o.leaf),
	}, ""
}

// reportsOf is the compartment of a school's reports.
func reportsOf(urn string) access.Compartment {
	return access.Compartment{School: urn, Kind: access.Visits.Kind(access.Full)}
}

// version tells by the slot which version of an answer a deposit is, up to a number
// of them, and 0 where its sender did not hold the compartment's key: that of now,
// or an earlier one if they might then.
func (c *Collector) version(of access.Compartment, o opened, most int) int {
	env, slot := o.env, o.record.Slot
	version := 0
	if !c.held(of, o.record, func(secret [32]byte) bool {
		for n := 1; n <= most && version == 0; n++ {
			if slot == envelope.Slot(secret, env.Subject, env.SubjectHash, n) {
				version = n
			}
		}
		return version > 0
	}) {
		return 0
	}
	return version
}

// held tells whether an account held a compartment's key under which a slot was made:
// that of now, or an earlier one if they might hold it when the log took the deposit.
func (c *Collector) held(of access.Compartment, r auditlog.Record, made func(secret [32]byte) bool) bool {
	now := c.epoch(of)
	for epoch := now; epoch > 0; epoch-- {
		if made(c.Naming.Secret(of.ID(), epoch)) {
			return epoch == now || c.mayRead(r, of)
		}
	}
	return false
}

// mayRead tells whether who sent a deposit might read a compartment then.
func (c *Collector) mayRead(r auditlog.Record, to access.Compartment) bool {
	a := c.account(r)
	return a != nil && slices.Contains(c.site.Holdings(a), to)
}

// account is who sent a deposit, as the roster had them when the log took it, or nil.
func (c *Collector) account(r auditlog.Record) *access.Account {
	return c.roster.At(r.Account, r.Time)
}
