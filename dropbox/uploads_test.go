package dropbox_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

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
	for kind, open := range map[string]func(testing.TB) store.Store{"folder": newStore, "bucket": newBucket} {
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
