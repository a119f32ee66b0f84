package demo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"despatch/generator/source"
	"despatch/internal/durable"
	"despatch/internal/keyring"
	"despatch/office/enrol"
	"despatch/records/access"
)

// Where the demonstration writes what nobody else may: everybody's passphrase.
const (
	signInsFile = "private/demo-accounts.tsv"
	officerFile = "private/demo-officer-passphrase"
	signInsHead = "code\tpassphrase\tname\troles\tschools"
	officer     = "demo-officer"
)

// A SignIn is a line of private/demo-accounts.tsv.
type SignIn struct {
	Code, Passphrase, Name string
	Roles, Schools         []string
}

// Write makes the whole demonstration in dir, which must be empty or not there:
// the content as of now, the authority's keys, keys for every account, and the
// list of all sign-ins, which takes the place of the letters.
func Write(ctx context.Context, dir string, now time.Time, p enrol.Progress) error {
	if err := CopyContent(dir, now); err != nil {
		return err
	}
	site, err := readSite(dir)
	if err != nil {
		return err
	}
	pass, err := enrol.Init(dir, officer, now)
	if err != nil {
		return err
	}
	secret := filepath.Join(dir, filepath.FromSlash(officerFile))
	if err := durable.WriteNew(secret, []byte(pass.Reveal()+"\n"), 0o600); err != nil {
		return err
	}
	office, err := enrol.Unlock(dir, officer, pass.Typed())
	if err != nil {
		return err
	}
	if _, err := office.EnsureCompartments(ctx, site, p); err != nil {
		return err
	}
	enrolled, err := office.Enrol(ctx, site, site.AccountCodes(), now, p)
	if err != nil {
		return err
	}
	if err := writeSignIns(dir, enrolled); err != nil {
		return err
	}
	for _, e := range enrolled { // the list has what they say
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(e.Letter))); err != nil {
			return fmt.Errorf("remove a letter: %w", err)
		}
	}
	return nil
}

// Unlock opens the demonstration's keys with its officer's passphrase, which lies
// beside them.
func Unlock(dir string) (*enrol.Office, error) {
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(officerFile)))
	if err != nil {
		return nil, err
	}
	typed, err := keyring.ParseTyped(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, err
	}
	return enrol.Unlock(dir, officer, typed)
}

// readSite reads what keys depend on: schools, groups and accounts.
func readSite(dir string) (*source.Site, error) {
	folder, err := source.Open(dir)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	listing, problems, err := folder.Scan()
	if err != nil {
		return nil, err
	}
	site, more := folder.Site(listing)
	for _, p := range append(problems, more...) {
		if !p.Warning {
			return nil, fmt.Errorf("the demonstration's content is not right: %s", p)
		}
	}
	return site, nil
}

func writeSignIns(dir string, enrolled []enrol.Enrolled) error {
	lines := []string{signInsHead}
	for _, e := range enrolled {
		var roles, schools []string
		for _, place := range e.Account.Schools {
			schools = append(schools, place.School)
			for _, r := range place.Roles {
				if !slices.Contains(roles, r) {
					roles = append(roles, r)
				}
			}
		}
		lines = append(lines, strings.Join([]string{
			access.FormatCode(e.Account.Code), e.Passphrase.Reveal(), e.Account.Name, strings.Join(roles, ","), strings.Join(schools, ","),
		}, "\t"))
	}
	slices.Sort(lines[1:])
	return durable.WriteNew(filepath.Join(dir, filepath.FromSlash(signInsFile)), []byte(strings.Join(lines, "\n")+"\n"), 0o600)
}

// ReadSignIns reads the sign-ins of a demonstration. A folder without them is
// none: fs.ErrNotExist.
func ReadSignIns(dir string) ([]SignIn, error) {
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(signInsFile)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s holds no demonstration: %w", dir, fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if lines[0] != signInsHead {
		return nil, fmt.Errorf("%s does not begin with the line of names that it should have", signInsFile)
	}
	var all []SignIn
	for i, line := range lines[1:] {
		f := strings.Split(line, "\t")
		if len(f) != 5 {
			return nil, fmt.Errorf("%s:%d: %d fields (want 5, separated by tabs)", signInsFile, i+2, len(f))
		}
		all = append(all, SignIn{f[0], f[1], f[2], strings.Split(f[3], ","), strings.Split(f[4], ",")})
	}
	return all, nil
}
