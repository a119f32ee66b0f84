// Command despatch is the office's tool: it reads what officers write, seals it
// for schools and publishes it. It is trusted with everything; the host that
// carries its output is trusted with nothing but being there.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // deadlines are Europe/London's, also where the system has no zones
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
