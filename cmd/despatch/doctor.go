package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"despatch/generator"
	"despatch/generator/tree"
	"despatch/internal/buildkeys"
	"despatch/office/collect"
	"despatch/office/enrol"
)

// doctorPatience is how long a host or a drop-box is waited for.
const doctorPatience = 10 * time.Second

func newDoctor(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Say what keeps this folder from working, and the command that mends it",
		Long: `Look at content, keys, the published tree, the portal, the drop-box and what was
collected, and say of each whether it is well or what mends it. Nothing is changed and
no passphrase is asked for.

Exit code 0: all is well; 1: something is to be mended.`,
		Example: "  despatch doctor",
		Args:    arguments(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			d := &doctor{env: e}
			if err := d.look(c.Context()); err != nil {
				return err
			}
			if d.ill {
				return errFindings
			}
			return nil
		},
	}
}

// doctor is one look at a folder.
type doctor struct {
	env *env
	ill bool
}

// says prints what was found of one thing. mend is the command that mends it, unless
// the error names one.
func (d *doctor) says(thing string, err error, mend string) bool {
	if err == nil {
		fmt.Fprintf(d.env.Stdout, "well     %s\n", thing)
		return true
	}
	d.ill = true
	if h, ok := errors.AsType[hinted](err); ok {
		mend = h.hint
	}
	fmt.Fprintf(d.env.Stdout, "to mend  %s: %v\n         %s\n", thing, err, mend)
	return false
}

func (d *doctor) look(ctx context.Context) error {
	now, err := d.env.Now()
	if err != nil {
		return err
	}
	problems, err := generator.Check(d.env.Dir, now)
	if err != nil {
		return err // what is no authority's folder says so
	}
	faults := 0
	for _, p := range problems {
		if !p.Warning {
			faults++
		}
	}
	if faults > 0 {
		d.says("content", fmt.Errorf("%s: nothing is published", counted(faults, "problem", "problems")), "despatch check")
		return nil
	}
	d.says("content", nil, "")
	if !d.keys() {
		return nil
	}
	d.tree(now)
	d.portal(ctx)
	d.box(ctx)
	return nil
}

// keys looks at what needs no passphrase to be looked at.
func (d *doctor) keys() bool {
	if _, err := buildkeys.Load(d.env.Dir); !d.says("keys", hintForBuild(err), "put public-keys/ back from version control and private/ from its backup") {
		return false
	}
	site, err := d.env.readSite()
	if err != nil {
		return d.says("keys", err, "despatch check")
	}
	status, err := enrol.ReadStatus(d.env.Dir, site)
	if !d.says("people's keys", err, "put public-keys/ back from version control") {
		return true
	}
	for _, f := range findings(status) {
		d.says("people's keys", errors.New(f), "despatch keys shows all of it")
	}
	return true
}

// tree looks at what was built.
func (d *doctor) tree(now time.Time) {
	root, o, err := d.env.verifyOptions()
	if err == nil {
		_, err = os.Stat(filepath.Join(d.env.tree(), "head"))
	}
	if errors.Is(err, fs.ErrNotExist) {
		d.says("published tree", errors.New("nothing was built yet"), "despatch build")
		return
	}
	var found []tree.Finding
	if err == nil {
		o.Now = now
		found, err = tree.Verify(d.env.tree(), root, o)
	}
	for _, f := range found {
		mend := "remove what was changed and run despatch build"
		if f.Warning() {
			mend = "despatch renew, or despatch run, which does it by itself"
		}
		d.says("published tree", errors.New(f.String()), mend)
	}
	if len(found) == 0 {
		d.says("published tree", err, "despatch build")
	}
}

// portal looks whether the host shows what was built.
func (d *doctor) portal(ctx context.Context) {
	site, err := d.env.readSite()
	if err != nil || site.Settings.Portal.Address == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	theirs, err := headAt(ctx, site.Settings.Portal.Address)
	if !d.says("portal", err, "look whether the host is up, and at portal.address in despatch.yaml") {
		return
	}
	if own, err := os.ReadFile(filepath.Join(d.env.tree(), "head")); err != nil || !bytes.Equal(own, theirs) {
		d.says("what the portal shows", errors.New("it is not what was built last"), "despatch deploy")
	}
}

// box looks at the drop-box, and at what was collected from it.
func (d *doctor) box(ctx context.Context) {
	keys, err := d.env.signedKeys("", "")
	if err != nil || keys.Box == "" {
		return
	}
	if serial, waits := d.env.registerWaits(); waits {
		d.says("register", fmt.Errorf("the drop-box was not sent register %d yet", serial), "despatch register")
	}
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	box := collect.Box{Origin: keys.Box}
	d.says("drop-box", box.Answers(ctx), "on its machine: despatchbox -C DIR doctor")
	_, err = buildkeys.LoadCollector(d.env.Dir)
	d.says("collecting", err, "copy "+buildkeys.CollectorFile+" from the machine that named the drop-box, 0600")
	held, err := collect.ReadHeld(d.env.Dir)
	d.says("what was collected", err, "put vault/ back from its backup")
	for _, h := range held {
		d.says("what was collected", fmt.Errorf("leaf %d of school %s is kept and not taken: %s", h.Leaf, h.School, h.Why), "despatch collect tells all; ask the school to send it again, or whoever runs the drop-box")
	}
}
