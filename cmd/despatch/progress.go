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
// line on standard error at most each second. Work that begins anew has a first
// second of its own.
func (e *env) progress() func(done, total int, what string) {
	next := time.Now().Add(time.Second)
	last := 0
	return func(done, total int, what string) {
		now := time.Now()
		if done <= 1 && last > 0 {
			next = now.Add(time.Second)
		}
		last = done
		if now.Before(next) {
			return
		}
		next = now.Add(time.Second)
		fmt.Fprintf(e.Stderr, "despatch: %d of %d %s\n", done, total, what)
	}
}
