package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// changing are the calls by which a program changes what is on a disk, or makes it
// durable. Writing to a file is not among them: what is half written has no name yet.
const changing = "?rename,?renameat,?renameat2,?link,?linkat,?unlink,?unlinkat,?mkdir,?mkdirat,fsync,fdatasync,syncfs,ftruncate"

// A cut is a command that is ended, or made to fail, at one of its calls.
type cut struct {
	name    string
	prepare []string // what is run before; words, or nothing
	args    []string
	// again is what it may say when it is given once more and everything was done.
	again string
	// exact are the folders of which nothing is random: they must be as if nothing had
	// happened.
	exact []string
	// gone is a file that the command says to delete.
	gone string
	// often is whether it is tried in every run of the tests.
	often bool
}

// under runs a command under strace, which does to the nth of its calls of a thread
// what it is told, and gives the call that met with it, and its exit code, or -1 when it
// was killed.
func (l *loop) under(program, inject string, args []string) (met string, code int, said string) {
	l.t.Helper()
	var out bytes.Buffer
	log := filepath.Join(l.t.TempDir(), "calls")
	command := []string{"-f", "-qq", "-y", "-o", log, "-e", "trace=" + changing}
	if inject != "" {
		command = append(command, "-e", "inject="+changing+":"+inject)
	}
	c := exec.Command("strace", append(append(command, program, "-C", l.dir), args...)...)
	c.Env = append(os.Environ(), "GOMAXPROCS=1") // so that most calls are one thread's
	c.Stdout, c.Stderr = &out, &out
	_ = c.Run()
	data, err := os.ReadFile(log)
	must(l.t, err)
	for line := range strings.Lines(string(data)) {
		if strings.Contains(line, "(INJECTED)") {
			_, met, _ = strings.Cut(strings.TrimSpace(line), " ")
		}
	}
	if !c.ProcessState.Exited() {
		return met, -1, out.String()
	}
	return met, c.ProcessState.ExitCode(), out.String()
}

// calls is the most calls that one thread of a command makes.
func (l *loop) calls(program string, args []string) (most int) {
	l.t.Helper()
	log := filepath.Join(l.t.TempDir(), "calls")
	c := exec.Command("strace", append([]string{"-f", "-qq", "-o", log, "-e", "trace=" + changing, program, "-C", l.dir}, args...)...)
	c.Env = append(os.Environ(), "GOMAXPROCS=1")
	if out, err := c.CombinedOutput(); err != nil {
		l.t.Fatalf("%v undisturbed: %v\n%s", args, err, out)
	}
	data, err := os.ReadFile(log)
	must(l.t, err)
	threads := make(map[string]int)
	for line := range strings.Lines(string(data)) {
		thread, call, _ := strings.Cut(line, " ")
		if !strings.Contains(call, "(") || strings.Contains(call, "resumed>") {
			continue
		}
		threads[thread]++
		most = max(most, threads[thread])
	}
	return most
}

// stands says what is not as it must be of a folder in which a command was given again.
func (l *loop) stands(c cut, undisturbed map[string]string) error {
	for _, args := range [][]string{{"check"}, {"keys"}, {"build"}, {"verify"}} {
		if code, said := l.try(args...); code != 0 {
			return fmt.Errorf("%s: exit %d: %s", args[0], code, said)
		}
	}
	l.page(head, "Fernside Primary School")
	now := make(map[string]string)
	for _, under := range c.exact {
		maps.Copy(now, l.whole(under))
	}
	if !maps.Equal(now, undisturbed) {
		return fmt.Errorf("there is %q, undisturbed %q", now, undisturbed)
	}
	return nil
}

// needsStrace skips where nobody may trace a program, as in some containers. Whoever
// says at how many points, as make faults does, is told instead.
func needsStrace(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("make test-all has time for it")
	}
	if out, err := exec.Command("strace", "-f", "-qq", "-o", os.DevNull, "true").CombinedOutput(); err != nil && os.Getenv("DESPATCH_POINTS") == "" {
		t.Skipf("nothing can be traced here: %v %s", err, out)
	} else if err != nil {
		t.Fatalf("strace: %v %s", err, out)
	}
}

// TestAnyCommandThatIsCutShortIsDoneByGivingItAgain kills commands of the office that
// write with SIGKILL, and has the disk fail them, at one call after another: given again
// each comes to its end, the folder is whole, what is built verifies, and a person opens
// their pages.
func TestAnyCommandThatIsCutShortIsDoneByGivingItAgain(t *testing.T) {
	needsStrace(t)
	points := setting(t, "DESPATCH_POINTS", 2) // of each command
	program, err := officeProgram()
	must(t, err)
	pass := filepath.Join(boxFolder(), "pass")
	for _, c := range []cut{
		{name: "rotate", often: true, args: []string{"rotate", "900001", "--passphrase-file", pass}},
		{name: "remove", args: []string{"enrol", "--remove", governor, "--passphrase-file", pass}, again: "has no keys", gone: "content/accounts/8kq2m9xd.yaml"},
		{name: "letter again", args: []string{"enrol", "--again", governor, "--passphrase-file", pass}},
		{name: "new", args: []string{"--clock", "2026-11-18T10:00:00Z", "new", "news", "--title", "Boiler at Hollow Lane"}, again: "already"},
		{name: "submit", args: []string{"--clock", "2026-11-18T10:00:00Z", "submit", focusVisit}, again: "was submitted", exact: []string{"events"}},
		{name: "publish", often: true, args: []string{"--clock", "2026-11-18T10:00:00Z", "publish", "letter"}, again: "was published", exact: []string{"events"}},
		{name: "withdraw", prepare: []string{"--clock", "2026-11-18T10:00:00Z", "submit", focusVisit}, args: []string{"--clock", "2026-11-19T10:00:00Z", "withdraw", focusVisit, "--reason", "It names the wrong class."}, again: "was withdrawn", exact: []string{"events"}},
		{name: "build", often: true, prepare: []string{"--clock", "2026-11-18T10:00:00Z", "submit", focusVisit}, args: []string{"build"}},
		{name: "renew", prepare: []string{"build"}, args: []string{"renew"}},
	} {
		if !c.often && os.Getenv("DESPATCH_POINTS") == "" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			l := newEnrolled(t)
			if c.prepare != nil {
				l.despatch(c.prepare...)
			}
			start := filepath.Join(t.TempDir(), "start")
			must(t, exec.Command("cp", "-a", l.dir, start).Run())
			most := l.calls(program, c.args)
			if most < 3 {
				t.Fatalf("it makes %d calls", most)
			}
			undisturbed := make(map[string]string)
			for _, under := range c.exact {
				maps.Copy(undisturbed, l.whole(under))
			}
			kills, failures, done := 0, 0, min(points, 2*most)
			for i := range done {
				n, inject := 1+(2*i+1)*most/(2*done), "signal=SIGKILL"
				if i%2 == 1 {
					inject = "error=EIO"
				}
				met, code, first, where := "", 0, "", ""
				for ; code != -1 && met == "" && n > 0; n /= 2 { // its calls are other threads' now
					must(t, os.RemoveAll(l.dir))
					must(t, exec.Command("cp", "-a", start, l.dir).Run())
					where = fmt.Sprintf(":when=%d", n)
					met, code, first = l.under(program, inject+where, c.args)
				}
				switch {
				case code == -1:
					kills++
				case code > 0:
					failures++
				}
				if code == 0 && strings.Contains(met, "sync") {
					t.Errorf("it heeds no error of %s\n%s", met, first)
				}
				if code != 0 {
					if code, said := l.try(c.args...); code != 0 && (c.again == "" || !strings.Contains(said, c.again)) {
						t.Errorf("%s%s of %d calls, and given again: exit %d\n%s\nat first:\n%s", inject, where, most, code, said, first)
						continue
					}
				}
				if c.gone != "" {
					must(t, os.Remove(filepath.Join(l.dir, filepath.FromSlash(c.gone))))
				}
				must(t, os.RemoveAll(filepath.Join(l.dir, "private", "letters"))) // which keys warns of
				if err := l.stands(c, undisturbed); err != nil {
					t.Errorf("%s%s of %d calls: %v\nat first: exit %d\n%s", inject, where, most, err, code, first)
				}
			}
			if kills == 0 {
				t.Errorf("of %d it was killed in none", done)
			}
			t.Logf("%d calls of a thread: killed at %d, failed at %d", most, kills, failures)
		})
	}
}
