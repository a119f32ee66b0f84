package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"despatch/dropbox/boxkeys"
	"despatch/dropbox/logbook"
	"despatch/dropbox/registry"
	"despatch/dropbox/store"
	"despatch/internal/sitehost"
)

// certificateWarning is how long before its end a certificate is told of.
const certificateWarning = 14 * 24 * time.Hour

func newDoctor(e *env) *cobra.Command {
	mayForget := false
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what keeps this box from working, and the command that mends it",
		Long: `Look at settings, keys, store, log, register, site, certificate and whether the box
runs, and say of each whether it is well or what mends it. The box may be in use.
fsck reads all that is stored; this does not.

Exit code 0: all is well; 1: something is to be mended.`,
		Example: "  despatchbox -C /srv/box doctor",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			d := &doctor{env: e, mayForget: mayForget}
			d.look(c.Context())
			if d.ill > 0 {
				return fmt.Errorf("%d of %d things are to be mended", d.ill, d.ill+d.well)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&mayForget, "store-may-forget", false, "accept a store that a power cut empties; for demonstrations")
	return c
}

// doctor is one look at a box.
type doctor struct {
	env       *env
	mayForget bool
	ill, well int
}

// says prints what was found of one thing. mend is the command that mends it.
func (d *doctor) says(thing string, err error, mend string) bool {
	if err == nil {
		d.well++
		fmt.Fprintf(d.env.Stdout, "well     %s\n", thing)
		return true
	}
	d.ill++
	fmt.Fprintf(d.env.Stdout, "to mend  %s: %v\n         %s\n", thing, err, mend)
	return false
}

func (d *doctor) look(ctx context.Context) {
	dir := "despatchbox -C " + d.env.Dir
	conf, err := d.env.loadConfig()
	if !d.says("settings", err, "despatchbox init DIR --origin https://… --root root.pub for a new box, else correct "+confFile) {
		return
	}
	keys, err := boxkeys.Load(d.env.path(keysDir))
	if !d.says("keys", err, "put keys/ back from its backup, 0600 and the box's own: chmod 700 keys; chmod 600 keys/*.key") {
		return
	}
	if _, err := os.Stat(d.env.path(restoringDir)); err == nil {
		d.says("what was put back", errors.New("a restore did not come to its end"), dir+" restore BACKUP, or remove "+restoringDir)
	}
	s, err := d.env.openStore(ctx, conf, d.mayForget)
	if !d.says("store", err, dir+" restore BACKUP where it is lost; else mount the disk, make room on it, or reach the bucket") {
		return
	}
	d.log(ctx, conf, keys, s, dir)
	r, err := registry.Open(ctx, s, keys.Root)
	if err == nil {
		_, err = r.Newest(ctx)
	}
	d.says("register", err, "despatch register, in the authority's folder")
	if conf.Site != "" {
		_, err := sitehost.OpenFolder(conf.Site)
		d.says("site", err, "despatch deploy "+conf.Site+", in the authority's folder")
	}
	if conf.TLS.Certificate != "" {
		d.says("certificate", certificate(conf.TLS, time.Now()), "renew it, put certificate and key in place, and start the box again")
	} else if !strings.HasPrefix(conf.Listen, "127.0.0.1:") && !strings.HasPrefix(conf.Listen, "localhost:") {
		d.says("listening", fmt.Errorf("%s is reached from elsewhere without TLS", conf.Listen), "give tls in "+confFile+", or listen on 127.0.0.1 behind a proxy that has it")
	}
	d.says("running", ready(ctx, conf.Operations), "systemctl start despatchbox, or "+dir+" serve")
}

// log looks at the log's end.
func (d *doctor) log(ctx context.Context, conf *config, keys *boxkeys.Keys, s store.Store, dir string) {
	_, verifier, err := logKeys(conf, keys)
	if err != nil {
		d.says("log", err, "put keys/ back from its backup")
		return
	}
	last, err := logbook.End(ctx, s, verifier)
	mend := dir + " fsck, and then restore BACKUP where it names what is lost"
	if errors.Is(err, logbook.ErrNone) && conf.Bucket != (bucket{}) {
		mend = dir + " begin for a new box, " + dir + " restore BACKUP for one that was lost"
	}
	if d.says("log", err, mend) {
		if behind := time.Until(last); behind > logbook.ClockSlack {
			err = fmt.Errorf("it is %s behind the log's last leaf", behind.Round(time.Second))
		}
		d.says("clock", err, "set this machine's clock: timedatectl set-ntp true")
	}
}

// certificate reads a certificate that must be good for a while.
func certificate(of tls, now time.Time) error {
	text, err := os.ReadFile(of.Certificate)
	if err != nil {
		return err
	}
	if info, err := os.Stat(of.Key); errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().Perm()&0o007 != 0 {
		return fmt.Errorf("%s is not there, or everybody may read it", of.Key)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return fmt.Errorf("%s holds no certificate", of.Certificate)
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return fmt.Errorf("%s: %w", of.Certificate, err)
	}
	if left := c.NotAfter.Sub(now); left < certificateWarning {
		return fmt.Errorf("it ends on %s", c.NotAfter.Format(time.DateOnly))
	}
	return nil
}

// ready asks the running box whether it is ready.
func ready(ctx context.Context, at string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at+"/readyz", nil)
	if err != nil {
		return err
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("nothing answers at %s", at)
	}
	defer a.Body.Close()
	why, err := io.ReadAll(io.LimitReader(a.Body, 4<<10))
	if err != nil || a.StatusCode != http.StatusOK {
		return fmt.Errorf("it is not ready: %d %s", a.StatusCode, strings.TrimSpace(string(why)))
	}
	return nil
}
