package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"despatch/internal/auditlog"
	"despatch/internal/receipt"
)

// kept is a receipt, and how many changes of the disk there were when it came.
type kept struct {
	promise
	index int64
	at    int
}

// A recording is what happened to a disk while a box was in use on it.
type recording struct {
	kind  string
	trust receipt.Trust
	size  int64
	start map[int64][]byte
	did   []change
	kept  []kept // in the order of at
}

// record runs a program that is a box on a disk of its own until so many receipts
// were given to senders who send at once.
func record(t *testing.T, kind string, p program, receipts, sending int) *recording {
	t.Helper()
	d := formatted(t, kind, 512<<20)
	at := t.TempDir()
	unmount, err := d.mount(t, kind, at)
	must(t, err)
	dir := filepath.Join(at, "box")
	if out, err := p.command("init", dir, "--origin", testOrigin, "--root", rootFile(t)).CombinedOutput(); err != nil {
		t.Fatalf("init: %v\n%s", err, out)
	}
	r := &recording{kind: kind, trust: trustOf(t, dir), size: d.size}
	box, err := start(t, p.serving(dir))
	must(t, err)
	all := senders(sending)
	if status, text, _, err := ask(http.DefaultClient, http.MethodPut, box.url+"/register", "", testRegister(all)); err != nil || status != http.StatusOK {
		t.Fatalf("the register: %d %s %v", status, text, err)
	}
	r.start = d.remember() // without a flush: what is not durable by now may be lost
	var mu sync.Mutex
	var beside sync.WaitGroup
	for _, s := range all {
		beside.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			cookie := s.signIn(client, box.url)
			for {
				mu.Lock()
				enough := len(r.kept) >= receipts
				mu.Unlock()
				if enough {
					return
				}
				data := sealed()
				text := s.send(client, box.url, cookie, data)
				sum := sha256.Sum256(data)
				mu.Lock()
				when := d.now()
				signed, err := receipt.Verify(text, r.trust)
				if err != nil {
					t.Errorf("no receipt: %v %s", err, text)
					receipts = 0
					mu.Unlock()
					return
				}
				r.kept = append(r.kept, kept{promise{s, hex.EncodeToString(sum[:]), text}, signed.Proof.Index, when})
				mu.Unlock()
			}
		})
	}
	beside.Wait()
	d.mu.Lock()
	r.did, d.keeps = d.did, false
	d.mu.Unlock()
	box.kill()
	unmount()
	return r
}

// A program is a despatchbox: this one, or one with faults, as what comes before its
// arguments.
type program []string

var itself = program{os.Args[0], "as-despatchbox"}

func (p program) command(args ...string) *exec.Cmd {
	return exec.Command(p[0], append(slices.Clone(p[1:]), args...)...)
}

// serving serves a box on a disk that is not to forget.
func (p program) serving(dir string) *exec.Cmd {
	return p.command("-C", dir, "serve", "--listen", "127.0.0.1:0", "--operations", "127.0.0.1:0")
}

// replay cuts the power at so many places, half of them at the moment in which a
// receipt was given, and gives how many promises were looked at and the first that
// is broken. After each cut the kernel mounts what is left, the receipts that were
// given by then are held to it, fsck finds nothing, and the box starts.
func (r *recording) replay(t *testing.T, cuts int, luck *rand.Rand) (promises int, broken error) {
	t.Helper()
	var places []int
	for i := range cuts {
		if k := r.kept[luck.IntN(len(r.kept))].at; i%2 == 0 {
			places = append(places, k)
		} else {
			places = append(places, r.kept[0].at+luck.IntN(len(r.did)-r.kept[0].at))
		}
	}
	slices.Sort(places)
	a := &after{size: r.size, durable: r.start, did: r.did}
	for _, k := range places {
		n := 0
		for n < len(r.kept) && r.kept[n].at <= k {
			n++
		}
		promises += n
		if err := r.holds(t, a.cut(k, luck), r.kept[:n]); err != nil {
			return promises, fmt.Errorf("%s, cut at change %d of %d, %d receipts given: %w", r.kind, k, len(r.did), n, err)
		}
	}
	return promises, nil
}

// holds mounts a disk and holds it to receipts.
func (r *recording) holds(t *testing.T, d *disk, promises []kept) error {
	t.Helper()
	at := t.TempDir()
	unmount, err := d.mount(t, r.kind, at)
	defer unmount()
	if err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	dir := filepath.Join(at, "box")
	leaves, err := leavesOf(dir, r.trust)
	if err != nil {
		return err
	}
	for _, p := range promises {
		data, err := os.ReadFile(filepath.Join(dir, "store", "deposit", p.id[:2], p.id))
		if err != nil {
			return err
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != p.id {
			return fmt.Errorf("deposit %s has other bytes", p.id)
		}
		if p.index >= int64(len(leaves)) || leaves[p.index] != p.id {
			return fmt.Errorf("deposit %s is not at leaf %d of %d", p.id, p.index, len(leaves))
		}
	}
	box, err := start(t, itself.serving(dir))
	if err != nil {
		return err
	}
	p := promises[len(promises)-1]
	cookie := p.of.signIn(http.DefaultClient, box.url)
	status, again, _, err := ask(http.DefaultClient, http.MethodGet, box.url+"/box/receipts/"+p.id, cookie, nil)
	box.kill()
	if err != nil || status != http.StatusOK || !bytes.Equal(again, p.receipt) {
		return fmt.Errorf("the last receipt is %d %s now (%v)", status, again, err)
	}
	if out, err := itself.command("-C", dir, "fsck").CombinedOutput(); err != nil {
		return fmt.Errorf("fsck: %w: %s", err, out)
	}
	return nil
}

// leavesOf reads the log of a box: the deposit of each leaf.
func leavesOf(dir string, trust receipt.Trust) (leaves []string, err error) {
	heads, err := os.ReadDir(filepath.Join(dir, "store", "log", "head"))
	if err != nil {
		return nil, err
	}
	for _, e := range heads {
		data, err := os.ReadFile(filepath.Join(dir, "store", "log", "head", e.Name()))
		if err != nil {
			return nil, err
		}
		h, err := auditlog.ParseHead(data, trust.Logs...)
		if err != nil {
			return nil, fmt.Errorf("head %s: %w", e.Name(), err)
		}
		if h.Before.Size != int64(len(leaves)) {
			return nil, fmt.Errorf("head %s comes after %d leaves, not %d", e.Name(), h.Before.Size, len(leaves))
		}
		for _, l := range h.Leaves {
			leaves = append(leaves, l.Deposit)
		}
	}
	return leaves, nil
}

// A fault is a program that is broken on purpose: in one file, this in the place of that.
type fault struct{ file, this, that string }

// built is the program with faults put in. Nothing in the program can be set to be so.
func built(t *testing.T, faults ...fault) program {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "despatchbox")
	replaced := map[string]string{}
	for i, f := range faults {
		file, err := filepath.Abs(filepath.Join("..", "..", filepath.FromSlash(f.file)))
		must(t, err)
		from := file
		if replaced[file] != "" {
			from = replaced[file]
		}
		text, err := os.ReadFile(from)
		must(t, err)
		if strings.Count(string(text), f.this) != 1 {
			t.Fatalf("%s has not once: %s", f.file, f.this)
		}
		replaced[file] = filepath.Join(dir, fmt.Sprintf("%d.go", i))
		must(t, os.WriteFile(replaced[file], []byte(strings.Replace(string(text), f.this, f.that, 1)), 0o600))
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "overlay"), overlay, 0o600))
	if said, err := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay"), "-o", out, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return program{out}
}

// noFileSync and noFolderSync are the twins that power cuts must find out.
var (
	noFileSync = []fault{
		{"dropbox/store/folder.go", "sync: (*os.File).Sync, syncDisk: syncDisk}", "sync: func(*os.File) error { return nil }, syncDisk: func(*os.File) error { return nil }}"},
	}
	noFolderSync = []fault{
		{"dropbox/store/group.go", "for folder := range folders {", "for folder := range map[string]bool{} {"},
		{"dropbox/store/group.go", "if f.disk != nil && len(written)+len(folders) > fewSyncs {", "if f.disk == nil {"},
	}
)

// needsDisks skips where no disk of ours can be put under a file system, which not
// every machine lets even root do. Whoever names the file systems, as make faults
// does, is told instead.
func needsDisks(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("make test-all has time for it")
	}
	if err := triedDisk(t); err != nil && os.Getenv("DESPATCH_DISKS") == "" {
		t.Skipf("no disk can be made here: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
}

// triedDisk makes a disk and takes it away again.
func triedDisk(t *testing.T) error {
	t.Helper()
	if _, err := exec.LookPath("mkfs.ext4"); err != nil {
		return err
	}
	under := t.TempDir()
	server, err := (&disk{size: 1 << 20, blocks: map[int64][]byte{}}).serve(under)
	if err != nil {
		return err
	}
	device, err := loop(filepath.Join(under, "disk"))
	if err == nil {
		must(t, device.Close())
	}
	for server.Unmount() != nil { // the loop device is on its way out
		runtime.Gosched()
	}
	return err
}

// disks are the file systems to be tried: ext4, or what DESPATCH_DISKS names.
func disks() []string {
	if named := os.Getenv("DESPATCH_DISKS"); named != "" {
		return strings.Split(named, ",")
	}
	return []string{"ext4"}
}

// TestNoPowerCutOfADiskTakesWhatWasPromised runs the box on file systems of the
// kernel over a disk that remembers what was written to it and when it was flushed,
// and mounts what a power cut leaves, again and again.
func TestNoPowerCutOfADiskTakesWhatWasPromised(t *testing.T) {
	needsDisks(t)
	seed := uint64(setting(t, "DESPATCH_SEED", 1))
	for _, kind := range disks() {
		r := record(t, kind, itself, setting(t, "DESPATCH_PROMISES", 30), setting(t, "DESPATCH_SENDERS", 3))
		cuts := setting(t, "DESPATCH_CUTS", 4)
		promises, broken := r.replay(t, cuts, rand.New(rand.NewPCG(seed, 11)))
		if broken != nil {
			t.Error(broken)
		}
		t.Logf("%s: %d power cuts, %d promises looked at, %d receipts, %d writes and flushes; seed %d", kind, cuts, promises, len(r.kept), len(r.did), seed)
	}
}

// TestADiskFindsOutABoxThatForgetsToSync: the same cuts break the promises of a
// program that syncs no files, and of one that syncs no folders.
func TestADiskFindsOutABoxThatForgetsToSync(t *testing.T) {
	needsDisks(t)
	seed := uint64(setting(t, "DESPATCH_SEED", 1))
	for name, twin := range map[string][]fault{"no sync at all": noFileSync, "no sync of folders": noFolderSync} {
		for _, kind := range disks() {
			r := record(t, kind, built(t, twin...), 20, 2)
			if promises, broken := r.replay(t, 20, rand.New(rand.NewPCG(seed, 12))); broken == nil {
				t.Errorf("%s on %s: %d promises looked at, and none is broken", name, kind, promises)
			} else {
				t.Logf("%s: %v", name, broken)
			}
		}
	}
}
