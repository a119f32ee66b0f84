package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"despatch/internal/sshsig"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// rootFile writes the public key of the authority's root.
func rootFile(t testing.TB) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "root.pub")
	must(t, os.WriteFile(name, []byte(sshsig.PublicOf(seed(1)).String()+"\n"), 0o644))
	return name
}

// command runs the program in this process.
func command(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(ctx, args, &out, &err)
	return code, out.String(), err.String()
}

// newBox makes a box in a folder and gives the folder.
func newBox(t testing.TB, origin string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "box")
	code, stdout, stderr := command(t.Context(), "init", dir, "--origin", origin, "--root", rootFile(t))
	if code != 0 {
		t.Fatalf("init: %d %s", code, stderr)
	}
	lines := strings.Split(stdout, "\n")
	if len(lines) != 4 || lines[0] != "box "+origin || !strings.HasPrefix(lines[1], "log ") || !strings.HasPrefix(lines[2], "receipt ssh-ed25519 ") {
		t.Fatalf("init printed %q", stdout)
	}
	return dir
}

func TestInitMakesABoxOnce(t *testing.T) {
	dir := newBox(t, "https://box.northmoor.example")
	for _, name := range []string{"keys/log.key", "keys/receipt.key", "keys/cookie-000001.key"} {
		info, err := os.Stat(filepath.Join(dir, name))
		must(t, err)
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s may be read by others", name)
		}
	}
	before, err := os.ReadFile(filepath.Join(dir, "keys/log.key"))
	must(t, err)
	if code, _, stderr := command(t.Context(), "init", dir, "--origin", "https://box.northmoor.example", "--root", rootFile(t)); code != 1 || !strings.Contains(stderr, "is there already") {
		t.Errorf("a second init: %d %s", code, stderr)
	}
	after, err := os.ReadFile(filepath.Join(dir, "keys/log.key"))
	must(t, err)
	if !bytes.Equal(before, after) {
		t.Error("a second init changed the keys")
	}
	if code, _, stderr := command(t.Context(), "-C", dir, "begin"); code != 1 || !strings.Contains(stderr, "holds a log already") {
		t.Errorf("begin in a store with a log: %d %s", code, stderr)
	}
	if code, stdout, stderr := command(t.Context(), "-C", dir, "rotate-cookies"); code != 0 || !strings.Contains(stdout, "cookie key 2 is used from ") {
		t.Errorf("rotate-cookies: %d %s %s", code, stdout, stderr)
	}
	if code, _, stderr := command(t.Context(), "-C", dir, "rotate-cookies", "--in", "1s"); code != 1 || !strings.Contains(stderr, "cannot be used from") {
		t.Errorf("a cookie key before the newest: %d %s", code, stderr)
	}
}

func TestCommandsRefuseWithWhatToDo(t *testing.T) {
	root := rootFile(t)
	dir := newBox(t, "https://box.northmoor.example")
	conf := filepath.Join(dir, "box.yaml")
	good, err := os.ReadFile(conf)
	must(t, err)
	with := func(text string) string {
		must(t, os.WriteFile(conf, []byte(text), 0o644))
		return dir
	}
	for _, c := range []struct {
		name, conf, want string
		code             int
		args             []string
	}{
		{"no box", "", "despatchbox init DIR", 1, []string{"-C", t.TempDir(), "serve"}},
		{"no origin", "", "--origin", 2, []string{"init", filepath.Join(dir, "x"), "--root", root}},
		{"an origin with a path", "", "--origin", 2, []string{"init", filepath.Join(dir, "x"), "--origin", "https://a.example/b", "--root", root}},
		{"no root", "", "--root", 2, []string{"init", filepath.Join(dir, "x"), "--origin", "https://a.example"}},
		{"a root that is none", "", "not a public key", 1, []string{"init", filepath.Join(dir, "x"), "--origin", "https://a.example", "--root", conf}},
		{"an unknown command", "", "unknown command", 2, []string{"sevre"}},
		{"an unknown flag", "", "--help", 2, []string{"serve", "--sit", "x"}},
		{"an argument too many", "", "usage:", 2, []string{"serve", "x"}},
		{"an unknown key", string(good) + "lisen: x\n", "lisen", 1, []string{"-C", dir, "serve"}},
		{"a newer format", "format: 2\norigin: https://box.northmoor.example\n", "newer", 1, []string{"-C", dir, "serve"}},
		{"another origin form", "format: 1\norigin: box\n", "origin", 1, []string{"-C", dir, "serve"}},
		{"site and portal", string(good) + "site: x\nportal: https://p.example\n", "not both", 1, []string{"-C", dir, "serve"}},
		{"a proxy that is no range", string(good) + "proxies: [here]\n", "range of addresses", 1, []string{"-C", dir, "serve"}},
		{"half of tls", string(good) + "tls:\n  certificate: x\n  key: \"\"\n", "tls wants", 1, []string{"-C", dir, "serve"}},
		{"no upload at all", string(good) + "largest-upload: 4\n", "largest-upload is 4 (want MiB, from 8 to 65536)", 1, []string{"-C", dir, "serve"}},
		{"a bucket without name", string(good) + "bucket:\n  region: x\n  name: \"\"\n  credentials: y\n", "bucket wants", 1, []string{"-C", dir, "serve"}},
		{"a site that is not there", "", "look at the site", 1, []string{"-C", dir, "serve", "--store-may-forget", "--site", filepath.Join(dir, "nowhere")}},
		{"another box's log", "format: 1\norigin: https://other.northmoor.example\n", "open the log", 1, []string{"-C", dir, "serve", "--store-may-forget"}},
	} {
		if c.conf == "" {
			c.conf = string(good)
		}
		with(c.conf)
		code, _, stderr := command(t.Context(), c.args...)
		if code != c.code || !strings.Contains(stderr, c.want) || !strings.HasPrefix(stderr, "despatchbox: error: ") {
			t.Errorf("%s: %d, want %d with %q\n%s", c.name, code, c.code, c.want, stderr)
		}
	}
	with(string(good))
	must(t, os.Chmod(filepath.Join(dir, "keys", "log.key"), 0o644))
	if code, _, stderr := command(t.Context(), "-C", dir, "serve"); code != 1 || !strings.Contains(stderr, "chmod 600") {
		t.Errorf("a key that others may read: %d %s", code, stderr)
	}
}
