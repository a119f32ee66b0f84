package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// TestATreeIsDeployedToABucketAndReadFromThere: what the bucket serves verifies from
// outside, and a second deploy has nothing to do.
func TestATreeIsDeployedToABucketAndReadFromThere(t *testing.T) {
	l := newLoop(t)
	l.despatch("build")
	backend := s3mem.New()
	must(t, backend.CreateBucket("site"))
	var put sync.Map // the headers that matter, by path
	s3 := gofakes3.New(backend).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			put.Store(strings.TrimPrefix(r.URL.Path, "/site/"), r.Header.Get("Content-Type")+" "+r.Header.Get("Cache-Control"))
		}
		s3.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	to := "s3://site?region=us-east-1&endpoint=" + server.URL
	if _, said := l.try("deploy", to); !strings.Contains(said, "private/bucket-key") {
		t.Errorf("without keys: %s", said)
	}
	must(t, os.WriteFile(filepath.Join(l.dir, "private", "bucket-key"), []byte("key\nsecret\n"), 0o600))
	for name, want := range map[string]string{"s3://site": "names no bucket", "s3://?region=x": "names no bucket", "s3://site/under?region=x": "names no bucket"} {
		if code, said := l.try("deploy", name); code == 0 || !strings.Contains(said, want) {
			t.Errorf("deploy %s: %d %s", name, code, said)
		}
	}
	if said := l.despatch("deploy", to); strings.Contains(said, ": 0 files copied") {
		t.Errorf("the first deploy: %s", said)
	}
	l.despatch("verify", server.URL+"/site")
	if said := l.despatch("deploy", to); !strings.Contains(said, ": 0 files copied, 0 removed") {
		t.Errorf("the second deploy: %s", said)
	}
	for path, want := range map[string]string{"index.html": "text/html; charset=utf-8 no-cache", "sw.js": "text/javascript; charset=utf-8 no-cache"} {
		if got, _ := put.Load(path); got != want {
			t.Errorf("%s is put with %v, want %s", path, got, want)
		}
	}
}
