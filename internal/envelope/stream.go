package envelope

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"despatch/internal/padding"
	"despatch/internal/refusal"
)

// An Opening is a deposit's plaintext that is too much to hold: the envelope is
// checked, and Read gives the payload. Nothing of the payload may be believed before
// End returned nil (TestADepositReadPieceByPieceIsRefusedAsOneReadWhole).
type Opening struct {
	Envelope
	Signed []byte // the text that the sender signed

	from *bufio.Reader
	sum  hash.Hash
	left int // of the payload
}

// Begin reads the envelope at the beginning of a plaintext, as Open does.
func Begin(plain io.Reader) (*Opening, error) {
	o := &Opening{from: bufio.NewReaderSize(plain, Least), sum: sha256.New()}
	start, err := o.from.Peek(maxText)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if o.Signed = bytes.Clone(Signed(start)); o.Signed == nil {
		return nil, refusal.Malformed.Errorf("envelope: no signed text stands at the beginning")
	}
	if o.Envelope, err = ParseSigned(o.Signed); err != nil {
		return nil, err
	}
	o.left = o.PayloadSize
	_, err = o.from.Discard(len(o.Signed))
	return o, err
}

// Read is io.Reader's: the payload, which ends with io.EOF.
func (o *Opening) Read(p []byte) (int, error) {
	if o.left == 0 {
		return 0, io.EOF
	}
	n, err := o.from.Read(p[:min(len(p), o.left)])
	o.sum.Write(p[:n])
	o.left -= n
	if errors.Is(err, io.EOF) {
		return n, errPadding()
	}
	return n, err
}

// End reads what is left, and refuses a payload that is not the one that was signed,
// and a plaintext that is not padded to its bucket.
func (o *Opening) End() error {
	if _, err := io.Copy(io.Discard, o); err != nil {
		return err
	}
	rest := int64(padding.Bucket(len(o.Signed)+o.PayloadSize, Least) - len(o.Signed) - o.PayloadSize)
	block := make([]byte, 32<<10)
	for {
		n, err := o.from.Read(block)
		if rest -= int64(n); rest < 0 {
			return errPadding()
		}
		if len(bytes.Trim(block[:n], "\x00")) > 0 {
			return refusal.Malformed.Errorf("envelope: something follows the payload")
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if rest != 0 {
		return errPadding()
	}
	if hex.EncodeToString(o.sum.Sum(nil)) != o.PayloadHash {
		return refusal.Mismatch.Errorf("envelope: the payload is not the one that was signed")
	}
	return nil
}

func errPadding() error {
	return refusal.Malformed.Errorf("envelope: the plaintext is not padded to its bucket")
}
