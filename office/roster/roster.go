// Package roster keeps what the accounts of an authority were at each time: at which
// schools, with which roles and rights. Deposits are judged by the roster as it was
// when the log took them, for people come and go between sending and collecting.
//
// A note is a file of public-keys/rosters, written when the accounts are no longer as
// the note before says, and never again. It names accounts as the drop-box does, and
// no person. What a role or a right means is not part of it: that is the vocabulary's,
// as it stands. It believes the folder, as everything of the office does
// (TestTheRosterIsTheOneOfThatTime).
package roster

import (
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
	"despatch/internal/naming"
	"despatch/internal/strictyaml"
	"despatch/records/access"
)

// Dir is where the notes lie in an authority's folder.
const Dir = "public-keys/rosters"

// A note is what the accounts were from a time on.
type note struct {
	Format   int       `yaml:"format"`
	Time     time.Time `yaml:"time"`
	Accounts []account `yaml:"accounts"`
}

type account struct {
	Account string         `yaml:"account"` // opaque
	Schools []access.Place `yaml:"schools"`
}

// A Roster is all notes of an authority.
type Roster struct{ notes []note }

// Read reads the notes of an authority's folder.
func Read(dir string) (*Roster, error) {
	entries, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(Dir)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	r := &Roster{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".yaml") {
			continue // what a crash left of one that was being written
		}
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(Dir), e.Name()))
		if err != nil {
			return nil, err
		}
		var n note
		if problems := strictyaml.Decode(data, &n); len(problems) > 0 {
			return nil, fmt.Errorf("%s/%s:%d:%d: %s; put it back from version control", Dir, e.Name(), problems[0].Line, problems[0].Column, problems[0].Text)
		}
		if n.Format != 1 {
			return nil, fmt.Errorf("%s/%s: format %d was written by a newer Despatch: update despatch", Dir, e.Name(), n.Format)
		}
		if e.Name() != name(n.Time) {
			return nil, fmt.Errorf("%s/%s: its time is %s; put it back from version control", Dir, e.Name(), n.Time.Format(time.RFC3339))
		}
		r.notes = append(r.notes, n)
	}
	slices.SortFunc(r.notes, func(a, b note) int { return a.Time.Compare(b.Time) })
	return r, nil
}

// Note writes down the accounts of a site from now on, unless the last note says the
// same, and gives all notes.
func Note(dir string, site *source.Site, now time.Time) (*Roster, error) {
	r, err := Read(dir)
	if err != nil {
		return nil, err
	}
	n := note{Format: 1, Time: now.UTC().Truncate(time.Second)}
	for _, code := range site.AccountCodes() {
		n.Accounts = append(n.Accounts, account{naming.OpaqueAccount(code), site.Accounts[code].Schools})
	}
	slices.SortFunc(n.Accounts, func(a, b account) int { return strings.Compare(a.Account, b.Account) })
	if len(r.notes) > 0 {
		last := r.notes[len(r.notes)-1]
		same, err := sameAccounts(last, n)
		if err != nil || same {
			return r, err
		}
		if !n.Time.After(last.Time) {
			n.Time = last.Time.Add(time.Second) // whatever the clock says, it came after
		}
	}
	data, err := strictyaml.Encode(&n)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(dir, filepath.FromSlash(Dir))
	if err := durable.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	if err := durable.WriteFile(filepath.Join(folder, name(n.Time)), data, 0o644); err != nil {
		return nil, err
	}
	r.notes = append(r.notes, n)
	return r, nil
}

// At gives an account by its opaque id as it was at a time, or nil. Before the first
// note it is as that one says.
func (r *Roster) At(opaque string, at time.Time) *access.Account {
	if len(r.notes) == 0 {
		return nil
	}
	held := r.notes[0]
	for _, n := range r.notes {
		if !n.Time.After(at) {
			held = n
		}
	}
	i, found := slices.BinarySearchFunc(held.Accounts, opaque, func(a account, id string) int { return strings.Compare(a.Account, id) })
	if !found {
		return nil
	}
	return &access.Account{Schools: held.Accounts[i].Schools}
}

func name(t time.Time) string { return fmt.Sprintf("%010d.yaml", t.Unix()) }

func sameAccounts(a, b note) (bool, error) {
	b.Time = a.Time
	one, err := strictyaml.Encode(&a)
	if err != nil {
		return false, err
	}
	other, err := strictyaml.Encode(&b)
	return string(one) == string(other), err
}
