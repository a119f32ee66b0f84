package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"despatch/internal/envelope"
	"despatch/internal/naming"
	"despatch/records/sending"
)

// withServices gives the authority two services to which schools send.
func (l *loop) withServices() {
	l.t.Helper()
	l.copied("despatch.yaml", "despatch.yaml", "theme:", `services:
  - {id: special-needs, name: Special needs, takes: Plans, contact: {name: SEN team, email: sen@northmoor.example}}
  - {id: governors, name: Governor Services, types: [pdf], contact: {name: Governor Services, email: governors@northmoor.example}}
theme:`)
}

// sending is what a school sends to a service, as a browser sends it. The files are
// names and contents by turns.
func (l *loop) sending(code, service, message string, files ...string) *deposit {
	l.t.Helper()
	letter := sending.Letter{Service: service, Message: message}
	var bodies bytes.Buffer
	for i := 0; i < len(files); i += 2 {
		sum := sha256.Sum256([]byte(files[i+1]))
		letter.Files = append(letter.Files, sending.File{Name: files[i], Size: int64(len(files[i+1])), SHA256: hex.EncodeToString(sum[:])})
		bodies.WriteString(files[i+1])
	}
	text, err := letter.Format()
	must(l.t, err)
	id := l.identity(code)
	var random [48]byte
	_, err = rand.Read(random[:])
	must(l.t, err)
	d := &deposit{from: id, signer: id.Signing, payload: append(text, bodies.Bytes()...), inbox: l.inbox("documents"), forWhich: l.keys.Naming.School(l.school)}
	d.slot = hex.EncodeToString(random[16:])
	d.env = envelope.Envelope{
		ID: hex.EncodeToString(random[:16]), Kind: sending.Kind, Inbox: envelope.Fingerprint(d.inbox), Account: naming.OpaqueAccount(code),
		School: d.forWhich, FormHash: sending.Sum(text), Head: 1, Time: time.Now().UTC().Truncate(time.Second),
	}
	return d
}

const pdf = "%PDF-1.7\n1 0 obj\n"

func TestWhatASchoolSendsToAServiceIsCollectedListedExportedAndShown(t *testing.T) {
	l := newLoop(t)
	l.withServices()
	large := pdf + strings.Repeat("a large scan ", 1_000_000) // more than is held in memory
	first := l.sent(l.sending(head, "special-needs", "For the annual review.\n\nRing us after 3.", "plan.pdf", pdf, "Minutes.txt", "in short"))
	d := l.sending(head, "governors", "", "scan.pdf", large)
	d.inPieces = true
	second := l.sent(d)
	code, said := l.collect()
	if code != 0 || strings.Count(said, "-sent.yaml\t900001\tdocuments\tsent") != 2 {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	for name, text := range l.files("events") {
		if strings.Contains(text, "plan") || strings.Contains(text, "annual") {
			t.Errorf("%s holds words of what was sent", name)
		}
	}
	var listed []struct {
		School, Service, By, Message, Deposit string
		Files                                 []struct{ Name string }
	}
	must(t, json.Unmarshal([]byte(l.despatch("list", "documents", "--json")), &listed))
	if len(listed) != 2 || listed[1].Deposit != first || listed[0].Deposit != second || listed[1].By != "Morgan Ellery" || listed[1].Message != "For the annual review.\n\nRing us after 3." || listed[0].Files[0].Name != "scan.pdf" {
		t.Errorf("listed: %+v", listed)
	}
	if table := l.despatch("list", "documents"); !strings.Contains(table, "Special needs") || !strings.Contains(table, "Fernside Primary School") {
		t.Errorf("list documents says:\n%s", table)
	}
	out := filepath.Join(t.TempDir(), "out")
	if said := l.despatch("export", "documents", out); said != "2 sendings, 3 files\n" {
		t.Errorf("export says %q", said)
	}
	got := map[string]string{}
	must(t, filepath.WalkDir(out, func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			data, err := os.ReadFile(name)
			must(t, err)
			got[filepath.Base(name)] = string(data)
		}
		return err
	}))
	for name, want := range map[string]string{"01-plan.pdf": pdf, "02-Minutes.txt": "in short", "01-scan.pdf": large, "message.txt": "For the annual review.\n\nRing us after 3.\n"} {
		if got[name] != want {
			t.Errorf("%s: %d bytes, want %d", name, len(got[name]), len(want))
		}
	}
	if only := l.despatch("export", "documents", filepath.Join(t.TempDir(), "one"), "--service", "governors"); only != "1 sending, 1 file\n" {
		t.Errorf("of one service: %q", only)
	}
	if code, said := l.try("export", "documents", out); code != 2 && code != 1 || !strings.Contains(said, "is not empty") {
		t.Errorf("into the same folder: %d %s", code, said)
	}
	l.despatch("build")
	page := l.page(head, "Documents that came and went")
	for _, want := range []string{"Documents for Special needs", "plan.pdf", "Morgan Ellery", second, "Sent by the school"} {
		if !strings.Contains(page, want) {
			t.Errorf("the school's page does not say %q", want)
		}
	}
	before, vault := l.files("events"), l.whole("vault")
	must(t, os.RemoveAll(filepath.Join(l.dir, "vault")))
	l.collect()
	if !maps.Equal(before, l.files("events")) || !maps.Equal(vault, l.whole("vault")) {
		t.Error("collected again it is not the same")
	}
}

func TestDocumentsThatAreNotAsTheyShouldBeAreKeptAndTold(t *testing.T) {
	l := newLoop(t)
	l.withServices()
	big := strings.Repeat("0123456789", 1<<20)
	for _, tt := range []struct {
		name, want string
		change     func(d *deposit)
	}{
		{"another letter than the envelope's", "not the one that its sender's envelope names", func(d *deposit) { d.env.FormHash = strings.Repeat("7", 64) }},
		{"a file that is another", "is not the one that it lists", func(d *deposit) { d.payload[len(d.payload)-1] ^= 1 }},
		{"a file that is cut", "not as long as what follows it", func(d *deposit) { d.payload = d.payload[:len(d.payload)-1] }},
		{"no letter", "it breaks off", func(d *deposit) { d.payload = []byte("despatch-upload 1") }},
		{"a letter without an end", "longer than any may be", func(d *deposit) {
			d.payload = append([]byte("despatch-upload 1\n"), bytes.Repeat([]byte("x"), 9<<20)...)
		}},
		{"about a record", "names a record", func(d *deposit) {
			d.env.Subject, d.env.SubjectHash = l.keys.Naming.Item(focusVisit), strings.Repeat("7", 64)
		}},
		{"through another inbox", `takes no deposit of kind "upload"`, func(d *deposit) {
			d.inbox = l.inbox("returns")
			d.env.Inbox = envelope.Fingerprint(d.inbox)
		}},
	} {
		for _, content := range []string{pdf, pdf + big} {
			d := l.sending(head, "special-needs", "", "plan.pdf", content)
			d.inPieces = true
			tt.change(d)
			id := l.sent(d)
			code, said := l.collect()
			want := tt.want
			if len(content) > mostHeld && tt.name == "through another inbox" {
				want = "does not know what to do with"
			}
			if code != 1 || !strings.Contains(said, want) {
				t.Errorf("%s, %d bytes: %d\n%s", tt.name, len(content), code, said)
			}
			must(t, os.RemoveAll(filepath.Join(l.dir, "vault", "held")))
			if _, err := os.Stat(filepath.Join(l.dir, "vault", "deposits", id[:2], id+".age")); err != nil {
				t.Errorf("%s: it was not kept", tt.name)
			}
		}
	}
	l.sent(l.sending(governor, "special-needs", "", "plan.pdf", pdf))
	if code, said := l.collect(); code != 1 || !strings.Contains(said, "may not read, so may not send") {
		t.Errorf("from a governor: %d\n%s", code, said)
	}
	if left := l.whole("vault/files"); len(left) != 0 {
		t.Errorf("files were taken: %v", slices.Sorted(maps.Keys(left)))
	}
	if events := l.files("events"); strings.Contains(strings.Join(slices.Collect(maps.Keys(events)), " "), "-sent") {
		t.Error("there is an event")
	}
}

// mostHeld is more than the smaller of two deposits has, and less than the larger.
const mostHeld = 1 << 20

// TestALargeDepositIsBroughtPieceByPiece: the line breaks again and again, and each
// time the rest is asked for; what was brought before the program was killed is not
// brought again.
func TestALargeDepositIsBroughtPieceByPiece(t *testing.T) {
	l := newLoop(t)
	l.withServices()
	content := make([]byte, 40<<20)
	_, err := rand.Read(content)
	must(t, err)
	d := l.sending(head, "special-needs", "", "scan.zip", string(content))
	d.inPieces = true
	id := l.sent(d)
	var asked, given atomic.Int64
	third := make(chan struct{})
	l.tell(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/box/deposits/"+id || r.Header.Get("Behind") != "" {
			return false
		}
		if asked.Add(1) == 3 {
			close(third)
		}
		behind := r.Clone(r.Context())
		behind.RequestURI, behind.Host = "", ""
		behind.URL.Scheme, behind.URL.Host = "http", strings.TrimPrefix(l.box, "http://")
		behind.Header.Set("Behind", "yes")
		answer, err := http.DefaultTransport.RoundTrip(behind)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer answer.Body.Close()
		maps.Copy(w.Header(), answer.Header)
		w.WriteHeader(answer.StatusCode)
		n, err := io.CopyN(w, answer.Body, 7<<20)
		given.Add(n)
		if err == nil {
			panic(http.ErrAbortHandler) // the line breaks
		}
		return true
	})
	program := filepath.Join(t.TempDir(), "despatch")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c := exec.Command(program, "-C", l.dir, "collect", "--passphrase-file", l.pass)
	must(t, c.Start())
	<-third
	must(t, c.Process.Kill())
	_ = c.Wait()
	if code, said := l.collect(); code != 0 || !strings.Contains(said, "-sent.yaml") {
		t.Fatalf("collect: %d\n%s", code, said)
	}
	if asked.Load() < 6 || given.Load() > 60<<20 {
		t.Errorf("asked %d times, given %d MiB of 40", asked.Load(), given.Load()>>20)
	}
	sum := sha256.Sum256(content)
	name := hex.EncodeToString(sum[:])
	if kept := l.files("vault")["vault/files/"+name[:2]+"/"+name]; kept != string(content) {
		t.Errorf("the vault has %d bytes of the file, or others", len(kept))
	}
}

func TestLimitsOfADayGoIntoTheRegisterAsTheyAreWritten(t *testing.T) {
	l := newLoop(t)
	opaque := naming.OpaqueAccount(head)
	register := func() string {
		data, err := os.ReadFile(filepath.Join(l.dir, "box", "register"))
		must(t, err)
		return string(data)
	}
	if r := register(); !strings.Contains(r, "school "+l.keys.Naming.School("900001")+" 8192\n") || !strings.Contains(r, "account "+opaque+" active 4096 ") {
		t.Errorf("where nothing is written the register is not as documented:\n%.600s", r)
	}
	l.copied("despatch.yaml", "despatch.yaml", "theme:", "sending: {account_mib_a_day: 7, school_mib_a_day: 9}\ntheme:")
	l.despatch("keys", "--make", "--passphrase-file", l.pass)
	if r := register(); !strings.Contains(r, "school "+l.keys.Naming.School("900001")+" 9\n") || !strings.Contains(r, "account "+opaque+" active 7 ") {
		t.Errorf("the register does not say what despatch.yaml says:\n%.600s", r)
	}
	l.despatch("register")
}
