package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"despatch/generator/tree"
)

func newDeploy(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "deploy FOLDER",
		Short: "Bring a folder that a web host serves to the state of the published tree",
		Long: `Copy what is new to FOLDER, the head last, remove what is neither listed nor
retired any more, and verify the whole. The folder must be empty or hold a tree of
this authority; one whose head the present tree was not built on is refused, and
nothing is removed that was not published from here.`,
		Example: `  despatch deploy /srv/www/portal`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			root, o, err := e.verifyOptions()
			if err != nil {
				return err
			}
			done, err := tree.Deploy(c.Context(), e.tree(), args[0], root, o)
			if errors.Is(err, tree.ErrStale) {
				return withHint(err, "someone else has deployed there: bring that tree here, then despatch build")
			}
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(e.Stdout, "serial %d: %d files copied, %d removed\n", done.Serial, done.Copied, done.Removed); err != nil {
				return err
			}
			return e.report(args[0], done.Findings)
		},
	}
}
