package collect

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"despatch/generator/source"
	"despatch/internal/durable"
)

// Where files wait until all of a batch are on disk: beside where they go, for vault/
// may be a disk of its own. What a crash left there is deleted at the next start.
const (
	vaultTemps = "vault/.tmp"
	eventTemps = "events"
)

// mostNoted is the size up to which a batch remembers what it wrote, for whoever reads
// that before it is synced: events and notes, never what was sent.
const mostNoted = 8 << 10

// A batch gathers files and makes them durable together: first those of vault/, then
// the list of submissions, then the events that stand for them. The first error stays.
type batch struct {
	dir           string
	vault, events durable.Together
	made          map[string]bool
	noted         map[string][]byte
	held          map[int64]bool // leaves that were held in it
	segment       *segment       // nil where no head is taken
	sent          *submissions
	err           error
}

// newBatch begins a batch, for which the folder's lock is held.
func (c *Collector) newBatch() *batch {
	b := &batch{dir: c.Dir, made: make(map[string]bool), noted: make(map[string][]byte), held: make(map[int64]bool), sent: c.sent}
	b.vault.Temps, b.events.Temps = c.file(vaultTemps), c.file(eventTemps)
	b.folder(b.vault.Temps, &b.vault, 0o700)
	b.folder(b.events.Temps, &b.events, 0o755)
	return b
}

// sweep deletes what a crash left of batches.
func (c *Collector) sweep() error {
	var errs []error
	for _, temps := range []string{vaultTemps, eventTemps} {
		left, err := filepath.Glob(filepath.Join(c.file(temps), durable.TempPrefix+"*"))
		errs = append(errs, err)
		for _, file := range left {
			errs = append(errs, os.Remove(file))
		}
	}
	return errors.Join(errs...)
}

// side is where a file goes, and with what rights.
func (b *batch) side(name string) (to *durable.Together, folder, file fs.FileMode) {
	if strings.HasPrefix(name, "vault/") {
		return &b.vault, 0o700, 0o600
	}
	return &b.events, 0o755, 0o644
}

func (b *batch) folder(path string, on *durable.Together, mode fs.FileMode) {
	if b.err == nil && !b.made[path] {
		b.made[path] = true
		b.err = on.MkdirAll(path, mode)
	}
}

func (b *batch) write(name string, data []byte) {
	to, folder, mode := b.side(name)
	file := filepath.Join(b.dir, filepath.FromSlash(name))
	b.folder(filepath.Dir(file), to, folder)
	if b.err != nil {
		return
	}
	if len(data) <= mostNoted {
		b.noted[name] = data
	}
	b.err = to.WriteFile(file, data, mode)
}

// keepEnvelope keeps what a deposit's sender signed: in the segment of its head, or in
// a file of its own where it was held first.
func (b *batch) keepEnvelope(deposit string, signed []byte) {
	if b.segment == nil {
		b.write(source.EnvelopePath(deposit), signed)
		return
	}
	b.segment.notes[deposit] = signed
}

// envelope gives what the sender of a deposit signed that was taken, in this head or
// before.
func (b *batch) envelope(f *source.Folder, deposit string) ([]byte, error) {
	if b.segment != nil {
		if signed, ok := b.segment.notes[deposit]; ok {
			return signed, nil
		}
	}
	if signed, ok := b.noted[source.EnvelopePath(deposit)]; ok {
		return signed, nil
	}
	kept, err := f.Segments()
	if err != nil {
		return nil, err
	}
	return kept.Evidence(deposit, source.EnvelopeEnd, source.Anywhere)
}

// adopt puts a file that lies in a folder of temporary files at its place.
func (b *batch) adopt(temp, name string) {
	to, folder, mode := b.side(name)
	file := filepath.Join(b.dir, filepath.FromSlash(name))
	b.folder(filepath.Dir(file), to, folder)
	if b.err == nil {
		b.err = to.Adopt(temp, file, mode)
	}
}

// read reads a file as it will be once the batch is synced.
func (b *batch) read(name string) ([]byte, error) {
	if data, ok := b.noted[name]; ok {
		return data, nil
	}
	return os.ReadFile(filepath.Join(b.dir, filepath.FromSlash(name)))
}

func (b *batch) remove(name string) {
	file := filepath.Join(b.dir, filepath.FromSlash(name))
	_, written := b.noted[name]
	if _, err := os.Lstat(file); b.err != nil || errors.Is(err, fs.ErrNotExist) && !written {
		return
	}
	to, _, _ := b.side(name)
	to.Remove(file)
}

func (b *batch) sync() error {
	if b.err != nil {
		return b.err
	}
	if err := b.vault.Sync(); err != nil {
		return err
	}
	if err := b.sent.sync(); err != nil {
		return err
	}
	return b.events.Sync()
}

// abandon forgets what was not synced.
func (b *batch) abandon() {
	_ = errors.Join(b.vault.Abandon(), b.events.Abandon()) // the next start sweeps
	if b.segment != nil {
		b.segment.drop()
	}
}
