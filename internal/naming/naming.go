// Package naming computes every opaque name of a published tree from the naming
// key and from what only the office knows.
//
// It follows docs/formats.md section 14. Names are HMAC-SHA256 with a purpose in
// front, so that a host that sees them learns neither schools nor records nor
// which file holds what; they are stable where the table says so. The naming key
// is secret, but no confidentiality of content rests on it. Values are fixed by
// docs/vectors/names.json.
package naming

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"

	"despatch/internal/refusal"
)

// Key is a team's naming key: 32 random bytes that every building machine of the
// team holds.
type Key [32]byte

// New makes a key from a source of randomness.
func New(rand io.Reader) (Key, error) {
	var k Key
	if _, err := io.ReadFull(rand, k[:]); err != nil {
		return k, fmt.Errorf("make naming key: %w", err)
	}
	return k, nil
}

// Read reads a key as Format writes it: one line of base64.
func Read(text []byte) (Key, error) {
	var k Key
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(string(text), "\n"))
	if err != nil || len(raw) != len(k) {
		return k, refusal.Malformed.Errorf("not a naming key (want one line: the base64 of 32 bytes)")
	}
	copy(k[:], raw)
	if string(k.Format()) != string(text) {
		return Key{}, refusal.Malformed.Errorf("not a naming key as Despatch writes it")
	}
	return k, nil
}

// Format writes the key as one line of base64.
func (k Key) Format() []byte {
	return append(base64.StdEncoding.AppendEncode(nil, k[:]), '\n')
}

// String hides the key, so that no log and no error can show it.
func (k Key) String() string { return "[withheld]" }

// Secret is the compartment secret of an epoch, which counts from 1.
func (k Key) Secret(compartment string, epoch int) [32]byte {
	return k.mac("despatch-secret-1\n", compartment, "\n", strconv.Itoa(epoch))
}

// Root is the compartment's segment in page paths: 16 hex digits, stable across
// epochs.
func (k Key) Root(compartment string) string {
	return k.hex(16, "despatch-root-1\n", compartment)
}

// Page is the name, without extension, of a page or file by its page key: 16 hex
// digits.
func (k Key) Page(key string) string { return k.hex(16, "despatch-page-1\n", key) }

// Item is the id of a record's item: 16 hex digits, the same in every index.
func (k Key) Item(record string) string { return k.hex(16, "despatch-item-1\n", record) }

// School is the opaque id of a school towards the drop-box: 32 hex digits, stable.
func (k Key) School(key string) string { return k.hex(32, "despatch-school-1\n", key) }

// Pack is the stem "b/<xx>/<opaque>" of a pack or large file, by its compartment,
// epoch and a digest of all that went into it.
func (k Key) Pack(compartment string, epoch int, inputs []byte) string {
	a := k.hex(24, "despatch-pack-1\n", compartment, "\n", strconv.Itoa(epoch), "\n", string(inputs))
	return "b/" + a[:2] + "/" + a + k.packTag(a)
}

// Pub is the path of a public page: "pub/<slug>-<tag>.html".
func (k Key) Pub(slug string) string { return "pub/" + slug + "-" + k.pubTag(slug) + ".html" }

// RingMark is the mark in the names of this team's rings: 8 hex digits.
func (k Key) RingMark(account string) string { return k.hex(8, "despatch-ring-1\n", account) }

// Mine tells from a path of the tree whether this team made the file: it knows
// packs, files, rings and public pages. Indexes and identity files bear no tag;
// for those and for all else it is false.
func (k Key) Mine(path string) bool {
	folder, name, _ := strings.Cut(path, "/")
	switch folder {
	case "b":
		_, name, _ = strings.Cut(name, "/")
		opaque, _, _ := strings.Cut(name, ".")
		return len(opaque) == 32 && opaque[24:] == k.packTag(opaque[:24])
	case "k":
		stem, rest, _ := strings.Cut(name, ".")
		account, mark, marked := strings.Cut(stem, "-")
		return marked && strings.HasPrefix(rest, "ring.") && mark == k.RingMark(account)
	case "pub":
		stem, found := strings.CutSuffix(name, ".html")
		at := strings.LastIndexByte(stem, '-')
		return found && at > 0 && stem[at+1:] == k.pubTag(stem[:at])
	}
	return false
}

func (k Key) packTag(a string) string { return k.hex(8, "despatch-mine-1\n", a) }

func (k Key) pubTag(slug string) string { return k.hex(8, "despatch-pub-1\n", slug) }

func (k Key) mac(parts ...string) [32]byte { return mac(k[:], parts...) }

// hex is the first digits hex digits of the HMAC.
func (k Key) hex(digits int, parts ...string) string {
	sum := k.mac(parts...)
	return hex.EncodeToString(sum[:digits/2])
}

// IndexPath is the stem "i/<opaque>" of a compartment's index, by its secret.
func IndexPath(secret [32]byte) string {
	sum := mac(secret[:], "despatch-index-1")
	return "i/" + hex.EncodeToString(sum[:16])
}

// OpaqueAccount is the opaque id of an account code: 32 hex digits. The code must
// be folded (upper case, no hyphen).
func OpaqueAccount(code string) string {
	sum := sha256.Sum256([]byte("despatch-account-1\n" + code))
	return hex.EncodeToString(sum[:16])
}

// OpaqueCollector is the opaque id of the account with which an office collects: 32
// hex digits, of its public signing key.
func OpaqueCollector(key string) string {
	sum := sha256.Sum256([]byte("despatch-collector-1\n" + key))
	return hex.EncodeToString(sum[:16])
}

// Hash is the part of an immutable name that stands for the file's bytes: the
// first 16 hex digits of their SHA-256.
func Hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

func mac(key []byte, parts ...string) (sum [32]byte) {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		io.WriteString(h, p)
	}
	h.Sum(sum[:0])
	return sum
}
