package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// TestATreeIsDeployedToABucketAndReadFromThere: what the bucket serves verifies from
// outside, and a second deploy has nothing to do.
func TestATreeIsDeployedToABucketAndReadFromThere(t *testing.T) {
	l := newLoop(t)
	backend := s3mem.New()
	must(t, backend.CreateBucket("site"))
	server := httptest.NewServer(gofakes3.New(backend).Server())
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
		o, err := backend.HeadObject("site", path)
		must(t, err)
		if got := o.Metadata["Content-Type"] + " " + o.Metadata["Cache-Control"]; got != want {
			t.Errorf("%s is served with %s, want %s", path, got, want)
		}
	}
}
