package preview_test

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/generator/preview"
	"despatch/layouts"
	"despatch/office/demo"
)

const port = 8484

var now = time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC)

// A guest is a browser in front of a preview of the fictional authority.
type guest struct {
	t      *testing.T
	dir    string
	server *preview.Server
	cookie *http.Cookie
}

func newGuest(t *testing.T) *guest {
	t.Helper()
	g := &guest{t: t, dir: filepath.Join(t.TempDir(), "la")}
	if err := demo.CopyContent(g.dir, now); err != nil {
		t.Fatal(err)
	}
	s, err := preview.New(preview.Options{Dir: g.dir, Port: port, Now: func() time.Time { return now }})
	if errors.Is(err, layouts.ErrNotBuilt) {
		t.Fatal("assets are not built: run make assets")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	g.server = s
	return g
}

// enter opens the printed link, as a person does.
func (g *guest) enter() *guest {
	g.t.Helper()
	link, err := url.Parse(g.server.Link())
	if err != nil {
		g.t.Fatal(err)
	}
	w := g.request(http.MethodGet, link.RequestURI(), "localhost:8484")
	for _, c := range w.Result().Cookies() {
		g.cookie = c
	}
	if g.cookie == nil {
		g.t.Fatalf("the link gave no cookie: %d %s", w.Code, w.Body)
	}
	return g
}

func (g *guest) request(method, path, host string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Host = host
	if g.cookie != nil {
		r.AddCookie(g.cookie)
	}
	w := httptest.NewRecorder()
	g.server.ServeHTTP(w, r)
	return w
}

// get gives a page that must be there.
func (g *guest) get(path string) string {
	g.t.Helper()
	w := g.request(http.MethodGet, path, "localhost:8484")
	if w.Code != http.StatusOK {
		g.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

var links = regexp.MustCompile(`href="([0-9a-f]{16}/[0-9a-f]{16}\.html)"`)

// pages are the addresses of the pages that a start page lists.
func (g *guest) pages(start string) []string {
	g.t.Helper()
	var all []string
	for _, m := range links.FindAllStringSubmatch(g.get(start), -1) {
		all = append(all, m[1])
	}
	return all
}

func TestStrangersAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		method, path, host string
		cookie             *http.Cookie
		want               int
	}{
		"no token":          {http.MethodGet, "/", "localhost:8484", nil, http.StatusForbidden},
		"wrong token":       {http.MethodGet, "/?token=00", "localhost:8484", nil, http.StatusForbidden},
		"empty token":       {http.MethodGet, "/?token=", "localhost:8484", nil, http.StatusForbidden},
		"made-up cookie":    {http.MethodGet, "/", "localhost:8484", &http.Cookie{Name: "despatch-preview-8484", Value: "x"}, http.StatusForbidden},
		"assets, no token":  {http.MethodGet, "/all/assets/app.css", "localhost:8484", nil, http.StatusForbidden},
		"changes, no token": {http.MethodGet, "/changes", "localhost:8484", nil, http.StatusForbidden},
		"another name":      {http.MethodGet, "/", "portal.example:8484", nil, http.StatusMisdirectedRequest},
		"another port":      {http.MethodGet, "/", "localhost:80", nil, http.StatusMisdirectedRequest},
		"no port":           {http.MethodGet, "/", "localhost", nil, http.StatusMisdirectedRequest},
		"post":              {http.MethodPost, "/", "localhost:8484", nil, http.StatusMethodNotAllowed},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGuest(t)
			g.cookie = c.cookie
			if w := g.request(c.method, c.path, c.host); w.Code != c.want {
				t.Errorf("%d (want %d)", w.Code, c.want)
			}
		})
	}
	t.Run("the cookie of another process", func(t *testing.T) {
		g, other := newGuest(t), newGuest(t).enter()
		g.cookie = other.cookie
		if w := g.request(http.MethodGet, "/", "localhost:8484"); w.Code != http.StatusForbidden {
			t.Errorf("%d (want 403)", w.Code)
		}
	})
}

func TestLinkBecomesAStrictCookie(t *testing.T) {
	g := newGuest(t).enter()
	if !g.cookie.HttpOnly || g.cookie.SameSite != http.SameSiteStrictMode {
		t.Errorf("cookie %v", g.cookie)
	}
	w := g.request(http.MethodGet, "/?token=abc", "127.0.0.1:8484")
	if to := w.Header().Get("Location"); strings.Contains(to, "token") {
		t.Errorf("the token stays in the address: %s", to)
	}
}

func TestEveryListedPageOpensWithStrictHeaders(t *testing.T) {
	g := newGuest(t).enter()
	seen := 0
	for _, school := range []string{"", "?school=900001", "?school=900002"} {
		for _, page := range g.pages("/all/s/home.html" + school) {
			w := g.request(http.MethodGet, "/all/s/"+page, "localhost:8484")
			if w.Code != http.StatusOK {
				t.Errorf("%s: %d %s", page, w.Code, w.Body)
			}
			h := w.Header()
			if h.Get("Cache-Control") != "no-store" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: headers %v", page, h)
			}
			seen++
		}
	}
	if seen < 10 {
		t.Errorf("only %d pages were listed", seen)
	}
}

func TestDraftsAreShownAndMarked(t *testing.T) {
	g := newGuest(t).enter()
	dir := filepath.Join(g.dir, "content", "visits", "2026", "2026-11-17-dddd-a-draft")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	text := "format: 1\nprofile: focus\nschool: \"900001\"\ndate: 2026-11-17\nfocus: Unspoken focus\nresponsible: Priya Usher\nreport: Words of a draft.\n"
	if err := os.WriteFile(filepath.Join(dir, "visit.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, page := range g.pages("/all/s/home.html?school=900001") {
		if html := g.get("/all/s/" + page); strings.Contains(html, "Words of a draft.") {
			if !strings.Contains(html, "Draft") {
				t.Error("the draft is not marked")
			}
			return
		}
	}
	t.Error("no page shows the draft")
}

func TestSeenAsAPerson(t *testing.T) {
	g := newGuest(t).enter()
	all := g.pages("/all/s/home.html?school=900001")
	accounts, err := filepath.Glob(filepath.Join(g.dir, "content", "accounts", "*.yaml"))
	if err != nil || len(accounts) == 0 {
		t.Fatal("no accounts", err)
	}
	refused := 0
	for _, a := range accounts {
		who := strings.TrimSuffix(filepath.Base(a), ".yaml")
		theirs := g.pages("/" + who + "/s/home.html")
		for _, page := range theirs {
			g.get("/" + who + "/s/" + page)
		}
		for _, page := range all {
			w := g.request(http.MethodGet, "/"+who+"/s/"+page, "localhost:8484")
			if listed := slices.Contains(theirs, page); listed != (w.Code == http.StatusOK) {
				t.Errorf("%s, page %s: listed %v but answered %d", who, page, listed, w.Code)
			}
			if w.Code == http.StatusNotFound {
				refused++
			}
		}
	}
	if refused == 0 {
		t.Error("nobody is refused anything")
	}
	if w := g.request(http.MethodGet, "/zzzzzzzz/s/home.html", "localhost:8484"); w.Code != http.StatusNotFound {
		t.Errorf("a person who is not there: %d", w.Code)
	}
}

func TestProblemsAreShown(t *testing.T) {
	g := newGuest(t).enter()
	name := filepath.Join(g.dir, "content", "groups.yaml")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append(data, "nonsense: <b>1</b>\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	g.server.Reload()
	for _, page := range []string{"/all/s/home.html", "/all/s/check.html"} {
		html := g.get(page)
		if !strings.Contains(html, "content/groups.yaml:") || strings.Contains(html, "<b>1</b>") {
			t.Errorf("%s does not show the problem, or not as text", page)
		}
	}
}

func TestOpenPagesHearOfChanges(t *testing.T) {
	g := newGuest(t).enter()
	g.get("/all/s/home.html")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = "localhost:8484"
		g.server.ServeHTTP(w, r)
	}))
	defer s.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/changes", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(g.cookie)
	answer, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	first := make([]byte, len(": here\n\n"))
	if _, err := io.ReadFull(answer.Body, first); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(g.dir, "despatch.yaml")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append(data, "# a comment\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	g.server.Reload()
	told := make([]byte, len("event: change\n"))
	if _, err := io.ReadFull(answer.Body, told); err != nil || string(told) != "event: change\n" {
		t.Errorf("%q %v", told, err)
	}
}

func TestPreviewWritesNothing(t *testing.T) {
	g := newGuest(t).enter()
	for _, page := range g.pages("/all/s/home.html?school=900001") {
		g.get("/all/s/" + page)
	}
	for _, made := range []string{"public", "cache"} {
		if _, err := os.Stat(filepath.Join(g.dir, made)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s was made: %v", made, err)
		}
	}
}
