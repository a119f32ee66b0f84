package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"despatch/office/desk"
)

func newPublish(e *env) *cobra.Command {
	c := &cobra.Command{
		Use:   "publish RECORD",
		Short: "Give out a record that needs no response",
		Long: `Give out a record that needs no response: a visit of such a profile, or a sheet,
return, document or news item that does not say when it is published. The next build
carries it.

RECORD is the record's id, the start of it, or words of it.`,
		Example: `  despatch publish fire-safety`,
		Args:    arguments(1, 1),
	}
	by := byFlag(c)
	c.RunE = func(_ *cobra.Command, args []string) error {
		return e.atDesk(e.officer(*by), func(d *desk.Desk) error {
			done, err := d.Publish(args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(e.Stdout, done.File)
			return err
		})
	}
	return c
}
