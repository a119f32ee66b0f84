// Package preview serves an authority's site to the officer who writes it, from
// memory, drafts included and marked as such: `despatch serve`.
//
// Nothing is sealed, so nothing is written: no page ever reaches the disk. It
// answers only to Host localhost:port or 127.0.0.1:port and only to whoever has
// the printed link, whose token becomes a cookie (design section 5;
// TestStrangersAreRefused). What an account sees is what page plans for the
// compartments that it holds, and nothing else (TestSeenAsAPerson).
//
// It trusts the authority's folder and the machine it runs on.
package preview

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"despatch/generator/page"
	"despatch/generator/source"
	"despatch/internal/door"
	"despatch/layouts"
)

// Options say what to serve and where.
type Options struct {
	Dir  string           // the authority's folder
	Port int              // the port that is listened on; part of what Host must say
	Now  func() time.Time // the clock
	Log  *slog.Logger     // told of pages that could not be made; nil: nobody
}

// A Server answers for one authority's folder. Close it after use.
type Server struct {
	o      Options
	folder *source.Folder
	assets *layouts.Assets
	door   *door.Door
	news   *news
	shown  shown
	last   atomic.Value // string: whose pages were looked at last
}

// New prepares a server. Without built assets it is layouts.ErrNotBuilt.
func New(o Options) (*Server, error) {
	assets, err := layouts.Load()
	if err != nil {
		return nil, err
	}
	folder, err := source.Open(o.Dir)
	if err != nil {
		return nil, err
	}
	d, err := door.New("preview", "serve", o.Port)
	if err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	return &Server{o: o, folder: folder, assets: assets, door: d, news: newNews()}, nil
}

// Close lets go of the folder.
func (s *Server) Close() error { return s.folder.Close() }

// Link is the address to open; whoever has it may look.
func (s *Server) Link() string { return s.door.Link() }

// Reload says that sources may have changed. If they did, open pages load
// themselves again.
func (s *Server) Reload() {
	if s.shown.drop(s.folder) {
		s.news.tell()
	}
}

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.door.Admit(w, r, policy) {
		return
	}
	switch r.URL.Path {
	case "/":
		http.Redirect(w, r, "/all/s/home.html", http.StatusSeeOther)
	case "/about/help.html", "/about/accessibility.html", "/about/privacy.html", "/about/cookies.html":
		// The start page links them from the root of its origin.
		http.Redirect(w, r, "/all"+r.URL.Path, http.StatusSeeOther)
	case "/changes":
		s.news.serve(w, r)
	case "/preview.js":
		write(w, "text/javascript; charset=utf-8", []byte(script))
	default:
		s.byPerson(w, r)
	}
}

// byPerson answers for /<who>/…. Composed pages name assets and the portal's own
// pages from the origin's root, as they do at the site: these lead on to the person
// who was looked at last, for there is one officer at this door.
func (s *Server) byPerson(w http.ResponseWriter, r *http.Request) {
	who, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch who {
	case "assets":
		r.URL.Path = "/all" + r.URL.Path
	case "s":
		last, ok := s.last.Load().(string)
		if !ok {
			last = "all"
		}
		to := url.URL{Path: "/" + last + r.URL.Path}
		http.Redirect(w, r, to.EscapedPath(), http.StatusSeeOther)
		return
	}
	s.tree(w, r)
}

// tree answers for /<who>/…, where who is "all" or an account's code: the tree as
// that person sees it.
func (s *Server) tree(w http.ResponseWriter, r *http.Request) {
	who, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if data, ok := s.assets.Files[rest]; ok && strings.HasPrefix(rest, "assets/") {
		write(w, typeOf(rest), data)
		return
	}
	v, err := s.shown.view(s)
	if err != nil {
		s.fail(w, err)
		return
	}
	eye, ok := v.eye(who)
	if ok && strings.HasSuffix(rest, ".html") {
		s.last.Store(who)
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	if data, ok := v.shell[rest]; ok && (strings.HasPrefix(rest, "assets/") || strings.HasPrefix(rest, "about/")) {
		write(w, typeOf(rest), data)
		return
	}
	root, name, deep := strings.Cut(strings.TrimPrefix(rest, "s/"), "/")
	switch {
	case rest == "s/home.html":
		s.html(w, func() ([]byte, error) { return v.home(eye, r.URL.Query().Get("school")) })
	case rest == "s/check.html" && eye.account == nil:
		s.html(w, v.check)
	case deep && strings.HasPrefix(rest, "s/"):
		s.one(w, r, v, eye, root, name)
	case rest == "" || strings.HasPrefix(rest, "s/") || strings.HasSuffix(rest, ".html"):
		// The browser composes these from what it can open; here the start page
		// lists everything.
		http.Redirect(w, r, "/"+who+"/s/home.html", http.StatusSeeOther)
	default:
		http.NotFound(w, r)
	}
}

// one answers with a page or a file of a compartment.
func (s *Server) one(w http.ResponseWriter, r *http.Request, v *view, eye eye, root, name string) {
	c := v.compartment(root)
	if c == nil || !eye.sees(c.ID) {
		http.NotFound(w, r)
		return
	}
	for i := range c.Pages {
		if c.Pages[i].Name == name {
			s.html(w, func() ([]byte, error) { return v.page(c, &c.Pages[i]) })
			return
		}
	}
	for i := range c.Files {
		if c.Files[i].Name == name {
			s.file(w, v, &c.Files[i])
			return
		}
	}
	http.NotFound(w, r)
}

func (s *Server) html(w http.ResponseWriter, make func() ([]byte, error)) {
	data, err := make()
	if err != nil {
		s.fail(w, err)
		return
	}
	write(w, "text/html; charset=utf-8", withScript(data))
}

// file sends an attachment or a paper: to be saved, never to be run.
func (s *Server) file(w http.ResponseWriter, v *view, f *page.File) {
	var data []byte
	var err error
	if f.Paper != nil {
		data, err = v.press.Print(f.Paper)
	} else {
		data, err = s.folder.ReadFile(f.Source.Path)
	}
	if err != nil {
		s.fail(w, err)
		return
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Title}))
	write(w, f.Type, data)
}

func (s *Server) fail(w http.ResponseWriter, err error) {
	if s.o.Log != nil {
		s.o.Log.Error("page not made", "error", err)
	}
	http.Error(w, fmt.Sprintf("This page could not be made: %v", err), http.StatusInternalServerError)
}

func write(w http.ResponseWriter, kind string, data []byte) {
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(data) // a reader that went away is no error of ours
}

func typeOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".html":
		return "text/html; charset=utf-8"
	}
	return "application/octet-stream"
}

// withScript adds the script that loads a page again when sources change.
func withScript(html []byte) []byte {
	return bytes.Replace(html, []byte("</body>"), []byte(`<script type="module" src="/preview.js"></script></body>`), 1)
}
