package enrol

import (
	"cmp"
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
	"despatch/generator/tree"
	"despatch/internal/buildkeys"
	"despatch/internal/durable"
	"despatch/internal/keyring"
	"despatch/internal/naming"
	"despatch/records/access"
)

// Changed says what a rotation, refresh or removal did.
type Changed struct {
	Rotated []access.Compartment // got a new epoch
	Rings   []string             // account codes whose rings were sealed anew
	Purged  int                  // published files that the next build deletes at once
}

// Rotate gives compartments new keys at their next epoch, and new rings to all who
// may read them. The next build seals their pages anew, old years included, and
// deletes what is published of the old epoch. What was fetched before stays
// readable to whoever holds the old key.
func (o *Office) Rotate(ctx context.Context, site *source.Site, compartments []access.Compartment, now time.Time, p Progress) (Changed, error) {
	done, err := o.rotate(ctx, site, compartments, p)
	if err != nil {
		return done, err
	}
	if done.Rings, err = o.reRing(ctx, site, p); err != nil {
		return done, err
	}
	return done, o.SignKeys(site, now)
}

// Refresh brings all rings in line with content/. Compartments that somebody holds
// and may no longer read get new keys first.
func (o *Office) Refresh(ctx context.Context, site *source.Site, now time.Time, p Progress) (Changed, error) {
	drifts, err := Drifts(o.dir, site)
	if err != nil {
		return Changed{}, err
	}
	var lost []access.Compartment
	for _, d := range drifts {
		lost = append(lost, d.Lost...)
	}
	return o.Rotate(ctx, site, lost, now, p)
}

// Remove takes a person's keys away: every compartment of their ring is rotated,
// everybody else gets a new ring, and the person's files leave the tree with the
// next build. The file in content/accounts is left to the officer.
func (o *Office) Remove(ctx context.Context, site *source.Site, code string, now time.Time, p Progress) (Changed, error) {
	opaque := naming.OpaqueAccount(code)
	var done Changed
	keys, err := buildkeys.LoadAccount(o.dir, opaque)
	switch {
	case errors.Is(err, fs.ErrNotExist) && o.signed.HasAccount(opaque):
		// A removal was cut off after it had struck the person: what they held has new
		// keys, which are to be signed, and the rest is done now.
		if _, err := o.EnsureCompartments(ctx, site, p); err != nil {
			return done, err
		}
	case errors.Is(err, fs.ErrNotExist):
		return done, fmt.Errorf("account %s has no keys to take away", access.FormatCode(code))
	case err != nil:
		return done, err
	default:
		if done, err = o.rotate(ctx, site, o.held(site, keys), p); err != nil {
			return done, err
		}
	}
	if err := o.strike(code, opaque); err != nil {
		return done, err
	}
	if done.Rings, err = o.reRing(ctx, site, p); err != nil {
		return done, err
	}
	return done, o.SignKeys(site, now)
}

// held are the compartments that an account's ring opens or may open: what is noted
// of it, and what content/ gives it, for the note is not signed.
func (o *Office) held(site *source.Site, keys *buildkeys.Account) []access.Compartment {
	var held []access.Compartment
	for _, h := range keys.Holds {
		held = append(held, h.Compartment)
	}
	now := epochs{dir: o.dir}
	if a, ok := site.Accounts[keys.Code]; ok {
		for _, c := range site.Holdings(a) {
			if epoch, err := now.of(c); err == nil && epoch > 0 {
				held = append(held, c)
			}
		}
	}
	return held
}

// ringStem is the stem of an account's published ring.
func (o *Office) ringStem(code string) string {
	opaque := naming.OpaqueAccount(code)
	return "k/" + opaque + "-" + o.naming.RingMark(opaque)
}

// strike deletes the person's files, the one that names them last, so that after
// a crash Remove can be run again.
func (o *Office) strike(code, opaque string) error {
	o.signed.DropAccount(opaque)
	if err := buildkeys.AddRemoved(o.dir, opaque); err != nil {
		return err
	}
	if err := buildkeys.AddPurge(o.dir, []string{"k/" + opaque, o.ringStem(code)}); err != nil {
		return err
	}
	if err := buildkeys.DropPasskeys(o.dir, opaque); err != nil {
		return err
	}
	for _, name := range []string{LetterPath(code), buildkeys.IdentityPath(opaque), buildkeys.RingPath(opaque), buildkeys.AccountPath(opaque)} {
		if err := durable.Remove(filepath.Join(o.dir, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	return nil
}

// rotate renews the keys of compartments. What is published of the old epoch is
// put on the purge list before the old keys are gone, for only they can tell; a
// build purges nothing that it lists still.
func (o *Office) rotate(ctx context.Context, site *source.Site, compartments []access.Compartment, p Progress) (done Changed, err error) {
	compartments = slices.Clone(compartments)
	slices.SortFunc(compartments, access.Compartment.Compare)
	compartments = slices.Compact(compartments)
	var schools []string
	for _, c := range compartments {
		if len(schools) == 0 || schools[len(schools)-1] != c.School {
			schools = append(schools, c.School)
		}
	}
	for i, school := range schools {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		b, err := o.openBundle(school)
		if err != nil {
			return done, err
		}
		mine := slices.DeleteFunc(slices.Clone(compartments), func(c access.Compartment) bool { return c.School != school })
		n, err := o.rotateSchool(site, b, mine)
		if err != nil {
			return done, err
		}
		done.Purged += n
		done.Rotated = append(done.Rotated, mine...)
		p.at(i+1, len(schools), "schools' keys")
	}
	return done, nil
}

func (o *Office) rotateSchool(site *source.Site, b *keyring.Bundle, compartments []access.Compartment) (purged int, err error) {
	var stems []string
	for _, c := range compartments {
		k, ok := b.Find(c.Kind)
		if !ok {
			return 0, fmt.Errorf("compartment %s has no key", c.ID())
		}
		more, err := o.published(site, c, k)
		if err != nil {
			return 0, err
		}
		stems = append(stems, more...)
	}
	if err := buildkeys.AddPurge(o.dir, stems); err != nil {
		return 0, err
	}
	for _, c := range compartments {
		if err := b.Renew(c.Kind); err != nil {
			return 0, err
		}
	}
	if err := o.writeBundle(b); err != nil {
		return 0, err
	}
	school := b.School
	if school == "-" {
		school = ""
	}
	return len(stems), o.publishRecipients(school, b)
}

// published gives the stems of all that is published of a compartment's epoch:
// its indexes, those that are retired too, and the packs and files they list.
func (o *Office) published(site *source.Site, c access.Compartment, k keyring.Kind) ([]string, error) {
	stem := naming.IndexPath(o.naming.Secret(c.ID(), k.Epoch))
	trees := []string{filepath.Join(o.dir, "public")}
	if at := site.Settings.Portal.Published; at != "" {
		if !filepath.IsAbs(at) {
			at = filepath.Join(o.dir, filepath.FromSlash(at))
		}
		trees = append(trees, at)
	}
	var stems []string
	for _, tree := range trees {
		names, err := filepath.Glob(filepath.Join(escapeGlob(tree), filepath.FromSlash(stem)+".*.age"))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			listed, err := listedIn(name, k.Key)
			if err != nil {
				return nil, err
			}
			stems = append(stems, stem)
			stems = append(stems, listed...)
		}
	}
	slices.Sort(stems)
	return slices.Compact(stems), nil
}

// escapeGlob keeps a folder's own brackets from being read as a pattern.
func escapeGlob(s string) string {
	if filepath.Separator == '\\' {
		return s // Windows has no escape; square brackets are taken as they are there
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}

// listedIn opens an index and gives the stems of its packs and files. An index
// that is damaged names nothing: there is nothing then to go by.
func listedIn(name string, k keyring.Key) ([]string, error) {
	sealed, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	plain, err := k.Open(sealed)
	if err != nil {
		return nil, fmt.Errorf("open %s to see what is published of the old keys: %w; run despatch verify, then try again", name, err)
	}
	index, _, err := tree.ReadIndex(plain)
	if err != nil {
		return nil, fmt.Errorf("%s is no index: %w", name, err)
	}
	var stems []string
	for _, p := range index.Packs {
		stems = append(stems, stemOf(p.Path))
	}
	for _, f := range index.Files {
		if f.Path != "" {
			stems = append(stems, stemOf(f.Path))
		}
	}
	return stems, nil
}

// stemOf is a path up to the first dot after its last slash.
func stemOf(p string) string {
	slash := strings.LastIndexByte(p, '/')
	stem, _, _ := strings.Cut(p[slash+1:], ".")
	return p[:slash+1] + stem
}

// AllTargets names all that have keys, as ParseTargets reads them.
func AllTargets(dir string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(buildkeys.RecipientsDir)))
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".txt"); ok {
			names = append(names, name)
		}
	}
	return names, err
}

// ParseTargets reads what people name to rotate: a school's URN, "la" for the
// authority, or one compartment as 900001/visits-full or la/role-headteacher. A
// name alone stands for all compartments that have keys.
func ParseTargets(dir string, names []string) ([]access.Compartment, error) {
	var all []access.Compartment
	for _, name := range names {
		school, kind, one := strings.Cut(name, "/")
		switch school {
		case buildkeys.Authority, "-":
			school = ""
		case "":
			return nil, fmt.Errorf("%q names no school (want a URN as 900001, la, or a compartment as 900001/visits-full)", name)
		}
		r, err := buildkeys.LoadRecipients(dir, school)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s has no keys (want a URN as 900001, la, or a compartment as 900001/visits-full)", cmp.Or(school, buildkeys.Authority))
		}
		if err != nil {
			return nil, err
		}
		if _, ok := r.Find(kind); one && !ok {
			return nil, fmt.Errorf("there is no compartment %s; despatch list compartments shows all", name)
		}
		for _, l := range r.Lines {
			if !one || l.Kind == kind {
				all = append(all, access.Compartment{School: school, Kind: l.Kind})
			}
		}
	}
	return all, nil
}
