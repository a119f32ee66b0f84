package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"despatch/dropbox/logbook"
	"despatch/dropbox/store"
	"despatch/internal/refusal"
	"despatch/internal/register"
)

// A deposit in pieces, in the store:
//
//	upload/<account>/<deposit>/<number>      declaration: this upload is open
//	upload/<account>/<deposit>/<number>.end  kept, or gone: whichever came first
//	piece/<aa>/<deposit>/<account>.<number>/<offset>
//
// Every object is written once, so there is no lock: a piece has one writer who won,
// the offset is where the unbroken row of pieces ends, and of finishing and deleting
// one wins, for all replicas. Uploads of one deposit by one account are counted, so
// that nothing of one that was deleted comes into the next.
const uploadPrefix = "upload/"

const (
	// DefaultLargestUpload is the largest deposit that comes in pieces unless a
	// setting says otherwise.
	DefaultLargestUpload = 2 << 30
	// Expiry is how long after its beginning an unfinished upload is kept.
	Expiry = 7 * 24 * time.Hour
	// goneTime is how long the mark of a deleted upload is kept: longer than any
	// request that knew it before may last.
	goneTime = 24 * time.Hour
	// mostOpen is how many uploads of an account may be open; mostPieces bounds the
	// memory that pieces take which are read or read back.
	mostOpen, mostPieces = 8, 16
)

// Errors of uploads that callers decide by.
var (
	ErrLargest  = errors.New("the deposit is larger than any that is taken")
	ErrOther    = errors.New("the upload is declared for another account")
	ErrDiffers  = errors.New("the same file is on its way for another school or slot")
	ErrTooMany  = errors.New("the account has as many uploads open as it may")
	ErrOvertook = errors.New("another request has written here meanwhile")
	ErrFinished = errors.New("the upload is finished")
)

// Upload is a deposit that travels in pieces.
type Upload struct {
	claim

	begun  time.Time
	number int
	kept   bool  // it was read back: nobody deletes it any more
	logged bool  // it has its receipt
	end    int64 // of the unbroken row of pieces
}

// ID is the deposit's.
func (u *Upload) ID() string { return u.Deposit }

// Total is the whole deposit's size.
func (u *Upload) Total() int64 { return u.Size }

// Finished tells whether the deposit has its receipt.
func (u *Upload) Finished() bool { return u.logged }

// Expires is when the upload is deleted unless it is finished before.
func (u *Upload) Expires() time.Time { return u.begun.Add(Expiry) }

// Offset is up to where the deposit is durable. Before it has its receipt the last
// byte is never counted: whoever comes back sends it again, and that finishes what a
// crash has cut off.
func (u *Upload) Offset() int64 {
	if u.logged || u.end < u.Size {
		return u.end
	}
	return u.Size - 1
}

func (u *Upload) folder() string { return pieceFolder(u.Deposit, under(u.Account, u.number)) }

func uploadFolder(account, deposit string) string {
	return uploadPrefix + account + "/" + deposit + "/"
}

func (u *Upload) key() string {
	return fmt.Sprintf("%s%03d", uploadFolder(u.Account, u.Deposit), u.number)
}

func (u *Upload) endKey() string { return u.key() + endSuffix }

const endSuffix = ".end"

// readUploadKey reads the key of a declaration or of its end.
func readUploadKey(key string) (folder string, number int, isEnd, ok bool) {
	at := strings.LastIndexByte(key, '/') + 1
	name, isEnd := strings.CutSuffix(key[at:], endSuffix)
	number, err := strconv.Atoi(name)
	return key[:at], number, isEnd, err == nil && number > 0
}

// Begin opens an upload, or gives the one of this deposit that is open or finished
// already. What a deposit in one request is held to is checked here, but its bytes.
func (in *Intake) Begin(ctx context.Context, account *register.Account, quota int, d Declared, size int64) (*Upload, error) {
	o := Offer{Account: account, Quota: quota, School: d.School, Deposit: d.Deposit, Slot: d.Slot, Size: size}
	if d.Account != account.Opaque {
		return nil, ErrOther
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	if size > in.LargestUpload {
		return nil, fmt.Errorf("%w: %d bytes of at most %d", ErrLargest, size, in.LargestUpload)
	}
	if err := checkLength(size); err != nil {
		return nil, err
	}
	u, err := in.Upload(ctx, account.Opaque, d.Deposit)
	if err == nil || !errors.Is(err, store.ErrMissing) {
		return u.sameAs(o.claim(), err)
	}
	if err := in.slotFree(ctx, o.claim()); err != nil {
		return nil, err
	}
	return in.declare(ctx, o)
}

// sameAs refuses another upload of the same deposit.
func (u *Upload) sameAs(c claim, err error) (*Upload, error) {
	if err == nil && !u.logged && u.claim != c {
		return nil, ErrDiffers
	}
	return u, err
}

// declare writes the declaration of a new upload, when there is room for it.
func (in *Intake) declare(ctx context.Context, o Offer) (*Upload, error) {
	in.opening.Lock()
	defer in.opening.Unlock()
	if err := in.count(ctx); err != nil {
		return nil, err
	}
	if err := in.Usage.hasRoom(o); err != nil {
		return nil, err
	}
	own := 0
	for e, err := range in.Store.List(ctx, uploadPrefix+o.Account.Opaque+"/") {
		if err != nil {
			return nil, err
		}
		if _, _, isEnd, ok := readUploadKey(e.Key); ok && !isEnd {
			own++
		}
	}
	if own >= mostOpen {
		return nil, ErrTooMany
	}
	u, last, err := in.open(ctx, o.Account.Opaque, o.Deposit)
	if err != nil || u != nil {
		return u.sameAs(o.claim(), err)
	}
	begun := in.Usage.now().UTC().Truncate(time.Second)
	u = &Upload{claim: o.claim(), number: last + 1, begun: begun}
	err = in.Store.PutNew(ctx, u.key(), declaration(u.claim, begun))
	if errors.Is(err, store.ErrExists) { // by another replica, at this moment
		if u, _, err = in.open(ctx, o.Account.Opaque, o.Deposit); err == nil && u == nil {
			err = ErrBusy
		}
		return u.sameAs(o.claim(), err)
	}
	if err != nil {
		return nil, err
	}
	return u, in.count(ctx)
}

// open gives the open upload of an account's deposit, nil when there is none, and
// the highest number that there has been.
func (in *Intake) open(ctx context.Context, account, deposit string) (u *Upload, last int, err error) {
	isDeclared, isEnded := false, false // the last one
	for e, err := range in.Store.List(ctx, uploadFolder(account, deposit)) {
		if err != nil {
			return nil, 0, err
		}
		_, number, isEnd, ok := readUploadKey(e.Key)
		if !ok {
			return nil, 0, fmt.Errorf("%s is no upload's key", e.Key)
		}
		if number > last {
			last, isDeclared, isEnded = number, false, false
		}
		isDeclared, isEnded = isDeclared || !isEnd, isEnded || isEnd
	}
	u = &Upload{claim: claim{Account: account, Deposit: deposit}, number: last}
	key := u.key()
	if isEnded {
		key = u.endKey()
	} else if !isDeclared {
		return nil, last, nil
	}
	text, err := in.Store.Get(ctx, key)
	if errors.Is(err, store.ErrMissing) {
		return nil, last, nil // it was deleted at this moment
	}
	if err != nil {
		return nil, last, err
	}
	if isEnded {
		if text, u.kept = bytes.CutPrefix(text, []byte(keptMark)); !u.kept {
			return nil, last, nil
		}
	}
	c, begun, err := readDeclaration(text)
	if err == nil && (c.Account != account || c.Deposit != deposit) {
		err = errors.New("the declaration of an upload is another's")
	}
	u.claim, u.begun = c, begun
	return u, last, err
}

// Upload gives an account's upload of a deposit, finished or not, or
// store.ErrMissing.
func (in *Intake) Upload(ctx context.Context, account, deposit string) (*Upload, error) {
	if !hex64.MatchString(deposit) {
		return nil, store.ErrMissing
	}
	place, err := in.Log.Find(ctx, account, deposit)
	if err == nil {
		r := place.Leaf().Record
		return &Upload{claim: claim{Deposit: deposit, Account: account, School: r.School, Size: r.Size, slot: r.Slot}, logged: true, end: r.Size}, nil
	}
	if !errors.Is(err, logbook.ErrNotLogged) {
		return nil, err
	}
	u, _, err := in.open(ctx, account, deposit)
	if err == nil && u == nil {
		err = fmt.Errorf("upload %s: %w", deposit, store.ErrMissing)
	}
	if err != nil {
		return nil, err
	}
	if u.kept {
		u.end = u.Size
		return u, nil
	}
	row, err := in.row(ctx, u)
	if n := len(row); n > 0 {
		u.end = row[n-1].Offset + row[n-1].Size
	}
	return u, err
}

// row gives the unbroken row of an upload's pieces from its beginning on.
func (in *Intake) row(ctx context.Context, u *Upload) ([]Piece, error) {
	there, err := list(ctx, in.Store, u.folder())
	if err != nil {
		return nil, err
	}
	var row []Piece
	for at := int64(0); there[at] > 0; at += there[at] {
		row = append(row, Piece{Offset: at, Size: there[at]})
	}
	return row, nil
}

// count takes in for what uploads room is held. The lock is held.
func (in *Intake) count(ctx context.Context) error {
	held := map[string]int64{}
	for e, err := range in.Store.List(ctx, uploadPrefix) {
		if err != nil {
			return err
		}
		if _, _, isEnd, ok := readUploadKey(e.Key); !ok || isEnd {
			continue
		}
		text, err := in.Store.Get(ctx, e.Key)
		if errors.Is(err, store.ErrMissing) {
			continue // it has just ended
		}
		if err != nil {
			return err
		}
		c, _, err := readDeclaration(text)
		if err != nil {
			return err
		}
		held[c.Account] += c.Size
		if c.School != "" {
			held[c.School] += c.Size
		}
	}
	in.Usage.hold(held)
	return nil
}

func (in *Intake) recount(ctx context.Context) error {
	in.opening.Lock()
	defer in.opening.Unlock()
	return in.count(ctx)
}

// checkLength refuses a length that no padded deposit has, before a byte is sent.
func checkLength(size int64) error {
	if size <= int64(HeaderSize) || !isPadded(size-int64(HeaderSize)) {
		return refusal.Malformed.Errorf("a sealed file of %d bytes is not padded to a bucket", size)
	}
	return nil
}
