package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"despatch/internal/response"
	"despatch/records/event"
	"despatch/records/sending"
)

// mostPayload is the most that an answer can have, in bytes.
const mostPayload = 128 << 10

var sumForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// PayloadPath is where what a school sent lies, by its SHA-256.
func PayloadPath(sum string) string { return "vault/payloads/" + sum[:2] + "/" + sum }

// SentFilePath is where a file lies that a school sent to a service, by its SHA-256.
func SentFilePath(sum string) string { return "vault/files/" + sum[:2] + "/" + sum }

// EnvelopePath is where the signed text lies that came with a deposit which was held
// first; of others it is in their segment.
func EnvelopePath(deposit string) string { return evidence(deposit) + EnvelopeEnd }

func evidence(deposit string) string { return "vault/evidence/" + deposit[:2] + "/" + deposit }

// withPayload gives an event with the comments and marks that it stands for: events hold the
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
	for _, p := range said.Points {
		e.Points = append(e.Points, event.Point(p))
	}
	return e
}

// letter is what a school wrote to a service, with the list of its files.
func (r *reader) letter(sum string) (sending.Letter, error) {
	data, err := r.sent(sum)
	if err != nil {
		return sending.Letter{}, err
	}
	return sending.Parse(data)
}

func (r *reader) payload(sum string) (response.Response, error) {
	data, err := r.sent(sum)
	if err != nil {
		return response.Response{}, err
	}
	return response.Parse(data)
}

// sent reads what a school sent, by its SHA-256.
func (r *reader) sent(sum string) ([]byte, error) {
	if !sumForm.MatchString(sum) {
		return nil, fmt.Errorf("%.80q is no SHA-256", sum)
	}
	data, err := r.f.read(PayloadPath(sum), mostPayload)
	if err != nil {
		return nil, fmt.Errorf("%w; what the school sent lies in vault/ of the machine that collects: copy it here", err)
	}
	if got := sha256.Sum256(data); hex.EncodeToString(got[:]) != sum {
		return nil, fmt.Errorf("%s is not what the school sent: its SHA-256 differs; put it back from its backup", PayloadPath(sum))
	}
	return data, nil
}

// OpenSent opens a file that a school sent to a service.
func (f *Folder) OpenSent(sum string) (*os.File, error) {
	if !sumForm.MatchString(sum) {
		return nil, fmt.Errorf("%.80q is no SHA-256", sum)
	}
	return f.root.Open(filepath.FromSlash(SentFilePath(sum)))
}

// IsWhatItsNameSays tells whether a file's content is what the ending of its name says,
// and nothing that starts by itself. Zip files are taken as they are.
func IsWhatItsNameSays(name string, file *os.File, size int64) bool {
	ext := strings.ToLower(path.Ext(name))
	head := make([]byte, 4096)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	if ext == ".zip" {
		return bytes.HasPrefix(head[:n], []byte("PK"))
	}
	t, ok := fileTypes()[ext]
	return ok && t.is(head[:n], file, size)
}
