package intake

import (
	"fmt"
	"sync"
	"time"

	"despatch/internal/auditlog"
)

// Usage counts what accounts and schools have deposited today (by UTC), out of the
// log, which has what all replicas took, out of what is on its way here, and out of
// what is on its way in pieces, for which room is held from its beginning on.
type Usage struct {
	now func() time.Time

	mu      sync.Mutex
	day     int64            // guarded by mu; since 1970
	logged  map[string]int64 // guarded by mu; bytes of the day, by opaque id
	pending map[string]int64 // guarded by mu; bytes on their way, by opaque id
	held    map[string]int64 // guarded by mu; bytes of uploads in pieces, by opaque id
	ways    map[string]int   // guarded by mu; deposits on their way, by account
}

// NewUsage begins to count.
func NewUsage(now func() time.Time) *Usage {
	return &Usage{now: now, logged: map[string]int64{}, pending: map[string]int64{}, ways: map[string]int{}}
}

func dayOf(t time.Time) int64 { return t.Unix() / (24 * 60 * 60) }

// today forgets what is of another day. The lock is held.
func (u *Usage) today() {
	if day := dayOf(u.now()); day != u.day {
		u.day = day
		clear(u.logged)
	}
}

// Seen takes a leaf of the log in.
func (u *Usage) Seen(l auditlog.Leaf) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.today(); l.IsTime() || dayOf(l.Time) != u.day {
		return
	}
	u.logged[l.Account] += l.Size
	if l.School != "" {
		u.logged[l.School] += l.Size
	}
}

// Of gives the bytes that an account or a school has deposited today.
func (u *Usage) Of(opaque string) int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.today()
	return u.logged[opaque]
}

// hold takes in for what room is held now.
func (u *Usage) hold(held map[string]int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.held = held
}

// fits refuses what is more than account or school may deposit today. The lock is
// held.
func (u *Usage) fits(o Offer) error {
	u.today()
	for i, id := range o.counted() {
		if u.logged[id]+u.pending[id]+u.held[id]+o.Size > int64([]int{o.Account.Quota, o.Quota}[i])<<20 {
			return ErrQuota
		}
	}
	return nil
}

// hasRoom tells whether a deposit fits that will be held room for.
func (u *Usage) hasRoom(o Offer) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.fits(o)
}

// counted are those whose quotas a deposit counts towards.
func (o Offer) counted() []string {
	if o.School == "" {
		return []string{o.Account.Opaque}
	}
	return []string{o.Account.Opaque, o.School}
}

// reserve counts a deposit as on its way, or refuses it. done ends that; kept says
// that it lies in the store although it is not in the log.
func (u *Usage) reserve(o Offer) (done func(kept bool), err error) {
	leave, err := u.enter(o.Account.Opaque)
	if err != nil {
		return nil, err
	}
	if err := u.book(o); err != nil {
		leave()
		return nil, err
	}
	return func(kept bool) { leave(); u.end(o.counted(), o.Size, kept) }, nil
}

func (u *Usage) book(o Offer) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if err := u.fits(o); err != nil {
		return err
	}
	for _, id := range o.counted() {
		u.pending[id] += o.Size
	}
	return nil
}

// enter counts one more request with which an account deposits, or refuses it.
func (u *Usage) enter(account string) (leave func(), err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ways[account] >= mostOwn {
		return nil, fmt.Errorf("%w from this account", ErrBusy)
	}
	u.ways[account]++
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		if u.ways[account]--; u.ways[account] == 0 {
			delete(u.ways, account)
		}
	}, nil
}

func (u *Usage) end(ids []string, size int64, kept bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.today()
	for _, id := range ids {
		if u.pending[id] -= size; u.pending[id] == 0 {
			delete(u.pending, id)
		}
		if kept {
			u.logged[id] += size
		}
	}
}
