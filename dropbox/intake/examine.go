package intake

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"despatch/dropbox/store"
	"despatch/internal/auditlog"
)

// Examine says what of a deposit in the log is not as its receipt promises, or
// nothing: its bytes are those of its id, it is a deposit, and it has its slot.
func Examine(ctx context.Context, s store.Store, r auditlog.Record) (wrong string, err error) {
	data, err := s.Get(ctx, blobKey(r.Deposit))
	switch {
	case errors.Is(err, store.ErrMissing):
		return fmt.Sprintf("deposit %s is in the log and not in the store", r.Deposit), nil
	case err != nil:
		return "", err
	case hashOf(data) != r.Deposit:
		return fmt.Sprintf("deposit %s has other bytes than those that were taken", r.Deposit), nil
	case int64(len(data)) != r.Size:
		return fmt.Sprintf("deposit %s has %d bytes, and the log says %d", r.Deposit, len(data), r.Size), nil
	}
	want := claim{Deposit: r.Deposit, Account: r.Account, School: r.School, Size: r.Size, slot: r.Slot}
	got, err := readClaim(ctx, s, want.key(), r.Slot)
	switch {
	case errors.Is(err, store.ErrMissing):
		return fmt.Sprintf("the slot of deposit %s is not in the store", r.Deposit), nil
	case errors.Is(err, errSlot):
		return err.Error(), nil
	case err != nil:
		return "", err
	case got != want:
		return fmt.Sprintf("the slot of deposit %s is another's", r.Deposit), nil
	}
	return "", nil
}

// Strays counts the files that were stored and never logged: their senders were cut
// off and hold no receipt.
func Strays(ctx context.Context, s store.Store, logged func(deposit string) bool) (n int, err error) {
	for e, err := range s.List(ctx, blobPrefix) {
		if err != nil {
			return n, err
		}
		if !logged(e.Key[strings.LastIndexByte(e.Key, '/')+1:]) {
			n++
		}
	}
	return n, nil
}
