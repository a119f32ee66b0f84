package logbook

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"despatch/dropbox/store"
	"despatch/internal/auditlog"
)

const (
	// derivers is how many objects are derived at once.
	derivers = 64
	// deriveWait is how long a store that fails is left alone.
	deriveWait = time.Second
)

// derive is the deriver: it writes what follows from each head, in order, until
// there are no more. What fails is tried again until the log is closed; the next
// start makes up for it.
func (b *Book) derive(ctx context.Context) {
	for h := range b.heads {
		for {
			next, err := b.deriveFrom(ctx, h)
			if err == nil {
				b.derived(h, next)
				break
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(deriveWait):
			}
		}
	}
}

// derived forgets the leaves that can be found in the store from now on.
func (b *Book) derived(h *auditlog.Head, next *tiles) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tiles = next
	for _, l := range h.Leaves {
		if !l.IsTime() {
			delete(b.recent, name(l.Record))
		}
	}
}

// deriveFrom writes what follows from a head and gives the tiles after it. The
// mark that all is there comes last.
func (b *Book) deriveFrom(ctx context.Context, h *auditlog.Head) (*tiles, error) {
	next, full := b.tiles.grown(h)
	mark := store.Numbered(derivedPrefix, h.Number)
	_, err := b.o.Store.Stat(ctx, mark)
	if err == nil {
		return next, nil // another has done it
	}
	if !errors.Is(err, store.ErrMissing) {
		return nil, err
	}
	if err := b.putAll(ctx, following(h, full)); err != nil {
		return nil, err
	}
	return next, b.putAll(ctx, map[string][]byte{mark: nil})
}

// following is what follows from a head: the list of each account's deposits, and
// the tiles that it filled.
func following(h *auditlog.Head, full map[string][]byte) map[string][]byte {
	objects := make(map[string][]byte, len(h.Leaves)+len(full))
	for i, l := range h.Leaves {
		if !l.IsTime() {
			objects[loggedPrefix+name(l.Record)] = fmt.Appendf(nil, "%d %d\n", h.Number, i)
		}
	}
	for path, data := range full {
		objects[tilePrefix+path] = data
	}
	return objects
}

// putAll puts objects that may be there already, since others derive them too.
func (b *Book) putAll(ctx context.Context, objects map[string][]byte) error {
	var (
		mu   sync.Mutex
		errs []error
		all  sync.WaitGroup
		slot = make(chan struct{}, derivers)
	)
	for key, data := range objects {
		slot <- struct{}{}
		all.Go(func() {
			defer func() { <-slot }()
			if err := b.o.Store.PutNew(ctx, key, data); err != nil && !errors.Is(err, store.ErrExists) {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
