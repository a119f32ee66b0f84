package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"despatch/office/desk"
	"despatch/records/calendar"
)

func newSubmit(e *env) *cobra.Command {
	var extendTo, reason string
	c := &cobra.Command{
		Use:   "submit RECORD",
		Short: "Give a visit to its school for a response, with a fixed date",
		Long: `Give a visit to its school for a response and fix the date by which it is awaited:
the day of submission does not count; weekends, bank holidays and the authority's
closures do not either; school holidays do. The sum is written down with the date.

With --extend-to, move the date of a visit that is open to a later working day, for a
reason. A date never moves earlier.

RECORD is the record's id, the start of it, or words of it.`,
		Example: `  despatch submit early-reading
  despatch submit 2026-11-03-k7q2 --extend-to 2026-12-04 --reason "The head was ill"`,
		Args: arguments(1, 1),
	}
	by := byFlag(c)
	c.RunE = func(_ *cobra.Command, args []string) error {
		var until calendar.Date
		if extendTo != "" {
			var err error
			if until, err = calendar.Parse(extendTo); err != nil {
				return usageError{fmt.Errorf("--extend-to: %w", err)}
			}
			if strings.TrimSpace(reason) == "" {
				return usageError{errors.New("--extend-to needs a --reason")}
			}
		} else if reason != "" {
			return usageError{errors.New("--reason goes with --extend-to")}
		}
		return e.atDesk(e.officer(*by), func(d *desk.Desk) error {
			act := func() (desk.Done, error) { return d.Submit(args[0]) }
			if extendTo != "" {
				act = func() (desk.Done, error) { return d.Extend(args[0], until, reason) }
			}
			done, err := act()
			if err != nil {
				return err
			}
			fmt.Fprintln(e.Stdout, done.File)
			e.printWindow(done)
			return nil
		})
	}
	c.Flags().StringVar(&extendTo, "extend-to", "", "move the date of an open visit to this later `date`")
	c.Flags().StringVar(&reason, "reason", "", "`why` the date moves; the school reads it")
	return c
}

// printWindow says the date and how it came about.
func (e *env) printWindow(done desk.Done) {
	w := done.Window
	fmt.Fprintf(e.Stdout, "%s: respond by the end of %s, %d working days after %s\n", done.Record.ID, w.On.Long(), len(w.Counted), w.From.Long())
	for _, s := range w.Skipped {
		fmt.Fprintf(e.Stdout, "  %s does not count: %s\n", s.Date.Long(), s.Why)
	}
}
