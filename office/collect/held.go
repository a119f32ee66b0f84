package collect

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"despatch/internal/auditlog"
	"despatch/internal/buildkeys"
	"despatch/internal/strictyaml"
	"despatch/records/access"
)

const heldDir = "vault/held"

// A Held is a deposit that is kept and not taken, and why. It is looked at anew
// each time that is collected.
type Held struct {
	Format  int       `yaml:"format"`
	Leaf    int       `yaml:"leaf"`
	Time    time.Time `yaml:"time"`
	School  string    `yaml:"school,omitempty"` // URN, or the opaque id where it is not known
	Account string    `yaml:"account"`          // opaque
	Deposit string    `yaml:"deposit"`
	Size    int       `yaml:"size"`
	Slot    string    `yaml:"slot"`
	Opaque  string    `yaml:"opaque,omitempty"` // the school, as the log names it
	Kind    string    `yaml:"kind,omitempty"`   // of what was opened and is signed by who sent it
	Record  string    `yaml:"record,omitempty"` // that it answers, where that is known
	Why     string    `yaml:"why"`
}

func heldFile(at int64) string { return fmt.Sprintf("%s/%010d.yaml", heldDir, at) }

// hold keeps a deposit as held, and tells its sender.
func (c *Collector) hold(b *batch, o opened, why string) error {
	if err := c.tell(b, o, why); err != nil {
		return err
	}
	return c.holdOf(b, o, "", why)
}

// holdOf keeps a deposit that answers a record as held.
func (c *Collector) holdOf(b *batch, o opened, record, why string) error {
	r := o.record
	h := Held{
		Format: 1, Leaf: int(o.leaf), Time: r.Time, School: c.schools[r.School], Account: r.Account, Deposit: r.Deposit, Size: int(r.Size),
		Slot: r.Slot, Opaque: r.School, Kind: o.env.Kind, Record: record, Why: plainly(why),
	}
	if h.School == "" {
		h.School = r.School
	}
	data, err := strictyaml.Encode(&h)
	if err != nil {
		return err
	}
	b.write(heldFile(o.leaf), data)
	b.held[o.leaf] = true
	return nil
}

// plainly takes out of a sentence what a deposit may have brought into it.
func plainly(s string) string {
	return strings.Map(func(r rune) rune {
		if strictyaml.Forbidden(r) || r == '\n' || r == '\t' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// ReadHeld reads all that is held, in the order of the log.
func ReadHeld(dir string) ([]Held, error) {
	entries, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(heldDir)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var all []Held
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".yaml") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(heldDir), e.Name()))
		if err != nil {
			return nil, err
		}
		var h Held
		if problems := strictyaml.Decode(data, &h); len(problems) > 0 {
			return nil, fmt.Errorf("%s/%s:%d:%d: %s", heldDir, e.Name(), problems[0].Line, problems[0].Column, problems[0].Text)
		}
		all = append(all, h)
	}
	return all, nil
}

// again looks at what was held: a key, a record or a newer program may have come.
func (c *Collector) again(done *Summary) error {
	held, err := ReadHeld(c.Dir)
	if err != nil {
		return err
	}
	b := c.newBatch()
	defer b.abandon()
	for _, h := range held {
		sealed := sealedDeposit{file: c.file(depositFile(h.Deposit))}
		if h.Size <= mostWhole {
			data, err := os.ReadFile(sealed.file)
			if err != nil {
				return fmt.Errorf("leaf %d is held: %w; put it back from its backup", h.Leaf, err)
			}
			sealed = sealedDeposit{bytes: data}
		}
		r := auditlog.Record{Time: h.Time, Account: h.Account, School: h.Opaque, Deposit: h.Deposit, Size: int64(h.Size), Slot: h.Slot}
		if err := c.takeSealed(b, int64(h.Leaf), r, sealed, done); err != nil {
			return err
		}
	}
	return b.sync()
}

// epoch is the current epoch of a compartment, 0 where it has no keys.
func (c *Collector) epoch(of access.Compartment) int {
	r, err := buildkeys.LoadRecipients(c.Dir, of.School)
	if err != nil {
		return 0
	}
	l, _ := r.Find(of.Kind)
	return l.Epoch
}
