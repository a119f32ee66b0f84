package dropbox_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"despatch/dropbox"
	"despatch/dropbox/boxkeys"
	"despatch/dropbox/drafts"
	"despatch/dropbox/intake"
	"despatch/dropbox/logbook"
	"despatch/dropbox/login"
	"despatch/dropbox/registry"
	"despatch/dropbox/store"
	"despatch/internal/padding"
	"despatch/internal/receipt"
	"despatch/internal/register"
	"despatch/internal/signin"
	"despatch/internal/sshsig"
)

// clock is the time of a box; tests move it.
type clock struct {
	mu     sync.Mutex
	offset time.Duration // guarded by mu
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset)
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// box is one replica, served on this machine.
type box struct {
	*dropbox.Server
	url     string
	clock   *clock
	journal *syncBuffer
}

// syncBuffer is what a log is written to.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer // guarded by mu
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func newStore(t testing.TB) store.Store {
	t.Helper()
	s, err := store.OpenFolder(t.TempDir(), func(err error) { t.Errorf("the disk is given up: %v", err) })
	must(t, err)
	signer, _, _ := logKey(t, 7)
	must(t, logbook.Begin(t.Context(), s, signer, time.Now()))
	return s
}

// cookieKey is the cookie key of an epoch.
func cookieKey(epoch int, from time.Time) boxkeys.Cookie {
	k := boxkeys.Cookie{Epoch: epoch, From: from}
	k.Hash[0], k.Block[0] = byte(epoch), byte(epoch)
	return k
}

// openBox runs a replica over a store.
func openBox(t testing.TB, s store.Store, change ...func(*dropbox.Server)) *box {
	t.Helper()
	c, out := &clock{}, &syncBuffer{}
	signer, _, verifier := logKey(t, 7)
	reg, err := registry.Open(t.Context(), s, sshsig.PublicOf(key(1)))
	must(t, err)
	usage := intake.NewUsage(c.now)
	book, err := logbook.Open(t.Context(), logbook.Options{Store: s, Signer: signer, Keys: []note.Verifier{verifier}, Now: c.now, Seen: usage.Seen})
	must(t, err)
	in := &intake.Intake{Store: s, Log: book, Receipt: key(8), Box: boxOrigin, Usage: usage}
	must(t, in.Start(t.Context()))
	door := &login.Door{Store: s, Registry: reg, Origin: boxOrigin, Now: c.now}
	door.Rotate([]boxkeys.Cookie{cookieKey(1, time.Now().Add(-time.Hour))})
	b := &box{clock: c, journal: out, Server: &dropbox.Server{
		Store: s, Registry: reg, Door: door, Log: book, Intake: in, Drafts: drafts.New(s), Journal: dropbox.NewJournal(out), Now: c.now,
	}}
	for _, f := range change {
		f(b.Server)
	}
	must(t, b.Begin())
	server := httptest.NewServer(b)
	b.url = server.URL
	t.Cleanup(func() { server.Close(); book.Close() })
	return b
}

// person is an account of the test register.
type person struct {
	account, school string
	private         ed25519.PrivateKey
	cookie          string
}

// people makes n accounts of one school each, of which all schools differ when
// apart.
func people(n int, apart bool) []*person {
	var out []*person
	for i := range n {
		p := &person{account: opaque("account", i), school: opaque("school", 0), private: key(byte(20 + i%200))}
		if apart {
			p.school = opaque("school", i)
		}
		out = append(out, p)
	}
	return out
}

func opaque(what string, i int) string {
	sum := sha256.Sum256(fmt.Append(nil, what, i))
	return hex.EncodeToString(sum[:16])
}

// registerOf is the register of people.
func registerOf(serial int, all []*person, change ...func(*register.Account)) *register.Register {
	r := &register.Register{Serial: serial, Date: start, Root: sshsig.PublicOf(key(1))}
	seen := map[string]bool{}
	for _, p := range all {
		if !seen[p.school] {
			seen[p.school] = true
			r.Schools = append(r.Schools, register.School{Opaque: p.school, Quota: 1024})
		}
		a := register.Account{Opaque: p.account, State: register.Active, Quota: 256, Schools: []string{p.school}, Key: sshsig.PublicOf(p.private)}
		for _, f := range change {
			f(&a)
		}
		r.Accounts = append(r.Accounts, a)
	}
	return r
}

// answer is what came back.
type answer struct {
	status int
	body   []byte
	header http.Header
	code   string // of a problem
}

// do sends a request of a person (nil for nobody).
func (b *box) do(t testing.TB, p *person, method, path string, body []byte, header ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, b.url+path, bytes.NewReader(body))
	must(t, err)
	if p != nil && p.cookie != "" {
		req.AddCookie(&http.Cookie{Name: login.Cookie, Value: p.cookie})
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(t, err)
	a := answer{status: res.StatusCode, body: text, header: res.Header}
	var problem struct{ Code string }
	if json.Unmarshal(text, &problem) == nil {
		a.code = problem.Code
	}
	return a
}

func (b *box) putRegister(t testing.TB, r *register.Register) answer {
	t.Helper()
	return b.do(t, nil, http.MethodPut, "/register", register.Format(r, key(1)))
}

// nonce asks for something to sign.
func (b *box) nonce(t testing.TB) signin.Text {
	t.Helper()
	a := b.do(t, nil, http.MethodGet, "/box/nonce", nil)
	var got struct {
		Origin, Nonce string
		Expiry        time.Time
	}
	must(t, json.Unmarshal(a.body, &got))
	return signin.Text{Origin: got.Origin, Nonce: got.Nonce, Expiry: got.Expiry}
}

// login sends a sign-in and gives the answer and the cookie.
func (b *box) login(t testing.TB, account string, signed []byte) (answer, string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"account": account, "signed": string(signed)})
	must(t, err)
	a := b.do(t, nil, http.MethodPost, "/box/login", body)
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.Name == login.Cookie {
			return a, c.Value
		}
	}
	return a, ""
}

// signIn signs a person in.
func (b *box) signIn(t testing.TB, p *person) {
	t.Helper()
	a, cookie := b.login(t, p.account, signin.Sign(b.nonce(t), p.private))
	if a.status != http.StatusOK || cookie == "" {
		t.Fatalf("%s could not sign in: %d %s", p.account, a.status, a.body)
	}
	p.cookie = cookie
}

// deposit is sealed bytes: a true header around bytes that are no ciphertext.
func deposit(t testing.TB) []byte {
	t.Helper()
	b := []byte("age-encryption.org/v1\n" + stanza(1) + stanza(2) + "--- " + raw(3, 32) + "\n")
	payload := make([]byte, padding.PayloadLen(64<<10))
	_, err := rand.Read(payload)
	must(t, err)
	return append(b, payload...)
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// send makes a deposit; an empty slot is a random one.
func (b *box) send(t testing.TB, p *person, data []byte, slot string) answer {
	t.Helper()
	if slot == "" {
		slot = hashOf([]byte(rand.Text()))
	}
	return b.do(t, p, http.MethodPost, "/box/deposits/"+hashOf(data)+"?school="+p.school+"&slot="+slot, data, "Content-Type", "application/octet-stream")
}

// verified checks a receipt as a browser does.
func verified(t testing.TB, text, data []byte) receipt.Receipt {
	t.Helper()
	_, _, v := logKey(t, 7)
	r, err := receipt.Verify(text, receipt.Trust{Box: boxOrigin, Receipts: []sshsig.PublicKey{sshsig.PublicOf(key(8))}, Logs: []note.Verifier{v}})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if data != nil && (r.Leaf.Deposit != hashOf(data) || r.Leaf.Size != int64(len(data))) {
		t.Errorf("the receipt is of deposit %s with %d bytes", r.Leaf.Deposit, r.Leaf.Size)
	}
	return r
}

// wantCode compares an answer with a status and a code of the table.
func wantCode(t testing.TB, name string, a answer, status int, code string) {
	t.Helper()
	if a.status != status || a.code != code {
		t.Errorf("%s: %d %q, want %d %q\n%s", name, a.status, a.code, status, code, a.body)
	}
}

// boxOf runs a replica with signed-in people.
func boxOf(t testing.TB, n int, apart bool) (*box, []*person) {
	t.Helper()
	b := openBox(t, newStore(t))
	all := people(n, apart)
	if a := b.putRegister(t, registerOf(1, all)); a.status != http.StatusOK {
		t.Fatalf("the register: %d %s", a.status, a.body)
	}
	for _, p := range all {
		b.signIn(t, p)
	}
	return b, all
}

func TestADepositGetsAReceiptThatVerifies(t *testing.T) {
	b, all := boxOf(t, 2, true)
	head, other := all[0], all[1]
	data := deposit(t)
	first := b.send(t, head, data, "")
	if first.status != http.StatusCreated {
		t.Fatalf("%d %s", first.status, first.body)
	}
	r := verified(t, first.body, data)
	if r.Leaf.Account != head.account || r.Leaf.School != head.school {
		t.Errorf("the record is of account %s and school %s", r.Leaf.Account, r.Leaf.School)
	}
	again := b.send(t, head, data, "")
	if again.status != http.StatusOK || !bytes.Equal(again.body, first.body) {
		t.Errorf("the same deposit again: %d, other receipt: %v", again.status, !bytes.Equal(again.body, first.body))
	}
	if back := b.do(t, head, http.MethodGet, "/box/deposits/"+hashOf(data), nil); !bytes.Equal(back.body, data) {
		t.Errorf("read back: %d with %d bytes", back.status, len(back.body))
	}
	if got := b.do(t, head, http.MethodGet, "/box/receipts/"+hashOf(data), nil); !bytes.Equal(got.body, first.body) {
		t.Errorf("the receipt again: %d", got.status)
	}
	b.Log.Close() // what is listed is derived from the log by then
	if got := b.do(t, head, http.MethodGet, "/box/receipts", nil); !strings.Contains(string(got.body), hashOf(data)) {
		t.Errorf("the list: %s", got.body)
	}
	wantCode(t, "another account reads it", b.do(t, other, http.MethodGet, "/box/deposits/"+hashOf(data), nil), 404, "not-there")
	wantCode(t, "another account's receipt, by its name", b.do(t, other, http.MethodGet, "/box/receipts/"+hashOf(data)+"?account="+head.account, nil), 404, "not-there")
	wantCode(t, "another account's receipt", b.do(t, other, http.MethodGet, "/box/receipts/"+hashOf(data), nil), 404, "not-there")
	if got := b.do(t, other, http.MethodGet, "/box/receipts", nil); string(got.body) != "{\"deposits\":[]}\n" {
		t.Errorf("another account's list: %s", got.body)
	}
}

// TestTheFirstAnswerWinsOnTwoReplicas: eight colleagues answer one thing at once,
// on two replicas. One is taken; all the others hold the winner's receipt.
func TestTheFirstAnswerWinsOnTwoReplicas(t *testing.T) {
	s := newStore(t)
	boxes := []*box{openBox(t, s), openBox(t, s)}
	all := people(8, false)
	boxes[0].putRegister(t, registerOf(1, all))
	for i, p := range all {
		boxes[i%2].signIn(t, p)
	}
	for round := range 12 {
		slot := hashOf(fmt.Append(nil, "round", round))
		answers := make([]answer, len(all))
		sent := make([][]byte, len(all))
		var together sync.WaitGroup
		for i, p := range all {
			sent[i] = deposit(t)
			together.Go(func() { answers[i] = boxes[i%2].send(t, p, sent[i], slot) })
		}
		together.Wait()
		winner := -1
		for i, a := range answers {
			if a.status == http.StatusCreated {
				if winner >= 0 {
					t.Fatalf("round %d: two were first", round)
				}
				winner = i
				verified(t, a.body, sent[i])
			}
		}
		if winner < 0 {
			t.Fatalf("round %d: nobody was first", round)
		}
		for i, a := range answers {
			if i == winner {
				continue
			}
			wantCode(t, "a loser", a, http.StatusConflict, "taken")
			var told struct{ Receipt string }
			must(t, json.Unmarshal(a.body, &told))
			if told.Receipt != string(answers[winner].body) {
				t.Errorf("round %d: a loser holds another receipt than the winner", round)
			}
		}
	}
}

// TestAWinnerWhoWasCutOffIsFinished: a process died after it gave the slot and
// before it logged.
func TestAWinnerWhoWasCutOffIsFinished(t *testing.T) {
	b, all := boxOf(t, 3, false)
	dead, live, elsewhere := all[0], all[1], all[2]
	data, slot := deposit(t), hashOf([]byte("slot"))
	id := hashOf(data)
	must(t, b.Store.PutNew(t.Context(), "deposit/"+id[:2]+"/"+id, data))
	must(t, b.Store.PutNew(t.Context(), "slot/"+slot[:2]+"/"+slot, fmt.Appendf(nil, "despatch-slot 1 %s %s %s %d\n", id, dead.account, dead.school, len(data))))
	a := b.send(t, live, deposit(t), slot)
	wantCode(t, "a later one", a, http.StatusConflict, "taken")
	var told struct{ Receipt string }
	must(t, json.Unmarshal(a.body, &told))
	if r := verified(t, []byte(told.Receipt), data); r.Leaf.Account != dead.account {
		t.Errorf("the winner's receipt is of account %s", r.Leaf.Account)
	}
	if mine := b.send(t, dead, data, slot); mine.status != http.StatusOK || string(mine.body) != told.Receipt {
		t.Errorf("the winner comes back: %d %s", mine.status, mine.body)
	}
	elsewhere.school = opaque("school", 9)
	b.putRegister(t, registerOf(2, all))
	a = b.send(t, elsewhere, deposit(t), slot)
	wantCode(t, "one of another school", a, http.StatusConflict, "taken")
	if strings.Contains(string(a.body), "receipt") {
		t.Error("another school is told of the winner")
	}
}
