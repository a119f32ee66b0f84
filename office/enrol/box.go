package enrol

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"despatch/generator/source"
	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
	"despatch/internal/keysfile"
	"despatch/internal/naming"
	"despatch/internal/register"
	"despatch/internal/sshsig"
	"despatch/office/roster"
)

// services are the authority's inboxes: for what schools send to its services, for
// data returns and for answers to visits, sorted as the keys file has them.
var services = []string{"documents", "returns", "visits"}

// A Box is a drop-box as it names itself: the three lines that despatchbox init
// prints.
type Box struct {
	Origin  string
	Log     string // C2SP verifier key
	Receipt sshsig.PublicKey
}

// ParseBox reads what despatchbox init prints.
func ParseBox(text []byte) (*Box, error) {
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) != 3 {
		return nil, fmt.Errorf("it has %d lines (want the three that despatchbox init prints: box, log, receipt)", len(lines))
	}
	var b Box
	var receipt string
	for i, l := range []struct {
		word string
		to   *string
	}{{"box", &b.Origin}, {"log", &b.Log}, {"receipt", &receipt}} {
		value, ok := strings.CutPrefix(lines[i], l.word+" ")
		if !ok {
			return nil, fmt.Errorf("line %d does not begin with %s (want the lines that despatchbox init prints)", i+1, l.word)
		}
		*l.to = value
	}
	var err error
	if b.Receipt, err = sshsig.ParsePublicKey(receipt); err != nil {
		return nil, fmt.Errorf("line 3: %w", err)
	}
	return &b, nil
}

// SetBox names the drop-box from now on: it makes the services' inboxes and the
// key with which this machine collects, where they are missing, and signs the keys
// file and the register. Keys of an earlier box stay, for its receipts do.
func (o *Office) SetBox(site *source.Site, b *Box, now time.Time) error {
	switch at := site.Settings.Portal.Box; at {
	case b.Origin:
	case "":
		return fmt.Errorf("despatch.yaml names no drop-box: say portal.box: %s in it", b.Origin)
	default:
		return fmt.Errorf("despatch.yaml says portal.box: %s, and the drop-box calls itself %s: make one of them right", at, b.Origin)
	}
	o.box = b
	return o.SignKeys(site, now)
}

// addBox fills in the drop-box's lines.
func (o *Office) addBox(k *keysfile.Keys, site *source.Site) error {
	if k.Box = site.Settings.Portal.Box; k.Box == "" {
		return nil // its keys stay: receipts outlive a box
	}
	if o.box != nil {
		k.Logs, k.Receipts = slices.Clone(k.Logs), slices.Clone(k.Receipts)
		if !slices.Contains(k.Logs, o.box.Log) {
			k.Logs = append(k.Logs, o.box.Log)
		}
		if !slices.Contains(k.Receipts, o.box.Receipt) {
			k.Receipts = append(k.Receipts, o.box.Receipt)
		}
	}
	if len(k.Logs) == 0 {
		return nil // no drop-box yet that could take anything
	}
	if _, err := o.Collector(); errors.Is(err, fs.ErrNotExist) {
		if err := o.newCollector(); err != nil {
			return err
		}
	}
	k.Inboxes = slices.DeleteFunc(slices.Clone(k.Inboxes), func(i keysfile.Inbox) bool { return slices.Contains(services, i.Service) })
	for _, service := range services {
		inbox, err := o.inbox(service)
		if err != nil {
			return err
		}
		k.Inboxes = append(k.Inboxes, keysfile.Inbox{Service: service, Recipient: inbox.Recipient()})
	}
	return nil
}

// inbox gives the identity of a service's inbox, and makes it where there is none.
func (o *Office) inbox(service string) (keyring.Key, error) {
	b, err := o.openBundle(buildkeys.Inboxes)
	if errors.Is(err, fs.ErrNotExist) {
		b, err = &keyring.Bundle{School: buildkeys.Inboxes}, nil
	}
	if err != nil {
		return keyring.Key{}, err
	}
	if k, ok := b.Find(service); ok {
		return k.Key, nil
	}
	if err := b.Renew(service); err != nil {
		return keyring.Key{}, err
	}
	if err := o.writeBundle(b); err != nil {
		return keyring.Key{}, err
	}
	k, _ := b.Find(service)
	return k.Key, nil
}

// OpenInbox opens the inbox of a service. There is none before a drop-box was
// named.
func (o *Office) OpenInbox(service string) (keyring.Key, error) {
	b, err := o.openBundle(buildkeys.Inboxes)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return keyring.Key{}, err
	}
	if err == nil {
		if k, ok := b.Find(service); ok {
			return k.Key, nil
		}
	}
	return keyring.Key{}, fmt.Errorf("there is no inbox %s yet: name the drop-box with despatch keys --box FILE", service)
}

func (o *Office) newCollector() error {
	key, err := newSigningKey("despatch collector key")
	if err != nil {
		return err
	}
	return writeSecret(o.dir, buildkeys.CollectorFile, key.text)
}

// Collector is the public half of the key with which this machine collects.
func (o *Office) Collector() (sshsig.PublicKey, error) {
	key, err := buildkeys.LoadCollector(o.dir)
	if err != nil {
		return sshsig.PublicKey{}, err
	}
	return sshsig.PublicOf(key), nil
}

// writeRegister signs the drop-box's register under its next serial when it no
// longer says what holds, and notes the roster: who may deposit for which school, by opaque names.
func (o *Office) writeRegister(site *source.Site, k *keysfile.Keys, now time.Time) error {
	collector, err := o.Collector()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // no drop-box yet
	}
	if err != nil {
		return err
	}
	if _, err := roster.Note(o.dir, site, now); err != nil {
		return err
	}
	next := &register.Register{Date: seconds(now), Root: o.root}
	next.Accounts = append(next.Accounts, register.Account{Opaque: naming.OpaqueCollector(collector.String()), State: register.Collector, Key: collector})
	listed := make(map[string]bool)
	for _, code := range site.AccountCodes() {
		opaque := naming.OpaqueAccount(code)
		i := slices.IndexFunc(k.Accounts, func(a keysfile.Account) bool { return a.Opaque == opaque && a.Until.IsZero() })
		if i < 0 {
			continue // no keys, or none any more
		}
		a := register.Account{Opaque: opaque, State: register.Active, Quota: site.Settings.Sending.AccountMiB(), Key: k.Accounts[i].Key}
		for _, p := range site.Accounts[code].Schools {
			if site.Schools[p.School] != nil {
				a.Schools = append(a.Schools, o.naming.School(p.School))
				listed[o.naming.School(p.School)] = true
			}
		}
		next.Accounts = append(next.Accounts, a)
	}
	for school := range listed {
		next.Schools = append(next.Schools, register.School{Opaque: school, Quota: site.Settings.Sending.SchoolMiB()})
	}
	return o.signRegister(next)
}

// signRegister writes the register unless the one that stands says the same.
func (o *Office) signRegister(next *register.Register) error {
	held, err := os.ReadFile(filepath.Join(o.dir, filepath.FromSlash(buildkeys.RegisterFile)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	next.Serial = 1
	if err == nil {
		old, err := register.Parse(held, o.root)
		if err != nil {
			return fmt.Errorf("%s: %w; put it back from its backup, or delete it if the drop-box never had one", buildkeys.RegisterFile, err)
		}
		next.Serial = old.Serial
		date := next.Date
		next.Date = old.Date
		if string(register.Format(next, o.rootKey)) == string(held) {
			return nil
		}
		next.Serial, next.Date = old.Serial+1, date
	}
	signed := register.Format(next, o.rootKey)
	if _, err := register.Parse(signed, o.root); err != nil {
		return err
	}
	return writePublic(o.dir, buildkeys.RegisterFile, signed)
}

// sameBox tells whether two keys files name the same drop-box.
func sameBox(a, b *keysfile.Keys) bool {
	return a.Box == b.Box && slices.Equal(a.Logs, b.Logs) && slices.Equal(a.Receipts, b.Receipts) && slices.Equal(a.Inboxes, b.Inboxes)
}
