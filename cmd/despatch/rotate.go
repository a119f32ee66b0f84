package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"despatch/internal/buildkeys"
	"despatch/internal/naming"
	"despatch/office/enrol"
	"despatch/records/access"
)

func newRotate(e *env) *cobra.Command {
	var u unlocking
	var account string
	var all bool
	c := &cobra.Command{
		Use:   "rotate [SCHOOL|COMPARTMENT]…",
		Short: "Give compartments new keys, and new rings to all who may read them",
		Long: `Give compartments new keys at their next epoch: all of a school (its URN), all of
the authority (la), or single ones. The next build publishes their pages anew, old
years included, and deletes what was sealed to the old keys. What was fetched
before stays readable to whoever holds an old key.`,
		Example: `  despatch rotate 900001
  despatch rotate 900001/visits-full la/role-headteacher
  despatch rotate --account 7KQ2-M9XD
  despatch rotate --all`,
		Args: func(_ *cobra.Command, args []string) error {
			ways := 0
			for _, set := range []bool{len(args) > 0, account != "", all} {
				if set {
					ways++
				}
			}
			if ways != 1 {
				return usageError{errors.New("say what: schools or compartments, or --account CODE for all that one person can open, or --all")}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			now, err := e.Now()
			if err != nil {
				return err
			}
			site, err := e.readSite()
			if err != nil {
				return err
			}
			if all {
				if args, err = enrol.AllTargets(e.Dir); err != nil {
					return err
				}
			}
			targets, err := enrol.ParseTargets(e.Dir, args)
			if account != "" {
				targets, err = heldBy(e.Dir, account)
			}
			if err != nil {
				return err
			}
			o, err := u.open(e)
			if err != nil {
				return err
			}
			done, err := o.Rotate(c.Context(), site, targets, now, e.progress())
			e.say(done)
			return err
		},
	}
	u.flags(c)
	c.Flags().StringVar(&account, "account", "", "everything in the ring of this account `code`")
	c.Flags().BoolVar(&all, "all", false, "every compartment of every school and of the authority")
	return c
}

func heldBy(dir, typed string) ([]access.Compartment, error) {
	code, err := access.FoldCode(typed)
	if err != nil {
		return nil, usageError{err}
	}
	a, err := buildkeys.LoadAccount(dir, naming.OpaqueAccount(code))
	if err != nil {
		return nil, fmt.Errorf("account %s has no keys: %w", access.FormatCode(code), err)
	}
	var held []access.Compartment
	for _, h := range a.Holds {
		held = append(held, h.Compartment)
	}
	return held, nil
}
