package dropbox_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"despatch/dropbox/drafts"
	"despatch/dropbox/intake"
	"despatch/dropbox/logbook"
	"despatch/dropbox/store"
	"despatch/internal/padding"
	"despatch/internal/register"
)

var draftID = strings.Repeat("d1", 16)

// draft is a sealed draft: a true header around bytes that are no ciphertext.
func draft(t testing.TB) []byte { return draftOf(t, 64<<10) }

func draftOf(t testing.TB, plain int) []byte {
	t.Helper()
	payload := make([]byte, padding.PayloadLen(plain))
	_, err := rand.Read(payload)
	must(t, err)
	return append([]byte("age-encryption.org/v1\n"+stanza(1)+"--- "+raw(3, 32)+"\n"), payload...)
}

// save saves a draft after the version after; nil: none.
func (b *box) save(t testing.TB, p *person, id string, data, after []byte) answer {
	t.Helper()
	from := "-"
	if after != nil {
		from = hashOf(after)
	}
	return b.do(t, p, http.MethodPost, "/box/drafts/"+id+"?after="+from, data, "Content-Type", "application/octet-stream")
}

func wantStatus(t testing.TB, name string, a answer, status int) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s: %d, want %d\n%s", name, a.status, status, a.body)
	}
}

// listed gives the ids of a person's drafts.
func (b *box) listed(t testing.TB, p *person) (ids []string) {
	t.Helper()
	var told struct{ Drafts []drafts.Draft }
	must(t, json.Unmarshal(b.do(t, p, http.MethodGet, "/box/drafts", nil).body, &told))
	for _, d := range told.Drafts {
		ids = append(ids, d.ID)
	}
	return ids
}

func TestADraftIsItsAccountsAlone(t *testing.T) {
	for kind, s := range map[string]store.Store{"folder": newStore(t), "bucket": newBucket(t)} {
		t.Run(kind, func(t *testing.T) {
			b := openBox(t, s)
			all := people(2, false)
			b.putRegister(t, registerOf(1, all))
			own, colleague := all[0], all[1]
			b.signIn(t, own)
			b.signIn(t, colleague)
			leaves, first, second := b.Log.Newest().After.Size, draft(t), draft(t)
			wantStatus(t, "saved", b.save(t, own, draftID, first, nil), 201)
			wantStatus(t, "saved again after a lost answer", b.save(t, own, draftID, first, nil), 201)
			wantStatus(t, "saved on", b.save(t, own, draftID, second, first), 201)
			if got := b.do(t, own, http.MethodGet, "/box/drafts/"+draftID, nil); !bytes.Equal(got.body, second) {
				t.Errorf("read back: %d with %d bytes", got.status, len(got.body))
			}
			wantCode(t, "a colleague reads it", b.do(t, colleague, http.MethodGet, "/box/drafts/"+draftID, nil), 404, "not-there")
			wantStatus(t, "a colleague deletes one of that name", b.do(t, colleague, http.MethodDelete, "/box/drafts/"+draftID, nil), 204)
			if ids := b.listed(t, colleague); ids != nil {
				t.Errorf("a colleague is told of %v", ids)
			}
			theirs := draft(t)
			wantStatus(t, "a colleague's own of that name", b.save(t, colleague, draftID, theirs, nil), 201)
			if got := b.do(t, own, http.MethodGet, "/box/drafts/"+draftID, nil); !bytes.Equal(got.body, second) {
				t.Error("a colleague's draft took the place of mine")
			}
			n := 0
			for e := range s.List(t.Context(), "draft/"+own.account+"/") {
				n++
				if n > 1 {
					t.Errorf("an older version is kept: %s", e.Key)
				}
			}
			wantStatus(t, "deleted", b.do(t, own, http.MethodDelete, "/box/drafts/"+draftID, nil), 204)
			wantStatus(t, "deleted twice", b.do(t, own, http.MethodDelete, "/box/drafts/"+draftID, nil), 204)
			wantCode(t, "read after that", b.do(t, own, http.MethodGet, "/box/drafts/"+draftID, nil), 404, "not-there")
			if ids := b.listed(t, own); ids != nil {
				t.Errorf("after that there are %v", ids)
			}
			if after := b.Log.Newest().After.Size; after != leaves {
				t.Errorf("drafts added %d leaves to the log", after-leaves)
			}
		})
	}
}

// TestASecondDeviceOverwritesNothing: of two devices that go on from one version one
// is told that the other was first, on two replicas too.
func TestASecondDeviceOverwritesNothing(t *testing.T) {
	s := newStore(t)
	boxes := []*box{openBox(t, s), openBox(t, s)}
	all := people(1, false)
	p := all[0]
	boxes[0].putRegister(t, registerOf(1, all))
	boxes[0].signIn(t, p)
	held := draft(t)
	wantStatus(t, "saved", boxes[0].save(t, p, draftID, held, nil), 201)
	wantCode(t, "as if there were none", boxes[1].save(t, p, draftID, draft(t), nil), 409, "draft-changed")
	wantCode(t, "after another version", boxes[1].save(t, p, draftID, draft(t), draft(t)), 409, "draft-changed")
	for round := range 10 {
		sent, answers := [2][]byte{draft(t), draft(t)}, [2]answer{}
		var together sync.WaitGroup
		for i := range sent {
			together.Go(func() { answers[i] = boxes[i].save(t, p, draftID, sent[i], held) })
		}
		together.Wait()
		winner := 0
		if answers[1].status == 201 {
			winner = 1
		}
		wantStatus(t, fmt.Sprintf("round %d, the first", round), answers[winner], 201)
		wantCode(t, fmt.Sprintf("round %d, the second", round), answers[1-winner], 409, "draft-changed")
		held = sent[winner]
		if got := boxes[1-winner].do(t, p, http.MethodGet, "/box/drafts/"+draftID, nil); !bytes.Equal(got.body, held) {
			t.Fatalf("round %d: what is kept is not the first one's", round)
		}
	}
	wantStatus(t, "sent elsewhere", boxes[0].do(t, p, http.MethodDelete, "/box/drafts/"+draftID, nil), 204)
	wantCode(t, "saved on after it was sent", boxes[1].save(t, p, draftID, draft(t), held), 409, "draft-changed")
}

func TestDraftsThatAreRefusedLeaveNothing(t *testing.T) {
	b, all := boxOf(t, 1, false)
	p := all[0]
	good, large := draft(t), make([]byte, drafts.Largest+1)
	post := func(path string, data []byte, header ...string) answer {
		return b.do(t, p, http.MethodPost, "/box/drafts/"+path, data, header...)
	}
	wantCode(t, "no session", b.do(t, nil, http.MethodPost, "/box/drafts/"+draftID+"?after=-", good), 401, "signed-out")
	wantCode(t, "a deposit", post(draftID+"?after=-", deposit(t)), 422, "malformed")
	wantCode(t, "plain text", post(draftID+"?after=-", []byte(`{"format":1}`)), 422, "malformed")
	wantCode(t, "not padded", post(draftID+"?after=-", good[:len(good)-1]), 422, "malformed")
	wantCode(t, "nothing", post(draftID+"?after=-", nil), 422, "malformed")
	wantCode(t, "too large", post(draftID+"?after=-", large), 413, "too-large")
	wantCode(t, "another name", post("d1?after=-", good), 422, "malformed")
	wantCode(t, "a name with a slash", post(draftID[:31]+"%2F?after=-", good), 422, "malformed")
	wantCode(t, "after nothing that it names", post(draftID, good), 422, "malformed")
	wantCode(t, "after what is no hash", post(draftID+"?after=1", good), 422, "malformed")
	wantCode(t, "from another site", post(draftID+"?after=-", good, "Sec-Fetch-Site", "cross-site"), 403, "cross-origin")
	wantCode(t, "another method", b.do(t, p, http.MethodPut, "/box/drafts/"+draftID, good), 405, "method")
	wantCode(t, "read by another name", b.do(t, p, http.MethodGet, "/box/drafts/..%2F"+draftID, nil), 404, "not-there")
	wantCode(t, "deleted by another name", b.do(t, p, http.MethodDelete, "/box/drafts/x", nil), 404, "not-there")
	for e := range b.Store.List(t.Context(), "draft/") {
		t.Errorf("a refused draft left %s", e.Key)
	}
	wantStatus(t, "after all that a good one", post(draftID+"?after=-", good), 201)
}

func TestAnAccountKeepsSoManyDraftsAndNoMore(t *testing.T) {
	b, all := boxOf(t, 2, false)
	p := all[0]
	id := func(i int) string { return fmt.Sprintf("%032x", i) }
	kept, first := 0, draft(t)
	wantStatus(t, "the first", b.save(t, p, id(0), first, nil), 201)
	for i := 1; i < 40; i++ {
		a := b.save(t, p, id(i), draft(t), nil)
		if a.status != 201 {
			wantCode(t, "one too many", a, 429, "drafts")
			break
		}
		kept = i
	}
	if kept != 31 {
		t.Errorf("kept were %d", kept+1)
	}
	wantStatus(t, "a new version of one", b.save(t, p, id(0), draft(t), first), 201)
	wantStatus(t, "another account's", b.save(t, all[1], id(0), draft(t), nil), 201)
	wantStatus(t, "one deleted", b.do(t, p, http.MethodDelete, "/box/drafts/"+id(1), nil), 204)
	wantStatus(t, "room again", b.save(t, p, id(39), draft(t), nil), 201)
	big := padding.Bucket(7<<20, 64<<10)
	for i := range 5 {
		a := b.save(t, all[1], id(100+i), draftOf(t, big), nil)
		if i < 4 {
			wantStatus(t, "a large one", a, 201)
			continue
		}
		wantCode(t, "too much together", a, 429, "drafts")
	}
}

func TestDraftsEndWithTheirAccount(t *testing.T) {
	b, all := boxOf(t, 3, false)
	own, suspended, other := all[0], all[1], all[2]
	for _, p := range all {
		wantStatus(t, "saved", b.save(t, p, draftID, draft(t), nil), 201)
	}
	b.putRegister(t, registerOf(2, all[1:], func(a *register.Account) {
		if a.Opaque == suspended.account {
			a.State = register.Suspended
		}
	}))
	wantCode(t, "an account that was removed", b.do(t, own, http.MethodGet, "/box/drafts", nil), 401, "signed-out")
	wantCode(t, "saves on", b.save(t, own, draftID, draft(t), nil), 401, "signed-out")
	wantCode(t, "an account that is suspended", b.do(t, suspended, http.MethodGet, "/box/drafts/"+draftID, nil), 401, "signed-out")
	must(t, b.SweepOnce(t.Context()))
	left := map[string]bool{}
	for e := range b.Store.List(t.Context(), "draft/") {
		left[strings.Split(e.Key, "/")[1]] = true
	}
	if left[own.account] || !left[suspended.account] || !left[other.account] || len(left) != 2 {
		t.Errorf("after a sweep there are drafts of %v", left)
	}
}

// newBucket is a store over an S3 server in this process.
func newBucket(t testing.TB) store.Store {
	t.Helper()
	backend := s3mem.New()
	must(t, backend.CreateBucket("box"))
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	s, err := store.OpenBucket(t.Context(), store.BucketConfig{Endpoint: server.URL, Region: "us-east-1", Name: "box", AccessKey: "key", SecretKey: "secret"})
	must(t, err)
	signer, _, _ := logKey(t, 7)
	must(t, logbook.Begin(t.Context(), s, signer, time.Now()))
	return s
}

type draftVector struct {
	Secret  string `json:"secret"` // base64
	Account string `json:"account"`
	Subject string `json:"subject"`
	Draft   string `json:"draft"`
}

func TestDraftIDVectors(t *testing.T) {
	secret := make([]byte, 32)
	for i := range secret {
		secret[i] = byte(i)
	}
	name := func(secret []byte, account, subject string) string {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte("despatch-draft-1\n" + account + "\n" + subject))
		return hex.EncodeToString(mac.Sum(nil))[:32]
	}
	made := vectors[draftVector]{About: "docs/formats.md section 25: ids of drafts; each line differs from the first in one thing, and so in its id"}
	add := func(secret []byte, account, subject string) {
		made.Cases = append(made.Cases, draftVector{base64.StdEncoding.EncodeToString(secret), account, subject, name(secret, account, subject)})
	}
	subject := strings.Repeat("5b", 8)
	add(secret, account, subject)
	add(secret, strings.Repeat("ac", 16), subject)
	add(secret, account, strings.Repeat("5c", 8))
	other := bytes.Clone(secret)
	other[31]++
	add(other, account, subject)
	seen := map[string]bool{}
	checkVectors(t, "draft-id", made, func(t *testing.T, c draftVector) {
		if seen[c.Draft] {
			t.Errorf("%s is the id of two drafts", c.Draft)
		}
		seen[c.Draft] = true
	})
}

func TestDraftHeaderVectors(t *testing.T) {
	good := "age-encryption.org/v1\n" + stanza(1) + "--- " + raw(3, 32) + "\n"
	size := int64(len(good) + padding.PayloadLen(64<<10))
	made := vectors[headerVector]{About: "docs/formats.md section 25: headers and sizes of drafts; the bytes behind a header are no ciphertext"}
	add := func(name, wantError, head string, size int64) {
		made.Cases = append(made.Cases, headerVector{name, wantError, base64.StdEncoding.EncodeToString([]byte(head)), size})
	}
	add("a draft", "", good+"payload", size)
	add("two stanzas, as a deposit has", "malformed", strings.Replace(good, stanza(1), stanza(1)+stanza(2), 1), size+int64(len(stanza(2))))
	add("no stanza", "malformed", strings.Replace(good, stanza(1), "", 1), size)
	add("a classic stanza", "malformed", strings.Replace(good, stanza(1), "-> X25519 "+raw(2, 32)+"\n"+raw(2, 32)+"\n", 1), size)
	add("a passphrase stanza", "malformed", strings.Replace(good, stanza(1), "-> scrypt "+raw(2, 16)+" 16\n"+raw(2, 32)+"\n", 1), size)
	add("not padded", "malformed", good, size-1)
	add("empty", "malformed", "", size)
	checkVectors(t, "draft-header", made, func(t *testing.T, c headerVector) {
		head, err := base64.StdEncoding.DecodeString(c.Head)
		must(t, err)
		wantRefusal(t, c.Name, intake.CheckDraft(head, c.Size), c.Error)
	})
}
