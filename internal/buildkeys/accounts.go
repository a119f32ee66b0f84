package buildkeys

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"despatch/internal/durable"
	"despatch/internal/refusal"
	"despatch/internal/sshsig"
	"despatch/records/access"
)

var (
	opaqueForm = regexp.MustCompile(`^[0-9a-f]{32}$`)
	codeForm   = regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{8}$`)
)

// AccountPath is where the public half of an account's keys stands.
func AccountPath(opaque string) string { return path.Join(AccountsDir, opaque+".txt") }

// IdentityPath is where an account's sealed identity file stands.
func IdentityPath(opaque string) string { return path.Join(AccountsDir, opaque+".id.age") }

// RingPath is where an account's sealed ring stands.
func RingPath(opaque string) string { return path.Join(AccountsDir, opaque+".ring.age") }

var passkeyForm = regexp.MustCompile(`^([0-9a-f]{32})\.((?:[0-9a-f]{2}){1,96})\.pk\.age$`)

// PasskeyPath is where an account's identity stands as sealed to one of its passkeys,
// by the credential's id in hex.
func PasskeyPath(opaque, credential string) string {
	return path.Join(AccountsDir, opaque+"."+credential+".pk.age")
}

// Passkeys are the credentials of an account's passkeys, sorted; of all accounts by
// their opaque ids.
func Passkeys(dir string) (map[string][]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(AccountsDir)))
	if err != nil && !missing(err) {
		return nil, err
	}
	all := make(map[string][]string)
	for _, e := range entries {
		if m := passkeyForm.FindStringSubmatch(e.Name()); m != nil {
			all[m[1]] = append(all[m[1]], m[2])
		}
	}
	return all, nil
}

// DropPasskeys deletes an account's passkey files: its identity is another now, or gone.
func DropPasskeys(dir, opaque string) error {
	all, err := Passkeys(dir)
	for _, credential := range all[opaque] {
		err = errors.Join(err, durable.Remove(filepath.Join(dir, filepath.FromSlash(PasskeyPath(opaque, credential)))))
	}
	return err
}

// An Account is the public half of an account's keys and what its ring holds, so
// that it can be told without a passphrase whether the ring still fits.
type Account struct {
	Code      string
	Since     time.Time // when these keys were made
	Holder    string    // the name in the ring
	Recipient string    // age1pq1…
	Signing   sshsig.PublicKey
	Holds     []Holding // sorted
}

// A Holding is a compartment of a ring, at the epoch whose key it holds.
type Holding struct {
	Compartment access.Compartment
	Epoch       int
}

// Accounts are the opaque ids of all accounts that have keys, sorted. None is no
// error.
func Accounts(dir string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(AccountsDir)))
	if err != nil && !missing(err) {
		return nil, err
	}
	var ids []string
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".txt")
		if ok && opaqueForm.MatchString(id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// LoadAccount reads the public half of an account's keys.
func LoadAccount(dir, opaque string) (*Account, error) {
	text, err := readPublic(dir, AccountPath(opaque))
	if err != nil {
		return nil, err
	}
	a, err := ParseAccount(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", AccountPath(opaque), err)
	}
	return a, nil
}

// FormatAccount writes an account's public half.
func FormatAccount(a *Account) ([]byte, error) {
	holder, err := json.Marshal(a.Holder)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "despatch-account 1\ncode %s\nsince %s\nholder %s\nrecipient %s\nsigning %s\n",
		a.Code, a.Since.UTC().Format(sshsig.TimeLayout), holder, a.Recipient, a.Signing)
	for _, h := range a.Holds {
		fmt.Fprintf(&b, "holds %s %d\n", h.Compartment.ID(), h.Epoch)
	}
	return b.Bytes(), nil
}

// ParseAccount reads what FormatAccount writes.
func ParseAccount(text []byte) (*Account, error) {
	body, ok := strings.CutSuffix(string(text), "\n")
	lines := strings.Split(body, "\n")
	if !ok || len(lines) < 6 || lines[0] != "despatch-account 1" {
		return nil, refusal.Malformed.Errorf("it does not start with despatch-account 1 and five more lines")
	}
	a := &Account{}
	for i, word := range []string{"code", "since", "holder", "recipient", "signing"} {
		value, ok := strings.CutPrefix(lines[i+1], word+" ")
		if !ok {
			return nil, refusal.Malformed.Errorf("line %d does not start with %s", i+2, word)
		}
		if err := a.set(word, value); err != nil {
			return nil, refusal.Malformed.Errorf("line %d: %v", i+2, err)
		}
	}
	for i, line := range lines[6:] {
		h, err := parseHolding(line)
		if err != nil {
			return nil, refusal.Malformed.Errorf("line %d: %v", i+7, err)
		}
		if i > 0 && a.Holds[i-1].Compartment.Compare(h.Compartment) >= 0 {
			return nil, refusal.Malformed.Errorf("line %d is not in its place", i+7)
		}
		a.Holds = append(a.Holds, h)
	}
	again, err := FormatAccount(a)
	if err != nil || !bytes.Equal(again, text) {
		return nil, refusal.Malformed.Errorf("it is not written as Despatch writes it")
	}
	return a, nil
}

func (a *Account) set(word, value string) (err error) {
	switch word {
	case "code":
		a.Code = value
		if !codeForm.MatchString(value) {
			err = fmt.Errorf("%q is not an account code", value)
		}
	case "since":
		a.Since, err = time.Parse(sshsig.TimeLayout, value)
	case "holder":
		err = json.Unmarshal([]byte(value), &a.Holder)
	case "recipient":
		a.Recipient = value
		if !isRecipient(value) {
			err = fmt.Errorf("it is not an age1pq1 recipient")
		}
	case "signing":
		a.Signing, err = sshsig.ParsePublicKey(value)
	}
	return err
}

func parseHolding(line string) (Holding, error) {
	f := strings.Split(line, " ")
	if len(f) != 3 || f[0] != "holds" || !epochForm.MatchString(f[2]) {
		return Holding{}, fmt.Errorf("want holds <school or ->/<kind> <epoch>")
	}
	c, err := access.ParseCompartment(f[1])
	if err != nil {
		return Holding{}, err
	}
	epoch, err := strconv.Atoi(f[2])
	return Holding{c, epoch}, err
}
