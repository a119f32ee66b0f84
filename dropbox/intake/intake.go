// Package intake takes deposits in: it checks what can be checked of a sealed
// file, stores it, has it logged and gives the receipt.
//
// It follows docs/formats.md sections 18 to 21 and 27: a deposit comes in one request
// or in pieces, and both end in one way (accept). The order is the promise: quota
// and header, put-if-absent, read back and compare, slot, log, receipt. Nothing is
// promised before the log has the deposit; after it everything is. The package
// cannot open what it takes and does not reach age: a header is read by a small
// parser of its own, which accepts what age writes (TestHeadersThatAgeWrites) and
// is held to docs/vectors/deposit-header.json. It trusts the session for who
// sends and nothing that is sent.
package intake

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"sync"

	"despatch/dropbox/logbook"
	"despatch/dropbox/store"
	"despatch/internal/auditlog"
	"despatch/internal/receipt"
	"despatch/internal/refusal"
	"despatch/internal/register"
)

// Errors that callers decide by. Others are refusals, or the store's and log's.
var (
	ErrSchool   = errors.New("the account does not deposit for this school")
	ErrTooLarge = errors.New("the deposit is too large for one request")
	ErrQuota    = errors.New("the day's quota is used up")
	ErrBusy     = errors.New("too many deposits are on their way")
)

// Taken says that another deposit has the slot. It carries that one's receipt when
// both are of one school.
type Taken struct{ Receipt []byte }

func (*Taken) Error() string { return "another deposit was first" }

// Limits of what is taken at once; see docs/operations.md.
const (
	// Largest is the largest deposit that comes in one request.
	Largest = 8 << 20
	// small is up to where a deposit counts as small.
	small = 160 << 10
	// mostSmall, mostLarge and mostOwn bound the memory that deposits on their way
	// take: of small ones, of others, and of one account.
	mostSmall, mostLarge, mostOwn = 640, 8, 8
	// tail is how many of the last deposits are looked at at the start: read back, or
	// that all pieces are there.
	tail = 100
)

const (
	blobPrefix = "deposit/" // <aa>/<deposit>: its bytes, or the manifest of its pieces
	slotPrefix = "slot/"    // <aa>/<slot>: who has it
)

var hex32 = regexp.MustCompile(`^[0-9a-f]{32}$`)

var hex64 = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Intake takes deposits. Set the exported fields, then call Start.
type Intake struct {
	Store   store.Store
	Log     *logbook.Book
	Receipt ed25519.PrivateKey // signs receipts
	Box     string             // the box's origin
	Usage   *Usage             // told by the log
	// LargestUpload is the largest deposit that comes in pieces; 0 for
	// DefaultLargestUpload.
	LargestUpload int64

	smallOnes, largeOnes, pieceOnes chan struct{}
	opening                         sync.Mutex // held while the uploads on their way are counted
}

// Offer is a deposit that somebody wants to make.
type Offer struct {
	Account *register.Account
	Quota   int    // of the school, MiB a day; 0 without school
	School  string // opaque id, or none
	Deposit string // SHA-256 of Body
	Slot    string
	Size    int64
	Body    io.Reader
}

// Start checks that the last deposits of the log are in the store as they were
// taken, and makes ready.
func (in *Intake) Start(ctx context.Context) error {
	in.smallOnes, in.largeOnes, in.pieceOnes = make(chan struct{}, mostSmall), make(chan struct{}, mostLarge), make(chan struct{}, mostPieces)
	if in.LargestUpload == 0 {
		in.LargestUpload = DefaultLargestUpload
	}
	leaves, err := in.Log.Tail(ctx, tail)
	if err != nil {
		return err
	}
	for _, l := range leaves {
		if err := glance(ctx, in.Store, l.Deposit); err != nil {
			return err
		}
	}
	in.opening.Lock()
	defer in.opening.Unlock()
	return in.count(ctx)
}

// Take takes a deposit in that comes in one request, and gives its receipt. A
// deposit that was taken before gets the same receipt; isNew tells.
func (in *Intake) Take(ctx context.Context, o Offer) (signed []byte, isNew bool, err error) {
	if err := o.check(); err != nil {
		return nil, false, err
	}
	if o.Size > Largest {
		return nil, false, fmt.Errorf("%w: %d bytes of at most %d", ErrTooLarge, o.Size, Largest)
	}
	return in.accept(ctx, o, func() (func(kept bool), error) {
		done, err := in.Usage.reserve(o)
		if err != nil {
			return nil, err
		}
		if err := in.storeBody(ctx, o); err != nil {
			done(false)
			return nil, err
		}
		return done, nil
	})
}

// accept is the one way to a receipt, however the bytes travel: what the log has is
// not taken again; the slot is looked at; keep makes sure that the deposit is stored
// and was read back; then slot, log, receipt. What keep gives ends the counting of
// the deposit as on its way; kept says that it is stored and not logged.
func (in *Intake) accept(ctx context.Context, o Offer, keep func() (done func(kept bool), err error)) (signed []byte, isNew bool, err error) {
	place, err := in.Log.Find(ctx, o.Account.Opaque, o.Deposit)
	if err == nil {
		signed, err = in.receipt(place)
		return signed, false, err
	}
	if !errors.Is(err, logbook.ErrNotLogged) {
		return nil, false, err
	}
	claim := o.claim()
	if err := in.slotFree(ctx, claim); err != nil {
		return nil, false, err
	}
	done, err := keep()
	if err != nil {
		return nil, false, err
	}
	kept := true
	defer func() { done(kept) }()
	if err := in.takeSlot(ctx, claim); err != nil {
		return nil, false, err
	}
	if place, err = in.Log.Append(ctx, claim.record()); err != nil {
		return nil, false, err
	}
	kept = false // from now on the log counts it
	signed, err = in.receipt(place)
	return signed, true, err
}

// check holds an offer to its form and to the account's right.
func (o Offer) check() error {
	switch {
	case !hex64.MatchString(o.Deposit):
		return refusal.Malformed.Errorf("a deposit is named by 64 hex digits")
	case !hex64.MatchString(o.Slot):
		return refusal.Malformed.Errorf("a slot has 64 hex digits")
	case o.Account.State != register.Active:
		return ErrSchool
	case o.School == "" && len(o.Account.Schools) > 0, o.School != "" && !slices.Contains(o.Account.Schools, o.School):
		return ErrSchool
	case o.Size <= 0:
		return refusal.Malformed.Errorf("a deposit states its size")
	}
	return nil
}

// storeBody reads the deposit, checks it, stores it and compares what the store
// gives back.
func (in *Intake) storeBody(ctx context.Context, o Offer) error {
	leave, err := in.enter(o.Size)
	if err != nil {
		return err
	}
	defer leave()
	data := make([]byte, 0, min(o.Size, small))
	body := bytes.NewBuffer(data)
	n, err := io.Copy(body, io.LimitReader(o.Body, o.Size+1))
	switch {
	case err != nil:
		return fmt.Errorf("read the deposit: %w", err)
	case n != o.Size:
		return refusal.Mismatch.Errorf("the deposit has not the %d bytes that were stated", o.Size)
	}
	data = body.Bytes()
	if hashOf(data) != o.Deposit {
		return refusal.Mismatch.Errorf("the deposit has not the SHA-256 that was stated")
	}
	if err := CheckDeposit(data[:min(len(data), HeaderSize)], o.Size); err != nil {
		return err
	}
	key := blobKey(o.Deposit)
	if err := in.Store.PutNew(ctx, key, data); err != nil && !errors.Is(err, store.ErrExists) {
		return err
	}
	back, err := open(ctx, in.Store, o.Deposit)
	if err != nil {
		return err
	}
	return back.check(o.Deposit)
}

// enter waits for room for a deposit on its way.
func (in *Intake) enter(size int64) (leave func(), err error) {
	room := in.smallOnes
	if size > small {
		room = in.largeOnes
	}
	select {
	case room <- struct{}{}:
		return func() { <-room }, nil
	default:
		return nil, ErrBusy
	}
}

// receipt makes the receipt of a place: the same bytes each time.
func (in *Intake) receipt(p logbook.Place) ([]byte, error) {
	proof, err := p.Head.Prove(p.I)
	if err != nil {
		return nil, err
	}
	return receipt.Format(receipt.Receipt{Box: in.Box, Leaf: p.Leaf(), Proof: proof}, in.Receipt), nil
}

// ReceiptOf gives the receipt of a deposit of an account, or logbook.ErrNotLogged.
func (in *Intake) ReceiptOf(ctx context.Context, account, deposit string) ([]byte, error) {
	if !hex64.MatchString(deposit) || !hex32.MatchString(account) {
		return nil, logbook.ErrNotLogged
	}
	place, err := in.Log.Find(ctx, account, deposit)
	if err != nil {
		return nil, err
	}
	return in.receipt(place)
}

// ReceiptOfSlot gives the receipt of the deposit that has a slot, if it is of a school
// of the account's, or store.ErrMissing.
func (in *Intake) ReceiptOfSlot(ctx context.Context, account register.Account, slot string) ([]byte, error) {
	if !hex64.MatchString(slot) {
		return nil, store.ErrMissing
	}
	held, err := readClaim(ctx, in.Store, claim{slot: slot}.key(), slot)
	if err != nil {
		return nil, err
	}
	if held.Account != account.Opaque && !slices.Contains(account.Schools, held.School) {
		return nil, store.ErrMissing
	}
	place, err := in.Log.Append(ctx, held.record())
	if err != nil {
		return nil, err
	}
	return in.receipt(place)
}

func blobKey(deposit string) string { return blobPrefix + deposit[:2] + "/" + deposit }

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// claim is who has a slot.
type claim struct {
	Deposit, Account, School string
	Size                     int64
	slot                     string
}

func (o Offer) claim() claim {
	return claim{Deposit: o.Deposit, Account: o.Account.Opaque, School: o.School, Size: o.Size, slot: o.Slot}
}

func (c claim) key() string { return slotPrefix + c.slot[:2] + "/" + c.slot }

func (c claim) record() auditlog.Record {
	return auditlog.Record{Account: c.Account, School: c.School, Deposit: c.Deposit, Size: c.Size, Slot: c.slot}
}

const noSchool = "-"

var errSlot = errors.New("is not as it was written")

func (c claim) format() []byte {
	return fmt.Appendf(nil, "despatch-slot 1 %s %s %s %d\n", c.Deposit, c.Account, orNone(c.School), c.Size)
}

func orNone(school string) string {
	if school == "" {
		return noSchool
	}
	return school
}

func readClaim(ctx context.Context, s store.Store, key, slot string) (claim, error) {
	text, err := s.Get(ctx, key)
	if err != nil {
		return claim{}, err
	}
	c := claim{slot: slot}
	_, err = fmt.Sscanf(string(text), "despatch-slot 1 %s %s %s %d\n", &c.Deposit, &c.Account, &c.School, &c.Size)
	if c.School == noSchool {
		c.School = ""
	}
	if err != nil || !bytes.Equal(c.format(), text) {
		return claim{}, fmt.Errorf("the slot %s %w", slot, errSlot)
	}
	return c, nil
}

// slotFree refuses early, before the body is read, when another has the slot.
func (in *Intake) slotFree(ctx context.Context, c claim) error {
	held, err := readClaim(ctx, in.Store, c.key(), c.slot)
	if errors.Is(err, store.ErrMissing) {
		return nil
	}
	if err != nil || held == c {
		return err
	}
	return in.taken(ctx, held, c)
}

// takeSlot claims the slot, or says who was first.
func (in *Intake) takeSlot(ctx context.Context, c claim) error {
	err := in.Store.PutNew(ctx, c.key(), c.format())
	if !errors.Is(err, store.ErrExists) {
		return err
	}
	return in.slotFree(ctx, c)
}

// taken gives the winner's receipt to a loser of the same school. A winner whose
// sender was cut off before it was logged is logged now: its bytes were read back
// before it took the slot.
func (in *Intake) taken(ctx context.Context, winner, loser claim) error {
	place, err := in.Log.Append(ctx, winner.record())
	if err != nil {
		return err
	}
	if winner.School != loser.School {
		return &Taken{}
	}
	signed, err := in.receipt(place)
	if err != nil {
		return err
	}
	return &Taken{signed}
}
