package enrol

import (
	"maps"
	"slices"

	"despatch/internal/keyring"
)

// At is the office of the same officer in a copy of the folder, without the work of
// opening the officer's key once more.
func (o *Office) At(dir string) *Office {
	c := *o
	c.dir, c.officers, c.signed, c.own = dir, slices.Clone(o.officers), o.signed.Clone(), nil
	c.fresh = maps.Clone(o.fresh)
	return &c
}

// SealsNoIdentities makes the office hand identities over instead of sealing them by
// passphrase, which takes a third of a second each.
func (o *Office) SealsNoIdentities(made func(*keyring.Identity)) {
	o.sealIdentity = func(id *keyring.Identity, _ keyring.Passphrase) ([]byte, error) {
		made(id)
		return nil, nil
	}
}
