package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"despatch/generator/tree"
	"despatch/internal/buildkeys"
)

func newRenew(e *env) *cobra.Command {
	var to int
	c := &cobra.Command{
		Use:   "renew",
		Short: "Sign the published list again, so that it stays fresh for four days more",
		Long: `Sign the list of the published tree under the next serial. Nothing else is
written: this needs the head key only, and no content, so a timer can run it daily.

With --rollback, the list of an earlier serial is signed instead, as long as its
files are still there (7 days). Keys, people and the shell are not taken back.`,
		Example: `  despatch renew
  despatch renew --rollback 12`,
		Args: arguments(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("rollback") && to < 1 {
				return usageError{fmt.Errorf("--rollback %d is no serial (want 1 or more)", to)}
			}
			keys, err := buildkeys.Load(e.Dir)
			if err != nil {
				return err
			}
			now, err := e.Now()
			if err != nil {
				return err
			}
			heads := e.heads()
			s, err := tree.Renew(e.tree(), keys.Root, tree.RenewOptions{Now: now, HeadKey: keys.HeadKey, RollbackTo: to, Heads: heads})
			if err != nil {
				return err
			}
			if err := heads.Save(s); err != nil {
				return err
			}
			_, err = fmt.Fprintf(e.Stdout, "serial %d, valid until %s\n", s.Head.Serial, s.Head.ValidUntil.Format("2006-01-02 15:04 UTC"))
			return err
		},
	}
	c.Flags().IntVar(&to, "rollback", 0, "sign the list of this earlier `serial`")
	return c
}
