package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"despatch/dropbox"
	"despatch/dropbox/boxkeys"
	"despatch/dropbox/drafts"
	"despatch/dropbox/intake"
	"despatch/dropbox/logbook"
	"despatch/dropbox/login"
	"despatch/dropbox/registry"
	"despatch/dropbox/store"
	"despatch/internal/auditlog"
	"despatch/internal/sitehost"
)

// drainTime is how long requests on their way may take when the server ends.
const drainTime = 25 * time.Second

func newServe(e *env) *cobra.Command {
	var listen, operations, site string
	var mayForget bool
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the drop-box",
		Long: `Run the drop-box until it is interrupted; requests on their way are finished first.
Any number of replicas may run over one bucket, or over one folder on one machine.`,
		Example: "  despatchbox -C /srv/box serve --site /srv/www/portal",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			conf, err := e.loadConfig()
			if err != nil {
				return err
			}
			for flag, value := range map[string]struct{ from, to *string }{"listen": {&listen, &conf.Listen}, "operations": {&operations, &conf.Operations}, "site": {&site, &conf.Site}} {
				if cmd.Flags().Changed(flag) {
					*value.to = *value.from
				}
			}
			if err := conf.check(); err != nil {
				return err
			}
			return e.serve(cmd.Context(), conf, mayForget)
		},
	}
	c.Flags().StringVar(&listen, "listen", defaultListen, "`address` and port for browsers")
	c.Flags().StringVar(&operations, "operations", defaultOperations, "`address` and port of /healthz, /readyz and /metrics")
	c.Flags().StringVar(&site, "site", "", "also serve the published tree in this `folder`")
	c.Flags().BoolVar(&mayForget, "store-may-forget", false, "accept a store that a power cut empties; for demonstrations")
	return c
}

func (e *env) serve(ctx context.Context, conf *config, mayForget bool) error {
	keys, err := boxkeys.Load(e.path(keysDir))
	if err != nil {
		return err
	}
	s, err := e.openStore(ctx, conf, mayForget)
	if err != nil {
		return err
	}
	journal := dropbox.NewJournal(e.Stderr)
	box, closeLog, err := assemble(ctx, conf, keys, s, journal)
	if err != nil {
		return err
	}
	defer closeLog()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var beside sync.WaitGroup
	defer beside.Wait()
	defer stop()
	beside.Go(func() { box.Sweep(ctx) })
	beside.Go(func() { e.rotateOnSignal(ctx, box.Door, journal) })
	if box.Site != nil {
		beside.Go(func() {
			if err := box.Site.Watch(ctx, func(err error) { sayLook(journal, box.Site, err) }); err != nil {
				journal.Error("the site is looked at once a minute only", "cause", err.Error())
			}
		})
	}
	return e.listen(ctx, conf, box)
}

func sayLook(journal *slog.Logger, site *sitehost.Folder, err error) {
	if err != nil {
		journal.Error("site", "cause", err.Error())
		return
	}
	journal.Info("site", "serial", site.Serial())
}

func (e *env) openStore(ctx context.Context, conf *config, mayForget bool) (store.Store, error) {
	s, err := e.findStore(ctx, conf)
	if err != nil {
		return nil, err
	}
	return s, store.Probe(ctx, s, mayForget)
}

func (e *env) findStore(ctx context.Context, conf *config) (store.Store, error) {
	if conf.Bucket == (bucket{}) {
		return store.OpenFolder(e.path(storeDir), e.giveUp)
	}
	c, err := store.BucketConfig{Endpoint: conf.Bucket.Endpoint, Region: conf.Bucket.Region, Name: conf.Bucket.Name}.WithCredentials(conf.Bucket.Credentials)
	if err != nil {
		return nil, err
	}
	return store.OpenBucket(ctx, c)
}

// logKeys are what the log is signed with, and what its signatures are checked with.
func logKeys(conf *config, keys *boxkeys.Keys) (note.Signer, note.Verifier, error) {
	signer, text, err := auditlog.Key(auditlog.Name(conf.Origin), keys.Log)
	if err != nil {
		return nil, nil, err
	}
	verifier, err := note.NewVerifier(text)
	return signer, verifier, err
}

// assemble puts the box together.
func assemble(ctx context.Context, conf *config, keys *boxkeys.Keys, s store.Store, journal *slog.Logger) (*dropbox.Server, func(), error) {
	signer, verifier, err := logKeys(conf, keys)
	if err != nil {
		return nil, nil, err
	}
	reg, err := registry.Open(ctx, s, keys.Root)
	if err != nil {
		return nil, nil, err
	}
	usage := intake.NewUsage(time.Now)
	book, err := logbook.Open(ctx, logbook.Options{Store: s, Signer: signer, Keys: []note.Verifier{verifier}, Now: time.Now, Seen: usage.Seen})
	if err != nil {
		return nil, nil, err
	}
	in := &intake.Intake{Store: s, Log: book, Receipt: keys.Receipt, Box: conf.Origin, Usage: usage, LargestUpload: int64(conf.LargestUpload) << 20}
	door := &login.Door{Store: s, Registry: reg, Origin: conf.Origin, Now: time.Now}
	door.Rotate(keys.Cookies)
	box := &dropbox.Server{Store: s, Registry: reg, Door: door, Log: book, Intake: in, Drafts: drafts.New(s), Journal: journal, Now: time.Now, Portal: conf.Portal}
	err = in.Start(ctx)
	if err == nil {
		box.Proxies, err = conf.proxies()
	}
	if err == nil && conf.Site != "" {
		box.Site, err = sitehost.OpenFolder(conf.Site)
	}
	if err == nil {
		err = box.Begin()
	}
	if err != nil {
		book.Close()
		return nil, nil, err
	}
	return box, book.Close, nil
}

// listen serves until ctx ends, then lets what is on its way finish.
func (e *env) listen(ctx context.Context, conf *config, box *dropbox.Server) error {
	front, err := net.Listen("tcp", conf.Listen)
	if err != nil {
		return err
	}
	back, err := net.Listen("tcp", conf.Operations)
	if err != nil {
		return errors.Join(err, front.Close())
	}
	public, operations := newServer(box), newServer(box.Operations())
	failed := make(chan error, 2)
	go func() {
		if conf.TLS.Certificate != "" {
			failed <- public.ServeTLS(front, conf.TLS.Certificate, conf.TLS.Key)
			return
		}
		failed <- public.Serve(front)
	}()
	go func() { failed <- operations.Serve(back) }()
	fmt.Fprintf(e.Stdout, "serving %s at %s, operations at %s\n", conf.Origin, front.Addr(), back.Addr())
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	box.Drain()
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if ended := public.Shutdown(ending); ended != nil {
		err = errors.Join(err, fmt.Errorf("requests were cut off: %w", ended), public.Close())
	}
	return errors.Join(err, operations.Close())
}

// newServer has the limits that a slow or hostile client meets; bodies have theirs
// in each route. net/http's own log would hold addresses.
func newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		WriteTimeout:      5 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
}
