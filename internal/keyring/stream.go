package keyring

import (
	"bufio"
	"errors"
	"io"

	"filippo.io/age"

	"despatch/internal/refusal"
	"despatch/internal/seal"
)

// mostHeader is more than any header of ours has.
const mostHeader = 64 << 10

// OpenFrom is Open for what is too much to hold. What the reader gives is as it was
// sealed, piece by piece; that nothing was cut off its end is known at its io.EOF.
func (k Key) OpenFrom(sealed io.Reader) (io.Reader, error) {
	if k.age == nil {
		return nil, refusal.Locked.Errorf("there is no key to open it with")
	}
	from := bufio.NewReaderSize(sealed, mostHeader)
	start, err := from.Peek(mostHeader)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := seal.AllHybrid(start); err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(from, k.age)
	if errors.As(err, new(*age.NoIdentityMatchError)) {
		return nil, refusal.Locked.Errorf("it is not sealed to this key")
	}
	if err != nil {
		return nil, refusal.Malformed.Errorf("it is damaged or no age file (%v)", err)
	}
	return plain, nil
}
