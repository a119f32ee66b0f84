package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAFullDiskIsToldAndLosesNothing fills a file system of the kernel while people
// deposit: they are told so in plain words, whoever has a receipt has their deposit, and
// once there is room it goes on, with no new start.
func TestAFullDiskIsToldAndLosesNothing(t *testing.T) {
	needsDisks(t)
	for _, kind := range disks() {
		at := t.TempDir()
		_, err := formatted(t, kind, 512<<20).mount(t, kind, at)
		must(t, err)
		dir := filepath.Join(at, "box")
		if out, err := itself.command("init", dir, "--origin", testOrigin, "--root", rootFile(t)).CombinedOutput(); err != nil {
			t.Fatalf("init: %v\n%s", err, out)
		}
		box, err := start(t, itself.serving(dir))
		must(t, err)
		all := senders(4)
		if status, text, _, err := ask(http.DefaultClient, http.MethodPut, box.url+"/register", "", testRegister(all)); err != nil || status != http.StatusOK {
			t.Fatalf("the register: %d %s %v", status, text, err)
		}
		var free unix.Statfs_t
		must(t, unix.Statfs(at, &free))
		filler := filepath.Join(at, "filler")
		f, err := os.Create(filler)
		must(t, err)
		must(t, unix.Fallocate(int(f.Fd()), 0, 0, int64(free.Bavail)*free.Bsize-12<<20))
		must(t, f.Close())

		cookies := map[string]string{}
		for _, s := range all {
			cookies[s.account] = s.signIn(http.DefaultClient, box.url)
		}
		var mu sync.Mutex
		var promises []promise
		told := ""
		var together sync.WaitGroup
		for _, s := range all {
			together.Go(func() {
				for range 200 {
					data := sealed()
					sum := sha256.Sum256(data)
					path := fmt.Sprintf("%s/box/deposits/%x?school=%s&slot=%x", box.url, sum, s.school, sum)
					status, text, _, err := ask(http.DefaultClient, http.MethodPost, path, cookies[s.account], data)
					mu.Lock()
					if status == http.StatusCreated {
						promises = append(promises, promise{s, hex.EncodeToString(sum[:]), text})
					} else {
						told = fmt.Sprintf("%d %s", status, text)
					}
					mu.Unlock()
					if status != http.StatusCreated {
						if err != nil || status != http.StatusInsufficientStorage || !strings.Contains(string(text), `"code":"full"`) {
							t.Errorf("%s, full: %d %s %v", kind, status, text, err)
						}
						return
					}
				}
				t.Errorf("%s: the disk was never full", kind)
			})
		}
		together.Wait()
		if len(promises) == 0 || t.Failed() {
			t.Fatalf("%s: %d receipts before it was full", kind, len(promises))
		}
		for _, p := range promises {
			if _, again, _, err := ask(http.DefaultClient, http.MethodGet, box.url+"/box/receipts/"+p.id, cookies[p.of.account], nil); err != nil || !bytes.Equal(again, p.receipt) {
				t.Fatalf("%s, on the full disk: %s %v", kind, again, err)
			}
		}
		must(t, os.Remove(filler))
		for _, s := range all {
			if s.send(http.DefaultClient, box.url, cookies[s.account], sealed()) == nil {
				t.Errorf("%s: once there is room there is no receipt", kind)
			}
		}
		box.kill()
		leaves, err := leavesOf(dir, trustOf(t, dir))
		must(t, err)
		logged := strings.Join(leaves, " ")
		for _, p := range promises {
			if data, err := os.ReadFile(filepath.Join(dir, "store", "deposit", p.id[:2], p.id)); err != nil || fmt.Sprintf("%x", sha256.Sum256(data)) != p.id || !strings.Contains(logged, p.id) {
				t.Errorf("%s: deposit %s is lost: %v", kind, p.id, err)
			}
		}
		if out, err := itself.command("-C", dir, "fsck").CombinedOutput(); err != nil {
			t.Errorf("%s: fsck: %v\n%s", kind, err, out)
		}
		t.Logf("%s: %d receipts until %s", kind, len(promises), told)
	}
}
