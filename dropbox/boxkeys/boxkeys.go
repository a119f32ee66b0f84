// Package boxkeys makes and reads the key files of a drop-box.
//
// A folder of 0700 holds them, each of 0600: log.key signs checkpoints, receipt.key
// signs receipts, cookie-<epoch>.key seals session cookies, and root.pub is the
// authority's root public key, the one anchor that the box trusts. None of them
// opens a deposit. Whoever has log.key and receipt.key can give false receipts;
// whoever has a cookie key still needs the id of a session.
package boxkeys

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"despatch/internal/durable"
	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

// The files of a folder of keys.
const (
	logFile     = "log.key"
	receiptFile = "receipt.key"
	rootFile    = "root.pub"
)

// Keys are all keys of a box.
type Keys struct {
	Root         sshsig.PublicKey
	Log, Receipt ed25519.PrivateKey
	Cookies      []Cookie // by epoch, the oldest first; one or more
}

// Cookie is the key of one epoch of session cookies.
type Cookie struct {
	Epoch       int
	From        time.Time // cookies are made with it from then on
	Hash, Block [32]byte
}

// String hides the key, so that no log and no error can show it.
func (Cookie) String() string { return "[withheld]" }

// Make writes a new set of keys into a folder, which it makes and which must not
// be there.
func Make(dir string, root sshsig.PublicKey, now time.Time) error {
	if err := durable.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of keys: %w", err)
	}
	for _, name := range []string{logFile, receiptFile} {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return fmt.Errorf("make %s: %w", name, err)
		}
		text, err := sshsig.MarshalPrivate(private, strings.TrimSuffix(name, ".key"))
		if err != nil {
			return err
		}
		if err := durable.WriteNew(filepath.Join(dir, name), text, 0o600); err != nil {
			return err
		}
	}
	if err := durable.WriteNew(filepath.Join(dir, rootFile), []byte(root.String()+"\n"), 0o644); err != nil {
		return err
	}
	_, err := AddCookie(dir, now)
	return err
}

// AddCookie adds a cookie key that is used from a time on, so that every replica
// can have it before.
func AddCookie(dir string, from time.Time) (Cookie, error) {
	held, err := loadCookies(dir)
	if err != nil {
		return Cookie{}, err
	}
	c := Cookie{Epoch: 1, From: from.UTC().Truncate(time.Second)}
	if len(held) > 0 {
		last := held[len(held)-1]
		if c.Epoch = last.Epoch + 1; !c.From.After(last.From) {
			return Cookie{}, fmt.Errorf("cookie key %d is used from %s on, so a newer one cannot be used from %s", last.Epoch, last.From.Format(time.RFC3339), c.From.Format(time.RFC3339))
		}
	}
	for _, k := range [][]byte{c.Hash[:], c.Block[:]} {
		if _, err := rand.Read(k); err != nil {
			return Cookie{}, fmt.Errorf("make a cookie key: %w", err)
		}
	}
	return c, durable.WriteNew(filepath.Join(dir, c.name()), c.format(), 0o600)
}

func (c Cookie) name() string { return fmt.Sprintf("cookie-%06d.key", c.Epoch) }

const cookieFormat = "despatch-cookie-key 1\nepoch %d\nfrom %s\nhash %s\nblock %s\n"

func (c Cookie) format() []byte {
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, cookieFormat, c.Epoch, c.From.Format(time.RFC3339), b64(c.Hash[:]), b64(c.Block[:]))
}

func parseCookie(text []byte) (Cookie, error) {
	var c Cookie
	var from, hash, block string
	if _, err := fmt.Sscanf(string(text), cookieFormat, &c.Epoch, &from, &hash, &block); err != nil {
		return c, refusal.Malformed.Errorf("not a cookie key")
	}
	var err error
	if c.From, err = time.Parse(time.RFC3339, from); err != nil {
		return c, refusal.Malformed.Errorf("%.40q is no time", from)
	}
	for _, k := range []struct {
		to   []byte
		text string
	}{{c.Hash[:], hash}, {c.Block[:], block}} {
		raw, err := base64.StdEncoding.DecodeString(k.text)
		if err != nil || copy(k.to, raw) != len(k.to) {
			return c, refusal.Malformed.Errorf("a cookie key of another length than 32 bytes")
		}
	}
	if string(c.format()) != string(text) {
		return c, refusal.Malformed.Errorf("not a cookie key as Despatch writes it")
	}
	return c, nil
}

// Load reads all keys of a folder. Files that others may read are refused.
func Load(dir string) (*Keys, error) {
	k := &Keys{}
	root, err := os.ReadFile(filepath.Join(dir, rootFile))
	if err != nil {
		return nil, err
	}
	if k.Root, err = sshsig.ParsePublicKey(strings.TrimSuffix(string(root), "\n")); err != nil {
		return nil, fmt.Errorf("%s: %w", rootFile, err)
	}
	for name, to := range map[string]*ed25519.PrivateKey{logFile: &k.Log, receiptFile: &k.Receipt} {
		text, err := readSecret(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		if *to, err = sshsig.ParsePrivate(text); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if k.Cookies, err = loadCookies(dir); err == nil && len(k.Cookies) == 0 {
		err = errors.New("there is no cookie key (despatchbox rotate-cookies makes one)")
	}
	return k, err
}

func loadCookies(dir string) ([]Cookie, error) {
	files, err := fs.Glob(os.DirFS(dir), "cookie-*.key")
	if err != nil {
		return nil, err
	}
	var out []Cookie
	for _, name := range files {
		text, err := readSecret(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		c, err := parseCookie(text)
		if err == nil && c.name() != name {
			err = refusal.Malformed.Errorf("it is the key of epoch %d", c.Epoch)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Cookie) int { return a.Epoch - b.Epoch })
	return out, nil
}

// readSecret reads a file that holds a secret. It refuses one that others than
// its owner may read, where the system knows such permissions.
func readSecret(name string) ([]byte, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s holds a secret and others may read it (mode %04o): run chmod 600 %s", name, info.Mode().Perm(), name)
	}
	return os.ReadFile(name)
}
