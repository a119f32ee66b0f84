package auditlog

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"despatch/internal/refusal"
)

// Checkpoint is the log's signed word on its size and root. Its origin is the
// name of the key that signed it.
type Checkpoint struct {
	Size int64
	Root tlog.Hash
}

// SignCheckpoint writes a C2SP checkpoint.
func SignCheckpoint(c Checkpoint, key note.Signer) ([]byte, error) {
	text := key.Name() + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + c.Root.String() + "\n"
	return note.Sign(&note.Note{Text: text}, key)
}

// ParseCheckpoint reads a checkpoint that one of the keys signed. Signatures of
// others may stand beside it. Errors are refusals: malformed or signature.
func ParseCheckpoint(data []byte, keys ...note.Verifier) (Checkpoint, error) {
	opened, err := note.Open(data, note.VerifierList(keys...))
	var unverified *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	switch {
	case errors.As(err, &unverified), errors.As(err, &invalid):
		return Checkpoint{}, refusal.Signature.Errorf("the checkpoint is not signed by the log's key")
	case err != nil:
		return Checkpoint{}, refusal.Malformed.Errorf("the checkpoint is no signed note")
	}
	for _, s := range append(opened.Sigs, opened.UnverifiedSigs...) {
		if _, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil {
			return Checkpoint{}, refusal.Malformed.Errorf("the checkpoint's signature is not as it is written") // bits of it would say nothing
		}
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 {
		return Checkpoint{}, refusal.Malformed.Errorf("a checkpoint has three lines (origin, size, root)")
	}
	if lines[0] != opened.Sigs[0].Name {
		return Checkpoint{}, refusal.Signature.Errorf("the checkpoint of %.60q is signed by %.60q", lines[0], opened.Sigs[0].Name)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, refusal.Malformed.Errorf("%.40q is no size of a log", lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize || base64.StdEncoding.EncodeToString(root) != lines[2] {
		return Checkpoint{}, refusal.Malformed.Errorf("%.60q is no root of a log", lines[2])
	}
	return Checkpoint{Size: size, Root: tlog.Hash(root)}, nil
}
