package sshsig

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"despatch/internal/refusal"
)

const keyType = "ssh-ed25519"

// PublicKey is an Ed25519 public key.
type PublicKey [ed25519.PublicKeySize]byte

// PublicOf gives the public half of a private key.
func PublicOf(priv ed25519.PrivateKey) PublicKey {
	return PublicKey(priv.Public().(ed25519.PublicKey))
}

// ParsePublicKey reads "ssh-ed25519 AAAA…", without comment or line end, exactly
// as String writes it.
func ParsePublicKey(s string) (PublicKey, error) {
	var k PublicKey
	encoded, ok := strings.CutPrefix(s, keyType+" ")
	if !ok {
		return k, refusal.Malformed.Errorf("%.40q is not a public key (want ssh-ed25519 AAAA…, without comment)", s)
	}
	blob, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(blob) != len(keyBlob(k)) {
		return k, refusal.Malformed.Errorf("public key %.40q is not an Ed25519 key in OpenSSH's text form", s)
	}
	copy(k[:], blob[len(blob)-len(k):])
	if k.String() != s {
		return PublicKey{}, refusal.Malformed.Errorf("public key %.40q is not in OpenSSH's own form", s)
	}
	return k, nil
}

// String writes the key as OpenSSH does, without comment.
func (k PublicKey) String() string {
	return keyType + " " + base64.StdEncoding.EncodeToString(keyBlob(k))
}

// MarshalPrivate writes a private key as an unencrypted OpenSSH PEM file.
func MarshalPrivate(priv ed25519.PrivateKey, comment string) ([]byte, error) {
	block, err := ssh.MarshalPrivateKey(priv, comment)
	if err != nil {
		return nil, fmt.Errorf("write private key: %w", err)
	}
	return pem.EncodeToMemory(block), nil
}

// ParsePrivate reads an unencrypted OpenSSH private key file of type Ed25519.
func ParsePrivate(data []byte) (ed25519.PrivateKey, error) {
	key, err := ssh.ParseRawPrivateKey(data)
	if err != nil {
		return nil, refusal.Malformed.Errorf("not an unencrypted OpenSSH private key: %v", err)
	}
	priv, ok := key.(*ed25519.PrivateKey)
	if !ok {
		return nil, refusal.Malformed.Errorf("the private key is of another type than Ed25519")
	}
	return *priv, nil
}

// keyBlob is the key in SSH's wire form.
func keyBlob(k PublicKey) []byte {
	return appendString(appendString(nil, []byte(keyType)), k[:])
}

// appendString appends an SSH string: its length in four bytes, then its bytes.
func appendString(b, s []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}

// cutString takes an SSH string off the front of b.
func cutString(b []byte) (s, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := uint64(binary.BigEndian.Uint32(b))
	if uint64(len(b)-4) < n {
		return nil, nil, false
	}
	return b[4 : 4+n : 4+n], b[4+n:], true
}

// cutExactly takes the SSH string want off the front of b.
func cutExactly(b, want []byte) (rest []byte, ok bool) {
	s, rest, ok := cutString(b)
	return rest, ok && bytes.Equal(s, want)
}
