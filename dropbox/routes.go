package dropbox

import (
	"context"
	"net/http"
	"strings"

	"despatch/dropbox/login"
	"despatch/internal/register"
)

// A rule says who may use a route.
type rule int

const (
	anyone    rule = iota // throttled by address
	signedIn              // an account with a session
	sender                // a session of an account that deposits
	collector             // a session of the office
)

// A route is one thing that can be asked. do writes the answer or gives an error
// of the table.
type route struct {
	method, pattern string
	who             rule
	do              func(*Server, http.ResponseWriter, *http.Request, login.Session) error
}

// routes are all there are; a request for anything else is refused.
var routes = []route{
	{http.MethodPut, "/register", anyone, (*Server).putRegister}, // signed by the root
	{http.MethodGet, "/box/nonce", anyone, (*Server).getNonce},
	{http.MethodPost, "/box/login", anyone, (*Server).postLogin},
	{http.MethodGet, "/box/session", signedIn, (*Server).getSession},
	{http.MethodPost, "/box/logout", signedIn, (*Server).postLogout},
	{http.MethodPost, "/box/logout-everywhere", signedIn, (*Server).postLogoutEverywhere},
	{http.MethodPost, "/box/deposits/{deposit}", sender, (*Server).postDeposit},
	{http.MethodGet, "/box/deposits/{deposit}", signedIn, (*Server).getDeposit},
	{http.MethodOptions, "/box/uploads", sender, (*Server).optionsUploads},
	{http.MethodPost, "/box/uploads", sender, (*Server).postUploads},
	{http.MethodHead, "/box/uploads/{deposit}", sender, (*Server).headUpload},
	{http.MethodPatch, "/box/uploads/{deposit}", sender, (*Server).patchUpload},
	{http.MethodDelete, "/box/uploads/{deposit}", sender, (*Server).deleteUpload},
	{http.MethodPost, "/box/uploads/{deposit}", sender, (*Server).postUpload},
	{http.MethodGet, "/box/receipts", sender, (*Server).getReceipts},
	{http.MethodGet, "/box/receipts/{deposit}", signedIn, (*Server).getReceipt},
	{http.MethodGet, "/box/slots/{slot}", sender, (*Server).getSlot},
	{http.MethodGet, "/box/drafts", sender, (*Server).getDrafts},
	{http.MethodPost, "/box/drafts/{draft}", sender, (*Server).postDraft},
	{http.MethodGet, "/box/drafts/{draft}", sender, (*Server).getDraft},
	{http.MethodDelete, "/box/drafts/{draft}", sender, (*Server).deleteDraft},
	{http.MethodGet, "/box/heads/{number}", collector, (*Server).getHead},
	{http.MethodGet, "/log/checkpoint", anyone, (*Server).getCheckpoint},
	{http.MethodGet, "/log/tile/{path...}", anyone, (*Server).getTile},
}

// isOwn tells whether a path is the box's and not the site's.
func isOwn(path string) bool {
	return path == "/register" || strings.HasPrefix(path, "/box/") || strings.HasPrefix(path, "/log/")
}

func (s *Server) mux() http.Handler {
	m := http.NewServeMux()
	methods := map[string]string{}
	for _, r := range routes {
		m.HandleFunc(r.method+" "+r.pattern, s.guard(r))
		methods[r.pattern] += ", " + r.method
	}
	for pattern, allowed := range methods {
		m.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", strings.TrimPrefix(allowed, ", "))
			s.refuse(w, r, errMethod)
		})
	}
	m.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.refuse(w, r, errNoRoute) })
	return m
}

// guard holds a route to its rule and to the throttles.
func (s *Server) guard(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if rec, ok := w.(*recorder); ok {
			rec.route = rt.method + " " + rt.pattern
		}
		session, err := s.admit(r, rt)
		if err == nil {
			err = rt.do(s, w, r, session)
		}
		if err != nil {
			s.refuse(w, r, err)
		}
	}
}

func (s *Server) admit(r *http.Request, rt route) (login.Session, error) {
	if rt.who == anyone {
		if !s.throttle.address(clientAddress(r, s.Proxies)) {
			return login.Session{}, errThrottled
		}
		return login.Session{}, nil
	}
	session, err := s.session(r.Context(), r)
	if err != nil {
		return session, err
	}
	isCollector := session.Account.State == register.Collector
	if !isCollector && !s.throttle.account(session.Account.Opaque) { // the office brings as much as was sent
		return session, errThrottled
	}
	if rt.who == collector && !isCollector || rt.who == sender && isCollector {
		return session, errNotYours
	}
	return session, nil
}

// session gives who a request comes from. A stranger's tries are throttled like
// any other request without a session.
func (s *Server) session(ctx context.Context, r *http.Request) (login.Session, error) {
	cookie, err := r.Cookie(login.Cookie)
	if err != nil {
		return login.Session{}, login.ErrNoSession
	}
	session, err := s.Door.Session(ctx, cookie.Value)
	if err != nil && !s.throttle.address(clientAddress(r, s.Proxies)) {
		return session, errThrottled
	}
	return session, err
}
