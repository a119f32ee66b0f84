package enrol

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"despatch/generator/source"
	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
	"despatch/internal/naming"
	"despatch/records/access"
)

// ring makes the ring of an account from what it may read now, and the list of it
// that can be read without a key.
func (o *Office) ring(site *source.Site, a *access.Account) (*keyring.Ring, []buildkeys.Holding, error) {
	r := &keyring.Ring{Account: naming.OpaqueAccount(a.Code), Holder: a.Name}
	var holds []buildkeys.Holding
	var b *keyring.Bundle
	for _, c := range site.Holdings(a) {
		if _, ok := site.Schools[c.School]; c.School != "" && !ok {
			return nil, nil, fmt.Errorf("account %s is at school %s, which content/schools does not have", access.FormatCode(a.Code), c.School)
		}
		if b == nil || b.School != cmp.Or(c.School, "-") {
			var err error
			if b, err = o.bundle(site, c.School); err != nil {
				return nil, nil, err
			}
		}
		k, ok := b.Find(c.Kind)
		if !ok {
			return nil, nil, fmt.Errorf("compartment %s has no key; run despatch keys --make", c.ID())
		}
		r.Places = append(r.Places, keyring.Place{
			Kind: c.Kind, School: b.School, Epoch: k.Epoch, Root: o.naming.Root(c.ID()),
			Secret: o.naming.Secret(c.ID(), k.Epoch), Key: k.Key,
		})
		holds = append(holds, buildkeys.Holding{Compartment: c, Epoch: k.Epoch})
	}
	return r, holds, nil
}

// writeRing seals the account's ring anew and notes what it holds.
func (o *Office) writeRing(site *source.Site, a *access.Account, keys *buildkeys.Account) error {
	if err := o.signed.CheckAccount(naming.OpaqueAccount(a.Code), keys); err != nil {
		return err
	}
	r, holds, err := o.ring(site, a)
	if err != nil {
		return err
	}
	sealed, err := keyring.SealRing(r, keys.Recipient)
	if err != nil {
		return err
	}
	now := *keys
	now.Holder, now.Holds = a.Name, holds
	text, err := buildkeys.FormatAccount(&now)
	if err != nil {
		return err
	}
	if err := writePublic(o.dir, buildkeys.RingPath(r.Account), sealed); err != nil {
		return err
	}
	return writePublic(o.dir, buildkeys.AccountPath(r.Account), text)
}

// A Drift is an account whose ring no longer fits what content/ says.
type Drift struct {
	Code string
	Name string
	Lost []access.Compartment // held, and no longer to be held
	Why  string               // in words, for a person
	Gone bool                 // there is no content/accounts file for it any more
}

// Drifts compares every ring with the site. It needs no passphrase: what a ring
// holds is noted beside it.
func Drifts(dir string, site *source.Site) ([]Drift, error) {
	ids, err := buildkeys.Accounts(dir)
	if err != nil {
		return nil, err
	}
	e := epochs{dir: dir}
	var drifts []Drift
	for _, id := range ids {
		keys, err := buildkeys.LoadAccount(dir, id)
		if err != nil {
			return nil, err
		}
		d, differs, err := e.drift(site, keys)
		if err != nil {
			return nil, err
		}
		if differs {
			drifts = append(drifts, d)
		}
	}
	slices.SortFunc(drifts, func(a, b Drift) int { return cmp.Compare(a.Code, b.Code) })
	return drifts, nil
}

// epochs looks up current epochs, a school at a time.
type epochs struct {
	dir       string
	own, last *buildkeys.Recipients
}

// of is 0 for a compartment without a key.
func (e *epochs) of(c access.Compartment) (int, error) {
	at := &e.last
	if c.School == "" {
		at = &e.own
	}
	if *at == nil || (*at).School != c.School {
		r, err := buildkeys.LoadRecipients(e.dir, c.School)
		if errors.Is(err, fs.ErrNotExist) {
			r, err = &buildkeys.Recipients{School: c.School}, nil
		}
		if err != nil {
			return 0, err
		}
		*at = r
	}
	l, _ := (*at).Find(c.Kind)
	return l.Epoch, nil
}

func (e *epochs) drift(site *source.Site, keys *buildkeys.Account) (d Drift, differs bool, err error) {
	d = Drift{Code: keys.Code, Name: keys.Holder}
	a, ok := site.Accounts[keys.Code]
	if !ok {
		d.Gone, d.Why = true, "has keys, and content/accounts has no file for it"
		return d, true, nil
	}
	want := site.Holdings(a)
	gained, aged := 0, 0
	for _, c := range want {
		epoch, err := e.of(c)
		if err != nil {
			return d, false, err
		}
		i := slices.IndexFunc(keys.Holds, func(h buildkeys.Holding) bool { return h.Compartment == c })
		switch {
		case i < 0:
			gained++
		case keys.Holds[i].Epoch != epoch:
			aged++
		}
	}
	for _, h := range keys.Holds {
		if !slices.Contains(want, h.Compartment) {
			d.Lost = append(d.Lost, h.Compartment)
		}
	}
	switch {
	case len(d.Lost) > 0:
		d.Why = fmt.Sprintf("may no longer read %d of its compartments", len(d.Lost))
	case gained > 0:
		d.Why = fmt.Sprintf("may read %d more compartments than its ring opens", gained)
	case aged > 0:
		d.Why = fmt.Sprintf("has old keys of %d compartments", aged)
	case a.Name != keys.Holder:
		d.Why = fmt.Sprintf("is now named %s", a.Name)
	default:
		return d, false, nil
	}
	return d, true, nil
}

// reRing seals every ring anew that no longer fits. Accounts without a file in
// content/ are left as they are: only Remove takes keys away.
func (o *Office) reRing(ctx context.Context, site *source.Site, p Progress) (codes []string, err error) {
	drifts, err := Drifts(o.dir, site)
	if err != nil {
		return nil, err
	}
	for i, d := range drifts {
		if err := ctx.Err(); err != nil {
			return codes, err
		}
		if d.Gone {
			continue
		}
		keys, err := buildkeys.LoadAccount(o.dir, naming.OpaqueAccount(d.Code))
		if err != nil {
			return codes, err
		}
		if err := o.writeRing(site, site.Accounts[d.Code], keys); err != nil {
			return codes, err
		}
		codes = append(codes, d.Code)
		p.at(i+1, len(drifts), "rings")
	}
	return codes, nil
}
