package main

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"despatch/generator/tree"
	"despatch/internal/buildkeys"
	"despatch/internal/sshsig"
)

// treeDir is the published tree of an authority's folder.
const treeDir = "public"

// hostTimeout is how long one file of a host may take.
const hostTimeout = 5 * time.Minute

func newVerify(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "verify [FOLDER | URL]",
		Short: "Check a published tree against the authority's root, file by file",
		Long: `Check a published tree, in a folder or as a host serves it, from the root key down:
keys, head, lists and every listed file. Each file that was changed, is missing, was
added or rolled back is named, one a line: kind, path, what is wrong. A stale head is
a warning. Without argument the authority's own tree is checked.`,
		Example: `  despatch verify
  despatch verify /srv/www/portal
  despatch verify https://portal.northmoor.example`,
		Args: arguments(0, 1),
		RunE: func(c *cobra.Command, args []string) error {
			root, o, err := e.verifyOptions()
			if err != nil {
				return err
			}
			target := e.tree()
			if len(args) == 1 {
				target = args[0]
			}
			var findings []tree.Finding
			if isURL(target) {
				findings, err = tree.VerifyURL(c.Context(), tree.HostClient(hostTimeout), target, root, o)
			} else {
				findings, err = tree.Verify(target, root, o)
			}
			if err != nil {
				return err
			}
			return e.report(target, findings)
		},
	}
}

func (e *env) tree() string { return filepath.Join(e.Dir, treeDir) }

func (e *env) heads() tree.Heads {
	return tree.Heads(filepath.Join(e.Dir, filepath.FromSlash(buildkeys.HeadsDir)))
}

// verifyOptions are the authority's root, the time and the heads made here.
func (e *env) verifyOptions() (root sshsig.PublicKey, o tree.VerifyOptions, err error) {
	if root, err = buildkeys.LoadRoot(e.Dir); err != nil {
		return root, o, err
	}
	o.Heads, o.Progress = e.heads(), e.progress()
	if o.Now, err = e.Now(); err != nil {
		return root, o, err
	}
	o.HighestSerial, err = o.Heads.Highest()
	return root, o, err
}

// report prints findings; only warnings are no findings.
func (e *env) report(target string, findings []tree.Finding) error {
	bad := 0
	for _, f := range findings {
		if f.Warning() {
			fmt.Fprintf(e.Stderr, "despatch: warning: %s\n", f)
			continue
		}
		bad++
		if _, err := fmt.Fprintln(e.Stdout, f); err != nil {
			return err
		}
	}
	if bad > 0 {
		return errFindings
	}
	_, err := fmt.Fprintf(e.Stdout, "%s is what was published\n", target)
	return err
}
