package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"despatch/generator/source"
	"despatch/office/desk"
	"despatch/office/notify"
)

func newList(e *env) *cobra.Command {
	var asJSON bool
	kinds := []string{"drafts", "due", "returns", "documents", "accounts", "compartments"}
	none := map[string]string{"drafts": "drafts", "due": "records are due", "returns": "data returns", "documents": "documents from schools", "accounts": "accounts", "compartments": "compartments"}
	c := &cobra.Command{
		Use:   "list " + strings.Join(kinds, "|"),
		Short: "List drafts, what is due, data returns, what schools sent, accounts or compartments",
		Long: `List what nobody was given yet (drafts), what somebody is to act on by a date (due),
how many schools have completed each data return (returns), what schools sent to which
service (documents; despatch export documents writes the files), the people with an
account (accounts), or every set of pages with those who hold its key by their roles
(compartments).`,
		Example: `  despatch list due
  despatch list compartments --json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(kinds, args[0]) {
				return fmt.Errorf("say what to list: one of %s", strings.Join(kinds, ", "))
			}
			return nil
		},
		ValidArgs: kinds,
		RunE: func(_ *cobra.Command, args []string) error {
			return e.atDesk("", func(d *desk.Desk) error {
				log, err := notify.ReadLog(e.Dir)
				if err != nil {
					return err
				}
				rows, table, problems := listed(d, log, args[0])
				for _, p := range problems {
					fmt.Fprintf(e.Stderr, "despatch: not listed: %s\n", p)
				}
				if asJSON {
					return e.printJSON(rows)
				}
				if len(table) == 1 {
					_, err := fmt.Fprintf(e.Stderr, "despatch: no %s\n", none[args[0]])
					return err
				}
				return e.printTable(table)
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// listed gives a list as it goes into JSON, and as a table with its heads.
func listed(d *desk.Desk, log *notify.Log, kind string) (rows any, table [][]string, problems []source.Problem) {
	switch kind {
	case "drafts":
		all, problems := d.Drafts()
		table = [][]string{{"RECORD", "KIND", "TITLE", "FOR"}}
		for _, r := range all {
			table = append(table, []string{r.Record, r.Kind, r.Title, r.For})
		}
		return notNull(all), table, problems
	case "due":
		all, problems := d.Dues()
		table = [][]string{{"BY", "LEFT", "KIND", "RECORD", "TITLE", "FOR", "ANSWER"}}
		for _, r := range all {
			table = append(table, []string{r.By, r.Left, r.Kind, r.Record, r.Title, r.For, r.Answer})
		}
		return notNull(all), table, problems
	case "returns":
		all, problems := d.Returns()
		table = [][]string{{"DUE", "CLOSES", "SCHOOLS", "COMPLETED", "LATE", "NOT TAKEN", "MISSING", "RECORD", "TITLE"}}
		for _, r := range all {
			row := []string{r.Due, r.Closes}
			for _, n := range []int{r.Schools, r.Completed, r.Late, r.NotTaken, r.Missing} {
				row = append(row, strconv.Itoa(n))
			}
			table = append(table, append(row, r.Record, r.Title))
		}
		return notNull(all), table, problems
	case "documents":
		all := d.Sendings()
		table = [][]string{{"CAME", "SERVICE", "SCHOOL", "BY", "FILES", "BYTES", "MESSAGE", "LEAF"}}
		for _, r := range all {
			bytes := int64(0)
			for _, f := range r.Files {
				bytes += f.Size
			}
			message, _, _ := strings.Cut(r.Message, "\n")
			table = append(table, []string{r.At, r.Title, r.Name, r.By, strconv.Itoa(len(r.Files)), strconv.FormatInt(bytes, 10), message, strconv.Itoa(r.Leaf)})
		}
		return notNull(all), table, nil
	case "accounts":
		all, problems := d.Accounts(log.LastTo)
		table = [][]string{{"CODE", "NAME", "E-MAIL", "MAIL", "PERMITTED", "SCHOOLS"}}
		for _, r := range all {
			table = append(table, []string{r.Code, r.Name, r.Email, r.Mail, strings.Join(r.Given, "; "), strings.Join(r.Schools, "; ")})
		}
		return notNull(all), table, problems
	}
	all, problems := d.Compartments()
	table = [][]string{{"COMPARTMENT", "SCHOOL", "HELD BY"}}
	for _, r := range all {
		table = append(table, []string{r.ID, cmp.Or(r.School, "every school"), cmp.Or(strings.Join(r.Holders, ", "), "nobody")})
	}
	return notNull(all), table, problems
}

// notNull is the list, which in JSON is [] where it is empty.
func notNull[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

func (e *env) printJSON(v any) error {
	enc := json.NewEncoder(e.Stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printTable prints aligned columns. All but the last are cut where they are
// long; JSON has the whole.
func (e *env) printTable(table [][]string) error {
	const most = 64
	w := tabwriter.NewWriter(e.Stdout, 0, 0, 2, ' ', 0)
	for _, row := range table {
		for i, cell := range row[:len(row)-1] {
			if letters := []rune(cell); len(letters) > most {
				row[i] = string(letters[:most-1]) + "…"
			}
		}
		fmt.Fprintln(w, strings.TrimRight(strings.Join(row, "\t"), "\t"))
	}
	return w.Flush()
}
