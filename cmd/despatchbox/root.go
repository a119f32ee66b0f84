package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// env is what every subcommand is given: its streams and the box's folder.
type env struct {
	Stdout, Stderr io.Writer
	Dir            string
}

// The folders of a box.
const (
	keysDir  = "keys"
	storeDir = "store"
	confFile = "box.yaml"
)

func (e *env) path(name string) string { return filepath.Join(e.Dir, name) }

// hinted is an error with the command or act that mends it.
type hinted struct {
	error
	hint string
}

// Unwrap gives the error without its hint.
func (h hinted) Unwrap() error { return h.error }

// usageError is a command line that cannot be understood. Exit code 2.
type usageError struct{ error }

// exitDisk is the exit code after an error of fsync: what is on the disk is not
// known, and only a new start finds out.
const exitDisk = 3

// giveUp ends the process at once, since nothing that it holds can be relied on.
func (e *env) giveUp(err error) {
	fmt.Fprintf(e.Stderr, "despatchbox: error: the disk does not keep what it is given: %v\n", err)
	os.Exit(exitDisk)
}

func newRoot(e *env) *cobra.Command {
	root := &cobra.Command{
		Use:           "despatchbox",
		Short:         "Take sealed papers from schools, and give receipts",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unknown command %q", args[0])}
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.PersistentFlags().StringVarP(&e.Dir, "dir", "C", ".", "the box's `folder`")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(newInit(e), newBegin(e), newServe(e), newCheck(e), newBackup(e), newRestore(e), newDoctor(e), newRotateCookies(e))
	for _, c := range root.Commands() {
		if check := c.Args; check != nil {
			c.Args = func(c *cobra.Command, args []string) error {
				if err := check(c, args); err != nil {
					return usageError{fmt.Errorf("%w (usage: %s)", err, c.UseLine())}
				}
				return nil
			}
		}
	}
	return root
}

// run is the program without its process: it returns the exit code (0 done, 1 an
// error, 2 usage).
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	e := &env{Stdout: stdout, Stderr: stderr}
	root := newRoot(e)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	ran, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "despatchbox: error: %v\n", err)
	if h, ok := errors.AsType[hinted](err); ok {
		fmt.Fprintf(stderr, "despatchbox: hint: %s\n", h.hint)
	}
	if _, ok := errors.AsType[usageError](err); ok {
		fmt.Fprintf(stderr, "despatchbox: hint: %s --help\n", ran.CommandPath())
		return 2
	}
	return 1
}
