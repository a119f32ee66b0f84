package enrol

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"despatch/generator/source"
	"despatch/internal/buildkeys"
	"despatch/internal/keysfile"
	"despatch/internal/sshsig"
)

// SignKeys signs the keys file under its next serial when it no longer says what
// holds: the head key of this machine, the drop-box with its keys and inboxes, and the
// signing keys of accounts. A key that was replaced or taken away keeps its line,
// with the end of its period. The list of recipients is signed before it, the register
// for the drop-box after it. Nothing is written when nothing changed.
func (o *Office) SignKeys(site *source.Site, now time.Time) error {
	if err := o.signRecipients(); err != nil {
		return err
	}
	_, old, err := buildkeys.LoadSigned(o.dir, o.root)
	if err != nil {
		return err
	}
	next := *old
	next.Heads, next.Accounts = slices.Clone(old.Heads), slices.Clone(old.Accounts)
	next.Heads = slices.DeleteFunc(next.Heads, func(k sshsig.PublicKey) bool { return slices.Contains(o.dropped, k) })
	if err := o.addHead(&next); err != nil {
		return err
	}
	if err := o.addBox(&next, site); err != nil {
		return err
	}
	if err := o.addAccounts(&next, seconds(now)); err != nil {
		return err
	}
	if err := o.writeKeys(&next, old, now); err != nil {
		return err
	}
	return o.writeRegister(site, &next, now)
}

// writeKeys signs next under the next serial where it says something new.
func (o *Office) writeKeys(next, old *keysfile.Keys, now time.Time) error {
	if sameBox(next, old) && slices.Equal(next.Heads, old.Heads) && slices.EqualFunc(next.Accounts, old.Accounts, sameAccount) {
		return nil
	}
	next.Serial++
	next.Date = seconds(now)
	signed := keysfile.Format(next, o.rootKey)
	if _, err := keysfile.Parse(signed, o.root); err != nil {
		return err
	}
	if err := writePublic(o.dir, buildkeys.KeysFile, signed); err != nil {
		return err
	}
	o.serial = next.Serial
	return o.pin()
}

// signRecipients signs the list of recipients under its next serial when it is
// another than the one that stands.
func (o *Office) signRecipients() error {
	old, err := buildkeys.LoadSignedRecipients(o.dir, o.root)
	if err != nil {
		return err
	}
	if o.signed.Serial = old.Serial; o.signed.Same(old) {
		return nil
	}
	o.signed.Serial++
	if err := writePublic(o.dir, buildkeys.SignedFile, buildkeys.FormatSigned(o.signed, o.rootKey)); err != nil {
		return err
	}
	return o.pin()
}

// pin notes what this machine has now seen. A crash before it leaves a lower pin,
// which the next command moves on.
func (o *Office) pin() error {
	return buildkeys.SavePin(o.dir, buildkeys.Pin{Root: o.root, Keys: o.serial, Recipients: o.signed.Serial})
}

// NewHead gives this machine a new head key, which the keys file names instead of
// the one it had.
func (o *Office) NewHead(site *source.Site, now time.Time) error {
	old, err := o.headKey()
	switch {
	case err == nil:
		o.dropped = append(o.dropped, old)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	head, err := newSigningKey("despatch head key")
	if err != nil {
		return err
	}
	if err := writeSecret(o.dir, buildkeys.HeadKeyFile, head.text); err != nil {
		return err
	}
	return o.SignKeys(site, now)
}

// DropHead takes the head key of another machine out of the keys file.
func (o *Office) DropHead(site *source.Site, key sshsig.PublicKey, now time.Time) error {
	_, keys, err := buildkeys.LoadSigned(o.dir, o.root)
	if err != nil {
		return err
	}
	own, err := o.headKey()
	switch {
	case !keys.IsHead(key):
		return fmt.Errorf("the keys file names no head key %s", key)
	case err == nil && own == key:
		return errors.New("that is this machine's own head key: replace it with despatch keys --new-head")
	case len(keys.Heads) == 1:
		return errors.New("that is the only head key: make another first with despatch keys --new-head on the machine that builds")
	}
	o.dropped = append(o.dropped, key)
	return o.SignKeys(site, now)
}

// headKey is the public half of this machine's head key.
func (o *Office) headKey() (sshsig.PublicKey, error) {
	text, err := buildkeys.ReadSecret(o.dir, buildkeys.HeadKeyFile)
	if err != nil {
		return sshsig.PublicKey{}, err
	}
	head, err := sshsig.ParsePrivate(text)
	if err != nil {
		return sshsig.PublicKey{}, fmt.Errorf("%s: %w", buildkeys.HeadKeyFile, err)
	}
	return sshsig.PublicOf(head), nil
}

func (o *Office) addHead(k *keysfile.Keys) error {
	own, err := o.headKey()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // this machine enrols and does not build
	}
	if err == nil && !k.IsHead(own) {
		k.Heads = append(k.Heads, own)
	}
	return err
}

func (o *Office) addAccounts(k *keysfile.Keys, now time.Time) error {
	ids, err := buildkeys.Accounts(o.dir)
	if err != nil {
		return err
	}
	current := make(map[string]*buildkeys.Account, len(ids))
	for _, id := range ids {
		if current[id], err = buildkeys.LoadAccount(o.dir, id); err != nil {
			return err
		}
		if err := o.signed.CheckAccount(id, current[id]); err != nil {
			return err
		}
	}
	for i, line := range k.Accounts {
		a, ok := current[line.Opaque]
		switch {
		case ok && a.Signing == line.Key && line.Until.IsZero():
			delete(current, line.Opaque)
		case line.Until.IsZero():
			k.Accounts[i].Until = now
		}
	}
	for id, a := range current {
		k.Accounts = append(k.Accounts, keysfile.Account{Opaque: id, From: a.Since, Key: a.Signing})
	}
	slices.SortFunc(k.Accounts, func(a, b keysfile.Account) int {
		return cmp.Or(cmp.Compare(a.Opaque, b.Opaque), a.From.Compare(b.From))
	})
	return nil
}

func sameAccount(a, b keysfile.Account) bool {
	return a.Opaque == b.Opaque && a.Key == b.Key && a.From.Equal(b.From) && a.Until.Equal(b.Until)
}
