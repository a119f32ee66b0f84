package main

import (
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A siteHost serves a published tree on this machine as a careful static host
// would: it opens nothing and knows nothing. What it sends is public by design,
// so there is no token; only the Host header is held to this machine's names,
// against pages elsewhere that rebind a name of theirs.
type siteHost struct {
	tree *os.Root
	port int
}

// sitePolicy is the content security policy of docs/threat-model.md for pages of
// a site without a drop-box.
const sitePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; manifest-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// ServeHTTP answers GET and HEAD for files of the tree; anything else is its 404
// page.
func (h *siteHost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	head.Set("Content-Security-Policy", sitePolicy)
	if !localName(r.Host, h.port) {
		http.Error(w, fmt.Sprintf("this site is http://localhost:%d only", h.port), http.StatusMisdirectedRequest)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		head.Set("Allow", "GET, HEAD")
		http.Error(w, "this site can only be read", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" || strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	if h.send(w, r, name, http.StatusOK) {
		return
	}
	if !h.send(w, r, "404.html", http.StatusNotFound) {
		http.Error(w, "not found", http.StatusNotFound)
	}
}

// send answers with a file of the tree and reports whether there is one.
func (h *siteHost) send(w http.ResponseWriter, r *http.Request, name string, status int) bool {
	if !fs.ValidPath(name) {
		return false
	}
	f, err := h.tree.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	w.Header().Set("Content-Type", treeType(name))
	if status != http.StatusOK {
		w.Header().Set("Cache-Control", "no-cache")
		w.WriteHeader(status)
		if r.Method == http.MethodGet {
			_, _ = io.Copy(w, f) // a reader who has left is no error of ours
		}
		return true
	}
	w.Header().Set("Cache-Control", cacheRule(name))
	http.ServeContent(w, r, name, info.ModTime(), f)
	return true
}

// cacheRule follows docs/formats.md section 14: a few names are overwritten in
// place, every other one is immutable.
func cacheRule(name string) string {
	folder, base := path.Split(name)
	inPlace := slices.Contains([]string{"head", "index.html", "404.html", "sw.js", ".well-known/security.txt"}, name) ||
		(folder == "s/" || folder == "about/" || folder == "pub/") && path.Ext(base) == ".html" ||
		folder == "k/" && strings.HasSuffix(base, ".id.age")
	if inPlace {
		return "no-cache"
	}
	return "public, max-age=31536000, immutable"
}

// treeType is the media type of a file of the tree. Names without a known ending
// (head, keys, shards) are text.
func treeType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".woff2":
		return "font/woff2"
	case ".json", ".webmanifest":
		return "application/json"
	case ".pdf":
		return "application/pdf"
	case ".age":
		return "application/octet-stream"
	}
	return "text/plain; charset=utf-8"
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
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p)))
		if err == nil {
			return l, l.Addr().(*net.TCPAddr).Port, nil
		}
	}
	return nil, 0, withHint(fmt.Errorf("no port from %d to %d is free on this machine", port, port+mostPorts-1), hint)
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
