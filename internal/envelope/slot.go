package envelope

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// Slot is the name of the place that a deposit takes in the box, by which of two
// answers to one thing only the first is taken: an HMAC under a compartment's
// secret, which the box does not know (docs/formats.md section 19). n counts the
// versions of an answer from 1.
func Slot(secret [32]byte, subject, subjectHash string, n int) string {
	mac := hmac.New(sha256.New, secret[:])
	mac.Write([]byte("despatch-slot-1\n" + subject + "\n" + subjectHash + "\n" + strconv.Itoa(n)))
	return hex.EncodeToString(mac.Sum(nil))
}
