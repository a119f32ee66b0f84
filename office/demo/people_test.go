package demo_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
	"despatch/internal/naming"
	"despatch/office/demo"
	"despatch/office/enrol"
	"despatch/records/access"
)

func TestDemoGivesEverybodyASignInThatOpens(t *testing.T) {
	dir := t.TempDir()
	if err := demo.Write(context.Background(), dir, noon(demo.BaseDay()), nil); err != nil {
		t.Fatal(err)
	}
	signIns, err := demo.ReadSignIns(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(signIns) < 27 {
		t.Fatalf("%d sign-ins, want everybody's", len(signIns))
	}
	for _, name := range []string{"demo-accounts.tsv", "demo-officer-passphrase"} {
		info, err := os.Stat(filepath.Join(dir, "private", name))
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s may be read by others (%s)", name, info.Mode())
		}
	}
	s := signIns[0]
	code, err := access.FoldCode(s.Code)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(buildkeys.IdentityPath(naming.OpaqueAccount(code)))))
	if err != nil {
		t.Fatal(err)
	}
	typed, err := keyring.ParseTyped(strings.ToUpper(strings.ReplaceAll(s.Passphrase, "-", " ")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.OpenIdentity(sealed, typed); err != nil {
		t.Errorf("the passphrase of %s does not open: %v", s.Name, err)
	}
	pass, err := os.ReadFile(filepath.Join(dir, "private", "demo-officer-passphrase"))
	if err != nil {
		t.Fatal(err)
	}
	if typed, err = keyring.ParseTyped(string(pass)); err != nil {
		t.Fatal(err)
	}
	if _, err := enrol.Unlock(dir, "", typed); err != nil {
		t.Errorf("the officer's passphrase does not open: %v", err)
	}
}

func TestNoDemoHasNoSignIns(t *testing.T) {
	if _, err := demo.ReadSignIns(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that there is none", err)
	}
}
