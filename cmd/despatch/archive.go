package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"despatch/generator"
	"despatch/internal/bag"
	"despatch/internal/buildkeys"
	"despatch/internal/durable"
	"despatch/internal/sshsig"
	"despatch/layouts"
	"despatch/office/archive"
	"despatch/records/calendar"
)

func newArchive(e *env) *cobra.Command {
	var school, from, to, out string
	c := &cobra.Command{
		Use:   "archive --school URN -o FILE.zip",
		Short: "Copy what was published for a school, for keeping and proving offline",
		Long: `Write one zip with everything that was published for a school: pages that open from a
stick by a double click, attachments, the records as files, and what proves them. It
is a BagIt 1.0 archive, signed by the head key; README.txt in it says how to check it
with what Windows, macOS and Linux have. The same folder, events and --clock give the
same bytes. It asks for no passphrase.

With --from and --to, only visits of these days and what was published in them.

Whoever has the archive reads everything in it, also what is for one role alone: give
it to whoever may read all of that. What changed since the last build stops it: only
what was published is archived.`,
		Example: `  despatch archive --school 900001 -o fernside.zip
  despatch archive --school 900001 --from 2025-09-01 --to 2026-08-31 -o fernside-2025.zip`,
		Args: arguments(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o := archive.Options{Dir: e.Dir, School: school, Progress: e.progress()}
			if school == "" || out == "" {
				return usageError{errors.New("say whose archive and where to: --school URN -o FILE.zip")}
			}
			var err error
			if o.Period, err = period(from, to); err != nil {
				return err
			}
			if o.Now, err = e.Now(); err != nil {
				return err
			}
			return e.archive(cmd.Context(), o, out)
		},
	}
	c.Flags().StringVar(&school, "school", "", "the school's `URN`")
	c.Flags().StringVar(&from, "from", "", "the first `day` (2025-09-01)")
	c.Flags().StringVar(&to, "to", "", "the last `day`")
	c.Flags().StringVarP(&out, "output", "o", "", "the `file` to write")
	return c
}

func period(from, to string) (p archive.Period, err error) {
	for _, f := range []struct {
		flag, text string
		day        *calendar.Date
	}{{"--from", from, &p.From}, {"--to", to, &p.To}} {
		if f.text == "" {
			continue
		}
		if *f.day, err = calendar.Parse(f.text); err != nil {
			return p, usageError{fmt.Errorf("%s: %w", f.flag, err)}
		}
	}
	if !p.From.IsZero() && !p.To.IsZero() && p.To.Before(p.From) {
		return p, usageError{fmt.Errorf("--to %s is before --from %s", to, from)}
	}
	return p, nil
}

func (e *env) archive(ctx context.Context, o archive.Options, out string) error {
	var s archive.Summary
	err := durable.WriteTo(out, 0o600, func(w io.Writer) (err error) {
		s, err = archive.Write(ctx, w, o)
		return err
	})
	if err != nil {
		return hintForArchive(err)
	}
	for _, w := range s.Warnings {
		fmt.Fprintf(e.Stderr, "despatch: warning: %s\n", w)
	}
	_, err = fmt.Fprintf(e.Stdout, "%s: %s, %s in %s, serial %d\n", out, s.School, counted(s.Records, "record", "records"), counted(s.Files, "file", "files"), s.Serial)
	if err == nil && s.Stamped != "" {
		_, err = fmt.Fprintf(e.Stdout, "stamped %s\n", s.Stamped)
	}
	return err
}

func hintForArchive(err error) error {
	switch {
	case errors.As(err, new(generator.NotPublished)):
		return withHint(err, "despatch build")
	case errors.As(err, new(archive.UnknownSchool)):
		return withHint(err, "content/schools has a file for each")
	case errors.Is(err, layouts.ErrNotBuilt):
		return withHint(err, "make assets")
	}
	return err
}

func newVerifyArchive(e *env) *cobra.Command {
	var root, fingerprint string
	c := &cobra.Command{
		Use:   "verify-archive FILE",
		Short: "Check an archive, offline",
		Long: `Check an archive, a zip or the folder that it was unpacked to: every file, the lists,
who signed, and that the authority's root named that key. Each file that was changed,
cut short, added or is missing is named, one a line: kind, path, what is wrong.

The root is that of the authority's folder, or given as a file or as a fingerprint.
Exit code 0: the archive is good; 1: it is not, or cannot be read; 2: usage.`,
		Example: `  despatch verify-archive fernside.zip
  despatch verify-archive fernside.zip --root root.pub
  despatch verify-archive fernside.zip --fingerprint SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			trust, err := e.archiveTrust(root, fingerprint)
			if err != nil {
				return err
			}
			report, findings, err := archive.Verify(args[0], trust, e.progress())
			if err != nil {
				return err
			}
			return e.sayArchive(args[0], report, findings)
		},
	}
	rootFlags(c, &root, &fingerprint)
	return c
}

func rootFlags(c *cobra.Command, root, fingerprint *string) {
	c.Flags().StringVar(root, "root", "", "a `file` with the authority's root public key")
	c.Flags().StringVar(fingerprint, "fingerprint", "", "the root's `fingerprint`, as ssh-keygen -l prints it: SHA256:…")
}

// archiveTrust is what an archive is held to.
func (e *env) archiveTrust(root, fingerprint string) (archive.Trust, error) {
	t := archive.Trust{Fingerprint: fingerprint}
	switch {
	case fingerprint != "" && !strings.HasPrefix(fingerprint, "SHA256:"):
		return t, usageError{fmt.Errorf("--fingerprint %q is not one (want SHA256:…, as ssh-keygen -l prints it)", fingerprint)}
	case root != "":
		text, err := os.ReadFile(root)
		if err != nil {
			return t, err
		}
		if t.Root, err = sshsig.ParsePublicKey(strings.TrimSpace(string(text))); err != nil {
			return t, fmt.Errorf("%s: %w", root, err)
		}
		return t, nil
	case fingerprint != "":
		return t, nil
	}
	var err error
	if t.Root, err = buildkeys.LoadRoot(e.Dir); errors.Is(err, buildkeys.ErrNoKeys) {
		return t, usageError{errors.New("say whose archive it should be: --root FILE, --fingerprint SHA256:…, or an authority's folder with -C")}
	}
	if err != nil {
		return t, err
	}
	_, t.Keys, err = buildkeys.LoadSigned(e.Dir, t.Root)
	return t, err
}

func (e *env) sayArchive(name string, r archive.Report, findings []bag.Finding) error {
	for _, f := range findings {
		if _, err := fmt.Fprintln(e.Stdout, f); err != nil {
			return err
		}
	}
	if len(findings) > 0 {
		return errFindings
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(e.Stderr, "despatch: warning: %s\n", w)
	}
	_, err := fmt.Fprintf(e.Stdout, "the archive is good\nfile     %s (%s)\nholds    %s\nmade     %s, from serial %s\nroot     %s\nsigned   %s\n",
		filepath.Base(name), counted(r.Files, "file", "files"), r.Description, r.Made, r.Serial, r.Root, r.Signer)
	if err == nil && r.Own != "" {
		_, err = fmt.Fprintf(e.Stdout, "by       the account %s, of what it could read; the authority did not make it\n", r.Own)
	}
	if err == nil && r.Evidence > 0 {
		_, err = fmt.Fprintf(e.Stdout, "proves   %s of receipts, envelopes and statements\n", counted(r.Evidence, "file", "files"))
	}
	if err == nil && r.Stamped != "" {
		_, err = fmt.Fprintf(e.Stdout, "stamped  %s (openssl ts -verify says whether to trust them)\n", r.Stamped)
	}
	return err
}

// restore starts a folder with the records of an archive.
func (e *env) restore(name, dir, root, fingerprint string) error {
	if root == "" && fingerprint == "" {
		return usageError{errors.New("say whose archive it should be: --root FILE or --fingerprint SHA256:…")}
	}
	trust, err := e.archiveTrust(root, fingerprint)
	if err != nil {
		return err
	}
	report, findings, err := archive.Restore(name, dir, trust, e.progress())
	for _, f := range findings {
		if _, err := fmt.Fprintln(e.Stdout, f); err != nil {
			return err
		}
	}
	if errors.Is(err, archive.ErrNotGood) {
		return withHint(err, "despatch verify-archive "+name)
	}
	if err == nil {
		_, err = fmt.Fprintf(e.Stderr, "Restored: %s, made %s.\n", report.Description, report.Made)
	}
	return err
}
