package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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
	moved.sent(moved.returns(head, 1, "", roll("212")))
	moved.copied(file, file, "governor", "headteacher")
	if code, said := moved.try("--clock", later, "collect", "--passphrase-file", moved.pass); code != 1 || !strings.Contains(said, "its sender has no role that may complete this return") {
		t.Errorf("who became Headteacher again after they sent it: %d\n%s", code, said)
	}
}
