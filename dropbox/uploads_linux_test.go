package dropbox_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"despatch/dropbox/logbook"
	"despatch/dropbox/store"
)

// TestAFullDiskStopsAnUploadAndItGoesOn: on a file system of 24 MiB. What was
// acknowledged stays, and the box works again without a new start.
func TestAFullDiskStopsAnUploadAndItGoesOn(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		if os.Geteuid() == 0 {
			t.Fatalf("mount a small file system: %v", err)
		}
		t.Skip("only root mounts a small file system")
	}
	t.Cleanup(func() { must(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	s, err := store.OpenFolder(dir, func(err error) { t.Errorf("the disk is given up: %v", err) })
	must(t, err)
	signer, _, _ := logKey(t, 7)
	must(t, logbook.Begin(t.Context(), s, signer, time.Now()))
	b := openBox(t, s)
	all := uploaders(t, b, 2)
	p, other := all[0], all[1]
	small := deposit(t)
	sent := b.send(t, other, small, "")
	verified(t, sent.body, small)

	filler := filepath.Join(dir, "filler")
	must(t, os.WriteFile(filler, make([]byte, 18*mib), 0o600))
	data := largeDeposit(t, 9*mib)
	at := b.begin(t, p, data, hashOf([]byte("slot")))
	offset := 0
	for ; offset < len(data); offset += mib {
		a := b.patch(t, p, at, offset, data[offset:offset+mib])
		if a.status != http.StatusNoContent {
			wantCode(t, "a part for which there is no room", a, http.StatusInsufficientStorage, "full")
			break
		}
	}
	if offset < 2*mib || offset > 7*mib {
		t.Fatalf("the disk was full at %d", offset)
	}
	if got := b.offset(t, p, at); got != offset {
		t.Errorf("on a full disk %d are durable, acknowledged were %d", got, offset)
	}
	if back := b.do(t, other, http.MethodGet, "/box/receipts/"+hashOf(small), nil); string(back.body) != string(sent.body) {
		t.Errorf("another's receipt: %d %s", back.status, back.body)
	}
	must(t, os.Remove(filler))
	if a := b.patch(t, p, at, offset, data[offset:]); a.status != http.StatusNoContent || a.header.Get("Upload-Offset") != strconv.Itoa(len(data)) {
		t.Fatalf("once there is room: %d %s", a.status, a.body)
	}
	verified(t, b.do(t, p, http.MethodGet, "/box/receipts/"+hashOf(data), nil).body, data)
}
