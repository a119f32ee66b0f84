// Package enrol makes and changes an authority's keys: its root, head and naming
// keys, compartments, accounts and their rings (design section 3;
// docs/operations.md, Keys).
//
// Possession of a key decides what can be read, so who is given what follows from
// access.Holdings and from nothing else (TestRingsHoldExactlyTheHoldings). Who
// loses a right loses it for what is built afterwards: its compartments get new
// keys, and their published files are put on the purge list
// (TestRemovedPersonOpensNothingBuiltAfterwards).
//
// Every command asks for an officer's passphrase once ([Unlock]). Writes are in
// an order that a crash leaves mendable: run the command again, or
// despatch enrol --refresh. It trusts the authority's folder and the machine.
package enrol

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"despatch/internal/buildkeys"
	"despatch/internal/durable"
	"despatch/internal/keyring"
	"despatch/internal/naming"
	"despatch/internal/sshsig"
)

// An Office holds an authority's keys unlocked by one of its officers. It is used
// by one goroutine.
type Office struct {
	dir      string
	officer  *keyring.Officer
	officers []string // recipients of all officers
	root     sshsig.PublicKey
	rootKey  ed25519.PrivateKey
	naming   naming.Key
	serial   int               // of the keys file as it stands
	signed   *buildkeys.Signed // the recipients that the root signed, with those of this command

	own   *keyring.Bundle // the authority's own compartments, once read
	fresh map[string]bool // schools whose recipients were compared with the bundle

	dropped []sshsig.PublicKey // head keys that the keys file shall name no more
	box     *Box               // the drop-box that the keys file shall name, once said

	sealIdentity func(*keyring.Identity, keyring.Passphrase) ([]byte, error)
}

// Progress is told how far a longer work is; nil: nobody is.
type Progress func(done, total int, what string)

func (p Progress) at(done, total int, what string) {
	if p != nil {
		p(done, total, what)
	}
}

// Unlock opens the authority's keys in dir with an officer's passphrase. An empty
// officer means the only one there is.
func Unlock(dir, officer string, typed keyring.Typed) (*Office, error) {
	root, err := buildkeys.LoadRoot(dir)
	if err != nil {
		return nil, err
	}
	name, err := pickOfficer(dir, officer)
	if err != nil {
		return nil, err
	}
	o := &Office{dir: dir, root: root, fresh: make(map[string]bool), sealIdentity: keyring.SealIdentity}
	sealed, err := buildkeys.ReadSecret(dir, officerKeyPath(name))
	if err != nil {
		return nil, err
	}
	if o.officer, err = keyring.OpenOfficer(sealed, typed); err != nil {
		return nil, fmt.Errorf("officer %s: %w", name, err)
	}
	if err := o.readRootKey(); err != nil {
		return nil, err
	}
	text, err := buildkeys.ReadSecret(dir, buildkeys.NamingFile)
	if err != nil {
		return nil, err
	}
	if o.naming, err = naming.Read(text); err != nil {
		return nil, fmt.Errorf("%s: %w", buildkeys.NamingFile, err)
	}
	if err := o.readSigned(); err != nil {
		return nil, err
	}
	if o.officers, err = officerRecipients(dir, o.signed); err != nil {
		return nil, err
	}
	if !slices.Contains(o.officers, o.officer.Key.Recipient()) {
		return nil, fmt.Errorf("%s/%s.pub is missing or of another key than the officer's own; put it back from version control",
			buildkeys.OfficersDir, name)
	}
	return o, nil
}

func (o *Office) readRootKey() error {
	sealed, err := buildkeys.ReadSecret(o.dir, buildkeys.RootKeyFile)
	if err != nil {
		return err
	}
	text, err := o.officer.Key.Open(sealed)
	if err != nil {
		return fmt.Errorf("%s: %w", buildkeys.RootKeyFile, err)
	}
	if o.rootKey, err = sshsig.ParsePrivate(text); err != nil {
		return fmt.Errorf("%s: %w", buildkeys.RootKeyFile, err)
	}
	if sshsig.PublicOf(o.rootKey) != o.root {
		return fmt.Errorf("%s is not the key of %s; put both back from the same backup", buildkeys.RootKeyFile, buildkeys.RootFile)
	}
	return nil
}

// readSigned reads which recipients the root signed. A missing pin is no error here:
// the sealed root key says as much as it does.
func (o *Office) readSigned() error {
	_, keys, err := buildkeys.LoadSigned(o.dir, o.root)
	if err != nil {
		return err
	}
	if o.signed, err = buildkeys.LoadSignedRecipients(o.dir, o.root); err != nil {
		return err
	}
	o.serial = keys.Serial
	pin, err := buildkeys.LoadPin(o.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return buildkeys.SavePin(o.dir, buildkeys.Pin{Root: o.root, Keys: keys.Serial, Recipients: o.signed.Serial})
	}
	if err != nil {
		return err
	}
	return pin.Advance(o.dir, o.root, keys, o.signed)
}

// Officers are the names of the authority's officers, sorted.
func Officers(dir string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(buildkeys.OfficersDir)))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".pub"); ok {
			names = append(names, name)
		}
	}
	return names, nil
}

func pickOfficer(dir, officer string) (string, error) {
	names, err := Officers(dir)
	if err != nil {
		return "", err
	}
	switch {
	case officer != "" && slices.Contains(names, officer):
		return officer, nil
	case officer != "":
		return "", fmt.Errorf("there is no officer %q (there are: %s)", officer, strings.Join(names, ", "))
	case len(names) == 1:
		return names[0], nil
	case len(names) == 0:
		return "", fmt.Errorf("%s names no officer; put it back from version control", buildkeys.OfficersDir)
	}
	return "", fmt.Errorf("which officer are you? say --officer with one of: %s", strings.Join(names, ", "))
}

func officerKeyPath(name string) string { return buildkeys.OfficerKeysDir + "/" + name + ".id.age" }

func officerPubPath(name string) string { return buildkeys.OfficersDir + "/" + name + ".pub" }

// officerRecipients are what is sealed to officers: only recipients that the root
// signed, for whoever puts one of their own beside them would be given everything.
func officerRecipients(dir string, signed *buildkeys.Signed) ([]string, error) {
	names, err := Officers(dir)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(officerPubPath(name))))
		if err != nil {
			return nil, err
		}
		if err := signed.CheckOfficer(name, text); err != nil {
			return nil, err
		}
		all = append(all, strings.TrimSuffix(string(text), "\n"))
	}
	return all, nil
}

// writeSecret writes a file that only its owner may read.
func writeSecret(dir, name string, data []byte) error { return write(dir, name, data, 0o600) }

func writePublic(dir, name string, data []byte) error { return write(dir, name, data, 0o644) }

func write(dir, name string, data []byte, perm os.FileMode) error {
	file := filepath.Join(dir, filepath.FromSlash(name))
	folder := os.FileMode(0o755)
	if perm == 0o600 {
		folder = 0o700
	}
	if err := durable.MkdirAll(filepath.Dir(file), folder); err != nil {
		return err
	}
	return durable.WriteFile(file, data, perm)
}

// seconds is t as the formats write times: UTC, whole seconds.
func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
