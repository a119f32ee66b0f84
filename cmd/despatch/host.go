package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"despatch/internal/sitehost"
)

// A siteHost serves a published tree on this machine as a careful static host
// would: it opens nothing and knows nothing. What it sends is public by design,
// so there is no token; only the Host header is held to this machine's names,
// against pages elsewhere that rebind a name of theirs.
type siteHost struct {
	tree *os.Root
	port int
}

// ServeHTTP answers GET and HEAD for files of the tree; anything else is its 404
// page.
func (h *siteHost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sitehost.SetHeaders(w.Header(), sitehost.Policy(""))
	if !localName(r.Host, h.port) {
		http.Error(w, fmt.Sprintf("this site is http://localhost:%d only", h.port), http.StatusMisdirectedRequest)
		return
	}
	sitehost.Serve(h.tree, w, r)
}

// localName reports whether a Host header names this machine and this port.
func localName(host string, port int) bool {
	name, at, err := net.SplitHostPort(host)
	return err == nil && at == strconv.Itoa(port) && (name == "localhost" || name == "127.0.0.1")
}

// mostPorts is how many ports are tried before giving up.
const mostPorts = 50

// listenLocal listens on 127.0.0.1 at the port or at the next one that is free;
// port 0 takes any. Hint is the command that asks for others.
func listenLocal(port int, hint string) (net.Listener, int, error) {
	for p := port; p < port+mostPorts; p++ {
		l, err := listenExactly(p)
		if err == nil {
			return l, l.Addr().(*net.TCPAddr).Port, nil
		}
	}
	return nil, 0, withHint(fmt.Errorf("no port from %d to %d is free on this machine", port, port+mostPorts-1), hint)
}

// listenExactly listens on 127.0.0.1 at this port and no other.
func listenExactly(port int) (net.Listener, error) {
	return net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}

// newLocalServer has limits that a slow or hostile reader meets. Its log is
// dropped: it would hold addresses of pages.
func newLocalServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
}
