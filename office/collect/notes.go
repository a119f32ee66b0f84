package collect

import (
	"fmt"

	"despatch/generator/source"
	"despatch/internal/envelope"
	"despatch/records/access"
	"despatch/records/event"
)

// takeNote turns the word that somebody opened a record, or takes back what they
// sent, into an event. Whether it was in time to take it back is for the fold to say:
// an officer may have given more of it since.
func (c *Collector) takeNote(b *batch, o opened, done *Summary) error {
	if o.service == returnsInbox {
		c.loadReturns()
	}
	env := o.env
	urn, known := c.schools[env.School]
	e := event.Event{Format: 1, Kind: event.Opened, Time: o.record.Time, School: urn, Account: env.Account, Deposit: o.record.Deposit, Leaf: int(o.leaf)}
	var of access.Compartment
	var why string
	switch {
	case !known:
		why = "it is for a school that content/schools does not have"
	case len(o.payload) > 0 || env.FormHash != "" || (env.Kind == envelope.Withdrawal) != (env.Supersedes != ""):
		why = fmt.Sprintf("it holds more or less than a deposit of kind %q does", env.Kind)
	case o.service == visitsInbox:
		e.Record, why = c.visitOf(env.Subject, urn)
		of = reportsOf(urn)
	case env.Kind == envelope.Withdrawal && c.returns[env.Subject] != nil:
		e.Record = c.returns[env.Subject].ID
		of = access.Compartment{School: urn, Kind: access.Returns.Kind(access.Full)}
	default:
		why = fmt.Sprintf("it came through the inbox %s, which takes no deposit of kind %q of this record", o.service, env.Kind)
	}
	if why == "" && env.Kind == envelope.Withdrawal {
		e.Kind, e.Of = event.Retracted, env.Supersedes
		why = c.ownBefore(b, env)
	}
	if why == "" && !c.held(of, o.record, func(secret [32]byte) bool {
		if env.Kind == envelope.Withdrawal {
			return o.record.Slot == envelope.WithdrawalSlot(secret, env.Supersedes)
		}
		return o.record.Slot == envelope.OpenedSlot(secret, env.Account, env.Subject, env.SubjectHash)
	}) {
		why = "its sender did not hold the key of what it is about"
	}
	if why != "" {
		return c.hold(b, o, why)
	}
	if f := c.returns[env.Subject]; f != nil && o.record.Time.Before(f.Due.End()) {
		delete(c.first, completion{f.ID, urn}) // what comes next is a first answer again
	}
	return c.keep(b, o, e, done)
}

// visitOf finds a school's visit by its item id. Why not is a sentence, or empty.
func (c *Collector) visitOf(item, urn string) (id, why string) {
	record, there := c.records[item]
	if !there {
		return "", "it is about a record that content/visits does not have"
	}
	entry := source.Entry{Path: record}
	if school, err := c.folder.SchoolOf(entry); err != nil || school != urn {
		return "", fmt.Sprintf("it is about a record of another school than its sender's (%s)", urn)
	}
	id, _ = entry.VisitID()
	return id, ""
}

// ownBefore says why a withdrawal takes back nothing that its sender sent and that
// was taken, or nothing: what was taken left its signed envelope.
func (c *Collector) ownBefore(b *batch, env envelope.Envelope) string {
	signed, err := b.envelope(c.folder, env.Supersedes)
	if err != nil {
		return "it takes back a deposit that was not taken"
	}
	of, err := envelope.ParseSigned(signed)
	if err != nil || of.Account != env.Account || of.Subject != env.Subject || of.Kind == envelope.Opened || of.Kind == envelope.Withdrawal {
		return "it takes back what its sender did not send about this record"
	}
	return ""
}
