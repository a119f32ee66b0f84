//go:build !linux

package durable

import "os"

// moveNew gives a file its name if nobody has it; the caller removes the temporary one.
func moveNew(temp, path string) error { return os.Link(temp, path) }
