//go:build !windows

package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"despatch/dropbox/boxkeys"
	"despatch/dropbox/login"
)

// rotateOnSignal reads the cookie keys again on SIGHUP.
func (e *env) rotateOnSignal(ctx context.Context, door *login.Door, journal *slog.Logger) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
		}
		keys, err := boxkeys.Load(e.path(keysDir))
		if err != nil {
			journal.Error("cookie keys", "cause", err.Error())
			continue
		}
		door.Rotate(keys.Cookies)
		journal.Info("cookie keys")
	}
}
