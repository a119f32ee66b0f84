package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

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
	r := &runner{env: e, log: slog.New(&demoVoice{e.Stdout, e.Stderr}), by: "despatch demo", collect: demoPace, finalise: time.Minute, strict: true}
	if box != nil {
		r.server, r.open = box.child(), box.open
		r.ready = func() { printDemo(e.Stdout, dir, box.port, "What schools send is collected twice a second.", signIns) }
		return r.run(ctx)
	}
	alone := &siteServer{dir: filepath.Join(dir, "public"), port: port}
	r.server = alone
	r.ready = func() {
		printDemo(e.Stdout, dir, alone.port, "Nothing can be sent from it: this demonstration runs without its drop-box ("+why+").", signIns)
	}
	return r.run(ctx)
}

// demoPace is how often the demonstration collects: whoever answers sees the page
// change at once.
const demoPace = 500 * time.Millisecond

// A siteServer serves the demonstration where there is no drop-box to do it.
type siteServer struct {
	dir      string
	port     int // the first to try; once it serves, its own
	tree     *os.Root
	listener net.Listener
}

func (s *siteServer) start(context.Context) error {
	var err error
	if s.tree, err = os.OpenRoot(s.dir); err != nil {
		return err
	}
	s.listener, s.port, err = listenLocal(s.port, "despatch demo --port 9000")
	return err
}

func (s *siteServer) wait(ctx context.Context) error {
	return errors.Join(serveUntilDone(ctx, newLocalServer(&siteHost{tree: s.tree, port: s.port}), s.listener), s.tree.Close())
}

// A demoVoice says to a person what a runner does: what schools sent on standard
// output, all else on standard error.
type demoVoice struct{ out, err io.Writer }

func (v *demoVoice) Enabled(context.Context, slog.Level) bool { return true }
func (v *demoVoice) WithAttrs([]slog.Attr) slog.Handler       { return v }
func (v *demoVoice) WithGroup(string) slog.Handler            { return v }

func (v *demoVoice) Handle(_ context.Context, r slog.Record) error {
	said := make(map[string]string)
	r.Attrs(func(a slog.Attr) bool { said[a.Key] = a.Value.String(); return true })
	var err error
	switch {
	case r.Message == "built" && said["serial"] != "1":
		_, err = fmt.Fprintf(v.err, "built again, serial %s: reload the page\n", said["serial"])
	case r.Message == "collected":
		_, err = fmt.Fprintf(v.out, "%s  school %s answered: %s, %s\n", r.Time.Format("15:04:05"), said["school"], said["answer"], said["record"])
	case r.Message == "kept and not taken":
		_, err = fmt.Fprintf(v.out, "! leaf %s, school %s, is kept and not taken: %s\n", said["leaf"], said["school"], said["why"])
	case r.Level >= slog.LevelError:
		_, err = fmt.Fprintf(v.err, "despatch: error: %s\n", said["error"])
	}
	return err
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
