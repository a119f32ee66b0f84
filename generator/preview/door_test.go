package preview_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ask sends a request target as it stands, however odd.
func (g *guest) ask(target string) *httptest.ResponseRecorder {
	path, query, _ := strings.Cut(target, "?")
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Host, r.URL.Path, r.URL.RawQuery = "localhost:8484", path, query
	r.AddCookie(g.cookie)
	w := httptest.NewRecorder()
	g.server.ServeHTTP(w, r)
	return w
}

func TestTheLinkLeadsNowhereElse(t *testing.T) {
	g := newGuest(t).enter()
	_, token, _ := strings.Cut(g.server.Link(), "?")
	for _, path := range []string{"//evil.example/x", "/\\evil.example/x", "///evil.example", "/\\/evil.example", "//evil.example/../x"} {
		for name, query := range map[string]string{"with a cookie": "token=x", "with the token": token} {
			w := g.ask(path + "?" + query)
			if name == "with the token" {
				stranger := &guest{t: t, server: g.server, cookie: &http.Cookie{Name: "other", Value: "x"}}
				w = stranger.ask(path + "?" + query)
			}
			to := w.Header().Get("Location") + strings.TrimPrefix(w.Header().Get("Refresh"), "0; url=")
			if len(to) < 2 || to[0] != '/' || strings.ContainsAny(to[1:2], `/\`) {
				t.Errorf("%s: %s leads to %q (%d)", name, path, to, w.Code)
			}
		}
	}
}

func TestNothingOfTheFolderButWhatAPageListsIsReachable(t *testing.T) {
	g := newGuest(t).enter()
	for name, text := range map[string]string{"private/head.key": "SECRETWORD", ".git/config": "SECRETWORD", "content/.hidden": "SECRETWORD", "vault/x": "SECRETWORD"} {
		full := filepath.Join(g.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{
		"/private/head.key", "/all/private/head.key", "/all/../private/head.key", "/all/s/../../private/head.key", "/all/assets/../../private/head.key",
		"/../private/head.key", "/all/s/x/../../../private/head.key", "/.git/config", "/all/.git/config", "/all/content/.hidden", "/all//private/head.key",
		"/all/s/%2e%2e/private/head.key", "/all/s/..\\..\\private\\head.key", "/vault/x", "/despatch.yaml", "/all/despatch.yaml", "/all/content/groups.yaml", "/public/head", "/all/\x00",
	} {
		w := g.ask(path)
		if w.Code == http.StatusOK || strings.Contains(w.Body.String(), "SECRETWORD") {
			t.Errorf("%q: %d %.80s", path, w.Code, w.Body)
		}
	}
}

func TestComposedPagesFindTheirStylesAndTheirPerson(t *testing.T) {
	g := newGuest(t).enter()
	page := g.ask("/all/s/home.html").Body.String()
	_, rest, ok := strings.Cut(page, `rel="stylesheet" href="`)
	if !ok {
		t.Fatalf("the page has no styles: %.300s", page)
	}
	style, _, _ := strings.Cut(rest, `"`)
	if w := g.ask(style); w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") {
		t.Errorf("%s: %d %s", style, w.Code, w.Header().Get("Content-Type"))
	}
	if w := g.ask("/s/home.html"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/all/s/home.html" {
		t.Errorf("a link from the origin's root: %d to %q", w.Code, w.Header().Get("Location"))
	}
}
