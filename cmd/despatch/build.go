package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"despatch/generator"
	"despatch/internal/buildkeys"
	"despatch/layouts"
	"despatch/office/enrol"
	"despatch/records/access"
)

func newBuild(e *env) *cobra.Command {
	var verify, watch bool
	c := &cobra.Command{
		Use:   "build",
		Short: "Seal what changed and publish it to public/",
		Long: `Build reads content and events, seals every school's pages for that school
alone and writes the published tree to public/, its head last. What did not
change is not sealed again. While the sources have a problem nothing is
published; all problems are printed.

It needs public-keys/ and private/naming.key and private/head.key, and asks for
no passphrase.`,
		Example: "  despatch build\n  despatch build --watch\n  despatch build --clock 2026-11-22T09:00:00Z --verify",
		Args:    arguments(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			now, err := e.Now()
			if err != nil {
				return err
			}
			o := generator.Options{Dir: e.Dir, Now: now, Verify: verify, Log: e.logger(), Progress: e.progress()}
			if watch {
				return e.watch(cmd.Context(), o)
			}
			summary, err := generator.Build(cmd.Context(), o)
			if err != nil {
				return hintForBuild(err)
			}
			return e.told(summary)
		},
	}
	c.Flags().BoolVar(&verify, "verify", false, "look at every source again, whatever its size and time say")
	c.Flags().BoolVar(&watch, "watch", false, "go on building whenever a source changes, until interrupted")
	return c
}

// watch builds until it is interrupted. A build that fails is told and the next
// change tries again.
func (e *env) watch(ctx context.Context, o generator.Options) error {
	started := time.Now()
	clock := func() time.Time { return o.Now.Add(time.Since(started)) }
	return generator.Watch(ctx, o, clock, func(s generator.Summary, err error) {
		if err == nil {
			err = e.told(s)
		}
		if err != nil {
			fmt.Fprintf(e.Stderr, "despatch: error: %v\n", hintForBuild(err))
		}
	})
}

// logger writes what is for whoever looks after the machine.
func (e *env) logger() *slog.Logger { return slog.New(slog.NewTextHandler(e.Stderr, nil)) }

// told prints what a build did.
func (e *env) told(s generator.Summary) error {
	for _, w := range s.Warnings {
		fmt.Fprintf(e.Stderr, "despatch: %s\n", w)
	}
	for _, h := range s.Held {
		fmt.Fprintf(e.Stderr, "despatch: held: %s\n", h)
	}
	if err := e.warnOfOldRings(s); err != nil {
		return err
	}
	if !s.Changed {
		_, err := fmt.Fprintf(e.Stdout, "nothing changed: serial %d stands\n", s.Serial)
		return err
	}
	_, err := fmt.Fprintf(e.Stdout, "published serial %d: %d of %d sets of pages looked at (one a school, one the authority's own), %s made, %s sealed\n",
		s.Serial, s.Planned, s.Units, counted(s.Pages, "page", "pages"), counted(s.Sealed, "file", "files"))
	return err
}

// warnOfOldRings names whoever reads what is published now by keys that content/
// no longer gives them: a build cannot take keys away.
func (e *env) warnOfOldRings(s generator.Summary) error {
	if s.Site == nil {
		return nil
	}
	drifts, err := enrol.Drifts(e.Dir, s.Site)
	if err != nil {
		return err
	}
	for _, d := range drifts {
		switch code := access.FormatCode(d.Code); {
		case d.Gone:
			fmt.Fprintf(e.Stderr, "despatch: warning: account %s has no file in content/accounts and still holds its keys: run despatch enrol --remove %s\n", code, code)
		case len(d.Lost) > 0:
			fmt.Fprintf(e.Stderr, "despatch: warning: account %s %s and still holds their keys: run despatch enrol --refresh\n", code, d.Why)
		}
	}
	return nil
}

// hintForBuild adds the command that mends what keeps a build from running.
func hintForBuild(err error) error {
	switch {
	case errors.Is(err, layouts.ErrNotBuilt):
		return withHint(err, "make assets")
	case errors.Is(err, buildkeys.ErrNoKeys):
		return withHint(err, "despatch init DIR")
	case errors.As(err, new(generator.Problems)):
		return withHint(err, "despatch check")
	}
	return err
}
