package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"despatch/internal/auditlog"
)

// TestCheckNamesWhatIsNotAsItWasPromised fills more than a tile, and then spoils one
// object of each kind at a time.
func TestCheckNamesWhatIsNotAsItWasPromised(t *testing.T) {
	dir := newBox(t, testOrigin)
	sendMany(t, dir, auditlog.TileWidth+20)
	file := func(pattern string) string {
		found, err := filepath.Glob(filepath.Join(dir, "store", filepath.FromSlash(pattern)))
		must(t, err)
		slices.Sort(found)
		if len(found) == 0 {
			t.Fatalf("the store has no %s", pattern)
		}
		return found[len(found)/2]
	}
	heads, err := filepath.Glob(filepath.Join(dir, "store", "log", "head", "*"))
	must(t, err)
	last := slices.Max(heads)

	code, out, _ := command(t.Context(), "-C", dir, "check")
	if code != 0 || !strings.Contains(out, "276 deposits, all of them whole") {
		t.Fatalf("a whole store: exit %d\n%s", code, out)
	}

	for _, tt := range []struct{ name, file, said string }{
		{"a head", file("log/head/*"), "head "},
		{"the last head", last, "head "},
		{"a deposit", file("deposit/*/*"), "has other bytes than those that were taken"},
		{"a slot", file("slot/*/*"), "the slot "},
		{"a tile of hashes", file("log/tile/0/*"), "log/tile/0/000 says something else than what follows from head"},
		{"a tile of entries", file("log/tile/entries/*"), "log/tile/entries/000 says something else"},
		{"the list of an account", file("logged/*/*"), "says something else than what follows"},
	} {
		good, err := os.ReadFile(tt.file)
		must(t, err)
		middle := bytes.Clone(good)
		middle[len(middle)/2] ^= 1
		for how, bad := range map[string][]byte{"changed": middle, "cut": good[:len(good)-1], "removed": nil} {
			must(t, os.WriteFile(tt.file, bad, 0o600))
			if bad == nil {
				must(t, os.Remove(tt.file))
			}
			code, out, errs := command(t.Context(), "-C", dir, "check")
			said := tt.said
			if how == "removed" {
				said = map[bool]string{true: "was there", false: "missing"}[tt.file == last]
				if strings.HasPrefix(tt.name, "a deposit") || tt.name == "a slot" {
					said = "not in the store"
				}
			}
			if code != 1 || !strings.Contains(out, said) || !strings.Contains(errs, "keep the store as it is") {
				t.Errorf("%s %s: exit %d, want %q in\n%s%s", tt.name, how, code, said, out, errs)
			}
		}
		must(t, os.WriteFile(tt.file, good, 0o600))
	}

	stray := filepath.Join(filepath.Dir(file("deposit/*/*")), strings.Repeat("ab", 32))
	must(t, os.WriteFile(stray, []byte("cut off"), 0o600))
	code, out, _ = command(t.Context(), "-C", dir, "check")
	if code != 0 || !strings.Contains(out, "1 more files are stored that no receipt was given for") {
		t.Errorf("a file that was never logged: exit %d\n%s", code, out)
	}
}

// TestBackupOfABoxInUseIsWhole runs the commands of docs/operations.md again and
// again while deposits arrive.
func TestBackupOfABoxInUseIsWhole(t *testing.T) {
	commands := backupCommands(t)
	dir := newBox(t, testOrigin)
	begin(t, dir).kill() // the first start derives what follows from the first head
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		sendMany(t, dir, 120)
	}()
	for i, ended := 0, false; !ended; i++ {
		select {
		case <-sent:
			ended = true // once more, of all
		default:
		}
		for _, c := range commands {
			run := exec.Command("bash", "-euc", c)
			run.Dir = dir
			if out, err := run.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", c, err, out)
			}
		}
		restored := t.TempDir()
		put := exec.Command("cp", "-a", "keys", "box.yaml", restored)
		put.Dir = dir
		must(t, put.Run())
		must(t, exec.Command("cp", "-a", filepath.Join(dir, "backup"), filepath.Join(restored, "store")).Run())
		code, out, errs := command(t.Context(), "-C", restored, "check")
		if code != 0 {
			t.Fatalf("copy %d: exit %d\n%s%s", i, code, out, errs)
		}
		if ended && !strings.Contains(out, "120 deposits, all of them whole") {
			t.Errorf("the last copy:\n%s", out)
		}
	}
}

// backupCommands are those of docs/operations.md.
func backupCommands(t *testing.T) (out []string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	must(t, err)
	for _, m := range regexp.MustCompile(`(?m)^    ((?:mkdir -p backup|rsync ).*)$`).FindAllStringSubmatch(string(text), -1) {
		out = append(out, m[1])
	}
	if len(out) != 4 {
		t.Fatalf("docs/operations.md backs up with %d commands, want 4", len(out))
	}
	return out
}

// sendMany has a box take n deposits, and ends it when all is derived.
func sendMany(t *testing.T, dir string, n int) {
	t.Helper()
	all := senders(8)
	box := begin(t, dir)
	if status, text, _, err := ask(http.DefaultClient, http.MethodPut, box.url+"/register", "", testRegister(all)); err != nil || status != http.StatusOK {
		t.Fatalf("the register: %d %s %v", status, text, err)
	}
	left := make(chan struct{}, n)
	for range n {
		left <- struct{}{}
	}
	close(left)
	var sending sync.WaitGroup
	for _, s := range all {
		sending.Go(func() {
			cookie := s.signIn(http.DefaultClient, box.url)
			for range left {
				if s.send(http.DefaultClient, box.url, cookie, sealed()) == nil {
					t.Error("a deposit was not taken")
				}
			}
		})
	}
	sending.Wait()
	must(t, box.cmd.Process.Signal(os.Interrupt))
	must(t, box.cmd.Wait())
}

// TestADepositInPiecesIsCheckedBackedUpAndMissed: check reads every piece, the
// commands of docs/operations.md copy them, and serve does not start without one.
func TestADepositInPiecesIsCheckedBackedUpAndMissed(t *testing.T) {
	dir := newBox(t, testOrigin)
	id := sendLarge(t, dir, 17<<20)
	pieces, err := filepath.Glob(filepath.Join(dir, "store", "piece", id[:2], id, "*", "*"))
	must(t, err)
	if len(pieces) != 3 {
		t.Fatalf("the deposit has %d pieces", len(pieces))
	}
	manifest := filepath.Join(dir, "store", "deposit", id[:2], id)
	for name, file := range map[string]string{"a piece": pieces[1], "the manifest": manifest} {
		good, err := os.ReadFile(file)
		must(t, err)
		middle := bytes.Clone(good)
		middle[len(middle)/2] ^= 1
		for how, bad := range map[string][]byte{"changed": middle, "cut": good[:len(good)-1], "removed": nil} {
			must(t, os.WriteFile(file, bad, 0o600))
			if bad == nil {
				must(t, os.Remove(file))
			}
			code, out, _ := command(t.Context(), "-C", dir, "check")
			if code != 1 || !strings.Contains(out, "deposit "+id) {
				t.Errorf("%s %s: check exits with %d\n%s", name, how, code, out)
			}
			if how == "changed" {
				continue // the start looks for pieces and their sizes; check reads them
			}
			ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
			code, _, errs := command(ctx, "-C", dir, "serve", "--store-may-forget", "--listen", "127.0.0.1:0", "--operations", "127.0.0.1:0")
			stop()
			if code != 1 || !strings.Contains(errs, "deposit") {
				t.Errorf("%s %s: serve exits with %d\n%s", name, how, code, errs)
			}
		}
		must(t, os.WriteFile(file, good, 0o600))
	}
	for _, c := range backupCommands(t) {
		run := exec.Command("bash", "-euc", c)
		run.Dir = dir
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", c, err, out)
		}
	}
	must(t, os.Rename(filepath.Join(dir, "store"), filepath.Join(dir, "lost")))
	must(t, os.Rename(filepath.Join(dir, "backup"), filepath.Join(dir, "store")))
	code, out, errs := command(t.Context(), "-C", dir, "check")
	if code != 0 || !strings.Contains(out, "1 deposits, all of them whole") {
		t.Errorf("what was put back: exit %d\n%s%s", code, out, errs)
	}
	// The store holds it as it came: the pieces in their order are the age file.
	cat := exec.Command("bash", "-euc", "cat piece/*/*/*/* | sha256sum")
	cat.Dir = filepath.Join(dir, "store")
	sum, err := cat.Output()
	if err != nil || !strings.HasPrefix(string(sum), id) {
		t.Errorf("cat and sha256sum: %s %v", sum, err)
	}
}
