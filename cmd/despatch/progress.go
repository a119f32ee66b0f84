package main

import (
	"fmt"
	"time"
)

// counted is a number with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// progress reports how far a longer work is: nothing in its first second, then a
// line on standard error at most each second.
func (e *env) progress() func(done, total int, what string) {
	next := time.Now().Add(time.Second)
	return func(done, total int, what string) {
		now := time.Now()
		if now.Before(next) {
			return
		}
		next = now.Add(time.Second)
		fmt.Fprintf(e.Stderr, "despatch: %d of %d %s\n", done, total, what)
	}
}
