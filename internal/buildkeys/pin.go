package buildkeys

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"despatch/internal/durable"
	"despatch/internal/keysfile"
	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

// A Pin is what this machine knows of the authority's keys whatever version
// control says: the root, and the highest serials it has seen. Whoever changes
// public-keys/ can therefore neither put another root in its place nor bring an
// older list back (TestBuildRefusesAnotherRootAndOlderKeys).
type Pin struct {
	Root       sshsig.PublicKey
	Keys       int // serial of the keys file
	Recipients int // serial of the list of recipients
}

// LoadPin reads the pin. One that is not there is fs.ErrNotExist.
func LoadPin(dir string) (Pin, error) {
	text, err := ReadSecret(dir, PinFile)
	if err != nil {
		return Pin{}, err
	}
	var root string
	var p Pin
	if _, err := fmt.Sscanf(string(text), "despatch-pin 1\nroot ssh-ed25519 %s\nkeys %d\nrecipients %d\n", &root, &p.Keys, &p.Recipients); err != nil {
		return Pin{}, refusal.Malformed.Errorf("%s is not as Despatch writes it: run despatch keys --make", PinFile)
	}
	if p.Root, err = sshsig.ParsePublicKey("ssh-ed25519 " + root); err != nil {
		return Pin{}, fmt.Errorf("%s: %w", PinFile, err)
	}
	if p.text() != string(text) {
		return Pin{}, refusal.Malformed.Errorf("%s is not as Despatch writes it: run despatch keys --make", PinFile)
	}
	return p, nil
}

func (p Pin) text() string {
	return fmt.Sprintf("despatch-pin 1\nroot %s\nkeys %d\nrecipients %d\n", p.Root, p.Keys, p.Recipients)
}

// SavePin writes the pin.
func SavePin(dir string, p Pin) error {
	return durable.WriteFile(filepath.Join(dir, filepath.FromSlash(PinFile)), []byte(p.text()), 0o600)
}

// Advance measures what version control has against the pin, and moves the pin
// forward.
func (p Pin) Advance(dir string, root sshsig.PublicKey, k *keysfile.Keys, s *Signed) error {
	switch {
	case p.Root != root:
		return refusal.Signature.Errorf("%s is not the root that this machine knows (%s): put it back from version control, and find out who changed it", RootFile, PinFile)
	case k.Serial < p.Keys:
		return refusal.Rollback.Errorf("%s has serial %d and this machine has seen %d: put the newest back from version control", KeysFile, k.Serial, p.Keys)
	case s.Serial < p.Recipients:
		return refusal.Rollback.Errorf("%s has serial %d and this machine has seen %d: put the newest back from version control", SignedFile, s.Serial, p.Recipients)
	case k.Serial == p.Keys && s.Serial == p.Recipients:
		return nil
	}
	return SavePin(dir, Pin{root, k.Serial, s.Serial})
}

// errNoPin is for a machine that was given keys without a pin.
func errNoPin(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is not there, which says which root this machine trusts: copy it from the machine that has it, or run despatch keys --make", PinFile)
	}
	return err
}
