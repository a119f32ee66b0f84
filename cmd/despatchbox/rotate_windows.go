package main

import (
	"context"
	"log/slog"

	"despatch/dropbox/login"
)

// rotateOnSignal does nothing: Windows has no SIGHUP, and a new start reads the
// cookie keys.
func (e *env) rotateOnSignal(context.Context, *login.Door, *slog.Logger) {}
