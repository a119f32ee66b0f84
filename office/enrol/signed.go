package enrol

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"time"

	"despatch/generator/source"
	"despatch/internal/buildkeys"
	"despatch/internal/keysfile"
	"despatch/internal/sshsig"
)

// SignKeys signs the keys file under its next serial when it no longer says what
// holds: the head key of this machine, the address of the drop-box, and the
// signing keys of accounts. A key that was replaced or taken away keeps its line,
// with the end of its period. Nothing is written when nothing changed.
func (o *Office) SignKeys(site *source.Site, now time.Time) error {
	_, old, err := buildkeys.LoadSigned(o.dir, o.root)
	if err != nil {
		return err
	}
	next := *old
	next.Heads, next.Accounts = slices.Clone(old.Heads), slices.Clone(old.Accounts)
	next.Box = site.Settings.Portal.Box
	if err := o.addHead(&next); err != nil {
		return err
	}
	if err := o.addAccounts(&next, seconds(now)); err != nil {
		return err
	}
	if next.Box == old.Box && slices.Equal(next.Heads, old.Heads) && slices.EqualFunc(next.Accounts, old.Accounts, sameAccount) {
		return nil
	}
	next.Serial++
	next.Date = seconds(now)
	signed := keysfile.Format(&next, o.rootKey)
	if _, err := keysfile.Parse(signed, o.root); err != nil {
		return err
	}
	return writePublic(o.dir, buildkeys.KeysFile, signed)
}

func (o *Office) addHead(k *keysfile.Keys) error {
	text, err := buildkeys.ReadSecret(o.dir, buildkeys.HeadKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // this machine enrols and does not build
	}
	if err != nil {
		return err
	}
	head, err := sshsig.ParsePrivate(text)
	if err != nil {
		return err
	}
	if pub := sshsig.PublicOf(head); !k.IsHead(pub) {
		k.Heads = append(k.Heads, pub)
	}
	return nil
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
