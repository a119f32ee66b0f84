package main

import "os"

// askToEnd ends a program of ours: Windows has no gentler way.
func askToEnd(p *os.Process) error { return p.Kill() }
