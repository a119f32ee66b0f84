// Package sshsig signs and verifies in OpenSSH's signature format, Ed25519 only.
//
// It follows PROTOCOL.sshsig of OpenSSH, version 1, narrowed by docs/formats.md
// section 1: key type ssh-ed25519, hash sha512, empty reserved field, armor lines
// of 70 characters. A signature is made for a namespace and verifies in no other.
// The reader accepts only what the writer writes, byte for byte. Nobody is
// trusted but the key that the caller names. Proved against ssh-keygen by
// TestSshKeygenVerifiesWhatSignWrites and TestVerifyAcceptsWhatSshKeygenSigns.
package sshsig

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/base64"
	"slices"

	"despatch/internal/refusal"
)

const (
	beginLine = "-----BEGIN SSH SIGNATURE-----\n"
	endLine   = "-----END SSH SIGNATURE-----\n"
	magic     = "SSHSIG"
	version   = "\x00\x00\x00\x01"
	hashName  = "sha512"
	lineWidth = 70
	// maxArmored bounds what is parsed: namespaces are short.
	maxArmored = 4096
)

// signature is what an armored block holds.
type signature struct {
	key       PublicKey
	namespace string
	raw       []byte
}

// Sign signs msg in a namespace and returns the armored signature.
func Sign(priv ed25519.PrivateKey, namespace string, msg []byte) []byte {
	s := signature{
		key:       PublicOf(priv),
		namespace: namespace,
		raw:       ed25519.Sign(priv, signedBlob(namespace, msg)),
	}
	return s.armor()
}

// VerifyByAny checks that armored is a signature of one of keys over msg in the
// namespace; who says whose keys they are. Errors are refusals: malformed, or
// signature.
func VerifyByAny(keys []PublicKey, who, namespace string, msg, armored []byte) error {
	signer, err := Signer(armored)
	if err != nil {
		return err
	}
	if !slices.Contains(keys, signer) {
		return refusal.Signature.Errorf("no %s signed it", who)
	}
	return Verify(signer, namespace, msg, armored)
}

// Verify checks that armored is a signature of pub over msg in the namespace.
// Errors are refusals: malformed, or signature.
func Verify(pub PublicKey, namespace string, msg, armored []byte) error {
	s, err := parse(armored)
	if err != nil {
		return err
	}
	switch {
	case s.namespace != namespace:
		return refusal.Signature.Errorf("the signature was made for %q, not for %q", s.namespace, namespace)
	case s.key != pub:
		return refusal.Signature.Errorf("the signature was made by another key (%s)", s.key)
	case !ed25519.Verify(pub[:], signedBlob(namespace, msg), s.raw):
		return refusal.Signature.Errorf("the signature does not fit what it stands under")
	}
	return nil
}

// Signer gives the key that an armored signature says it was made by. Nothing is
// verified by it.
func Signer(armored []byte) (PublicKey, error) {
	s, err := parse(armored)
	return s.key, err
}

// signedBlob is what the raw Ed25519 signature covers.
func signedBlob(namespace string, msg []byte) []byte {
	sum := sha512.Sum512(msg)
	b := appendString([]byte(magic), []byte(namespace))
	b = appendString(b, nil)
	b = appendString(b, []byte(hashName))
	return appendString(b, sum[:])
}

func (s signature) armor() []byte {
	b := appendString([]byte(magic+version), keyBlob(s.key))
	b = appendString(b, []byte(s.namespace))
	b = appendString(b, nil)
	b = appendString(b, []byte(hashName))
	b = appendString(b, appendString(appendString(nil, []byte(keyType)), s.raw))
	text := base64.StdEncoding.AppendEncode(nil, b)
	out := []byte(beginLine)
	for len(text) > 0 {
		n := min(len(text), lineWidth)
		out = append(append(out, text[:n]...), '\n')
		text = text[n:]
	}
	return append(out, endLine...)
}

// parse reads an armored signature and refuses what armor would not write.
func parse(armored []byte) (signature, error) {
	var s signature
	if len(armored) > maxArmored {
		return s, refusal.Malformed.Errorf("the signature is longer than any that Despatch makes")
	}
	text, ok := bytes.CutPrefix(armored, []byte(beginLine))
	if !ok {
		return s, refusal.Malformed.Errorf("the signature does not begin with %q", beginLine[:len(beginLine)-1])
	}
	text, ok = bytes.CutSuffix(text, []byte(endLine))
	if !ok {
		return s, refusal.Malformed.Errorf("the signature does not end with %q", endLine[:len(endLine)-1])
	}
	blob, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		return s, refusal.Malformed.Errorf("the signature is not base64")
	}
	if s, ok = parseBlob(blob); !ok {
		return s, refusal.Malformed.Errorf("the signature is not an Ed25519 SSHSIG of version 1 with sha512")
	}
	if !bytes.Equal(s.armor(), armored) {
		return s, refusal.Malformed.Errorf("the signature is not written as OpenSSH writes it")
	}
	return s, nil
}

func parseBlob(b []byte) (s signature, ok bool) {
	if b, ok = bytes.CutPrefix(b, []byte(magic+version)); !ok {
		return s, false
	}
	key, b, ok := cutString(b)
	if !ok || len(key) != len(keyBlob(s.key)) {
		return s, false
	}
	copy(s.key[:], key[len(key)-len(s.key):])
	if !bytes.Equal(key, keyBlob(s.key)) {
		return s, false
	}
	namespace, b, ok := cutString(b)
	if !ok || len(namespace) == 0 {
		return s, false
	}
	s.namespace = string(namespace)
	if b, ok = cutExactly(b, nil); !ok {
		return s, false
	}
	if b, ok = cutExactly(b, []byte(hashName)); !ok {
		return s, false
	}
	sig, b, ok := cutString(b)
	if !ok || len(b) != 0 {
		return s, false
	}
	if sig, ok = cutExactly(sig, []byte(keyType)); !ok {
		return s, false
	}
	s.raw, b, ok = cutString(sig)
	return s, ok && len(b) == 0 && len(s.raw) == ed25519.SignatureSize
}
