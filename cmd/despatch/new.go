package main

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"despatch/office/desk"
	"despatch/records/calendar"
)

func newNew(e *env) *cobra.Command {
	var v desk.Values
	var date, due string
	c := &cobra.Command{
		Use:   "new " + strings.Join(desk.Kinds(), "|"),
		Short: "Write the file of a new record, to be filled in",
		Long: `Write the file of a new record at its place, with comments that say what to fill
in, and print its path. It is a draft: nobody sees it before submit or publish; a
result appears by itself at its release.`,
		Example: `  despatch new visit --school 900001 --title "Early reading"
  despatch new visit --school 900001 --profile other --title "Fire safety" --date 2026-11-03
  despatch new sheet --title "Second accounts" --due 2026-12-18
  despatch new return --title "Staff survey" --due 2026-12-18
  despatch new document --school 900001 --title "Risk category letter"
  despatch new news --title "Office closed on Friday"
  despatch new result --title "Key stage 2, emerging results"
  despatch new school --school 900013 --name "Moorgate Primary School"
  despatch new account --school 900001 --role senco --name "Alex Reed" --email alex.reed@fernside.example`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(desk.Kinds(), args[0]) {
				return fmt.Errorf("say what to make: one of %s", strings.Join(desk.Kinds(), ", "))
			}
			return nil
		},
		ValidArgs: desk.Kinds(),
	}
	by := byFlag(c)
	c.RunE = func(_ *cobra.Command, args []string) error {
		for _, d := range []struct {
			flag, said string
			to         *calendar.Date
		}{{"--date", date, &v.Date}, {"--due", due, &v.Due}} {
			if d.said == "" {
				continue
			}
			day, err := calendar.Parse(d.said)
			if err != nil {
				return usageError{fmt.Errorf("%s: %w", d.flag, err)}
			}
			*d.to = day
		}
		return e.atDesk(e.officer(*by), func(d *desk.Desk) error {
			file, err := d.New(args[0], v, rand.Reader)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(e.Stdout, file)
			return err
		})
	}
	c.Flags().StringVar(&v.Title, "title", "", "the `title`; of a visit its focus")
	c.Flags().StringVar(&v.School, "school", "", "the school's `URN`")
	c.Flags().StringVar(&v.Profile, "profile", "focus", "a visit's `profile`, one of content/profiles")
	c.Flags().StringVar(&date, "date", "", "the record's `date`; left out: today")
	c.Flags().StringVar(&due, "due", "", "by when a sheet or return is due: a `date`")
	c.Flags().StringVar(&v.Name, "name", "", "the `name` of a new school or of an account's holder")
	c.Flags().StringVar(&v.Email, "email", "", "the `address` of an account's holder")
	c.Flags().StringVar(&v.Role, "role", "", "the `role` of an account's holder at the school")
	return c
}
