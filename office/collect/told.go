package collect

import (
	"cmp"
	"errors"
	"io/fs"
	"strings"

	"despatch/internal/envelope"
	"despatch/internal/strictyaml"
	"despatch/records/event"
)

// officeOnly is between what a sender may read of a reason and what is for the office
// alone: codes and addresses of other people, and the office's own files.
const officeOnly = " (for the office: "

// forOffice is that part of a reason.
func forOffice(what string) string { return officeOnly + what + ")" }

// tell writes the event by which people at the school read that a deposit was not
// taken, and why. Of one that nobody opened or that its account did not sign, the box's
// word says whose it is. One that is there stays as it is: the reason was told.
func (c *Collector) tell(b *batch, o opened, why string) error {
	urn := c.schools[o.record.School]
	if urn == "" || o.env.Kind == envelope.Opened {
		return nil // no school has it; or it is no word of anybody's
	}
	return c.refused(b, event.Event{
		Format: 1, Record: event.Accounts, Time: o.record.Time, School: urn, Account: o.record.Account, What: cmp.Or(plainly(o.env.Kind), unknownKind),
		Deposit: o.record.Deposit, Leaf: int(o.leaf),
	}, told(why))
}

// unknownKind is what a deposit is that nobody could open.
const unknownKind = "unknown"

// told is a reason without what is for the office alone, in words of people at schools.
func told(why string) string {
	why, _, _ = strings.Cut(why, officeOnly)
	return inPlain.Replace(why)
}

var inPlain = strings.NewReplacer(
	"that content/schools does not have", "that the authority does not have",
	"that content/visits does not have", "that the authority does not have",
	"that content/returns does not have", "that the authority does not have",
	"content/accounts has no account of its sender's", "the authority has no account of its sender's",
)

// refused writes the event of a deposit that was not taken.
func (c *Collector) refused(b *batch, e event.Event, why string) error {
	e.Kind, e.Payload, e.Subject, e.Reason = event.Refused, "", "", plainly(why)
	name := event.LeafPath(e.Kind, e.Time, e.Leaf)
	if _, err := b.read(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	data, err := strictyaml.Encode(&e)
	if err != nil {
		return err
	}
	b.write(name, data)
	return nil
}
