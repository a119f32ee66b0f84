package store_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"despatch/dropbox/store"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func openFolder(t testing.TB) store.Store {
	t.Helper()
	f, err := store.OpenFolder(t.TempDir(), func(err error) { t.Errorf("the disk is given up: %v", err) })
	must(t, err)
	return f
}

// serveS3 runs an S3 server in this process and gives a store over a bucket of it.
// between sees every request first.
func serveS3(t testing.TB, between func(http.Handler) http.Handler) store.Store {
	t.Helper()
	s, _ := serveS3At(t, between)
	return s
}

// serveS3At also gives what answers, for another line to it.
func serveS3At(t testing.TB, between func(http.Handler) http.Handler) (store.Store, http.HandlerFunc) {
	t.Helper()
	backend := s3mem.New()
	must(t, backend.CreateBucket("box"))
	answers := between(gofakes3.New(backend).Server())
	server := httptest.NewServer(answers)
	t.Cleanup(server.Close)
	b, err := store.OpenBucket(t.Context(), store.BucketConfig{
		Endpoint: server.URL, Region: "us-east-1", Name: "box", AccessKey: "key", SecretKey: "secret",
	})
	must(t, err)
	return b, answers.ServeHTTP
}

func openBucket(t testing.TB) store.Store {
	return serveS3(t, func(h http.Handler) http.Handler { return h })
}

// kinds are all stores there are.
var kinds = map[string]func(testing.TB) store.Store{"folder": openFolder, "bucket": openBucket}

func TestEveryStoreKeepsItsPromises(t *testing.T) {
	for kind, open := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Run("what was put is there", func(t *testing.T) { putIsThere(t, open(t)) })
			t.Run("one of several writers wins", func(t *testing.T) { oneWins(t, open(t)) })
			t.Run("lists are whole and in order", func(t *testing.T) { listsInOrder(t, open(t)) })
			t.Run("the highest number is found", func(t *testing.T) { highestFound(t, open(t)) })
			t.Run("keys that are none are refused", func(t *testing.T) { keysRefused(t, open(t)) })
			t.Run("the probe lets it pass", func(t *testing.T) {
				s := open(t)
				must(t, store.Probe(t.Context(), s, true))
				for e := range s.List(t.Context(), "probe/") {
					t.Errorf("the probe left %s", e.Key)
				}
			})
		})
	}
}

func putIsThere(t *testing.T, s store.Store) {
	ctx := t.Context()
	for key, data := range map[string][]byte{
		"a/one": []byte("one"), "a/empty": {}, "b/" + strings.Repeat("0a", 32): bytes.Repeat([]byte{0, 255, '\n'}, 1<<18), "deep/er/and/deep.er/x-y_z": []byte("x"),
	} {
		if _, err := s.Get(ctx, key); !errors.Is(err, store.ErrMissing) {
			t.Errorf("%s, never put, gave %v", key, err)
		}
		if _, err := s.Stat(ctx, key); !errors.Is(err, store.ErrMissing) {
			t.Errorf("stat of %s, never put, gave %v", key, err)
		}
		must(t, s.Delete(ctx, key))
		must(t, s.PutNew(ctx, key, data))
		if err := s.PutNew(ctx, key, []byte("other")); !errors.Is(err, store.ErrExists) {
			t.Errorf("%s was put twice: %v", key, err)
		}
		got, err := s.Get(ctx, key)
		must(t, err)
		size, err := s.Stat(ctx, key)
		must(t, err)
		if !bytes.Equal(got, data) || size != int64(len(data)) {
			t.Errorf("%s came back with %d bytes, stat %d; put %d", key, len(got), size, len(data))
		}
		must(t, s.Delete(ctx, key))
		if _, err := s.Get(ctx, key); !errors.Is(err, store.ErrMissing) {
			t.Errorf("%s, deleted, gave %v", key, err)
		}
		must(t, s.PutNew(ctx, key, data))
	}
}

func oneWins(t *testing.T, s store.Store) {
	ctx := t.Context()
	for round := range 25 {
		key := store.Numbered("race/", int64(round))
		var winners sync.Map
		var won, lost atomic.Int32
		var all sync.WaitGroup
		for writer := range 8 {
			all.Go(func() {
				data := bytes.Repeat([]byte{byte(writer)}, 20000)
				switch err := s.PutNew(ctx, key, data); {
				case err == nil:
					winners.Store(key, data)
					won.Add(1)
				case errors.Is(err, store.ErrExists):
					lost.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 || lost.Load() != 7 {
			t.Fatalf("round %d: %d won and %d lost", round, won.Load(), lost.Load())
		}
		got, err := s.Get(ctx, key)
		must(t, err)
		want, _ := winners.Load(key)
		if !bytes.Equal(got, want.([]byte)) {
			t.Fatalf("round %d: the object is not the winner's", round)
		}
	}
}

func listsInOrder(t *testing.T, s store.Store) {
	ctx := t.Context()
	want := []string{"l/a-b", "l/a.b", "l/a/0", "l/a/b/c", "l/a0", "l/b"}
	for _, key := range append(slices.Clone(want), "la/x", "k/x") {
		must(t, s.PutNew(ctx, key, []byte(key)))
	}
	list := func(prefix string) (got []string) {
		for e, err := range s.List(ctx, prefix) {
			must(t, err)
			if e.Size != int64(len(e.Key)) {
				t.Errorf("%s has %d bytes in the list", e.Key, e.Size)
			}
			got = append(got, e.Key)
		}
		return got
	}
	if got := list("l/"); !slices.Equal(got, want) {
		t.Errorf("listed %q, want %q", got, want)
	}
	if got := list("l/a/"); !slices.Equal(got, want[2:4]) {
		t.Errorf("listed %q, want %q", got, want[2:4])
	}
	if got := list("nothing/"); got != nil {
		t.Errorf("an empty list has %q", got)
	}
	for range s.List(ctx, "l/") {
		break // whoever stops early stops
	}
}

func highestFound(t *testing.T, s store.Store) {
	ctx := t.Context()
	for n := range int64(40) {
		got, err := s.Highest(ctx, "n/")
		must(t, err)
		if got != n {
			t.Fatalf("highest of %d is %d", n, got)
		}
		key := store.Numbered("n/", n+1)
		must(t, s.PutNew(ctx, key, nil))
		if back, err := store.Number(key); err != nil || back != n+1 {
			t.Fatalf("%s has the number %d (%v)", key, back, err)
		}
	}
}

func keysRefused(t *testing.T, s store.Store) {
	ctx := t.Context()
	for _, key := range []string{"", "/a", "a/", "../a", "a/../b", "a//b", "A", ".tmp/x", "a/.b", "a b", "a\\b", "a\x00", "é", strings.Repeat("a", 129), "a/b/c/d/e/f/g"} {
		if err := s.PutNew(ctx, key, nil); err == nil {
			t.Errorf("%q was put", key)
		}
		if _, err := s.Get(ctx, key); err == nil || errors.Is(err, store.ErrMissing) {
			t.Errorf("get of %q gave %v", key, err)
		}
		if _, err := s.Stat(ctx, key); err == nil || errors.Is(err, store.ErrMissing) {
			t.Errorf("stat of %q gave %v", key, err)
		}
		if s.Delete(ctx, key) == nil {
			t.Errorf("%q was deleted", key)
		}
		for _, err := range s.List(ctx, key+"/") {
			if err == nil {
				t.Errorf("%q was listed", key)
			}
		}
	}
}

// looks is a broken store: it looks whether an object is there and then writes it.
type looks struct {
	store.Store
	looked sync.WaitGroup // all writers of a race have looked
	first  atomic.Int32
}

func (l *looks) PutNew(ctx context.Context, key string, data []byte) error {
	_, err := l.Stat(ctx, key)
	if l.first.Add(1) <= 8 {
		l.looked.Done()
		l.looked.Wait()
	}
	if err == nil {
		return store.ErrExists
	}
	must := l.Delete(ctx, key)
	put := l.Store.PutNew(ctx, key, data)
	if errors.Is(put, store.ErrExists) {
		put = nil
	}
	return errors.Join(must, put)
}

func TestProbeRefusesBrokenStores(t *testing.T) {
	byLooking := &looks{Store: openFolder(t)}
	byLooking.looked.Add(8)
	if err := store.Probe(t.Context(), byLooking, true); err == nil || !strings.Contains(err.Error(), "told that they were first") {
		t.Errorf("put-if-absent by looking first gave %v", err)
	}
	careless := serveS3(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("If-None-Match")
			h.ServeHTTP(w, r)
		})
	})
	if err := store.Probe(t.Context(), careless, true); err == nil {
		t.Error("an S3 that ignores If-None-Match is accepted")
	}
	down := serveS3(t, func(http.Handler) http.Handler { return http.NotFoundHandler() })
	if err := store.Probe(t.Context(), down, true); err == nil {
		t.Error("an S3 without the bucket is accepted")
	}
}

func TestProbeRefusesADiskThatForgets(t *testing.T) {
	dir, err := os.MkdirTemp("/dev/shm", "despatch-store-*")
	if err != nil {
		t.Skipf("there is no tmpfs to try: %v", err)
	}
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	s, err := store.OpenFolder(dir, func(error) {})
	must(t, err)
	if err := store.Probe(t.Context(), s, false); err == nil || !strings.Contains(err.Error(), "tmpfs") {
		t.Errorf("a store in memory gave %v", err)
	}
	must(t, store.Probe(t.Context(), s, true))
}

// TestALostAnswerIsResolvedByReadingBack cuts the answer of a PUT that took
// effect: the client library tries again, and what is there then is its own.
func TestALostAnswerIsResolvedByReadingBack(t *testing.T) {
	var cut atomic.Bool
	s := serveS3(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut && cut.CompareAndSwap(false, true) {
				h.ServeHTTP(httptest.NewRecorder(), r)
				panic(http.ErrAbortHandler)
			}
			h.ServeHTTP(w, r)
		})
	})
	err := s.PutNew(t.Context(), "a/b", []byte("mine"))
	if err != nil && !errors.Is(err, store.ErrExists) {
		t.Fatal(err)
	}
	got, err := s.Get(t.Context(), "a/b")
	must(t, err)
	if !cut.Load() || string(got) != "mine" {
		t.Errorf("the answer was cut: %v; the object is %q", cut.Load(), got)
	}
}

func TestFolderRefusesToOpenWhatIsNotThere(t *testing.T) {
	dir := t.TempDir()
	if _, err := store.OpenFolder(filepath.Join(dir, "nowhere"), nil); err == nil {
		t.Error("a store was opened that is not there")
	}
	file := filepath.Join(dir, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	if _, err := store.OpenFolder(file, nil); err == nil {
		t.Error("a file was opened as a store")
	}
}

func TestOpeningSweepsWhatCrashesLeft(t *testing.T) {
	dir := t.TempDir()
	s, err := store.OpenFolder(dir, nil)
	must(t, err)
	must(t, s.PutNew(t.Context(), "a/b", []byte("kept")))
	old, young := filepath.Join(dir, ".tmp", "old"), filepath.Join(dir, ".tmp", "young")
	for _, name := range []string{old, young} {
		must(t, os.WriteFile(name, []byte("half"), 0o600))
	}
	yesterday := time.Now().Add(-25 * time.Hour)
	must(t, os.Chtimes(old, yesterday, yesterday))
	_, err = store.OpenFolder(dir, nil)
	must(t, err)
	left, err := os.ReadDir(filepath.Join(dir, ".tmp"))
	must(t, err)
	if len(left) != 1 || left[0].Name() != "young" {
		t.Errorf("left are %v", left)
	}
}

func BenchmarkPutNew20kB(b *testing.B) {
	data := bytes.Repeat([]byte{7}, 20000)
	for kind, open := range kinds {
		b.Run(kind, func(b *testing.B) {
			s := open(b)
			var n atomic.Int64
			b.SetParallelism(32)
			b.SetBytes(int64(len(data)))
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					i := n.Add(1)
					must(b, s.PutNew(b.Context(), store.Numbered("n/"+string(rune('a'+i%16))+"/", i), data))
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
		})
	}
}
