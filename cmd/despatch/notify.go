package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"despatch/generator"
	"despatch/generator/source"
	"despatch/internal/buildkeys"
	"despatch/office/desk"
	"despatch/office/notify"
	"despatch/records/access"
	"despatch/records/authority"
	"despatch/records/calendar"
)

// mailPassword is the mail server's, where despatch.yaml names a user.
const mailPassword = "private/mail-password"

func newNotify(e *env) *cobra.Command {
	var dry, asJSON bool
	c := &cobra.Command{
		Use:   "notify",
		Short: "Tell people by e-mail what they have to do, and on Wednesdays what is new",
		Long: `Write to those who have to respond to a visit, act on a sheet or complete a return, as
soon as the portal shows it: once, all of it in one mail, and again when two working days
are left. On Wednesday from seven, or on the working day after it, write to everybody for
whom something came or changed since the digest before.

A mail has dates and links and names no school, person or paper. It goes through the
server that despatch.yaml names under mail; a password is read from
private/mail-password. Who was told of what is kept in mail/sent.jsonl, so that nobody
is told twice. An address that the server says is none is noted in
content/undelivered.yaml and written to no more until the account has another.

What was sent is listed, a line each: account, kind, date to act by, address.

Exit code 0: all was sent; 1: somebody could not be written to, or an error.`,
		Example: `  despatch notify --dry-run
  despatch notify`,
		Args: arguments(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			told, err := e.notify(c.Context(), dry)
			if err != nil {
				return err
			}
			if asJSON {
				err = e.printJSON(told)
			} else {
				err = e.sayTold(told)
			}
			if err == nil && len(told.Unreached) > 0 {
				return errFindings
			}
			return err
		},
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "only list who would be written to")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// A told is who was written to, and who could not be.
type told struct {
	Mails     []notify.Mail      `json:"mails"`
	Unreached []notify.Unreached `json:"unreached"`
	Sent      int                `json:"sent"`
}

// notify plans, and unless it is only tried, sends.
func (e *env) notify(ctx context.Context, dry bool) (told, error) {
	now, err := e.Now()
	if err != nil {
		return told{}, err
	}
	carried, serial, err := generator.Carried(e.Dir)
	if err != nil {
		return told{}, withHint(err, "despatch build, deploy, and then this again")
	}
	keys, err := buildkeys.Load(e.Dir)
	if err != nil {
		return told{}, hintForBuild(err)
	}
	var site *source.Site
	var log *notify.Log
	var plan notify.Plan
	err = e.atDesk("", func(d *desk.Desk) (err error) {
		if site = d.Site(); site.Settings.Mail == (authority.Mail{}) {
			return withHint(errors.New("despatch.yaml names no mail server"), "name one under mail (docs/content.md)")
		}
		open := notify.ReadLog
		if !dry {
			open = notify.OpenLog
			if err := e.shows(ctx, site.Settings.Portal.Address, serial); err != nil {
				return err
			}
		}
		if file := d.Uncarried(func(f string) bool { return carried[f] }); file != "" {
			return withHint(fmt.Errorf("the portal does not show what %s says yet", file), "despatch build, deploy, and then this again")
		}
		if log, err = open(e.Dir); err != nil {
			return err
		}
		var problems []source.Problem
		plan, problems, err = notify.Due(d, generator.PageNames(keys), log, now)
		if err == nil && len(problems) > 0 {
			err = withHint(fmt.Errorf("nobody is written to: %s", problems[0]), "despatch check")
		}
		return err
	})
	if log != nil && !dry {
		defer log.Close()
	}
	if err != nil {
		return told{}, err
	}
	t := told{Mails: notNull(plan.Mails), Unreached: notNull(plan.Unreached)}
	if dry || len(plan.Mails) == 0 && plan.Digest.IsZero() {
		return t, nil
	}
	return e.send(ctx, site, plan, log, serial, t)
}

// send hands the mails of a plan to the server.
func (e *env) send(ctx context.Context, site *source.Site, plan notify.Plan, log *notify.Log, serial int, t told) (told, error) {
	now, err := e.Now()
	if err != nil {
		return t, err
	}
	if len(plan.Mails) == 0 {
		return t, log.DigestDone(plan.Digest, now)
	}
	password, err := e.mailPassword(site.Settings)
	if err != nil {
		return t, err
	}
	server, err := notify.Connect(ctx, site.Settings, password)
	if err != nil {
		return t, err
	}
	defer server.Close()
	var bad []notify.Returned
	t.Sent, err = notify.Send(server, plan, log, serial, now, func(r notify.Refused) {
		for _, m := range plan.Mails {
			if m.To == r.Address {
				t.Unreached = append(t.Unreached, notify.Unreached{Code: m.Code, Name: m.Account.Name, Address: r.Address, Why: r.Said})
			}
		}
		if r.Bad {
			bad = append(bad, notify.Returned{Address: r.Address, Why: r.Said})
		}
	})
	t.Mails = slices.DeleteFunc(t.Mails, func(m notify.Mail) bool {
		return slices.ContainsFunc(t.Unreached, func(u notify.Unreached) bool { return u.Address == m.To })
	})
	_, noted := notify.NoteReturned(e.Dir, &site.Undelivered, site.Accounts, bad, calendar.On(now))
	return t, errors.Join(err, noted)
}

// mailPassword is the password of the user that the settings name for the mail server.
func (e *env) mailPassword(s *authority.Settings) (string, error) {
	if s.Mail.User == "" {
		return "", nil
	}
	data, err := os.ReadFile(filepath.Join(e.Dir, filepath.FromSlash(mailPassword)))
	if errors.Is(err, fs.ErrNotExist) {
		return "", withHint(fmt.Errorf("there is no password for %s at the mail server", s.Mail.User), "write it into "+mailPassword+", one line that only you may read")
	}
	return strings.TrimRight(string(data), "\r\n"), err
}

// sayTold lists who was written to, and who could not be.
func (e *env) sayTold(t told) error {
	table := [][]string{{"ACCOUNT", "KIND", "BY", "ITEMS", "ADDRESS"}}
	for _, m := range t.Mails {
		by := ""
		for _, i := range m.Items {
			if s := i.Due.String(); !i.Due.IsZero() && (by == "" || s < by) {
				by = s
			}
		}
		table = append(table, []string{access.FormatCode(m.Code), string(m.Kind), by, fmt.Sprint(len(m.Items)), m.To})
	}
	for _, u := range t.Unreached {
		fmt.Fprintf(e.Stderr, "despatch: %s, %s, cannot be written to at %s: %s\n", access.FormatCode(u.Code), u.Name, u.Address, u.Why)
	}
	if len(t.Mails) == 0 {
		_, err := fmt.Fprintln(e.Stderr, "despatch: nobody is to be told of anything now")
		return err
	}
	return e.printTable(table)
}

func newBounces(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "bounces [FILE | FOLDER]...",
		Short: "Read mail that came back, and note the addresses that it came back from",
		Long: `Read reports that a mail could not be delivered (RFC 3464), from files, folders of files
(a maildir's new, for one) or standard input, and note the addresses in
content/undelivered.yaml: nobody is written to there any more, the school sees it on its
account pages after the next build, and list accounts shows it. Give the account its
right address, or take the line out, and mail goes again.

Only reports on mail that despatch notify sent from here count: anybody can write to the
address that they go to. A report that a server goes on trying is passed over.

Exit code 0: all were read; 1: something was no such report, or an error.`,
		Example: `  despatch bounces /var/mail/portal/new
  despatch bounces < report.eml`,
		Args: arguments(0, math.MaxInt),
		RunE: func(_ *cobra.Command, args []string) error { return e.bounces(args) },
	}
}

func (e *env) bounces(args []string) error {
	now, err := e.Now()
	if err != nil {
		return err
	}
	site, err := e.readSite()
	if err != nil {
		return err
	}
	log, err := notify.ReadLog(e.Dir)
	if err != nil {
		return err
	}
	var returned []notify.Returned
	wrong := false
	read := func(name string, r io.Reader) {
		found, err := notify.ReadReport(r, log)
		if err != nil {
			fmt.Fprintf(e.Stderr, "despatch: %s: %v\n", name, err)
			wrong = true
		}
		returned = append(returned, found...)
	}
	if len(args) == 0 {
		read("standard input", e.Stdin)
	}
	files, err := filesOf(args)
	if err != nil {
		return err
	}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		read(file, f)
		f.Close()
	}
	if _, err := notify.NoteReturned(e.Dir, &site.Undelivered, site.Accounts, returned, calendar.On(now)); err != nil {
		return err
	}
	for _, r := range returned {
		if _, err := fmt.Fprintf(e.Stdout, "%s: %s\n", r.Address, r.Why); err != nil {
			return err
		}
	}
	if wrong {
		return errFindings
	}
	return nil
}

// filesOf are the files that were named, and those in the folders that were.
func filesOf(args []string) ([]string, error) {
	var files []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, arg)
			continue
		}
		entries, err := os.ReadDir(arg)
		if err != nil {
			return nil, err
		}
		for _, f := range entries {
			if f.Type().IsRegular() {
				files = append(files, filepath.Join(arg, f.Name()))
			}
		}
	}
	return files, nil
}
