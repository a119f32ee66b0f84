// Package store keeps the drop-box's objects: named, written once, never changed.
//
// There are two: Folder, on a local disk, and Bucket, over S3. Both pass one
// conformance suite (TestEveryStoreKeepsItsPromises). What PutNew acknowledged is
// there after a power cut, as far as disk or service keep theirs; of several
// writers of one key one wins, whoever they are and wherever they run. The box has
// no other state and no lock: everything it promises rests on these two sentences,
// so Probe refuses a store that does not hold them.
package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
)

// Errors that callers decide by; what a store returns wraps them.
var (
	ErrExists  = errors.New("is there already")
	ErrMissing = errors.New("is not there")
	ErrFull    = errors.New("the store is full")
)

// Store is what the box needs of a store. Keys are as checkKey says. A method may be
// called by many goroutines and by many processes at once.
type Store interface {
	// PutNew writes an object that must not be there, durably: when it returns nil
	// the object survives a power cut. ErrExists says that another one is there,
	// and that it is durable too; it may be this very one, when the answer to an
	// earlier try was lost: compare.
	PutNew(ctx context.Context, key string, data []byte) error
	// Get reads an object whole, or gives ErrMissing.
	Get(ctx context.Context, key string) ([]byte, error)
	// Stat gives an object's size, or ErrMissing.
	Stat(ctx context.Context, key string) (int64, error)
	// List gives all objects whose key begins with prefix, which ends with "/",
	// in the order of their keys. One that comes or goes meanwhile may be left out.
	List(ctx context.Context, prefix string) iter.Seq2[Entry, error]
	// Delete removes an object, durably. One that is not there is no error.
	Delete(ctx context.Context, key string) error
	// Highest gives the highest number under prefix, or 0, by doubling and Stat.
	// Numbers must have been put there from 1 on without a gap, by Numbered keys.
	Highest(ctx context.Context, prefix string) (int64, error)
}

// Entry is an object in a listing.
type Entry struct {
	Key  string
	Size int64
}

// The form of a key: up to mostParts names of up to longestPart characters, a to z,
// 0 to 9 and, but not in front, ". _ -".
const (
	mostParts   = 6
	longestPart = 128
)

// Numbered is the key of number n under a prefix.
func Numbered(prefix string, n int64) string { return fmt.Sprintf("%s%012d", prefix, n) }

// Number reads the number of a Numbered key.
func Number(key string) (int64, error) {
	return strconv.ParseInt(key[strings.LastIndexByte(key, '/')+1:], 10, 64)
}

func checkKey(key string) error {
	parts := 0
	for part := range strings.SplitSeq(key, "/") {
		if parts++; parts > mostParts || !validPart(part) {
			return fmt.Errorf("%.200q is no key of a store", key)
		}
	}
	return nil
}

func validPart(part string) bool {
	if part == "" || len(part) > longestPart {
		return false
	}
	for i := range len(part) {
		switch c := part[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case i > 0 && (c == '.' || c == '_' || c == '-'):
		default:
			return false
		}
	}
	return true
}

// highest looks for the highest number by doubling, then by halving.
func highest(ctx context.Context, s Store, prefix string) (int64, error) {
	there := func(n int64) (bool, error) {
		_, err := s.Stat(ctx, Numbered(prefix, n))
		if errors.Is(err, ErrMissing) {
			return false, nil
		}
		return err == nil, err
	}
	low, high := int64(0), int64(1) // low is there (or 0), high is not
	for {
		ok, err := there(high)
		if err != nil {
			return 0, err
		}
		if !ok {
			break
		}
		low, high = high, high*2
	}
	for high-low > 1 {
		mid := low + (high-low)/2
		ok, err := there(mid)
		if err != nil {
			return 0, err
		}
		if ok {
			low = mid
		} else {
			high = mid
		}
	}
	return low, nil
}
