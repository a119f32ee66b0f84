package logbook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"despatch/dropbox/store"
	"despatch/internal/auditlog"
)

// load finds the log's end in the store and puts the book there.
func (b *Book) load(ctx context.Context) error {
	newest, err := b.o.Store.Highest(ctx, headPrefix)
	if err != nil {
		return err
	}
	if newest == 0 {
		return errors.New("the store holds no log (despatchbox init begins one)")
	}
	if b.head, err = b.Head(ctx, newest); err != nil {
		return err
	}
	// Its writer may have died before it was durable: being refused makes it so.
	if err := b.o.Store.PutNew(ctx, store.Numbered(headPrefix, newest), b.head.Format()); !errors.Is(err, store.ErrExists) {
		return fmt.Errorf("head %d of the log went away: %w", newest, err)
	}
	if err := b.makeUp(ctx); err != nil {
		return err
	}
	return b.replay(ctx)
}

// makeUp derives what was not derived from the last heads.
func (b *Book) makeUp(ctx context.Context) error {
	done, err := b.o.Store.Highest(ctx, derivedPrefix)
	if err != nil {
		return err
	}
	if done > b.head.Number {
		return fmt.Errorf("the log ends at head %d, but head %d was there: the store lost heads", b.head.Number, done)
	}
	b.tiles = &tiles{}
	var prev *auditlog.Head
	if done > 0 {
		if prev, err = b.Head(ctx, done); err != nil {
			return err
		}
		if b.tiles, err = b.edgeAt(ctx, prev); err != nil {
			return err
		}
	}
	for n := done + 1; n <= b.head.Number; n++ {
		h, err := b.Head(ctx, n)
		if err != nil {
			return err
		}
		if prev != nil {
			if err := h.Follows(prev); err != nil {
				return err
			}
		}
		if b.tiles, err = b.deriveFrom(ctx, h); err != nil {
			return err
		}
		prev = h
	}
	return nil
}

// replay tells today's leaves, oldest first.
func (b *Book) replay(ctx context.Context) error {
	today := b.o.Now().UTC().Truncate(24 * time.Hour)
	var heads []*auditlog.Head
	ahead := map[int64]*auditlog.Head{}
	for h := b.head; !h.Last().Before(today); {
		heads = append(heads, h)
		if h.Number == 1 {
			break
		}
		if ahead[h.Number-1] == nil {
			var err error
			if ahead, err = b.readAhead(ctx, h.Number-1); err != nil {
				return err
			}
		}
		prev := ahead[h.Number-1]
		if err := h.Follows(prev); err != nil {
			return err
		}
		h = prev
	}
	for _, h := range slices.Backward(heads) {
		for _, l := range h.Leaves {
			b.o.Seen(l)
		}
	}
	return nil
}

// readAhead reads a head and some before it, all at once: a start may have a day of
// them to check.
func (b *Book) readAhead(ctx context.Context, last int64) (map[int64]*auditlog.Head, error) {
	const some = 32
	first := max(1, last-some+1)
	read, errs := make([]*auditlog.Head, last-first+1), make([]error, last-first+1)
	var reading sync.WaitGroup
	for i := range read {
		reading.Go(func() { read[i], errs[i] = b.Head(ctx, first+int64(i)) })
	}
	reading.Wait()
	out := make(map[int64]*auditlog.Head, len(read))
	for i, h := range read {
		out[first+int64(i)] = h
	}
	return out, errors.Join(errs...)
}

// Tail gives the last deposits of the log, the newest first, at most n.
func (b *Book) Tail(ctx context.Context, n int) ([]auditlog.Leaf, error) {
	var out []auditlog.Leaf
	for h := b.Newest(); ; {
		for _, l := range slices.Backward(h.Leaves) {
			if !l.IsTime() {
				out = append(out, l)
			}
			if len(out) == n {
				return out, nil
			}
		}
		if h.Number == 1 {
			return out, nil
		}
		var err error
		if h, err = b.Head(ctx, h.Number-1); err != nil {
			return nil, err
		}
	}
}

// ErrNone says that a store holds no log.
var ErrNone = errors.New("the store holds no log")

// End gives the time of a log's last leaf, for whoever looks from outside. The last
// head must be signed with the key.
func End(ctx context.Context, s store.Store, key note.Verifier) (time.Time, error) {
	last, err := s.Highest(ctx, headPrefix)
	if err == nil && last == 0 {
		err = ErrNone
	}
	if err != nil {
		return time.Time{}, err
	}
	h, err := readHead(ctx, s, last, []note.Verifier{key})
	if err != nil {
		return time.Time{}, fmt.Errorf("head %d of the log: %w", last, err)
	}
	return h.Last(), nil
}
