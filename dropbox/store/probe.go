package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// probePrefix is where Probe writes; it removes what it wrote.
const probePrefix = "probe/"

// probeWriters is how many writers Probe lets race for one key.
const probeWriters = 8

// Probe tries whether a store keeps the promises of the package's comment, as far
// as a living store shows, and refuses it with the reason where it does not. A
// folder must also lie on a disk that is known to keep what fsync acknowledged,
// unless mayForget: then the store is one for a demonstration.
func Probe(ctx context.Context, s Store, mayForget bool) error {
	if f, ok := s.(*Folder); ok && !mayForget {
		if err := checkDisk(f.root); err != nil {
			return err
		}
	}
	if err := probe(ctx, s); err != nil {
		return fmt.Errorf("the store cannot be used: %w", err)
	}
	return nil
}

func probe(ctx context.Context, s Store) (err error) {
	key := probePrefix + strings.ToLower(rand.Text())
	defer func() { err = errors.Join(err, s.Delete(ctx, key)) }()
	if _, err := s.Stat(ctx, key); !errors.Is(err, ErrMissing) {
		return fmt.Errorf("it says of an object that was never put there: %v", err)
	}
	won, err := race(ctx, s, key)
	if err != nil {
		return err
	}
	got, err := s.Get(ctx, key)
	if err != nil {
		return fmt.Errorf("it does not give back what it took: %w", err)
	}
	if !bytes.Equal(got, won) {
		return errors.New("it gave back other bytes than it took: put-if-absent does not hold")
	}
	if err := s.PutNew(ctx, key, []byte("again")); !errors.Is(err, ErrExists) {
		return fmt.Errorf("it overwrites objects (put-if-absent gave %v): S3 must honour If-None-Match", err)
	}
	return nil
}

// race lets several writers put one key and gives the bytes of the only winner.
func race(ctx context.Context, s Store, key string) ([]byte, error) {
	var (
		mu   sync.Mutex
		won  [][]byte
		errs []error
		all  sync.WaitGroup
	)
	for range probeWriters {
		all.Go(func() {
			data := []byte(rand.Text())
			err := s.PutNew(ctx, key, data)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won = append(won, data)
			case !errors.Is(err, ErrExists):
				errs = append(errs, err)
			}
		})
	}
	all.Wait()
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if len(won) != 1 {
		return nil, fmt.Errorf("of %d writers of one object %d were told that they were first", probeWriters, len(won))
	}
	return won[0], nil
}
