package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"despatch/office/desk"
)

func newWithdraw(e *env) *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use:   "withdraw RECORD --reason WHY",
		Short: "Take a record back, and say why",
		Long: `Take a record back. From the next build on its page says that it was withdrawn, when
and why; its text and files are gone from it. What somebody fetched before stays
readable to them.

RECORD is the record's id, the start of it, or words of it.`,
		Example: `  despatch withdraw early-reading --reason "Sent to the wrong school"`,
		Args:    arguments(1, 1),
	}
	by := byFlag(c)
	c.RunE = func(_ *cobra.Command, args []string) error {
		if strings.TrimSpace(reason) == "" {
			return usageError{errors.New("withdraw needs a --reason; its readers see it")}
		}
		return e.atDesk(e.officer(*by), func(d *desk.Desk) error {
			done, err := d.Withdraw(args[0], reason)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(e.Stdout, done.File)
			return err
		})
	}
	c.Flags().StringVar(&reason, "reason", "", "`why`; its readers see it")
	return c
}
