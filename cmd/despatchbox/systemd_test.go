package main

import (
	"os/exec"
	"testing"
)

// TestTheServiceIsHardened has systemd judge the unit: 2.0 of 10 at most.
func TestTheServiceIsHardened(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not here")
	}
	if out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", "despatchbox.service").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
