package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"despatch/dropbox/logbook"
	"despatch/dropbox/store"
	"despatch/internal/refusal"
	"despatch/internal/register"
)

// Write appends what body gives to an upload, piece by piece, and gives how many
// bytes are durable now. Of a body that breaks off the whole pieces are kept, and a
// rest that is large enough. right is asked before each piece: whoever lost the
// session or the school meanwhile writes no further.
func (in *Intake) Write(ctx context.Context, u *Upload, body io.Reader, right func(context.Context) error) (n int64, err error) {
	leave, err := in.enterPieces(u.Account)
	if err != nil {
		return 0, err
	}
	defer leave()
	offset := u.Offset()
	if u.end == u.Size { // only the last byte, which calls for an end
		return io.CopyN(io.Discard, body, u.Size-offset)
	}
	w := &writer{in: in, u: u, at: offset}
	err = w.copy(ctx, body, right)
	err = errors.Join(err, w.settle())
	return w.at - offset, err
}

// writer stores one piece while the next one is read.
type writer struct {
	in  *Intake
	u   *Upload
	at  int64 // up to here all is durable
	way int64 // the size of the piece that is on its way into the store

	stored chan error // of that piece; nil when there is none
}

func (w *writer) copy(ctx context.Context, body io.Reader, right func(context.Context) error) error {
	var buffers [2][]byte
	for i, from := 0, w.at; ; i++ {
		at := w.at + w.way
		if at == w.u.Size {
			return nil
		}
		if buffers[i%2] == nil {
			buffers[i%2] = make([]byte, min(pieceSize, w.u.Size-at))
		}
		buf := buffers[i%2][:min(pieceSize, w.u.Size-at)]
		k, ended := io.ReadFull(body, buf)
		if k == 0 || k < leastPiece && at+int64(k) < w.u.Size {
			if k > 0 && at == from {
				return refusal.Malformed.Errorf("a piece has at least %d bytes", leastPiece)
			}
			return nil
		}
		if err := errors.Join(w.settle(), right(ctx), w.in.stillOpen(ctx, w.u)); err != nil {
			return err
		}
		if at == 0 {
			if err := CheckDeposit(buf[:min(k, HeaderSize)], w.u.Size); err != nil {
				return errors.Join(err, w.in.Delete(ctx, w.u))
			}
		}
		w.put(ctx, buf[:k])
		if ended != nil {
			return nil
		}
	}
}

// put begins to store a piece; settle waits until it is durable.
func (w *writer) put(ctx context.Context, data []byte) {
	key, stored := pieceKey(w.u.Deposit, under(w.u.Account, w.u.number), w.at), make(chan error, 1)
	w.way, w.stored = int64(len(data)), stored
	go func() { stored <- w.in.Store.PutNew(ctx, key, data) }()
}

func (w *writer) settle() error {
	if w.stored == nil {
		return nil
	}
	err := <-w.stored
	if err == nil {
		w.at += w.way
	}
	w.way, w.stored = 0, nil
	if errors.Is(err, store.ErrExists) {
		return ErrOvertook
	}
	return err
}

// enterPieces waits for room for one piece, of one account's.
func (in *Intake) enterPieces(account string) (leave func(), err error) {
	out, err := in.Usage.enter(account)
	if err != nil {
		return nil, err
	}
	select {
	case in.pieceOnes <- struct{}{}:
		return func() { <-in.pieceOnes; out() }, nil
	default:
		out()
		return nil, ErrBusy
	}
}

// Finish gives the receipt of an upload of which all pieces are there, as for a
// deposit in one request. One that cannot become a deposit is deleted.
func (in *Intake) Finish(ctx context.Context, u *Upload, account *register.Account) (isNew bool, err error) {
	o := Offer{Account: account, School: u.School, Deposit: u.Deposit, Slot: u.slot, Size: u.Size}
	if err := o.check(); err != nil {
		return false, err
	}
	leave, err := in.enterPieces(u.Account)
	if err != nil {
		return false, err
	}
	defer leave()
	_, isNew, err = in.accept(ctx, o, func() (func(bool), error) { return func(bool) {}, in.keep(ctx, u) })
	_, lost := errors.AsType[*Taken](err)
	switch {
	case err == nil:
		return isNew, in.close(ctx, u)
	case lost, errors.Is(err, refusal.Mismatch), errors.Is(err, refusal.Malformed):
		return false, errors.Join(err, in.Delete(ctx, u))
	}
	return false, err
}

// keep reads all pieces back, compares, and puts the manifest under the deposit's
// name. Whoever deletes at this moment wins or loses as a whole.
func (in *Intake) keep(ctx context.Context, u *Upload) error {
	if u.kept {
		f, err := open(ctx, in.Store, u.Deposit)
		if err == nil {
			return f.check(u.Deposit)
		}
		if !errors.Is(err, store.ErrMissing) {
			return err
		}
	}
	m, err := in.readBack(ctx, u)
	if err != nil {
		return err
	}
	mark := append([]byte(keptMark), declaration(u.claim, u.begun)...)
	if err := in.Store.PutNew(ctx, u.endKey(), mark); err != nil && !errors.Is(err, store.ErrExists) {
		return err
	}
	kept, err := in.isKept(ctx, u)
	if err != nil {
		return err
	}
	row, err := in.row(ctx, u)
	if err != nil {
		return err
	}
	// Pieces of an upload whose mark of deletion has been forgotten are not there.
	if !kept || !slices.EqualFunc(row, m.Pieces, func(a, b Piece) bool { return a.Offset == b.Offset && a.Size == b.Size }) {
		return fmt.Errorf("upload %s: %w", u.Deposit, store.ErrMissing)
	}
	if err := in.Store.PutNew(ctx, blobKey(u.Deposit), m.format()); err != nil && !errors.Is(err, store.ErrExists) {
		return err
	}
	back, err := open(ctx, in.Store, u.Deposit)
	if err != nil {
		return err
	}
	if back.m != nil && string(back.m.format()) == string(m.format()) {
		return nil
	}
	// The same bytes came by another way: those are the deposit.
	return back.check(u.Deposit)
}

// close ends an upload that has its receipt. Pieces that are not those of the
// deposit go.
func (in *Intake) close(ctx context.Context, u *Upload) error {
	kept, err := in.isKept(ctx, u)
	if err != nil {
		return err
	}
	if !kept { // it came by another way
		return in.Delete(ctx, u)
	}
	f, err := open(ctx, in.Store, u.Deposit)
	if err != nil {
		return err
	}
	if f.m == nil || f.m.Under != under(u.Account, u.number) {
		if err := in.deletePieces(ctx, u); err != nil {
			return err
		}
	}
	return errors.Join(in.Store.Delete(ctx, u.key()), in.recount(ctx))
}

// readBack makes the manifest of an upload out of what the store gives back.
func (in *Intake) readBack(ctx context.Context, u *Upload) (*Manifest, error) {
	row, err := in.row(ctx, u)
	if err != nil {
		return nil, err
	}
	m := &Manifest{Deposit: u.Deposit, Size: u.Size, Under: under(u.Account, u.number), Pieces: row}
	whole := sha256.New()
	var total int64
	for i, p := range m.Pieces {
		data, err := in.Store.Get(ctx, m.Key(p))
		if err != nil {
			return nil, err
		}
		if i == 0 {
			if err := CheckDeposit(data[:min(len(data), HeaderSize)], u.Size); err != nil {
				return nil, err
			}
		}
		m.Pieces[i].Hash = hashOf(data)
		whole.Write(data)
		total += int64(len(data))
	}
	if err := in.stillOpen(ctx, u); err != nil && !errors.Is(err, ErrOvertook) {
		return nil, err // what is missing was deleted
	}
	if total != u.Size || hex.EncodeToString(whole.Sum(nil)) != u.Deposit {
		return nil, refusal.Mismatch.Errorf("the deposit has not the SHA-256 that was stated")
	}
	return m, nil
}

// The marks of an upload's end: kept, with its declaration, or gone, with the time.
const keptMark, goneMark = "kept ", "gone "

// isKept tells whether an upload has ended well; an upload without an end has not.
func (in *Intake) isKept(ctx context.Context, u *Upload) (bool, error) {
	mark, err := in.Store.Get(ctx, u.endKey())
	if errors.Is(err, store.ErrMissing) {
		return false, nil
	}
	return bytes.HasPrefix(mark, []byte(keptMark)), err
}

// stillOpen refuses an upload that has ended meanwhile: ErrOvertook when another
// request has finished it, ErrMissing when it was deleted.
func (in *Intake) stillOpen(ctx context.Context, u *Upload) error {
	mark, err := in.Store.Get(ctx, u.endKey())
	switch {
	case errors.Is(err, store.ErrMissing):
		return nil
	case err != nil:
		return err
	case bytes.HasPrefix(mark, []byte(keptMark)):
		return ErrOvertook
	}
	return fmt.Errorf("upload %s: %w", u.Deposit, store.ErrMissing)
}

// Delete ends an upload that has no receipt, with all its pieces.
func (in *Intake) Delete(ctx context.Context, u *Upload) error {
	if u.logged {
		return ErrFinished
	}
	err := in.Store.PutNew(ctx, u.endKey(), fmt.Appendf(nil, "%s%d\n", goneMark, in.Usage.now().Unix()))
	if err != nil && !errors.Is(err, store.ErrExists) {
		return err
	}
	kept, err := in.isKept(ctx, u)
	switch {
	case err != nil:
		return err
	case kept && !in.lost(ctx, u):
		return ErrFinished
	case !kept:
		if err := in.deletePieces(ctx, u); err != nil {
			return err
		}
	}
	return errors.Join(in.Store.Delete(ctx, u.key()), in.recount(ctx))
}

// lost tells whether an upload that was read back lost its slot to another deposit.
// Its pieces stay, as those of any deposit that was stored and not logged.
func (in *Intake) lost(ctx context.Context, u *Upload) bool {
	held, err := readClaim(ctx, in.Store, u.claim.key(), u.slot)
	return err == nil && held != u.claim
}

func (in *Intake) deletePieces(ctx context.Context, u *Upload) error {
	var gone []string
	for e, err := range in.Store.List(ctx, u.folder()) {
		if err != nil {
			return err
		}
		gone = append(gone, e.Key)
	}
	for _, key := range gone {
		if err := in.Store.Delete(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// Sweep deletes uploads that were not finished in time, what is left of those that
// were deleted, and declarations of those that have their receipt. It never touches
// a piece of an upload that was read back.
func (in *Intake) Sweep(ctx context.Context) error {
	var all []string
	for e, err := range in.Store.List(ctx, uploadPrefix) {
		if err != nil {
			return err
		}
		all = append(all, e.Key)
	}
	for _, key := range all {
		if err := in.sweepOne(ctx, key); err != nil {
			return err
		}
	}
	return in.recount(ctx)
}

func (in *Intake) sweepOne(ctx context.Context, key string) error {
	folder, number, isEnd, ok := readUploadKey(key)
	parts := strings.Split(folder, "/")
	if !ok || len(parts) != 4 {
		return fmt.Errorf("%s is no upload's key", key)
	}
	u := &Upload{claim: claim{Account: parts[1], Deposit: parts[2]}, number: number}
	text, err := in.Store.Get(ctx, key)
	if errors.Is(err, store.ErrMissing) {
		return nil
	}
	if err != nil {
		return err
	}
	if isEnd {
		return in.forget(ctx, u, string(text))
	}
	_, begun, err := readDeclaration(text)
	if err != nil {
		return err
	}
	_, err = in.Log.Find(ctx, u.Account, u.Deposit)
	switch {
	case err == nil:
		return in.close(ctx, u)
	case !errors.Is(err, logbook.ErrNotLogged):
		return err
	case in.Usage.now().Before(begun.Add(Expiry)) && in.stillOpen(ctx, u) == nil:
		return nil
	}
	if kept, err := in.isKept(ctx, u); err != nil || kept && in.Usage.now().Before(begun.Add(Expiry)) {
		return err
	} else if kept {
		return in.Store.Delete(ctx, key) // its slot may be taken: whoever comes next has it logged
	}
	return in.Delete(ctx, u)
}

// forget deletes the mark of a deleted upload once nobody writes to it any more,
// and what came after it was deleted.
func (in *Intake) forget(ctx context.Context, u *Upload, mark string) error {
	var unix int64
	if strings.HasPrefix(mark, keptMark) {
		return nil
	}
	if _, err := fmt.Sscanf(mark, goneMark+"%d\n", &unix); err != nil {
		return fmt.Errorf("the end of upload %s is not as it was written", u.Deposit)
	}
	if !in.Usage.now().After(time.Unix(unix, 0).Add(goneTime)) {
		return nil
	}
	if err := in.deletePieces(ctx, u); err != nil {
		return err
	}
	return errors.Join(in.Store.Delete(ctx, u.key()), in.Store.Delete(ctx, u.endKey()))
}
