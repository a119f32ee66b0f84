package dropbox

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The throttles; docs/operations.md has them in one table. Before a sign-in there
// is only the address to go by, and a whole county of schools may stand behind one:
// its limit is far above what they need. After it each account has its own.
const (
	addressRate, addressBurst = 100, 2000 // requests without a session, a second and at once
	accountRate, accountBurst = 20, 200   // requests of an account
	// mostLimiters bounds the memory of each table; the oldest go first.
	mostLimiters = 50_000
)

type throttles struct {
	addresses, accounts limiters
}

func newThrottles(now func() time.Time) *throttles {
	return &throttles{
		addresses: limiters{rate: addressRate, burst: addressBurst, now: now},
		accounts:  limiters{rate: accountRate, burst: accountBurst, now: now},
	}
}

func (t *throttles) address(a netip.Addr) bool {
	if a.Is6() && !a.Is4In6() {
		p, _ := a.Prefix(64) // one customer's
		a = p.Addr()
	}
	return t.addresses.allow(a.Unmap().String())
}

func (t *throttles) account(opaque string) bool { return t.accounts.allow(opaque) }

// limiters are token buckets by name, at most mostLimiters in two generations: a
// name that is not asked for while a generation fills is forgotten.
type limiters struct {
	rate, burst int
	now         func() time.Time

	mu         sync.Mutex
	young, old map[string]*rate.Limiter // guarded by mu
}

func (l *limiters) allow(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	lim := l.young[name]
	if lim == nil {
		if lim = l.old[name]; lim == nil {
			lim = rate.NewLimiter(rate.Limit(l.rate), l.burst)
		}
		if l.young == nil || len(l.young) >= mostLimiters/2 {
			l.old, l.young = l.young, map[string]*rate.Limiter{}
		}
		l.young[name] = lim
	}
	return lim.AllowN(l.now(), 1)
}

// clientAddress is where a request comes from: the last address of X-Forwarded-For
// that is not a proxy's, where a proxy of ours sent it; else the other end.
func clientAddress(r *http.Request, proxies []netip.Prefix) netip.Addr {
	other, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	at := other.Addr().Unmap()
	isProxy := func(a netip.Addr) bool {
		return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	if !isProxy(at) {
		return at
	}
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, text := range slices.Backward(forwarded) {
		a, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil {
			break
		}
		if at = a.Unmap(); !isProxy(at) {
			break
		}
	}
	return at
}
