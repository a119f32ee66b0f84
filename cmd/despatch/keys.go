package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"despatch/generator/source"
	"despatch/internal/durable"
	"despatch/internal/sshsig"
	"despatch/internal/strictyaml"
	"despatch/office/enrol"
	"despatch/records/access"
)

// keyWork are the switches of despatch keys.
type keyWork struct {
	unlocking
	create, newHead, print bool
	officer, dropHead, box string
	removed                string // an officer whose key is taken away
	service, serviceGone   string // a service that is given the inboxes, or no longer has them
}

func newKeys(e *env) *cobra.Command {
	var w keyWork
	c := &cobra.Command{
		Use:   "keys",
		Short: "Show the authority's keys and what does not fit, or make what is missing",
		Long: `Show root, head keys, officers, epochs and accounts, and what does not fit any
more: compartments without a key, rings that differ from content/accounts, letters
that were not deleted. Exit code 1 when something does not fit. This asks for no
passphrase.

With --make, make the keys that are missing and sign the keys file when it changed.
With --add-officer, give another person an officer's key. With --remove-officer, take
one away: what officers can open is sealed anew to those who stay. With --new-head,
give this machine a new head key, when it is new or another was stolen. With --box,
name the drop-box: FILE holds the three lines that despatchbox init printed; the inbox
that answers are sealed to and the key for collecting are made, and box/register is
written for despatch register to send. With --add-service, give the inboxes to a
machine that collects while nobody is there (despatch run); with --remove-service, take
its files away.`,
		Example: `  despatch keys
  despatch keys --make
  despatch keys --add-officer robin
  despatch keys --remove-officer robin --officer ash
  despatch keys --new-head
  despatch keys --box box.txt
  despatch keys --add-service night`,
		Args: arguments(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			site, err := e.readSite()
			if err != nil {
				return err
			}
			if w.create || w.newHead || w.officer != "" || w.removed != "" || w.dropHead != "" || w.box != "" || w.service != "" || w.serviceGone != "" {
				return w.run(c, e, site)
			}
			status, err := enrol.ReadStatus(e.Dir, site)
			if err != nil {
				return err
			}
			return report(e.Stdout, status)
		},
	}
	w.flags(c)
	c.Flags().BoolVar(&w.create, "make", false, "make what is missing")
	c.Flags().StringVar(&w.officer, "add-officer", "", "`name` of another officer: lower case letters, digits and hyphens")
	c.Flags().StringVar(&w.removed, "remove-officer", "", "`name` of an officer whose key is taken away")
	c.Flags().BoolVar(&w.newHead, "new-head", false, "make a new head key for this machine in place of the one it has")
	c.Flags().StringVar(&w.dropHead, "drop-head", "", "take another machine's head `key` (ssh-ed25519 AAAA…) out of the keys file")
	c.Flags().StringVar(&w.box, "box", "", "name the drop-box by this `file` of the lines that despatchbox init printed")
	c.Flags().StringVar(&w.service, "add-service", "", "`name` of a service that opens what schools send")
	c.Flags().StringVar(&w.serviceGone, "remove-service", "", "`name` of a service whose files are taken away")
	c.Flags().BoolVar(&w.print, "print", false, "print the new officer's passphrase as well")
	return c
}

// run does what the switches ask for with one passphrase.
func (w *keyWork) run(c *cobra.Command, e *env, site *source.Site) error {
	now, err := e.Now()
	if err != nil {
		return err
	}
	o, err := w.open(e)
	if err != nil {
		return err
	}
	if w.create {
		made, err := o.EnsureCompartments(c.Context(), site, e.progress())
		if err != nil {
			return err
		}
		fmt.Fprintf(e.Stdout, "%s got a first key\n", counted(made, "compartment", "compartments"))
		if err := o.SignKeys(site, now); err != nil {
			return err
		}
	}
	if w.box != "" {
		if err := w.nameBox(e, o, site, now); err != nil {
			return err
		}
	}
	if w.newHead {
		if err := o.NewHead(site, now); err != nil {
			return err
		}
		fmt.Fprintln(e.Stderr, "This machine has a new head key. The next despatch build publishes it.")
	}
	if w.dropHead != "" {
		key, err := sshsig.ParsePublicKey(w.dropHead)
		if err != nil {
			return usageError{err}
		}
		if err := o.DropHead(site, key, now); err != nil {
			return err
		}
	}
	if w.removed != "" {
		if err := w.remove(c, e, o); err != nil {
			return err
		}
	}
	if err := w.services(e, o); err != nil || w.officer == "" {
		return err
	}
	p, err := o.AddOfficer(c.Context(), w.officer, e.progress())
	if err != nil {
		return err
	}
	sheet, err := enrol.OfficerLetter(w.officer, p, now)
	if err != nil {
		return err
	}
	return e.handOver(e.Dir, w.officer, sheet, p, w.print, func() {})
}

// services gives the inboxes to a service, or takes them away.
func (w *keyWork) services(e *env, o *enrol.Office) error {
	if w.service != "" {
		if err := o.AddService(w.service); err != nil {
			return err
		}
		fmt.Fprintf(e.Stdout, "service %s opens what schools send, and nothing else\n", w.service)
	}
	if w.serviceGone == "" {
		return nil
	}
	if err := o.RemoveService(w.serviceGone); err != nil {
		return err
	}
	_, err := fmt.Fprintf(e.Stdout, "service %s was removed; whoever copied its files opens what is sent to these inboxes\n", w.serviceGone)
	return err
}

// nameBox names the drop-box.
func (w *keyWork) nameBox(e *env, o *enrol.Office, site *source.Site, now time.Time) error {
	text, err := os.ReadFile(w.box)
	if err != nil {
		return err
	}
	box, err := enrol.ParseBox(text)
	if err != nil {
		return fmt.Errorf("%s: %w", w.box, err)
	}
	if site, err = e.writeBox(site, box.Origin); err != nil {
		return err
	}
	if err := o.SetBox(site, box, now); err != nil {
		return err
	}
	fmt.Fprintf(e.Stderr, "The drop-box %s is named. Next: despatch register, then despatch build.\n", box.Origin)
	return nil
}

// writeBox puts the drop-box into despatch.yaml where that names none, and keeps
// every other byte of it.
func (e *env) writeBox(site *source.Site, origin string) (*source.Site, error) {
	if site.Settings.Portal.Box != "" {
		return site, nil
	}
	name := filepath.Join(e.Dir, "despatch.yaml")
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if text, err = strictyaml.Edit(text, []strictyaml.Change{{Path: []string{"portal", "box"}, Value: origin}}); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := durable.WriteFile(name, text, 0o644); err != nil {
		return nil, err
	}
	return e.readSite()
}

// remove takes an officer's key away and says what that does not undo.
func (w *keyWork) remove(c *cobra.Command, e *env, o *enrol.Office) error {
	if err := o.RemoveOfficer(c.Context(), w.removed, e.progress()); err != nil {
		return err
	}
	fmt.Fprintf(e.Stdout, "officer %s was removed; the root key and all compartments' keys are sealed to those who stay\n", w.removed)
	fmt.Fprintf(e.Stderr, "What %s may have copied of private/ stays open to them. If that may be:\n"+
		"  despatch rotate --all        new keys for every compartment, then build\n"+
		"  despatch keys --new-head     if they could reach this machine's head key\n"+
		"The root key stays: every letter names it. Whoever has a copy of it can sign keys, and needs a host or this folder to use them.\n", w.removed)
	return nil
}

// report prints a status and returns errFindings when something does not fit.
func report(w io.Writer, s *enrol.Status) error {
	fmt.Fprintf(w, "root\t%s\nkeys\tserial %d of %s\n", s.Root, s.Keys.Serial, s.Keys.Date.Format("2006-01-02 15:04"))
	for _, h := range s.Keys.Heads {
		fmt.Fprintf(w, "head key\t%s\n", h)
	}
	if s.Keys.Box != "" {
		fmt.Fprintf(w, "drop-box\t%s\n", s.Keys.Box)
	}
	fmt.Fprintf(w, "officers\t%s\n", strings.Join(s.Officers, ", "))
	fmt.Fprintf(w, "schools\t%d have keys\n", s.Schools)
	for _, epoch := range slices.Sorted(maps.Keys(s.Epochs)) {
		fmt.Fprintf(w, "epoch %d\t%d compartments\n", epoch, s.Epochs[epoch])
	}
	fmt.Fprintf(w, "accounts\t%d have keys\n", s.Accounts)
	if s.Purge > 0 {
		fmt.Fprintf(w, "purge\t%d published files go with the next build\n", s.Purge)
	}
	if len(s.Officers) < 2 {
		fmt.Fprintln(w, "advice\tadd a second officer (despatch keys --add-officer NAME): if the only passphrase is lost, nobody can be enrolled any more")
	}
	found := findings(s)
	for _, f := range found {
		fmt.Fprintln(w, f)
	}
	if len(found) > 0 {
		return errFindings
	}
	return nil
}

// findings are the sentences about what does not fit, each with what mends it.
func findings(s *enrol.Status) []string {
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if n := len(s.Missing); n > 0 {
		add("! %s no key, %s for one: run despatch keys --make", counted(n, "compartment has", "compartments have"), s.Missing[0].ID())
	}
	if n := len(s.NoKeys); n > 0 {
		add("! %s no keys, %s for one: run despatch enrol --all", counted(n, "account has", "accounts have"), access.FormatCode(s.NoKeys[0]))
	}
	drifting := 0
	for _, d := range s.Drifts {
		mend := "run despatch enrol --refresh"
		if d.Gone {
			mend = "run despatch enrol --remove " + access.FormatCode(d.Code)
		}
		if drifting++; drifting <= 20 {
			add("! account %s %s: %s", access.FormatCode(d.Code), d.Why, mend)
		}
	}
	if drifting > 20 {
		add("! and %d more rings no longer match content/accounts", drifting-20)
	}
	for _, code := range s.Unsigned {
		add("! the keys file does not name the signing key of account %s: run despatch keys --make", access.FormatCode(code))
	}
	for _, f := range s.Faults {
		add("! %s %s", f.File, f.Text)
	}
	for _, code := range s.Removed {
		add("! account %s was removed and content/accounts/%s.yaml is still there: delete it", access.FormatCode(code), strings.ToLower(code))
	}
	if n := len(s.Letters); n > 0 {
		add("! %s in private/letters, %s for one: print and delete", counted(n, "letter with a passphrase lies", "letters with passphrases lie"), s.Letters[0])
	}
	return all
}
