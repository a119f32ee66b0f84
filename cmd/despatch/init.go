package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"despatch/internal/buildkeys"
	"despatch/internal/durable"
	"despatch/internal/keyring"
	"despatch/office/enrol"
	"despatch/office/skeleton"
)

func newInit(e *env) *cobra.Command {
	var name, code, officer string
	var print, fictional bool
	var from, root, fingerprint string
	c := &cobra.Command{
		Use:   "init DIR",
		Short: "Make the folder of a new authority, with its first keys",
		Long: `Make the folder of a new authority: settings to fill in, the standard roles and
kinds of visit, and its first keys with one officer. The officer's passphrase is
generated and stands on a sheet under private/letters: print it, lock it away and
delete the file. It is kept nowhere else. DIR must be empty or not there.

With --demo it is a fictional authority with schools, people and records, and
everybody's passphrase in private/demo-accounts.tsv.

With --from-archive, it holds the records of an archive, which is checked first: one
school, no people, keys of its own. They build to the pages that the school saw.`,
		Example: `  despatch init --name "Northmoor County Council" --code 999 northmoor
  despatch init --demo somewhere
  despatch init --from-archive fernside.zip --fingerprint SHA256:… restored`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("say which folder to make: despatch init DIR")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			now, err := e.Now()
			if err != nil {
				return err
			}
			dir := filepath.Join(e.Dir, args[0])
			if filepath.IsAbs(args[0]) {
				dir = args[0]
			}
			if fictional {
				return e.initDemo(cmd.Context(), dir)
			}
			if code != "" && (len(code) != 3 || strings.Trim(code, "0123456789") != "") {
				return usageError{fmt.Errorf("--code %q is not an authority's number (want three digits)", code)}
			}
			if _, err := keyring.NewOfficer(officer); err != nil { // before anything is written
				return usageError{err}
			}
			if from != "" {
				if name != "" || code != "" {
					return usageError{errors.New("--name and --code are those of the archive")}
				}
				if err := e.restore(from, dir, root, fingerprint); err != nil {
					return err
				}
			} else if err := skeleton.Write(dir, name, code); err != nil {
				return err
			}
			p, err := enrol.Init(dir, officer, now)
			if err != nil {
				return err
			}
			sheet, err := enrol.OfficerLetter(officer, p, now)
			if err != nil {
				return err
			}
			return e.handOver(dir, officer, sheet, p, print, func() {
				fmt.Fprintf(e.Stderr, `Next:
  fill in %s
  despatch -C %s import gias FILE --la %s   (or new school)
  despatch -C %s new account   (see new --help)
  despatch -C %s enrol --all
  despatch -C %s check
`, filepath.Join(dir, "despatch.yaml"), dir, cmp.Or(code, "CODE"), dir, dir, dir)
			})
		},
	}
	c.Flags().StringVar(&name, "name", "", "`name` of the authority")
	c.Flags().StringVar(&code, "code", "", "DfE `number` of the authority, three digits")
	c.Flags().StringVar(&officer, "officer", "officer", "`name` of the first officer: lower case letters, digits and hyphens")
	c.Flags().BoolVar(&fictional, "demo", false, "make a fictional authority instead, to try things out")
	c.Flags().StringVar(&from, "from-archive", "", "start with the records of this archive, a `file` or folder")
	rootFlags(c, &root, &fingerprint)
	c.Flags().BoolVar(&print, "print", false, "print the officer's passphrase as well")
	return c
}

// handOver writes an officer's sheet and says where it is. The passphrase itself
// is printed only when asked for.
func (e *env) handOver(dir, officer string, sheet []byte, p keyring.Passphrase, print bool, next func()) error {
	name := filepath.Join(dir, filepath.FromSlash(buildkeys.LettersDir), "officer-"+officer+".html")
	if err := durable.MkdirAll(filepath.Dir(name), os.FileMode(0o700)); err != nil {
		return err
	}
	if err := durable.WriteFile(name, sheet, 0o600); err != nil {
		return err
	}
	if print {
		fmt.Fprintln(e.Stdout, p.Reveal())
	} else {
		fmt.Fprintln(e.Stdout, name)
	}
	fmt.Fprintf(e.Stderr, "The passphrase of the officer %q is on %s: print it, lock it away, delete the file.\n", officer, name)
	next()
	return nil
}
