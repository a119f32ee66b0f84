package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"despatch/generator"
)

func newCheck(e *env) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "check",
		Short: "Report every problem of the content, with file, line and column",
		Long: `Read everything that people and commands wrote and report every problem together:
file, line, column, what was found and what was wanted. Warnings keep nothing from
being built. Exit code 1 where there is a problem that is no warning.`,
		Example: `  despatch check
  despatch check --json`,
		Args: arguments(0, 0),
		RunE: func(*cobra.Command, []string) error {
			now, err := e.Now()
			if err != nil {
				return err
			}
			problems, err := generator.Check(e.Dir, now)
			if err != nil {
				return err
			}
			faults, warnings := 0, 0
			for _, p := range problems {
				if p.Warning {
					warnings++
				} else {
					faults++
				}
				if !asJSON {
					fmt.Fprintln(e.Stdout, p)
				}
			}
			if asJSON {
				if err := e.printJSON(notNull(problems)); err != nil {
					return err
				}
			}
			fmt.Fprintf(e.Stderr, "despatch: %s, %s\n", counted(faults, "problem", "problems"), counted(warnings, "warning", "warnings"))
			if faults > 0 {
				return errFindings
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
