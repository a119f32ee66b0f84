package backup

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

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

func folder(t *testing.T) *store.Folder {
	t.Helper()
	f, err := store.OpenFolder(t.TempDir(), func(err error) { t.Error(err) })
	must(t, err)
	return f
}

// used is a store with a log of n deposits, each with its bytes and its slot, and one
// of each kind of object that passes.
func used(t *testing.T, s store.Store, n int) note.Verifier {
	t.Helper()
	signer, text, err := auditlog.Key("box.example", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)))
	must(t, err)
	key, err := note.NewVerifier(text)
	must(t, err)
	must(t, logbook.Begin(t.Context(), s, signer, time.Now()))
	more(t, s, signer, key, 0, n)
	for _, k := range []string{"session/aa/one", "nonce/one", "draft/acct/one/1", "upload/acct/one", "register/000000000001"} {
		must(t, s.PutNew(t.Context(), k, []byte(k)))
	}
	return key
}

// more puts deposits from..to into the log.
func more(t *testing.T, s store.Store, signer note.Signer, key note.Verifier, from, to int) {
	t.Helper()
	book, err := logbook.Open(t.Context(), logbook.Options{Store: s, Signer: signer, Keys: []note.Verifier{key}, Now: time.Now, Seen: func(auditlog.Leaf) {}})
	must(t, err)
	defer book.Close()
	for i := from; i < to; i++ {
		data := bytes.Repeat([]byte{byte(i)}, 1000+i)
		sum := sha256.Sum256(data)
		id := hex.EncodeToString(sum[:])
		must(t, s.PutNew(t.Context(), "deposit/"+id[:2]+"/"+id, data))
		must(t, s.PutNew(t.Context(), "slot/"+id[:2]+"/"+id, []byte(id)))
		_, err := book.Append(t.Context(), auditlog.Record{Account: id[:32], School: id[32:], Deposit: id, Size: int64(len(data)), Slot: id})
		must(t, err)
	}
}

// whole holds a copy to what its heads name, and gives the number of its heads.
func whole(t *testing.T, s store.Store, key note.Verifier) int {
	t.Helper()
	n := 0
	for e, err := range s.List(t.Context(), heads) {
		must(t, err)
		n++
		data, err := s.Get(t.Context(), e.Key)
		must(t, err)
		h, err := auditlog.ParseHead(data, key)
		must(t, err)
		for _, l := range h.Leaves {
			if l.IsTime() {
				continue
			}
			for _, kind := range []string{"deposit/", "slot/"} {
				if _, err := s.Stat(t.Context(), kind+l.Deposit[:2]+"/"+l.Deposit); err != nil {
					t.Errorf("head %d is there and names %v", h.Number, err)
				}
			}
		}
	}
	return n
}

// cutting is a store that takes so many objects and then no more.
type cutting struct {
	store.Store
	left atomic.Int64
}

var errCut = errors.New("cut off")

func (c *cutting) PutNew(ctx context.Context, key string, data []byte) error {
	if c.left.Add(-1) < 0 {
		return errCut
	}
	return c.Store.PutNew(ctx, key, data)
}

// TestABackupIsWholeWhereverItEnds cuts a copy off after each number of objects; what
// is there by then names nothing that is not, and going on comes to the same.
func TestABackupIsWholeWhereverItEnds(t *testing.T) {
	from := folder(t)
	key := used(t, from, 6)
	all, err := Copy(t.Context(), from, folder(t), Options{})
	must(t, err)
	if all.Heads < 2 || all.Objects < 20 {
		t.Fatalf("the store to be copied has %d heads and %d objects", all.Heads, all.Objects)
	}
	for n := range all.Objects {
		to := folder(t)
		cut := &cutting{Store: to}
		cut.left.Store(int64(n))
		if _, err := Copy(t.Context(), from, cut, Options{}); !errors.Is(err, errCut) {
			t.Fatalf("cut off after %d objects: %v", n, err)
		}
		if there := whole(t, to, key); int64(there) > all.Heads {
			t.Errorf("cut off after %d objects it has %d heads", n, there)
		}
		again, err := Copy(t.Context(), from, to, Options{})
		must(t, err)
		if again.Objects+again.Before != all.Objects || whole(t, to, key) != int(all.Heads) {
			t.Errorf("going on after %d objects: %+v of %+v", n, again, all)
		}
	}
}

// TestACopyInOrderNeverHasAGapInItsLog is for a place that readers may look at.
func TestACopyInOrderNeverHasAGapInItsLog(t *testing.T) {
	from := folder(t)
	used(t, from, 6)
	all, err := Copy(t.Context(), from, folder(t), Options{})
	must(t, err)
	for n := range all.Objects {
		to := folder(t)
		cut := &cutting{Store: to}
		cut.left.Store(int64(n))
		_, _ = Copy(t.Context(), from, cut, Options{InOrder: true})
		count := int64(0)
		for _, err := range to.List(t.Context(), heads) {
			must(t, err)
			count++
		}
		if last, err := to.Highest(t.Context(), heads); err != nil || last != count {
			t.Errorf("cut off after %d objects there are %d heads, up to %d (%v)", n, count, last, err)
		}
	}
}

func TestACopyForgetsWhatPassedAndKeepsWhatWasPromised(t *testing.T) {
	from, to := folder(t), folder(t)
	used(t, from, 3)
	_, err := Copy(t.Context(), from, to, Options{})
	must(t, err)
	for _, gone := range []string{"draft/acct/one/1", "upload/acct/one", "register/000000000001"} {
		must(t, from.Delete(t.Context(), gone))
	}
	done, err := Copy(t.Context(), from, to, Options{Forget: true})
	must(t, err)
	if done.Forgotten != 2 {
		t.Errorf("it forgot %d", done.Forgotten)
	}
	if _, err := to.Stat(t.Context(), "register/000000000001"); err != nil {
		t.Errorf("a register was forgotten: %v", err)
	}
	for _, left := range []string{"session/aa/one", "nonce/one", "draft/acct/one/1"} {
		if _, err := to.Stat(t.Context(), left); !errors.Is(err, store.ErrMissing) {
			t.Errorf("%s is in the copy (%v)", left, err)
		}
	}
}

func TestWhatIsNotWhatItWasIsNotCopiedOver(t *testing.T) {
	from, to, shorter, empty := folder(t), folder(t), folder(t), folder(t)
	used(t, from, 3)
	used(t, shorter, 1)
	_, err := Copy(t.Context(), from, to, Options{})
	must(t, err)
	if _, err := Copy(t.Context(), shorter, to, Options{}); !errors.Is(err, ErrShorter) {
		t.Errorf("a shorter log over a longer one: %v", err)
	}
	if _, err := Copy(t.Context(), empty, to, Options{}); err == nil || !strings.Contains(err.Error(), "no log") {
		t.Errorf("a store without a log: %v", err)
	}
	for e, err := range from.List(t.Context(), "deposit/") {
		must(t, err)
		must(t, from.Delete(t.Context(), e.Key))
		must(t, from.PutNew(t.Context(), e.Key, []byte("cut")))
		break
	}
	if _, err := Copy(t.Context(), from, to, Options{}); err == nil || !strings.Contains(err.Error(), "one of both was changed") {
		t.Errorf("a deposit that has another size now: %v", err)
	}
}

// TestEveryKindOfObjectIsCopiedOrLeftOutOnPurpose reads in the source which prefixes
// the box writes under.
func TestEveryKindOfObjectIsCopiedOrLeftOutOnPurpose(t *testing.T) {
	found := 0
	for _, file := range []string{"../store/probe.go", "../logbook/logbook.go", "../intake/intake.go", "../intake/pieces.go", "../intake/upload.go", "../drafts/drafts.go", "../login/login.go", "../registry/registry.go"} {
		text, err := os.ReadFile(file)
		must(t, err)
		for line := range strings.Lines(string(text)) {
			if !strings.Contains(strings.ToLower(line), "prefix") || !strings.Contains(line, "= \"") {
				continue
			}
			for i, prefix := range strings.Split(line, `"`) {
				if i%2 == 0 || !strings.HasSuffix(prefix, "/") {
					continue
				}
				found++
				if !slices.Contains(named, prefix) && !slices.Contains(leftOut, prefix) && prefix != heads && prefix != derived {
					t.Errorf("%s writes under %s, which is neither copied nor left out", file, prefix)
				}
			}
		}
	}
	if found < 12 {
		t.Errorf("only %d prefixes were found", found)
	}
}
