package collect

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"despatch/generator/source"
	"despatch/internal/auditlog"
	"despatch/internal/envelope"
	"despatch/internal/keysfile"
	"despatch/internal/refusal"
	"despatch/records/access"
	"despatch/records/event"
	"despatch/records/sending"
)

// takeSealed takes a deposit that was brought.
func (c *Collector) takeSealed(b *batch, at int64, r auditlog.Record, s sealedDeposit, done *Summary) error {
	if s.file == "" {
		o, why := s.opened, s.why
		if !s.isOpened {
			var err error
			if o, why, err = c.open(r, s.bytes); err != nil {
				return err
			}
		}
		return c.take(b, at, o, why, done)
	}
	f, err := s.open()
	if err != nil {
		return err
	}
	defer f.Close()
	return c.takeLarge(b, at, r, f, done)
}

// takeLarge is take for a deposit that is too much to hold: only what is sent to a
// service may be.
func (c *Collector) takeLarge(b *batch, at int64, r auditlog.Record, sealed io.ReadSeeker, done *Summary) error {
	o := opened{leaf: at, record: r}
	through, plain, err := c.unsealFrom(sealed)
	if err != nil {
		return err
	}
	if through.Service == "" {
		return c.hold(b, o, "it cannot be opened with the key of any inbox of the authority")
	}
	in, err := envelope.Begin(plain)
	if err != nil {
		return c.holdUnlessDisk(b, o, err)
	}
	if why := c.misplaced(r, in.Envelope, through); why != "" {
		return c.hold(b, o, why)
	}
	o.service, o.env, o.signed = through.Service, in.Envelope, in.Signed
	if o.env.Kind != sending.Kind || o.service != documentsInbox {
		return c.hold(b, o, fmt.Sprintf("despatch does not know what to do with a deposit of kind %q and of %d bytes", o.env.Kind, r.Size))
	}
	return c.takeSending(b, o, in, in.End, done)
}

// unsealFrom is unseal for what is too much to hold.
func (c *Collector) unsealFrom(sealed io.ReadSeeker) (through keysfile.Inbox, plain io.Reader, err error) {
	for _, i := range c.inboxesInTurn() {
		key, err := c.inbox(i.Service)
		if err != nil {
			return through, nil, err
		}
		if _, err := sealed.Seek(0, io.SeekStart); err != nil {
			return through, nil, err
		}
		switch plain, err := key.OpenFrom(sealed); {
		case err == nil:
			return i, plain, nil
		case !isRefused(err):
			return through, nil, err
		}
	}
	return through, nil, nil
}

// isRefused tells what is wrong with a deposit from what is wrong with the disk.
func isRefused(err error) bool {
	return errors.Is(err, refusal.Malformed) || errors.Is(err, refusal.Locked)
}

func (c *Collector) holdUnlessDisk(b *batch, o opened, err error) error {
	if _, isDisk := errors.AsType[*os.PathError](err); isDisk {
		return err
	}
	return c.hold(b, o, err.Error())
}

// takeSending turns what a school sends to a service into an event and files. payload
// is what was sent; end tells whether it was what the sender signed.
func (c *Collector) takeSending(b *batch, o opened, payload io.Reader, end func() error, done *Summary) error {
	urn, known := c.schools[o.env.School]
	switch {
	case !known:
		return c.hold(b, o, "it is for a school that content/schools does not have")
	case o.env.Subject != "":
		return c.hold(b, o, "it names a record, which documents for a service do not")
	case !c.mayRead(o.record, access.Compartment{School: urn, Kind: access.Documents.Kind(access.Full)}):
		return c.hold(b, o, "its sender may not read, so may not send, documents of the school")
	}
	letter, err := c.unpack(b, o.env, payload, end)
	if err != nil {
		return c.holdUnlessDisk(b, o, err)
	}
	return c.keep(b, o.with(letter), event.Event{
		Format: 1, Kind: event.Sent, Record: event.Documents, Time: o.record.Time, School: urn, Account: o.env.Account,
		Payload: sending.Sum(letter), Deposit: o.record.Deposit, Leaf: int(o.leaf),
	}, done)
}

func (o opened) with(payload []byte) opened {
	o.payload = payload
	return o
}

// unpack reads a letter and puts the files that follow it into the vault, each under
// its own SHA-256. Of a payload that is not as it should be nothing is kept.
func (c *Collector) unpack(b *batch, env envelope.Envelope, payload io.Reader, end func() error) (text []byte, err error) {
	from := bufio.NewReader(payload)
	if text, err = readLetter(from); err != nil {
		return nil, err
	}
	if sending.Sum(text) != env.FormHash {
		return nil, refusal.Mismatch.Errorf("letter: it is not the one that its sender's envelope names")
	}
	letter, err := sending.Parse(text)
	if err != nil {
		return nil, err
	}
	if letter.Size(len(text)) != int64(env.PayloadSize) {
		return nil, refusal.Malformed.Errorf("letter: the files that it lists are not as long as what follows it")
	}
	var temps []string
	defer func() {
		if err != nil {
			for _, t := range temps {
				err = errors.Join(err, os.Remove(t))
			}
		}
	}()
	for _, f := range letter.Files {
		sum := sha256.New()
		temp, err := b.vault.Stream(io.TeeReader(io.LimitReader(from, f.Size), sum))
		if err != nil {
			return nil, err
		}
		temps = append(temps, temp)
		if hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
			return nil, refusal.Mismatch.Errorf("letter: the file %.100q is not the one that it lists", f.Name)
		}
	}
	if err := end(); err != nil {
		return nil, err
	}
	for i, f := range letter.Files {
		b.adopt(temps[i], source.SentFilePath(f.SHA256))
	}
	return text, nil
}

// readLetter reads the two lines of a letter.
func readLetter(from *bufio.Reader) ([]byte, error) {
	var text []byte
	for range 2 {
		for {
			part, err := from.ReadSlice('\n')
			if text = append(text, part...); len(text) > sending.MostLetter {
				return nil, refusal.Malformed.Errorf("letter: it is longer than any may be")
			}
			if err == nil {
				break
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				return nil, cmp.Or(asRefusal(err), err)
			}
		}
	}
	return bytes.Clone(text), nil
}

// asRefusal is the refusal of what ends too early.
func asRefusal(err error) error {
	if errors.Is(err, io.EOF) {
		return refusal.Malformed.Errorf("letter: it breaks off")
	}
	return nil
}

// openInMemory is the payload of a deposit that was read whole, and checked.
func openInMemory(payload []byte) (io.Reader, func() error) {
	return bytes.NewReader(payload), func() error { return nil }
}

// misplaced says why a deposit is not where its sender put it: this inbox, this
// account with the key that it had when the log took it, this school.
func (c *Collector) misplaced(r auditlog.Record, env envelope.Envelope, through keysfile.Inbox) string {
	switch {
	case env.Inbox != envelope.Fingerprint(through.Recipient):
		return "its sender meant it for another inbox than the one it came through"
	case env.Account != r.Account:
		return "another account signed it than the one that sent it"
	case env.School != r.School:
		return "its sender meant it for another school than the one it was sent for"
	}
	for _, a := range c.keysOf[env.Account] {
		if a.Key == env.Key && !r.Time.Before(a.From) && (a.Until.IsZero() || r.Time.Before(a.Until)) {
			return ""
		}
	}
	return "the key that signed it was not the account's when the log took it"
}
