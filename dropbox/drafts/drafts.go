// Package drafts keeps what people have not sent yet: one sealed file for each
// form that an account has begun, which only this account opens.
//
// It follows docs/formats.md section 25. A draft is no deposit: it is not logged,
// gets no receipt, is overwritten by its next version and deleted by whoever saved
// it (TestADraftIsItsAccountsAlone). A version goes on from the one before it, so
// that a second device overwrites nothing that it has not read
// (TestASecondDeviceOverwritesNothing). The package trusts the session for whose
// drafts they are, and cannot open what it keeps.
package drafts

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"

	"despatch/dropbox/intake"
	"despatch/dropbox/store"
	"despatch/internal/refusal"
)

// Errors that callers decide by. Others are refusals, or the store's.
var (
	ErrChanged = errors.New("the draft is another than the one that this version goes on from")
	ErrTooMany = errors.New("the account keeps as many drafts as it may")
)

// Limits of what an account keeps; see docs/operations.md.
const (
	Largest   = intake.Largest // of one draft
	most      = 32             // drafts of an account
	mostBytes = 32 << 20       // of all drafts of an account
	// atOnce bounds the memory that drafts on their way take.
	atOnce = 8
)

const prefix = "draft/" // <account>/<draft>/<version>

var (
	idForm  = regexp.MustCompile(`^[0-9a-f]{32}$`)
	sumForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Drafts keeps drafts in a store. Several replicas may keep them in one.
type Drafts struct {
	store store.Store
	room  chan struct{}

	// writing keeps what is counted true until it is written. Another replica may
	// write meanwhile, so an account may be over its limit by one draft for each.
	writing sync.Mutex
}

// New keeps drafts in a store.
func New(s store.Store) *Drafts { return &Drafts{store: s, room: make(chan struct{}, atOnce)} }

// A Draft is one draft of an account, in its newest version.
type Draft struct {
	ID   string `json:"draft"`
	Size int64  `json:"size"`

	version int64
}

func key(account, id string, version int64) string {
	return store.Numbered(prefix+account+"/"+id+"/", version)
}

// List gives the drafts of an account, sorted by id.
func (d *Drafts) List(ctx context.Context, account string) ([]Draft, error) {
	all := []Draft{}
	for e, err := range d.store.List(ctx, prefix+account+"/") {
		if err != nil {
			return nil, err
		}
		id, _, _ := strings.Cut(strings.TrimPrefix(e.Key, prefix+account+"/"), "/")
		version, err := store.Number(e.Key)
		if err != nil {
			return nil, fmt.Errorf("%s is no draft's key", e.Key)
		}
		one := Draft{id, e.Size, version}
		if n := len(all); n > 0 && all[n-1].ID == id { // an older one that a crash left
			all[n-1] = one
			continue
		}
		all = append(all, one)
	}
	return all, nil
}

// newest gives the newest version of a draft, version 0 where there is none.
func (d *Drafts) newest(ctx context.Context, account, id string) (one Draft, data []byte, err error) {
	for e, err := range d.store.List(ctx, prefix+account+"/"+id+"/") {
		if err != nil {
			return one, nil, err
		}
		version, err := store.Number(e.Key)
		if err != nil {
			return one, nil, fmt.Errorf("%s is no draft's key", e.Key)
		}
		one = Draft{id, e.Size, version}
	}
	if one.version > 0 {
		data, err = d.store.Get(ctx, key(account, id, one.version))
	}
	return one, data, err
}

// Read gives a draft as it was saved last, or store.ErrMissing.
func (d *Drafts) Read(ctx context.Context, account, id string) ([]byte, error) {
	if !idForm.MatchString(id) {
		return nil, store.ErrMissing
	}
	one, data, err := d.newest(ctx, account, id)
	if err == nil && one.version == 0 {
		err = fmt.Errorf("draft %s: %w", id, store.ErrMissing)
	}
	return data, err
}

// A Version is a version of a draft that an account saves.
type Version struct {
	Account string // opaque
	Draft   string
	After   string // SHA-256 of the version that it goes on from; "-": of none
	Size    int64
	Body    io.Reader
}

// Save keeps a version and gives its SHA-256. The version before it goes.
func (d *Drafts) Save(ctx context.Context, v Version) (sum string, err error) {
	switch {
	case !idForm.MatchString(v.Draft):
		return "", refusal.Malformed.Errorf("a draft is named by 32 hex digits")
	case v.After != "-" && !sumForm.MatchString(v.After):
		return "", refusal.Malformed.Errorf("a draft names the version that it goes on from, or -")
	case v.Size > Largest:
		return "", fmt.Errorf("a draft: %w: %d bytes of at most %d", intake.ErrTooLarge, v.Size, Largest)
	case v.Size <= 0:
		return "", refusal.Malformed.Errorf("a draft states its size")
	}
	select {
	case d.room <- struct{}{}:
		defer func() { <-d.room }()
	default:
		return "", intake.ErrBusy
	}
	data, err := read(v)
	if err != nil {
		return "", err
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	return hashOf(data), d.put(ctx, v, data)
}

// read reads what is saved and checks what can be checked of it.
func read(v Version) ([]byte, error) {
	var body bytes.Buffer
	n, err := io.Copy(&body, io.LimitReader(v.Body, v.Size+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the draft: %w", err)
	case n != v.Size:
		return nil, refusal.Mismatch.Errorf("the draft has not the %d bytes that were stated", v.Size)
	}
	data := body.Bytes()
	return data, intake.CheckDraft(data[:min(len(data), intake.HeaderSize)], v.Size)
}

// put writes a version after the one that it goes on from, and deletes that one.
// The lock is held.
func (d *Drafts) put(ctx context.Context, v Version, data []byte) error {
	now, held, err := d.newest(ctx, v.Account, v.Draft)
	if err != nil {
		return err
	}
	after := "-"
	if now.version > 0 {
		after = hashOf(held)
	}
	if after == hashOf(data) {
		return nil // this very version: the answer to an earlier try was lost
	}
	if after != v.After {
		return ErrChanged
	}
	if err := d.fits(ctx, v); err != nil {
		return err
	}
	err = d.store.PutNew(ctx, key(v.Account, v.Draft, now.version+1), data)
	if errors.Is(err, store.ErrExists) {
		return ErrChanged
	}
	if err != nil || now.version == 0 {
		return err
	}
	return d.store.Delete(ctx, key(v.Account, v.Draft, now.version))
}

// fits refuses more than an account may keep.
func (d *Drafts) fits(ctx context.Context, v Version) error {
	all, err := d.List(ctx, v.Account)
	if err != nil {
		return err
	}
	n, size := 1, v.Size
	for _, one := range all {
		if one.ID != v.Draft {
			n, size = n+1, size+one.Size
		}
	}
	if n > most || size > mostBytes {
		return ErrTooMany
	}
	return nil
}

// Delete deletes a draft. One that is not there is no error.
func (d *Drafts) Delete(ctx context.Context, account, id string) error {
	if !idForm.MatchString(id) {
		return store.ErrMissing
	}
	return d.deleteAll(ctx, prefix+account+"/"+id+"/", func(string) bool { return true })
}

// Sweep deletes the drafts of accounts that are known no more: nobody could read
// them.
func (d *Drafts) Sweep(ctx context.Context, known func(account string) bool) error {
	return d.deleteAll(ctx, prefix, func(key string) bool {
		account, _, _ := strings.Cut(strings.TrimPrefix(key, prefix), "/")
		return !known(account)
	})
}

func (d *Drafts) deleteAll(ctx context.Context, under string, which func(key string) bool) error {
	var gone []string
	for e, err := range d.store.List(ctx, under) {
		if err != nil {
			return err
		}
		if which(e.Key) {
			gone = append(gone, e.Key)
		}
	}
	for _, key := range gone {
		if err := d.store.Delete(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
