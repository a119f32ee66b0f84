package enrol

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"strings"
	"sync"
	"time"

	"despatch/generator/source"
	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
	"despatch/internal/naming"
	"despatch/records/access"
)

// Enrolled is a person who now has keys. The passphrase is kept nowhere but in
// the letter, which is to be printed and deleted.
type Enrolled struct {
	Account    *access.Account
	Passphrase keyring.Passphrase
	Letter     string // path of the letter, relative to the authority's folder
}

// chunk is how many accounts are sealed before they are written: enough to keep
// all processors busy with scrypt, few enough to lose little when interrupted.
const chunk = 16

// Enrol makes identities, passphrases, rings and key letters for accounts of the
// site, by their codes, and signs the keys file anew. An account that has keys is
// refused: Replace replaces them.
func (o *Office) Enrol(ctx context.Context, site *source.Site, codes []string, now time.Time, p Progress) ([]Enrolled, error) {
	accounts, err := o.enrollable(site, codes, false)
	if err != nil {
		return nil, err
	}
	return o.admitAll(ctx, site, accounts, now, p)
}

// Replace is Enrol for accounts whose letter was lost or got into other hands, which
// nobody can tell apart: whoever has the old letter and an old copy of the ring could
// go on reading. So all that their rings open gets new keys first, as when a person
// is removed, and everybody else who reads it a new ring
// (TestOldLetterOpensNothingBuiltAfterwards).
func (o *Office) Replace(ctx context.Context, site *source.Site, codes []string, now time.Time, p Progress) (people []Enrolled, done Changed, err error) {
	accounts, err := o.enrollable(site, codes, true)
	if err != nil {
		return nil, done, err
	}
	var held []access.Compartment
	for _, a := range accounts {
		keys, err := buildkeys.LoadAccount(o.dir, naming.OpaqueAccount(a.Code))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, done, err
		}
		held = append(held, o.held(site, keys)...)
		if err := buildkeys.AddPurge(o.dir, []string{o.ringStem(a.Code)}); err != nil {
			return nil, done, err
		}
	}
	if done, err = o.rotate(ctx, site, held, p); err != nil {
		return nil, done, err
	}
	if people, err = o.admitAll(ctx, site, accounts, now, p); err != nil {
		return people, done, err
	}
	if done.Rings, err = o.reRing(ctx, site, p); err != nil {
		return people, done, err
	}
	return people, done, o.SignKeys(site, now)
}

func (o *Office) admitAll(ctx context.Context, site *source.Site, accounts []*access.Account, now time.Time, p Progress) ([]Enrolled, error) {
	total := len(accounts)
	var all []Enrolled
	for len(accounts) > 0 {
		if err := ctx.Err(); err != nil {
			return all, errors.Join(err, o.SignKeys(site, now))
		}
		part := accounts[:min(chunk, len(accounts))]
		accounts = accounts[len(part):]
		made, err := newcomers(part, o)
		if err != nil {
			return all, err
		}
		for _, n := range made {
			if err := o.admit(site, n, now); err != nil {
				return all, err
			}
			all = append(all, Enrolled{n.account, n.passphrase, LetterPath(n.account.Code)})
		}
		p.at(len(all), total, "accounts")
	}
	return all, o.SignKeys(site, now)
}

func (o *Office) enrollable(site *source.Site, codes []string, again bool) (accounts []*access.Account, err error) {
	for _, code := range codes {
		a, err := o.mayEnrol(site, code, again)
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, a)
	}
	return accounts, nil
}

func (o *Office) mayEnrol(site *source.Site, code string, again bool) (*access.Account, error) {
	a, ok := site.Accounts[code]
	if !ok {
		return nil, fmt.Errorf("there is no account %s: content/accounts/%s.yaml is not there", access.FormatCode(code), strings.ToLower(code))
	}
	if len(site.Holdings(a)) == 0 {
		return nil, fmt.Errorf("account %s may read nothing: give it a school and a role in content/accounts/%s.yaml", access.FormatCode(code), strings.ToLower(code))
	}
	opaque := naming.OpaqueAccount(code)
	keys, err := buildkeys.LoadAccount(o.dir, opaque)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return a, nil
	case err != nil:
		return nil, err
	case o.signed.CheckAccount(opaque, keys) != nil:
		return a, nil // from a command that was interrupted, or a stranger's: it opens nothing
	case !again:
		return nil, fmt.Errorf("account %s of %s has keys already; enrol it --again to replace them, which makes its old letter useless", access.FormatCode(code), a.Name)
	}
	return a, nil
}

// A newcomer has keys that are not written yet.
type newcomer struct {
	account    *access.Account
	identity   *keyring.Identity
	passphrase keyring.Passphrase
	sealed     []byte
}

// newcomers makes and seals identities on all processors: scrypt takes a third of
// a second and 64 MiB each.
func newcomers(accounts []*access.Account, o *Office) ([]newcomer, error) {
	made := make([]newcomer, len(accounts))
	errs := make([]error, len(accounts))
	slots := make(chan struct{}, min(runtime.GOMAXPROCS(0), 4))
	var wg sync.WaitGroup
	for i, a := range accounts {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			made[i], errs[i] = o.newcomer(a)
		})
	}
	wg.Wait()
	return made, errors.Join(errs...)
}

func (o *Office) newcomer(a *access.Account) (n newcomer, err error) {
	n.account = a
	if n.identity, err = keyring.NewIdentity(a.Code, o.root); err != nil {
		return n, err
	}
	if n.passphrase, err = keyring.NewPassphrase(rand.Reader); err != nil {
		return n, err
	}
	n.sealed, err = o.sealIdentity(n.identity, n.passphrase)
	return n, err
}

// admit writes a newcomer's files, the letter first: without it the others would
// be of no use.
func (o *Office) admit(site *source.Site, n newcomer, now time.Time) error {
	letter, err := Letter(site, n.account, n.passphrase, now)
	if err != nil {
		return err
	}
	if err := writeSecret(o.dir, LetterPath(n.account.Code), letter); err != nil {
		return err
	}
	opaque := naming.OpaqueAccount(n.account.Code)
	// What passkeys open is the identity before.
	if err := buildkeys.DropPasskeys(o.dir, opaque); err != nil {
		return err
	}
	if err := writePublic(o.dir, buildkeys.IdentityPath(opaque), n.sealed); err != nil {
		return err
	}
	if err := buildkeys.DropRemoved(o.dir, opaque); err != nil {
		return err
	}
	keys := &buildkeys.Account{
		Code: n.account.Code, Since: seconds(now), Recipient: n.identity.Key.Recipient(), Signing: n.identity.SigningKey(),
	}
	o.signed.SetAccount(opaque, keys)
	return o.writeRing(site, n.account, keys)
}

// LetterPath is where an account's key letter is written.
func LetterPath(code string) string {
	return path.Join(buildkeys.LettersDir, strings.ToLower(code)+".html")
}
