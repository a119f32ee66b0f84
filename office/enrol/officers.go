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
	pass, err := writeOfficer(o.dir, added)
	if err != nil {
		return none, err
	}
	return pass, o.ResealForOfficers(ctx, p)
}

// ResealForOfficers seals the root key and every compartment's keys to all who
// are officers now.
func (o *Office) ResealForOfficers(ctx context.Context, p Progress) error {
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
