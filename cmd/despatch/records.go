package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"despatch/office/archive"
)

func newRecords(e *env) *cobra.Command {
	var class, from, to, out string
	c := &cobra.Command{
		Use:   "records -o FOLDER",
		Short: "Hand what was published to the record office, by retention class",
		Long: `Write a package for the county record office into a new folder: for each retention class
of despatch.yaml (privacy.retention: class, modules) a folder with one archive a school,
as despatch archive writes it; catalogue.csv, which lists them; SHA256SUMS and its
signature by the head key. A school that has nothing of a class has no archive there.

Whoever has the package reads everything in it. What changed since the last build stops
it: only what was published is handed over.`,
		Example: `  despatch records --from 2020-09-01 --to 2021-08-31 -o record-office-2020
  despatch records --class visits -o visits`,
		Args: arguments(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return usageError{errors.New("say where to: -o FOLDER")}
			}
			o := archive.Options{Dir: e.Dir, Progress: e.progress()}
			var err error
			if o.Period, err = period(from, to); err != nil {
				return err
			}
			if o.Now, err = e.Now(); err != nil {
				return err
			}
			if class != "" {
				site, err := e.readSite()
				if err != nil {
					return err
				}
				var names []string
				for _, r := range site.Settings.Privacy.Classes() {
					if names = append(names, r.Class); r.Class == class {
						o.Class = r
					}
				}
				if o.Class.Class == "" {
					return usageError{fmt.Errorf("--class %q is none of despatch.yaml (want one of %s)", class, strings.Join(names, ", "))}
				}
			}
			done, err := archive.HandOver(cmd.Context(), out, o)
			if errors.Is(err, archive.ErrNoClass) {
				return withHint(err, "docs/content.md, despatch.yaml, shows how")
			}
			if err != nil {
				return hintForArchive(err)
			}
			for _, w := range done.Warnings {
				fmt.Fprintf(e.Stderr, "despatch: warning: %s\n", w)
			}
			_, err = fmt.Fprintf(e.Stdout, "%s: %s of %s in %s\n", out, counted(done.Records, "record", "records"), counted(done.Classes, "class", "classes"), counted(done.Archives, "archive", "archives"))
			return err
		},
	}
	c.Flags().StringVar(&class, "class", "", "one retention `class` alone")
	c.Flags().StringVar(&from, "from", "", "the first `day` (2025-09-01)")
	c.Flags().StringVar(&to, "to", "", "the last `day`")
	c.Flags().StringVarP(&out, "output", "o", "", "the `folder` to write, which must be empty or not there")
	return c
}
