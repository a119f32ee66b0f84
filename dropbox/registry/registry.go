// Package registry keeps the drop-box's register in the store and gives the newest.
//
// Registers are objects counted from 1 in the order of their arrival; each has a
// higher serial than the one before. Every look asks the store for a newer one, so
// that what a register takes away is gone on every replica from the next request
// on (docs/formats.md section 16). Trusted is the authority's root alone.
package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"despatch/dropbox/store"
	"despatch/internal/refusal"
	"despatch/internal/register"
	"despatch/internal/sshsig"
)

const prefix = "register/"

// ErrNone says that no register has arrived yet.
var ErrNone = errors.New("the authority has not sent a register yet")

// Registry is safe for many goroutines.
type Registry struct {
	store store.Store
	root  sshsig.PublicKey

	mu     sync.Mutex
	number int64              // guarded by mu; of newest
	newest *register.Register // guarded by mu; nil before the first
}

// Open reads the newest register of the store.
func Open(ctx context.Context, s store.Store, root sshsig.PublicKey) (*Registry, error) {
	r := &Registry{store: s, root: root}
	number, err := s.Highest(ctx, prefix)
	if err == nil && number > 0 {
		err = r.take(ctx, number)
	}
	if err != nil {
		return nil, fmt.Errorf("open the register: %w", err)
	}
	return r, nil
}

// take reads the register of a number. The lock is held or not needed yet.
func (r *Registry) take(ctx context.Context, number int64) error {
	signed, err := r.store.Get(ctx, store.Numbered(prefix, number))
	if err != nil {
		return err
	}
	next, err := register.Parse(signed, r.root)
	if err != nil {
		return err
	}
	if r.newest != nil && next.Serial <= r.newest.Serial {
		return refusal.Rollback.Errorf("register %d has the serial %d, after %d", number, next.Serial, r.newest.Serial)
	}
	r.number, r.newest = number, next
	return nil
}

// Newest gives the newest register, or ErrNone.
func (r *Registry) Newest(ctx context.Context) (*register.Register, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.newestLocked(ctx)
}

func (r *Registry) newestLocked(ctx context.Context) (*register.Register, error) {
	for {
		err := r.take(ctx, r.number+1)
		if errors.Is(err, store.ErrMissing) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read the register: %w", err)
		}
	}
	if r.newest == nil {
		return nil, ErrNone
	}
	return r.newest, nil
}

// Put takes a new register in. Errors are refusals: malformed, newer, signature,
// or rollback; the same register again is no error.
func (r *Registry) Put(ctx context.Context, signed []byte) (*register.Register, error) {
	next, err := register.Parse(signed, r.root)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		newest, err := r.newestLocked(ctx)
		if err != nil && !errors.Is(err, ErrNone) {
			return nil, err
		}
		if newest != nil && next.Serial <= newest.Serial {
			return newest, r.same(ctx, signed, newest.Serial, next.Serial)
		}
		err = r.store.PutNew(ctx, store.Numbered(prefix, r.number+1), signed)
		if err != nil && !errors.Is(err, store.ErrExists) {
			return nil, err
		}
	}
}

// same refuses a serial that is not above the newest, unless it is the newest
// register itself that came again.
func (r *Registry) same(ctx context.Context, signed []byte, newest, serial int) error {
	held, err := r.store.Get(ctx, store.Numbered(prefix, r.number))
	if err != nil {
		return err
	}
	if !bytes.Equal(held, signed) {
		return refusal.Rollback.Errorf("the register has the serial %d, and the box holds %d already", serial, newest)
	}
	return nil
}
