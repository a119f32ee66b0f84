package logbook_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"despatch/dropbox/logbook"
	"despatch/dropbox/store"
	"despatch/internal/auditlog"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// keys are the log's signer and verifier of a seed.
func keys(t testing.TB, seed byte) (note.Signer, note.Verifier) {
	t.Helper()
	signer, vkey, err := auditlog.Key("box.northmoor.example/log", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)))
	must(t, err)
	verifier, err := note.NewVerifier(vkey)
	must(t, err)
	return signer, verifier
}

func folder(t testing.TB) store.Store {
	t.Helper()
	s, err := store.OpenFolder(t.TempDir(), func(err error) { t.Errorf("the disk is given up: %v", err) })
	must(t, err)
	return s
}

func bucket(t testing.TB) store.Store {
	t.Helper()
	backend := s3mem.New()
	must(t, backend.CreateBucket("box"))
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	s, err := store.OpenBucket(t.Context(), store.BucketConfig{Endpoint: server.URL, Region: "us-east-1", Name: "box", AccessKey: "k", SecretKey: "s"})
	must(t, err)
	return s
}

func begin(t testing.TB, s store.Store) {
	t.Helper()
	signer, _ := keys(t, 7)
	must(t, logbook.Begin(t.Context(), s, signer, time.Now()))
}

func options(t testing.TB, s store.Store) logbook.Options {
	signer, verifier := keys(t, 7)
	return logbook.Options{Store: s, Signer: signer, Keys: []note.Verifier{verifier}, Now: time.Now, Seen: func(auditlog.Leaf) {}}
}

// open opens a log and closes it when the test ends.
func open(t testing.TB, o logbook.Options) *logbook.Book {
	t.Helper()
	b, err := logbook.Open(t.Context(), o)
	must(t, err)
	t.Cleanup(b.Close)
	return b
}

var account = strings.Repeat("ab", 16)

// record is the n-th deposit of the tests.
func record(n int) auditlog.Record {
	sum := sha256.Sum256(fmt.Append(nil, n))
	id := hex.EncodeToString(sum[:])
	return auditlog.Record{Account: account, School: strings.Repeat("5c", 16), Deposit: id, Size: 68768, Slot: id}
}

// appendAll appends deposits at once and checks each one's place.
func appendAll(t *testing.T, b *logbook.Book, from, to int) map[string]int64 {
	t.Helper()
	var mu sync.Mutex
	places := map[string]int64{}
	var all sync.WaitGroup
	for n := from; n < to; n++ {
		all.Go(func() {
			p, err := b.Append(t.Context(), record(n))
			if err != nil {
				t.Error(err)
				return
			}
			index := checkPlace(t, p, record(n))
			mu.Lock()
			defer mu.Unlock()
			places[record(n).Deposit] = index
		})
	}
	all.Wait()
	return places
}

// checkPlace verifies the proof of a place and gives its index.
func checkPlace(t *testing.T, p logbook.Place, want auditlog.Record) int64 {
	t.Helper()
	_, verifier := keys(t, 7)
	if got := p.Leaf(); got.Deposit != want.Deposit || got.Account != want.Account || got.Slot != want.Slot {
		t.Errorf("the place is of deposit %s, not of %s", got.Deposit, want.Deposit)
	}
	proof, err := p.Head.Prove(p.I)
	if err == nil {
		_, err = proof.Check(p.Leaf(), verifier)
	}
	if err != nil {
		t.Error(err)
	}
	return proof.Index
}

// checkLog reads the whole log out of the store and checks all that holds for it:
// heads follow on one another, time never runs backwards, no deposit is there
// twice, and the tiles are those of the checkpoint. It gives the deposits by id.
func checkLog(t *testing.T, b *logbook.Book) map[string]int64 {
	t.Helper()
	_, verifier := keys(t, 7)
	ctx := t.Context()
	deposits := map[string]int64{}
	var prev *auditlog.Head
	index := int64(0)
	for n := int64(1); n <= b.Newest().Number; n++ {
		h, err := b.Head(ctx, n)
		must(t, err)
		if prev != nil {
			must(t, h.Follows(prev))
		}
		for _, l := range h.Leaves {
			if _, twice := deposits[l.Deposit]; twice && !l.IsTime() {
				t.Errorf("deposit %s is in the log twice", l.Deposit)
			}
			if !l.IsTime() {
				deposits[l.Deposit] = index
			}
			index++
		}
		prev = h
	}
	c, err := auditlog.ParseCheckpoint(b.Checkpoint(), verifier)
	must(t, err)
	reader := tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: c.Root}, tileReader{t, b})
	var leaves []int64
	for i := range c.Size {
		leaves = append(leaves, tlog.StoredHashIndex(0, i))
	}
	_, err = reader.ReadHashes(leaves) // checks every tile against the root
	must(t, err)
	return deposits
}

// tileReader reads the log's tiles as a C2SP client does.
type tileReader struct {
	t *testing.T
	b *logbook.Book
}

func (r tileReader) Height() int { return auditlog.TileHeight }

func (r tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

func (r tileReader) ReadTiles(want []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, w := range want {
		tile, err := auditlog.ParseTilePath(strings.Replace(w.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		data, err := r.b.Tile(r.t.Context(), tile)
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func TestAppendsAreLoggedOnceAndProved(t *testing.T) {
	s := folder(t)
	begin(t, s)
	var seen []auditlog.Leaf
	o := options(t, s)
	o.Seen = func(l auditlog.Leaf) { seen = append(seen, l) }
	b := open(t, o)
	places := appendAll(t, b, 0, 700)
	again := appendAll(t, b, 300, 500)
	for id, index := range again {
		if places[id] != index {
			t.Errorf("deposit %s moved from leaf %d to %d", id, places[id], index)
		}
	}
	b.Close()
	if len(seen) != 701 {
		t.Errorf("%d leaves were told, want 701", len(seen))
	}
	again2, err := logbook.Open(t.Context(), options(t, s))
	must(t, err)
	defer again2.Close()
	logged := checkLog(t, again2)
	if len(logged) != 700 {
		t.Errorf("%d deposits are in the log, want 700", len(logged))
	}
	for id, index := range places {
		if at, ok := logged[id]; !ok || at != index {
			t.Errorf("deposit %s is at leaf %d, promised %d", id, at, index)
		}
	}
	ids, err := again2.Deposits(t.Context(), account)
	must(t, err)
	if len(ids) != 700 {
		t.Errorf("the account has %d deposits, want 700", len(ids))
	}
	p, err := again2.Find(t.Context(), account, record(699).Deposit)
	must(t, err)
	checkPlace(t, p, record(699))
	if _, err := again2.Find(t.Context(), account, record(700).Deposit); !errors.Is(err, logbook.ErrNotLogged) {
		t.Errorf("a deposit that was never made gave %v", err)
	}
	tail, err := again2.Tail(t.Context(), 100)
	must(t, err)
	if len(tail) != 100 || logged[tail[0].Deposit] != 700 || logged[tail[99].Deposit] != 601 {
		t.Errorf("the tail has %d deposits, from leaf %d", len(tail), logged[tail[0].Deposit])
	}
}

func TestTwoReplicasRaceForHeadsAndLoseNothing(t *testing.T) {
	for kind, make := range map[string]func(testing.TB) store.Store{"folder": folder, "bucket": bucket} {
		t.Run(kind, func(t *testing.T) {
			s := make(t)
			begin(t, s)
			one, two := open(t, options(t, s)), open(t, options(t, s))
			results := [2]map[string]int64{}
			var both sync.WaitGroup
			for i, b := range []*logbook.Book{one, two} {
				both.Go(func() {
					results[i] = map[string]int64{}
					for from := 0; from < 240; from += 40 {
						// Every second round both are given the same deposits.
						at := from
						if from%80 == 0 {
							at += i * 1000
						}
						for id, index := range appendAll(t, b, at, at+40) {
							results[i][id] = index
						}
					}
				})
			}
			both.Wait()
			one.Close()
			two.Close()
			whole := open(t, options(t, s))
			logged := checkLog(t, whole)
			if len(logged) != 360 {
				t.Errorf("%d deposits are in the log, want 360", len(logged))
			}
			for i, r := range results {
				for id, index := range r {
					if at, ok := logged[id]; !ok || at != index {
						t.Errorf("replica %d promised leaf %d to deposit %s, which is at %d (%v)", i, index, id, at, ok)
					}
				}
			}
		})
	}
}

// next makes the head that follows on the newest one in the store.
func next(t *testing.T, s store.Store, seed byte, when time.Time, records ...auditlog.Record) *auditlog.Head {
	t.Helper()
	_, verifier := keys(t, 7)
	number, err := s.Highest(t.Context(), "log/head/")
	must(t, err)
	data, err := s.Get(t.Context(), store.Numbered("log/head/", number))
	must(t, err)
	prev, err := auditlog.ParseHead(data, verifier)
	must(t, err)
	var leaves []auditlog.Leaf
	for _, r := range records {
		r.Time = when.UTC().Truncate(time.Second)
		leaves = append(leaves, auditlog.Leaf{Record: r})
	}
	signer, _ := keys(t, seed)
	h, err := auditlog.NewHead(prev, leaves, signer)
	must(t, err)
	return h
}

func put(t *testing.T, s store.Store, h *auditlog.Head) {
	t.Helper()
	must(t, s.PutNew(t.Context(), store.Numbered("log/head/", h.Number), h.Format()))
}

// TestWhatACrashLeftIsMadeUpAtTheStart: heads are committed and nothing of what
// follows from them was written.
func TestWhatACrashLeftIsMadeUpAtTheStart(t *testing.T) {
	s := folder(t)
	begin(t, s)
	for round := range 3 {
		var records []auditlog.Record
		for n := range 200 {
			records = append(records, record(1000*round+n))
		}
		put(t, s, next(t, s, 7, time.Now(), records...))
	}
	b := open(t, options(t, s))
	if logged := checkLog(t, b); len(logged) != 600 {
		t.Errorf("%d deposits are in the log, want 600", len(logged))
	}
	p, err := b.Append(t.Context(), record(1007))
	must(t, err)
	if index := checkPlace(t, p, record(1007)); index != 208 {
		t.Errorf("a deposit that was logged before the crash is at leaf %d, want 208", index)
	}
	for _, id := range []string{record(0).Deposit, record(2199).Deposit} {
		if _, err := b.Find(t.Context(), account, id); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenRefusesALogThatIsNotItsOwn(t *testing.T) {
	ctx := t.Context()
	refused := func(name, want string, s store.Store) {
		t.Helper()
		b, err := logbook.Open(ctx, options(t, s))
		if err == nil {
			b.Close()
			t.Errorf("%s: it opens", name)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused("no log", "despatchbox init", folder(t))

	foreign := folder(t)
	signer, _ := keys(t, 9)
	must(t, logbook.Begin(ctx, foreign, signer, time.Now()))
	refused("another key's log", "not signed by the log's key", foreign)

	lost := folder(t)
	begin(t, lost)
	put(t, lost, next(t, lost, 7, time.Now(), record(1)))
	open(t, options(t, lost)).Close()
	must(t, lost.Delete(ctx, store.Numbered("log/head/", 2)))
	refused("a lost head", "the store lost heads", lost)

	changed := folder(t)
	begin(t, changed)
	h := next(t, changed, 7, time.Now(), record(1))
	must(t, changed.PutNew(ctx, store.Numbered("log/head/", 2), bytes.Replace(h.Format(), []byte(account), []byte(strings.Repeat("ac", 16)), 1)))
	refused("a changed head", "of another tree", changed)
}

func TestAHeadThatDoesNotFollowBreaksTheLog(t *testing.T) {
	s, other := folder(t), folder(t)
	begin(t, s)
	begin(t, other)
	b := open(t, options(t, s))
	put(t, s, next(t, other, 7, time.Now(), record(1)))
	if _, err := b.Append(t.Context(), record(2)); err == nil || !strings.Contains(err.Error(), "the log is broken") {
		t.Errorf("an append behind another log's head gave %v", err)
	}
	if b.Broken() == nil {
		t.Error("the log does not say that it is broken")
	}
}

func TestTimeNeverRunsBackwards(t *testing.T) {
	s := folder(t)
	begin(t, s)
	o := options(t, s)
	var mu sync.Mutex
	offset := time.Duration(0)
	o.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return time.Now().Add(offset) }
	set := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); offset = d }
	b := open(t, o)
	at := func(n int) time.Time {
		p, err := b.Append(t.Context(), record(n))
		must(t, err)
		return p.Leaf().Time
	}
	first := at(1)
	set(-time.Minute)
	if second := at(2); second.Before(first) {
		t.Errorf("the clock went back a minute and the log from %s to %s", first, second)
	}
	set(-time.Hour)
	if _, err := b.Append(t.Context(), record(3)); !errors.Is(err, logbook.ErrClock) {
		t.Errorf("with the clock an hour behind an append gave %v", err)
	}
	set(0)
	at(3)
	checkLog(t, b)
}

// TestAnIdleLogTellsTheTime runs two replicas for an hour of a clock that stands
// still while they work.
func TestAnIdleLogTellsTheTime(t *testing.T) {
	s := folder(t)
	synctest.Test(t, func(t *testing.T) {
		begin(t, s)
		one, err := logbook.Open(t.Context(), options(t, s))
		must(t, err)
		two, err := logbook.Open(t.Context(), options(t, s))
		must(t, err)
		time.Sleep(time.Hour + time.Minute)
		synctest.Wait()
		if one.Newest().Number != 5 || two.Newest().Number != 5 {
			t.Errorf("after an hour one replica is at head %d and the other at %d, want 5", one.Newest().Number, two.Newest().Number)
		}
		for n := int64(2); n <= 5; n++ {
			h, err := one.Head(t.Context(), n)
			must(t, err)
			if len(h.Leaves) != 1 || !h.Leaves[0].IsTime() {
				t.Errorf("head %d of an idle log has %d leaves", n, len(h.Leaves))
			}
		}
		one.Close()
		two.Close()
	})
}
