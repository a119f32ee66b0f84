package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"despatch/office/desk"
)

func newFinalise(e *env) *cobra.Command {
	var reply string
	c := &cobra.Command{
		Use:   "finalise RECORD",
		Short: "End a visit after the school's response, or after its deadline",
		Long: `End a visit after the school's response, with a reply to its comments where you
like, or after the deadline where no response came. Before that the school has its
time, and finalise refuses.

RECORD is the record's id, the start of it, or words of it.`,
		Example: `  despatch finalise early-reading --reply "Thank you; the date is corrected."`,
		Args:    arguments(1, 1),
	}
	by := byFlag(c)
	c.RunE = func(_ *cobra.Command, args []string) error {
		return e.atDesk(e.officer(*by), func(d *desk.Desk) error {
			done, err := d.Finalise(args[0], reply)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(e.Stdout, done.File)
			return err
		})
	}
	c.Flags().StringVar(&reply, "reply", "", "`what` the authority says to the school's comments")
	return c
}
