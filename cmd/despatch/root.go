package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"despatch/generator/source"
)

// env is what every subcommand is given: its streams, the authority's folder
// and the time.
type env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Dir            string
	clock          string
	began          time.Time // where it is set, --clock goes on from here
	keysLock       *os.File  // held until the command ends
}

// errFindings says that the command worked and found something to report; what
// it found is already on standard output. Exit code 1, nothing more is printed.
var errFindings = errors.New("findings")

// hinted is an error with the command or act that mends it.
type hinted struct {
	error
	hint string
}

// withHint adds what to do to err.
func withHint(err error, hint string) error { return hinted{err, hint} }

// Unwrap gives the error without its hint.
func (h hinted) Unwrap() error { return h.error }

// usageError is a command line that cannot be understood. Exit code 2.
type usageError struct{ error }

// Now is the time that a command works at: --clock where given, else the
// system's.
func (e *env) Now() (time.Time, error) {
	if e.clock == "" {
		return time.Now(), nil
	}
	t, err := time.Parse(time.RFC3339, e.clock)
	if err != nil {
		return time.Time{}, usageError{fmt.Errorf("--clock %q is not a time (want one like 2026-11-22T09:00:00Z)", e.clock)}
	}
	if !e.began.IsZero() {
		t = t.Add(time.Since(e.began))
	}
	return t, nil
}

func newRoot(e *env) *cobra.Command {
	root := &cobra.Command{
		Use:           "despatch",
		Short:         "Publish papers to schools, sealed for each of them",
		SilenceErrors: true,
		SilenceUsage:  true,

		SuggestionsMinimumDistance: 2,
		Args:                       unknownCommand,
		RunE:                       func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.PersistentFlags().StringVarP(&e.Dir, "dir", "C", ".", "the authority's `folder`")
	root.PersistentFlags().StringVar(&e.clock, "clock", "", "work as at this `time` (2026-11-22T09:00:00Z) instead of now")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(
		newInit(e),
		newNew(e),
		newImport(e),
		newSubmit(e),
		newPublish(e),
		newFinalise(e),
		newWithdraw(e),
		newCheck(e),
		newDoctor(e),
		newList(e),
		newChase(e),
		newNotify(e),
		newBounces(e),
		newExport(e),
		newWho(e),
		newEnrol(e),
		newRotate(e),
		newKeys(e),
		newPDFSigner(e),
		newBuild(e),
		newRun(e),
		newServe(e),
		newDemo(e),
		newOpen(e),
		newVerify(e),
		newVerifyReceipt(e),
		newVerifyStatement(e),
		newRegister(e),
		newCollect(e),
		newArchive(e),
		newRecords(e),
		newVerifyArchive(e),
		newDeploy(e),
		newRenew(e),
		newVersion(e),
	)
	finish(root)
	return root
}

// run is the program without its process: it returns the exit code (0 done, 1
// findings or an error, 2 usage).
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	e := &env{Stdin: stdin, Stdout: stdout, Stderr: stderr}
	defer e.letKeysGo()
	root := newRoot(e)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	ran, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	if errors.Is(err, errFindings) {
		return 1
	}
	fmt.Fprintf(stderr, "despatch: error: %v\n", err)
	var h hinted
	if errors.As(err, &h) {
		fmt.Fprintf(stderr, "despatch: hint: %s\n", h.hint)
	}
	if _, ok := errors.AsType[source.NoAuthority](err); ok {
		fmt.Fprintln(stderr, "despatch: hint: say which folder with -C DIR, or make one: despatch init DIR")
	}
	if _, ok := errors.AsType[usageError](err); ok {
		fmt.Fprintf(stderr, "despatch: hint: %s --help\n", ran.CommandPath())
		return 2
	}
	return 1
}
