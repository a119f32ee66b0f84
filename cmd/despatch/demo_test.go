package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"despatch/internal/buildkeys"
	"despatch/layouts"
	"despatch/office/demo"
	"despatch/office/desk"
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

// TestDemoTakesAnAnswerAndShowsIt answers a visit of the demonstration as a browser
// does, and waits until the site shows it, also when it is started a second time.
func TestDemoTakesAnAnswerAndShowsIt(t *testing.T) {
	if _, err := layouts.Load(); errors.Is(err, layouts.ErrNotBuilt) {
		t.Skip(err) // make test builds them first
	}
	program, err := boxProgram()
	must(t, err)
	dir := demoFolder(t)
	first := startDemo(t, dir, "--despatchbox", program)
	if !strings.Contains(first.said, "What schools send is collected twice a second.") {
		t.Fatalf("it says %q", first.said)
	}
	l, head := demoLoop(t, dir, first.address)
	l.sent(l.answer(head, "inaccurate", "Page 3 names another school."))
	if line := <-first.errors; !strings.Contains(line, "built again") {
		t.Errorf("after an answer it says %q", line)
	}
	if page := l.page(head, "Page 3 names another school."); !strings.Contains(page, "Answered: inaccurate") {
		t.Error("the page does not say what was answered")
	}
	first.stop(t)
	second := startDemo(t, dir, "--despatchbox", program)
	defer second.stop(t)
	if second.address != first.address {
		t.Errorf("the second time it is at %s, and its drop-box was made for %s", second.address, first.address)
	}
	if _, status, answer := l.send(l.answer(head, "accurate", "")); status != http.StatusConflict {
		t.Errorf("the drop-box forgot the answer: %d %s", status, answer)
	}
}

// demoMade is set where this process has made a demonstration.
var demoMade sync.Once

// demoFolder is a demonstration of its own, a copy of one that is made once for all
// tests: it takes ten seconds to make so many people's keys.
func demoFolder(t *testing.T) string {
	t.Helper()
	made := filepath.Join(boxFolder(), "demo")
	demoMade.Do(func() { despatch(t, "init", "--demo", made) })
	dir := filepath.Join(t.TempDir(), "northmoor")
	must(t, exec.Command("cp", "-a", made, dir).Run()) // with the rights of each file
	return dir
}

// demoLoop is the demonstration as a loop: the first visit that awaits an answer of
// Fernside, whose Headteacher's account code it gives.
func demoLoop(t *testing.T, dir, address string) (l *loop, head string) {
	t.Helper()
	l = &loop{t: t, dir: dir, box: address, words: make(map[string]string), school: "900001"}
	signIns, err := demo.ReadSignIns(dir)
	must(t, err)
	for _, s := range signIns {
		code := strings.ReplaceAll(s.Code, "-", "")
		l.words[code] = s.Passphrase
		if slices.Contains(s.Roles, "headteacher") && slices.Contains(s.Schools, l.school) {
			head = code
		}
	}
	l.keys, err = buildkeys.Load(dir)
	must(t, err)
	var dues []desk.Due
	must(t, json.Unmarshal([]byte(l.command("-C", dir, "list", "due", "--json")), &dues))
	for _, d := range dues {
		if d.Kind == "visit" && strings.HasPrefix(d.For, l.school) && d.Answer == "none yet" {
			l.visit = d.Record
		}
	}
	if l.visit == "" || head == "" {
		t.Fatalf("the demonstration has no visit that awaits an answer of %s, or no Headteacher (%q): %v", l.school, head, dues)
	}
	return l, head
}

// A runningDemo is despatch demo in this process.
type runningDemo struct {
	address, said string
	errors        chan string
	cancel        context.CancelFunc
	ended         chan int
}

func startDemo(t *testing.T, dir string, flags ...string) *runningDemo {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, stdout := io.Pipe()
	complaints, stderr := io.Pipe()
	d := &runningDemo{errors: make(chan string, 100), cancel: cancel, ended: make(chan int, 1)}
	go func() {
		d.ended <- run(ctx, append([]string{"demo", dir, "--port", "0"}, flags...), strings.NewReader(""), stdout, stderr)
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
			go func() { _, _ = io.Copy(io.Discard, out) }() // what is collected is printed too
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
