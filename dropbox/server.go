// Package dropbox is the drop-box as a web server: the routes, who may use each,
// and what is answered when something is refused.
//
// It holds no key that opens anything and reaches neither the keyring nor age
// (internal/layering proves it). It trusts the authority's root for the register,
// a session for who asks, and the store to keep what it acknowledged. Every route
// has one rule (routes.go); every refusal comes out of one table (problems.go);
// logs hold a closed list of keys and no word about persons (journal.go).
package dropbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"

	"despatch/dropbox/drafts"
	"despatch/dropbox/intake"
	"despatch/dropbox/logbook"
	"despatch/dropbox/login"
	"despatch/dropbox/registry"
	"despatch/dropbox/store"
	"despatch/internal/sitehost"
)

// Server answers requests. All fields are required but Portal, Proxies and Site.
type Server struct {
	Store    store.Store
	Registry *registry.Registry
	Door     *login.Door
	Log      *logbook.Book
	Intake   *intake.Intake
	Drafts   *drafts.Drafts
	Journal  *slog.Logger
	Now      func() time.Time
	// Portal is the origin of the site where it is served elsewhere. Its scripts
	// may speak for whoever is signed in.
	Portal string
	// Proxies are the addresses whose X-Forwarded-For is believed. Whoever has such
	// an address can pass for any other towards the throttles.
	Proxies []netip.Prefix
	// Site is served from the same origin, or nil.
	Site *sitehost.Folder

	api      http.Handler
	gauges   *gauges
	throttle *throttles
	tusd     *handler.UnroutedHandler
	draining atomic.Bool
}

// Begin makes the server ready; it is called once.
func (s *Server) Begin() error {
	s.throttle = newThrottles(s.Now)
	s.gauges = newGauges(s)
	var err error
	if s.tusd, err = newTus(s); err != nil {
		return err
	}
	cross := http.NewCrossOriginProtection()
	if s.Portal != "" {
		if err := cross.AddTrustedOrigin(s.Portal); err != nil {
			return fmt.Errorf("portal %q: %w", s.Portal, err)
		}
	}
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, errCrossOrigin)
	}))
	s.api = cross.Handler(s.mux())
	return nil
}

// ServeHTTP answers a request: the box's own routes, else the site.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := &recorder{ResponseWriter: w, status: http.StatusOK, route: "site"}
	started := s.Now()
	defer s.tell(rec, r, started)
	sitehost.SetHeaders(rec.Header(), sitehost.Policy(""))
	if r.TLS != nil { // where a proxy ends TLS, it says so
		rec.Header().Set("Strict-Transport-Security", "max-age=31536000")
	}
	if !s.mine(r.Host) {
		s.refuse(rec, r, errHost)
		return
	}
	if !isOwn(r.URL.Path) {
		s.serveSite(rec, r)
		return
	}
	rec.route = "unknown"
	rec.Header().Set("Cache-Control", "no-store")
	if s.crossOrigin(rec, r) {
		return
	}
	s.api.ServeHTTP(rec, r)
}

// mine holds a box on this very machine to this machine's names: a page elsewhere
// could else rebind a name of its own to it and read along. Others have names of
// their own, and a proxy before them.
func (s *Server) mine(host string) bool {
	at, ok := strings.CutPrefix(s.Door.Origin, "http://")
	if !ok {
		return true
	}
	return isLocal(hostname(at)) && isLocal(hostname(host))
}

func isLocal(name string) bool { return name == "localhost" || name == "127.0.0.1" }

// hostname is a host without its port.
func hostname(host string) string {
	name, _, _ := strings.Cut(host, ":")
	return name
}

func (s *Server) serveSite(w http.ResponseWriter, r *http.Request) {
	if s.Site == nil {
		s.refuse(w, r, errNoRoute)
		return
	}
	s.Site.With(func(tree *os.Root) { sitehost.Serve(tree, w, r) })
}

// crossOrigin lets the portal's scripts read answers, and answers what a browser
// asks before it sends; done says that nothing is left to do.
func (s *Server) crossOrigin(w http.ResponseWriter, r *http.Request) (done bool) {
	w.Header().Add("Vary", "Origin")
	if s.Portal == "" || r.Header.Get("Origin") != s.Portal {
		return false
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", s.Portal)
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("Access-Control-Expose-Headers", "Location, Retry-After, Tus-Extension, Tus-Max-Size, Tus-Resumable, Tus-Version, Upload-Expires, Upload-Length, Upload-Offset")
	h.Set("Cross-Origin-Resource-Policy", "same-site")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE, HEAD, PATCH")
	h.Set("Access-Control-Allow-Headers", "Content-Type, Tus-Resumable, Upload-Length, Upload-Metadata, Upload-Offset, X-HTTP-Method-Override")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// Drain makes /readyz say that no more requests should come.
func (s *Server) Drain() { s.draining.Store(true) }

// Ready says why the server should get no requests; nil when it should.
func (s *Server) Ready(ctx context.Context) error {
	if s.draining.Load() {
		return errors.New("draining")
	}
	if err := s.Log.Broken(); err != nil {
		return err
	}
	_, err := s.Log.HeadBytes(ctx, s.Log.Newest().Number)
	return err
}

// Sweep deletes what has expired, unfinished uploads too, and the drafts of accounts that are gone, each
// hour until ctx ends.
func (s *Server) Sweep(ctx context.Context) {
	each := time.NewTicker(time.Hour)
	defer each.Stop()
	for {
		if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			s.Journal.Error("sweep", keyCause, cause(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-each.C:
		}
	}
}

func (s *Server) sweep(ctx context.Context) error {
	return errors.Join(s.Door.Sweep(ctx), s.sweepDrafts(ctx), s.Intake.Sweep(ctx))
}
