//go:build !windows

package main

import (
	"os"
	"syscall"
)

// askToEnd lets a program of ours finish what it is doing.
func askToEnd(p *os.Process) error { return p.Signal(syscall.SIGTERM) }
