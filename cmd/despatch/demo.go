package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"despatch/generator"
	"despatch/office/demo"
)

// demoPort is where the demonstration is served when it is free.
const demoPort = 8017

func newDemo(e *env) *cobra.Command {
	port, program := demoPort, ""
	cmd := &cobra.Command{
		Use:   "demo [DIR]",
		Short: "Make a fictional authority, build its site and serve it on this machine",
		Long: `Make a fictional authority in DIR (demo, unless said), build its site and
serve it on http://localhost, with a drop-box for what is sent from it
(despatchbox, beside this program). What is there already is kept. The site is built
anew when a file changes. Nobody in it exists; all sign-ins are in
DIR/private/demo-accounts.tsv.`,
		Example: "  despatch demo\n  despatch demo /tmp/northmoor --port 9000",
		Args:    arguments(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := filepath.Join(e.Dir, "demo")
			switch {
			case len(args) == 1:
				dir = args[0]
			case cmd.Flags().Changed("dir"):
				dir = e.Dir
			}
			e.Dir = dir
			return e.runDemo(cmd.Context(), program, port)
		},
	}
	cmd.Flags().IntVar(&port, "port", demoPort, "first `port` to try")
	cmd.Flags().StringVar(&program, "despatchbox", "", "the drop-box's `program` (else the one beside this)")
	return cmd
}

func (e *env) runDemo(ctx context.Context, program string, port int) error {
	dir := e.Dir
	signIns, err := e.ensureDemo(ctx, dir)
	if err != nil {
		return err
	}
	box, why, err := e.findDemoBox(ctx, program, port)
	if err != nil {
		return err
	}
	now, err := e.Now()
	if err != nil {
		return err
	}
	started := time.Now()
	clock := func() time.Time { return now.Add(time.Since(started)) }
	built := make(chan error, 1)
	watched := make(chan error, 1)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	first := true // the first build decides whether there is anything to serve
	told := func(s generator.Summary, err error) {
		if first {
			first = false
			built <- err
			return
		}
		e.sayRebuilt(s, err)
	}
	go func() {
		watched <- generator.Watch(ctx, generator.Options{Dir: dir, Now: now, Log: e.logger(), Progress: e.progress()}, clock, told)
	}()
	select {
	case err := <-built:
		if err == nil {
			err = e.serveDemo(ctx, box, why, port, signIns)
		}
		stop()
		return errors.Join(hintForBuild(err), <-watched)
	case err := <-watched:
		return hintForBuild(err)
	}
}

func (e *env) sayRebuilt(s generator.Summary, err error) {
	switch {
	case err != nil:
		fmt.Fprintf(e.Stderr, "despatch: error: %v\n", err)
	case s.Changed:
		fmt.Fprintf(e.Stderr, "built again, serial %d: reload the page\n", s.Serial)
	}
}

// lastWords is how long pages on their way may take when the program ends.
const lastWords = 2 * time.Second

// serveDemo serves the site: with the drop-box, where there is one, else alone.
func (e *env) serveDemo(ctx context.Context, box *demoBox, why string, port int, signIns []demo.SignIn) error {
	dir := e.Dir
	if box != nil {
		return box.run(ctx, func() { printDemo(e.Stdout, dir, box.port, "What schools send is collected once a second.", signIns) })
	}
	tree, err := os.OpenRoot(filepath.Join(dir, "public"))
	if err != nil {
		return err
	}
	defer tree.Close()
	listener, port, err := listenLocal(port, "despatch demo --port 9000")
	if err != nil {
		return err
	}
	printDemo(e.Stdout, dir, port, "Nothing can be sent from it: this demonstration runs without its drop-box ("+why+").", signIns)
	return serveUntilDone(ctx, newLocalServer(&siteHost{tree: tree, port: port}), listener)
}

// printDemo says where the site is and with whose sign-in to begin.
func printDemo(w io.Writer, dir string, port int, sending string, signIns []demo.SignIn) {
	fmt.Fprintf(w, "The demonstration is at http://localhost:%d\n\n", port)
	byName := make(map[string]demo.SignIn, len(signIns))
	for _, s := range signIns {
		byName[s.Name] = s
	}
	for _, t := range demo.Tours() {
		s, ok := byName[t.Name]
		if !ok {
			continue // whoever changed the demonstration's people knows them
		}
		fmt.Fprintf(w, "%s, %s\n  account code  %s\n  passphrase    %s\n  try           %s\n\n", t.Name, t.Who, s.Code, s.Passphrase, t.Try)
	}
	fmt.Fprintf(w, "All %d sign-ins: %s\n%s\nThe site is built again when a file in %s changes. Press Ctrl-C to stop.\n",
		len(signIns), filepath.Join(dir, "private", "demo-accounts.tsv"), sending, dir)
}
