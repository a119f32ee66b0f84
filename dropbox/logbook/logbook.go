// Package logbook writes the drop-box's log into a store that others write too.
//
// Head object n carries a batch of leaves and the log's checkpoint after it
// (docs/formats.md section 20). Whoever puts head n first has extended the log;
// the others read it, drop what it already carries, and try n+1. There is no lock
// and no leader: put-if-absent is all the agreement there is. Tiles and the list
// of each account's deposits are derived from heads afterwards, the same bytes
// whoever writes them, and are made up for at the next start.
//
// The store is trusted to keep what it acknowledged, not to be right: heads are
// signed, must follow on one another, and a head that does not stops the log.
package logbook

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"despatch/dropbox/store"
	"despatch/internal/auditlog"
)

// Where the log is in the store.
const (
	headPrefix    = "log/head/"    // head objects by number
	derivedPrefix = "log/derived/" // by number: all that follows from this head is there
	tilePrefix    = "log/"         // and then as C2SP tlog-tiles say
	loggedPrefix  = "logged/"      // <account>/<deposit>: head and place, "17 3"
)

const (
	// batchTime is how long a leaf waits for others of its batch, unless the batch
	// before is still being written.
	batchTime = 50 * time.Millisecond
	// followTime is how often a log that nothing is written to looks for heads of
	// others.
	followTime = time.Second
	// idleTime is how long the log may be silent.
	idleTime = 15 * time.Minute
	// ClockSlack is how far the clock may be behind the log.
	ClockSlack = 2 * time.Minute
	// backlog is how many heads may wait for what is derived from them.
	backlog = 64
)

// ErrNotLogged says that a deposit has no leaf.
var ErrNotLogged = errors.New("is not in the log")

// ErrClock says that the clock is too far behind the log to go on.
var ErrClock = errors.New("the server's clock is behind the log's last leaf")

// Options are what a log is opened with; all are required.
type Options struct {
	Store  store.Store
	Signer note.Signer      // of checkpoints
	Keys   []note.Verifier  // Signer's, and those of earlier log keys
	Now    func() time.Time // never trusted to run forwards
	// Seen is told of every leaf of the log once, in order, from those of today on:
	// it is called by one goroutine at a time and must not call back.
	Seen func(auditlog.Leaf)
}

// Place is where a deposit is in the log.
type Place struct {
	Head *auditlog.Head
	I    int
}

// Leaf is the leaf at the place.
func (p Place) Leaf() auditlog.Leaf { return p.Head.Leaves[p.I] }

// Book is an open log. Its methods may be called by many goroutines.
type Book struct {
	o       Options
	queue   chan *pending       // to the writer
	heads   chan *auditlog.Head // to the deriver, in order
	stop    context.CancelFunc
	running sync.WaitGroup
	closing sync.Once

	mu       sync.Mutex
	head     *auditlog.Head      // guarded by mu; the newest known; written by the writer only
	inflight map[string]*pending // guarded by mu; appends on their way, by name
	recent   map[string]Place    // guarded by mu; leaves of heads from which nothing is derived yet
	broken   error               // guarded by mu; why the log can no longer be extended
	tiles    *tiles              // guarded by mu; as of the newest head from which all is derived
}

// pending is an append on its way.
type pending struct {
	record auditlog.Record
	came   time.Time     // by the process's clock
	done   chan struct{} // closed once place or err is set
	place  Place
	err    error
}

// name is what a leaf of a deposit is known by: one account's same bytes are
// logged once.
func name(r auditlog.Record) string { return r.Account + "/" + r.Deposit }

// Begin writes the first head of a new log, which only tells the time.
func Begin(ctx context.Context, s store.Store, signer note.Signer, now time.Time) error {
	leaf, err := auditlog.NewLeaf(auditlog.Record{Time: whole(now)}, rand.Reader)
	if err != nil {
		return err
	}
	h, err := auditlog.NewHead(nil, []auditlog.Leaf{leaf}, signer)
	if err != nil {
		return err
	}
	return s.PutNew(ctx, store.Numbered(headPrefix, h.Number), h.Format())
}

// Open reads the log's end, checks it, and makes up for what was not yet derived.
// A store without a log is refused: an empty log in the place of a full one would
// be a second history.
func Open(ctx context.Context, o Options) (*Book, error) {
	b := &Book{
		o: o, queue: make(chan *pending, auditlog.MostLeaves), heads: make(chan *auditlog.Head, backlog),
		inflight: map[string]*pending{}, recent: map[string]Place{},
	}
	if err := b.load(ctx); err != nil {
		return nil, fmt.Errorf("open the log: %w", err)
	}
	ctx, b.stop = context.WithCancel(context.WithoutCancel(ctx))
	b.running.Go(func() { b.write(ctx) })
	b.running.Go(func() { b.derive(ctx) })
	return b, nil
}

// Close ends the log when all appends on their way are in it. No Append may be
// called any more.
func (b *Book) Close() {
	b.closing.Do(func() { close(b.queue) })
	b.running.Wait()
	b.stop()
}

// Append puts a record into the log and returns its place when it is committed.
// The time is the log's to give. A deposit that is in the log already keeps its
// place.
func (b *Book) Append(ctx context.Context, r auditlog.Record) (Place, error) {
	p, first := b.admit(r)
	if first {
		place, err := b.Find(ctx, r.Account, r.Deposit)
		if errors.Is(err, ErrNotLogged) {
			b.queue <- p
		} else {
			b.settle(p, place, err)
		}
	}
	select {
	case <-p.done:
		return p.place, p.err
	case <-ctx.Done():
		return Place{}, ctx.Err() // it may be logged all the same
	}
}

// admit joins an append of the same deposit that is on its way, or begins one.
func (b *Book) admit(r auditlog.Record) (p *pending, first bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p, ok := b.inflight[name(r)]; ok {
		return p, false
	}
	p = &pending{record: r, came: time.Now(), done: make(chan struct{})}
	b.inflight[name(r)] = p
	return p, true
}

// settle ends an append, once.
func (b *Book) settle(p *pending, place Place, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settleLocked(p, place, err)
}

func (b *Book) settleLocked(p *pending, place Place, err error) {
	if b.inflight[name(p.record)] != p {
		return // settled by a head of another's
	}
	delete(b.inflight, name(p.record))
	p.place, p.err = place, err
	close(p.done)
}

// Find gives the place of a deposit, or ErrNotLogged.
func (b *Book) Find(ctx context.Context, account, deposit string) (Place, error) {
	b.mu.Lock()
	place, ok := b.recent[account+"/"+deposit]
	b.mu.Unlock()
	if ok {
		return place, nil
	}
	text, err := b.o.Store.Get(ctx, loggedPrefix+account+"/"+deposit)
	if errors.Is(err, store.ErrMissing) {
		return Place{}, fmt.Errorf("deposit %s %w", deposit, ErrNotLogged)
	}
	if err != nil {
		return Place{}, err
	}
	var number int64
	var i int
	if _, err := fmt.Sscanf(string(text), "%d %d\n", &number, &i); err != nil {
		return Place{}, fmt.Errorf("read the place of deposit %s: %w", deposit, err)
	}
	h, err := b.Head(ctx, number)
	if err != nil {
		return Place{}, err
	}
	if i < 0 || i >= len(h.Leaves) || h.Leaves[i].Deposit != deposit || h.Leaves[i].Account != account {
		return Place{}, fmt.Errorf("head %d has no leaf of deposit %s at %d", number, deposit, i)
	}
	return Place{h, i}, nil
}

// Head reads a head object and checks it.
func (b *Book) Head(ctx context.Context, number int64) (*auditlog.Head, error) {
	return readHead(ctx, b.o.Store, number, b.o.Keys)
}

func readHead(ctx context.Context, s store.Store, number int64, keys []note.Verifier) (*auditlog.Head, error) {
	data, err := headBytes(ctx, s, number)
	if err != nil {
		return nil, err
	}
	h, err := auditlog.ParseHead(data, keys...)
	if err == nil && h.Number != number {
		err = fmt.Errorf("the store keeps head %d in the place of head %d", h.Number, number)
	}
	return h, err
}

// HeadBytes reads a head object as it is stored.
func (b *Book) HeadBytes(ctx context.Context, number int64) ([]byte, error) {
	return headBytes(ctx, b.o.Store, number)
}

func headBytes(ctx context.Context, s store.Store, number int64) ([]byte, error) {
	if number < 1 {
		return nil, fmt.Errorf("head %d: %w", number, store.ErrMissing)
	}
	return s.Get(ctx, store.Numbered(headPrefix, number))
}

// Deposits lists an account's deposits that are in the log, by their ids.
func (b *Book) Deposits(ctx context.Context, account string) ([]string, error) {
	var out []string
	prefix := loggedPrefix + account + "/"
	for e, err := range b.o.Store.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		out = append(out, e.Key[len(prefix):])
	}
	return out, nil
}

// Newest gives the newest head known here.
func (b *Book) Newest() *auditlog.Head {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.head
}

// Broken says why the log can no longer be extended; nil while it can.
func (b *Book) Broken() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.broken
}

// whole cuts a time to the second, as records have it.
func whole(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
