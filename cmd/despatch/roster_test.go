package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"despatch/office/roster"
)

// TestADepositIsJudgedByTheRosterOfItsTime: what a Headteacher sent counts, though they
// left before it was collected; what somebody sends who is Headteacher no more does not.
func TestADepositIsJudgedByTheRosterOfItsTime(t *testing.T) {
	file := filepath.Join("content", "accounts", strings.ToLower(head)+".yaml")
	left := newLoop(t)
	left.withReturn(20, 40)
	left.sent(left.returns(head, 1, "", roll("212")))
	must(t, os.Remove(filepath.Join(left.dir, file)))
	later := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	if code, said := left.try("--clock", later, "collect", "--passphrase-file", left.pass); code != 0 || !strings.Contains(said, "-returned.yaml\t900001\t"+censusID) {
		t.Errorf("who left after they sent it: %d\n%s", code, said)
	}

	moved := newLoop(t)
	moved.withReturn(20, 40)
	moved.copied(file, file, "headteacher", "governor")
	if code, said := moved.collect(); code != 0 { // which notes who is what from now on
		t.Fatalf("collect: %d\n%s", code, said)
	}
	moved.untilNoted()
	moved.sent(moved.returns(head, 1, "", roll("212")))
	moved.copied(file, file, "governor", "headteacher")
	if code, said := moved.try("--clock", later, "collect", "--passphrase-file", moved.pass); code != 1 || !strings.Contains(said, "its sender has no role that may complete this return") {
		t.Errorf("who became Headteacher again after they sent it: %d\n%s", code, said)
	}
}

// untilNoted waits for the second from which the last note of the accounts counts: one
// that follows another within a second counts from the next.
func (l *loop) untilNoted() {
	l.t.Helper()
	notes, err := filepath.Glob(filepath.Join(l.dir, filepath.FromSlash(roster.Dir), "*.yaml"))
	must(l.t, err)
	if len(notes) == 0 {
		l.t.Fatal("nobody noted the accounts")
	}
	second, err := strconv.ParseInt(strings.TrimSuffix(filepath.Base(slices.Max(notes)), ".yaml"), 10, 64)
	must(l.t, err)
	time.Sleep(time.Until(time.Unix(second, 0)))
}
