package dropbox_test

import (
	"bytes"
	"testing"
)

// everyByte changes every byte of good, and cuts good at every length: nothing of
// it may be accepted.
func everyByte(t *testing.T, good []byte, read func([]byte) error) {
	t.Helper()
	must(t, read(good))
	for at := range good {
		for _, flip := range []byte{1, 0x20, 0x80} {
			bad := bytes.Clone(good)
			bad[at] ^= flip
			if read(bad) == nil {
				t.Errorf("byte %d changed by %#x is accepted", at, flip)
			}
		}
		if read(good[:at]) == nil {
			t.Errorf("cut after %d bytes it is accepted", at)
		}
	}
}
