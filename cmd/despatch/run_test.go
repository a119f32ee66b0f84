package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"despatch/internal/keyring"
)

// withService gives the loop a service that collects without a passphrase.
func (l *loop) withService() {
	l.t.Helper()
	l.despatch("keys", "--add-service", "night", "--passphrase-file", l.pass)
}

// A running is despatch run in this process, and what it tells.
type running struct {
	t     *testing.T
	told  chan map[string]any
	stop  context.CancelFunc
	ended chan int
}

func (l *loop) running(args ...string) *running {
	l.t.Helper()
	ctx, cancel := context.WithCancel(l.t.Context())
	out, stderr := io.Pipe()
	r := &running{t: l.t, told: make(chan map[string]any, 1000), stop: cancel, ended: make(chan int, 1)}
	go func() {
		r.ended <- run(ctx, append([]string{"-C", l.dir, "run", "--json", "--collect-every", "1s", "--finalise-every", "1s"}, args...), strings.NewReader(""), io.Discard, stderr)
		stderr.Close()
	}()
	go func() {
		defer close(r.told)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var line map[string]any
			if json.Unmarshal(lines.Bytes(), &line) == nil {
				r.told <- line
			}
		}
	}()
	return r
}

// until waits for a line with this message, and where what is said with this too.
func (r *running) until(message, what string) map[string]any {
	r.t.Helper()
	var all []any
	for line := range r.told {
		all = append(all, line)
		text, _ := json.Marshal(line)
		if line["msg"] == message && strings.Contains(string(text), what) {
			return line
		}
	}
	r.t.Fatalf("it ended (%d) without %q %q: %v", <-r.ended, message, what, all)
	return nil
}

// end asks it to end and gives its exit code.
func (r *running) end() int {
	r.stop()
	go func() {
		for range r.told { //nolint:revive // what it still says is of no use
		}
	}()
	return <-r.ended
}

// TestRunDoesWhatNeedsNobody has an answer sent to an office that only despatch run
// looks after: it is collected and published, the portal's copy shows it, a drop-box
// that is away is told once and tried again, and nobody else builds meanwhile.
func TestRunDoesWhatNeedsNobody(t *testing.T) {
	l := newLoop(t)
	l.withService()
	host := filepath.Join(t.TempDir(), "host")
	portal := httptest.NewServer(http.FileServer(http.Dir(host)))
	defer portal.Close()
	l.copied("despatch.yaml", "despatch.yaml", "https://schools.northmoor.example", portal.URL, `published: ""`, `published: "`+host+`"`)
	r := l.running()
	r.until("built", "")
	r.until("deployed", "")
	r.until("seen at the portal", focusVisit)
	if code, said := l.try("build"); code != 1 || !strings.Contains(said, "another despatch is building this folder") {
		t.Errorf("a second one builds too: %d %s", code, said)
	}
	l.sent(l.answer(head, "inaccurate", "Page 3 names another school."))
	if line := r.until("collected", focusVisit); line["answer"] != "inaccurate" || line["school"] != "900001" {
		t.Errorf("it collected %v", line)
	}
	r.until("built", "")
	r.until("deployed", "")
	if page := l.page(head, "Page 3 names another school."); !strings.Contains(page, "Answered: inaccurate") {
		t.Error("the page does not say what was answered")
	}
	l.tell(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	r.until("it is tried again", `"what":"collect"`)
	l.honest()
	r.until("works again", `"what":"collect"`)
	if code := r.end(); code != 0 {
		t.Errorf("asked to end it ended with %d", code)
	}
	theirs, err := os.ReadFile(filepath.Join(host, "head"))
	must(t, err)
	own, err := os.ReadFile(filepath.Join(l.dir, "public", "head"))
	must(t, err)
	if string(theirs) != string(own) {
		t.Error("what is deployed is not what was built")
	}
	if code, said := l.try("verify", host); code != 0 {
		t.Errorf("what is deployed does not verify: %s", said)
	}
}

// TestRunEndsAVisitByItselfOnceItsTimeIsOver has a visit submitted and seen weeks ago:
// the first leaf of the log is later than its deadline.
func TestRunEndsAVisitByItselfOnceItsTimeIsOver(t *testing.T) {
	l := newLoop(t)
	l.withService()
	l.unanswered()
	r := l.running("--no-deploy")
	r.until("finalised", focusVisit)
	r.until("built", "")
	if code := r.end(); code != 0 {
		t.Errorf("asked to end it ended with %d", code)
	}
	var event string
	for name, text := range l.files("events") {
		if strings.Contains(name, "-finalised-") {
			event = text
		}
	}
	for _, want := range []string{"auto: true", "by: despatch run, service night", "says nothing-received"} {
		if !strings.Contains(event, want) {
			t.Errorf("the event lacks %q:\n%s", want, event)
		}
	}
	l.page(head, "Finalised automatically")
}

// TestRunOnceIsForATimer does everything once, and its exit code says whether a person
// is needed. It works as a service, which opens what schools send and nothing else.
func TestRunOnceIsForATimer(t *testing.T) {
	l := newLoop(t)
	if code, said := l.try("run", "--once"); code != 1 || !strings.Contains(said, "despatch keys --add-service NAME") {
		t.Errorf("without a service: %d %s", code, said)
	}
	l.withService()
	l.sent(l.answer(head, "accurate", ""))
	if code, said := l.try("run", "--once", "--no-deploy"); code != 0 || !strings.Contains(said, "msg=collected") {
		t.Fatalf("once: %d %s", code, said)
	}
	l.page(head, "Answered: accurate")
	d := l.answer(head, "inaccurate", "No.")
	d.payload = []byte("inaccurate\n")
	d.slot = strings.Repeat("7f", 32)
	l.sent(d)
	if code, said := l.try("run", "--once", "--no-deploy"); code != 1 || !strings.Contains(said, "kept and not taken") {
		t.Errorf("with something held: %d %s", code, said)
	}
	if _, said := l.try("--clock", time.Now().Add(25*time.Hour).UTC().Format(time.RFC3339), "run", "--once", "--no-deploy"); !strings.Contains(said, "signed again") {
		t.Errorf("a day later its head is not signed again: %s", said)
	}
	l.doctorNamesWhatMends()
	l.serviceOpensInboxesOnly()
}

// doctorNamesWhatMends breaks one thing at a time; a deposit is held throughout, and
// letters lie there.
func (l *loop) doctorNamesWhatMends() {
	t := l.t
	t.Helper()
	file := func(name string) string { return filepath.Join(l.dir, filepath.FromSlash(name)) }
	move := func(from, to string) func() { return func() { must(t, os.Rename(file(from), file(to))) } }
	says := func(name, want string) {
		t.Helper()
		if code, said := l.try("doctor"); code != 1 || !strings.Contains(said, want) {
			t.Errorf("%s: %d, want %q in\n%s", name, code, want, said)
		}
	}
	for _, want := range []string{"well     content", "well     keys", "well     published tree", "well     drop-box", "is kept and not taken", "print and delete"} {
		says("all but a deposit and letters is well", want)
	}
	for _, tt := range []struct {
		name      string
		ill, mend func()
		want      string
	}{
		{"a problem in the content", func() { must(t, os.WriteFile(file("content/accounts/wrong.yaml"), []byte("x: [\n"), 0o644)) }, func() { must(t, os.Remove(file("content/accounts/wrong.yaml"))) }, "despatch check"},
		{"no head key", move("private/head.key", "private/gone"), move("private/gone", "private/head.key"), "from its backup"},
		{"nothing built", move("public", "gone"), move("gone", "public"), "despatch build"},
		{"a file of the tree is gone", move("public/index.html", "gone"), move("gone", "public/index.html"), "missing: index.html"},
		{"a register that was not sent", move("box/sent", "box/gone"), move("box/gone", "box/sent"), "despatch register"},
		{"no key to collect with", move("private/collector.key", "private/gone"), move("private/gone", "private/collector.key"), "collector.key"},
		{"a drop-box that is away", func() {
			l.tell(func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(http.StatusBadGateway); return true })
		}, l.honest, "despatchbox -C DIR doctor"},
	} {
		tt.ill()
		says(tt.name, tt.want)
		tt.mend()
	}
}

// serviceOpensInboxesOnly holds a service's two files to all that the folder keeps
// sealed, and takes them away.
func (l *loop) serviceOpensInboxesOnly() {
	t := l.t
	t.Helper()
	if code, said := l.try("keys", "--remove-service", "day", "--passphrase-file", l.pass); code != 1 || !strings.Contains(said, `no service "day"`) {
		t.Errorf("one that is not there is removed: %d %s", code, said)
	}
	key := filepath.Join(l.dir, "private", "services", "night.key")
	identity, err := os.ReadFile(key)
	must(t, err)
	service, err := keyring.ParseService(identity)
	must(t, err)
	opened := 0
	for name, sealed := range l.files(".") {
		if !strings.HasSuffix(name, ".age") {
			continue
		}
		if _, err := service.Key.Open([]byte(sealed)); err == nil {
			if opened++; name != "private/services/night.age" {
				t.Errorf("a service opens %s", name)
			}
		}
	}
	if opened != 1 {
		t.Errorf("it opens %d files", opened)
	}
	must(t, os.RemoveAll(filepath.Join(l.dir, "vault"))) // it is all there to be opened again
	must(t, os.Chmod(key, 0o644))
	if code, said := l.try("collect", "--service", "night"); code != 1 || !strings.Contains(said, "chmod 600") {
		t.Errorf("a key that others may read is taken: %d %s", code, said)
	}
	elsewhere := filepath.Join(t.TempDir(), "credential")
	must(t, os.WriteFile(elsewhere, identity, 0o400))
	must(t, os.Remove(key))
	if code, said := l.try("collect", "--service", "night", "--service-key", elsewhere); !strings.Contains(said, "of the log read") {
		t.Errorf("with the key lying elsewhere: %d %s", code, said)
	}
	l.despatch("keys", "--remove-service", "night", "--passphrase-file", l.pass)
	if code, said := l.try("collect", "--service", "night", "--service-key", elsewhere); code != 1 {
		t.Errorf("a service that was removed collects: %s", said)
	}
}
