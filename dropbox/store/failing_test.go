//go:build !windows

package store_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"despatch/dropbox/intake"
	"despatch/dropbox/logbook"
	"despatch/dropbox/store"
)

// quick is a folder store whose fsync costs nothing and keeps nothing.
func quick(t testing.TB, dir string) *store.Folder {
	t.Helper()
	f, err := store.OpenFolder(dir, func(err error) { t.Error(err) })
	must(t, err)
	f.Syncing(func(*os.File) error { return nil }, func() error { return nil })
	return f
}

// TestEverySingleFailingSyncPromisesNothingMore fails one fsync after another, from the
// first of a deposit to the last: the disk is given up at once, whoever sent then gets
// no receipt, and all who have one find their deposits after the next start.
func TestEverySingleFailingSyncPromisesNothingMore(t *testing.T) {
	last := failSync(t, 0)
	if last < 6 {
		t.Fatalf("a deposit takes %d syncs", last)
	}
	for n := 1; n <= last; n++ {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			failSync(t, n)
		})
	}
}

// failSync fails the nth fsync of a deposit and all after it, since the process would
// have ended; 0 fails none. It gives how many there were.
func failSync(t *testing.T, n int) int {
	ctx := t.Context()
	dir, a := t.TempDir(), newAccepting(t)
	var counting atomic.Bool
	var syncs, died atomic.Int64
	sync := func() error {
		if !counting.Load() {
			return nil
		}
		if at := syncs.Add(1); n > 0 && at >= int64(n) {
			return syscall.EIO
		}
		return nil
	}
	f, err := store.OpenFolder(dir, func(error) { died.Add(1) })
	must(t, err)
	f.Syncing(func(*os.File) error { return sync() }, sync)
	must(t, logbook.Begin(ctx, f, a.signer, time.Now()))
	book, in, err := a.open(ctx, f)
	must(t, err)
	must(t, a.send(ctx, in, sealed()))
	counting.Store(true)
	err = a.send(ctx, in, sealed())
	switch failed := died.Load() > 0; {
	case n > 0 && n < 6 && err == nil:
		t.Errorf("with fsync %d failing a receipt was given", n)
	case err != nil && !failed:
		t.Errorf("with fsync %d failing: %v, and the disk is not given up", n, err)
	}
	left := t.TempDir() // as the process that ended would have left it
	promises := a.promised()
	for err := os.CopyFS(left, os.DirFS(dir)); err != nil; err = os.CopyFS(left, os.DirFS(dir)) {
		must(t, os.RemoveAll(left)) // a temporary file went meanwhile
	}
	if err := a.holds(ctx, left, promises); err != nil {
		t.Errorf("fsync %d failed: %v", n, err)
	}
	counting.Store(false)
	book.Close() // of a process that goes on; here it is to end
	return int(syncs.Load())
}

// flaky is a store of which single calls fail: before they do anything, or after, with
// the answer lost.
type flaky struct {
	store.Store
	calls atomic.Int64
	fails func(call int64) (fail, after bool)
}

var errAway = errors.New("the store is away")

func (f *flaky) do(call func() error) error {
	fail, after := f.fails(f.calls.Add(1))
	if fail && !after {
		return errAway
	}
	if err := call(); err != nil || !fail {
		return err
	}
	return errAway
}

func (f *flaky) PutNew(ctx context.Context, key string, data []byte) error {
	return f.do(func() error { return f.Store.PutNew(ctx, key, data) })
}

func (f *flaky) Get(ctx context.Context, key string) (data []byte, err error) {
	err = f.do(func() error { data, err = f.Store.Get(ctx, key); return err })
	return data, err
}

func (f *flaky) Stat(ctx context.Context, key string) (size int64, err error) {
	err = f.do(func() error { size, err = f.Store.Stat(ctx, key); return err })
	return size, err
}

func (f *flaky) Delete(ctx context.Context, key string) error {
	return f.do(func() error { return f.Store.Delete(ctx, key) })
}

func (f *flaky) List(ctx context.Context, prefix string) iter.Seq2[store.Entry, error] {
	if fail, _ := f.fails(f.calls.Add(1)); fail {
		return func(yield func(store.Entry, error) bool) { yield(store.Entry{}, errAway) }
	}
	return f.Store.List(ctx, prefix)
}

// TestEverySingleFailingCallOfTheStoreLosesNothing fails one call of the accept path and
// the log after another, before it does anything and after: what was promised is kept,
// and the same deposit, sent again, gets one receipt and one leaf.
func TestEverySingleFailingCallOfTheStoreLosesNothing(t *testing.T) {
	last := failCall(t, 0, false)
	if last < 8 {
		t.Fatalf("a deposit takes %d calls of the store", last)
	}
	for n := int64(1); n <= last; n++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprint(n, after), func(t *testing.T) {
				t.Parallel()
				failCall(t, n, after)
			})
		}
	}
}

// failCall fails the nth call of a deposit; 0 fails none. It gives how many there were.
func failCall(t *testing.T, n int64, after bool) int64 {
	ctx := t.Context()
	a, f := newAccepting(t), quick(t, t.TempDir())
	must(t, logbook.Begin(ctx, f, a.signer, time.Now()))
	var begun atomic.Int64
	s := &flaky{Store: f, fails: func(call int64) (bool, bool) {
		from := begun.Load()
		return from > 0 && call == from+n && n > 0, after
	}}
	book, in, err := a.open(ctx, s)
	must(t, err)
	must(t, a.send(ctx, in, sealed()))
	begun.Store(s.calls.Load())
	data := sealed()
	first := a.send(ctx, in, data)
	err = first
	for range 5 { // a browser tries again
		if err == nil {
			break
		}
		err = a.send(ctx, in, data)
	}
	book.Close()
	if err != nil {
		t.Errorf("call %d failed (after: %v): %v, and then %v", n, after, first, err)
	}
	if err := a.kept(ctx, f, a.promised()); err != nil {
		t.Errorf("call %d failed (after: %v): %v", n, after, err)
	}
	return s.calls.Load() - begun.Load()
}

// rots is a store over a disk that changes a bit of every deposit that it writes.
type rots struct {
	store.Store
	hides bool // and gives back what it was given for as long as it runs
	mu    sync.Mutex
	given map[string][]byte
}

func (r *rots) PutNew(ctx context.Context, key string, data []byte) error {
	if !strings.HasPrefix(key, "deposit/") {
		return r.Store.PutNew(ctx, key, data)
	}
	r.mu.Lock()
	r.given[key] = data
	r.mu.Unlock()
	bad := append([]byte(nil), data...)
	bad[len(bad)/2] ^= 1
	return r.Store.PutNew(ctx, key, bad)
}

func (r *rots) Get(ctx context.Context, key string) ([]byte, error) {
	r.mu.Lock()
	data, ok := r.given[key]
	r.mu.Unlock()
	if ok && r.hides {
		return data, nil
	}
	return r.Store.Get(ctx, key)
}

// TestNothingIsPromisedBeforeItWasReadBack: on a disk that changes what it writes
// nobody gets a receipt. The twin, for which reading back tells nothing, breaks its
// promise.
func TestNothingIsPromisedBeforeItWasReadBack(t *testing.T) {
	ctx := t.Context()
	for _, hides := range []bool{false, true} {
		a, f := newAccepting(t), quick(t, t.TempDir())
		must(t, logbook.Begin(ctx, f, a.signer, time.Now()))
		book, in, err := a.open(ctx, &rots{Store: f, hides: hides, given: map[string][]byte{}})
		must(t, err)
		err = a.send(ctx, in, sealed())
		book.Close()
		kept := a.kept(ctx, f, a.promised())
		if !hides && (err == nil || kept != nil) {
			t.Errorf("a deposit that the disk changed: %v; %v", err, kept)
		}
		if hides && (err != nil || kept == nil) {
			t.Errorf("the twin without reading back is not found out: %v; %v", err, kept)
		}
	}
}

// contest has writers race for slots over some replicas, and gives the first thing that
// is not as one box would have it: of each slot one wins, the others are told so with
// the winner's receipt or try again, and the log holds each winner once.
func contest(ctx context.Context, t *testing.T, replicas []store.Store, plain store.Store, slots, writers int) error {
	t.Helper()
	a := newAccepting(t)
	must(t, logbook.Begin(ctx, plain, a.signer, time.Now()))
	var ins []*intake.Intake
	var books []*logbook.Book
	for _, s := range replicas {
		book, in, err := a.open(ctx, s)
		for tries := 0; err != nil && tries < 50; tries++ {
			book, in, err = a.open(ctx, s)
		}
		must(t, err)
		books, ins = append(books, book), append(ins, in)
	}
	winners := make([]sync.Map, slots)
	past := &history{began: time.Now()}
	var working sync.WaitGroup
	for w := range writers {
		working.Go(func() {
			for slot := range slots {
				data := sealed()
				o := intake.Offer{Account: a.account, Quota: 1 << 20, School: a.school, Deposit: sumOf(data), Slot: sumOf(fmt.Append(nil, "slot ", slot)), Size: int64(len(data))}
				op := past.call(w, slot, o.Deposit)
				for range 200 { // all tries of one are one operation
					o.Body = strings.NewReader(string(data))
					_, _, err := ins[(w+slot)%len(ins)].Take(ctx, o)
					if taken, is := errors.AsType[*intake.Taken](err); is {
						past.tell(op, a.winnerOf(taken.Receipt))
						break
					}
					if err == nil {
						winners[slot].Store(o.Deposit, data)
						past.tell(op, o.Deposit)
						break
					}
				}
			}
		})
	}
	working.Wait()
	for _, b := range books {
		b.Close()
	}
	if err := past.linear(); err != nil {
		return err
	}
	var promises []promise
	for slot := range slots {
		n := 0
		for id, data := range winners[slot].Range {
			n++
			promises = append(promises, promise{deposit: id.(string), index: -1, data: data.([]byte)})
		}
		if n != 1 {
			return fmt.Errorf("slot %d has %d winners", slot, n)
		}
	}
	for i, p := range promises {
		leaf, err := placeOf(ctx, a, plain, p.deposit)
		if err != nil {
			return err
		}
		promises[i].index = leaf
	}
	return a.kept(ctx, plain, promises)
}

// placeOf is the leaf of a deposit.
func placeOf(ctx context.Context, a *accepting, s store.Store, deposit string) (int64, error) {
	book, _, err := a.open(ctx, s)
	if err != nil {
		return 0, err
	}
	defer book.Close()
	p, err := book.Find(ctx, a.account.Opaque, deposit)
	if err != nil {
		return 0, err
	}
	return p.Head.Before.Size + int64(p.I), nil
}

// byStat is broken: it looks whether an object is there, and then writes it.
type byStat struct{ store.Store }

func (b byStat) PutNew(ctx context.Context, key string, data []byte) error {
	if _, err := b.Stat(ctx, key); err == nil {
		return store.ErrExists
	}
	for range 50 {
		runtime.Gosched() // others look too
	}
	for {
		if err := b.Store.PutNew(ctx, key, data); !errors.Is(err, store.ErrExists) {
			return err
		}
		if err := b.Delete(ctx, key); err != nil {
			return err
		}
	}
}

// TestOneOfSeveralWinsOverReplicasWhateverFails races for slots over two replicas, on a
// folder and on an S3 server behind a line that is cut, slow, and answers 500 or not at
// all.
func TestOneOfSeveralWinsOverReplicasWhateverFails(t *testing.T) {
	races := setting(t, "DESPATCH_RACES", 6)
	dir := t.TempDir()
	began := time.Now()
	must(t, contest(t.Context(), t, []store.Store{quick(t, dir), quick(t, dir)}, quick(t, dir), races, 8))
	t.Logf("folder: %d races of 8 over two replicas in %s", races, time.Since(began).Round(time.Millisecond))

	seed := uint64(setting(t, "DESPATCH_SEED", 1))
	plain, broken, cut := bucketBehindABadLine(t, seed)
	races = max(6, races/10) // a line that is cut is slow
	began = time.Now()
	must(t, contest(t.Context(), t, []store.Store{broken, broken}, plain, races, 8))
	if cut.Load() < int64(races) {
		t.Errorf("only %d requests were cut", cut.Load())
	}
	t.Logf("bucket, seed %d: %d races of 8, %d requests cut, lost, refused or slow, in %s", seed, races, cut.Load(), time.Since(began).Round(time.Millisecond))
}

// bucketBehindABadLine is a bucket, as it is and over a line on which every eighth
// request meets with something.
func bucketBehindABadLine(t *testing.T, seed uint64) (plain, bad store.Store, cut *atomic.Int64) {
	t.Helper()
	cut = new(atomic.Int64)
	var mu sync.Mutex
	rng := rand.New(rand.NewPCG(seed, 3))
	plain, address := serveS3At(t, func(h http.Handler) http.Handler { return h })
	target := address
	line := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		luck := rng.IntN(32)
		mu.Unlock()
		if luck < 4 {
			cut.Add(1)
		}
		switch luck {
		case 0: // cut before it arrives
			panic(http.ErrAbortHandler)
		case 1: // its answer is lost
			target(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case 2:
			w.WriteHeader(http.StatusInternalServerError)
		default:
			if luck == 3 {
				for range 1000 {
					runtime.Gosched() // slow
				}
			}
			target(w, r)
		}
	}))
	t.Cleanup(line.Close)
	bad, err := store.OpenBucket(t.Context(), store.BucketConfig{Endpoint: line.URL, Region: "us-east-1", Name: "box", AccessKey: "key", SecretKey: "secret"})
	must(t, err)
	return plain, bad, cut
}

// TestPutIfAbsentByLookingIsFoundOut is the broken twin of the race.
func TestPutIfAbsentByLookingIsFoundOut(t *testing.T) {
	for range 5 {
		dir := t.TempDir()
		broken := contest(t.Context(), t, []store.Store{byStat{quick(t, dir)}, byStat{quick(t, dir)}}, quick(t, dir), 4, 8)
		if broken != nil && strings.Contains(broken.Error(), "not linearizable") {
			t.Logf("found out: %v", broken)
			return
		}
	}
	t.Error("five races over a store that looks first, and nothing was found")
}
