package reader_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"despatch/generator/reader"
	"despatch/layouts"
)

const theft = "THEFTWORD"

// A thief is a host that answers everything with its own.
type thief struct{ asked []string }

func (h *thief) open(_ context.Context, path string) (io.ReadCloser, error) {
	h.asked = append(h.asked, path)
	switch path {
	case "keys.0000000000000000":
		return nil, fs.ErrNotExist
	case "keys.1111111111111111":
		return nil, errors.New("the host answered 500")
	case "keys.2222222222222222":
		return io.NopCloser(endless{}), nil
	}
	return io.NopCloser(strings.NewReader(theft)), nil
}

// endless never ends.
type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

// guest has the link's cookie.
type guest struct {
	server *reader.Server
	host   *thief
	cookie *http.Cookie
}

func newGuest(t *testing.T) *guest {
	t.Helper()
	host := new(thief)
	s, err := reader.New(reader.Options{Name: "schools.northmoor.example", From: host.open, Port: 8585})
	if errors.Is(err, layouts.ErrNotBuilt) {
		t.Skip("assets are not built: run make assets")
	}
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{server: s, host: host}
	link, err := url.Parse(s.Link())
	if err != nil {
		t.Fatal(err)
	}
	w := g.ask(link.RequestURI(), "")
	for _, c := range w.Result().Cookies() {
		g.cookie = c
	}
	if g.cookie == nil {
		t.Fatalf("the link gives no cookie: %d %s", w.Code, w.Body)
	}
	return g
}

// ask asks as a browser does for a destination; "worker" is the worker's own question,
// "document" a navigation.
func (g *guest) ask(target, dest string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://localhost:8585"+target, nil)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	switch dest {
	case "worker":
		r.Header.Set("Sec-Fetch-Dest", "empty")
	case "document":
		r.Header.Set("Sec-Fetch-Mode", "navigate")
		r.Header.Set("Sec-Fetch-Dest", dest)
	default:
		r.Header.Set("Sec-Fetch-Dest", dest)
	}
	if g.cookie != nil {
		r.AddCookie(g.cookie)
	}
	w := httptest.NewRecorder()
	g.server.ServeHTTP(w, r)
	return w
}

func TestNothingOfTheHostsRuns(t *testing.T) {
	g := newGuest(t)
	for _, path := range []string{"/", "/index.html", "/404.html", "/s/home.html", "/s/0123456789abcdef/x.html", "/pub/x.html", "/about/privacy.html", "/sw.js", "/anything", "/own/index.html"} {
		w := g.ask(path, "document")
		if strings.Contains(w.Body.String(), theft) || w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Content-Security-Policy"), "script-src 'self'") {
			t.Errorf("%s as a page: %d %.60s", path, w.Code, w.Body)
		}
	}
	for _, path := range []string{"/index.html", "/404.html", "/s/home.html", "/sw.js", "/own/pub/x.html", "/own/head", "/own/assets/x.js"} {
		if w := g.ask(path, "worker"); strings.Contains(w.Body.String(), theft) {
			t.Errorf("%s is the host's for the worker", path)
		}
	}
	for _, dest := range []string{"script", "style", "image", "font", "iframe", "object", "serviceworker", "manifest", ""} {
		for _, path := range []string{"/assets/page.12345678.js", "/pub/x.html", "/head", "/about/privacy.html"} {
			if w := g.ask(path, dest); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), theft) {
				t.Errorf("%s as %q: %d %.60s", path, dest, w.Code, w.Body)
			}
		}
	}
	if len(g.host.asked) > 0 {
		t.Errorf("the host was asked for %v", g.host.asked)
	}
	// The worker gets bytes that are nothing by themselves.
	for _, path := range []string{"/head", "/assets/page.12345678.js", "/pub/x.html", "/about/privacy.html"} {
		w := g.ask(path, "worker")
		h := w.Header()
		if w.Body.String() != theft || h.Get("Content-Type") != "application/octet-stream" || h.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %d %v %.60s", path, w.Code, h, w.Body)
		}
	}
}

func TestOwnPagesAndWorkerAreThisPrograms(t *testing.T) {
	g := newGuest(t)
	assets, err := layouts.Load()
	if err != nil {
		t.Fatal(err)
	}
	if w := g.ask("/sw.js", "serviceworker"); w.Body.String() != string(assets.Reader) || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/javascript") {
		t.Errorf("the worker is another: %v", w.Header())
	}
	if string(assets.Reader) == string(assets.Files["sw.js"]) || assets.Files["open/sw.js"] != nil {
		t.Error("the worker of despatch open is the published one, or would be published")
	}
	page := g.ask("/", "document").Body.String()
	if !strings.Contains(page, "Sign in to schools.northmoor.example") || !strings.Contains(page, assets.Path["shell.js"]) {
		t.Errorf("the sign-in page: %.300s", page)
	}
	if w := g.ask("/"+assets.Path["shell.js"], "script"); w.Code != http.StatusOK || w.Body.String() != string(assets.Files[assets.Path["shell.js"]]) {
		t.Errorf("the script of the sign-in page: %d", w.Code)
	}
}

func TestStrangersAreTurnedAway(t *testing.T) {
	g := newGuest(t)
	for name, spoil := range map[string]func(*http.Request){
		"no cookie":       func(r *http.Request) { r.Header.Del("Cookie") },
		"another cookie":  func(r *http.Request) { r.Header.Set("Cookie", g.cookie.Name+"=x") },
		"rebound name":    func(r *http.Request) { r.Host = "evil.example:8585" },
		"another port":    func(r *http.Request) { r.Host = "localhost:8586" },
		"a post":          func(r *http.Request) { r.Method = http.MethodPost },
		"no port":         func(r *http.Request) { r.Host = "localhost" },
		"from other site": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
	} {
		r := httptest.NewRequest(http.MethodGet, "http://localhost:8585/head", nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Sec-Fetch-Dest", "empty")
		r.AddCookie(g.cookie)
		spoil(r)
		w := httptest.NewRecorder()
		g.server.ServeHTTP(w, r)
		if w.Code < 400 || strings.Contains(w.Body.String(), theft) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if len(g.host.asked) > 0 {
		t.Errorf("the host was asked for %v", g.host.asked)
	}
}

func TestWhatTheHostDoesNotGiveIsTold(t *testing.T) {
	g := newGuest(t)
	for path, want := range map[string]int{"/keys.0000000000000000": http.StatusNotFound, "/keys.1111111111111111": http.StatusBadGateway, "/private/head.key": http.StatusNotFound} {
		if w := g.ask(path, "worker"); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	if slices.Contains(g.host.asked, "private/head.key") {
		t.Error("a path that is none of a tree was asked for")
	}
	defer func() {
		if recover() == nil {
			t.Error("a file without end was taken for a whole one")
		}
	}()
	g.ask("/keys.2222222222222222", "worker")
}
