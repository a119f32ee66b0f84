package enrol

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"despatch/generator/source"
	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
)

// EnsureCompartments makes the keys that are missing: of every school of the site
// and of the authority itself, and signs all recipients as they follow from the
// sealed identities. It goes school by school, so that memory does not
// grow with their number, and replaces no key. It returns how many compartments
// got their first key.
func (o *Office) EnsureCompartments(ctx context.Context, site *source.Site, p Progress) (made int, err error) {
	schools := append([]string{""}, site.SchoolKeys()...)
	for i, school := range schools {
		if err := ctx.Err(); err != nil {
			return made, err
		}
		n, err := o.ensure(site, school)
		if err != nil {
			return made, err
		}
		made += n
		p.at(i+1, len(schools), "schools' keys")
	}
	return made, o.signRecipients()
}

// ensure makes the missing keys of one school, "" for the authority, and brings
// its recipients in line with the sealed identities.
func (o *Office) ensure(site *source.Site, school string) (made int, err error) {
	b, err := o.openBundle(school)
	if errors.Is(err, fs.ErrNotExist) {
		b, err = &keyring.Bundle{School: cmp.Or(school, "-")}, nil
	}
	if err != nil {
		return 0, err
	}
	want := site.SchoolKinds(school)
	if school == "" {
		want = site.Vocabulary.AuthorityKinds()
	}
	for _, kind := range want {
		if _, ok := b.Find(kind); ok {
			continue
		}
		if err := b.Renew(kind); err != nil {
			return made, err
		}
		made++
	}
	if made > 0 {
		if err := o.writeBundle(b); err != nil {
			return made, err
		}
	}
	return made, o.publishRecipients(school, b)
}

// bundle gives the keys of a school, made complete for the site.
func (o *Office) bundle(site *source.Site, school string) (*keyring.Bundle, error) {
	if !o.fresh[school] {
		if _, err := o.ensure(site, school); err != nil {
			return nil, err
		}
		o.fresh[school] = true
	}
	return o.openBundle(school)
}

// openBundle reads the sealed keys of a school. The authority's own are kept, for
// every ring needs them. An error that is fs.ErrNotExist: none were made.
func (o *Office) openBundle(school string) (*keyring.Bundle, error) {
	if school == "" && o.own != nil {
		return o.own, nil
	}
	name := buildkeys.BundlePath(school)
	sealed, err := buildkeys.ReadSecret(o.dir, name)
	if err != nil {
		return nil, err
	}
	b, err := keyring.OpenBundle(sealed, o.officer.Key, cmp.Or(school, "-"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if school == "" {
		o.own = b
	}
	return b, nil
}

func (o *Office) writeBundle(b *keyring.Bundle) error {
	sealed, err := keyring.SealBundle(b, o.officers)
	if err != nil {
		return err
	}
	school := b.School
	if school == "-" {
		school, o.own = "", b
	}
	return writeSecret(o.dir, buildkeys.BundlePath(school), sealed)
}

// publishRecipients writes the public halves of a bundle where the build finds
// them. The bundle is what counts: it is sealed. A recipient that differs without
// a new epoch was not written by Despatch, and sealing to it would be sealing to
// a stranger.
func (o *Office) publishRecipients(school string, b *keyring.Bundle) error {
	name := buildkeys.RecipientsPath(school)
	lines := make([]buildkeys.Line, 0, len(b.Kinds))
	for _, k := range b.Kinds {
		lines = append(lines, buildkeys.Line{Kind: k.Name, Epoch: k.Epoch, Recipient: k.Key.Recipient()})
	}
	text := buildkeys.FormatRecipients(lines)
	old, err := os.ReadFile(filepath.Join(o.dir, filepath.FromSlash(name)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil && !bytes.Equal(old, text) {
		if err := noStranger(old, lines); err != nil {
			return fmt.Errorf("%s: %w; put it back from version control, or delete it if you know why, and run despatch keys --make", name, err)
		}
	}
	o.signed.SetSchool(school, text)
	if bytes.Equal(old, text) {
		return nil
	}
	return writePublic(o.dir, name, text)
}

// noStranger compares the recipients as they stand with those of the identities.
func noStranger(old []byte, lines []buildkeys.Line) error {
	stand, err := buildkeys.ParseRecipients(old)
	if err != nil {
		return err
	}
	for _, l := range stand {
		i := slices.IndexFunc(lines, func(now buildkeys.Line) bool { return now.Kind == l.Kind })
		if i < 0 || lines[i].Epoch < l.Epoch || lines[i].Epoch == l.Epoch && lines[i].Recipient != l.Recipient {
			return fmt.Errorf("the recipient of %s is not of the key that private/ holds for it", l.Kind)
		}
	}
	return nil
}
