package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"despatch/internal/buildkeys"
	"despatch/internal/durable"
	"despatch/internal/keyring"
	"despatch/internal/register"
	"despatch/office/collect"
	"despatch/office/enrol"
)

// sentFile says which register the drop-box took last from here.
const sentFile = "box/sent"

func newRegister(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "register",
		Short: "Send the register of who may deposit to the drop-box",
		Long: `Send box/register to the drop-box that the keys file names: opaque accounts and
schools with their quotas, signed by the root; no name, role or URN is in it. enrol,
rotate and keys write it. The drop-box holds people to it from the next request on.`,
		Example: "  despatch register",
		Args:    arguments(0, 0),
		RunE:    func(c *cobra.Command, _ []string) error { return e.sendRegister(c.Context()) },
	}
}

func (e *env) sendRegister(ctx context.Context) error {
	k, err := e.signedKeys("", "")
	if err != nil {
		return err
	}
	if k.Box == "" {
		return errNoBox
	}
	signed, err := os.ReadFile(filepath.Join(e.Dir, filepath.FromSlash(buildkeys.RegisterFile)))
	if errors.Is(err, fs.ErrNotExist) {
		return errNoBox
	}
	if err != nil {
		return err
	}
	box := collect.Box{Origin: k.Box}
	serial, err := box.SendRegister(ctx, signed)
	if err != nil {
		return err
	}
	if err := durable.WriteFile(filepath.Join(e.Dir, filepath.FromSlash(sentFile)), fmt.Appendf(nil, "%s %d\n", k.Box, serial), 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.Stdout, "the drop-box holds register %d\n", serial)
	return err
}

var errNoBox = withHint(errors.New("the keys file names no drop-box"), "despatch keys --box FILE, with the lines that despatchbox init printed")

// registerWaits tells whether the drop-box was not yet sent the register as it
// stands, and its serial.
func (e *env) registerWaits() (serial int, waits bool) {
	signed, err := os.ReadFile(filepath.Join(e.Dir, filepath.FromSlash(buildkeys.RegisterFile)))
	if err != nil {
		return 0, false
	}
	root, err := buildkeys.LoadRoot(e.Dir)
	if err != nil {
		return 0, false
	}
	r, err := register.Parse(signed, root)
	if err != nil {
		return 0, false
	}
	k, err := e.signedKeys("", "")
	if err != nil {
		return 0, false
	}
	sent, _ := os.ReadFile(filepath.Join(e.Dir, filepath.FromSlash(sentFile)))
	return r.Serial, string(sent) != fmt.Sprintf("%s %d\n", k.Box, r.Serial)
}

func newCollect(e *env) *cobra.Command {
	var u unlocking
	var service serviceKey
	var watch time.Duration
	c := &cobra.Command{
		Use:   "collect",
		Short: "Bring what schools sent from the drop-box",
		Long: `Follow the log of the drop-box from where it was left, bring every deposit, open it
with the inbox's key, and write what it says as an event, with what was sent in vault/.
An officer's passphrase is asked for when there is something to open, unless --service
names a machine that was given the inboxes (despatch keys --add-service). What cannot be
taken is kept and told each time, and holds back what would follow from the silence of
its school. A log that is not the one that was seen is an alarm, and nothing of it is
taken.

Exit code 0: all was taken; 1: something is held, or an error.`,
		Example: `  despatch collect
  despatch collect --watch 10s --service night`,
		Args: arguments(0, 0),
	}
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		open, _, err := service.inboxes(e, u.inboxes(e))
		if err != nil {
			return err
		}
		if watch > 0 {
			return e.collectEvery(cmd.Context(), open, watch, e.collected())
		}
		collector, err := e.collector(open)
		if err != nil {
			return err
		}
		return e.collectOnce(cmd.Context(), collector)
	}
	u.flags(c)
	service.flags(c)
	c.Flags().DurationVar(&watch, "watch", 0, "collect again each time that this `time` has passed, until interrupted")
	return c
}

// inboxes opens an inbox with an officer's passphrase, asked for once.
func (u *unlocking) inboxes(e *env) func(string) (keyring.Key, error) {
	var office *enrol.Office
	return func(service string) (keyring.Key, error) {
		if office == nil {
			var err error
			if office, err = u.open(e); err != nil {
				return keyring.Key{}, err
			}
			e.letKeysGo() // nothing is changed: others need not wait
		}
		return office.OpenInbox(service)
	}
}

func (e *env) collector(open func(string) (keyring.Key, error)) (*collect.Collector, error) {
	keys, err := buildkeys.Load(e.Dir)
	if err != nil {
		return nil, err
	}
	if keys.Parsed.Box == "" || len(keys.Parsed.Logs) == 0 {
		return nil, errNoBox
	}
	key, err := buildkeys.LoadCollector(e.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, withHint(fmt.Errorf("this machine has no key to collect with (%s)", buildkeys.CollectorFile), "copy it from the machine that named the drop-box")
	}
	if err != nil {
		return nil, err
	}
	now, err := e.Now()
	if err != nil {
		return nil, err
	}
	return &collect.Collector{
		Dir: e.Dir, Box: &collect.Box{Origin: keys.Parsed.Box}, Key: key, Keys: keys.Parsed, Naming: keys.Naming, Open: open, Now: now, Progress: e.progress(),
	}, nil
}

// collectOnce collects and says what came.
func (e *env) collectOnce(ctx context.Context, c *collect.Collector) error {
	done, err := c.Run(ctx)
	if err := e.sayCollected(done); err != nil {
		return err
	}
	if err != nil {
		return e.hintForCollect(err)
	}
	fmt.Fprintf(e.Stderr, "%s of the log read, %s new\n", counted(done.Leaves, "leaf", "leaves"), counted(len(done.Taken), "answer is", "answers are"))
	for _, h := range done.Held {
		e.sayHeld(h)
	}
	if len(done.Held) > 0 {
		return errFindings
	}
	return nil
}

// sayCollected prints one line for each new event.
func (e *env) sayCollected(done collect.Summary) error {
	for _, t := range done.Taken {
		if _, err := fmt.Fprintf(e.Stdout, "%s\t%s\t%s\t%s\n", t.File, t.School, t.Record, t.Answer); err != nil {
			return err
		}
	}
	return nil
}

func (e *env) hintForCollect(err error) error {
	if _, ok := errors.AsType[collect.Alarm](err); ok {
		return withHint(err, "nothing of it was taken; keep vault/log and ask whoever runs the drop-box what was done to it before you collect again")
	}
	return err
}

// A collection is told what collecting again and again brings. What is held is told
// once, and so is an error that stays.
type collection struct {
	taken func(collect.Collected)
	held  func(collect.Held)
	wrong func(error)
	done  func(collect.Summary) // of each time that worked
}

// collected prints it.
func (e *env) collected() collection {
	return collection{
		taken: func(t collect.Collected) {
			fmt.Fprintf(e.Stdout, "%s\t%s\t%s\t%s\n", t.File, t.School, t.Record, t.Answer)
		},
		held:  e.sayHeld,
		wrong: func(err error) { fmt.Fprintf(e.Stderr, "despatch: error: %v\n", err) },
		done:  func(collect.Summary) {},
	}
}

// collectEvery collects until it is interrupted, by the keys as they then are. It ends
// with an alarm; other errors may pass.
func (e *env) collectEvery(ctx context.Context, open func(string) (keyring.Key, error), every time.Duration, tell collection) error {
	said := make(map[int]string)
	last := ""
	for {
		c, err := e.collector(open)
		if err != nil {
			return err
		}
		if last, err = tell.once(ctx, c, said, last); err != nil {
			return e.hintForCollect(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
	}
}

// once collects once and gives the error that may pass, or an alarm.
func (tell collection) once(ctx context.Context, c *collect.Collector, said map[int]string, last string) (wrong string, err error) {
	done, err := c.Run(ctx)
	if ctx.Err() != nil {
		return last, nil
	}
	if _, ok := errors.AsType[collect.Alarm](err); ok {
		return "", err
	}
	if err != nil {
		if wrong = err.Error(); wrong != last {
			tell.wrong(err)
		}
	}
	for _, t := range done.Taken {
		tell.taken(t)
	}
	for _, h := range done.Held {
		if said[h.Leaf] != h.Why {
			said[h.Leaf] = h.Why
			tell.held(h)
		}
	}
	if err == nil {
		tell.done(done)
	}
	return wrong, nil
}

func (e *env) sayHeld(h collect.Held) {
	fmt.Fprintf(e.Stdout, "! leaf %d, %s, school %s, is kept and not taken: %s\n", h.Leaf, h.Time.Format("2006-01-02 15:04"), h.School, h.Why)
}
