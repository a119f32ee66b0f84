package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"despatch/generator"
	"despatch/generator/tree"
	"despatch/internal/buildkeys"
	"despatch/internal/sshsig"
	"despatch/office/desk"
)

// treeDir is the published tree of an authority's folder.
const treeDir = "public"

// hostTimeout is how long one file of a host may take.
const hostTimeout = 5 * time.Minute

func newVerify(e *env) *cobra.Command {
	var seen bool
	c := &cobra.Command{
		Use:   "verify [FOLDER | URL]",
		Short: "Check a published tree against the authority's root, file by file",
		Long: `Check a published tree, in a folder or as a host serves it, from the root key down:
keys, head, lists and every listed file. Each file that was changed, is missing, was
added or rolled back is named, one a line: kind, path, what is wrong. A stale head is
a warning. Without argument the authority's own tree is checked.

With --seen, and when nothing is wrong and the host's head is the one that was built
here, note of every visit that it carries that its school can read it now. A visit
that came out on a later day than it was submitted gets its days counted from then.`,
		Example: `  despatch verify
  despatch verify /srv/www/portal
  despatch verify https://portal.northmoor.example
  despatch verify https://portal.northmoor.example --seen`,
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
			if err := e.report(target, findings); err != nil || !seen {
				return err
			}
			return e.noteSeen(c.Context(), target)
		},
	}
	c.Flags().BoolVar(&seen, "seen", false, "note which visits schools can read now")
	return c
}

// noteSeen writes down that what was built here was seen at a host.
func (e *env) noteSeen(ctx context.Context, target string) error {
	carried, serial, err := generator.Carried(e.Dir)
	if err != nil {
		return withHint(err, "despatch build, deploy, and then this again")
	}
	done, err := e.lookAt(ctx, target, "", carried, serial)
	for _, one := range done {
		if _, err := fmt.Fprintln(e.Stdout, one.File); err != nil {
			return err
		}
		if !one.Window.On.IsZero() {
			fmt.Fprintf(e.Stderr, "%s: its days count from today, so the answer is awaited by %s\n", one.Record.ID, one.Window.On.Long())
		}
	}
	return err
}

// lookAt holds the head that a host shows to the one that was built here, and notes
// the visits that it carries.
func (e *env) lookAt(ctx context.Context, target, by string, carried map[string]bool, serial int) (done []desk.Done, err error) {
	if err := e.shows(ctx, target, serial); err != nil {
		return nil, err
	}
	err = e.atDesk(e.officer(by), func(d *desk.Desk) error {
		var err error
		done, err = d.Seen(func(file string) bool { return carried[file] }, serial)
		return err
	})
	return done, err
}

// shows refuses a host whose head is another than the one that was built here.
func (e *env) shows(ctx context.Context, target string, serial int) error {
	theirs, err := headAt(ctx, target)
	if err != nil {
		return err
	}
	own, err := os.ReadFile(filepath.Join(e.tree(), "head"))
	if err != nil {
		return err
	}
	if !bytes.Equal(own, theirs) {
		return withHint(fmt.Errorf("%s does not show the head that was built here, serial %d", target, serial), "despatch deploy")
	}
	return nil
}

// headAt is the head that a folder holds or a host serves.
func headAt(ctx context.Context, target string) ([]byte, error) {
	if !isURL(target) {
		return os.ReadFile(filepath.Join(target, "head"))
	}
	const most = 1 << 20
	r, err := tree.AtHost(tree.HostClient(hostTimeout), target)(ctx, "head")
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, most))
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
