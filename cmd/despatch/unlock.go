package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"despatch/generator/source"
	"despatch/internal/durable"
	"despatch/internal/keyring"
	"despatch/internal/refusal"
	"despatch/office/enrol"
)

// unlocking is how a command comes by an officer's key.
type unlocking struct {
	officer string
	file    string
}

// flags adds what every command that asks for the officer's passphrase knows.
func (u *unlocking) flags(c *cobra.Command) {
	c.Flags().StringVar(&u.officer, "officer", "", "the officer's `name`, where there are several")
	c.Flags().StringVar(&u.file, "passphrase-file", "", "read the officer's passphrase from this `file` instead of asking")
}

// open asks for the passphrase, once, and opens the authority's keys.
func (u *unlocking) open(e *env) (*enrol.Office, error) {
	typed, err := u.passphrase(e)
	if err != nil {
		return nil, err
	}
	if err := e.holdKeys(); err != nil {
		return nil, err
	}
	o, err := enrol.Unlock(e.Dir, u.officer, typed)
	if refusal.Of(err) == refusal.Locked {
		return nil, withHint(err, "the officer's passphrase is the one of the officer's sheet, not of a school's letter")
	}
	return o, err
}

// holdKeys keeps others from changing the same keys until the command ends.
func (e *env) holdKeys() error {
	private := filepath.Join(e.Dir, "private")
	if _, err := os.Stat(private); err != nil {
		return fmt.Errorf("%s is not there, and with it the keys that only officers have: put it back from its backup", private)
	}
	var err error
	e.keysLock, err = durable.Lock(filepath.Join(private, "lock"), 0o600)
	if errors.Is(err, durable.ErrLocked) {
		return withHint(errors.New("another despatch is changing these keys"), "wait until it is done, then run this again")
	}
	return err
}

// letKeysGo ends holdKeys.
func (e *env) letKeysGo() {
	if e.keysLock != nil {
		e.keysLock.Close()
		e.keysLock = nil
	}
}

func (u *unlocking) passphrase(e *env) (keyring.Typed, error) {
	if u.file != "" {
		text, err := os.ReadFile(u.file)
		if err != nil {
			return keyring.Typed{}, fmt.Errorf("read the passphrase: %w", err)
		}
		if info, err := os.Stat(u.file); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
			fmt.Fprintf(e.Stderr, "despatch: warning: others on this machine may read %s: chmod 600 %s\n", u.file, u.file)
		}
		return keyring.ParseTyped(strings.TrimSpace(string(text)))
	}
	in, ok := e.Stdin.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return keyring.Typed{}, withHint(errors.New("this asks for an officer's passphrase and there is no terminal to ask on"),
			"give --passphrase-file FILE")
	}
	fmt.Fprint(e.Stderr, "Officer's passphrase: ")
	text, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(e.Stderr)
	if err != nil {
		return keyring.Typed{}, fmt.Errorf("read passphrase: %w", err)
	}
	return keyring.ParseTyped(string(text))
}

// readSite reads the settings, schools and accounts of the authority's folder.
// With problems it prints all of them and returns errFindings.
func (e *env) readSite() (*source.Site, error) {
	f, err := source.Open(e.Dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l, problems, err := f.Scan()
	if err != nil {
		return nil, err
	}
	site, more := f.Site(l)
	wrong := 0
	for _, p := range append(problems, more...) {
		if !p.Warning {
			wrong++
			fmt.Fprintln(e.Stderr, p)
		}
	}
	if wrong > 0 {
		return nil, withHint(fmt.Errorf("%s in the folder; nothing was changed", counted(wrong, "problem", "problems")), "despatch check")
	}
	return site, nil
}
