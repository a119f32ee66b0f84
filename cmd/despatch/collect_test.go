package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/internal/buildkeys"
	"despatch/internal/envelope"
	"despatch/internal/keyring"
)

func TestAnAnswerIsCollectedOnceAndFinalised(t *testing.T) {
	l := newLoop(t)
	const comments = "The number on roll is 212, not 221.\n\nPage 3 names another school."
	l.sent(l.answer(head, "inaccurate", comments))
	if _, status, answer := l.send(l.answer(head, "accurate", "")); status != http.StatusConflict || !bytes.Contains(answer, []byte("despatch-receipt 1")) {
		t.Errorf("a second answer is answered with %d %s, want the first one's receipt", status, answer)
	}
	code, said := l.collect()
	if code != 0 || !strings.Contains(said, "responded.yaml\t900001\t"+focusVisit+"\tinaccurate") {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	first := l.files("events")
	var written string
	for name, text := range first {
		if strings.HasSuffix(name, "-responded.yaml") {
			written = text
		}
	}
	if strings.Contains(written, "roll") || !strings.Contains(written, "judgement: inaccurate") {
		t.Errorf("the event holds what was sent, not its hash:\n%s", written)
	}
	must(t, os.RemoveAll(filepath.Join(l.dir, "vault"))) // another officer's machine
	for name := range first {
		if strings.HasSuffix(name, "-responded.yaml") {
			must(t, os.Remove(filepath.Join(l.dir, name)))
		}
	}
	for range 2 {
		if code, said := l.collect(); code != 0 {
			t.Fatalf("collect again: %d\n%s", code, said)
		}
		if !maps.Equal(first, l.files("events")) {
			t.Error("collected again the events differ")
		}
	}
	if said := l.despatch("list", "due"); !strings.Contains(said, "answered: inaccurate") || !strings.Contains(said, "Morgan Ellery") {
		t.Errorf("list due says:\n%s", said)
	}
	l.despatch("finalise", focusVisit, "--reply", "Thank you; it is corrected.")
	l.despatch("build")
	page := l.page(head, "Early reading")
	for _, want := range []string{"Finalised", "Answered: inaccurate", "Morgan Ellery", "The number on roll is 212, not 221.", "Thank you; it is corrected."} {
		if !strings.Contains(page, want) {
			t.Errorf("the school's page does not say %q", want)
		}
	}
}

// TestADepositInPiecesIsCollectedAsAnyOther: an answer is taken; a large file of a
// kind that this program does not know is kept, with the bytes that were sent.
func TestADepositInPiecesIsCollectedAsAnyOther(t *testing.T) {
	l := newLoop(t)
	d := l.answer(head, "accurate", "")
	d.inPieces = true
	l.sent(d)
	large := l.answer(head, "accurate", "")
	large.inPieces, large.env.Kind = true, "a-kind-of-later-years"
	large.payload = bytes.Repeat([]byte("large"), 4<<20)
	large.slot = strings.Repeat("51", 32)
	id := l.sent(large)
	code, said := l.collect()
	if code != 1 || !strings.Contains(said, "responded.yaml\t900001\t"+focusVisit+"\taccurate") {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	kept := l.files("vault")["vault/deposits/"+id[:2]+"/"+id+".age"]
	if sum := sha256.Sum256([]byte(kept)); hex.EncodeToString(sum[:]) != id || len(kept) < 20<<20 {
		t.Errorf("the vault has %d bytes of the large deposit, or others", len(kept))
	}
}

// TestWhatIsNotAsItShouldBeIsKeptAndTold sends deposits each of which is wrong in one
// thing. The drop-box takes them, for it can open none.
func TestWhatIsNotAsItShouldBeIsKeptAndTold(t *testing.T) {
	l := newLoop(t)
	other, err := keyring.NewKey()
	must(t, err)
	ofStranger := l.identity(stranger)
	random := func() string {
		var b [32]byte
		_, err := rand.Read(b[:])
		must(t, err)
		return hex.EncodeToString(b[:])
	}
	tests := []struct {
		name, want string
		change     func(d *deposit)
	}{
		{"sealed to another inbox", "it cannot be opened with the key of any inbox", func(d *deposit) { d.inbox = other.Recipient() }},
		{"meant for another inbox", "for another inbox than the one it came through", func(d *deposit) { d.env.Inbox = envelope.Fingerprint(other.Recipient()) }},
		{"signed by another account", "another account signed it than the one that sent it", func(d *deposit) {
			d.env.Account = hex.EncodeToString(bytes.Repeat([]byte{1}, 16))
		}},
		{"signed by a key that is not the account's", "was not the account's when the log took it", func(d *deposit) { d.signer = ofStranger.Signing }},
		{"meant for another school", "for another school than the one it was sent for", func(d *deposit) { d.env.School = l.keys.Naming.School("900002") }},
		{"about a record that is not there", "a record that content/visits does not have", func(d *deposit) { d.env.Subject = l.keys.Naming.Item("2026-01-01-aaaa-none") }},
		{"of another kind", `a deposit of kind "a-kind-of-later-years"; a newer one may`, func(d *deposit) { d.env.Kind = "a-kind-of-later-years" }},
		{"documents", `through the inbox visits, which takes no deposit of kind "upload"`, func(d *deposit) { d.env.Kind = "upload" }},
		{"a return", `through the inbox visits, which takes no deposit of kind "return"`, func(d *deposit) { d.env.Kind = "return" }},
		{"to the inbox of returns", `through the inbox returns, which takes no deposit of kind "response"`, func(d *deposit) {
			d.inbox = l.inbox("returns")
			d.env.Inbox = envelope.Fingerprint(d.inbox)
		}},
		{"with a form", "it names a form, which", func(d *deposit) { d.env.FormHash = random() }},
		{"with a payload that is none", "line 1 is", func(d *deposit) { d.payload = []byte("accurate\n") }},
		{"from somebody who cannot read it", "did not hold the key of the school's reports", func(d *deposit) { d.slot = random() }},
	}
	for _, tt := range tests {
		d := l.answer(head, "accurate", "")
		d.slot = random() // so that the box takes all of them; what each is told of comes first
		tt.change(d)
		l.sent(d)
	}
	elsewhere := l.answer(stranger, "accurate", "")
	elsewhere.slot = random()
	elsewhere.forWhich, elsewhere.env.School = l.keys.Naming.School("900002"), l.keys.Naming.School("900002")
	l.sent(elsewhere)
	before := l.files("events")
	for range 2 { // it is told each time, until it can be taken
		code, said := l.collect()
		if code != 1 {
			t.Errorf("collect exits with %d", code)
		}
		for _, tt := range tests {
			if !strings.Contains(said, tt.want) {
				t.Errorf("%s: %q is not told in\n%s", tt.name, tt.want, said)
			}
		}
		if want := "it answers a record of another school than its sender's (900002)"; !strings.Contains(said, want) {
			t.Errorf("%q is not told in\n%s", want, said)
		}
	}
	told, made := 0, l.files("events")
	maps.DeleteFunc(made, func(_, text string) bool {
		refused := strings.Contains(text, "\nkind: refused\n")
		if refused {
			told++
		}
		return refused
	})
	if !maps.Equal(before, made) {
		t.Error("an event was made of it that takes it")
	}
	if told != len(tests)+1 {
		t.Errorf("%d senders are told, each once: want %d", told, len(tests)+1)
	}
	if kept := len(l.files("vault/deposits")); kept != len(tests)+1 {
		t.Errorf("%d deposits are kept, want %d", kept, len(tests)+1)
	}
	twice := l.answer(head, "accurate", "")
	l.sent(twice)
	twice.slot = random()
	l.sent(twice)
	if code, said := l.collect(); code != 1 || strings.Count(said, "responded.yaml") != 1 {
		t.Errorf("one submission that came twice: %d\n%s", code, said)
	}
}

func TestCollectRefusesALogThatIsNotTheOneItSaw(t *testing.T) {
	l := newLoop(t)
	_, old, _ := l.ask(http.MethodGet, "/log/checkpoint", "", nil) // of the first leaf, which tells the time only
	l.sent(l.answer(head, "inaccurate", "No."))
	if code, said := l.collect(); code != 0 {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	d := l.answer(governor, "accurate", "") // taken or held: there is something new in the log
	d.slot = hex.EncodeToString(bytes.Repeat([]byte{7}, 32))
	l.sent(d)
	seen := l.files("vault")
	last := slices.Sorted(maps.Keys(l.files("vault/log")))
	newest := strings.TrimLeft(filepath.Base(last[len(last)-1]), "0")
	on := func(path string, answer func(w http.ResponseWriter, honest []byte)) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != path && (path != "deposit" || !strings.HasPrefix(r.URL.Path, "/box/deposits/")) && (path != "next" || !strings.HasPrefix(r.URL.Path, "/box/heads/") || strings.HasSuffix(r.URL.Path, "/"+newest)) {
				return false
			}
			answer(w, l.behind(r))
			return true
		}
	}
	gone := func(w http.ResponseWriter, _ []byte) { w.WriteHeader(http.StatusNotFound) }
	flipped := func(at func([]byte) int) func(http.ResponseWriter, []byte) {
		return func(w http.ResponseWriter, honest []byte) {
			bad := bytes.Clone(honest)
			bad[at(bad)] ^= 1
			_, _ = w.Write(bad)
		}
	}
	for _, tt := range []struct {
		name, want string
		lie        func(http.ResponseWriter, *http.Request) bool
	}{
		{"checkpoint changed", "is not of the log that the keys file names", on("/log/checkpoint", flipped(func(b []byte) int { return bytes.IndexByte(b, '\n') + 1 }))},
		{"rolled back", "the log has gone back", func(w http.ResponseWriter, r *http.Request) bool {
			switch {
			case r.URL.Path == "/log/checkpoint":
				_, _ = w.Write(old)
			case strings.HasPrefix(r.URL.Path, "/box/heads/") && r.URL.Path != "/box/heads/1":
				w.WriteHeader(http.StatusNotFound)
			default:
				return false
			}
			return true
		}},
		{"head gone", "the drop-box no longer has it", on("/box/heads/"+newest, gone)},
		{"head rewritten", "the log was rewritten", on("/box/heads/"+newest, flipped(func(b []byte) int { return bytes.Index(b, []byte("leaf ")) + 6 }))},
		{"part withheld", "withholds a part of its log", on("next", gone)},
		{"leaf changed", "the log's next head is not one", on("next", flipped(func(b []byte) int { return bytes.Index(b, []byte("leaf ")) + 6 }))},
		{"deposit gone", "a deposit that the drop-box does not have", on("deposit", gone)},
		{"deposit changed", "gives other bytes for leaf", on("deposit", flipped(func(b []byte) int { return len(b) - 1 }))},
	} {
		l.tell(tt.lie)
		code, said := l.collect()
		l.honest()
		if code != 1 || !strings.Contains(said, tt.want) || !strings.Contains(said, "hint: nothing of it was taken") {
			t.Errorf("%s: %d, want %q\n%s", tt.name, code, tt.want, said)
		}
		if !maps.Equal(seen, l.files("vault")) {
			t.Fatalf("%s: something was taken", tt.name)
		}
	}
	if code, said := l.collect(); code != 1 || !strings.Contains(said, "is kept and not taken") {
		t.Errorf("once it is honest again: %d\n%s", code, said)
	}
	l.tell(on("/log/checkpoint", func(w http.ResponseWriter, _ []byte) { _, _ = w.Write(old) }))
	if code, said := l.collect(); code != 1 || !strings.Contains(said, "0 leaves of the log read") {
		t.Errorf("a checkpoint that lies behind the heads: %d\n%s", code, said)
	}
}

// behind gives what the box itself answers.
func (l *loop) behind(r *http.Request) []byte {
	own := l.lie.Swap(nil)
	defer l.lie.Store(own)
	w := httptest.NewRecorder()
	_, text, _ := l.ask(r.Method, r.URL.Path, r.Header.Get("Cookie"), nil)
	_, _ = w.Write(text)
	return w.Body.Bytes()
}

// TestStockToolsOpenWhatWasSent opens a deposit as the store of the box holds it with
// the authority's inbox key, and verifies who wrote it.
func TestStockToolsOpenWhatWasSent(t *testing.T) {
	age, err := filepath.Abs("../../.tools/age")
	must(t, err)
	if _, err := os.Stat(age); err != nil {
		t.Fatal("stock age is not there: run scripts/need.sh age")
	}
	l := newLoop(t)
	d := l.answer(head, "inaccurate", "Page 3 names another school.")
	id := l.sent(d)
	dir := t.TempDir()
	inbox := filepath.Join(dir, "inbox.txt")
	must(t, os.WriteFile(inbox, l.inboxes(), 0o600))
	var stored string
	must(t, filepath.WalkDir(l.dirs.box, func(name string, e os.DirEntry, err error) error {
		if data, e := os.ReadFile(name); e == nil && bytes.HasPrefix(data, []byte("age-encryption.org/v1\n")) {
			stored = name
		}
		return err
	}))
	sum, err := exec.Command("sha256sum", stored).Output()
	if err != nil || !strings.HasPrefix(string(sum), id) {
		t.Fatalf("sha256sum says %s (%v), the receipt %s", sum, err, id)
	}
	plain, err := exec.Command(age, "-d", "-i", inbox, stored).Output()
	must(t, err)
	text, rest, _ := bytes.Cut(plain, []byte("-----BEGIN SSH SIGNATURE-----\n"))
	sig, payload, _ := bytes.Cut(rest, []byte("-----END SSH SIGNATURE-----\n"))
	if got := bytes.TrimRight(payload, "\x00"); !bytes.Equal(got, d.payload) {
		t.Errorf("age opens %q, sent was %q", got, d.payload)
	}
	sigFile, allowed := filepath.Join(dir, "sig"), filepath.Join(dir, "allowed")
	must(t, os.WriteFile(sigFile, slices.Concat([]byte("-----BEGIN SSH SIGNATURE-----\n"), sig, []byte("-----END SSH SIGNATURE-----\n")), 0o600))
	must(t, os.WriteFile(allowed, []byte("head "+d.from.SigningKey().String()+"\n"), 0o600))
	c := exec.Command("ssh-keygen", "-Y", "verify", "-f", allowed, "-I", "head", "-n", "despatch-envelope", "-s", sigFile)
	c.Stdin = bytes.NewReader(text)
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("ssh-keygen: %v\n%s", err, out)
	}
}

// inboxes are the identities of the inboxes as an officer's key opens them: an age
// identity file.
func (l *loop) inboxes() []byte {
	l.t.Helper()
	pass, err := os.ReadFile(l.pass)
	must(l.t, err)
	typed, err := keyring.ParseTyped(strings.TrimSpace(string(pass)))
	must(l.t, err)
	officers, err := os.ReadDir(filepath.Join(l.dir, "private", "officers"))
	must(l.t, err)
	sealed, err := os.ReadFile(filepath.Join(l.dir, "private", "officers", officers[0].Name()))
	must(l.t, err)
	officer, err := keyring.OpenOfficer(sealed, typed)
	must(l.t, err)
	bundle, err := os.ReadFile(filepath.Join(l.dir, filepath.FromSlash(buildkeys.BundlePath(buildkeys.Inboxes))))
	must(l.t, err)
	plain, err := officer.Key.Open(bundle)
	must(l.t, err)
	return plain
}

// TestAVisitIsFinalisedBySilenceOnlyWhenThatIsCertain moves the clock beyond the
// deadline and takes away, one after another, all that keeps silence from being
// certain.
func TestAVisitIsFinalisedBySilenceOnlyWhenThatIsCertain(t *testing.T) {
	l := newLoop(t)
	long := []string{"--clock", time.Now().AddDate(0, 0, 40).UTC().Format(time.RFC3339)}
	silent := func(clock ...string) (int, string) { return l.try(append(clock, "finalise", "--silent")...) }
	if code, said := silent(); code != 0 || said != "" {
		t.Errorf("within the school's time: %d\n%s", code, said)
	}
	if code, said := silent(long...); code != 1 || !strings.Contains(said, "nobody has noted that the school could read it") {
		t.Errorf("not seen from outside: %d\n%s", code, said)
	}
	if code, said := l.try("verify", filepath.Join(l.dir, "public"), "--seen"); code != 1 {
		t.Errorf("seen before it was built: %d\n%s", code, said)
	}
	l.despatch("build")
	other := filepath.Join(t.TempDir(), "host")
	must(t, os.CopyFS(other, os.DirFS(filepath.Join(l.dir, "public"))))
	l.despatch("publish", "fire-safety")
	l.despatch("build")
	if code, said := l.try("verify", other, "--seen"); code != 1 || !strings.Contains(said, "rollback: head") {
		t.Errorf("a host that shows an earlier head: %d\n%s", code, said)
	}
	if said := l.despatch("verify", filepath.Join(l.dir, "public"), "--seen"); strings.Count(said, "-seen-") != 2 {
		t.Errorf("two visits can be read now:\n%s", said)
	}
	if said := l.despatch("verify", filepath.Join(l.dir, "public"), "--seen"); strings.Contains(said, "-seen-") {
		t.Errorf("they are noted again:\n%s", said)
	}
	d := l.answer(head, "inaccurate", "No.")
	d.payload = []byte("inaccurate\n")
	d.slot = strings.Repeat("7f", 32)
	l.sent(d)
	l.collect()
	if code, said := silent(long...); code != 1 || !strings.Contains(said, "the drop-box's log was not collected beyond the end of") {
		t.Errorf("not collected beyond the deadline: %d\n%s", code, said)
	}
	collector, err := (&env{Dir: l.dir}).collector(nil)
	must(t, err)
	silence, err := collector.Silence()
	must(t, err)
	if leaf, ok := silence.Later(time.Now().Add(-time.Hour)); !ok || leaf != 0 {
		t.Errorf("the first leaf of the last hour is %d (%v), want the log's first", leaf, ok)
	}
	if _, ok := silence.Later(time.Now().Add(time.Hour)); ok || silence.Err() != nil {
		t.Errorf("there is a leaf of the next hour (%v)", silence.Err())
	}
	if held := silence.Held("900001", time.Now().Add(time.Hour)); !strings.Contains(held, "line 1 is") {
		t.Errorf("what the school sent is not held: %q", held)
	}
	if held := silence.Held("900002", time.Now().Add(time.Hour)) + silence.Held("900001", time.Now().Add(-time.Hour)); held != "" {
		t.Errorf("another school, or an earlier moment, is held back: %q", held)
	}
}

// unanswered submits the focus visit alone, has it seen, and collects: nothing came.
func (l *loop) unanswered() {
	l.t.Helper()
	for name := range l.files("events") {
		must(l.t, os.Remove(filepath.Join(l.dir, filepath.FromSlash(name))))
	}
	l.despatch("--clock", "2026-11-04T10:00:00Z", "submit", focusVisit)
	l.despatch("--clock", "2026-11-04T10:10:00Z", "build")
	l.despatch("--clock", "2026-11-04T10:20:00Z", "verify", filepath.Join(l.dir, "public"), "--seen")
	if code, said := l.collect(); code != 0 {
		l.t.Fatalf("collect: %d\n%s", code, said)
	}
}

// TestSilenceIsSignedWithItsPlaceInTheLog ends a visit to which nothing was received:
// anybody can check the statement, and only as it was made (row M3).
func TestSilenceIsSignedWithItsPlaceInTheLog(t *testing.T) {
	l := newLoop(t)
	l.unanswered()
	file := strings.TrimSpace(l.despatch("finalise", "--silent"))
	said := l.despatch("verify-statement", filepath.Join(l.dir, file))
	for _, want := range []string{"the statement is good", "visit    " + focusVisit, "school   900001", "nothing was received by the end of Wednesday 18 November 2026", "leaf 0 of the log of " + l.box} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said in\n%s", want, said)
		}
	}
	event, err := os.ReadFile(filepath.Join(l.dir, file))
	must(t, err)
	alone := filepath.Join(t.TempDir(), "statement.txt")
	must(t, os.WriteFile(alone, inEvent(event), 0o644))
	published, err := filepath.Glob(filepath.Join(l.dir, "public", "keys.*"))
	must(t, err)
	root := filepath.Join(l.dir, "public-keys", "root.pub")
	l.despatch("verify-statement", alone, "--keys", published[0], "--root", root)
	for name, change := range map[string][2]string{
		"another visit": {"visit " + focusVisit, "visit 2026-11-03-k7q2-early-readinx"}, "another day": {"respond-by 2026-11-18", "respond-by 2026-11-19"}, "another leaf": {"index 0", "index 1"},
	} {
		bad := filepath.Join(t.TempDir(), "bad.txt")
		must(t, os.WriteFile(bad, bytes.Replace(inEvent(event), []byte(change[0]), []byte(change[1]), 1), 0o644))
		if code, said := l.try("verify-statement", bad); code != 1 || !strings.Contains(said, "is not a good statement") {
			t.Errorf("%s: %d\n%s", name, code, said)
		}
	}
	l.despatch("build")
	if page := l.page(head, "Finalised automatically"); !strings.Contains(page, "despatch-statement 1") || !strings.Contains(page, "BEGIN SSH SIGNATURE") {
		t.Error("the school's page does not show the statement")
	}
}
