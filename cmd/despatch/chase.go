package main

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"despatch/internal/durable"
	"despatch/internal/spreadsheet"
	"despatch/office/desk"
)

func newChase(e *env) *cobra.Command {
	var asJSON, upcoming bool
	var file string
	c := &cobra.Command{
		Use:   "chase [RECORD]",
		Short: "List the schools that have not done something by its date, and whom to ask there",
		Long: `List every school that has not completed a data return, or done what an Action sheet
asks, by its date, with the people there who may do it. With RECORD, the record's id,
the start of it, or words of it, list who has not done that one, before its date too.
An answer by any person of a school counts for the school, and a data return for the
sheet that names it. What came and was not taken is listed with the reason.

Exit code 0: nobody is listed; 1: somebody is, or an error.`,
		Example: `  despatch chase
  despatch chase --upcoming
  despatch chase second-accounts --csv chase.csv`,
		Args: arguments(0, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			if asJSON && file != "" {
				return usageError{errors.New("use one of --json and --csv")}
			}
			said := ""
			if len(args) == 1 {
				said = args[0]
			}
			return e.atDesk("", func(d *desk.Desk) error {
				owed, problems, err := d.Owed(said, upcoming)
				if err != nil {
					return err
				}
				for _, p := range problems {
					fmt.Fprintf(e.Stderr, "despatch: not listed: %s\n", p)
				}
				if err := e.sayOwed(owed, asJSON, file); err != nil {
					return err
				}
				if len(owed) > 0 || len(problems) > 0 {
					return errFindings
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&upcoming, "upcoming", false, "also what is not due yet")
	c.Flags().StringVar(&file, "csv", "", "write the list to this `file` for a spreadsheet")
	return c
}

// sayOwed prints or writes who has not done what.
func (e *env) sayOwed(owed []desk.Owed, asJSON bool, file string) error {
	if asJSON {
		return e.printJSON(notNull(owed))
	}
	heads := []string{"BY", "LEFT", "KIND", "RECORD", "SCHOOL", "NAME", "STATE", "CONTACT", "E-MAIL", "PHONE"}
	table := [][]string{heads}
	for _, o := range owed {
		table = append(table, []string{o.By, o.Left, o.Kind, o.Record, o.School, o.Name, o.State, o.Contact, o.Email, o.Phone})
	}
	switch {
	case file != "":
		out := spreadsheet.Table{Heads: append(heads, "TITLE")}
		for i, row := range table[1:] {
			var cells []spreadsheet.Cell
			for _, s := range append(row, owed[i].Title) {
				cells = append(cells, spreadsheet.Text(s))
			}
			out.Rows = append(out.Rows, cells)
		}
		var b bytes.Buffer
		if err := out.CSV(&b); err != nil {
			return err
		}
		return durable.WriteFile(file, b.Bytes(), 0o600)
	case len(owed) == 0:
		_, err := fmt.Fprintln(e.Stderr, "despatch: nobody is late")
		return err
	}
	return e.printTable(table)
}
