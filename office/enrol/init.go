package enrol

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"despatch/internal/buildkeys"
	"despatch/internal/durable"
	"despatch/internal/keyring"
	"despatch/internal/keysfile"
	"despatch/internal/naming"
	"despatch/internal/sshsig"
)

// Init makes the first keys of an authority in dir: root, head and naming key and
// one officer, whose generated passphrase it returns. It is kept nowhere. Init
// refuses a folder that has keys already: a second root would lock every school
// out.
func Init(dir, officer string, now time.Time) (keyring.Passphrase, error) {
	var none keyring.Passphrase
	for _, name := range []string{"public-keys", "private"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return none, fmt.Errorf("%s has keys already (%s is there); keys are made once", dir, name)
		}
	}
	for _, name := range []string{buildkeys.OfficerKeysDir, buildkeys.BundlesDir, buildkeys.LettersDir} {
		if err := durable.MkdirAll(filepath.Join(dir, filepath.FromSlash(name)), 0o700); err != nil {
			return none, err
		}
	}
	for _, name := range []string{buildkeys.OfficersDir, buildkeys.RecipientsDir, buildkeys.AccountsDir, buildkeys.HeadsDir} {
		if err := durable.MkdirAll(filepath.Join(dir, filepath.FromSlash(name)), 0o755); err != nil {
			return none, err
		}
	}
	first, err := keyring.NewOfficer(officer)
	if err != nil {
		return none, err
	}
	p, err := writeOfficer(dir, first)
	if err != nil {
		return none, err
	}
	return p, writeAuthorityKeys(dir, first, now)
}

// writeOfficer writes an officer's two files and returns the passphrase.
func writeOfficer(dir string, o *keyring.Officer) (keyring.Passphrase, error) {
	p, err := keyring.NewPassphrase(rand.Reader)
	if err != nil {
		return p, err
	}
	sealed, err := keyring.SealOfficer(o, p)
	if err != nil {
		return p, err
	}
	if err := writeSecret(dir, officerKeyPath(o.Name), sealed); err != nil {
		return p, err
	}
	return p, writePublic(dir, officerPubPath(o.Name), []byte(o.Key.Recipient()+"\n"))
}

// writeAuthorityKeys writes root, head and naming key; root.pub last, for it says
// that the folder has keys.
func writeAuthorityKeys(dir string, first *keyring.Officer, now time.Time) error {
	names, err := naming.New(rand.Reader)
	if err != nil {
		return err
	}
	if err := writeSecret(dir, buildkeys.NamingFile, names.Format()); err != nil {
		return err
	}
	head, err := newSigningKey("despatch head key")
	if err != nil {
		return err
	}
	if err := writeSecret(dir, buildkeys.HeadKeyFile, head.text); err != nil {
		return err
	}
	root, err := newSigningKey("despatch root key")
	if err != nil {
		return err
	}
	sealed, err := keyring.SealTo([]string{first.Key.Recipient()}, root.text)
	if err != nil {
		return err
	}
	if err := writeSecret(dir, buildkeys.RootKeyFile, sealed); err != nil {
		return err
	}
	list := buildkeys.NewSigned(sshsig.PublicOf(root.key))
	list.Serial = 1
	list.SetOfficer(first.Name, []byte(first.Key.Recipient()+"\n"))
	if err := writePublic(dir, buildkeys.SignedFile, buildkeys.FormatSigned(list, root.key)); err != nil {
		return err
	}
	if err := buildkeys.SavePin(dir, buildkeys.Pin{Root: list.Root, Keys: 1, Recipients: 1}); err != nil {
		return err
	}
	signed := keysfile.Format(&keysfile.Keys{
		Serial: 1, Date: seconds(now),
		Root: sshsig.PublicOf(root.key), Heads: []sshsig.PublicKey{sshsig.PublicOf(head.key)},
	}, root.key)
	if err := writePublic(dir, buildkeys.KeysFile, signed); err != nil {
		return err
	}
	return writePublic(dir, buildkeys.RootFile, []byte(sshsig.PublicOf(root.key).String()+"\n"))
}

type signingKey struct {
	key  ed25519.PrivateKey
	text []byte // OpenSSH PEM
}

func newSigningKey(comment string) (signingKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return signingKey{}, err
	}
	text, err := sshsig.MarshalPrivate(key, comment)
	return signingKey{key, text}, err
}
