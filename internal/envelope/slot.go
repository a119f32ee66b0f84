package envelope

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// Kinds of deposits that say something of another one or of what was read, and
// nothing more: their payload is empty.
const (
	Opened     = "opened"
	Withdrawal = "withdrawal"
)

// Slot is the name of the place that a deposit takes in the box, by which of two
// answers to one thing only the first is taken: an HMAC under a compartment's
// secret, which the box does not know (docs/formats.md section 19). n counts the
// versions of an answer from 1.
func Slot(secret [32]byte, subject, subjectHash string, n int) string {
	return place(secret, "despatch-slot-1", subject, subjectHash, strconv.Itoa(n))
}

// OpenedSlot is the place of an account's word that it has opened a subject: it is
// taken once, from whichever device.
func OpenedSlot(secret [32]byte, account, subject, subjectHash string) string {
	return place(secret, "despatch-opened-1", account, subject, subjectHash)
}

// WithdrawalSlot is the place of the withdrawal of a deposit: whoever holds the
// compartment's key can ask the box whether it is taken.
func WithdrawalSlot(secret [32]byte, deposit string) string {
	return place(secret, "despatch-withdrawal-1", deposit)
}

func place(secret [32]byte, parts ...string) string {
	mac := hmac.New(sha256.New, secret[:])
	mac.Write([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(mac.Sum(nil))
}
