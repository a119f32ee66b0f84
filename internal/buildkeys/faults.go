package buildkeys

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Fault is a file of public-keys/ that is not as the root signed it.
type Fault struct {
	File string
	Text string // what it holds or lacks, and what to do
}

// Faults compares every recipient in public-keys/ with what the root signed. It
// needs neither private/ nor a passphrase; a folder without keys has no faults.
func Faults(dir string) ([]Fault, error) {
	root, err := LoadRoot(dir)
	if errors.Is(err, ErrNoKeys) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s, err := LoadSignedRecipients(dir, root)
	if err != nil {
		return []Fault{{SignedFile, strings.TrimLeft(strings.TrimPrefix(err.Error(), SignedFile), ": ")}}, nil
	}
	var faults []Fault
	seen := make(map[string]bool)
	look := func(folder, word, ext string, check func(name string) error) error {
		names, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(folder)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, e := range names {
			name, ok := strings.CutSuffix(e.Name(), ext)
			if !ok || strings.HasPrefix(name, ".") || strings.Contains(name, ".") {
				continue
			}
			seen[word+" "+name] = true
			if err := check(name); err != nil {
				file := folder + "/" + e.Name()
				faults = append(faults, Fault{file, strings.TrimPrefix(strings.TrimPrefix(err.Error(), file), " ")})
			}
		}
		return nil
	}
	err = errors.Join(
		look(AccountsDir, "account", ".txt", func(name string) error {
			a, err := LoadAccount(dir, name)
			if err != nil {
				return err
			}
			return s.CheckAccount(name, a)
		}),
		look(RecipientsDir, "compartments", ".txt", func(name string) error {
			if name == Authority {
				name = ""
			}
			r, err := LoadRecipients(dir, name)
			if err != nil {
				return err
			}
			return s.CheckSchool(r)
		}),
		look(OfficersDir, "officer", ".pub", func(name string) error {
			text, err := readPublic(dir, OfficersDir+"/"+name+".pub")
			if err != nil {
				return err
			}
			return s.CheckOfficer(name, text)
		}),
	)
	for key := range s.sums {
		if !seen[key] {
			word, name, _ := strings.Cut(key, " ")
			file := map[string]string{"account": AccountPath(name), "compartments": RecipientsDir + "/" + name + ".txt", "officer": OfficersDir + "/" + name + ".pub"}[word]
			faults = append(faults, Fault{file, "is not there and the root signed it: put it back from version control"})
		}
	}
	slices.SortFunc(faults, func(a, b Fault) int { return strings.Compare(a.File, b.File) })
	return faults, err
}
