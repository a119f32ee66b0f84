package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"despatch/internal/sitehost"
)

func treeOf(t *testing.T, files map[string]string) *os.Root {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		full := filepath.Join(dir, "public", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "secret.txt"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(filepath.Join(dir, "public"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func TestDemoHostAnswersLikeACarefulStaticHost(t *testing.T) {
	host := &siteHost{port: 8017, tree: treeOf(t, map[string]string{
		"index.html": "start", "404.html": "nothing here", "head": "despatch-head 1", "sw.js": "worker",
		"s/home.html": "start", "about/privacy.html": "notice", "pub/term-dates-0a1b2c3d.html": "dates", "k/00.id.age": "id", "k/00-11.ring.22.age": "ring",
		"b/3f/3f00.11.age": "sealed", "assets/app.1f0c.css": "style", "assets/font.1f0c.woff2": "font", "manifest/000.aa": "lines",
	})}
	const inPlace, forever = "no-cache", "public, max-age=31536000, immutable"
	for _, tc := range []struct {
		method, host, path string
		status             int
		kind, cache, body  string
	}{
		{"GET", "localhost:8017", "/", 200, "text/html; charset=utf-8", inPlace, "start"},
		{"GET", "127.0.0.1:8017", "/head", 200, "text/plain; charset=utf-8", inPlace, "despatch-head 1"},
		{"HEAD", "localhost:8017", "/sw.js", 200, "text/javascript; charset=utf-8", inPlace, ""},
		{"GET", "localhost:8017", "/s/home.html", 200, "text/html; charset=utf-8", inPlace, "start"},
		{"GET", "localhost:8017", "/about/privacy.html", 200, "text/html; charset=utf-8", inPlace, "notice"},
		{"GET", "localhost:8017", "/pub/term-dates-0a1b2c3d.html", 200, "text/html; charset=utf-8", inPlace, "dates"},
		{"GET", "localhost:8017", "/k/00.id.age", 200, "application/octet-stream", inPlace, "id"},
		{"GET", "localhost:8017", "/k/00-11.ring.22.age", 200, "application/octet-stream", forever, "ring"},
		{"GET", "localhost:8017", "/b/3f/3f00.11.age", 200, "application/octet-stream", forever, "sealed"},
		{"GET", "localhost:8017", "/assets/app.1f0c.css", 200, "text/css; charset=utf-8", forever, "style"},
		{"GET", "localhost:8017", "/assets/font.1f0c.woff2", 200, "font/woff2", forever, "font"},
		{"GET", "localhost:8017", "/manifest/000.aa", 200, "text/plain; charset=utf-8", forever, "lines"},
		{"GET", "localhost:8017", "/s/1f0c2d3e4f506172/0011223344556677.html", 404, "text/html; charset=utf-8", inPlace, "nothing here"},
		{"GET", "localhost:8017", "/b/", 404, "text/html; charset=utf-8", inPlace, "nothing here"},
		{"GET", "localhost:8017", "/b", 404, "text/html; charset=utf-8", inPlace, "nothing here"},
		{"GET", "localhost:8017", "/../secret.txt", 404, "text/html; charset=utf-8", inPlace, "nothing here"},
		{"GET", "localhost:8017", "/%2e%2e/secret.txt", 404, "text/html; charset=utf-8", inPlace, "nothing here"},
		{"GET", "localhost:8017", "//secret.txt", 404, "text/html; charset=utf-8", inPlace, "nothing here"},
		{"POST", "localhost:8017", "/", 405, "text/plain; charset=utf-8", "", "only be read"},
		{"DELETE", "localhost:8017", "/head", 405, "text/plain; charset=utf-8", "", "only be read"},
		{"GET", "evil.example:8017", "/", 421, "text/plain; charset=utf-8", "", "localhost:8017 only"},
		{"GET", "localhost:9000", "/", 421, "text/plain; charset=utf-8", "", "localhost:8017 only"},
		{"GET", "localhost", "/", 421, "text/plain; charset=utf-8", "", "localhost:8017 only"},
		{"GET", "localhost.evil.example:8017", "/", 421, "text/plain; charset=utf-8", "", "localhost:8017 only"},
	} {
		t.Run(tc.method+" "+tc.host+tc.path, func(t *testing.T) {
			r := httptest.NewRequest(tc.method, "http://localhost:8017/", nil)
			path, err := r.URL.Parse("http://localhost:8017" + tc.path)
			if err != nil {
				t.Fatal(err)
			}
			r.URL, r.Host = path, tc.host
			if !strings.Contains(tc.path, "%") {
				r.URL.Path = tc.path
			}
			w := httptest.NewRecorder()
			host.ServeHTTP(w, r)
			if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.body) || strings.Contains(w.Body.String(), "secret") {
				t.Errorf("got %d %q, want %d with %q", w.Code, w.Body, tc.status, tc.body)
			}
			head := w.Header()
			if head.Get("Content-Type") != tc.kind || tc.cache != "" && head.Get("Cache-Control") != tc.cache {
				t.Errorf("got %q, %q, want %q, %q", head.Get("Content-Type"), head.Get("Cache-Control"), tc.kind, tc.cache)
			}
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
				"Cross-Origin-Resource-Policy": "same-origin", "Content-Security-Policy": sitehost.Policy(""),
			} {
				if head.Get(name) != want {
					t.Errorf("%s is %q", name, head.Get(name))
				}
			}
		})
	}
}

func TestLinksOutOfTheTreeAreNotFollowed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret.txt"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	public := filepath.Join(dir, "public")
	if err := os.Mkdir(public, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../secret.txt", filepath.Join(public, "link.txt")); err != nil {
		t.Skipf("this system makes no symbolic links: %v", err)
	}
	root, err := os.OpenRoot(public)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "http://localhost:1/link.txt", nil)
	(&siteHost{tree: root, port: 1}).ServeHTTP(w, r)
	if w.Code != http.StatusNotFound {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
}

func TestDemoTakesTheNextFreePort(t *testing.T) {
	first, port, err := listenLocal(0, "")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	second, next, err := listenLocal(port, "")
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if next <= port || next > port+mostPorts {
		t.Errorf("with %d taken it listens on %d", port, next)
	}
}
