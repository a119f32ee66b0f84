package keysfile

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

const firstWord = "despatch-keys"

var (
	slugForm      = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)
	opaqueForm    = regexp.MustCompile(`^[0-9a-f]{32}$`)
	recipientForm = regexp.MustCompile(`^age1pq1[02-9ac-hj-np-z]+$`)
	originForm    = regexp.MustCompile(`^(https://[a-z0-9][a-z0-9.-]*|http://(localhost|127\.0\.0\.1))(:[1-9][0-9]{0,4})?$`)
	verifierForm  = regexp.MustCompile(`^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+={0,2}$`)
)

// text writes the lines that the signature covers.
func (k *Keys) text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s 1\nserial %d\ndate %s\nroot %s\n", firstWord, k.Serial, k.Date.UTC().Format(sshsig.TimeLayout), k.Root)
	kind(&b, "head", k.Heads, sshsig.PublicKey.String)
	kind(&b, "inbox", k.Inboxes, func(i Inbox) string { return i.Service + " " + i.Recipient })
	if k.Box != "" {
		fmt.Fprintf(&b, "box %s\n", k.Box)
	}
	same := func(s string) string { return s }
	kind(&b, "log", k.Logs, same)
	kind(&b, "receipt", k.Receipts, sshsig.PublicKey.String)
	kind(&b, "witness", k.Witnesses, same)
	kind(&b, "account", k.Accounts, Account.line)
	return b.Bytes()
}

// kind writes the lines of one kind, sorted and each once.
func kind[T any](b *bytes.Buffer, word string, values []T, line func(T) string) {
	lines := make([]string, 0, len(values))
	for _, v := range values {
		lines = append(lines, line(v))
	}
	slices.Sort(lines)
	for _, l := range slices.Compact(lines) {
		fmt.Fprintf(b, "%s %s\n", word, l)
	}
}

func (a Account) line() string {
	until := "-"
	if !a.Until.IsZero() {
		until = a.Until.UTC().Format(sshsig.TimeLayout)
	}
	return fmt.Sprintf("%s %s %s %s", a.Opaque, a.From.UTC().Format(sshsig.TimeLayout), until, a.Key)
}

// parseText reads the lines. Order and repetition are judged by the caller, who
// writes them again and compares.
func parseText(text []byte) (*Keys, error) {
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if err := refusal.CheckFormat(lines[0], firstWord, "keys"); err != nil {
		return nil, err
	}
	k := &Keys{}
	for i, line := range lines[1:] {
		word, value, _ := strings.Cut(line, " ")
		if err := k.set(word, value); err != nil {
			return nil, refusal.Malformed.Errorf("line %d: %v", i+2, err)
		}
	}
	if k.Serial < 1 || k.Date.IsZero() || len(k.Heads) == 0 {
		return nil, refusal.Malformed.Errorf("serial, date or head is missing")
	}
	return k, nil
}

// set takes one line in.
func (k *Keys) set(word, value string) (err error) {
	switch word {
	case "serial":
		k.Serial, err = strconv.Atoi(value)
	case "date":
		k.Date, err = time.Parse(sshsig.TimeLayout, value)
	case "root":
		k.Root, err = sshsig.ParsePublicKey(value)
	case "head":
		err = appendKey(&k.Heads, value)
	case "receipt":
		err = appendKey(&k.Receipts, value)
	case "inbox":
		err = k.addInbox(value)
	case "box":
		k.Box, err = value, match(originForm, value, "an origin like https://box.example")
	case "log":
		k.Logs, err = append(k.Logs, value), match(verifierForm, value, "a C2SP verifier key")
	case "witness":
		k.Witnesses, err = append(k.Witnesses, value), match(verifierForm, value, "a C2SP verifier key")
	case "account":
		err = k.addAccount(value)
	default:
		err = fmt.Errorf("unknown word %.40q", word)
	}
	return err
}

func appendKey(keys *[]sshsig.PublicKey, value string) error {
	key, err := sshsig.ParsePublicKey(value)
	*keys = append(*keys, key)
	return err
}

func (k *Keys) addInbox(value string) error {
	service, recipient, _ := strings.Cut(value, " ")
	k.Inboxes = append(k.Inboxes, Inbox{service, recipient})
	if err := match(slugForm, service, "a service"); err != nil {
		return err
	}
	return match(recipientForm, recipient, "an age1pq1… recipient")
}

func (k *Keys) addAccount(value string) (err error) {
	f := strings.SplitN(value, " ", 4)
	if len(f) != 4 {
		return fmt.Errorf("account has %d of 4 fields", len(f))
	}
	a := Account{Opaque: f[0]}
	if err := match(opaqueForm, a.Opaque, "an opaque account id"); err != nil {
		return err
	}
	if a.From, err = time.Parse(sshsig.TimeLayout, f[1]); err != nil {
		return err
	}
	if f[2] != "-" {
		if a.Until, err = time.Parse(sshsig.TimeLayout, f[2]); err != nil {
			return err
		}
	}
	if a.Key, err = sshsig.ParsePublicKey(f[3]); err != nil {
		return err
	}
	k.Accounts = append(k.Accounts, a)
	return nil
}

func match(form *regexp.Regexp, value, want string) error {
	if !form.MatchString(value) {
		return fmt.Errorf("%.40q is not %s", value, want)
	}
	return nil
}
