package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"despatch/internal/buildkeys"
	"despatch/internal/durable"
	"despatch/internal/pdfsign"
	"despatch/records/calendar"
)

// pdfSigner are the switches of despatch pdf-signer.
type pdfSigner struct {
	create           bool
	name, role, from string
	passphrase       string // the file that it is in
	years            int
}

func newPDFSigner(e *env) *cobra.Command {
	var w pdfSigner
	c := &cobra.Command{
		Use:   "pdf-signer",
		Short: "Show, make or take over the certificate that signs PDFs",
		Long: `Show who signs the reports, sheets and documents that schools download as PDF. Where
nobody does, PDFs are not signed, and nothing else changes.

With --new, make a key and a certificate for a person or a team. With --from, take both
from a PKCS#12 file (.p12, .pfx) or a PEM file that an issuer of certificates gave you.
Either replaces the one that is there, and the next build prints every PDF anew. The
certificate is also written to public-keys/pdf-signer.crt, for whoever is to trust it.
To sign no longer, delete private/pdf-signer.pem.`,
		Example: `  despatch pdf-signer
  despatch pdf-signer --new --name "Robin Vale" --role "Head of School Improvement"
  despatch pdf-signer --from seal.p12 --passphrase-file seal.txt`,
		Args: arguments(0, 0),
		RunE: func(*cobra.Command, []string) error {
			if w.create && w.from != "" {
				return usageError{errors.New("--new and --from do not go together")}
			}
			if !w.create && (w.name != "" || w.role != "") {
				return usageError{errors.New("--name and --role go with --new")}
			}
			site, err := e.readSite()
			if err != nil {
				return err
			}
			now, err := e.Now()
			if err != nil {
				return err
			}
			file := filepath.Join(e.Dir, filepath.FromSlash(buildkeys.PDFSignerFile))
			var s *pdfsign.Signer
			switch {
			case w.create && w.name == "":
				return usageError{errors.New("--new needs a --name, of a person or a team")}
			case w.create:
				s, err = pdfsign.New(site.Settings.Authority.Name, w.name, w.role, now, w.years)
			case w.from != "":
				s, err = w.read()
			default:
				return e.showSigner(file, now)
			}
			if err != nil {
				return err
			}
			return e.putSigner(file, s, now)
		},
	}
	c.Flags().BoolVar(&w.create, "new", false, "make a key and a certificate")
	c.Flags().StringVar(&w.name, "name", "", "the `name` of the person or team, for --new")
	c.Flags().StringVar(&w.role, "role", "", "their `role`, for --new")
	c.Flags().IntVar(&w.years, "years", 3, "how many years the certificate is for, for --new")
	c.Flags().StringVar(&w.from, "from", "", "a PKCS#12 or PEM `file` with key and certificate")
	c.Flags().StringVar(&w.passphrase, "passphrase-file", "", "a `file` with the passphrase of the PKCS#12 file")
	return c
}

// read reads the file of --from.
func (w *pdfSigner) read() (*pdfsign.Signer, error) {
	data, err := os.ReadFile(w.from)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		s, err := pdfsign.Parse(data)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", w.from, err)
		}
		return s, nil
	}
	passphrase := ""
	if w.passphrase != "" {
		text, err := os.ReadFile(w.passphrase)
		if err != nil {
			return nil, fmt.Errorf("read the passphrase: %w", err)
		}
		passphrase = strings.TrimRight(string(text), "\r\n")
	}
	s, err := pdfsign.FromPKCS12(data, passphrase)
	if err != nil {
		return nil, withHint(fmt.Errorf("read %s: %w", w.from, err), "the passphrase of the file comes from --passphrase-file FILE")
	}
	return s, nil
}

func (e *env) showSigner(file string, now time.Time) error {
	s, err := pdfsign.Read(file)
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(e.Stdout, "PDFs are not signed")
		return nil
	}
	if err != nil {
		return err
	}
	return e.saySigner(s, now)
}

// putSigner writes the key first: a certificate without it promises nothing.
func (e *env) putSigner(file string, s *pdfsign.Signer, now time.Time) error {
	data, err := s.Format()
	if err != nil {
		return err
	}
	if err := durable.WriteFile(file, data, 0o600); err != nil {
		return err
	}
	if err := durable.WriteFile(filepath.Join(e.Dir, filepath.FromSlash(buildkeys.PDFCertificateFile)), s.Certificate(), 0o644); err != nil {
		return err
	}
	return e.saySigner(s, now)
}

func (e *env) saySigner(s *pdfsign.Signer, now time.Time) error {
	role := s.Role()
	if role != "" {
		role = ", " + role
	}
	fmt.Fprintf(e.Stdout, "signs PDFs   %s%s\nissued by    %s\nuntil        %s\nfingerprint  %s (SHA-256)\n",
		s.Name(), role, s.Issuer(), calendar.On(s.Until()).Long(), s.Fingerprint())
	if !now.Before(s.Until()) {
		fmt.Fprintln(e.Stdout, "The certificate has expired: make another.")
		return errFindings
	}
	return nil
}
