package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"despatch/internal/envelope"
	"despatch/internal/naming"
	"despatch/internal/padding"
	"despatch/internal/sshsig"
	"despatch/records/sending"
)

// scan is a PDF by its first words, of so many bytes of which no two blocks are alike.
func scan(size int64) io.Reader {
	return io.LimitReader(io.MultiReader(strings.NewReader(pdf), &blocks{}), size)
}

type blocks struct {
	n    uint64
	left []byte
}

func (b *blocks) Read(p []byte) (int, error) {
	if len(b.left) == 0 {
		b.n++
		sum := sha256.Sum256(fmt.Append(nil, b.n))
		b.left = bytes.Repeat(sum[:], 1<<11)
	}
	n := copy(p, b.left)
	b.left = b.left[n:]
	return n, nil
}

// zeros is a reader of padding.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// sealedScan seals one file of so many bytes for a service, as a browser does, into a
// file on the disk, and gives its name, the deposit, its id and the scan's SHA-256.
func (l *loop) sealedScan(size int64) (name string, d *deposit, id, sum string) {
	l.t.Helper()
	d = l.sending(head, "special-needs", "", "scan.pdf", pdf)
	h := sha256.New()
	_, err := io.Copy(h, scan(size))
	must(l.t, err)
	sum = hex.EncodeToString(h.Sum(nil))
	letter, err := (&sending.Letter{Service: "special-needs", Files: []sending.File{{Name: "scan.pdf", Size: size, SHA256: sum}}}).Format()
	must(l.t, err)
	d.env.FormHash = sending.Sum(letter)
	payload := sha256.New()
	payload.Write(letter)
	_, err = io.Copy(payload, scan(size))
	must(l.t, err)
	// The envelope of no payload, with the line of this one.
	text, _, err := sshsig.OpenText(envelope.Signed(envelope.Format(d.env, nil, d.signer)))
	must(l.t, err)
	before, _, _ := strings.Cut(string(text), "\npayload ")
	signed := sshsig.SignText(d.signer, envelope.Namespace, fmt.Appendf(nil, "%s\npayload %x %d\n", before, payload.Sum(nil), int64(len(letter))+size))

	var to []age.Recipient
	for _, r := range []string{d.inbox, d.from.Key.Recipient()} {
		recipient, err := age.ParseHybridRecipient(r)
		must(l.t, err)
		to = append(to, recipient)
	}
	name = filepath.Join(l.t.TempDir(), "scan.age")
	f, err := os.Create(name)
	must(l.t, err)
	whole := sha256.New()
	w, err := age.Encrypt(io.MultiWriter(f, whole), to...)
	must(l.t, err)
	plain := int64(len(signed)) + int64(len(letter)) + size
	padded := int64(padding.Bucket(int(plain), envelope.Least))
	_, err = io.Copy(w, io.MultiReader(bytes.NewReader(signed), bytes.NewReader(letter), scan(size), io.LimitReader(zeros{}, padded-plain)))
	must(l.t, err)
	must(l.t, w.Close())
	must(l.t, f.Close())
	return name, d, hex.EncodeToString(whole.Sum(nil)), sum
}

// mostMemory is the most memory that a running process had, in MiB; 0 when it ended.
func mostMemory(process *os.Process) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process.Pid))
	_, rest, found := strings.Cut(string(status), "VmHWM:")
	var kib int
	if _, scanned := fmt.Sscan(rest, &kib); err != nil || !found || scanned != nil {
		return 0
	}
	return kib >> 10
}

// watched runs a command and gives the most memory that it had, in MiB. What the
// kernel tells when a process has ended begins with the memory of who started it.
func watched(t *testing.T, c *exec.Cmd) (most, code int, said string) {
	t.Helper()
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	must(t, c.Start())
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	each := time.NewTicker(5 * time.Millisecond)
	defer each.Stop()
	for {
		select {
		case <-ended:
			return most, c.ProcessState.ExitCode(), out.String()
		case <-each.C:
			most = max(most, mostMemory(c.Process))
		}
	}
}

// TestALargeFileTravelsInFlatMemory: a file is uploaded, read back by the box,
// collected, opened and exported, and no program holds it: the box needs less than 128
// MiB and the office 192, of which opening its key takes 64.
func TestALargeFileTravelsInFlatMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("make test-all has time for it")
	}
	mib := setting(t, "DESPATCH_LARGE_MIB", 96)
	l := newLoop(t)
	l.withServices()
	program, err := officeProgram()
	must(t, err)
	name, d, id, sum := l.sealedScan(int64(mib) << 20)
	f, err := os.Open(name)
	must(t, err)
	defer f.Close()
	info, err := f.Stat()
	must(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, l.box+"/box/uploads", f)
	must(t, err)
	r.ContentLength = info.Size()
	cookies := l.session(d.from)
	value := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	r.Header = http.Header{
		"Cookie": {cookies}, "Tus-Resumable": {"1.0.0"}, "Content-Type": {"application/offset+octet-stream"}, "Upload-Length": {strconv.FormatInt(info.Size(), 10)},
		"Upload-Metadata": {"account " + value(naming.OpaqueAccount(d.from.Code)) + ",deposit " + value(id) + ",school " + value(d.forWhich) + ",slot " + value(d.slot)},
	}
	a, err := http.DefaultClient.Do(r)
	must(t, err)
	text, err := io.ReadAll(a.Body)
	must(t, err)
	a.Body.Close()
	status, answer, _ := l.ask(http.MethodGet, "/box/receipts/"+id, cookies, nil)
	if status != http.StatusOK {
		t.Fatalf("the receipt is %d %s; the upload was %d %s", status, answer, a.StatusCode, text)
	}
	l.shown(answer)
	must(t, os.Remove(name))
	if box := mostMemory(l.serving); box == 0 || box > 128 {
		t.Errorf("the box had %d MiB of memory", box)
	}

	out := filepath.Join(t.TempDir(), "out")
	var office []int
	for _, args := range [][]string{{"collect", "--passphrase-file", l.pass}, {"export", "documents", out}} {
		most, code, said := watched(t, exec.Command(program, append([]string{"-C", l.dir}, args...)...))
		if code != 0 {
			t.Fatalf("%s: exit %d\n%s", args[0], code, said)
		}
		if office = append(office, most); most == 0 || most > 192 {
			t.Errorf("%s had %d MiB of memory", args[0], most)
		}
	}
	var found []string
	must(t, filepath.WalkDir(out, func(name string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(name, "scan.pdf") {
			found = append(found, name)
		}
		return err
	}))
	if len(found) != 1 {
		t.Fatalf("exported are %v", found)
	}
	if said, err := exec.Command("sha256sum", found[0]).Output(); err != nil || !strings.HasPrefix(string(said), sum) {
		t.Errorf("what was exported: %s %v, want %s", said, err, sum)
	}
	t.Logf("%d MiB: the box had at most %d MiB of memory, collect %d, export %d", mib, mostMemory(l.serving), office[0], office[1])
}
