package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"despatch/generator/source"
	"despatch/office/enrol"
	"despatch/records/access"
)

// enrolling are the switches of despatch enrol.
type enrolling struct {
	unlocking
	again, all, refresh, remove, print bool
	asked                              asking
}

func newEnrol(e *env) *cobra.Command {
	var s enrolling
	c := &cobra.Command{
		Use:   "enrol [CODE…]",
		Short: "Give people keys and a letter to sign in with, or take keys away",
		Long: `Make the keys of accounts that content/accounts names, and a letter for each to
print: account code, passphrase and what to do. Letters stand under
private/letters until they are printed and deleted; the passphrase is kept nowhere
else.

With --from-return, make the accounts that schools asked for by a data return with the
fields forename, surname, role and email, as far as they have none yet: they are
listed, and made once you have said yes. An address that somebody has is refused. A
role that the school's words do not name is the one of --role. The details are promised
within two weeks; despatch list due counts them down.

With --again, replace the keys of people whose letter was lost. Nobody can tell who
has it now, so all that it opened gets new keys, as when somebody is removed.

With --refresh, bring every ring in line with content/accounts and
content/groups.yaml; what somebody may no longer read gets new keys. With --remove,
take a person's keys away: all that they could open gets new keys, and the next
build publishes it anew. What they fetched before stays readable to them.`,
		Example: `  despatch enrol 7KQ2-M9XD
  despatch enrol --all
  despatch enrol --from-return additional-user-account
  despatch enrol --again 7KQ2-M9XD
  despatch enrol --refresh
  despatch enrol --remove 7KQ2-M9XD`,
		Args: func(_ *cobra.Command, args []string) error { return s.check(len(args)) },
		RunE: func(c *cobra.Command, args []string) error {
			codes, err := foldCodes(args)
			if err != nil {
				return err
			}
			return s.run(c, e, codes)
		},
	}
	s.flags(c)
	c.Flags().BoolVar(&s.again, "again", false, "replace the keys of accounts whose letter is lost: the old ones stop working, and all they opened gets new keys")
	c.Flags().BoolVar(&s.all, "all", false, "all accounts that have no keys yet")
	c.Flags().BoolVar(&s.refresh, "refresh", false, "bring all rings in line with content/")
	c.Flags().BoolVar(&s.remove, "remove", false, "take the keys of these accounts away")
	s.asked.flags(c)
	c.Flags().BoolVar(&s.print, "print", false, "print the passphrases as well: code, tab, passphrase")
	return c
}

// check refuses switches that contradict each other.
func (s *enrolling) check(codes int) error {
	modes := 0
	for _, set := range []bool{s.all, s.refresh, s.remove, s.again, s.asked.from != ""} {
		if set {
			modes++
		}
	}
	switch {
	case modes > 1:
		return usageError{errors.New("use one of --again, --all, --from-return, --refresh and --remove at a time")}
	case (s.all || s.refresh || s.asked.from != "") && codes > 0:
		return usageError{errors.New("--all, --from-return and --refresh take no account codes")}
	case s.asked.from == "" && (s.asked.role != "" || s.asked.yes):
		return usageError{errors.New("--role and --yes go with --from-return")}
	case !s.all && !s.refresh && s.asked.from == "" && codes == 0:
		return usageError{errors.New("say whom: an account code as 7KQ2-M9XD, or --all")}
	}
	return nil
}

func foldCodes(args []string) ([]string, error) {
	var codes []string
	for _, a := range args {
		code, err := access.FoldCode(a)
		if err != nil {
			return nil, usageError{err}
		}
		codes = append(codes, code)
	}
	return codes, nil
}

func (s *enrolling) run(c *cobra.Command, e *env, codes []string) error {
	now, err := e.Now()
	if err != nil {
		return err
	}
	if s.asked.from != "" {
		if codes, err = s.asked.accounts(e); err != nil || len(codes) == 0 {
			return err
		}
	}
	site, err := e.readSite()
	if err != nil {
		return err
	}
	if s.all {
		status, err := enrol.ReadStatus(e.Dir, site)
		if err != nil {
			return err
		}
		if codes = status.NoKeys; len(codes) == 0 {
			fmt.Fprintln(e.Stderr, "Every account has keys.")
			return nil
		}
	}
	o, err := s.open(e)
	if err != nil {
		return err
	}
	switch {
	case s.refresh:
		done, err := o.Refresh(c.Context(), site, now, e.progress())
		e.say(done)
		return err
	case s.remove:
		return s.removeAll(c, e, o, site, codes)
	}
	if s.again {
		people, done, err := o.Replace(c.Context(), site, codes, now, e.progress())
		s.letters(e, people)
		e.say(done)
		if err == nil {
			fmt.Fprintln(e.Stderr, "The old letters open nothing that the next despatch build publishes. What was read or saved before stays readable to whoever has it.")
		}
		return err
	}
	people, err := o.Enrol(c.Context(), site, codes, now, e.progress())
	s.letters(e, people)
	return err
}

// letters tells where the letters are.
func (s *enrolling) letters(e *env, people []enrol.Enrolled) {
	for _, p := range people {
		if s.print {
			fmt.Fprintf(e.Stdout, "%s\t%s\n", p.Account.Code, p.Passphrase.Reveal())
			continue
		}
		fmt.Fprintln(e.Stdout, filepath.Join(e.Dir, filepath.FromSlash(p.Letter)))
	}
	if len(people) > 0 {
		fmt.Fprintln(e.Stderr, "Print the letters in private/letters, hand them over, delete the files. Then: despatch build")
	}
}

func (s *enrolling) removeAll(c *cobra.Command, e *env, o *enrol.Office, site *source.Site, codes []string) error {
	now, err := e.Now()
	if err != nil {
		return err
	}
	for _, code := range codes {
		done, err := o.Remove(c.Context(), site, code, now, e.progress())
		if err != nil {
			return err
		}
		e.say(done)
		if _, ok := site.Accounts[code]; ok {
			fmt.Fprintf(e.Stderr, "Delete content/accounts/%s.yaml as well: the person is still in it.\n", strings.ToLower(code))
		}
	}
	fmt.Fprintln(e.Stderr, "The next despatch build makes this hold. What was read or saved before stays readable to whoever has it.")
	return nil
}

// say prints what a change of keys did.
func (e *env) say(done enrol.Changed) {
	for _, c := range done.Rotated {
		fmt.Fprintf(e.Stdout, "new key\t%s\n", c.ID())
	}
	for _, code := range done.Rings {
		fmt.Fprintf(e.Stdout, "new ring\t%s\n", access.FormatCode(code))
	}
	fmt.Fprintf(e.Stderr, "%s new keys, %s made anew, %s with the next build.\n", counted(len(done.Rotated), "compartment got", "compartments got"),
		counted(len(done.Rings), "ring was", "rings were"), counted(done.Purged, "published file goes", "published files go"))
}
