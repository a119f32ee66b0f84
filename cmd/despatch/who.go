package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"despatch/office/desk"
)

func newWho(e *env) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "who RECORD",
		Short: "Say who would see a record, and why",
		Long: `Say who would see a record once it is built, and why: each person, the school that
they see it for, and the role, right or group that gives them the key.

RECORD is the record's id, the start of it, or words of it.`,
		Example: `  despatch who early-reading`,
		Args:    arguments(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			return e.atDesk("", func(d *desk.Desk) error {
				who, err := d.Who(args[0])
				if err != nil {
					return err
				}
				who.Readers = notNull(who.Readers)
				if asJSON {
					return e.printJSON(who)
				}
				return e.printWho(who)
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (e *env) printWho(who desk.Readership) error {
	fmt.Fprintf(e.Stdout, "%s: %s\n", who.Record, who.State)
	if who.Public {
		fmt.Fprintln(e.Stdout, "everyone: it is public")
	}
	if len(who.Readers) == 0 {
		if !who.Public {
			fmt.Fprintln(e.Stdout, "nobody")
		}
		return nil
	}
	table := [][]string{{"ACCOUNT", "NAME", "SCHOOL", "SEES", "WHY", "COMPARTMENT"}}
	for _, r := range who.Readers {
		table = append(table, []string{r.Account, r.Name, r.School, r.Sees, r.Why, r.Compartment})
	}
	return e.printTable(table)
}
