//go:build !windows

package store_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	randv2 "math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"despatch/dropbox/intake"
	"despatch/dropbox/logbook"
	"despatch/dropbox/store"
	"despatch/internal/auditlog"
	"despatch/internal/padding"
	"despatch/internal/receipt"
	"despatch/internal/register"
	"despatch/internal/sshsig"
)

const crashBox = "https://box.northmoor.example"

// A promise is a deposit for which somebody holds a receipt.
type promise struct {
	deposit string
	index   int64
	data    []byte
}

// An office is the accept path over one store: intake, log, receipts.
type accepting struct {
	signer  note.Signer
	key     note.Verifier
	private ed25519.PrivateKey
	account *register.Account
	school  string

	mu       sync.Mutex
	promises []promise
}

func newAccepting(t testing.TB) *accepting {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	signer, text, err := auditlog.Key(auditlog.Name(crashBox), private)
	must(t, err)
	key, err := note.NewVerifier(text)
	must(t, err)
	school := strings.Repeat("5", 32)
	return &accepting{signer: signer, key: key, private: private, school: school, account: &register.Account{
		Opaque: strings.Repeat("a", 32), State: register.Active, Quota: 1 << 20, Schools: []string{school}, Key: sshsig.PublicOf(private),
	}}
}

// open opens log and intake over a store.
func (a *accepting) open(ctx context.Context, s store.Store) (*logbook.Book, *intake.Intake, error) {
	usage := intake.NewUsage(time.Now)
	book, err := logbook.Open(ctx, logbook.Options{Store: s, Signer: a.signer, Keys: []note.Verifier{a.key}, Now: time.Now, Seen: usage.Seen})
	if err != nil {
		return nil, nil, err
	}
	in := &intake.Intake{Store: s, Log: book, Receipt: a.private, Box: crashBox, Usage: usage}
	if err := in.Start(ctx); err != nil {
		book.Close()
		return nil, nil, err
	}
	return book, in, nil
}

// send makes a deposit and keeps what was promised.
func (a *accepting) send(ctx context.Context, in *intake.Intake, data []byte) error {
	id := sumOf(data)
	signed, _, err := in.Take(ctx, intake.Offer{Account: a.account, Quota: 1 << 20, School: a.school, Deposit: id, Slot: sumOf([]byte(id)), Size: int64(len(data)), Body: bytes.NewReader(data)})
	if err != nil {
		return err
	}
	r, err := receipt.Verify(signed, receipt.Trust{Box: crashBox, Receipts: []sshsig.PublicKey{sshsig.PublicOf(a.private)}, Logs: []note.Verifier{a.key}})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.promises = append(a.promises, promise{id, r.Proof.Index, data})
	return nil
}

func (a *accepting) promised() []promise {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.promises[:len(a.promises):len(a.promises)]
}

// holds opens what is left in a folder as a box does that starts again, and says which
// promise is broken.
func (a *accepting) holds(ctx context.Context, dir string, promises []promise) error {
	f, err := store.OpenFolder(dir, func(error) {})
	if err != nil {
		return err
	}
	f.Syncing(func(*os.File) error { return nil }, func() error { return nil })
	return a.kept(ctx, f, promises)
}

// kept holds a store to all that was promised, and to itself.
func (a *accepting) kept(ctx context.Context, s store.Store, promises []promise) error {
	book, in, err := a.open(ctx, s)
	if err != nil {
		return fmt.Errorf("the box does not start: %w", err)
	}
	defer book.Close()
	for _, p := range promises {
		data, err := s.Get(ctx, "deposit/"+p.deposit[:2]+"/"+p.deposit)
		if err != nil || !bytes.Equal(data, p.data) {
			return fmt.Errorf("a deposit with a receipt is lost: %w", errors.Join(err, errors.New(p.deposit)))
		}
		signed, err := in.ReceiptOf(ctx, a.account.Opaque, p.deposit)
		if err != nil {
			return fmt.Errorf("a deposit with a receipt is not in the log: %w", err)
		}
		if !strings.Contains(string(signed), "\nindex "+strconv.FormatInt(p.index, 10)+"\n") {
			return fmt.Errorf("a deposit is not at leaf %d, as its receipt says", p.index)
		}
	}
	var wrong []string
	logged := map[string]bool{}
	err = logbook.Check(ctx, s, []note.Verifier{a.key}, func(l auditlog.Leaf, _ int64) error {
		if l.IsTime() {
			return nil
		}
		if logged[l.Deposit] {
			wrong = append(wrong, "deposit "+l.Deposit+" is in the log twice")
		}
		logged[l.Deposit] = true
		text, err := intake.Examine(ctx, s, l.Record)
		if text != "" {
			wrong = append(wrong, text)
		}
		return err
	}, func(text string) { wrong = append(wrong, text) })
	if len(wrong) > 0 {
		return errors.Join(err, errors.New(wrong[0]))
	}
	return err
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// sealed is a deposit: a true header around bytes that are no ciphertext.
func sealed() []byte {
	raw := func(n int) string { return base64.RawStdEncoding.EncodeToString(bytes.Repeat([]byte{1}, n)) }
	stanza := "-> mlkem768x25519 " + raw(1120) + "\n" + raw(32) + "\n"
	head := "age-encryption.org/v1\n" + stanza + stanza + "--- " + raw(32) + "\n"
	b := make([]byte, len(head)+padding.PayloadLen(padding.Bucket(64<<10, 64<<10)))
	copy(b, head)
	_, _ = rand.Read(b[len(head):])
	return b
}

// setting is a number of the environment, by which make has this run for longer.
func setting(t testing.TB, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	must(t, err)
	return n
}

// crashes has deposits sent to a box on a disk, and cuts the power before each sync, in
// every way. It gives how many states and promises were looked at, and the first that
// was broken. between stands between the box and its folder.
func crashes(t *testing.T, deposits int, forgetful string, between func(store.Store) store.Store) (cuts, looked int, broken error) {
	t.Helper()
	ctx := t.Context()
	rng := randv2.New(randv2.NewPCG(uint64(setting(t, "DESPATCH_SEED", 1)), 2))
	d, a := newDisk(t), newAccepting(t)
	d.forgetful = forgetful
	f, err := store.OpenFolder(d.root, func(err error) { t.Error(err) })
	must(t, err)
	f.Syncing(d.sync, d.whole)
	must(t, logbook.Begin(ctx, f, a.signer, time.Now()))
	left := t.TempDir()
	d.cut = func() {
		promises := a.promised() // before the look: what is promised later is not held to it
		all := d.look()
		lost, torn := 0, false
		for _, f := range all {
			if !f.named {
				lost++
			}
			torn = torn || !f.complete
		}
		for _, s := range states(rng, lost, torn) {
			if broken != nil {
				return
			}
			cuts, looked = cuts+1, looked+len(promises)
			to := filepath.Join(left, strconv.Itoa(cuts))
			err := d.write(all, s, to)
			if errors.Is(err, os.ErrNotExist) {
				continue // a file went while we looked
			}
			if err == nil {
				err = a.holds(ctx, to, promises)
			}
			broken = err
			_ = os.RemoveAll(to)
		}
	}
	book, in, err := a.open(ctx, between(f))
	must(t, err)
	rounds := (deposits + 2) / 3
	for range rounds { // one alone, and two together
		sendAll(ctx, t, a, in, 1, &broken)
		sendAll(ctx, t, a, in, 2, &broken)
	}
	book.Close()
	return cuts, looked, broken
}

func sendAll(ctx context.Context, t *testing.T, a *accepting, in *intake.Intake, n int, broken *error) {
	t.Helper()
	var together sync.WaitGroup
	for range n {
		together.Go(func() {
			if err := a.send(ctx, in, sealed()); err != nil {
				t.Error(err)
			}
		})
	}
	together.Wait()
}

func asItIs(s store.Store) store.Store { return s }

// TestNoPowerCutTakesWhatWasPromised cuts the power before every sync of the accept
// path and the log, in every way in which a disk may be left: whoever held a receipt by
// then finds the deposit, byte for byte, at its place in the log, and the box starts.
func TestNoPowerCutTakesWhatWasPromised(t *testing.T) {
	cuts, looked, broken := crashes(t, setting(t, "DESPATCH_DEPOSITS", 6), "", asItIs)
	if broken != nil {
		t.Fatal(broken)
	}
	if cuts < 50 || looked < cuts/2 {
		t.Errorf("only %d states and %d promises were looked at", cuts, looked)
	}
	t.Logf("seed %d: %d power cuts, %d promises, none broken", setting(t, "DESPATCH_SEED", 1), cuts, looked)
}

// logFirst is broken: it has the log written before the bytes that it names.
type logFirst struct {
	store.Store
	mu   sync.Mutex
	held map[string][]byte
}

func (l *logFirst) PutNew(ctx context.Context, key string, data []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if strings.HasPrefix(key, "deposit/") {
		l.held[key] = data
		return nil
	}
	if err := l.Store.PutNew(ctx, key, data); err != nil || !strings.HasPrefix(key, "log/head/") {
		return err
	}
	for key, data := range l.held {
		if err := l.Store.PutNew(ctx, key, data); err != nil {
			return err
		}
		delete(l.held, key)
	}
	return nil
}

func (l *logFirst) Get(ctx context.Context, key string) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if data, ok := l.held[key]; ok {
		return data, nil
	}
	return l.Store.Get(ctx, key)
}

func (l *logFirst) Stat(ctx context.Context, key string) (int64, error) {
	data, err := l.Get(ctx, key)
	return int64(len(data)), err
}

// TestBrokenTwinsLoseWhatTheyPromised: the same power cuts find out a disk whose fsync
// of files, or of folders, does nothing, and a box that logs before it stores.
func TestBrokenTwinsLoseWhatTheyPromised(t *testing.T) {
	for name, twin := range map[string]struct {
		forgetful string
		between   func(store.Store) store.Store
	}{
		"no fsync of files":       {"files", asItIs},
		"no fsync of folders":     {"folders", asItIs},
		"the log before its blob": {"", func(s store.Store) store.Store { return &logFirst{Store: s, held: map[string][]byte{}} }},
	} {
		if cuts, _, broken := crashes(t, 3, twin.forgetful, twin.between); broken == nil {
			t.Errorf("%s: %d power cuts, and nothing was lost", name, cuts)
		} else {
			t.Logf("%s: %v", name, broken)
		}
	}
}
