package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAnyCommandOfTheBoxThatIsCutShortIsDoneByGivingItAgain does to the commands of the
// drop-box that write what is done to the office's: given again each comes to its end,
// and the store, or its copy, is whole.
func TestAnyCommandOfTheBoxThatIsCutShortIsDoneByGivingItAgain(t *testing.T) {
	needsStrace(t)
	points := setting(t, "DESPATCH_POINTS", 2)
	program, err := boxProgram()
	must(t, err)
	l := newLoop(t)
	l.sent(l.answer(head, "accurate", ""))
	large := l.answer(head, "accurate", "")
	large.slot, large.inPieces = fmt.Sprintf("%064x", 1), true
	l.sent(large)
	_ = l.serving.Kill()
	_, _ = l.serving.Wait()

	b := &loop{t: t, dir: l.dirs.box}
	runs := func(t *testing.T, or string, args ...string) {
		t.Helper()
		out, err := exec.Command(program, append([]string{"-C", b.dir}, args...)...).CombinedOutput()
		if err != nil && (or == "" || !strings.Contains(string(out), or)) {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	copied := filepath.Join(t.TempDir(), "copy")
	runs(t, "", "backup", copied)
	start, out := filepath.Join(t.TempDir(), "start"), filepath.Join(t.TempDir(), "out")
	must(t, exec.Command("cp", "-a", b.dir, start).Run())
	for _, c := range []struct {
		name        string
		args, after []string
		bare        bool   // the box has no store
		again       string // what it may say when it is given once more and all was done
	}{
		{name: "rotate-cookies", args: []string{"rotate-cookies"}, again: "is used from", after: []string{"fsck"}},
		{name: "backup", args: []string{"backup", out, "--with-keys"}, after: []string{"restore", out, "--verify"}},
		{name: "restore", args: []string{"restore", copied}, after: []string{"fsck"}, bare: true, again: "holds a store"},
	} {
		t.Run(c.name, func(t *testing.T) {
			again := func() {
				must(t, os.RemoveAll(b.dir))
				must(t, os.RemoveAll(out))
				must(t, exec.Command("cp", "-a", start, b.dir).Run())
				if c.bare {
					must(t, os.RemoveAll(filepath.Join(b.dir, "store")))
				}
			}
			again()
			most := b.calls(program, c.args)
			kills, failures, done := 0, 0, min(points, 2*most)
			for i := range done {
				n, inject := 1+(2*i+1)*most/(2*done), "signal=SIGKILL"
				if i%2 == 1 {
					inject = "error=EIO"
				}
				met, code, first := "", 0, ""
				for ; code != -1 && met == "" && n > 0; n /= 2 { // its calls are other threads' now
					again()
					met, code, first = b.under(program, fmt.Sprintf("%s:when=%d", inject, n), c.args)
				}
				switch {
				case code == -1:
					kills++
				case code > 0:
					failures++
				}
				if code != 0 {
					runs(t, c.again, c.args...)
				}
				runs(t, "", c.after...)
				if t.Failed() {
					t.Fatalf("%s, %s of %d calls\n%s", inject, met, most, first)
				}
			}
			if kills == 0 {
				t.Errorf("of %d it was killed in none", done)
			}
			t.Logf("%d calls of a thread: killed at %d, failed at %d", most, kills, failures)
		})
	}
}
