package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"despatch/generator/source"
	"despatch/office/gias"
	"despatch/office/misheetimport"
	"despatch/records/calendar"
)

func newImport(e *env) *cobra.Command {
	c := &cobra.Command{
		Use:   "import",
		Short: "Import the register of schools, or MI sheets as they were published",
		Example: `  despatch import gias edubasealldata20261102.csv --la 999
  despatch import misheet 236-15.txt`,
		Args: unknownCommand,
		RunE: func(c *cobra.Command, _ []string) error {
			return usageError{errors.New("say what to import: gias or misheet")}
		},
	}
	c.AddCommand(newImportGIAS(e), newImportMISheet(e))
	return c
}

func newImportGIAS(e *env) *cobra.Command {
	var la string
	var brief bool
	c := &cobra.Command{
		Use:   "gias FILE",
		Short: "Import the DfE's register of schools into content/schools",
		Long: `Import the DfE's register of schools (Get Information About Schools, "all
establishment data" as CSV) into one file a school under content/schools.

A second import updates what the register says and nothing else: keys and comments
that people added stay. What changed is listed. When any row is bad, all bad rows are
listed and nothing is written. No person's name is taken from the register.`,
		Example: `  despatch import gias edubasealldata20261102.csv --la 999`,
		Args:    arguments(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := e.isFolder(); err != nil {
				return err
			}
			return e.importGIAS(args[0], la, brief)
		},
	}
	c.Flags().StringVar(&la, "la", "", "only schools of the authority with this `code` (three digits)")
	c.Flags().BoolVar(&brief, "brief", false, "print the counts only")
	return c
}

// isFolder refuses to import into anything but an authority's folder.
func (e *env) isFolder() error {
	f, err := source.Open(e.Dir)
	if err != nil {
		return err
	}
	return f.Close()
}

func (e *env) importGIAS(name, la string, brief bool) error {
	file, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("open the register: %w", err)
	}
	defer file.Close()
	schools, problems, err := gias.Read(file, la)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, p := range problems {
		fmt.Fprintf(e.Stdout, "%s: %s\n", name, p)
	}
	if len(problems) > 0 {
		fmt.Fprintln(e.Stderr, "despatch: nothing was imported: correct these rows or leave them out")
		return errFindings
	}
	report, err := gias.Import(e.Dir, schools, e.progress())
	if err != nil {
		return withHint(fmt.Errorf("nothing was imported: %w", err), "despatch check")
	}
	if !brief {
		e.printImport(report)
	}
	for _, urn := range report.Missing {
		fmt.Fprintf(e.Stderr, "despatch: %s is not in %s and stays as it is\n", urn, name)
	}
	updated := make(map[string]bool)
	for _, c := range report.Changed {
		updated[c.URN] = true
	}
	_, err = fmt.Fprintf(e.Stdout, "%d added, %d changed, %d closed, %d unchanged\n",
		len(report.Added), len(updated), len(report.Closed), report.Unchanged)
	return err
}

func (e *env) printImport(r gias.Report) {
	for _, a := range r.Added {
		fmt.Fprintf(e.Stdout, "added %s\n", a)
	}
	for _, c := range r.Changed {
		fmt.Fprintf(e.Stdout, "changed %s %s: %s: %s → %s\n", c.URN, c.Name, c.Key, orNothing(c.Old), orNothing(c.New))
	}
	for _, c := range r.Closed {
		fmt.Fprintf(e.Stdout, "closed %s\n", c)
	}
}

func orNothing(s string) string {
	if s == "" {
		return "(nothing)"
	}
	return s
}

func newImportMISheet(e *env) *cobra.Command {
	var o misheetimport.Options
	var published string
	var replace bool
	c := &cobra.Command{
		Use:   "misheet FILE…",
		Short: "Import MI sheets from the text of their pages",
		Long: `Import MI sheets from the text of their pages, as copied or saved, into
content/sheets. Read it through afterwards: what could not be placed is kept in the
sheet's text under its own words, and noted with its line. FILE may be - for standard
input.

The same text again changes nothing.`,
		Example: `  despatch import misheet 236-15.txt 220-12.txt
  despatch import misheet --published 2003-09-01 undated.txt
  despatch import misheet --replace 236-15-corrected.txt`,
		Args: arguments(1, math.MaxInt),
		RunE: func(_ *cobra.Command, args []string) error {
			if published != "" {
				date, err := calendar.Parse(published)
				if err != nil {
					return usageError{fmt.Errorf("--published: %w", err)}
				}
				o.Published = date
			}
			if err := e.isFolder(); err != nil {
				return err
			}
			return e.importMISheets(args, o, replace)
		},
	}
	c.Flags().StringVar(&published, "published", "", "the `date` of publication of texts that do not say it (2003-09-01)")
	c.Flags().StringVar(&o.Title, "title", "", "the `title`, where the text's first line is not it")
	c.Flags().BoolVar(&replace, "replace", false, "overwrite the sheet that has the number already")
	return c
}

// importMISheets imports each file; one that is refused does not stop the
// others.
func (e *env) importMISheets(names []string, o misheetimport.Options, replace bool) error {
	refused := 0
	var last error
	for _, name := range names {
		data, err := e.readText(name)
		if err != nil {
			return err
		}
		out, err := misheetimport.Import(e.Dir, data, o, replace)
		if err != nil {
			refused++
			if last != nil {
				fmt.Fprintf(e.Stderr, "despatch: error: %v\n", last)
			}
			last = withImportHint(fmt.Errorf("%s: %w", name, err))
			continue
		}
		fmt.Fprintf(e.Stdout, "%s %s\n", out.Done, out.Path)
		for _, n := range out.Notes {
			fmt.Fprintf(e.Stderr, "despatch: %s: %s\n", filepath.Base(name), n)
		}
	}
	if refused > 1 {
		fmt.Fprintf(e.Stderr, "despatch: %d of %d sheets were not imported\n", refused, len(names))
	}
	return last
}

// readText reads a file, or standard input, up to a little more than a sheet
// may have: enough to be refused for its size.
func (e *env) readText(name string) ([]byte, error) {
	if name == "-" {
		data, err := io.ReadAll(io.LimitReader(e.Stdin, 1<<20))
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		return data, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open the sheet: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("read the sheet: %w", err)
	}
	return data, nil
}

func withImportHint(err error) error {
	if _, ok := errors.AsType[misheetimport.Undated](err); ok {
		return withHint(err, "despatch import misheet --published 2003-09-01 FILE")
	}
	if _, ok := errors.AsType[misheetimport.Taken](err); ok {
		return withHint(err, "despatch import misheet --replace FILE, to overwrite it")
	}
	return err
}
