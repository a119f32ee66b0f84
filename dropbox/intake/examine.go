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
	f, err := open(ctx, s, r.Deposit)
	if err == nil {
		err = f.check(r.Deposit)
	}
	switch {
	case errors.Is(err, store.ErrMissing):
		return fmt.Sprintf("deposit %s is in the log and not in the store", r.Deposit), nil
	case errors.Is(err, errPieces):
		return fmt.Sprintf("deposit %s: %v", r.Deposit, err), nil
	case errors.Is(err, errBytes):
		return fmt.Sprintf("deposit %s has other bytes than those that were taken", r.Deposit), nil
	case err != nil:
		return "", err
	case f.Size != r.Size:
		return fmt.Sprintf("deposit %s has %d bytes, and the log says %d", r.Deposit, f.Size, r.Size), nil
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

// Unfinished counts the deposits that are on their way in pieces.
func Unfinished(ctx context.Context, s store.Store) (n int, err error) {
	for e, err := range s.List(ctx, uploadPrefix) {
		if err != nil {
			return n, err
		}
		if _, _, isEnd, ok := readUploadKey(e.Key); ok && !isEnd {
			n++
		}
	}
	return n, nil
}
