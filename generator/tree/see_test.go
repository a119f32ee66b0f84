package tree_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"despatch/generator/tree"
	"despatch/internal/sshsig"
)

func TestSeeNamesWhatIsWrongBeforeAnythingIsOpened(t *testing.T) {
	a := withEveryKind(t)
	host := httptest.NewServer(http.FileServer(http.Dir(a.dir)))
	t.Cleanup(host.Close)
	folder, err := os.OpenRoot(a.dir)
	must(t, err)
	t.Cleanup(func() { folder.Close() })
	root, stranger := a.rootKey(), sshsig.PublicOf(privateKey(99))
	for name, from := range map[string]tree.Source{"folder": tree.InFolder(folder), "host": tree.AtHost(tree.HostClient(time.Minute), host.URL)} {
		for _, known := range []*sshsig.PublicKey{&root, nil} {
			seen, err := tree.See(t.Context(), from, known, tree.VerifyOptions{Now: start})
			must(t, err)
			if len(seen.Findings) > 0 || seen.Root != root || seen.Serial != a.read().Head.Serial {
				t.Errorf("%s: seen %+v", name, seen)
			}
			worker := filepath.Join(a.dir, "sw.js")
			good, err := os.ReadFile(worker)
			must(t, err)
			must(t, os.WriteFile(worker, append(bytes.Clone(good), "theft()"...), 0o644))
			seen, err = tree.See(t.Context(), from, known, tree.VerifyOptions{Now: start})
			must(t, err)
			mustName(t, seen.Findings, "sw.js", tree.Changed)
			must(t, os.Remove(worker))
			seen, err = tree.See(t.Context(), from, known, tree.VerifyOptions{Now: start})
			must(t, err)
			mustName(t, seen.Findings, "sw.js", tree.Missing)
			must(t, os.WriteFile(worker, good, 0o644))
		}
		seen, err := tree.See(t.Context(), from, &root, tree.VerifyOptions{Now: start.AddDate(0, 0, 9)})
		must(t, err)
		mustName(t, seen.Findings, "head", tree.Stale)
		seen, err = tree.See(t.Context(), from, &root, tree.VerifyOptions{Now: start, HighestSerial: 99})
		must(t, err)
		mustName(t, seen.Findings, "head", tree.RolledBack)
		if _, err := tree.See(t.Context(), from, &stranger, tree.VerifyOptions{Now: start}); err == nil {
			t.Errorf("%s: a stranger's root vouches for it", name)
		}
	}
}

func TestHostMayNotSendReadersElsewhere(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("x")) }))
	t.Cleanup(elsewhere.Close)
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/head":
			http.Redirect(w, r, elsewhere.URL+"/head", http.StatusFound)
		case "/index.html":
			http.Redirect(w, r, "/page", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		default:
			w.Write([]byte("page"))
		}
	}))
	t.Cleanup(host.Close)
	from := tree.AtHost(tree.HostClient(time.Minute), host.URL)
	for path, want := range map[string]string{"head": "the host sends readers on to " + elsewhere.URL, "loop": "again and again"} {
		if f, err := from(t.Context(), path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; want %q", path, f, err, want)
		}
	}
	f, err := from(t.Context(), "index.html")
	if err != nil {
		t.Fatalf("on the same host: %v", err)
	}
	must(t, f.Close())
}

func TestReaderForwardsPathsOfATreeOnly(t *testing.T) {
	hash := strings.Repeat("0", 16)
	for path, want := range map[string]bool{
		"head": true, "keys." + hash: true, "manifest/000." + hash: true, "k/" + strings.Repeat("ab", 16) + ".id.age": true,
		"i/" + strings.Repeat("ab", 16) + "." + hash + ".age": true, "pub/sheet-1.html": true, "about/privacy.html": true, "assets/app.1f0c.js": true,
		"index.html": false, "404.html": false, "sw.js": false, "s/home.html": false, "": false, "../head": false, "private/head.key": false, "head/": false,
		"assets/../head": false, "HEAD": false, "b/ab/x.age": false, "keys": false,
	} {
		if tree.Forwards(path) != want {
			t.Errorf("%q: forwarded %v, want %v", path, !want, want)
		}
	}
}
