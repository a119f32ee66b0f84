package login

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"despatch/dropbox/store"
	"despatch/internal/signin"
)

// A nonce is 16 random bytes, the expiry in 8 bytes, and 24 bytes of a MAC.
const randomSize, nonceSize = 16, 16 + 8 + 24

// Nonce gives somebody something to sign, and until when.
func (d *Door) Nonce() (nonce string, expiry time.Time, err error) {
	expiry = d.Now().UTC().Add(nonceTime).Truncate(time.Second)
	b := make([]byte, randomSize, nonceSize)
	if _, err := rand.Read(b); err != nil {
		return "", expiry, fmt.Errorf("make a nonce: %w", err)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(expiry.Unix()))
	b = append(b, d.accepted()[0].mac(d.Origin, b)...)
	return base64.RawURLEncoding.EncodeToString(b), expiry, nil
}

func (e epoch) mac(origin string, b []byte) []byte {
	mac := hmac.New(sha256.New, e.nonce[:])
	mac.Write([]byte("despatch-nonce-1\n" + origin + "\n"))
	mac.Write(b)
	return mac.Sum(nil)[:nonceSize-randomSize-8]
}

// burn checks that a nonce is this box's and lets nobody in by it again.
func (d *Door) burn(ctx context.Context, t signin.Text) error {
	b, err := base64.RawURLEncoding.DecodeString(t.Nonce)
	if err != nil || len(b) != nonceSize || !d.isOurs(b) {
		return fmt.Errorf("%w: the nonce is not of this box", ErrRefused)
	}
	if unix := binary.BigEndian.Uint64(b[randomSize:]); int64(unix) != t.Expiry.Unix() {
		return fmt.Errorf("%w: the nonce has another expiry", ErrRefused)
	}
	sum := sha256.Sum256(b)
	err = d.Store.PutNew(ctx, noncePrefix+strconv.FormatInt(t.Expiry.Unix(), 10)+"-"+hex.EncodeToString(sum[:16]), nil)
	if errors.Is(err, store.ErrExists) {
		return fmt.Errorf("%w: the nonce was used before", ErrRefused)
	}
	return err
}

func (d *Door) isOurs(b []byte) bool {
	at := nonceSize - 24
	for _, e := range d.accepted() {
		if hmac.Equal(e.mac(d.Origin, b[:at]), b[at:]) {
			return true
		}
	}
	return false
}
