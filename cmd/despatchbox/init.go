package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"despatch/dropbox/boxkeys"
	"despatch/dropbox/logbook"
	"despatch/dropbox/store"
	"despatch/internal/auditlog"
	"despatch/internal/durable"
	"despatch/internal/signin"
	"despatch/internal/sshsig"
	"despatch/internal/strictyaml"
)

func newInit(e *env) *cobra.Command {
	var origin, rootFile string
	c := &cobra.Command{
		Use:   "init DIR",
		Short: "Make a new drop-box: its keys, its store and the first leaf of its log",
		Long: `Make the folder of a new drop-box: keys, an empty store, the first leaf of its log
and box.yaml. It prints the lines with which the authority's keys file names the box.
A folder that is there already is refused.`,
		Example: "  despatchbox init /srv/box --origin https://box.northmoor.example --root public-keys/root.pub",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			e.Dir = args[0]
			return e.makeBox(c, origin, rootFile)
		},
	}
	c.Flags().StringVar(&origin, "origin", "", "where browsers find the box (https://box.example)")
	c.Flags().StringVar(&rootFile, "root", "", "a `file` with the authority's root public key")
	return c
}

func (e *env) makeBox(c *cobra.Command, origin, rootFile string) error {
	if !signin.IsOrigin(origin) {
		return usageError{fmt.Errorf("--origin %q is not one like https://box.example", origin)}
	}
	if rootFile == "" {
		return usageError{errors.New("--root FILE is missing: the authority's public-keys/root.pub")}
	}
	text, err := os.ReadFile(rootFile)
	if err != nil {
		return err
	}
	root, err := sshsig.ParsePublicKey(strings.TrimSpace(string(text)))
	if err != nil {
		return fmt.Errorf("%s: %w", rootFile, err)
	}
	if _, err := os.Lstat(e.Dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already; a drop-box is made in a folder of its own", e.Dir)
	}
	now := time.Now()
	if err := boxkeys.Make(e.path(keysDir), root, now); err != nil {
		return err
	}
	keys, err := boxkeys.Load(e.path(keysDir))
	if err != nil {
		return err
	}
	signer, verifier, err := auditlog.Key(auditlog.Name(origin), keys.Log)
	if err != nil {
		return err
	}
	if err := durable.MkdirAll(e.path(storeDir), 0o700); err != nil {
		return err
	}
	s, err := store.OpenFolder(e.path(storeDir), e.giveUp)
	if err != nil {
		return err
	}
	if err := logbook.Begin(c.Context(), s, signer, now); err != nil {
		return err
	}
	conf, err := strictyaml.Encode(&config{Format: 1, Origin: origin})
	if err != nil {
		return err
	}
	if err := durable.WriteNew(e.path(confFile), conf, 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.Stdout, "box %s\nlog %s\nreceipt %s\n", origin, verifier, sshsig.PublicOf(keys.Receipt))
	return err
}

func newBegin(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "begin",
		Short: "Begin the log in a new, empty bucket",
		Long: `Write the first leaf of the log into the bucket that box.yaml names. It is done once,
for a new box: serve refuses a store without a log, since it may be the wrong one.`,
		Example: "  despatchbox -C /srv/box begin",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := e.loadConfig()
			if err != nil {
				return err
			}
			keys, err := boxkeys.Load(e.path(keysDir))
			if err != nil {
				return err
			}
			signer, _, err := auditlog.Key(auditlog.Name(conf.Origin), keys.Log)
			if err != nil {
				return err
			}
			s, err := e.findStore(c.Context(), conf)
			if err != nil {
				return err
			}
			err = logbook.Begin(c.Context(), s, signer, time.Now())
			if errors.Is(err, store.ErrExists) {
				return errors.New("the store holds a log already")
			}
			return err
		},
	}
}

func newRotateCookies(e *env) *cobra.Command {
	in := 10 * time.Minute
	c := &cobra.Command{
		Use:   "rotate-cookies",
		Short: "Make a new cookie key",
		Long: `Make a new cookie key, which is used after a while: until then give the file to every
replica, and send each one SIGHUP or start it again. Cookies made with the old key are
read for twelve hours more, so nobody is signed out.`,
		Example: "  despatchbox -C /srv/box rotate-cookies",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			k, err := boxkeys.AddCookie(e.path(keysDir), time.Now().Add(in))
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(e.Stdout, "cookie key %d is used from %s on\n", k.Epoch, k.From.Format(time.RFC3339))
			return err
		},
	}
	c.Flags().DurationVar(&in, "in", in, "how long until it is used")
	return c
}
