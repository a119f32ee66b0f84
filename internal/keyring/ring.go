package keyring

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"despatch/internal/refusal"
	"despatch/internal/seal"
)

// ringLeast is the smallest plaintext of a ring (docs/formats.md section 3).
const ringLeast = 8192

var rootName = regexp.MustCompile(`^[0-9a-f]{16}$`)

// A Ring holds the identities of the compartments that one account may open: the
// plaintext of docs/formats.md section 7.
type Ring struct {
	Account string // opaque account id
	Holder  string // the person's name
	Places  []Place
}

// A Place is one compartment of a ring. School is its key, or "-" for the
// authority's own; Root is its part of page paths; Secret names its index.
type Place struct {
	Kind   string
	School string
	Epoch  int
	Root   string
	Secret [32]byte
	Key    Key
}

// Open opens a file sealed to the ring's account or to one of its compartments.
// Locked when none of the keys fits.
func (r *Ring) Open(sealed []byte) ([]byte, error) {
	for _, p := range r.Places {
		plain, err := p.Key.Open(sealed)
		if err == nil {
			return plain, nil
		}
		if refusal.Of(err) != refusal.Locked {
			return nil, err
		}
	}
	return nil, refusal.Locked.Errorf("no key of this ring opens it")
}

// FormatRing writes the ring, its places sorted, padded to its bucket. It refuses
// what ParseRing would.
func FormatRing(r *Ring) ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	holder, err := jsonString(r.Holder)
	if err != nil {
		return nil, err
	}
	places := slices.Clone(r.Places)
	slices.SortFunc(places, comparePlaces)
	var b bytes.Buffer
	fmt.Fprintf(&b, "# despatch-ring 1\n# account %s\n# holder %s\n", r.Account, holder)
	for _, p := range places {
		fmt.Fprintf(&b, "# compartment %s %s %d %s %s\n%s\n", p.Kind, p.School, p.Epoch, p.Root,
			base64.StdEncoding.EncodeToString(p.Secret[:]), p.Key.secret())
	}
	n := b.Len() + len("# pad 0\n")
	fmt.Fprintf(&b, "# pad %s\n", strings.Repeat("0", 1+seal.Bucket(n, ringLeast)-n))
	return b.Bytes(), nil
}

func comparePlaces(a, b Place) int {
	if c := strings.Compare(a.School, b.School); c != 0 {
		return c
	}
	return strings.Compare(a.Kind, b.Kind)
}

func (r *Ring) check() error {
	if !opaqueID.MatchString(r.Account) {
		return refusal.Malformed.Errorf("account %q of a ring is not 32 hex digits", r.Account)
	}
	seen := make(map[[2]string]bool, len(r.Places))
	for _, p := range r.Places {
		at := [2]string{p.School, p.Kind}
		switch {
		case !slug.MatchString(p.Kind):
			return refusal.Malformed.Errorf("kind %q of a ring is not lower case letters, digits and hyphens", p.Kind)
		case p.School != "-" && !slug.MatchString(p.School):
			return refusal.Malformed.Errorf("school %q of a ring is neither a school's key nor -", p.School)
		case p.Epoch < 1:
			return refusal.Malformed.Errorf("epoch %d of a ring is below 1", p.Epoch)
		case !rootName.MatchString(p.Root):
			return refusal.Malformed.Errorf("root %q of a ring is not 16 hex digits", p.Root)
		case p.Key.IsZero():
			return refusal.Malformed.Errorf("compartment %s/%s of a ring has no identity", p.School, p.Kind)
		case seen[at]:
			return refusal.Malformed.Errorf("compartment %s/%s stands twice in a ring", p.School, p.Kind)
		}
		seen[at] = true
	}
	return nil
}

// ParseRing reads what FormatRing writes and nothing else.
func ParseRing(text []byte) (*Ring, error) {
	lines := textLines(text)
	if len(lines) == 0 {
		return nil, refusal.Malformed.Errorf("a ring ends in a line end")
	}
	if err := header(lines[0], "despatch-ring"); err != nil {
		return nil, err
	}
	if len(lines) < 4 || len(lines)%2 != 0 {
		return nil, refusal.Malformed.Errorf("a ring has account, holder, pairs of lines and a pad line")
	}
	account, ok1 := strings.CutPrefix(lines[1], "# account ")
	holder, ok2 := strings.CutPrefix(lines[2], "# holder ")
	if !ok1 || !ok2 {
		return nil, refusal.Malformed.Errorf("a ring names account and holder in this order")
	}
	r := &Ring{Account: account}
	if err := json.Unmarshal([]byte(holder), &r.Holder); err != nil {
		return nil, refusal.Malformed.Errorf("the holder of a ring is not a JSON string")
	}
	pairs := lines[3 : len(lines)-1]
	for i := 0; i < len(pairs); i += 2 {
		p, err := parsePlace(pairs[i], pairs[i+1])
		if err != nil {
			return nil, err
		}
		r.Places = append(r.Places, p)
	}
	again, err := FormatRing(r)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, text) {
		return nil, refusal.Malformed.Errorf("a ring is not written as Despatch writes it")
	}
	return r, nil
}

func parsePlace(line, identity string) (Place, error) {
	f := strings.Split(line, " ")
	if len(f) != 7 || f[0] != "#" || f[1] != "compartment" || !number.MatchString(f[4]) {
		return Place{}, refusal.Malformed.Errorf("a line of a ring is not # compartment <kind> <school> <epoch> <root> <secret>")
	}
	p := Place{Kind: f[2], School: f[3], Root: f[5]}
	var err error
	if p.Epoch, err = strconv.Atoi(f[4]); err != nil {
		return Place{}, refusal.Malformed.Errorf("epoch %q of a ring is not a number", f[4])
	}
	secret, err := base64.StdEncoding.Strict().DecodeString(f[6])
	if err != nil || len(secret) != len(p.Secret) {
		return Place{}, refusal.Malformed.Errorf("the secret of %s/%s in a ring is not 32 bytes in base64", p.School, p.Kind)
	}
	p.Secret = [32]byte(secret)
	p.Key, err = parseKey(identity)
	return p, err
}

// SealRing seals the ring to its account's recipient (age1pq1…).
func SealRing(r *Ring, recipient string) ([]byte, error) {
	text, err := FormatRing(r)
	if err != nil {
		return nil, err
	}
	to, err := seal.ParseRecipient(recipient)
	if err != nil {
		return nil, err
	}
	return to.Seal(nil, text)
}

// OpenRing opens a ring with the account's identity and checks that it is that
// account's: opaque is its opaque id.
func OpenRing(sealed []byte, k Key, opaque string) (*Ring, error) {
	text, err := k.Open(sealed)
	if err != nil {
		return nil, err
	}
	r, err := ParseRing(text)
	if err != nil {
		return nil, err
	}
	if r.Account != opaque {
		return nil, refusal.Malformed.Errorf("the ring is another account's")
	}
	return r, nil
}

// jsonString writes s as JSON.stringify does. Names with control characters are
// refused, so only quotes and backslashes are escaped.
func jsonString(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", refusal.Malformed.Errorf("the holder's name is not UTF-8")
	}
	for _, r := range s {
		if r < 0x20 || 0x7f <= r && r < 0xa0 || r == 0x2028 || r == 0x2029 {
			return "", refusal.Malformed.Errorf("the holder's name has a control character")
		}
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`, nil
}
