package keyring

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"filippo.io/age"

	"despatch/internal/refusal"
	"despatch/internal/seal"
	"despatch/internal/sshsig"
)

// workFactor is scrypt's cost, 2^16: the most that a worker on a school's
// Chromebook can afford. Strength comes from the generated words.
const workFactor = 16

var (
	accountCode = regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{8}$`)
	opaqueID    = regexp.MustCompile(`^[0-9a-f]{32}$`)
	slug        = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)
	number      = regexp.MustCompile(`^[1-9][0-9]{0,8}$`)
)

// An Identity is what one account holds: the plaintext of an identity file
// (docs/formats.md section 6). Root is the one trust anchor of the browser that
// opens it.
type Identity struct {
	Code    string // 8 characters of an account code, without hyphen
	Root    sshsig.PublicKey
	Signing ed25519.PrivateKey
	Key     Key
}

// NewIdentity makes an account's keys from the system's randomness.
func NewIdentity(code string, root sshsig.PublicKey) (*Identity, error) {
	if !accountCode.MatchString(code) {
		return nil, refusal.Malformed.Errorf("%q is not an account code (want 8 characters as 7KQ2M9XD)", code)
	}
	_, signing, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	key, err := NewKey()
	if err != nil {
		return nil, err
	}
	return &Identity{Code: code, Root: root, Signing: signing, Key: key}, nil
}

// SigningKey is the public half of Signing.
func (id *Identity) SigningKey() sshsig.PublicKey {
	return sshsig.PublicKey(id.Signing.Public().(ed25519.PublicKey))
}

// FormatIdentity writes the plaintext of section 6.
func FormatIdentity(id *Identity) []byte {
	return fmt.Appendf(nil, "# despatch-identity 1\n# account %s\n# root %s\n# signing %s\n%s\n",
		id.Code, id.Root.String(), base64.StdEncoding.EncodeToString(id.Signing.Seed()), id.Key.secret())
}

// ParseIdentity reads what FormatIdentity writes and nothing else.
func ParseIdentity(text []byte) (*Identity, error) {
	lines := textLines(text)
	if len(lines) == 0 {
		return nil, refusal.Malformed.Errorf("an identity file ends in a line end")
	}
	if err := header(lines[0], "despatch-identity"); err != nil {
		return nil, err
	}
	if len(lines) != 5 {
		return nil, refusal.Malformed.Errorf("an identity file has 5 lines, not %d", len(lines))
	}
	code, ok1 := strings.CutPrefix(lines[1], "# account ")
	root, ok2 := strings.CutPrefix(lines[2], "# root ")
	seed, ok3 := strings.CutPrefix(lines[3], "# signing ")
	if !ok1 || !ok2 || !ok3 || !accountCode.MatchString(code) {
		return nil, refusal.Malformed.Errorf("an identity file names account, root and signing key in this order")
	}
	id := &Identity{Code: code}
	var err error
	if id.Root, err = sshsig.ParsePublicKey(root); err != nil {
		return nil, refusal.Malformed.Errorf("root key of an identity file: %v", err)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(seed)
	if err != nil || len(raw) != ed25519.SeedSize {
		return nil, refusal.Malformed.Errorf("the signing key of an identity file is not 32 bytes in base64")
	}
	id.Signing = ed25519.NewKeyFromSeed(raw)
	if id.Key, err = parseKey(lines[4]); err != nil {
		return nil, err
	}
	if string(FormatIdentity(id)) != string(text) {
		return nil, refusal.Malformed.Errorf("an identity file is not written as Despatch writes it")
	}
	return id, nil
}

// SealIdentity seals the identity file under a generated passphrase.
func SealIdentity(id *Identity, p Passphrase) ([]byte, error) {
	return sealScrypt(FormatIdentity(id), p)
}

// OpenIdentity opens an identity file with what a person typed. Locked when
// the passphrase is wrong.
func OpenIdentity(sealed []byte, t Typed) (*Identity, error) {
	plain, err := openScrypt(sealed, t)
	if err != nil {
		return nil, err
	}
	return ParseIdentity(plain)
}

func sealScrypt(plain []byte, p Passphrase) ([]byte, error) {
	if p.generated == "" {
		return nil, errors.New("no passphrase was generated")
	}
	r, err := age.NewScryptRecipient(p.generated)
	if err != nil {
		return nil, err
	}
	r.SetWorkFactor(workFactor)
	return encrypt(plain, r)
}

// openScrypt refuses, before it spends any work, a header that is not exactly
// what sealScrypt writes: a host could else make a browser or office burn hours.
func openScrypt(sealed []byte, t Typed) ([]byte, error) {
	kind, _, err := seal.Inspect(sealed)
	if err != nil {
		return nil, refusal.Malformed.Errorf("it is damaged or no age file (%v)", err)
	}
	if kind != seal.Scrypt {
		return nil, refusal.Malformed.Errorf("it is not sealed by a passphrase")
	}
	if t.text == "" {
		return nil, refusal.Locked.Errorf("the passphrase is empty")
	}
	id, err := age.NewScryptIdentity(t.text)
	if err != nil {
		return nil, err
	}
	id.SetMaxWorkFactor(workFactor)
	plain, err := decrypt(sealed, id)
	if errors.As(err, new(*age.NoIdentityMatchError)) {
		return nil, refusal.Locked.Errorf("the passphrase is wrong: every word and its place counts; spaces or hyphens and capitals do not")
	}
	if err != nil {
		return nil, refusal.Malformed.Errorf("it is damaged (%v)", err)
	}
	return plain, nil
}
