package register

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

const (
	firstWord = "despatch-register"
	noSchools = "-"
	// mostQuota is a tebibyte a day: more is a slip of the pen.
	mostQuota = 1 << 20
)

var opaqueForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// text writes the lines that the signature covers.
func (r *Register) text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s 1\nserial %d\ndate %s\nroot %s\n", firstWord, r.Serial, r.Date.UTC().Format(sshsig.TimeLayout), r.Root)
	lines := make([]string, 0, len(r.Schools)+len(r.Accounts))
	for _, s := range r.Schools {
		lines = append(lines, fmt.Sprintf("school %s %d", s.Opaque, s.Quota))
	}
	writeSorted(&b, lines)
	lines = lines[:0]
	for _, a := range r.Accounts {
		lines = append(lines, a.line())
	}
	writeSorted(&b, lines)
	return b.Bytes()
}

func (a Account) line() string {
	schools := slices.Sorted(slices.Values(a.Schools))
	list := strings.Join(slices.Compact(schools), ",")
	if list == "" {
		list = noSchools
	}
	return fmt.Sprintf("account %s %s %d %s %s", a.Opaque, a.State, a.Quota, list, a.Key)
}

func writeSorted(b *bytes.Buffer, lines []string) {
	slices.Sort(lines)
	for _, l := range slices.Compact(lines) {
		b.WriteString(l + "\n")
	}
}

// parseText reads the lines. Order and repetition are judged by the caller, who
// writes them again and compares.
func parseText(text []byte) (*Register, error) {
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if err := refusal.CheckFormat(lines[0], firstWord, "register"); err != nil {
		return nil, err
	}
	r := &Register{}
	for i, line := range lines[1:] {
		word, value, _ := strings.Cut(line, " ")
		if err := r.set(word, value); err != nil {
			return nil, refusal.Malformed.Errorf("line %d: %v", i+2, err)
		}
	}
	if r.Serial < 1 || r.Date.IsZero() {
		return nil, refusal.Malformed.Errorf("serial or date is missing")
	}
	return r, nil
}

// set takes one line in.
func (r *Register) set(word, value string) (err error) {
	switch word {
	case "serial":
		r.Serial, err = strconv.Atoi(value)
	case "date":
		r.Date, err = time.Parse(sshsig.TimeLayout, value)
	case "root":
		r.Root, err = sshsig.ParsePublicKey(value)
	case "school":
		err = r.addSchool(value)
	case "account":
		err = r.addAccount(value)
	default:
		err = fmt.Errorf("unknown word %.40q", word)
	}
	return err
}

func (r *Register) addSchool(value string) (err error) {
	opaque, quota, _ := strings.Cut(value, " ")
	s := School{Opaque: opaque}
	if !opaqueForm.MatchString(opaque) {
		return fmt.Errorf("%.40q is not an opaque school id (want 32 hex digits)", opaque)
	}
	s.Quota, err = parseQuota(quota)
	r.Schools = append(r.Schools, s)
	return err
}

func (r *Register) addAccount(value string) (err error) {
	f := strings.SplitN(value, " ", 5)
	if len(f) != 5 {
		return fmt.Errorf("account has %d of 5 fields", len(f))
	}
	a := Account{Opaque: f[0], State: f[1]}
	if !opaqueForm.MatchString(a.Opaque) {
		return fmt.Errorf("%.40q is not an opaque account id (want 32 hex digits)", a.Opaque)
	}
	if !slices.Contains([]string{Active, Suspended, Collector}, a.State) {
		return fmt.Errorf("unknown state %.40q (want active, suspended or collector)", a.State)
	}
	if a.Quota, err = parseQuota(f[2]); err != nil {
		return err
	}
	if f[3] != noSchools {
		a.Schools = strings.Split(f[3], ",")
	}
	if a.State == Collector && len(a.Schools) > 0 {
		return fmt.Errorf("collector %s deposits for schools", a.Opaque)
	}
	if a.Key, err = sshsig.ParsePublicKey(f[4]); err != nil {
		return err
	}
	r.Accounts = append(r.Accounts, a)
	return nil
}

func parseQuota(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > mostQuota || strconv.Itoa(n) != s {
		return 0, fmt.Errorf("%.40q is not a quota in MiB a day (want 0 to %d)", s, mostQuota)
	}
	return n, nil
}
