package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
	"despatch/office/enrol"
	"despatch/records/authority"
)

// How often run does what no change of a file asks for, unless it is told.
const (
	collectAfter  = 10 * time.Second
	finaliseAfter = 5 * time.Minute
)

// runWork are the switches of despatch run.
type runWork struct {
	service            serviceKey
	collect, finalise  time.Duration
	once, json, noHost bool
	box                string
}

func newRun(e *env) *cobra.Command {
	w := runWork{collect: collectAfter, finalise: finaliseAfter}
	c := &cobra.Command{
		Use:   "run",
		Short: "Do all that needs nobody: build, publish, collect, finalise",
		Long: `Stay, and do what an office does without a person: build when a source changes, sign
the head again when it is a day old, deploy to portal.published, look whether the
portal shows what was built and note what schools can read, send the drop-box its
register, collect what schools sent, and end the visits to which nothing was received
by their deadline. What despatch.yaml does not name is left out.

Deposits are opened by a service (despatch keys --add-service NAME), which can read
what schools send and nothing else; no passphrase is asked for. Enrolling, rotating and
naming keys stay with officers.

What was done is written to standard error, a line each, or JSON. One run works in a
folder at a time. A drop-box, a portal or a folder that is away is told once and tried
again. A drop-box that is not what it was ends it.

Exit code 0: it was asked to end; 1: an alarm, or an error that does not pass.`,
		Example: `  despatch run
  despatch run --service night --json
  despatch run --once`,
		Args: arguments(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			if w.collect < time.Second || w.finalise < time.Second {
				return usageError{errors.New("--collect-every and --finalise-every are a second or more")}
			}
			if _, err := e.Now(); err != nil {
				return err
			}
			e.began = time.Now()
			r, err := w.runner(e)
			if err != nil {
				return err
			}
			if w.once {
				return r.once(c.Context())
			}
			return r.run(c.Context())
		},
	}
	w.service.flags(c)
	c.Flags().DurationVar(&w.collect, "collect-every", w.collect, "how much `time` passes between two looks at the drop-box")
	c.Flags().DurationVar(&w.finalise, "finalise-every", w.finalise, "how much `time` passes between two looks at deadlines")
	c.Flags().StringVar(&w.box, "box", "", "also run the drop-box in this `folder` (despatchbox, beside this program)")
	c.Flags().BoolVar(&w.once, "once", false, "do each of it once and end; exit code 1 where something waits for a person")
	c.Flags().BoolVar(&w.json, "json", false, "write what was done as JSON")
	c.Flags().BoolVar(&w.noHost, "no-deploy", false, "leave deploying and looking at the portal to others")
	return c
}

// runner is what the switches, the folder and despatch.yaml come to.
func (w *runWork) runner(e *env) (*runner, error) {
	var handler slog.Handler = slog.NewTextHandler(e.Stderr, nil)
	if w.json {
		handler = slog.NewJSONHandler(e.Stderr, nil)
	}
	site, err := e.readSite()
	if err != nil {
		return nil, err
	}
	r := &runner{env: e, log: slog.New(handler), collect: w.collect, finalise: w.finalise, by: "despatch run"}
	if !w.noHost {
		r.portal = site.Settings.Portal.Address
		r.mail = site.Settings.Mail != (authority.Mail{})
		if site.Settings.Portal.Published != "" {
			if r.deployTo, err = e.deployTo(context.Background(), nil); err != nil {
				return nil, err
			}
		}
	}
	if w.box != "" {
		r.server = &childBox{program: siblingProgram("despatchbox"), dir: w.box, stderr: e.Stderr}
	}
	keys, err := buildkeys.Load(e.Dir)
	if err != nil {
		return nil, hintForBuild(err)
	}
	if keys.Parsed.Box == "" || len(keys.Parsed.Logs) == 0 {
		r.log.Info("nothing is collected: the keys file names no drop-box")
		return r, nil
	}
	var name string
	if r.open, name, err = w.service.inboxes(e, nil); err != nil {
		return nil, err
	}
	r.by = "despatch run, service " + name
	return r, nil
}

// A serviceKey says as which service deposits are opened.
type serviceKey struct{ name, file string }

func (s *serviceKey) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.name, "service", "", "the `name` of the service that opens what schools send")
	c.Flags().StringVar(&s.file, "service-key", "", "a `file` with the service's key, where it lies elsewhere (a systemd credential)")
}

// inboxes opens inboxes as the service that was named, or, where otherwise is nil, as
// the only one.
func (s *serviceKey) inboxes(e *env, otherwise func(string) (keyring.Key, error)) (open func(string) (keyring.Key, error), name string, err error) {
	if s.name == "" && otherwise != nil {
		return otherwise, "", nil
	}
	names, err := enrol.Services(e.Dir)
	if err != nil {
		return nil, "", err
	}
	switch {
	case s.name != "":
		name = s.name
	case len(names) == 1:
		name = names[0]
	case len(names) == 0:
		return nil, "", withHint(errors.New("there is no service that could open what schools send"), "despatch keys --add-service NAME, once, with an officer's passphrase")
	default:
		return nil, "", usageError{fmt.Errorf("say which service with --service (there are: %d)", len(names))}
	}
	open, err = enrol.ServiceInboxes(e.Dir, name, s.file)
	if err != nil {
		return nil, "", withHint(err, "despatch keys --add-service "+name)
	}
	return open, name, nil
}

// once does each of it once.
func (r *runner) once(ctx context.Context) error {
	if err := r.buildOnce(ctx); err != nil {
		return err
	}
	waits := false
	if r.open != nil {
		if err := r.sendRegister(ctx); err != nil {
			return err
		}
		c, err := r.env.collector(r.open)
		if err != nil {
			return err
		}
		tell := r.telling()
		held := tell.held
		tell.held = nil
		done, err := c.Run(ctx)
		for _, t := range done.Taken {
			tell.taken(t)
		}
		for _, h := range done.Held {
			waits = true
			held(h)
		}
		if err != nil {
			return r.env.hintForCollect(err)
		}
		if err := r.endSilent(); err != nil {
			return err
		}
		if err := r.buildOnce(ctx); err != nil {
			return err
		}
	}
	if waits || len(r.waiting) > 0 {
		return errFindings
	}
	return nil
}
