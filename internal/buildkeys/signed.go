package buildkeys

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

// RecipientsNamespace is what signatures of the list of recipients are made for.
const RecipientsNamespace = "despatch-recipients"

const signedFirst = "despatch-recipients"

var signedForm = regexp.MustCompile(`^(account [0-9a-f]{32}|compartments [a-z0-9][a-z0-9-]{0,63}|officer [a-z0-9][a-z0-9-]{0,63}) [0-9a-f]{64}$`)

// Signed are the recipients that the root signed (docs/formats.md section 22).
// public-keys/ is under version control, where more people write than may read
// everything: whoever changes a recipient there would have pages, rings or keys
// sealed to a key of their own (TestBuildRefusesARecipientThatTheRootDidNotSign).
type Signed struct {
	Serial int // counts from 1; a lower one than seen before is a rollback
	Root   sshsig.PublicKey
	sums   map[string][32]byte // by "<word> <name>"
}

// NewSigned is an empty list.
func NewSigned(root sshsig.PublicKey) *Signed {
	return &Signed{Root: root, sums: make(map[string][32]byte)}
}

// AccountSum is what the list holds of an account: its two keys. What its ring
// holds changes without a new enrolment.
func AccountSum(a *Account) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "recipient %s\nsigning %s\n", a.Recipient, a.Signing))
}

// SetAccount puts an account's keys on the list.
func (s *Signed) SetAccount(opaque string, a *Account) {
	s.set("account "+opaque, AccountSum(a))
}

// SetSchool puts the recipients of a school's compartments on the list, as the
// text of their file; an empty school is the authority.
func (s *Signed) SetSchool(school string, text []byte) {
	s.set("compartments "+schoolName(school), sha256.Sum256(text))
}

// SetOfficer puts an officer's recipient on the list, as the text of its file.
func (s *Signed) SetOfficer(name string, text []byte) {
	s.set("officer "+name, sha256.Sum256(text))
}

func (s *Signed) set(key string, sum [32]byte) { s.sums[key] = sum }

// DropAccount takes an account off the list.
func (s *Signed) DropAccount(opaque string) { delete(s.sums, "account "+opaque) }

// DropOfficer takes an officer off the list.
func (s *Signed) DropOfficer(name string) { delete(s.sums, "officer "+name) }

// CheckAccount refuses keys of an account that the root did not sign.
func (s *Signed) CheckAccount(opaque string, a *Account) error {
	if sum, ok := s.sums["account "+opaque]; !ok || sum != AccountSum(a) {
		return notSigned(AccountPath(opaque), "put it back from version control, or run despatch enrol --again "+a.Code)
	}
	return nil
}

// CheckSchool refuses recipients that the root did not sign.
func (s *Signed) CheckSchool(r *Recipients) error {
	if sum, ok := s.sums["compartments "+schoolName(r.School)]; !ok || sum != r.Digest {
		return notSigned(RecipientsPath(r.School), "put it back from version control, or run despatch keys --make")
	}
	return nil
}

// CheckOfficer refuses an officer's recipient that the root did not sign.
func (s *Signed) CheckOfficer(name string, text []byte) error {
	if sum, ok := s.sums["officer "+name]; !ok || sum != sha256.Sum256(text) {
		return notSigned(OfficersDir+"/"+name+".pub", "put it back from version control, or delete it if it is new there")
	}
	return nil
}

// HasOfficer tells whether an officer is on the list.
func (s *Signed) HasOfficer(name string) bool {
	_, ok := s.sums["officer "+name]
	return ok
}

// HasAccount tells whether an account's keys are on the list.
func (s *Signed) HasAccount(opaque string) bool {
	_, ok := s.sums["account "+opaque]
	return ok
}

// HasSchool tells whether a school's recipients are on the list.
func (s *Signed) HasSchool(school string) bool {
	_, ok := s.sums["compartments "+schoolName(school)]
	return ok
}

// Clone gives a list that can be changed on its own.
func (s *Signed) Clone() *Signed { return &Signed{s.Serial, s.Root, maps.Clone(s.sums)} }

// Same tells whether both hold the same recipients.
func (s *Signed) Same(o *Signed) bool { return maps.Equal(s.sums, o.sums) }

func notSigned(name, mend string) error {
	return refusal.Signature.Errorf("%s holds a recipient that the root did not sign: %s", name, mend)
}

func (s *Signed) text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s 1\nserial %d\nroot %s\n", signedFirst, s.Serial, s.Root)
	for _, key := range slices.Sorted(maps.Keys(s.sums)) {
		fmt.Fprintf(&b, "%s %x\n", key, s.sums[key])
	}
	return b.Bytes()
}

// FormatSigned writes and signs the list.
func FormatSigned(s *Signed, root ed25519.PrivateKey) []byte {
	return sshsig.SignText(root, RecipientsNamespace, s.text())
}

// ParseSigned reads what FormatSigned writes, signed by root, and nothing else.
func ParseSigned(signed []byte, root sshsig.PublicKey) (*Signed, error) {
	text, sig, err := sshsig.OpenText(signed)
	if err != nil {
		return nil, err
	}
	if err := sshsig.Verify(root, RecipientsNamespace, text, sig); err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if word, number, _ := strings.Cut(lines[0], " "); word == signedFirst && epochForm.MatchString(number) && number != "1" {
		n, _ := strconv.Atoi(number) // its form is a number's
		return nil, refusal.NewerFormat("recipients", n)
	}
	s := NewSigned(root)
	if len(lines) < 3 {
		return nil, refusal.Malformed.Errorf("it does not start with %s 1, serial and root", signedFirst)
	}
	serial, _ := strings.CutPrefix(lines[1], "serial ")
	if s.Serial, err = strconv.Atoi(serial); err != nil || s.Serial < 1 {
		return nil, refusal.Malformed.Errorf("line 2 is not serial <number>")
	}
	for i, line := range lines[3:] {
		if !signedForm.MatchString(line) {
			return nil, refusal.Malformed.Errorf("line %d is not account, compartments or officer with a name and a SHA-256", i+4)
		}
		cut := len(line) - 65
		var sum [32]byte
		if _, err := hex.Decode(sum[:], []byte(line[cut+1:])); err != nil {
			return nil, refusal.Malformed.Errorf("line %d: %v", i+4, err)
		}
		s.sums[line[:cut]] = sum
	}
	if !bytes.Equal(s.text(), text) {
		return nil, refusal.Malformed.Errorf("lines are repeated, out of order or not as Despatch writes them")
	}
	return s, nil
}

// LoadSignedRecipients reads the list and checks the root's signature.
func LoadSignedRecipients(dir string, root sshsig.PublicKey) (*Signed, error) {
	text, err := readPublic(dir, SignedFile)
	if missing(err) {
		return nil, fmt.Errorf("%s is not there: put it back from version control", SignedFile)
	}
	if err != nil {
		return nil, err
	}
	s, err := ParseSigned(text, root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; put it back from version control", SignedFile, err)
	}
	return s, nil
}
