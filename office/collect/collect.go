// Package collect brings what schools sent from the drop-box into the authority's
// folder: events, and what they stand for in vault/.
//
// It follows the log from where it stopped, leaf by leaf, and skips none. It trusts
// the log's key, which the root signed, for the order and time of leaves, and the
// key of an account for who sent a deposit; it believes nothing else that the
// drop-box says. A log that goes back, was rewritten, has a gap or withholds what
// its checkpoint names is an alarm, and nothing of it is taken
// (TestCollectRefusesALogThatIsNotTheOneItSaw). A deposit that is not what it should
// be is kept and told, and holds back only what would follow from the silence of its
// own school (TestWhatIsNotAsItShouldBeIsKeptAndTold).
//
// An event's bytes are a function of the deposit and its leaf, so that two officers
// who collect write the same files, and whoever was interrupted collects again.
package collect

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"despatch/generator/source"
	"despatch/internal/auditlog"
	"despatch/internal/durable"
	"despatch/internal/keyring"
	"despatch/internal/keysfile"
	"despatch/internal/naming"
)

// A Collector collects into one authority's folder. All fields are required but
// Progress.
type Collector struct {
	Dir    string
	Box    *Box
	Key    ed25519.PrivateKey // of the collector's account
	Keys   *keysfile.Keys
	Naming naming.Key
	// Open gives the identity of a service's inbox. It is called only when there is a
	// deposit to open, so that nobody is asked for a passphrase in vain.
	Open     func(service string) (keyring.Key, error)
	Progress func(done, total int, what string)

	folder  *source.Folder
	site    *source.Site
	records map[string]string // visit.yaml by item id
	schools map[string]string // URN by opaque id
	inboxes map[string]keyring.Key
}

// A Summary is what a collection did.
type Summary struct {
	Leaves int         // read of the log
	Taken  []Collected // events that are new
	Held   []Held      // all that is kept and not taken, also of earlier times
}

// A Collected is one deposit that became an event.
type Collected struct {
	File, Record, School, Answer string
}

// An Alarm says that the drop-box or its log is not what it was. Nothing of it was
// taken.
type Alarm struct{ text string }

func (a Alarm) Error() string { return a.text }

func alarm(format string, args ...any) error { return Alarm{fmt.Sprintf(format, args...)} }

// Run collects all that the log holds and that was not collected yet.
func (c *Collector) Run(ctx context.Context) (done Summary, err error) {
	keys, err := c.logKeys()
	if err != nil {
		return done, err
	}
	if err := c.readFolder(); err != nil {
		return done, err
	}
	defer c.folder.Close()
	unlock, err := c.lock()
	if err != nil {
		return done, err
	}
	defer unlock()
	last, err := c.lastHead(keys)
	if err != nil {
		return done, err
	}
	promised, err := c.promised(ctx, keys)
	if err != nil {
		return done, err
	}
	if err := c.again(&done); err != nil {
		return done, err
	}
	same, err := sameTree(last, promised, keys)
	if err != nil {
		return done, err
	}
	if !same {
		if err := c.bring(ctx, keys, last, promised, &done); err != nil {
			return done, err
		}
	}
	done.Held, err = ReadHeld(c.Dir)
	return done, err
}

// bring signs in and follows the log.
func (c *Collector) bring(ctx context.Context, keys []note.Verifier, last *auditlog.Head, promised auditlog.Checkpoint, done *Summary) error {
	if err := c.Box.SignIn(ctx, c.Key); err != nil {
		return err
	}
	defer func() { _ = c.Box.SignOut(context.WithoutCancel(ctx)) }() // a session ends by itself
	if err := c.stillTheSame(ctx, keys, last, promised); err != nil {
		return err
	}
	return c.follow(ctx, keys, last, promised, done)
}

// sameTree tells whether the drop-box's checkpoint is of the very tree that was
// collected.
func sameTree(last *auditlog.Head, promised auditlog.Checkpoint, keys []note.Verifier) (bool, error) {
	if last == nil || promised.Size != last.After.Size {
		return false, nil
	}
	own, err := auditlog.ParseCheckpoint(last.Checkpoint, keys...)
	if err == nil && own.Root != promised.Root {
		err = alarm("the drop-box shows two logs: its checkpoint of %d leaves is of another tree than the one that was collected", promised.Size)
	}
	return true, err
}

// lock keeps a second collection out of the folder.
func (c *Collector) lock() (unlock func(), err error) {
	if err := durable.MkdirAll(c.file("vault"), 0o700); err != nil {
		return nil, err
	}
	held, err := durable.Lock(c.file("vault/lock"), 0o600)
	if errors.Is(err, durable.ErrLocked) {
		return nil, errors.New("another despatch is collecting into this folder: wait until it is done, then run this again")
	}
	if err != nil {
		return nil, err
	}
	return func() { held.Close() }, nil
}

// logKeys are the keys of this drop-box's log, out of all that were ever named.
func (c *Collector) logKeys() ([]note.Verifier, error) {
	var keys []note.Verifier
	for _, text := range c.Keys.Logs {
		v, err := note.NewVerifier(text)
		if err != nil {
			return nil, fmt.Errorf("the keys file's log key %.60q: %w", text, err)
		}
		if v.Name() == auditlog.Name(c.Keys.Box) {
			keys = append(keys, v)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("the keys file names no log of the drop-box %s: run despatch keys --box FILE", c.Keys.Box)
	}
	return keys, nil
}

// readFolder reads which records and schools there are.
func (c *Collector) readFolder() error {
	var err error
	if c.folder, err = source.Open(c.Dir); err != nil {
		return err
	}
	listing, _, err := c.folder.Scan()
	if err != nil {
		c.folder.Close()
		return err
	}
	c.site, _ = c.folder.Site(listing)
	c.records, c.schools, c.inboxes = make(map[string]string), make(map[string]string), make(map[string]keyring.Key)
	for _, e := range listing.Entries {
		if id, ok := e.VisitID(); ok && path.Base(e.Path) == "visit.yaml" {
			c.records[c.Naming.Item(id)] = e.Path
		}
	}
	for _, urn := range c.site.SchoolKeys() {
		c.schools[c.Naming.School(urn)] = urn
	}
	return nil
}

// headsDir is where the head objects of the log lie that were collected.
func (c *Collector) headsDir() string {
	host := strings.TrimSuffix(auditlog.Name(c.Keys.Box), "/log")
	return path.Join("vault/log", strings.ReplaceAll(host, ":", "-"))
}

func headFile(number int64) string { return fmt.Sprintf("%010d", number) }

// lastHead is the last head object that was collected, or nil.
func (c *Collector) lastHead(keys []note.Verifier) (*auditlog.Head, error) {
	dir := c.file(c.headsDir())
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for i := len(entries) - 1; i >= 0; i-- {
		name := entries[i].Name()
		if len(name) != 10 || strings.Trim(name, "0123456789") != "" {
			continue // what a crash left of a file that was being written
		}
		number, err := strconv.ParseInt(name, 10, 64)
		if err != nil {
			return nil, err
		}
		return c.collected(number, keys)
	}
	return nil, nil
}

// collected reads a head that was collected.
func (c *Collector) collected(number int64, keys []note.Verifier) (*auditlog.Head, error) {
	name := path.Join(c.headsDir(), headFile(number))
	data, err := os.ReadFile(c.file(name))
	if err != nil {
		return nil, err
	}
	h, err := auditlog.ParseHead(data, keys...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; put it back from its backup", name, err)
	}
	return h, nil
}

// promised is the drop-box's word on its log before anything is read of it.
func (c *Collector) promised(ctx context.Context, keys []note.Verifier) (auditlog.Checkpoint, error) {
	data, err := c.Box.checkpoint(ctx)
	if err != nil {
		return auditlog.Checkpoint{}, fmt.Errorf("read the log's checkpoint: %w", err)
	}
	cp, err := auditlog.ParseCheckpoint(data, keys...)
	if err != nil {
		return cp, alarm("the drop-box's checkpoint is not of the log that the keys file names: %v", err)
	}
	return cp, nil
}

// stillTheSame compares what was collected last with what the drop-box says of it
// now. Its checkpoint may lie a little behind its heads, but not on another tree.
func (c *Collector) stillTheSame(ctx context.Context, keys []note.Verifier, last *auditlog.Head, promised auditlog.Checkpoint) error {
	if last == nil {
		return nil
	}
	now, err := c.Box.head(ctx, last.Number)
	switch {
	case errors.Is(err, errMissing):
		return alarm("the log has gone back: head %d was collected, and the drop-box no longer has it", last.Number)
	case err != nil:
		return fmt.Errorf("read head %d of the log: %w", last.Number, err)
	case string(now) != string(last.Format()):
		return alarm("the log was rewritten: head %d is another than the one that was collected", last.Number)
	case promised.Size >= last.After.Size:
		return nil
	}
	for number := last.Number - 1; number > 0; number-- {
		h, err := c.collected(number, keys)
		if err != nil {
			return err
		}
		if h.After.Size > promised.Size {
			continue
		}
		if _, err := sameTree(h, promised, keys); err != nil || h.After.Size == promised.Size {
			return err
		}
		break
	}
	return alarm("the drop-box shows two logs: its checkpoint of %d leaves is of none of the heads that were collected", promised.Size)
}

// follow reads every head after the last and takes its leaves.
func (c *Collector) follow(ctx context.Context, keys []note.Verifier, last *auditlog.Head, promised auditlog.Checkpoint, done *Summary) error {
	met := last != nil && last.After.Size >= promised.Size // stillTheSame has looked at it
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		number := int64(1)
		if last != nil {
			number = last.Number + 1
		}
		data, err := c.Box.head(ctx, number)
		if errors.Is(err, errMissing) {
			break
		}
		if err != nil {
			return fmt.Errorf("read head %d of the log: %w", number, err)
		}
		h, err := c.next(data, last, keys)
		if err != nil {
			return err
		}
		if h.After.Size == promised.Size {
			met = true
			if cp, err := auditlog.ParseCheckpoint(h.Checkpoint, keys...); err != nil || cp.Root != promised.Root {
				return alarm("the drop-box shows two logs: its checkpoint of %d leaves is of another tree than its head %d", promised.Size, h.Number)
			}
		}
		if err := c.takeHead(ctx, h, data, done); err != nil {
			return err
		}
		c.at(int(h.After.Size), int(max(promised.Size, h.After.Size)))
		last = h
	}
	if !met {
		return alarm("the drop-box withholds a part of its log: its checkpoint speaks of %d leaves, and no head that it gives ends there", promised.Size)
	}
	return nil
}

func (c *Collector) at(done, total int) {
	if c.Progress != nil {
		c.Progress(done, total, "leaves of the log")
	}
}

// next reads a head and checks that it goes on where the last one ended.
func (c *Collector) next(data []byte, last *auditlog.Head, keys []note.Verifier) (*auditlog.Head, error) {
	h, err := auditlog.ParseHead(data, keys...)
	if err != nil {
		return nil, alarm("the log's next head is not one: %v", err)
	}
	if last == nil && (h.Number != 1 || h.Before.Size != 0) {
		return nil, alarm("the log begins with head %d of a tree of %d leaves, not with its first", h.Number, h.Before.Size)
	}
	if last != nil {
		if err := h.Follows(last); err != nil {
			return nil, alarm("the log does not go on as it was: %v", err)
		}
	}
	return h, nil
}

// ahead is how many deposits are brought while one is looked at.
const ahead = 8

// takeHead takes all leaves of a head, makes that durable, and only then notes the
// head as collected.
func (c *Collector) takeHead(ctx context.Context, h *auditlog.Head, data []byte, done *Summary) error {
	var batch batch
	batch.dir = c.Dir
	done.Leaves += len(h.Leaves)
	for b := range c.fetchAll(ctx, h) {
		if b.err != nil {
			return b.err
		}
		batch.write(depositFile(b.record.Deposit), b.sealed)
		if err := c.take(&batch, b.at, b.record, b.sealed, done); err != nil {
			return err
		}
	}
	if err := batch.sync(); err != nil {
		return err
	}
	batch.write(path.Join(c.headsDir(), headFile(h.Number)), data)
	return batch.sync()
}

// A brought is a deposit that was brought, or why it was not.
type brought struct {
	at     int64
	record auditlog.Record
	sealed []byte
	err    error
}

// fetchAll brings the deposits of a head, some ahead of the one that is looked at,
// and gives them in the order of the log.
func (c *Collector) fetchAll(ctx context.Context, h *auditlog.Head) iter.Seq[brought] {
	return func(yield func(brought) bool) {
		ctx, stop := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer stop()
		inOrder := make(chan chan brought, ahead)
		running.Go(func() {
			defer close(inOrder)
			for i, leaf := range h.Leaves {
				if leaf.IsTime() {
					continue
				}
				one := make(chan brought, 1)
				select {
				case inOrder <- one:
				case <-ctx.Done():
					return
				}
				running.Go(func() {
					b := brought{at: h.Before.Size + int64(i), record: leaf.Record}
					b.sealed, b.err = c.fetch(ctx, b.at, b.record)
					one <- b
				})
			}
		})
		for one := range inOrder {
			if !yield(<-one) {
				return
			}
		}
	}
}

// fetch brings a deposit, which must be what the log says.
func (c *Collector) fetch(ctx context.Context, at int64, r auditlog.Record) ([]byte, error) {
	sealed, err := c.Box.deposit(ctx, r.Deposit)
	if errors.Is(err, errMissing) {
		return nil, alarm("leaf %d of the log is a deposit that the drop-box does not have (%s)", at, r.Deposit)
	}
	if err != nil {
		return nil, fmt.Errorf("bring the deposit of leaf %d: %w", at, err)
	}
	if sum := sha256.Sum256(sealed); hex.EncodeToString(sum[:]) != r.Deposit || int64(len(sealed)) != r.Size {
		return nil, alarm("the drop-box gives other bytes for leaf %d than those in its log (%s)", at, r.Deposit)
	}
	return sealed, nil
}

// Of the vault: what was sent, as it was sent, and what was in it.
func depositFile(id string) string { return "vault/deposits/" + id[:2] + "/" + id + ".age" }

func (c *Collector) file(name string) string {
	return filepath.Join(c.Dir, filepath.FromSlash(name))
}

// A batch gathers files and makes them durable together. The first error stays.
type batch struct {
	dir   string
	files durable.Batch
	made  map[string]bool
	err   error
}

func (b *batch) write(name string, data []byte) {
	if b.err != nil {
		return
	}
	file := filepath.Join(b.dir, filepath.FromSlash(name))
	folder := filepath.Dir(file)
	if !b.made[folder] {
		mode := fs.FileMode(0o755)
		if strings.HasPrefix(name, "vault/") {
			mode = 0o700
		}
		if b.err = durable.MkdirAll(folder, mode); b.err != nil {
			return
		}
		if b.made == nil {
			b.made = make(map[string]bool)
		}
		b.made[folder] = true
	}
	perm := fs.FileMode(0o644)
	if strings.HasPrefix(name, "vault/") {
		perm = 0o600
	}
	b.err = b.files.WriteFile(file, data, perm)
}

func (b *batch) remove(name string) {
	file := filepath.Join(b.dir, filepath.FromSlash(name))
	if _, err := os.Lstat(file); b.err != nil || errors.Is(err, fs.ErrNotExist) {
		return
	}
	b.err = b.files.Remove(file)
}

func (b *batch) sync() error {
	if b.err != nil {
		return b.err
	}
	return b.files.Sync()
}
