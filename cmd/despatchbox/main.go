// Command despatchbox is the drop-box: it takes sealed deposits from schools, puts
// them into a log and gives receipts. It cannot open what it takes: it imports
// neither the keyring nor age (internal/layering proves it).
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
