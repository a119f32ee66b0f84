package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"despatch/generator/page"
	"despatch/generator/source"
	"despatch/generator/tree"
	"despatch/internal/buildkeys"
	"despatch/internal/envelope"
	"despatch/internal/keyring"
	"despatch/internal/naming"
	"despatch/internal/response"
	"despatch/internal/signin"
	"despatch/internal/sshsig"
	"despatch/records/access"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// boxProgram builds the drop-box once: it is a program of its own, which nothing
// here imports.
var boxProgram = sync.OnceValues(func() (string, error) {
	name := filepath.Join(boxFolder(), "despatchbox")
	out, err := exec.Command("go", "build", "-o", name, "despatch/cmd/despatchbox").CombinedOutput()
	if err != nil {
		return "", &fs.PathError{Op: string(out), Path: name, Err: err}
	}
	return name, nil
})

// officeProgram builds this program, for tests that end it from outside.
var officeProgram = sync.OnceValues(func() (string, error) {
	name := filepath.Join(boxFolder(), "despatch")
	out, err := exec.Command("go", "build", "-o", name, ".").CombinedOutput()
	if err != nil {
		return "", &fs.PathError{Op: string(out), Path: name, Err: err}
	}
	return name, nil
})

// boxFolder is where boxProgram builds, in this process alone.
func boxFolder() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("despatchbox-%d", os.Getpid()))
}

// A loop is an authority with a drop-box: testdata's, with a second school, and the
// box behind a door that a test may have lie.
type loop struct {
	t     *testing.T
	dir   string            // the authority's folder
	pass  string            // file with the officer's passphrase
	words map[string]string // everybody's passphrase, by account code
	keys  *buildkeys.Keys
	lie   atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
	box   string // its origin
	// sessions are cookies by account code.
	sessions map[string]string
	// visit is what answers are about, and school whose it is.
	visit, school string
	dirs          struct{ box string }
	serving       *os.Process // the box
}

const (
	focusVisit = "2026-11-03-k7q2-early-reading"
	head       = "7KQ2M9XD" // the Headteacher of 900001
	governor   = "8KQ2M9XD" // of 900001 too, who may read no report
	stranger   = "9KQ2M9XD" // the Headteacher of 900002
)

func newLoop(t *testing.T) *loop {
	t.Helper()
	l := newEnrolled(t)
	program, err := boxProgram()
	must(t, err)
	var to atomic.Pointer[httputil.ReverseProxy]
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if lie := l.lie.Load(); lie != nil && (*lie)(w, r) {
			return
		}
		to.Load().ServeHTTP(w, r)
	}))
	t.Cleanup(door.Close)
	l.box = door.URL
	l.dirs.box = filepath.Join(t.TempDir(), "box")
	lines, err := exec.Command(program, "init", l.dirs.box, "--origin", l.box, "--root", filepath.Join(l.dir, "public-keys", "root.pub")).Output()
	must(t, err)
	address := l.serve(program)
	to.Store(httputil.NewSingleHostReverseProxy(address))
	named := filepath.Join(t.TempDir(), "lines.txt")
	must(t, os.WriteFile(named, lines, 0o644))
	l.despatch("keys", "--box", named, "--passphrase-file", l.pass)
	l.despatch("register")
	l.keys, err = buildkeys.Load(l.dir)
	must(t, err)
	l.despatch("submit", focusVisit)
	return l
}

// newEnrolled is an authority with everybody's keys, and no drop-box.
func newEnrolled(t *testing.T) *loop {
	t.Helper()
	enrolled.Do(func() {
		must(t, os.MkdirAll(boxFolder(), 0o700))
		first := &loop{t: t, dir: filepath.Join(boxFolder(), "la"), pass: filepath.Join(boxFolder(), "pass"), words: make(map[string]string)}
		first.enrol()
		enrolled.words = first.words
	})
	l := &loop{t: t, dir: filepath.Join(t.TempDir(), "la"), pass: filepath.Join(boxFolder(), "pass"), words: enrolled.words, visit: focusVisit, school: "900001"}
	must(t, exec.Command("cp", "-a", filepath.Join(boxFolder(), "la"), l.dir).Run()) // with the rights of each file
	return l
}

// enrolled is the authority with everybody's keys, made once for all loops, which begin
// with a copy of it.
var enrolled struct {
	sync.Once
	words map[string]string
}

// enrol makes the authority, its keys and its people's.
func (l *loop) enrol() {
	l.t.Helper()
	said := l.command("init", "--print", "--name", "Northmoor County Council", "--code", "999", l.dir)
	must(l.t, os.WriteFile(l.pass, []byte(strings.TrimSpace(said)+"\n"), 0o600))
	must(l.t, os.RemoveAll(filepath.Join(l.dir, "content")))
	must(l.t, os.Remove(filepath.Join(l.dir, "despatch.yaml")))
	must(l.t, os.CopyFS(l.dir, os.DirFS("testdata/authority")))
	l.copied("content/schools/900001.yaml", "content/schools/900002.yaml", "900001", "900002", "9992001", "9992002", "Fernside Primary School", "Hollow Lane School")
	l.copied("content/accounts/7kq2m9xd.yaml", "content/accounts/9kq2m9xd.yaml", "900001", "900002", "morgan.ellery@fernside.example", "ali.reed@hollow-lane.example", "Morgan Ellery", "Ali Reed")
	l.despatch("keys", "--make", "--passphrase-file", l.pass)
	for line := range strings.Lines(l.despatch("enrol", "--all", "--passphrase-file", l.pass, "--print")) {
		if code, words, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			l.words[code] = words
		}
	}
}

// copied writes a file of the authority once more with words changed.
func (l *loop) copied(from, to string, words ...string) {
	l.t.Helper()
	data, err := os.ReadFile(filepath.Join(l.dir, from))
	must(l.t, err)
	must(l.t, os.WriteFile(filepath.Join(l.dir, to), []byte(strings.NewReplacer(words...).Replace(string(data))), 0o644))
}

// serve runs the box until the test ends.
func (l *loop) serve(program string) *url.URL {
	l.t.Helper()
	c := exec.Command(program, "-C", l.dirs.box, "serve", "--listen", "127.0.0.1:0", "--operations", "127.0.0.1:0", "--store-may-forget")
	out, err := c.StdoutPipe()
	must(l.t, err)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	must(l.t, c.Start())
	l.serving = c.Process
	l.t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		l.t.Fatalf("the drop-box did not start: %v\n%s", err, stderr.String())
	}
	_, rest, _ := strings.Cut(line, " at ")
	address, _, _ := strings.Cut(rest, ",")
	u, err := url.Parse("http://" + address)
	must(l.t, err)
	return u
}

// tell has the door lie until told otherwise. It gives true where it answered.
func (l *loop) tell(lie func(w http.ResponseWriter, r *http.Request) bool) { l.lie.Store(&lie) }

func (l *loop) honest() { l.lie.Store(nil) }

// try runs a command and gives its exit code and what it said.
func (l *loop) try(args ...string) (code int, said string) {
	l.t.Helper()
	var out bytes.Buffer
	code = run(l.t.Context(), append([]string{"-C", l.dir}, args...), strings.NewReader(""), &out, &out)
	return code, out.String()
}

// despatch runs a command that must work.
func (l *loop) despatch(args ...string) string {
	l.t.Helper()
	code, said := l.try(args...)
	if code != 0 {
		l.t.Fatalf("despatch %s: exit %d\n%s", strings.Join(args, " "), code, said)
	}
	return said
}

// command runs one that names its folder itself and gives its standard output.
func (l *loop) command(args ...string) string {
	l.t.Helper()
	var out, errs bytes.Buffer
	if code := run(l.t.Context(), args, strings.NewReader(""), &out, &errs); code != 0 {
		l.t.Fatalf("despatch %s: exit %d\n%s", strings.Join(args, " "), code, errs.String())
	}
	return out.String()
}

func (l *loop) collect() (code int, said string) {
	return l.try("collect", "--passphrase-file", l.pass)
}

// identities are people's, opened: each holds up for a third of a second.
var identities sync.Map // *keyring.Identity by sealed bytes

// identity opens a person's identity with their passphrase.
func (l *loop) identity(code string) *keyring.Identity {
	l.t.Helper()
	typed, err := keyring.ParseTyped(l.words[code])
	must(l.t, err)
	sealed, err := os.ReadFile(filepath.Join(l.dir, filepath.FromSlash(buildkeys.IdentityPath(naming.OpaqueAccount(code)))))
	must(l.t, err)
	if id, ok := identities.Load(string(sealed)); ok {
		return id.(*keyring.Identity)
	}
	id, err := keyring.OpenIdentity(sealed, typed)
	must(l.t, err)
	identities.Store(string(sealed), id)
	return id
}

// subject is the SHA-256 of the visit as it would be published now.
func (l *loop) subject() string {
	l.t.Helper()
	folder, err := source.Open(l.dir)
	must(l.t, err)
	defer folder.Close()
	listing, _, err := folder.Scan()
	must(l.t, err)
	site, _ := folder.Site(listing)
	var files, events []source.Entry
	for _, e := range listing.Entries {
		if id, ok := e.VisitID(); ok && id == l.visit {
			files = append(files, e)
		}
		if record, err := folder.RecordOf(e); err == nil && record == l.visit {
			events = append(events, e)
		}
	}
	visits, problems := folder.Visits(site, files, events)
	if len(visits) != 1 {
		l.t.Fatalf("the visit cannot be read: %v", problems)
	}
	names := page.Names{Item: l.keys.Naming.Item}
	must(l.t, names.SetSubject(&visits[0], func(e source.Entry) ([32]byte, error) {
		data, err := folder.ReadFile(e.Path)
		return sha256.Sum256(data), err
	}))
	return visits[0].Subject
}

// A deposit is what a test sends, each part of it open to be made wrong.
type deposit struct {
	from     *keyring.Identity // who signs in and sends
	signer   ed25519.PrivateKey
	env      envelope.Envelope
	payload  []byte
	inbox    string // recipient
	slot     string
	forWhich string // opaque school of the request
	inPieces bool   // by tus, as large ones are sent
}

// answer is a deposit as a browser makes it.
func (l *loop) answer(code, answer, comments string) *deposit {
	l.t.Helper()
	id := l.identity(code)
	payload, err := response.Response{Answer: answer, Comments: comments}.Format()
	must(l.t, err)
	var random [16]byte
	_, err = rand.Read(random[:])
	must(l.t, err)
	d := &deposit{from: id, signer: id.Signing, payload: payload, inbox: l.inbox("visits"), forWhich: l.keys.Naming.School(l.school)}
	d.env = envelope.Envelope{
		ID: hex.EncodeToString(random[:]), Kind: response.Kind, Inbox: envelope.Fingerprint(d.inbox), Account: naming.OpaqueAccount(code),
		School: d.forWhich, Subject: l.keys.Naming.Item(l.visit), SubjectHash: l.subject(), Head: 1, Time: time.Now().UTC().Truncate(time.Second),
	}
	d.slot = l.slot(d.env)
	return d
}

// inbox is the recipient of a service's inbox.
func (l *loop) inbox(service string) string {
	l.t.Helper()
	for _, i := range l.keys.Parsed.Inboxes {
		if i.Service == service {
			return i.Recipient
		}
	}
	l.t.Fatalf("the keys file names no inbox %s", service)
	return ""
}

func (l *loop) slot(e envelope.Envelope) string {
	full := access.Compartment{School: l.school, Kind: access.Visits.Kind(access.Full)}
	return envelope.Slot(l.keys.Naming.Secret(full.ID(), 1), e.Subject, e.SubjectHash, 1)
}

// heldBecause sends a deposit that is not to be taken: collecting says why, and of no
// event whose name ends so; who sent it is told, and nothing of anybody else.
func (l *loop) heldBecause(d *deposit, why, event string) {
	l.t.Helper()
	before := len(l.refusedEvents())
	id := l.sent(d)
	defer func() {
		told := l.refusedEvents()
		if len(told) != before+1 || !strings.Contains(told[len(told)-1], "\ndeposit: "+id+"\n") {
			l.t.Errorf("%q is not told to who sent it: %q", why, told)
		}
		for _, text := range told {
			if strings.Contains(strings.ToLower(text), "@fernside") || strings.Contains(text, "content/") || strings.Contains(text, access.FormatCode(head)) {
				l.t.Errorf("more than its sender may know is told:\n%s", text)
			}
		}
	}()
	if code, said := l.collect(); code != 1 || !strings.Contains(said, why) || strings.Contains(said, event) {
		l.t.Errorf("%d, want %q in\n%s", code, why, said)
	}
}

// refusedEvents are the texts of all events that tell what was not taken, by leaf.
func (l *loop) refusedEvents() (texts []string) {
	all := l.files("events")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if strings.HasSuffix(name, "-refused.yaml") {
			texts = append(texts, all[name])
		}
	}
	return texts
}

// session is a person's session at the box. It lasts for the test: sign-ins that come
// as fast as here are throttled.
func (l *loop) session(id *keyring.Identity) (cookies string) {
	l.t.Helper()
	if cookies, ok := l.sessions[id.Code]; ok {
		return cookies
	}
	var n struct{ Nonce, Expiry string }
	status, text, _ := l.ask(http.MethodGet, "/box/nonce", "", nil)
	if status != http.StatusOK {
		l.t.Fatalf("the nonce: %d %s", status, text)
	}
	must(l.t, json.Unmarshal(text, &n))
	expiry, err := time.Parse(sshsig.TimeLayout, n.Expiry)
	must(l.t, err)
	body, err := json.Marshal(map[string]string{"account": naming.OpaqueAccount(id.Code), "signed": string(signin.Sign(signin.Text{Origin: l.box, Nonce: n.Nonce, Expiry: expiry}, id.Signing))})
	must(l.t, err)
	status, text, cookies = l.ask(http.MethodPost, "/box/login", "", body)
	if status != http.StatusOK {
		l.t.Fatalf("sign in: %d %s", status, text)
	}
	if l.sessions == nil {
		l.sessions = make(map[string]string)
	}
	l.sessions[id.Code] = cookies
	return cookies
}

// send seals and deposits it; it gives the deposit's id and the box's answer.
func (l *loop) send(d *deposit) (id string, status int, answer []byte) {
	l.t.Helper()
	sealed, err := keyring.SealTo([]string{d.inbox, d.from.Key.Recipient()}, envelope.Format(d.env, d.payload, d.signer))
	must(l.t, err)
	sum := sha256.Sum256(sealed)
	id = hex.EncodeToString(sum[:])
	opaque := naming.OpaqueAccount(d.from.Code)
	cookies := l.session(d.from)
	if d.inPieces {
		l.upload(cookies, id, opaque, d, sealed)
		status, answer, _ = l.ask(http.MethodGet, "/box/receipts/"+id, cookies, nil)
		return id, status, answer
	}
	status, answer, _ = l.ask(http.MethodPost, "/box/deposits/"+id+"?"+url.Values{"school": {d.forWhich}, "slot": {d.slot}}.Encode(), cookies, sealed)
	return id, status, answer
}

// upload sends a deposit by tus, in one request.
func (l *loop) upload(cookies, id, account string, d *deposit, sealed []byte) {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), http.MethodPost, l.box+"/box/uploads", bytes.NewReader(sealed))
	must(l.t, err)
	value := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	r.Header = http.Header{
		"Cookie": {cookies}, "Tus-Resumable": {"1.0.0"}, "Content-Type": {"application/offset+octet-stream"}, "Upload-Length": {strconv.Itoa(len(sealed))},
		"Upload-Metadata": {"account " + value(account) + ",deposit " + value(id) + ",school " + value(d.forWhich) + ",slot " + value(d.slot)},
	}
	a, err := http.DefaultClient.Do(r)
	must(l.t, err)
	defer a.Body.Close()
	if a.StatusCode != http.StatusCreated || a.Header.Get("Upload-Offset") != strconv.Itoa(len(sealed)) {
		text, _ := io.ReadAll(a.Body)
		l.t.Fatalf("an upload: %d %s", a.StatusCode, text)
	}
}

// sent deposits what must be taken.
func (l *loop) sent(d *deposit) string {
	l.t.Helper()
	id, status, answer := l.send(d)
	if status != http.StatusCreated && (!d.inPieces || status != http.StatusOK) {
		l.t.Fatalf("the drop-box answers %d: %s", status, answer)
	}
	l.shown(answer)
	return id
}

// shown waits until the box's checkpoint, which it derives after it gave the receipt,
// covers the receipt's leaf: collect does not look further.
func (l *loop) shown(receipt []byte) {
	l.t.Helper()
	_, rest, _ := strings.Cut(string(receipt), "\nindex ")
	var leaf, size int
	_, err := fmt.Sscanf(rest, "%d", &leaf)
	must(l.t, err)
	each := time.NewTicker(5 * time.Millisecond) // asked faster the box throttles, and other requests too
	defer each.Stop()
	for range 10_000 {
		<-each.C
		_, text, _ := l.ask(http.MethodGet, "/log/checkpoint", "", nil)
		_, rest, _ := strings.Cut(string(text), "\n")
		if _, err := fmt.Sscanf(rest, "%d", &size); err == nil && size > leaf {
			return
		}
	}
	l.t.Fatalf("the checkpoint stays at %d leaves and the receipt is of leaf %d", size, leaf)
}

func (l *loop) ask(method, path, cookie string, body []byte) (status int, text []byte, cookies string) {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), method, l.box+path, bytes.NewReader(body))
	must(l.t, err)
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	a, err := http.DefaultClient.Do(r)
	must(l.t, err)
	defer a.Body.Close()
	text, err = io.ReadAll(a.Body)
	must(l.t, err)
	for _, c := range a.Cookies() {
		cookies = c.Name + "=" + c.Value
	}
	return a.StatusCode, text, cookies
}

// files are all files under a folder of the authority, with their content.
func (l *loop) files(under string) map[string]string {
	l.t.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(filepath.Join(l.dir, under), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		rel, _ := filepath.Rel(l.dir, name)
		all[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		l.t.Fatal(err)
	}
	return all
}

// page opens what is built with a person's keys and gives the page that has a word.
func (l *loop) page(code, word string) string {
	l.t.Helper()
	id := l.identity(code)
	opaque := naming.OpaqueAccount(code)
	names, err := filepath.Glob(filepath.Join(l.dir, "public", "k", opaque+"-*.ring.*.age"))
	must(l.t, err)
	if len(names) != 1 {
		l.t.Fatalf("there are %d rings of %s", len(names), code)
	}
	sealed, err := os.ReadFile(names[0])
	must(l.t, err)
	ring, err := keyring.OpenRing(sealed, id.Key, opaque)
	must(l.t, err)
	packs, err := filepath.Glob(filepath.Join(l.dir, "public", "b", "*", "*.age"))
	must(l.t, err)
	indexes, err := filepath.Glob(filepath.Join(l.dir, "public", "i", "*.age"))
	must(l.t, err)
	packs = append(packs, indexes...)
	for _, name := range packs {
		sealed, err := os.ReadFile(name)
		must(l.t, err)
		plain, err := ring.Open(sealed)
		if err != nil {
			continue
		}
		files, err := tree.ReadPack(plain)
		must(l.t, err)
		for _, f := range files {
			if strings.HasSuffix(f.Name, ".html") && strings.Contains(string(f.Data), word) {
				return string(f.Data)
			}
		}
	}
	l.t.Fatalf("no page that %s may read has %q", code, word)
	return ""
}

// setting is a number of the environment, by which make has this run for longer.
func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	must(t, err)
	return n
}
