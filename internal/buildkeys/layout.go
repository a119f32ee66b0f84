package buildkeys

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
)

// The files of an authority's key folders, relative to its folder, with slashes.
// Those under private/ hold secrets and are 0600.
const (
	RootFile       = "public-keys/root.pub"
	KeysFile       = "public-keys/keys"
	SignedFile     = "public-keys/recipients"
	OfficersDir    = "public-keys/officers"
	RecipientsDir  = "public-keys/compartments"
	AccountsDir    = "public-keys/accounts"
	RemovedFile    = "public-keys/removed.txt"
	PurgeFile      = "public-keys/purge.txt"
	HeadsDir       = "public-keys/heads"
	NamingFile     = "private/naming.key"
	HeadKeyFile    = "private/head.key"
	PinFile        = "private/pin"
	RootKeyFile    = "private/root.key.age"
	OfficerKeysDir = "private/officers"
	BundlesDir     = "private/compartments"
	ServicesDir    = "private/services"
	LettersDir     = "private/letters"
	CollectorFile  = "private/collector.key"
	PDFSignerFile  = "private/pdf-signer.pem"

	PDFCertificateFile = "public-keys/pdf-signer.crt"
	RegisterFile       = "box/register"
)

// Authority stands in file names for the authority's own compartments, whose
// school is empty. No school has this key: theirs are numbers.
const Authority = "la"

// Inboxes stands in file names for the identities of the drop-box's inboxes, which
// are sealed to officers as compartments' are.
const Inboxes = "inboxes"

// RecipientsPath is where the recipients of a school's compartments stand; an
// empty school is the authority.
func RecipientsPath(school string) string {
	return path.Join(RecipientsDir, schoolName(school)+".txt")
}

// BundlePath is where the identities of a school's compartments stand, sealed.
func BundlePath(school string) string {
	return path.Join(BundlesDir, schoolName(school)+".age")
}

func schoolName(school string) string {
	if school == "" {
		return Authority
	}
	return school
}

// ReadSecret reads a file that holds a secret. It refuses one that others than
// its owner may read, where the system knows such permissions.
func ReadSecret(dir, name string) ([]byte, error) {
	file := filepath.Join(dir, filepath.FromSlash(name))
	info, err := os.Lstat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s holds a secret and others may read it (mode %04o): run chmod 600 %s, and chmod 700 on the folder it is in",
			name, info.Mode().Perm(), name)
	}
	return os.ReadFile(file)
}

func readPublic(dir, name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
}

// missing tells whether err says that a file is not there.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
