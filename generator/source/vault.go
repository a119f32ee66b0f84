package source

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"

	"despatch/internal/response"
	"despatch/records/event"
)

// mostPayload is the most that an answer can have, in bytes.
const mostPayload = 128 << 10

var sumForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// PayloadPath is where what a school sent lies, by its SHA-256.
func PayloadPath(sum string) string { return "vault/payloads/" + sum[:2] + "/" + sum }

// EnvelopePath is where the signed text lies that came with a deposit, and
// ReceiptPath what the drop-box gave for it.
func EnvelopePath(deposit string) string { return evidence(deposit) + ".envelope" }

// ReceiptPath is where a deposit's receipt lies.
func ReceiptPath(deposit string) string { return evidence(deposit) + ".receipt" }

func evidence(deposit string) string { return "vault/evidence/" + deposit[:2] + "/" + deposit }

// withPayload gives an event with the comments that it stands for: events hold the
// hash of what a school sent, so that it can be disposed of. What is not there is
// told, and the event counts all the same.
func (r *reader) withPayload(e event.Event) event.Event {
	if e.Payload == "" || e.Kind != event.Responded {
		return e
	}
	said, err := r.payload(e.Payload)
	if err != nil {
		r.find(e.File, "payload", err.Error())
		return e
	}
	e.Comments = said.Comments
	return e
}

func (r *reader) payload(sum string) (response.Response, error) {
	if !sumForm.MatchString(sum) {
		return response.Response{}, fmt.Errorf("%.80q is no SHA-256", sum)
	}
	data, err := r.f.read(PayloadPath(sum), mostPayload)
	if err != nil {
		return response.Response{}, fmt.Errorf("%w; what the school sent lies in vault/ of the machine that collects: copy it here", err)
	}
	if got := sha256.Sum256(data); hex.EncodeToString(got[:]) != sum {
		return response.Response{}, fmt.Errorf("%s is not what the school sent: its SHA-256 differs; put it back from its backup", PayloadPath(sum))
	}
	return response.Parse(data)
}
