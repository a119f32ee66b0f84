package logbook

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"despatch/dropbox/store"
	"despatch/internal/auditlog"
)

// Check reads the whole log of a store, which may be in use: every head is signed
// by one of the keys and follows on the one before, and what was derived from it is
// what follows from it. leaf is told of every leaf in order, and of the size that
// the log had when Check began; found of each thing that is not as it should be.
// It ends at the first head that cannot be believed, since nothing can be said of
// what comes after. It writes nothing.
func Check(ctx context.Context, s store.Store, keys []note.Verifier, leaf func(l auditlog.Leaf, of int64) error, found func(string)) error {
	last, err := lastOf(ctx, s, headPrefix)
	if err != nil {
		return err
	}
	derived, err := lastOf(ctx, s, derivedPrefix)
	switch {
	case err != nil:
		return err
	case last == 0:
		found("the store holds no log")
		return nil
	case derived > last:
		found(fmt.Sprintf("the log ends at head %d, and head %d was there", last, derived))
	}
	newest, err := readHead(ctx, s, last, keys)
	if err != nil {
		found(fmt.Sprintf("head %d of the log: %v", last, err))
		return nil
	}
	edge := &tiles{}
	var prev *auditlog.Head
	for n := int64(1); n <= last; n++ {
		h, err := readHead(ctx, s, n, keys)
		switch {
		case errors.Is(err, store.ErrMissing):
			found(fmt.Sprintf("head %d of the log is missing, and head %d is there", n, last))
			return nil
		case err != nil:
			found(fmt.Sprintf("head %d of the log: %v", n, err))
			return nil
		case n == 1 && h.Before.Size != 0:
			found(fmt.Sprintf("head 1 says that the log had %d leaves before it", h.Before.Size))
			return nil
		}
		if prev != nil {
			if err := h.Follows(prev); err != nil {
				found(err.Error())
				return nil
			}
		}
		next, full := edge.grown(h)
		if err := checkDerived(ctx, s, h, full, found); err != nil {
			return err
		}
		for _, l := range h.Leaves {
			if err := leaf(l, newest.After.Size); err != nil {
				return err
			}
		}
		edge, prev = next, h
	}
	return nil
}

// lastOf looks through all numbers under a prefix: by doubling a gap would end them.
func lastOf(ctx context.Context, s store.Store, prefix string) (last int64, err error) {
	for e, err := range s.List(ctx, prefix) {
		if err != nil {
			return 0, err
		}
		n, err := store.Number(e.Key)
		if err != nil {
			return 0, fmt.Errorf("%s does not end in a number: %w", e.Key, err)
		}
		last = max(last, n)
	}
	return last, nil
}

// checkDerived looks at what follows from a head, if it is said to be there: what is
// not said is made up for at the next start.
func checkDerived(ctx context.Context, s store.Store, h *auditlog.Head, full map[string][]byte, found func(string)) error {
	_, err := s.Stat(ctx, store.Numbered(derivedPrefix, h.Number))
	if errors.Is(err, store.ErrMissing) {
		return nil
	}
	if err != nil {
		return err
	}
	for key, want := range following(h, full) {
		got, err := s.Get(ctx, key)
		switch {
		case errors.Is(err, store.ErrMissing):
			found(fmt.Sprintf("%s is missing, which follows from head %d", key, h.Number))
		case err != nil:
			return err
		case !bytes.Equal(got, want):
			found(fmt.Sprintf("%s says something else than what follows from head %d", key, h.Number))
		}
	}
	return nil
}
