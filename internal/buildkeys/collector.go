package buildkeys

import (
	"crypto/ed25519"
	"fmt"

	"despatch/internal/sshsig"
)

// LoadCollector reads the key with which this machine signs in at the drop-box to
// collect. It opens no deposit. One that is not there is fs.ErrNotExist.
func LoadCollector(dir string) (ed25519.PrivateKey, error) {
	text, err := ReadSecret(dir, CollectorFile)
	if err != nil {
		return nil, err
	}
	key, err := sshsig.ParsePrivate(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", CollectorFile, err)
	}
	return key, nil
}
