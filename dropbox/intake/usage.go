package intake

import (
	"fmt"
	"sync"
	"time"

	"despatch/internal/auditlog"
)

// Usage counts what accounts and schools have deposited today (by UTC), out of the
// log, which has what all replicas took, and out of what is on its way here.
type Usage struct {
	now func() time.Time

	mu      sync.Mutex
	day     int64            // guarded by mu; since 1970
	logged  map[string]int64 // guarded by mu; bytes of the day, by opaque id
	pending map[string]int64 // guarded by mu; bytes on their way, by opaque id
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

// reserve counts a deposit as on its way, or refuses it. done ends that; kept says
// that it lies in the store although it is not in the log.
func (u *Usage) reserve(o Offer) (done func(kept bool), err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.today()
	ids := []string{o.Account.Opaque}
	quotas := []int{o.Account.Quota}
	if o.School != "" {
		ids, quotas = append(ids, o.School), append(quotas, o.Quota)
	}
	if u.ways[o.Account.Opaque] >= mostOwn {
		return nil, fmt.Errorf("%w from this account", ErrBusy)
	}
	for i, id := range ids {
		if u.logged[id]+u.pending[id]+o.Size > int64(quotas[i])<<20 {
			return nil, ErrQuota
		}
	}
	u.ways[o.Account.Opaque]++
	for _, id := range ids {
		u.pending[id] += o.Size
	}
	return func(kept bool) { u.end(ids, o.Size, kept) }, nil
}

func (u *Usage) end(ids []string, size int64, kept bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.today()
	if u.ways[ids[0]]--; u.ways[ids[0]] == 0 {
		delete(u.ways, ids[0])
	}
	for _, id := range ids {
		if u.pending[id] -= size; u.pending[id] == 0 {
			delete(u.pending, id)
		}
		if kept {
			u.logged[id] += size
		}
	}
}
