package collect

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"despatch/generator/source"
	"despatch/internal/strictyaml"
	"despatch/records/access"
	"despatch/records/calendar"
	"despatch/records/datareturn"
	"despatch/records/event"
)

// mostVersions is how often a school may answer one return.
const mostVersions = 256

// A completion is a return of a school.
type completion struct{ record, school string }

// loadReturns reads the data returns and what schools have sent for them, once.
func (c *Collector) loadReturns() {
	if c.returns != nil {
		return
	}
	c.returns, c.first = make(map[string]*source.Return), make(map[completion]int)
	common, _ := c.folder.Common(c.listing, c.site)
	for i := range common.Returns {
		f := &common.Returns[i]
		c.returns[c.Naming.Item(f.ID)] = f
		for _, d := range f.Done {
			if d.Version > 0 {
				c.first[completion{f.ID, d.School}] = d.FirstLeaf
			}
		}
	}
}

// takeReturn turns a data return into an event. One that breaks a rule is kept, is
// told here and on the school's page, and changes nothing else (row M5).
func (c *Collector) takeReturn(b *batch, o opened, done *Summary) error {
	c.loadReturns()
	urn, known := c.schools[o.env.School]
	f := c.returns[o.env.Subject]
	switch {
	case !known:
		return c.hold(b, o, "it is for a school that content/schools does not have")
	case f == nil:
		return c.hold(b, o, "it completes a data return that content/returns does not have")
	}
	sum := sha256.Sum256(o.payload)
	e := event.Event{
		Format: 1, Kind: event.Returned, Record: f.ID, Time: o.record.Time, School: urn, Account: o.env.Account,
		Payload: hex.EncodeToString(sum[:]), Subject: o.env.FormHash, Deposit: o.record.Deposit, Leaf: int(o.leaf),
	}
	if c.wasTaken(b, e) { // what was taken stays, whatever was changed about the form since
		return c.keep(b, o, e, done)
	}
	if why := cmp.Or(c.mayReturn(f, urn, o), c.inTime(f, urn, o), wrongAnswers(f, o)); why != "" {
		if err := c.refused(b, e, why); err != nil {
			return err
		}
		return c.holdOf(b, o, f.ID, why)
	}
	if first, ok := c.first[completion{f.ID, urn}]; !ok || first > e.Leaf {
		c.first[completion{f.ID, urn}] = e.Leaf
	}
	return c.keep(b, o, e, done)
}

// wasTaken tells whether there is this very event already.
func (c *Collector) wasTaken(b *batch, e event.Event) bool {
	want, err := strictyaml.Encode(&e)
	if err != nil {
		return false
	}
	held, err := b.read(event.LeafPath(e.Kind, e.Time, e.Leaf))
	return err == nil && string(held) == string(want)
}

// mayReturn says why a deposit's sender may not complete a return for a school, or
// nothing: by the slot they held the key of its returns, and by the roster of
// then they had a role that the form names (row P24).
func (c *Collector) mayReturn(f *source.Return, urn string, o opened) string {
	full := access.Compartment{School: urn, Kind: access.Returns.Kind(access.Full)}
	n := c.version(full, o, mostVersions)
	a := c.account(o.record)
	switch {
	case f.Group != "" && !c.site.Vocabulary.GroupHas(f.Group, urn, c.site.TagsOf(urn)):
		return "the return is not for this school"
	case o.env.FormHash == "" || o.env.FormHash != o.env.SubjectHash:
		return "it does not name the form that it answers"
	case n == 0:
		return "its sender did not hold the key of the school's returns"
	case (n == 1) != (o.env.Supersedes == ""):
		return "it does not name what it replaces"
	case a == nil || !slices.ContainsFunc(a.Schools, func(p access.Place) bool {
		return p.School == urn && c.site.Vocabulary.Right(p, access.Returns) == access.Full &&
			slices.ContainsFunc(p.Roles, func(role string) bool { return slices.Contains(f.Roles, role) })
	}):
		return "its sender has no role that may complete this return (" + strings.Join(f.Audience, ", ") + ")"
	}
	return ""
}

// inTime says why a return came at a time at which it is not taken, or nothing: the
// first one until the form's last day, another until it is due.
func (c *Collector) inTime(f *source.Return, urn string, o opened) string {
	at := o.record.Time
	first, before := c.first[completion{f.ID, urn}]
	switch {
	case f.PublishedAt.IsZero() || at.Before(f.PublishedAt):
		return "the return was not published yet"
	case !f.WithdrawnAt.IsZero() && !at.Before(f.WithdrawnAt):
		return "the return was withdrawn on " + calendar.On(f.WithdrawnAt).Short()
	case before && int64(first) < o.leaf && !at.Before(f.Due.End()):
		return "what was sent could be changed until " + f.Due.Short() + " only; what the school sent before stays"
	case !at.Before(f.ClosesOn().End()):
		return "the return was closed after " + f.ClosesOn().Short()
	}
	return ""
}

// mostTold is how many broken rules a reason names.
const mostTold = 5

// wrongAnswers says what about the answers breaks the form's rules, or nothing. It
// repeats no answer: reasons stand in events/, and answers only in vault/.
func wrongAnswers(f *source.Return, o opened) string {
	a, err := f.Read(o.payload)
	if err != nil && o.env.FormHash != f.Hash() {
		return "it answers an earlier form than the one that stands, and does not fit this one"
	}
	if err != nil {
		return err.Error()
	}
	var wrong []string
	for _, x := range f.Findings(a, calendar.On(o.record.Time)) {
		switch {
		case x.Query != "":
		case strings.HasPrefix(x.At, "explain."):
			wrong = append(wrong, "an unusual answer is not explained")
		default:
			wrong = append(wrong, x.Text)
		}
	}
	if len(wrong) == 0 {
		return ""
	}
	told := strings.Join(wrong[:min(len(wrong), mostTold)], "; ")
	if more := len(wrong) - mostTold; more > 0 {
		told += fmt.Sprintf("; and %d more", more)
	}
	return "it breaks the form's rules: " + told
}

// settle lets go of refused returns that the school has put right since: nobody
// needs to look at them any more. Deposit and event stay.
func (c *Collector) settle() error {
	held, err := ReadHeld(c.Dir)
	if err != nil {
		return err
	}
	held = slices.DeleteFunc(held, func(h Held) bool { return h.Kind != datareturn.Kind || h.Record == "" })
	if len(held) == 0 {
		return nil
	}
	listing, _, err := c.folder.Scan()
	if err != nil {
		return err
	}
	common, _ := c.folder.Common(listing, c.site)
	b := c.newBatch()
	defer b.abandon()
	for _, h := range held {
		for i := range common.Returns {
			if d, ok := common.Returns[i].DoneBy(h.School); ok && common.Returns[i].ID == h.Record && d.Leaf > h.Leaf {
				b.remove(heldFile(int64(h.Leaf)))
			}
		}
	}
	return b.sync()
}
