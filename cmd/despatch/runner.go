package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"despatch/generator"
	"despatch/generator/tree"
	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
	"despatch/office/collect"
)

// renewAfter is how old a head may be before it is signed again: a quarter of the
// time for which it is fresh.
const renewAfter = 24 * time.Hour

// A runner does what an office does without a person. The site is built and published
// on one goroutine, so that no two of them write it; what schools send is collected on
// another, and what only looks at the clock on a third. They meet in the folder.
type runner struct {
	env               *env
	log               *slog.Logger
	by                string // as events name it
	collect, finalise time.Duration

	// open opens inboxes; nil: nothing is collected and nothing ends by silence.
	open func(service string) (keyring.Key, error)
	// deployTo is where the tree goes, nil: nowhere; portal an address to look at, empty:
	// it is not looked at.
	deployTo tree.Target
	portal   string
	// mail: people are told by e-mail what waits for them.
	mail bool
	// server is to run as well; nil: it runs elsewhere, or there is none.
	server server
	// strict ends it when the first build finds problems.
	strict bool
	// ready is told once that all runs; nil: nobody is.
	ready func()

	whole    time.Time         // when what is deployed was compared as a whole; of the building goroutine
	deployed int               // serial; of the building goroutine, as is the next
	signed   time.Time         // when the head that stands was signed, as far as is known
	wrong    map[string]string // guarded by mu; by what was tried, what was told last
	notified string            // the hour and head at which all were told; of its goroutine
	waiting  map[string]string // by visit, why it waits; of the clock's goroutine
	mu       sync.Mutex
}

// wholeEvery is how often what is deployed is compared and verified as a whole; between,
// only what is new.
const wholeEvery = 24 * time.Hour

// A server serves the site, or is a drop-box.
type server interface {
	start(ctx context.Context) error // returns when it serves
	wait(ctx context.Context) error  // gives nil once it ended because ctx did
}

// run works until ctx ends, or until there is an alarm.
func (r *runner) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	from, err := r.env.Now()
	if err != nil {
		return err
	}
	started := time.Now()
	clock := func() time.Time { return from.Add(time.Since(started)) }
	first, seen := make(chan error, 1), make(chan generator.Summary, 1)
	var beside sync.WaitGroup
	failed := make(chan error, 4)
	beside.Go(func() {
		o := generator.Options{Dir: r.env.Dir, Now: from, Log: r.log, Progress: r.env.progress()}
		err := generator.Watch(ctx, o, clock, func(s generator.Summary, err error) {
			if err == nil {
				err = r.published(ctx, s)
			}
			r.tell("build", hintForBuild(err))
			if err == nil {
				latest(seen, s)
			}
			select {
			case first <- err:
			default:
			}
		})
		failed <- hintForBuild(err)
	})
	select {
	case err = <-first:
		if !r.strict {
			err = nil // it was told, and the next change tries again
		}
	case err = <-failed:
	}
	if err == nil {
		err = r.beside(ctx, &beside, failed, seen)
	}
	stop()
	beside.Wait()
	close(failed)
	for more := range failed {
		err = errors.Join(err, more)
	}
	return hintForBuild(err)
}

// latest puts s into a channel of one, in the place of what is there.
func latest(to chan generator.Summary, s generator.Summary) {
	select {
	case <-to:
	default:
	}
	to <- s
}

// beside runs all but the building, until ctx ends or one of it fails.
func (r *runner) beside(ctx context.Context, beside *sync.WaitGroup, failed chan error, seen chan generator.Summary) error {
	if r.server != nil {
		if err := r.server.start(ctx); err != nil {
			return err
		}
		beside.Go(func() { failed <- r.server.wait(ctx) })
	}
	if r.open != nil {
		r.tell("register", r.sendRegister(ctx))
		beside.Go(func() { failed <- r.env.collectEvery(ctx, r.open, r.collect, r.telling()) })
		beside.Go(func() { r.every(ctx, r.finalise, func() { r.tell("finalise", r.endSilent()) }) })
		beside.Go(func() { r.every(ctx, time.Minute, func() { r.tell("register", r.sendRegister(ctx)) }) })
	}
	if r.portal != "" {
		beside.Go(func() { r.look(ctx, seen) })
	}
	if r.mail {
		beside.Go(func() { r.every(ctx, notifyAfter, func() { r.tell("notify", r.notify(ctx)) }) })
	}
	if r.ready != nil {
		r.ready()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

// every does something now, and again each time that so much time has passed.
func (r *runner) every(ctx context.Context, after time.Duration, do func()) {
	t := time.NewTicker(after)
	defer t.Stop()
	for {
		do()
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// tell writes an error once for as long as it stays, and that it passed.
func (r *runner) tell(what string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.wrong == nil {
		r.wrong = make(map[string]string)
	}
	switch {
	case errors.Is(err, context.Canceled):
	case err == nil && r.wrong[what] != "":
		delete(r.wrong, what)
		r.log.Info("works again", "what", what)
	case err != nil && r.wrong[what] != err.Error():
		r.wrong[what] = err.Error()
		args := []any{"what", what, "error", err.Error()}
		if h, ok := errors.AsType[hinted](err); ok {
			args = append(args, "hint", h.hint)
		}
		r.log.Error("it is tried again", args...)
	}
}

// buildOnce builds, and does what follows.
func (r *runner) buildOnce(ctx context.Context) error {
	now, err := r.env.Now()
	if err != nil {
		return err
	}
	s, err := generator.Build(ctx, generator.Options{Dir: r.env.Dir, Now: now, Log: r.log, Progress: r.env.progress()})
	if err != nil {
		return hintForBuild(err)
	}
	if err := r.published(ctx, s); err != nil || r.portal == "" {
		return err
	}
	return r.lookOnce(ctx, s)
}

// published says what a build did, keeps its head fresh and deploys.
func (r *runner) published(ctx context.Context, s generator.Summary) error {
	for _, w := range s.Warnings {
		r.log.Warn("check", "problem", w.String())
	}
	if s.Changed {
		r.log.Info("built", "serial", s.Serial, "pages", s.Pages, "sealed", s.Sealed, "held", len(s.Held))
	}
	serial, err := r.renew(s)
	if err != nil || r.deployTo == nil || serial == r.deployed {
		return err
	}
	root, o, err := r.env.verifyOptions()
	if err != nil {
		return err
	}
	now, err := r.env.Now()
	if err != nil {
		return err
	}
	isWhole := !now.Before(r.whole.Add(wholeEvery))
	done, err := tree.Deploy(ctx, r.env.tree(), r.deployTo, root, tree.DeployOptions{VerifyOptions: o, NewAlone: !isWhole})
	if err != nil {
		return err
	}
	if isWhole {
		r.whole = now
	}
	for _, f := range done.Findings {
		r.log.Warn("what is deployed is not what was built", "finding", f.String())
	}
	r.deployed = serial
	r.log.Info("deployed", "serial", serial, "copied", done.Copied, "removed", done.Removed)
	return nil
}

// renew signs the head again when it is a day old, and gives its serial.
func (r *runner) renew(s generator.Summary) (serial int, err error) {
	now, err := r.env.Now()
	if err != nil {
		return 0, err
	}
	if s.Changed {
		r.signed = now
	}
	if now.Before(r.signed.Add(renewAfter)) {
		return s.Serial, nil
	}
	keys, err := buildkeys.Load(r.env.Dir)
	if err != nil {
		return 0, err
	}
	stands, err := tree.Read(os.DirFS(r.env.tree()), keys.Root)
	if err != nil {
		return 0, err
	}
	if r.signed = stands.Head.Date; now.Before(r.signed.Add(renewAfter)) {
		return stands.Head.Serial, nil
	}
	heads := r.env.heads()
	next, err := tree.Renew(r.env.tree(), keys.Root, tree.RenewOptions{Now: now, HeadKey: keys.HeadKey, Heads: heads})
	if err != nil {
		return 0, err
	}
	r.signed = now
	r.log.Info("signed again", "serial", next.Head.Serial, "until", next.Head.ValidUntil)
	return next.Head.Serial, heads.Save(next)
}

// sendRegister sends the register that the drop-box was not sent yet.
func (r *runner) sendRegister(ctx context.Context) error {
	serial, waits := r.env.registerWaits()
	if !waits {
		return nil
	}
	quiet := *r.env
	quiet.Stdout = filter{}
	if err := quiet.sendRegister(ctx); err != nil {
		return err
	}
	r.log.Info("sent the register", "serial", serial)
	return nil
}

// filter takes what another command would say.
type filter struct{}

func (filter) Write(p []byte) (int, error) { return len(p), nil }

// telling is how it is said what was collected.
func (r *runner) telling() collection {
	return collection{
		taken: func(t collect.Collected) {
			r.log.Info("collected", "event", filepath.Base(t.File), "school", t.School, "record", t.Record, "answer", t.Answer)
		},
		held: func(h collect.Held) {
			r.log.Warn("kept and not taken", "leaf", h.Leaf, "school", h.School, "why", h.Why)
		},
		wrong: func(err error) { r.tell("collect", err) },
		done:  func(collect.Summary) { r.tell("collect", nil) },
	}
}

// endSilent ends visits by silence. Why one waits is said once.
func (r *runner) endSilent() error {
	done, waiting, err := r.env.endSilent(r.by)
	for _, one := range done {
		r.log.Info("finalised", "event", filepath.Base(one.File), "record", one.Record.ID, "why", "nothing was received by its deadline")
	}
	now := make(map[string]string, len(waiting))
	for _, w := range waiting {
		now[w.Record] = w.Why
		if r.waiting[w.Record] != w.Why {
			r.log.Warn("waits", "record", w.Record, "why", w.Why)
		}
	}
	r.waiting = now
	return err
}

// notifyAfter is how much time passes between two looks at who is to be told of
// something.
const notifyAfter = time.Minute

// notify writes to those who are to be told of something that the portal shows. While
// it does not show the last that happened, nobody is told of anything yet.
func (r *runner) notify(ctx context.Context) error {
	now, err := r.env.Now()
	if err != nil {
		return err
	}
	head, err := os.ReadFile(filepath.Join(r.env.tree(), "head"))
	if err != nil {
		return err
	}
	// Who is to be told changes with what is built, and with the hour.
	seen := now.Truncate(time.Hour).String() + string(head)
	if seen == r.notified {
		return nil
	}
	t, err := r.env.notify(ctx, false)
	if err == nil && len(t.Unreached) == 0 {
		r.notified = seen
	}
	for _, m := range t.Mails {
		r.log.Info("written to", "account", m.Code, "kind", m.Kind, "items", len(m.Items))
	}
	for _, u := range t.Unreached {
		r.tell("notify "+u.Code, fmt.Errorf("cannot be written to at %s: %s", u.Address, u.Why))
	}
	return err
}

// lookAgain is how long the portal is given to show what was built.
const lookAgain = 10 * time.Second

// look looks at the portal after each build, until it shows it.
func (r *runner) look(ctx context.Context, built chan generator.Summary) {
	var s generator.Summary
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	done := 0
	for {
		select {
		case <-ctx.Done():
			return
		case s = <-built:
		case <-again.C:
		}
		if s.Serial == done {
			continue
		}
		err := r.lookOnce(ctx, s)
		if r.tell("portal", err); err == nil {
			done = s.Serial
		}
	}
}

// lookOnce notes what the portal shows schools.
func (r *runner) lookOnce(ctx context.Context, s generator.Summary) error {
	ctx, cancel := context.WithTimeout(ctx, lookAgain)
	defer cancel()
	done, err := r.env.lookAt(ctx, r.portal, r.by, s.Carried(), s.Serial)
	for _, one := range done {
		r.log.Info("seen at the portal", "event", filepath.Base(one.File), "record", one.Record.ID)
	}
	return err
}
