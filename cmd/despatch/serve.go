package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"despatch/generator"
	"despatch/generator/preview"
)

func newServe(e *env) *cobra.Command {
	port := 0
	c := &cobra.Command{
		Use:   "serve",
		Short: "Show the whole site on this machine, drafts included",
		Long: `Serve shows every page that the sources give, drafts included and marked, as it
would be published, or as one person would see it. Pages load again when a source
changes. Nothing is sealed and nothing is written to disk. Only this machine can
open it, and only with the printed link.`,
		Example: "  despatch serve\n  despatch serve --port 8080",
		Args:    arguments(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := e.Now(); err != nil {
				return err
			}
			return e.serve(cmd.Context(), port)
		},
	}
	c.Flags().IntVar(&port, "port", 8484, "the `port` to listen on; 0: any that is free")
	return c
}

func (e *env) serve(ctx context.Context, port int) error {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return withHint(fmt.Errorf("listen: %w", err), "despatch serve --port 0")
	}
	defer l.Close()
	started := time.Now()
	from, err := e.Now()
	if err != nil {
		return err
	}
	s, err := preview.New(preview.Options{
		Dir: e.Dir, Port: l.Addr().(*net.TCPAddr).Port, Log: e.logger(),
		Now: func() time.Time { return from.Add(time.Since(started)) },
	})
	if err != nil {
		return hintForBuild(err)
	}
	defer s.Close()
	fmt.Fprintln(e.Stdout, s.Link())
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	server := &http.Server{
		Handler: s, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	watched := make(chan error, 1)
	go func() {
		watched <- generator.Changes(ctx, e.Dir, e.logger(), func(generator.Change) { s.Reload() })
	}()
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	err = server.Serve(l)
	cancel()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, <-watched)
}
