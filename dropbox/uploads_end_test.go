package dropbox_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"despatch/dropbox"
	"despatch/dropbox/intake"
	"despatch/internal/register"
)

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
		case (last.code == "not-there" || last.code == "offset") && gone.status == http.StatusNoContent && receipt.status == http.StatusNotFound:
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
