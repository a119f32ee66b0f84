// Package backup copies a box's store into another, so that what is copied is whole
// whenever it ends, also while the box is in use.
//
// It rests on what the store promises: objects are written once and never changed, and
// what a head of the log names is there before the head. So the log's end is noted
// first, then all that heads may name is copied, then the heads up to that end, and at
// last what says that all was derived from them. A copy that was cut off is gone on
// with: what is there already is not fetched again (TestABackupIsWholeWhereverItEnds).
//
// Sessions and nonces are left out: they are keys to the box for ten hours, and nobody
// misses them but who signs in once more.
package backup

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"despatch/dropbox/store"
)

// What a store holds, by the first names of its keys.
const (
	heads   = "log/head/"
	derived = "log/derived/"
)

// named are what heads name and what goes by itself, in the order in which it is
// copied. What stands under log/ besides heads follows from them.
var named = []string{"deposit/", "piece/", "slot/", "register/", "logged/", "log/", "upload/", "draft/"}

// passing are objects that a box deletes again: a copy forgets them too.
var passing = []string{"upload/", "draft/"}

// leftOut are no part of a copy.
var leftOut = []string{"session/", "nonce/", "left/", "probe/"}

// Options say how a store is copied.
type Options struct {
	// InOrder copies heads one after another, so that a store that is cut off has no
	// gap in its log. Else many are copied at once.
	InOrder bool
	// Forget also deletes what the box has deleted: uploads and drafts that ended.
	Forget bool
	// Progress is told how many objects were looked at; nil: nobody is.
	Progress func(objects int)
}

// Copied says what was copied.
type Copied struct {
	Heads           int64 // of the log, in all
	Objects, Before int   // copied now; there already
	Bytes           int64
	Forgotten       int
}

// ErrShorter says that the log that is to be copied is shorter than its copy: one of
// both is not what it was.
var ErrShorter = errors.New("its log is shorter than that of the copy that is there")

// workers is how many objects travel at once; each is up to 8 MiB.
const workers = 16

// Copy copies all of from that to lacks.
func Copy(ctx context.Context, from, to store.Store, o Options) (Copied, error) {
	c := &copying{from: from, to: to, o: o}
	lastDerived, err := from.Highest(ctx, derived) // before heads: what is derived has its head
	if err != nil {
		return Copied{}, err
	}
	last, err := from.Highest(ctx, heads)
	if err != nil {
		return Copied{}, err
	}
	if last == 0 {
		return Copied{}, errors.New("it holds no log, so it is no box's store")
	}
	if there, err := to.Stat(ctx, store.Numbered(heads, last+1)); err == nil {
		return Copied{}, fmt.Errorf("head %d (%d bytes): %w", last+1, there, ErrShorter)
	}
	for _, prefix := range named {
		if err := c.each(ctx, workers, skip(from.List(ctx, prefix), heads, derived)); err != nil {
			return c.done(last), err
		}
	}
	for _, step := range []struct {
		prefix string
		last   int64
	}{{heads, last}, {derived, lastDerived}} {
		n := workers
		if o.InOrder {
			n = 1
		}
		if err := c.each(ctx, n, numbered(step.prefix, step.last)); err != nil {
			return c.done(last), err
		}
	}
	if o.Forget {
		err = c.forget(ctx)
	}
	return c.done(last), err
}

// copying is one copy on its way.
type copying struct {
	from, to                         store.Store
	o                                Options
	seen, objects, before, forgotten atomic.Int64
	bytes                            atomic.Int64
}

func (c *copying) done(last int64) Copied {
	return Copied{Heads: last, Objects: int(c.objects.Load()), Before: int(c.before.Load()), Bytes: c.bytes.Load(), Forgotten: int(c.forgotten.Load())}
}

// skip leaves out what stands under other prefixes.
func skip(all iter.Seq2[store.Entry, error], prefixes ...string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		for e, err := range all {
			if err == nil && slices.ContainsFunc(prefixes, func(p string) bool { return len(e.Key) > len(p) && e.Key[:len(p)] == p }) {
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// numbered are the keys from 1 to last. Their sizes are not known.
func numbered(prefix string, last int64) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		for n := int64(1); n <= last; n++ {
			if !yield(store.Entry{Key: store.Numbered(prefix, n), Size: -1}, nil) {
				return
			}
		}
	}
}

// each copies all of a list, some at once, and ends at the first error.
func (c *copying) each(ctx context.Context, at int, all iter.Seq2[store.Entry, error]) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	todo := make(chan store.Entry)
	var working sync.WaitGroup
	for range at {
		working.Go(func() {
			for e := range todo {
				if err := c.copy(ctx, e); err != nil {
					stop(err)
				}
			}
		})
	}
	for e, err := range all {
		if err != nil {
			stop(err)
		}
		if ctx.Err() != nil {
			break
		}
		todo <- e
	}
	close(todo)
	working.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// copy copies one object unless it is there. One of another size is not what it was.
func (c *copying) copy(ctx context.Context, e store.Entry) error {
	if ctx.Err() != nil {
		return nil
	}
	if n := c.seen.Add(1); c.o.Progress != nil && n%256 == 0 {
		c.o.Progress(int(n))
	}
	size, err := c.to.Stat(ctx, e.Key)
	switch {
	case err == nil && e.Size >= 0 && size != e.Size:
		return fmt.Errorf("%s has %d bytes, and its copy %d: one of both was changed", e.Key, e.Size, size)
	case err == nil:
		c.before.Add(1)
		return nil
	case !errors.Is(err, store.ErrMissing):
		return err
	}
	data, err := c.from.Get(ctx, e.Key)
	if errors.Is(err, store.ErrMissing) && e.Size >= 0 {
		return nil // it was deleted meanwhile: an upload or a draft that ended
	}
	if err != nil {
		return err
	}
	if err := c.to.PutNew(ctx, e.Key, data); err != nil {
		return err
	}
	c.objects.Add(1)
	c.bytes.Add(int64(len(data)))
	return nil
}

// forget deletes what the box has deleted since.
func (c *copying) forget(ctx context.Context) error {
	for _, prefix := range passing {
		var gone []string
		for e, err := range c.to.List(ctx, prefix) {
			if err != nil {
				return err
			}
			_, err := c.from.Stat(ctx, e.Key)
			if errors.Is(err, store.ErrMissing) {
				gone = append(gone, e.Key)
			} else if err != nil {
				return err
			}
		}
		for _, key := range gone {
			if err := c.to.Delete(ctx, key); err != nil {
				return err
			}
			c.forgotten.Add(1)
		}
	}
	return nil
}
