package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"despatch/office/desk"
)

func newFinalise(e *env) *cobra.Command {
	var reply string
	var silent bool
	c := &cobra.Command{
		Use:   "finalise RECORD | --silent",
		Short: "End a visit after the school's response, or after its deadline",
		Long: `End a visit after the school's response, with a reply to its comments where you
like, or after the deadline where no response came. Before that the school has its
time, and finalise refuses.

With --silent, end every visit whose deadline is past and to which nothing was
received, as far as that is certain: the school could read it (despatch verify URL
--seen), the drop-box's log was collected beyond the deadline, and nothing that the
school sent is kept and not taken. That nothing was received is signed with this
machine's head key and the place in the log that shows it (despatch verify-statement).
For each that waits it is said why; exit code 1.

RECORD is the record's id, the start of it, or words of it.`,
		Example: `  despatch finalise early-reading --reply "Thank you; the date is corrected."
  despatch finalise --silent`,
		Args: func(c *cobra.Command, args []string) error {
			if (len(args) == 1) == silent || len(args) > 1 {
				return errors.New("say which visit, or --silent")
			}
			return nil
		},
	}
	by := byFlag(c)
	c.RunE = func(_ *cobra.Command, args []string) error {
		if silent {
			return e.finaliseSilent(*by)
		}
		return e.atDesk(e.officer(*by), func(d *desk.Desk) error {
			done, err := d.Finalise(args[0], reply)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(e.Stdout, done.File)
			return err
		})
	}
	c.Flags().BoolVar(&silent, "silent", false, "end the visits to which nothing was received by their deadline")
	c.Flags().StringVar(&reply, "reply", "", "`what` the authority says to the school's comments")
	return c
}

// finaliseSilent ends the visits to which nothing was received.
func (e *env) finaliseSilent(by string) error {
	done, waiting, err := e.endSilent(by)
	for _, one := range done {
		if _, err := fmt.Fprintln(e.Stdout, one.File); err != nil {
			return err
		}
	}
	for _, w := range waiting {
		fmt.Fprintf(e.Stdout, "! %s waits: %s\n", w.Record, w.Why)
	}
	if err != nil {
		return err
	}
	if len(waiting) > 0 {
		return errFindings
	}
	return nil
}

// endSilent gives what was ended and what waits, also beside an error.
func (e *env) endSilent(by string) (done []desk.Done, waiting []desk.Waiting, err error) {
	collector, err := e.collector(nil)
	if err != nil {
		return nil, nil, err
	}
	silence, err := collector.Silence()
	if err != nil {
		return nil, nil, err
	}
	state, close, err := e.stater(silence)
	if err != nil {
		return nil, nil, err
	}
	defer close()
	err = e.atDesk(e.officer(by), func(d *desk.Desk) error {
		var err error
		done, waiting, err = d.FinaliseSilent(desk.Silence{Later: silence.Later, Held: silence.Held, State: state})
		return errors.Join(err, silence.Err())
	})
	return done, waiting, err
}
