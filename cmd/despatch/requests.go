package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"despatch/office/desk"
	"despatch/office/enrol"
	"despatch/records/access"
	"despatch/records/calendar"
)

// asking is how accounts are made that schools asked for by a data return.
type asking struct {
	from, role string
	yes        bool
}

func (a *asking) flags(c *cobra.Command) {
	c.Flags().StringVar(&a.from, "from-return", "", "the accounts that schools asked for by this data `return`")
	c.Flags().StringVar(&a.role, "role", "", "with --from-return, the `role` of those whose own words name none")
	c.Flags().BoolVar(&a.yes, "yes", false, "with --from-return, make them without asking")
}

// accounts lists what was asked for, writes the files of the accounts that the officer
// agrees to, and gives the codes of those that have no keys yet.
func (a *asking) accounts(e *env) (codes []string, err error) {
	err = e.atDesk("", func(d *desk.Desk) error {
		all, problems, err := d.Requests(a.from, a.role)
		if err != nil {
			return err
		}
		for _, p := range problems {
			fmt.Fprintf(e.Stdout, "! %s\n", p)
		}
		waiting, err := e.sayRequests(all)
		if err != nil {
			return err
		}
		if len(waiting) > 0 && !a.yes && !e.agreed(len(waiting)) {
			return errors.New("nothing was made")
		}
		for _, r := range waiting {
			code, err := d.Grant(r, rand.Reader)
			if err != nil {
				return err
			}
			codes = append(codes, code)
			fmt.Fprintf(e.Stdout, "%s\t%s\t%s\t%s\n", access.FormatCode(code), r.School, r.Role, r.Name)
		}
		codes = append(codes, e.withoutKeys(all)...) // whoever was interrupted goes on
		if len(codes) == 0 && slices.ContainsFunc(all, func(r desk.Request) bool { return r.Wrong != "" }) {
			return errFindings
		}
		return nil
	})
	return codes, err
}

// sayRequests prints every account that was asked for, and gives those to make.
func (e *env) sayRequests(all []desk.Request) (waiting []desk.Request, err error) {
	table := [][]string{{"SCHOOL", "NAME", "E-MAIL", "ASKED FOR", "ROLE", "RECEIVED", "PROMISED BY", "STATE"}}
	for _, r := range all {
		state := "waits"
		switch {
		case r.Account != "":
			state = "has account " + access.FormatCode(r.Account)
		case r.Wrong != "":
			state = "cannot be made: " + r.Wrong
		default:
			waiting = append(waiting, r)
		}
		table = append(table, []string{r.School, r.Name, r.Email, r.Asked, r.Role, calendar.On(r.At).String(), r.By.String(), state})
	}
	if len(waiting) == 0 {
		fmt.Fprintln(e.Stderr, "despatch: no request waits for an account to be made")
	}
	return waiting, e.printTable(table)
}

// agreed asks the officer.
func (e *env) agreed(n int) bool {
	fmt.Fprintf(e.Stderr, "Make %s? Type yes: ", counted(n, "account", "accounts"))
	line, _ := bufio.NewReader(e.Stdin).ReadString('\n')
	return strings.TrimSpace(line) == "yes"
}

// withoutKeys are the codes of accounts that were made for a request before and have
// no keys yet.
func (e *env) withoutKeys(all []desk.Request) (codes []string) {
	site, err := e.readSite()
	if err != nil {
		return nil // whoever enrols reads it again, and says so
	}
	status, err := enrol.ReadStatus(e.Dir, site)
	if err != nil {
		return nil
	}
	for _, r := range all {
		if slices.Contains(status.NoKeys, r.Account) {
			codes = append(codes, r.Account)
		}
	}
	return codes
}
