package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCollectKilledAnywhereComesToTheSame kills the program with SIGKILL in the midst
// of collecting, again and again, each time later; what is there in the end is what
// there is after a collection that nobody disturbed.
func TestCollectKilledAnywhereComesToTheSame(t *testing.T) {
	l := newLoop(t)
	l.withReturn(20, 40)
	program, err := officeProgram()
	must(t, err)
	const deposits = 24
	supersedes := ""
	for n := 1; n <= deposits; n++ {
		d := l.returns(head, n, supersedes, roll(fmt.Sprint(200+n)))
		if n%6 == 0 {
			d = l.returns(head, n, supersedes, roll("many")) // one to be refused
		}
		supersedes = l.sent(d)
	}
	l.sent(l.answer(head, "inaccurate", "The number on roll is 212."))
	kills := 0
	for _, after := range []int{1, 4, 9, 15, 21, 24} {
		c := exec.Command(program, "-C", l.dir, "collect", "--passphrase-file", l.pass)
		must(t, c.Start())
		ended := make(chan error, 1)
		go func() { ended <- c.Wait() }()
		for done := false; !done; {
			select {
			case <-ended:
				done = true
			default:
				if l.kept() >= after {
					must(t, c.Process.Kill())
					<-ended
					kills, done = kills+1, true
				}
			}
		}
	}
	if kills < 4 {
		t.Errorf("only %d collections were killed", kills)
	}
	if code, said := l.collect(); code != 1 || strings.Count(said, "! leaf") != 0 && !strings.Contains(said, "enter a number") {
		t.Errorf("the last collection: %d\n%s", code, said)
	}
	events, vault := l.files("events"), l.whole("vault")
	if n := len(vault); n < 2*deposits {
		t.Errorf("the vault has %d files", n)
	}
	must(t, os.RemoveAll(filepath.Join(l.dir, "vault")))
	for name := range events {
		if !strings.Contains(filepath.Base(name), "submitted") {
			must(t, os.Remove(filepath.Join(l.dir, filepath.FromSlash(name))))
		}
	}
	l.collect()
	if !maps.Equal(events, l.files("events")) {
		t.Error("undisturbed the events are others")
	}
	if again := l.whole("vault"); !maps.Equal(vault, again) {
		for name := range vault {
			if again[name] != vault[name] {
				t.Errorf("undisturbed %s is another, or not there", name)
			}
		}
		for name := range again {
			if _, ok := vault[name]; !ok {
				t.Errorf("undisturbed there is %s too", name)
			}
		}
	}
	if d, ok := l.form(censusID).DoneBy("900001"); !ok || d.Version != deposits-deposits/6 {
		t.Errorf("the return stands as %+v", d)
	}
}

// kept is how many heads of the log have their deposits in the vault.
func (l *loop) kept() (n int) {
	_ = filepath.WalkDir(filepath.Join(l.dir, "vault", "segments"), func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".tar") {
			n++
		}
		return nil // what has just come or gone is counted the next time
	})
	return n
}

// whole are the files under a folder, but what a crash left half written.
func (l *loop) whole(under string) map[string]string {
	all := l.files(under)
	maps.DeleteFunc(all, func(name, _ string) bool {
		return strings.HasPrefix(filepath.Base(name), ".") || strings.HasSuffix(name, "/lock")
	})
	return all
}
