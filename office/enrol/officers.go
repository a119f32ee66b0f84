package enrol

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"despatch/internal/buildkeys"
	"despatch/internal/durable"
	"despatch/internal/keyring"
)

// AddOfficer makes another officer's key and seals the root key and all
// compartments' keys to it as well. It returns the new officer's passphrase,
// which is kept nowhere.
func (o *Office) AddOfficer(ctx context.Context, name string, p Progress) (keyring.Passphrase, error) {
	var none keyring.Passphrase
	names, err := Officers(o.dir)
	if err != nil {
		return none, err
	}
	if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
		return none, fmt.Errorf("there is an officer %s already", name)
	}
	added, err := keyring.NewOfficer(name)
	if err != nil {
		return none, err
	}
	o.officers = append(o.officers, added.Key.Recipient())
	o.signed.SetOfficer(name, []byte(added.Key.Recipient()+"\n"))
	if err := o.signRecipients(); err != nil {
		return none, err
	}
	pass, err := writeOfficer(o.dir, added)
	if err != nil {
		return none, err
	}
	return pass, o.resealForOfficers(ctx, p)
}

// RemoveOfficer takes an officer's key away: the root key and all compartments' keys
// are sealed anew to those who stay. What the officer has copied stays open to them,
// so the keys themselves are to be rotated where that may be; only the root cannot
// be, for every letter names it.
func (o *Office) RemoveOfficer(ctx context.Context, name string, p Progress) error {
	names, err := Officers(o.dir)
	if err != nil {
		return err
	}
	switch {
	case !slices.Contains(names, name) && !o.signed.HasOfficer(name):
		return fmt.Errorf("there is no officer %q (there are: %s)", name, strings.Join(names, ", "))
	case name == o.officer.Name:
		return fmt.Errorf("%s is you: another officer takes your key away, with a passphrase that is known to work", name)
	}
	for _, file := range []string{officerKeyPath(name), officerPubPath(name), buildkeys.LettersDir + "/officer-" + name + ".html"} {
		if err := durable.Remove(filepath.Join(o.dir, filepath.FromSlash(file))); err != nil {
			return err
		}
	}
	if o.officers, err = officerRecipients(o.dir, o.signed); err != nil {
		return err
	}
	if err := o.resealForOfficers(ctx, p); err != nil {
		return err
	}
	o.signed.DropOfficer(name) // last, so that after a crash this can be run again
	return o.signRecipients()
}

// resealForOfficers seals the root key and every compartment's keys to all who
// are officers now.
func (o *Office) resealForOfficers(ctx context.Context, p Progress) error {
	names, err := o.sealedToOfficers()
	if err != nil {
		return err
	}
	for i, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		sealed, err := buildkeys.ReadSecret(o.dir, name)
		if err != nil {
			return err
		}
		plain, err := o.officer.Key.Open(sealed)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if sealed, err = keyring.SealTo(o.officers, plain); err != nil {
			return err
		}
		if err := writeSecret(o.dir, name, sealed); err != nil {
			return err
		}
		p.at(i+1, len(names), "sealed key files")
	}
	return nil
}

// sealedToOfficers are the files that every officer can open.
func (o *Office) sealedToOfficers() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(o.dir, filepath.FromSlash(buildkeys.BundlesDir)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	names := []string{buildkeys.RootKeyFile}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".age") {
			names = append(names, buildkeys.BundlesDir+"/"+e.Name())
		}
	}
	return names, nil
}
