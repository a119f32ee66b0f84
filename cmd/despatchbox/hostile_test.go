package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryChangedByteAndEveryTruncationOfABoxIsNamed changes each byte of each kind of
// file in the store of a box that holds deposits, one at a time, and cuts each file at each place: fsck says
// so each time. Of a deposit itself and in the short run every
// so many bytes are enough: its SHA-256 does not care which.
func TestEveryChangedByteAndEveryTruncationOfABoxIsNamed(t *testing.T) {
	dir := newBox(t, testOrigin)
	sendMany(t, dir, 3)
	must(t, os.RemoveAll(filepath.Join(dir, "store", "session")))
	must(t, os.RemoveAll(filepath.Join(dir, "store", "nonce")))
	step := setting(t, "DESPATCH_STRIDE", 97)
	kinds, changes := map[string]bool{}, 0
	check := func(name, how string) {
		changes++
		if code, out, _ := command(t.Context(), "-C", dir, "fsck"); code == 0 {
			t.Errorf("%s, %s: fsck says\n%s", name, how, out)
		}
	}
	must(t, filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, file)
		must(t, err)
		name = filepath.ToSlash(name)
		if !strings.HasPrefix(name, "store/") || strings.HasPrefix(name, "store/log/derived/") {
			return nil // the machine's own settings and keys, and marks that are empty of meaning
		}
		kind := strings.Join(strings.SplitN(name, "/", 4)[:min(3, strings.Count(name, "/")+1)], "/")
		if strings.HasPrefix(name, "store/deposit/") || strings.HasPrefix(name, "store/slot/") || strings.HasPrefix(name, "store/logged/") {
			kind = strings.Join(strings.SplitN(name, "/", 3)[:2], "/")
		}
		if kinds[kind] && !strings.HasPrefix(name, "store/log/head") {
			return nil // one of each kind
		}
		kinds[kind] = true
		good, err := os.ReadFile(file)
		must(t, err)
		every := max(step, len(good)/256) // at most some hundred of a deposit
		for at := 0; at < len(good); at += every {
			bad := bytes.Clone(good)
			bad[at] ^= 1
			must(t, os.WriteFile(file, bad, 0o600))
			check(name, "a byte changed")
			must(t, os.WriteFile(file, good[:at], 0o600))
			check(name, "cut")
		}
		must(t, os.WriteFile(file, append(bytes.Clone(good), '\n'), 0o600))
		check(name, "a line more")
		return os.WriteFile(file, good, 0o600)
	}))
	if code, out, errs := command(t.Context(), "-C", dir, "fsck"); code != 0 {
		t.Fatalf("put back as it was: %s%s", out, errs)
	}
	if len(kinds) < 5 {
		t.Errorf("only these kinds of files were changed: %v", kinds)
	}
	t.Logf("%d changes and truncations of %d kinds of files, every %d bytes", changes, len(kinds), step)
}
