package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"despatch/generator/tree"
)

func newDeploy(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "deploy [FOLDER]",
		Short: "Bring a folder that a web host serves to the state of the published tree",
		Long: `Copy what is new to FOLDER, or to the one that despatch.yaml names as
portal.published, the head last, remove what is neither listed nor
retired any more, and verify the whole. The folder must be empty or hold a tree of
this authority; one whose head the present tree was not built on is refused, and
nothing is removed that was not published from here.`,
		Example: `  despatch deploy
  despatch deploy /srv/www/portal`,
		Args: arguments(0, 1),
		RunE: func(c *cobra.Command, args []string) error {
			root, o, err := e.verifyOptions()
			if err != nil {
				return err
			}
			to, err := e.deployTo(args)
			if err != nil {
				return err
			}
			done, err := tree.Deploy(c.Context(), e.tree(), to, root, o)
			if errors.Is(err, tree.ErrStale) {
				return withHint(err, "someone else has deployed there: bring that tree here, then despatch build")
			}
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(e.Stdout, "serial %d: %d files copied, %d removed\n", done.Serial, done.Copied, done.Removed); err != nil {
				return err
			}
			if serial, waits := e.registerWaits(); waits {
				fmt.Fprintf(e.Stderr, "The drop-box was not sent register %d yet: despatch register\n", serial)
			}
			return e.report(to, done.Findings)
		},
	}
}

// deployTo is the folder that was said, else the one that despatch.yaml names.
func (e *env) deployTo(args []string) (string, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	site, err := e.readSite()
	if err != nil {
		return "", err
	}
	to := site.Settings.Portal.Published
	switch {
	case to == "":
		return "", usageError{errors.New("say where to: a folder, here or as portal.published in despatch.yaml")}
	case filepath.IsAbs(to):
		return to, nil
	}
	return filepath.Join(e.Dir, filepath.FromSlash(to)), nil
}
