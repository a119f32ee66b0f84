// Package buildkeys reads what a build needs of an authority's keys: recipients
// to seal to, the naming key, the head key, and the files of accounts to publish
// (docs/operations.md, Keys). It asks for no passphrase and holds no identity, so
// a machine that only builds can open nothing that it sealed
// (TestBuildKeysOpenNothing).
//
// It also owns the forms of the texts under public-keys/: office/enrol writes
// them through this package. Parsers accept only what is written here. It trusts
// the authority's folder; the keys file is verified against the root beside it.
package buildkeys

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"

	"despatch/internal/keysfile"
	"despatch/internal/naming"
	"despatch/internal/seal"
	"despatch/internal/sshsig"
)

// ErrNoKeys is what Load wraps when the folder has no keys at all.
var ErrNoKeys = errors.New("this folder has no keys yet: run despatch init in a new folder, or copy public-keys and private to this one")

// Keys is what a build holds. It may be used by several goroutines.
type Keys struct {
	Naming  naming.Key
	HeadKey ed25519.PrivateKey
	Root    sshsig.PublicKey
	Signed  []byte         // the keys file, as it is published
	Parsed  *keysfile.Keys // what it says
	Bound   *Signed        // the recipients that the root signed

	dir string
}

// Load reads the keys of the authority's folder dir. It refuses secret files that
// others may read, a root that is not the one pinned here, a keys file or list of
// recipients that the root did not sign or that is older than what was seen here,
// and a head key that the keys file does not name. Recipients and accounts are read
// when asked for.
func Load(dir string) (*Keys, error) {
	root, err := LoadRoot(dir)
	if err != nil {
		return nil, err
	}
	k := &Keys{Root: root, dir: dir}
	text, err := ReadSecret(dir, NamingFile)
	if err != nil {
		return nil, fmt.Errorf("read naming key: %w", err)
	}
	if k.Naming, err = naming.Read(text); err != nil {
		return nil, fmt.Errorf("%s: %w", NamingFile, err)
	}
	text, err = ReadSecret(dir, HeadKeyFile)
	if err != nil {
		return nil, fmt.Errorf("read head key: %w", err)
	}
	if k.HeadKey, err = sshsig.ParsePrivate(text); err != nil {
		return nil, fmt.Errorf("%s: %w", HeadKeyFile, err)
	}
	if k.Signed, k.Parsed, err = LoadSigned(dir, root); err != nil {
		return nil, err
	}
	if !k.Parsed.IsHead(sshsig.PublicOf(k.HeadKey)) {
		return nil, fmt.Errorf("%s is not among the head keys that %s names: run despatch keys --make", HeadKeyFile, KeysFile)
	}
	if k.Bound, err = LoadSignedRecipients(dir, root); err != nil {
		return nil, err
	}
	pin, err := LoadPin(dir)
	if err != nil {
		return nil, errNoPin(err)
	}
	return k, pin.Advance(dir, root, k.Parsed, k.Bound)
}

// LoadRoot reads the authority's root public key.
func LoadRoot(dir string) (sshsig.PublicKey, error) {
	text, err := readPublic(dir, RootFile)
	if missing(err) {
		return sshsig.PublicKey{}, ErrNoKeys
	}
	if err != nil {
		return sshsig.PublicKey{}, err
	}
	line, ok := strings.CutSuffix(string(text), "\n")
	if !ok {
		return sshsig.PublicKey{}, fmt.Errorf("%s does not end in a line end", RootFile)
	}
	root, err := sshsig.ParsePublicKey(line)
	if err != nil {
		return sshsig.PublicKey{}, fmt.Errorf("%s: %w", RootFile, err)
	}
	return root, nil
}

// LoadSigned reads the keys file and checks the root's signature.
func LoadSigned(dir string, root sshsig.PublicKey) ([]byte, *keysfile.Keys, error) {
	signed, err := readPublic(dir, KeysFile)
	if err != nil {
		return nil, nil, fmt.Errorf("read keys file: %w", err)
	}
	parsed, err := keysfile.Parse(signed, root)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", KeysFile, err)
	}
	return signed, parsed, nil
}

// School reads the recipients of a school's compartments, which the root must have
// signed; an empty school is the authority. An error that is fs.ErrNotExist means
// that no keys were made for it.
func (k *Keys) School(school string) (*Recipients, error) {
	r, err := LoadRecipients(k.dir, school)
	if missing(err) && k.Bound.HasSchool(school) {
		return nil, fmt.Errorf("%s is not there and the root signed it: put it back from version control, or run despatch keys --make", RecipientsPath(school))
	}
	if err != nil {
		return nil, err
	}
	return r, k.Bound.CheckSchool(r)
}

// A File is one account's file that a build publishes.
type File struct {
	Opaque string // the account
	Stem   string // in the tree: k/<opaque>, or k/<opaque>-<mark>.ring, to be followed by a hash
	Ext    string // .id.age, overwritten in place; .pk.age; or .age, after the hash
	Hashed bool   // the name carries the hash of the bytes: a ring
	Path   string // of the file, relative to the authority's folder, with slashes
}

// AccountFiles are the files of all accounts, sorted by stem. Only names are
// read; Read gives the bytes of one.
func (k *Keys) AccountFiles() ([]File, error) {
	ids, err := Accounts(k.dir)
	if err != nil {
		return nil, err
	}
	passkeys, err := Passkeys(k.dir)
	if err != nil {
		return nil, err
	}
	files := make([]File, 0, 2*len(ids))
	for _, id := range ids {
		files = append(files,
			File{Opaque: id, Stem: "k/" + id, Ext: ".id.age", Path: IdentityPath(id)},
			File{Opaque: id, Stem: "k/" + id + "-" + k.Naming.RingMark(id) + ".ring", Ext: ".age", Hashed: true, Path: RingPath(id)})
		for _, credential := range passkeys[id] {
			files = append(files, File{Opaque: id, Stem: "k/" + id + "." + credential, Ext: ".pk.age", Path: PasskeyPath(id, credential)})
		}
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Stem+a.Ext, b.Stem+b.Ext) })
	return files, nil
}

// Read reads one account's file and checks that it is sealed as such a file is.
func (k *Keys) Read(f File) ([]byte, error) {
	data, err := readPublic(k.dir, f.Path)
	if err != nil {
		return nil, fmt.Errorf("read account file: %w", err)
	}
	want := map[string]string{".id.age": seal.Scrypt, ".pk.age": seal.Passkey, ".age": seal.Hybrid}[f.Ext]
	kind, _, err := seal.Inspect(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	if kind != want {
		return nil, fmt.Errorf("%s is sealed in another way (%s) than such a file is (%s)", f.Path, kind, want)
	}
	return data, nil
}
