package logbook

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"despatch/dropbox/store"
	"despatch/internal/auditlog"
)

// putTries is how often one head is tried when the store gives no clear answer.
const putTries = 4

// write is the writer: it gathers batches and commits them, one after another,
// until the queue is closed.
func (b *Book) write(ctx context.Context) {
	defer close(b.heads)
	idle := time.NewTicker(followTime)
	defer idle.Stop()
	for {
		select {
		case p, ok := <-b.queue:
			if !ok {
				return
			}
			batch, more := b.gather(p)
			b.commit(ctx, batch)
			if !more {
				return
			}
		case <-idle.C:
			b.catchUp(ctx)
			if b.silent() {
				b.commit(ctx, nil)
			}
		}
	}
}

// gather waits for more leaves than the first, and takes those that are there when
// its time is over; more is false when no batch follows.
func (b *Book) gather(first *pending) (batch []*pending, more bool) {
	batch = []*pending{first}
	over := time.NewTimer(time.Until(first.came.Add(batchTime)))
	defer over.Stop()
	for len(batch) < auditlog.MostLeaves {
		select {
		case p, ok := <-b.queue:
			if !ok {
				return batch, false
			}
			batch = append(batch, p)
		case <-over.C:
			if len(b.queue) == 0 {
				return batch, true
			}
			over.Reset(0)
		}
	}
	return batch, true
}

// silent tells whether nothing was logged for too long.
func (b *Book) silent() bool {
	return b.o.Now().Sub(b.Newest().Last()) >= idleTime
}

// commit puts a batch into the log; an empty one only tells the time. Every append
// of the batch is settled when it returns.
func (b *Book) commit(ctx context.Context, batch []*pending) {
	onlyTime := len(batch) == 0
	for {
		batch = b.unsettled(batch)
		if len(batch) == 0 && (!onlyTime || !b.silent()) {
			return // another's head carries all of it
		}
		h, err := b.next(batch)
		if err == nil {
			var won bool
			if won, err = b.put(ctx, h); err == nil && !won {
				err = b.follow(ctx, h.Number)
				if err == nil {
					continue
				}
			}
		}
		if err != nil {
			for _, p := range batch {
				b.settle(p, Place{}, err)
			}
			return
		}
		b.advance(h)
		return
	}
}

// unsettled drops appends that are in the log already.
func (b *Book) unsettled(batch []*pending) []*pending {
	b.mu.Lock()
	defer b.mu.Unlock()
	kept := batch[:0:0]
	for _, p := range batch {
		if b.inflight[name(p.record)] == p {
			kept = append(kept, p)
		}
	}
	return kept
}

// next makes the head that would follow on the newest one.
func (b *Book) next(batch []*pending) (*auditlog.Head, error) {
	if err := b.Broken(); err != nil {
		return nil, err
	}
	newest := b.Newest()
	now := whole(b.o.Now())
	if last := newest.Last(); now.Before(last) {
		if last.Sub(now) > ClockSlack {
			return nil, fmt.Errorf("%w (%s)", ErrClock, last.Sub(now))
		}
		now = last
	}
	records := make([]auditlog.Record, 0, max(1, len(batch)))
	for _, p := range batch {
		r := p.record
		r.Time = now
		records = append(records, r)
	}
	if len(batch) == 0 {
		records = append(records, auditlog.Record{Time: now})
	}
	leaves := make([]auditlog.Leaf, len(records))
	for i, r := range records {
		var err error
		if leaves[i], err = auditlog.NewLeaf(r, rand.Reader); err != nil {
			return nil, err
		}
	}
	return auditlog.NewHead(newest, leaves, b.o.Signer)
}

// put tries to be the first with a head. When the store's answer is lost, the
// same bytes are tried again: what is there then is this head or another's.
func (b *Book) put(ctx context.Context, h *auditlog.Head) (won bool, err error) {
	key, data := store.Numbered(headPrefix, h.Number), h.Format()
	for range putTries {
		if err = b.o.Store.PutNew(ctx, key, data); err == nil {
			return true, nil
		}
		if !errors.Is(err, store.ErrExists) {
			continue
		}
		var there []byte
		if there, err = b.o.Store.Get(ctx, key); err == nil {
			return bytes.Equal(there, data), nil
		}
	}
	return false, fmt.Errorf("put head %d of the log: %w", h.Number, err)
}

// catchUp follows heads that others wrote while nothing was to be written here.
func (b *Book) catchUp(ctx context.Context) {
	for b.Broken() == nil {
		number := b.Newest().Number + 1
		data, err := b.HeadBytes(ctx, number)
		if err != nil {
			return // there is none yet, or the store is away: the next tick tells
		}
		// Its writer may have died before it was durable: being refused makes it so.
		if err := b.o.Store.PutNew(ctx, store.Numbered(headPrefix, number), data); !errors.Is(err, store.ErrExists) {
			return
		}
		if b.follow(ctx, number) != nil {
			return
		}
	}
}

// follow takes in a head that another wrote first. One that does not follow on
// the newest breaks the log: somebody rewrote it, or two logs share a store.
func (b *Book) follow(ctx context.Context, number int64) error {
	data, err := b.HeadBytes(ctx, number)
	if err != nil {
		return err
	}
	h, err := auditlog.ParseHead(data, b.o.Keys...)
	if err == nil {
		err = h.Follows(b.Newest())
	}
	if err != nil {
		err = fmt.Errorf("the log is broken: %w", err)
		b.mu.Lock()
		b.broken = err
		b.mu.Unlock()
		return err
	}
	b.advance(h)
	return nil
}

// advance makes h the newest head: its leaves are told, remembered until they can
// be found in the store, and settle the appends they answer.
func (b *Book) advance(h *auditlog.Head) {
	b.mu.Lock()
	b.head = h
	for i, l := range h.Leaves {
		b.o.Seen(l)
		if l.IsTime() {
			continue
		}
		place := Place{h, i}
		b.recent[name(l.Record)] = place
		if p, ok := b.inflight[name(l.Record)]; ok {
			b.settleLocked(p, place, nil)
		}
	}
	b.mu.Unlock()
	b.heads <- h
}
