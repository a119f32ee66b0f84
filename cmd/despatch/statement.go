package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"despatch/generator/page"
	"despatch/generator/source"
	"despatch/internal/buildkeys"
	"despatch/internal/statement"
	"despatch/office/collect"
	"despatch/records/calendar"
)

// stater gives what signs that nothing was received of a visit by its deadline, with
// the log's first leaf after it. close lets the folder go.
func (e *env) stater(silence *collect.Silence) (state func(v *source.Visit) (string, error), close func(), err error) {
	keys, err := buildkeys.Load(e.Dir)
	if err != nil {
		return nil, nil, err
	}
	now, err := e.Now()
	if err != nil {
		return nil, nil, err
	}
	folder, err := source.Open(e.Dir)
	if err != nil {
		return nil, nil, err
	}
	names := page.Names{Item: keys.Naming.Item}
	return func(v *source.Visit) (string, error) {
		given := *v
		err := names.SetSubject(&given, func(e source.Entry) ([32]byte, error) {
			data, err := folder.ReadFile(e.Path)
			return sha256.Sum256(data), err
		})
		if err != nil {
			return "", err
		}
		leaf, proof, err := silence.Prove(v.State.RespondBy.End())
		if err != nil {
			return "", err
		}
		return string(statement.Format(statement.Statement{
			Time: now.UTC().Truncate(time.Second), Box: keys.Parsed.Box, URN: v.School, School: keys.Naming.School(v.School), Visit: v.ID,
			Subject: given.Subject, RespondBy: v.State.RespondBy, Leaf: leaf, Proof: proof,
		}, keys.HeadKey)), nil
	}, func() { folder.Close() }, nil
}

func newVerifyStatement(e *env) *cobra.Command {
	var keys, root string
	c := &cobra.Command{
		Use:   "verify-statement FILE",
		Short: "Check a signed statement that nothing was received, offline",
		Long: `Check a statement with which the authority ended a visit to which no response was
received: who signed it, and that the leaf of the drop-box's log that it names is later
than the deadline and in the log. FILE is the statement, or the event in which it
stands. Nothing is fetched. The keys are those of the authority's folder, or of a keys
file as the site publishes it, which the root signs.

That nothing was received is the authority's word. A receipt for an answer to the same
visit with a lower leaf shows it to be false.

Exit code 0: the statement is good; 1: it is not, or cannot be read; 2: usage.`,
		Example: `  despatch verify-statement statement.txt
  despatch verify-statement statement.txt --keys keys.1f0c5a3b2d4e6f70 --root root.pub`,
		Args: arguments(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			if (keys == "") != (root == "") {
				return usageError{fmt.Errorf("--keys and --root are given together")}
			}
			k, err := e.signedKeys(keys, root)
			if err != nil {
				return err
			}
			trust := statement.Trust{Heads: k.Heads}
			for _, text := range k.Logs {
				v, err := note.NewVerifier(text)
				if err != nil {
					return fmt.Errorf("the keys file's log key %q: %w", text, err)
				}
				trust.Logs = append(trust.Logs, v)
			}
			data, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			s, err := statement.Verify(inEvent(data), trust)
			if err != nil {
				return fmt.Errorf("%s is not a good statement: %w", args[0], err)
			}
			return e.sayStatement(s)
		},
	}
	c.Flags().StringVar(&keys, "keys", "", "the signed keys `file`, as published (else the authority's own)")
	c.Flags().StringVar(&root, "root", "", "a `file` with the authority's root public key, to go with --keys")
	return c
}

// inEvent takes a statement out of the event in which it stands.
func inEvent(data []byte) []byte {
	_, block, found := strings.Cut(string(data), "\nstatement: |\n")
	if !found {
		return data
	}
	var b strings.Builder
	for line := range strings.Lines(block) {
		text, inside := strings.CutPrefix(line, "  ")
		if !inside && strings.TrimSpace(line) != "" {
			break
		}
		b.WriteString(text)
	}
	return []byte(b.String())
}

// sayStatement prints what a good statement says.
func (e *env) sayStatement(s statement.Statement) error {
	_, err := fmt.Fprintf(e.Stdout, "the statement is good\nvisit    %s\nschool   %s\nsays     nothing was received by the end of %s\nby       leaf %d of the log of %s, of %s\nsigned   %s\n",
		s.Visit, s.URN, s.RespondBy.Long(), s.Proof.Index, s.Box, calendar.At(s.Leaf.Time).Long(), calendar.At(s.Time).Long())
	return err
}
