package enrol

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"despatch/generator/source"
	"despatch/internal/buildkeys"
	"despatch/internal/keysfile"
	"despatch/internal/naming"
	"despatch/internal/sshsig"
	"despatch/records/access"
)

// A Status is what can be told about an authority's keys without a passphrase.
type Status struct {
	Root     sshsig.PublicKey
	Keys     *keysfile.Keys
	Officers []string
	Schools  int                  // that have keys
	Missing  []access.Compartment // that the site wants and that have no key
	Epochs   map[int]int          // how many compartments are at which epoch
	Accounts int                  // that have keys
	NoKeys   []string             // codes of accounts that have none
	Removed  []string             // codes of removed accounts that content/ still has
	Drifts   []Drift              // rings that no longer fit
	Unsigned []string             // codes whose signing key the keys file does not name
	Faults   []buildkeys.Fault    // recipients that the root did not sign
	Letters  []string             // letters that were not deleted yet
	Purge    int                  // stems that the next build deletes
	Rotated  []access.Compartment // past their first epoch
}

// ReadStatus looks at the keys of dir beside what the site wants.
func ReadStatus(dir string, site *source.Site) (*Status, error) {
	var s Status
	var err error
	if s.Root, err = buildkeys.LoadRoot(dir); err != nil {
		return nil, err
	}
	if _, s.Keys, err = buildkeys.LoadSigned(dir, s.Root); err != nil {
		return nil, err
	}
	if s.Officers, err = Officers(dir); err != nil {
		return nil, err
	}
	if err := s.readCompartments(dir, site); err != nil {
		return nil, err
	}
	if err := s.readAccounts(dir, site); err != nil {
		return nil, err
	}
	if s.Drifts, err = Drifts(dir, site); err != nil {
		return nil, err
	}
	purge, err := buildkeys.Purge(dir)
	if err != nil {
		return nil, err
	}
	s.Purge = len(purge)
	if s.Faults, err = buildkeys.Faults(dir); err != nil {
		return nil, err
	}
	s.Letters, err = letters(dir)
	return &s, err
}

func (s *Status) readCompartments(dir string, site *source.Site) error {
	s.Epochs = make(map[int]int)
	for _, school := range append([]string{""}, site.SchoolKeys()...) {
		r, err := buildkeys.LoadRecipients(dir, school)
		if errors.Is(err, fs.ErrNotExist) {
			r, err = &buildkeys.Recipients{School: school}, nil
		}
		if err != nil {
			return err
		}
		if len(r.Lines) > 0 && school != "" {
			s.Schools++
		}
		for _, l := range r.Lines {
			s.Epochs[l.Epoch]++
			if l.Epoch > 1 {
				s.Rotated = append(s.Rotated, access.Compartment{School: school, Kind: l.Kind})
			}
		}
		want := site.SchoolKinds(school)
		if school == "" {
			want = site.Vocabulary.AuthorityKinds()
		}
		for _, kind := range want {
			if _, ok := r.Find(kind); !ok {
				s.Missing = append(s.Missing, access.Compartment{School: school, Kind: kind})
			}
		}
	}
	return nil
}

func (s *Status) readAccounts(dir string, site *source.Site) error {
	ids, err := buildkeys.Accounts(dir)
	if err != nil {
		return err
	}
	s.Accounts = len(ids)
	removed, err := buildkeys.Removed(dir)
	if err != nil {
		return err
	}
	for _, code := range site.AccountCodes() {
		opaque := naming.OpaqueAccount(code)
		_, has := slices.BinarySearch(ids, opaque)
		switch {
		case slices.Contains(removed, opaque):
			s.Removed = append(s.Removed, code)
		case !has:
			s.NoKeys = append(s.NoKeys, code)
		}
	}
	enrolled, err := buildkeys.LoadSignedRecipients(dir, s.Root)
	if err != nil {
		return nil // told as a fault
	}
	signed := make(map[string]sshsig.PublicKey)
	for _, a := range s.Keys.Accounts {
		if a.Until.IsZero() {
			signed[a.Opaque] = a.Key
		}
	}
	for _, id := range ids {
		a, err := buildkeys.LoadAccount(dir, id)
		if err != nil {
			return err
		}
		if enrolled.CheckAccount(id, a) != nil {
			if _, ok := site.Accounts[a.Code]; ok && !slices.Contains(s.NoKeys, a.Code) {
				s.NoKeys = append(s.NoKeys, a.Code) // an enrolment that was interrupted
			}
			continue
		}
		if signed[id] != a.Signing {
			s.Unsigned = append(s.Unsigned, a.Code)
		}
	}
	return nil
}

func letters(dir string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(buildkeys.LettersDir)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".html") {
			names = append(names, buildkeys.LettersDir+"/"+e.Name())
		}
	}
	return names, err
}
