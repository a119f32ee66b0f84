package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"despatch/dropbox/boxkeys"
	"despatch/dropbox/intake"
	"despatch/dropbox/logbook"
	"despatch/dropbox/registry"
	"despatch/dropbox/store"
	"despatch/internal/auditlog"
)

func newCheck(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     "fsck",
		Aliases: []string{"check"},
		Short:   "Check that the store holds everything that was promised",
		Long: `Read the whole store, which may be in use: every head of the log is signed and
follows on the one before, what was derived from it is what follows from it, and every
deposit in the log is there with the bytes that were taken, also where it came in
pieces, and has its slot; the newest register is the authority's. A receipt follows from its head and the box's keys. Run it
after a backup was put back, after a disk failed, and from time to time. It changes
nothing. What is wrong is printed, a line each, and the exit code is 1.`,
		Example: "  despatchbox -C /srv/box fsck",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := e.loadConfig()
			if err != nil {
				return err
			}
			s, err := e.findStore(c.Context(), conf)
			if err != nil {
				return err
			}
			return e.checkStore(c.Context(), conf, s)
		},
	}
}

// checkStore checks a store against this box's keys.
func (e *env) checkStore(ctx context.Context, conf *config, s store.Store) error {
	keys, err := boxkeys.Load(e.path(keysDir))
	if err != nil {
		return err
	}
	_, verifier, err := logKeys(conf, keys)
	if err != nil {
		return err
	}
	c := checking{env: e, store: s, deposits: map[[32]byte]bool{}, began: time.Now()}
	if err := logbook.Check(ctx, s, []note.Verifier{verifier}, func(l auditlog.Leaf, of int64) error { return c.leaf(ctx, l, of) }, c.found); err != nil {
		return err
	}
	if _, err := registry.Open(ctx, s, keys.Root); err != nil {
		c.found(err.Error())
	}
	if c.wrong > 0 {
		return fmt.Errorf("%d things are wrong; keep the store as it is, and put back what a backup has", c.wrong)
	}
	strays, err := intake.Strays(ctx, s, c.logged)
	if err != nil {
		return err
	}
	unfinished, err := intake.Unfinished(ctx, s)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.Stdout, "%d leaves in the log, %d deposits, all of them whole\n", c.leaves, len(c.deposits))
	if strays > 0 {
		fmt.Fprintf(e.Stdout, "%d more files are stored that no receipt was given for: their senders were cut off, or are sending now\n", strays)
	}
	if unfinished > 0 {
		fmt.Fprintf(e.Stdout, "%d more are on their way in pieces\n", unfinished)
	}
	return nil
}

// checking is one check on its way.
type checking struct {
	env           *env
	store         store.Store
	deposits      map[[32]byte]bool
	leaves, wrong int
	began, said   time.Time
}

func (c *checking) found(text string) {
	c.wrong++
	fmt.Fprintln(c.env.Stdout, text)
}

func (c *checking) leaf(ctx context.Context, l auditlog.Leaf, of int64) error {
	c.leaves++
	if now := time.Now(); now.Sub(c.began) > time.Second && now.Sub(c.said) > time.Second {
		c.said = now
		fmt.Fprintf(c.env.Stderr, "despatchbox: %d of %d leaves\n", c.leaves, of)
	}
	if l.IsTime() {
		return nil
	}
	c.deposits[idOf(l.Deposit)] = true
	wrong, err := intake.Examine(ctx, c.store, l.Record)
	if wrong != "" {
		c.found(wrong)
	}
	return err
}

func (c *checking) logged(deposit string) bool { return c.deposits[idOf(deposit)] }

// idOf is a deposit's id in half the room of its name: there may be many.
func idOf(deposit string) (id [32]byte) {
	_, _ = hex.Decode(id[:], []byte(deposit)) // what is no id is no deposit's
	return id
}
