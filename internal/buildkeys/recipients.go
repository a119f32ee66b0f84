package buildkeys

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"despatch/internal/refusal"
)

var (
	kindForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)
	epochForm = regexp.MustCompile(`^[1-9][0-9]{0,8}$`)
)

// recipientLen is the length of every hybrid recipient: 1,216 bytes in bech32.
const recipientLen = len("age1pq1") + 1946 + 6

// isRecipient looks at the form only; parsing a recipient is dear, and so would a
// regular expression be: a build reads every school's.
func isRecipient(s string) bool {
	digits, ok := strings.CutPrefix(s, "age1pq1")
	return ok && len(s) == recipientLen && strings.Trim(digits, "023456789acdefghjklmnpqrstuvwxyz") == ""
}

// Recipients are the public halves of one school's compartments.
type Recipients struct {
	School string   // empty: the authority
	Digest [32]byte // changes when any of them does
	Lines  []Line   // sorted by kind
}

// A Line is one compartment: its kind, current epoch and recipient (age1pq1…).
type Line struct {
	Kind      string
	Epoch     int
	Recipient string
}

// LoadRecipients reads the recipients of a school, "" for the authority.
func LoadRecipients(dir, school string) (*Recipients, error) {
	name := RecipientsPath(school)
	text, err := readPublic(dir, name)
	if err != nil {
		return nil, err
	}
	lines, err := ParseRecipients(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &Recipients{School: school, Digest: sha256.Sum256(text), Lines: lines}, nil
}

// Find gives the line of a kind.
func (r *Recipients) Find(kind string) (Line, bool) {
	for _, l := range r.Lines {
		if l.Kind == kind {
			return l, true
		}
	}
	return Line{}, false
}

// FormatRecipients writes the lines, which are sorted by kind.
func FormatRecipients(lines []Line) []byte {
	var b bytes.Buffer
	for _, l := range lines {
		fmt.Fprintf(&b, "%s %d %s\n", l.Kind, l.Epoch, l.Recipient)
	}
	return b.Bytes()
}

// ParseRecipients reads what FormatRecipients writes. The recipients themselves
// are parsed only when used: it is dear.
func ParseRecipients(text []byte) ([]Line, error) {
	body, ok := strings.CutSuffix(string(text), "\n")
	if !ok {
		return nil, refusal.Malformed.Errorf("the last line does not end in a line end")
	}
	var lines []Line
	for i, line := range strings.Split(body, "\n") {
		f := strings.Split(line, " ")
		if len(f) != 3 || !kindForm.MatchString(f[0]) || !epochForm.MatchString(f[1]) || !isRecipient(f[2]) {
			return nil, refusal.Malformed.Errorf("line %d is not <kind> <epoch> <age1pq1…>", i+1)
		}
		if i > 0 && f[0] <= lines[i-1].Kind {
			return nil, refusal.Malformed.Errorf("line %d: kind %s is not in its place", i+1, f[0])
		}
		epoch, err := strconv.Atoi(f[1])
		if err != nil {
			return nil, refusal.Malformed.Errorf("line %d: epoch %s is not a number", i+1, f[1])
		}
		lines = append(lines, Line{f[0], epoch, f[2]})
	}
	return lines, nil
}
