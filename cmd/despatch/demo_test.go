package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"despatch/layouts"
)

// TestDemoServesKeepsAndBuildsAgain goes through despatch demo as a person does:
// start, read, change a file, stop, start again.
func TestDemoServesKeepsAndBuildsAgain(t *testing.T) {
	if _, err := layouts.Load(); errors.Is(err, layouts.ErrNotBuilt) {
		t.Skip(err) // make test builds them first
	}
	dir := filepath.Join(t.TempDir(), "northmoor")
	first := startDemo(t, dir)
	head := first.get(t, "/head")
	if !strings.HasPrefix(head, "despatch-head 1\n") || !strings.Contains(first.get(t, "/"), "<html") {
		t.Fatalf("the site is not there: %.80q", head)
	}
	for _, want := range []string{"Morgan Ellery, headteacher", "account code", "passphrase", "All 27 sign-ins", "Press Ctrl-C"} {
		if !strings.Contains(first.said, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	news := filepath.Join(dir, "content", "news")
	if err := os.RemoveAll(news); err != nil {
		t.Fatal(err)
	}
	if line := <-first.errors; !strings.Contains(line, "built again, serial 2") {
		t.Errorf("after a change it says %q", line)
	}
	if first.get(t, "/head") == head {
		t.Error("the head is the old one")
	}
	first.stop(t)
	signIns, err := os.ReadFile(filepath.Join(dir, "private", "demo-accounts.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	second := startDemo(t, dir)
	defer second.stop(t)
	again, err := os.ReadFile(filepath.Join(dir, "private", "demo-accounts.tsv"))
	if err != nil || string(again) != string(signIns) {
		t.Errorf("a second run changed the sign-ins (%v)", err)
	}
	if _, err := os.Stat(news); err == nil {
		t.Error("a second run brought back what was removed")
	}
}

// A runningDemo is despatch demo in this process.
type runningDemo struct {
	address, said string
	errors        chan string
	cancel        context.CancelFunc
	ended         chan int
}

func startDemo(t *testing.T, dir string) *runningDemo {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, stdout := io.Pipe()
	complaints, stderr := io.Pipe()
	d := &runningDemo{errors: make(chan string, 100), cancel: cancel, ended: make(chan int, 1)}
	go func() {
		d.ended <- run(ctx, []string{"demo", dir, "--port", "0"}, strings.NewReader(""), stdout, stderr)
		stdout.Close()
		stderr.Close()
	}()
	go func() {
		lines := bufio.NewScanner(complaints)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "built again") || strings.Contains(lines.Text(), "error") {
				d.errors <- lines.Text()
			}
		}
	}()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		d.said += lines.Text() + "\n"
		if strings.Contains(lines.Text(), "Ctrl-C") {
			d.address = regexp.MustCompile(`http://localhost:\d+`).FindString(d.said)
			return d
		}
	}
	t.Fatalf("it ended (%d) and said %q, %q", <-d.ended, d.said, <-d.errors)
	return nil
}

func (d *runningDemo) get(t *testing.T, path string) string {
	t.Helper()
	r, err := http.Get(d.address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (d *runningDemo) stop(t *testing.T) {
	t.Helper()
	d.cancel()
	if code := <-d.ended; code != 0 {
		t.Errorf("it ended with exit code %d", code)
	}
}
