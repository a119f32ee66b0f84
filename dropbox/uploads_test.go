package dropbox_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"despatch/dropbox"
	"despatch/dropbox/intake"
	"despatch/dropbox/logbook"
	"despatch/dropbox/store"
	"despatch/internal/padding"
	"despatch/internal/register"
)

const mib = 1 << 20

// largeDeposit is sealed bytes of at least n: a true header around bytes that are no
// ciphertext.
func largeDeposit(t testing.TB, n int) []byte {
	t.Helper()
	b := []byte("age-encryption.org/v1\n" + stanza(1) + stanza(2) + "--- " + raw(3, 32) + "\n")
	payload := make([]byte, padding.PayloadLen(padding.Bucket(n, 64<<10)))
	_, err := rand.Read(payload)
	must(t, err)
	return append(b, payload...)
}

// metadata is what stands in Upload-Metadata.
func metadata(account, school, deposit, slot string) string {
	var out []string
	for _, pair := range [][2]string{{"account", account}, {"deposit", deposit}, {"school", school}, {"slot", slot}} {
		out = append(out, pair[0]+" "+base64.StdEncoding.EncodeToString([]byte(pair[1])))
	}
	return strings.Join(out, ",")
}

// created is the header of a request that opens an upload.
func created(p *person, data []byte, slot string) []string {
	return []string{"Tus-Resumable", "1.0.0", "Upload-Length", strconv.Itoa(len(data)), "Upload-Metadata", metadata(p.account, p.school, hashOf(data), slot)}
}

// begin opens an upload and gives its address.
func (b *box) begin(t testing.TB, p *person, data []byte, slot string) string {
	t.Helper()
	a := b.do(t, p, http.MethodPost, "/box/uploads", nil, created(p, data, slot)...)
	at := a.header.Get("Location")
	if a.status != http.StatusCreated || at != "/box/uploads/"+hashOf(data) {
		t.Fatalf("an upload was not opened: %d %s at %q", a.status, a.body, at)
	}
	return at
}

// patch sends a part of an upload.
func (b *box) patch(t testing.TB, p *person, at string, offset int, part []byte, header ...string) answer {
	t.Helper()
	return b.do(t, p, http.MethodPatch, at, part, append([]string{
		"Tus-Resumable", "1.0.0", "Content-Type", "application/offset+octet-stream", "Upload-Offset", strconv.Itoa(offset),
	}, header...)...)
}

// offset asks up to where an upload is durable; -1 when it is not there.
func (b *box) offset(t testing.TB, p *person, at string) int {
	t.Helper()
	a := b.do(t, p, http.MethodHead, at, nil, "Tus-Resumable", "1.0.0")
	if a.status == http.StatusNotFound {
		return -1
	}
	n, err := strconv.Atoi(a.header.Get("Upload-Offset"))
	if a.status != http.StatusOK || err != nil || a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("HEAD %s: %d %v", at, a.status, a.header)
	}
	return n
}

// newBucketStore is a store over an S3 server in this process, with a log in it.
func newBucketStore(t testing.TB) store.Store {
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

// uploaders puts a register of n people in, with room for large files, and signs
// them in.
func uploaders(t testing.TB, b *box, n int) []*person {
	t.Helper()
	all := people(n, true)
	r := registerOf(1, all, func(a *register.Account) { a.Quota = 4096 })
	for i := range r.Schools {
		r.Schools[i].Quota = 4096
	}
	if a := b.putRegister(t, r); a.status != http.StatusOK {
		t.Fatalf("the register: %d %s", a.status, a.body)
	}
	for _, p := range all {
		b.signIn(t, p)
	}
	return all
}

// keys lists what the store holds under some prefixes.
func keys(t testing.TB, s store.Store, prefixes ...string) []string {
	t.Helper()
	var out []string
	for _, prefix := range prefixes {
		for e, err := range s.List(t.Context(), prefix) {
			must(t, err)
			out = append(out, e.Key)
		}
	}
	return out
}

// TestALargeDepositTravelsInPiecesOverTwoReplicas is a raw tus script: every part
// goes to the other replica, on both kinds of store.
func TestALargeDepositTravelsInPiecesOverTwoReplicas(t *testing.T) {
	for kind, open := range map[string]func(testing.TB) store.Store{"folder": newStore, "bucket": newBucketStore} {
		t.Run(kind, func(t *testing.T) {
			s := open(t)
			boxes := []*box{openBox(t, s), openBox(t, s)}
			p := uploaders(t, boxes[0], 2)[0]
			data, slot := largeDeposit(t, 21*mib), hashOf([]byte("slot"))
			id := hashOf(data)
			at := boxes[0].begin(t, p, data, slot)
			if again := boxes[1].begin(t, p, data, slot); again != at {
				t.Errorf("the same upload again is at %s, not %s", again, at)
			}
			turn := 0
			for offset := 0; offset < len(data); turn++ {
				b := boxes[turn%2]
				if got := b.offset(t, p, at); got != offset {
					t.Fatalf("replica %d says %d, durable are %d", turn%2, got, offset)
				}
				part := data[offset:min(offset+5*mib, len(data))]
				var a answer
				if turn%3 == 1 { // a filter on the way knows no PATCH
					a = b.do(t, p, http.MethodPost, at, part, "X-HTTP-Method-Override", "PATCH", "Tus-Resumable", "1.0.0",
						"Content-Type", "application/offset+octet-stream", "Upload-Offset", strconv.Itoa(offset))
				} else {
					a = b.patch(t, p, at, offset, part)
				}
				if a.status != http.StatusNoContent || a.header.Get("Upload-Offset") != strconv.Itoa(offset+len(part)) {
					t.Fatalf("a part at %d: %d %s", offset, a.status, a.body)
				}
				offset += len(part)
			}
			if turn < 5 {
				t.Fatalf("the deposit went in %d parts", turn)
			}
			last := boxes[(turn-1)%2]
			receipt := last.do(t, p, http.MethodGet, "/box/receipts/"+id, nil)
			r := verified(t, receipt.body, data)
			if r.Leaf.Account != p.account || r.Leaf.School != p.school || r.Leaf.Slot != slot {
				t.Errorf("the record is %+v", r.Leaf)
			}
			for _, b := range boxes {
				if got := b.offset(t, p, at); got == len(data)-1 { // this replica has not read the log yet
					b.patch(t, p, at, got, data[got:])
				}
				if back := b.do(t, p, http.MethodGet, "/box/deposits/"+id, nil); !bytes.Equal(back.body, data) || back.header.Get("Content-Length") != strconv.Itoa(len(data)) {
					t.Errorf("read back: %d with %d bytes", back.status, len(back.body))
				}
				if got := b.offset(t, p, at); got != len(data) {
					t.Errorf("the finished upload is at %d", got)
				}
			}
			from, to := 5*mib-7, 16*mib+9 // over several pieces
			part := boxes[0].do(t, p, http.MethodGet, "/box/deposits/"+id, nil, "Range", fmt.Sprintf("bytes=%d-%d", from, to-1))
			if part.status != http.StatusPartialContent || !bytes.Equal(part.body, data[from:to]) {
				t.Errorf("a range: %d with %d bytes", part.status, len(part.body))
			}
			if again := boxes[0].begin(t, p, data, hashOf([]byte("another slot"))); boxes[0].offset(t, p, again) != len(data) {
				t.Error("what was sent in full is asked for again")
			}
			wantCode(t, "deleting what has a receipt", boxes[0].do(t, p, http.MethodDelete, at, nil, "Tus-Resumable", "1.0.0"), 409, "finished")
			whole := boxes[0].send(t, p, data[:0], slot)
			wantCode(t, "nothing in one request", whole, 422, "malformed")
			must(t, boxes[0].SweepOnce(t.Context()))
			if back := boxes[1].do(t, p, http.MethodGet, "/box/deposits/"+id, nil); !bytes.Equal(back.body, data) {
				t.Errorf("after a sweep: %d with %d bytes", back.status, len(back.body))
			}
			if left := keys(t, s, "upload/"); len(left) != 1 || !strings.HasSuffix(left[0], ".end") {
				t.Errorf("a finished upload leaves %v", left)
			}
			third := openBox(t, s)
			if back := third.do(t, p, http.MethodGet, "/box/deposits/"+id, nil); !bytes.Equal(back.body, data) {
				t.Errorf("after a start: %d with %d bytes", back.status, len(back.body))
			}
		})
	}
}

// TestUploadsThatAreRefusedTouchNothingOfOthers: one upload is open and half sent
// all the while, and is finished at the end.
func TestUploadsThatAreRefusedTouchNothingOfOthers(t *testing.T) {
	b := openBox(t, newStore(t))
	all := uploaders(t, b, 3)
	p, foreign, poor := all[0], all[1], all[2]
	good, slot := largeDeposit(t, 9*mib), hashOf([]byte("slot"))
	at := b.begin(t, p, good, slot)
	if a := b.patch(t, p, at, 0, good[:4*mib]); a.status != http.StatusNoContent {
		t.Fatalf("a part: %d %s", a.status, a.body)
	}
	before := len(keys(t, b.Store, "upload/", "piece/", "deposit/", "slot/"))

	open := func(p *person, change func(h http.Header)) answer {
		h := http.Header{}
		list := created(p, largeDeposit(t, mib), hashOf([]byte("other")))
		for i := 0; i < len(list); i += 2 {
			h.Set(list[i], list[i+1])
		}
		change(h)
		var header []string
		for name := range h {
			header = append(header, name, h.Get(name))
		}
		return b.do(t, p, http.MethodPost, "/box/uploads", nil, header...)
	}
	set := func(name, value string) func(http.Header) { return func(h http.Header) { h.Set(name, value) } }
	id, other := hashOf([]byte("id")), hashOf([]byte("other"))
	wantCode(t, "for another account", open(p, set("Upload-Metadata", metadata(foreign.account, p.school, id, other))), 403, "account")
	wantCode(t, "for another school", open(p, set("Upload-Metadata", metadata(p.account, foreign.school, id, other))), 403, "school")
	wantCode(t, "for no school", open(p, set("Upload-Metadata", metadata(p.account, "", id, other))), 403, "school")
	wantCode(t, "with a file's name", open(p, set("Upload-Metadata", metadata(p.account, p.school, id, other)+",filename eA==")), 422, "malformed")
	wantCode(t, "without metadata", open(p, set("Upload-Metadata", "")), 422, "malformed")
	wantCode(t, "of no size", open(p, set("Upload-Length", "")), 400, "malformed")
	wantCode(t, "of a size to come", open(p, func(h http.Header) { h.Del("Upload-Length"); h.Set("Upload-Defer-Length", "1") }), 400, "malformed")
	wantCode(t, "of nothing", open(p, set("Upload-Length", "0")), 422, "malformed")
	wantCode(t, "of a length that is not padded", open(p, set("Upload-Length", "1048577")), 422, "malformed")
	wantCode(t, "larger than any", open(p, set("Upload-Length", strconv.Itoa(2<<30+1))), 413, "too-large")
	wantCode(t, "in another version", open(p, set("Tus-Resumable", "0.2.2")), 412, "tus")
	wantCode(t, "from another site", open(p, set("Sec-Fetch-Site", "cross-site")), 403, "cross-origin")
	wantCode(t, "disguised as another method", open(p, set("X-HTTP-Method-Override", "DELETE")), 405, "method")
	wantCode(t, "without session", open(&person{account: p.account, school: p.school}, func(http.Header) {}), 401, "signed-out")

	wantCode(t, "another account's part", b.patch(t, foreign, at, 4*mib, good[4*mib:]), 404, "not-there")
	wantCode(t, "another account deletes", b.do(t, foreign, http.MethodDelete, at, nil, "Tus-Resumable", "1.0.0"), 404, "not-there")
	if got := b.offset(t, foreign, at); got != -1 {
		t.Errorf("another account is told %d", got)
	}
	wantCode(t, "a part from another place", b.patch(t, p, at, 5*mib, good[5*mib:]), 409, "offset")
	wantCode(t, "a part that was sent before", b.patch(t, p, at, 0, good[:4*mib]), 409, "offset")
	wantCode(t, "a part beyond the end", b.patch(t, p, at, 4*mib, append(bytes.Clone(good[4*mib:]), 0)), 413, "malformed")
	wantCode(t, "a part of nearly nothing", b.patch(t, p, at, 4*mib, good[4*mib:4*mib+1000]), 422, "malformed")
	wantCode(t, "a part of another type", b.patch(t, p, at, 4*mib, good[4*mib:], "Content-Type", "text/plain"), 400, "malformed")
	wantCode(t, "a part from another site", b.patch(t, p, at, 4*mib, good[4*mib:], "Origin", "https://evil.example"), 403, "cross-origin")
	wantCode(t, "an upload that is read", b.do(t, p, http.MethodGet, at, nil), 405, "method")
	wantCode(t, "a post without disguise", b.do(t, p, http.MethodPost, at, good[4*mib:]), 405, "method")
	wantCode(t, "the same file for another slot", open(p, func(h http.Header) {
		h.Set("Upload-Metadata", metadata(p.account, p.school, hashOf(good), other))
		h.Set("Upload-Length", strconv.Itoa(len(good)))
	}), 409, "on-its-way")

	// Those that only their bytes betray go with all that was stored of them.
	wrong := largeDeposit(t, 2*mib)
	where := b.begin(t, foreign, wrong, hashOf([]byte("wrong")))
	wrong[mib] ^= 1
	wantCode(t, "another hash", b.patch(t, foreign, where, 0, wrong), 422, "mismatch")
	one := bytes.Replace(largeDeposit(t, 2*mib), []byte(stanza(2)), []byte("-> X25519 "+strings.Repeat("A", len(stanza(2))-11)+"\n"), 1)
	where = b.begin(t, foreign, one, hashOf([]byte("one")))
	wantCode(t, "a header of another kind", b.patch(t, foreign, where, 0, one[:mib]), 422, "malformed")
	wantCode(t, "its rest", b.patch(t, foreign, where, mib, one[mib:]), 404, "not-there")

	b.putRegister(t, registerOf(2, all, func(a *register.Account) {
		if a.Quota = 4096; a.Opaque == poor.account {
			a.Quota = 8
		}
	}))
	wantCode(t, "over quota", open(poor, set("Upload-Length", strconv.Itoa(len(good)))), 429, "quota")

	after := keys(t, b.Store, "upload/", "piece/", "deposit/", "slot/")
	if ends := 2; len(after) != before+ends { // marks of the two that were deleted
		t.Errorf("refused uploads left something:\n%s", strings.Join(after, "\n"))
	}
	if a := b.patch(t, p, at, 4*mib, good[4*mib:]); a.status != http.StatusNoContent {
		t.Fatalf("the last part: %d %s", a.status, a.body)
	}
	verified(t, b.do(t, p, http.MethodGet, "/box/receipts/"+hashOf(good), nil).body, good)
	if a := b.begin(t, foreign, largeDeposit(t, mib), hashOf([]byte("later"))); a == "" {
		t.Error("nothing can be sent after all that")
	}
}

// TestASessionThatEndsMeanwhileEndsTheUpload: it goes on after a new sign-in.
func TestASessionThatEndsMeanwhileEndsTheUpload(t *testing.T) {
	b := openBox(t, newStore(t))
	p := uploaders(t, b, 1)[0]
	data := largeDeposit(t, 3*mib)
	at := b.begin(t, p, data, hashOf([]byte("slot")))
	if a := b.patch(t, p, at, 0, data[:mib]); a.status != http.StatusNoContent {
		t.Fatalf("a part: %d %s", a.status, a.body)
	}
	// The session ends when the body has begun to arrive.
	body := &ending{data: data[mib:], at: mib / 2, do: func() { must(t, b.Door.LogoutEverywhere(t.Context(), p.account)) }}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, b.url+at, body)
	must(t, err)
	req.Header = http.Header{"Tus-Resumable": {"1.0.0"}, "Content-Type": {"application/offset+octet-stream"}, "Upload-Offset": {strconv.Itoa(mib)}, "Cookie": {"__Host-despatch=" + p.cookie}}
	req.ContentLength = int64(len(data) - mib)
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a part whose session ended in the midst: %d", res.StatusCode)
	}
	b.signIn(t, p)
	if got := b.offset(t, p, at); got != mib {
		t.Errorf("after it the upload is at %d", got)
	}
	if a := b.patch(t, p, at, mib, data[mib:]); a.status != http.StatusNoContent {
		t.Errorf("the rest: %d %s", a.status, a.body)
	}
	verified(t, b.do(t, p, http.MethodGet, "/box/receipts/"+hashOf(data), nil).body, data)
}

// ending is a body in the midst of which something happens.
type ending struct {
	data []byte
	at   int
	do   func()
	n    int
}

func (e *ending) Read(b []byte) (int, error) {
	if e.n == len(e.data) {
		return 0, io.EOF
	}
	if e.n >= e.at && e.do != nil {
		e.do()
		e.do = nil
	}
	n := copy(b[:min(len(b), 64<<10)], e.data[e.n:])
	e.n += n
	return n, nil
}

// TestRoomForUploadsIsHeldFromTheirBeginning: for account and school, on every
// replica that starts or begins one, until they end.
func TestRoomForUploadsIsHeldFromTheirBeginning(t *testing.T) {
	s := newStore(t)
	b := openBox(t, s)
	all := people(2, false)
	r := registerOf(1, all, func(a *register.Account) { a.Quota = 20 })
	r.Schools[0].Quota = 25
	b.putRegister(t, r)
	for _, p := range all {
		b.signIn(t, p)
	}
	p, colleague := all[0], all[1]
	data := largeDeposit(t, 15*mib)
	at := b.begin(t, p, data, hashOf([]byte("slot")))
	post := largeDeposit(t, 6*mib)
	other := openBox(t, s)
	for i, b := range []*box{b, other} {
		wantCode(t, fmt.Sprintf("more of the account, replica %d", i), b.send(t, p, post, ""), 429, "quota")
		wantCode(t, fmt.Sprintf("another upload, replica %d", i), b.do(t, p, http.MethodPost, "/box/uploads", nil, created(p, post, hashOf(post))...), 429, "quota")
		more := largeDeposit(t, 12*mib)
		wantCode(t, fmt.Sprintf("more of the school, replica %d", i), b.do(t, colleague, http.MethodPost, "/box/uploads", nil, created(colleague, more, hashOf(more))...), 429, "quota")
	}
	if a := b.do(t, p, http.MethodDelete, at, nil, "Tus-Resumable", "1.0.0"); a.status != http.StatusNoContent {
		t.Fatalf("cancelled: %d %s", a.status, a.body)
	}
	if a := b.send(t, p, post, ""); a.status != http.StatusCreated {
		t.Errorf("after it was cancelled: %d %s", a.status, a.body)
	}
	for i := range 9 {
		small := largeDeposit(t, 64<<10)
		a := b.do(t, colleague, http.MethodPost, "/box/uploads", nil, created(colleague, small, hashOf(small))...)
		if i < 8 && a.status != http.StatusCreated {
			t.Errorf("upload %d: %d %s", i, a.status, a.body)
		} else if i == 8 {
			wantCode(t, "one more than may be open", a, 429, "uploads")
		}
	}
}

// TestUnfinishedUploadsAreDeletedAfterAWeek: and what was finished never is.
func TestUnfinishedUploadsAreDeletedAfterAWeek(t *testing.T) {
	b := openBox(t, newStore(t))
	p := uploaders(t, b, 1)[0]
	done, left := largeDeposit(t, 2*mib), largeDeposit(t, 2*mib)
	if a := b.patch(t, p, b.begin(t, p, done, hashOf([]byte("done"))), 0, done); a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.body)
	}
	at := b.begin(t, p, left, hashOf([]byte("left")))
	b.patch(t, p, at, 0, left[:mib])
	b.clock.move(intake.Expiry - time.Minute)
	must(t, b.SweepOnce(t.Context()))
	b.signIn(t, p)
	if got := b.offset(t, p, at); got != mib {
		t.Errorf("before its time the upload is at %d", got)
	}
	b.clock.move(2 * time.Minute)
	must(t, b.SweepOnce(t.Context()))
	if got := b.offset(t, p, at); got != -1 {
		t.Errorf("after a week the upload is at %d", got)
	}
	if pieces := keys(t, b.Store, "piece/"); len(pieces) != 1 {
		t.Errorf("pieces that are left: %v", pieces)
	}
	b.clock.move(25 * time.Hour)
	must(t, b.SweepOnce(t.Context()))
	if marks := keys(t, b.Store, "upload/"); len(marks) != 1 {
		t.Errorf("what is left of uploads: %v", marks)
	}
	b.signIn(t, p)
	if back := b.do(t, p, http.MethodGet, "/box/deposits/"+hashOf(done), nil); !bytes.Equal(back.body, done) {
		t.Errorf("what was finished: %d with %d bytes", back.status, len(back.body))
	}
	if a := b.patch(t, p, b.begin(t, p, left, hashOf([]byte("left"))), 0, left); a.status != http.StatusNoContent {
		t.Errorf("once more from the beginning: %d %s", a.status, a.body)
	}
}

// TestTheLimitOfUploadsIsASetting: what is larger is refused before a byte is sent.
func TestTheLimitOfUploadsIsASetting(t *testing.T) {
	b := openBox(t, newStore(t), func(s *dropbox.Server) { s.Intake.LargestUpload = 4 * mib })
	p := uploaders(t, b, 1)[0]
	large := largeDeposit(t, 5*mib)
	wantCode(t, "larger than the setting", b.do(t, p, http.MethodPost, "/box/uploads", nil, created(p, large, hashOf(large))...), 413, "too-large")
	b.begin(t, p, large[:len(largeDeposit(t, 3*mib))], hashOf([]byte("x")))
	a := b.do(t, p, http.MethodOptions, "/box/uploads", nil)
	if a.header.Get("Tus-Max-Size") != strconv.Itoa(4*mib) || a.header.Get("Tus-Extension") != "creation,creation-with-upload,termination,expiration" {
		t.Errorf("the box says of itself: %v", a.header)
	}
}

// TestFinishingAndDeletingAnUploadDoNotBothHappen: on two replicas at the same
// moment, again and again. Who holds a receipt can read the deposit back whole.
func TestFinishingAndDeletingAnUploadDoNotBothHappen(t *testing.T) {
	s := newStore(t)
	boxes := []*box{openBox(t, s), openBox(t, s)}
	p := uploaders(t, boxes[0], 1)[0]
	finished, deleted := 0, 0
	for round := range 24 {
		data := largeDeposit(t, mib)
		at := boxes[0].begin(t, p, data, hashOf(fmt.Append(nil, "round", round)))
		if a := boxes[0].patch(t, p, at, 0, data[:mib/2]); a.status != http.StatusNoContent {
			t.Fatalf("a part: %d %s", a.status, a.body)
		}
		var last, gone answer
		var together sync.WaitGroup
		together.Go(func() { last = boxes[0].patch(t, p, at, mib/2, data[mib/2:]) })
		together.Go(func() {
			// At once, when all pieces are there, or when it was read back.
			wait := []string{"", "piece/" + hashOf(data)[:2] + "/" + hashOf(data) + "/", "upload/" + p.account + "/" + hashOf(data) + "/"}[round%3]
			for wait != "" && len(keys(t, s, wait)) < 2 {
				continue
			}
			gone = boxes[1].do(t, p, http.MethodDelete, at, nil, "Tus-Resumable", "1.0.0")
		})
		together.Wait()
		receipt := boxes[0].do(t, p, http.MethodGet, "/box/receipts/"+hashOf(data), nil)
		switch {
		case last.status == http.StatusNoContent && gone.status == http.StatusConflict && receipt.status == http.StatusOK:
			finished++
			if back := boxes[0].do(t, p, http.MethodGet, "/box/deposits/"+hashOf(data), nil); !bytes.Equal(back.body, data) {
				t.Errorf("round %d: there is a receipt, and %d bytes come back", round, len(back.body))
			}
		case last.status == http.StatusNotFound && gone.status == http.StatusNoContent && receipt.status == http.StatusNotFound:
			deleted++
			if left := keys(t, s, "piece/"+hashOf(data)[:2]+"/"+hashOf(data)+"/"); len(left) > 1 { // what was written at that moment goes with the mark
				t.Errorf("round %d: %v is left", round, left)
			}
		default:
			t.Errorf("round %d: finishing gave %d %s, deleting %d %s, the receipt %d", round, last.status, last.body, gone.status, gone.body, receipt.status)
		}
		boxes[0].clock.move(time.Minute) // a new day of requests
		boxes[1].clock.move(time.Minute)
	}
	if finished < 8 || deleted == 0 { // what was read back is never deleted
		t.Errorf("%d were finished, %d deleted", finished, deleted)
	}
}

// TestWhatWasCutOffBeforeItsReceiptIsFinishedByTheLastByte: all pieces were there
// and read back, and the log could not take the deposit.
func TestWhatWasCutOffBeforeItsReceiptIsFinishedByTheLastByte(t *testing.T) {
	s := newStore(t)
	b := openBox(t, s)
	p := uploaders(t, b, 1)[0]
	data := largeDeposit(t, 2*mib)
	at := b.begin(t, p, data, hashOf([]byte("slot")))
	b.clock.move(-5 * time.Minute) // too far behind the log
	if a := b.patch(t, p, at, 0, data); a.status < 500 {
		t.Fatalf("a log that takes nothing: %d %s", a.status, a.body)
	}
	b.clock.move(5 * time.Minute)
	for _, b := range []*box{b, openBox(t, s)} {
		if got := b.offset(t, p, at); got != len(data)-1 {
			t.Errorf("without a receipt the upload is at %d of %d", got, len(data))
		}
		wantCode(t, "what was read back is deleted", b.do(t, p, http.MethodDelete, at, nil, "Tus-Resumable", "1.0.0"), 409, "finished")
	}
	if a := b.patch(t, p, at, len(data)-1, data[len(data)-1:]); a.status != http.StatusNoContent {
		t.Fatalf("the last byte: %d %s", a.status, a.body)
	}
	verified(t, b.do(t, p, http.MethodGet, "/box/receipts/"+hashOf(data), nil).body, data)
	if got := b.offset(t, p, at); got != len(data) {
		t.Errorf("with its receipt the upload is at %d of %d", got, len(data))
	}
}
