package keyring

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"despatch/internal/refusal"
)

// An Officer is a person at the office whose key opens what the office keeps
// sealed: the root and the compartments' identities.
type Officer struct {
	Name string // lower case letters, digits and hyphens
	Key  Key
}

// NewOfficer makes an officer's key.
func NewOfficer(name string) (*Officer, error) {
	if !slug.MatchString(name) {
		return nil, refusal.Malformed.Errorf("officer %q is not lower case letters, digits and hyphens", name)
	}
	k, err := NewKey()
	if err != nil {
		return nil, err
	}
	return &Officer{Name: name, Key: k}, nil
}

// SealOfficer seals an officer's identity file under a generated passphrase.
func SealOfficer(o *Officer, p Passphrase) ([]byte, error) {
	return sealScrypt(formatOfficer(o), p)
}

func formatOfficer(o *Officer) []byte {
	return fmt.Appendf(nil, "# despatch-officer 1\n# officer %s\n%s\n", o.Name, o.Key.secret())
}

// OpenOfficer opens an officer's identity file. Locked when the passphrase is
// wrong.
func OpenOfficer(sealed []byte, t Typed) (*Officer, error) {
	text, err := openScrypt(sealed, t)
	if err != nil {
		return nil, err
	}
	return parseOfficer(text)
}

func parseOfficer(text []byte) (*Officer, error) {
	lines := textLines(text)
	if len(lines) != 3 {
		return nil, refusal.Malformed.Errorf("an officer's identity file has 3 lines")
	}
	if err := header(lines[0], "despatch-officer"); err != nil {
		return nil, err
	}
	name, ok := strings.CutPrefix(lines[1], "# officer ")
	if !ok || !slug.MatchString(name) {
		return nil, refusal.Malformed.Errorf("an officer's identity file does not name its officer")
	}
	k, err := parseKey(lines[2])
	if err != nil {
		return nil, err
	}
	return &Officer{Name: name, Key: k}, nil
}

// A Bundle holds the identities of one school's compartments, or of the
// authority's own (School "-"), at their current epochs.
type Bundle struct {
	School string
	Kinds  []Kind // sorted by name
}

// A Kind is one compartment of a bundle.
type Kind struct {
	Name  string
	Epoch int
	Key   Key
}

// Find gives the kind of this name; ok is false when there is none.
func (b *Bundle) Find(name string) (k Kind, ok bool) {
	i, ok := slices.BinarySearchFunc(b.Kinds, name, func(k Kind, n string) int { return strings.Compare(k.Name, n) })
	if !ok {
		return Kind{}, false
	}
	return b.Kinds[i], true
}

// Renew gives the kind a new identity: epoch 1 for a new one, else the next.
func (b *Bundle) Renew(name string) error {
	k, err := NewKey()
	if err != nil {
		return err
	}
	i, ok := slices.BinarySearchFunc(b.Kinds, name, func(k Kind, n string) int { return strings.Compare(k.Name, n) })
	if ok {
		b.Kinds[i].Epoch++
		b.Kinds[i].Key = k
		return nil
	}
	b.Kinds = slices.Insert(b.Kinds, i, Kind{Name: name, Epoch: 1, Key: k})
	return nil
}

// SealBundle seals the bundle to all officers.
func SealBundle(b *Bundle, officers []string) ([]byte, error) {
	return SealTo(officers, formatBundle(b))
}

func formatBundle(b *Bundle) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "# despatch-compartments 1\n# school %s\n", b.School)
	for _, k := range b.Kinds {
		fmt.Fprintf(&out, "# compartment %s %d\n%s\n", k.Name, k.Epoch, k.Key.secret())
	}
	return out.Bytes()
}

// OpenBundle opens a bundle with an officer's key. School is the one it must be
// of, so that two bundles cannot be swapped.
func OpenBundle(sealed []byte, k Key, school string) (*Bundle, error) {
	text, err := k.Open(sealed)
	if err != nil {
		return nil, err
	}
	b, err := parseBundle(text)
	if err != nil {
		return nil, err
	}
	if b.School != school {
		return nil, refusal.Malformed.Errorf("the keys are of school %s, not of %s", b.School, school)
	}
	return b, nil
}

func parseBundle(text []byte) (*Bundle, error) {
	lines := textLines(text)
	if len(lines) == 0 {
		return nil, refusal.Malformed.Errorf("a bundle of keys ends in a line end")
	}
	if err := header(lines[0], "despatch-compartments"); err != nil {
		return nil, err
	}
	if len(lines)%2 != 0 {
		return nil, refusal.Malformed.Errorf("a bundle of keys has a school line and pairs of lines")
	}
	school, ok := strings.CutPrefix(lines[1], "# school ")
	if !ok || school != "-" && !slug.MatchString(school) {
		return nil, refusal.Malformed.Errorf("a bundle of keys does not name its school")
	}
	b := &Bundle{School: school}
	last := ""
	for i := 2; i < len(lines); i += 2 {
		f := strings.Split(lines[i], " ")
		if len(f) != 4 || f[0] != "#" || f[1] != "compartment" || !slug.MatchString(f[2]) || !number.MatchString(f[3]) {
			return nil, refusal.Malformed.Errorf("a line of a bundle of keys is not # compartment <kind> <epoch>")
		}
		if f[2] <= last {
			return nil, refusal.Malformed.Errorf("kind %s of a bundle of keys is not in its place", f[2])
		}
		last = f[2]
		epoch, err := strconv.Atoi(f[3])
		if err != nil {
			return nil, refusal.Malformed.Errorf("epoch %s of a bundle of keys is not a number", f[3])
		}
		k, err := parseKey(lines[i+1])
		if err != nil {
			return nil, err
		}
		b.Kinds = append(b.Kinds, Kind{Name: f[2], Epoch: epoch, Key: k})
	}
	return b, nil
}
