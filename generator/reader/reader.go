// Package reader serves a published site, from a folder or from its host, to one
// person on this machine with this program's own sign-in page and worker:
// `despatch open` (design section 5).
//
// The host is trusted with nothing, not even with the first visit: no page and no
// script of its own ever runs here (TestNothingOfTheHostsRuns). What it serves goes to the
// worker as bytes and to nobody else, and the worker believes what the root of the
// opened identity vouches for. It answers only to Host localhost:port or
// 127.0.0.1:port, and only to whoever has the printed link. Nothing is written to
// disk. It trusts this program, the browser and the machine.
package reader

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"despatch/generator/render"
	"despatch/generator/source"
	"despatch/generator/tree"
	"despatch/internal/door"
	"despatch/layouts"
	"despatch/records/authority"
)

// Options say what is read and where.
type Options struct {
	Name string       // what people know the site by: its address or folder
	From tree.Source  // its files
	Port int          // the port that is listened on; part of what Host must say
	Log  *slog.Logger // told of files that the host did not give; nil: nobody
}

// mostAtOnce is how many files are asked of the host at a time.
const mostAtOnce = 8

// A Server answers for one site.
type Server struct {
	o     Options
	own   map[string][]byte // by tree path: this program's sign-in pages, assets and worker
	door  *door.Door
	slots chan struct{}
}

// New prepares a server. Without built assets it is layouts.ErrNotBuilt.
func New(o Options) (*Server, error) {
	assets, err := layouts.Load()
	if err != nil {
		return nil, err
	}
	r, err := render.New(&source.Site{Settings: settings(o.Name)}, assets)
	if err != nil {
		return nil, err
	}
	own, err := r.Shell(time.Time{})
	if err != nil {
		return nil, err
	}
	// What an authority says of itself comes with what it signed, or not at all.
	delete(own, ".well-known/security.txt")
	maps.DeleteFunc(own, func(path string, _ []byte) bool { return strings.HasPrefix(path, "about/") })
	own["sw.js"] = assets.Reader
	d, err := door.New("site", "open", o.Port)
	if err != nil {
		return nil, err
	}
	return &Server{o: o, own: own, door: d, slots: make(chan struct{}, mostAtOnce)}, nil
}

// settings are those of a site of which nothing is known but what it is called: its
// own name, colour and contacts come with what the authority signed.
func settings(name string) *authority.Settings {
	s := &authority.Settings{Format: 1, Theme: authority.Theme{Brand: "#1d3c6e"}}
	s.Portal.Name, s.Authority.Name = name, "your authority"
	return s
}

// Link is the address to open; whoever has it may look.
func (s *Server) Link() string { return s.door.Link() }

// inert is the policy of what is no page of this program: it does nothing.
const inert = "default-src 'none'; sandbox"

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; manifest-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// ServeHTTP answers one request: with a file of this program's own, or, to the worker
// alone, with bytes of the site.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.door.Admit(w, r, policy) {
		return
	}
	w.Header().Set("Content-Security-Policy", inert)
	name := strings.TrimPrefix(r.URL.Path, "/")
	if own, ok := strings.CutPrefix(name, "own/"); ok {
		s.sendOwn(w, own, http.StatusOK)
		return
	}
	switch {
	case r.Header.Get("Sec-Fetch-Mode") == "navigate":
		// Every page that a person goes to before the worker is there is the sign-in page.
		s.sendOwn(w, "index.html", http.StatusOK)
	case s.own[name] != nil:
		s.sendOwn(w, name, http.StatusOK)
	case !forWorker(r) || !tree.Forwards(name):
		http.Error(w, "not found", http.StatusNotFound)
	default:
		s.forward(w, r, name)
	}
}

// forWorker tells the worker's questions from a page's scripts, styles and pictures:
// bytes of the host's must not become any of these unchecked.
func forWorker(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Dest") == "empty" && r.Header.Get("Sec-Fetch-Site") == "same-origin"
}

func (s *Server) sendOwn(w http.ResponseWriter, name string, status int) {
	data, ok := s.own[name]
	if !ok {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", typeOf(name))
	h.Set("Content-Length", strconv.Itoa(len(data)))
	if strings.HasSuffix(name, ".html") || name == "sw.js" {
		h.Set("Content-Security-Policy", policy)
	}
	w.WriteHeader(status)
	_, _ = w.Write(data) // a reader who has left is no error of ours
}

// forward hands a file of the site on as bytes that are nothing by themselves.
func (s *Server) forward(w http.ResponseWriter, r *http.Request, name string) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-r.Context().Done():
		return
	}
	f, err := s.o.From(r.Context(), name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		http.Error(w, "the site does not have it", http.StatusNotFound)
		return
	case err != nil:
		s.tell(r.Context(), err)
		http.Error(w, "the site cannot be reached", http.StatusBadGateway)
		return
	}
	defer f.Close()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", "attachment")
	if n, err := io.CopyN(w, f, mostBytes+1); n > mostBytes || err != nil && !errors.Is(err, io.EOF) {
		if n > mostBytes {
			err = fmt.Errorf("%s is larger than any file of a site", name)
		}
		s.tell(r.Context(), err)
		panic(http.ErrAbortHandler) // half a file must not look like a whole one
	}
}

// mostBytes is more than the largest sealed file has.
const mostBytes = tree.MaxFile + 8<<20

func (s *Server) tell(ctx context.Context, err error) {
	if s.o.Log != nil && ctx.Err() == nil {
		s.o.Log.Warn("a file of the site did not come", "err", err)
	}
}

func typeOf(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	default:
		return mime.TypeByExtension(ext)
	}
}
