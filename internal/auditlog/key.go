package auditlog

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Name is the name of a drop-box's log: the box's origin without its scheme, and
// "/log".
func Name(origin string) string {
	_, host, _ := strings.Cut(origin, "://")
	return host + "/log"
}

// Key makes the log's signer and its C2SP verifier key out of an Ed25519 key. The
// name is the log's origin, a URL without scheme such as
// "box.northmoor.example/log".
func Key(name string, priv ed25519.PrivateKey) (signer note.Signer, verifier string, err error) {
	verifier, err = note.NewEd25519VerifierKey(name, priv.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, "", fmt.Errorf("log key %q: %w", name, err)
	}
	const algorithm = "\x01" // Ed25519, as in the verifier key
	hash := strings.Split(verifier, "+")[1]
	signer, err = note.NewSigner("PRIVATE+KEY+" + name + "+" + hash + "+" + base64.StdEncoding.EncodeToString(append([]byte(algorithm), priv.Seed()...)))
	if err != nil {
		return nil, "", fmt.Errorf("log key %q: %w", name, err)
	}
	return signer, verifier, nil
}
