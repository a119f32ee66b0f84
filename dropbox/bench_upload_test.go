package dropbox_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"despatch/dropbox/login"
	"despatch/internal/padding"
)

var uploadMiB = flag.Int("upload-mib", 1024, "size of the deposit of BenchmarkLargeUploadBesideAPlainPut")

// BenchmarkLargeUploadBesideAPlainPut is goal P8: one deposit in pieces over HTTP, of
// which the hash, durable pieces and reading back are part, beside a plain PUT of the
// same bytes to a file that is synced once, in the same run. Run it on a real disk:
// go test -bench LargeUpload -benchtime 1x ./dropbox -upload-mib 256.
func BenchmarkLargeUploadBesideAPlainPut(b *testing.B) {
	box := openBox(b, newStore(b))
	p := uploaders(b, box, 1)[0]
	file := filepath.Join(b.TempDir(), "floor")
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, err := os.Create(file)
		must(b, err)
		_, err = io.Copy(f, r.Body)
		must(b, err)
		must(b, f.Sync())
		must(b, f.Close())
	}))
	defer plain.Close()
	for i := range b.N {
		send := sealedStream(b, byte(i), *uploadMiB<<20)
		id := send.hash(b)
		started := time.Now()
		status(b, http.MethodPut, plain.URL, send, http.StatusOK)
		floor := time.Since(started)
		must(b, os.Remove(file))

		memory := watchHeap()
		started = time.Now()
		a := box.do(b, p, http.MethodPost, "/box/uploads", nil, "Tus-Resumable", "1.0.0", "Upload-Length", strconv.FormatInt(send.size, 10),
			"Upload-Metadata", metadata(p.account, p.school, id, id))
		status(b, http.MethodPatch, box.url+a.header.Get("Location"), send, http.StatusNoContent, "Tus-Resumable", "1.0.0",
			"Content-Type", "application/offset+octet-stream", "Upload-Offset", "0", "Cookie", login.Cookie+"="+p.cookie)
		took := time.Since(started)
		peak := memory()
		if got := box.do(b, p, http.MethodGet, "/box/receipts/"+id, nil); got.status != http.StatusOK {
			b.Fatalf("the receipt: %d %s", got.status, got.body)
		}
		mb := float64(send.size) / mib
		b.ReportMetric(mb/took.Seconds(), "MiB/s")
		b.ReportMetric(mb/floor.Seconds(), "floor-MiB/s")
		b.ReportMetric(floor.Seconds()/took.Seconds(), "of-floor")
		b.ReportMetric(peak, "peak-heap-MiB")
		b.ReportMetric(0, "ns/op")
	}
}

// stream is a deposit that is made while it is read.
type stream struct {
	head []byte
	size int64
	of   byte
}

func sealedStream(b *testing.B, of byte, n int) *stream {
	b.Helper()
	head := []byte("age-encryption.org/v1\n" + stanza(1) + stanza(2) + "--- " + raw(3, 32) + "\n")
	return &stream{head, int64(len(head) + padding.PayloadLen(padding.Bucket(n, 64<<10))), of}
}

func (s *stream) reader() io.Reader {
	return io.LimitReader(io.MultiReader(bytes.NewReader(s.head), &counting{block: bytes.Repeat([]byte{s.of}, 1<<16)}), s.size)
}

func (s *stream) hash(b *testing.B) string {
	h := sha256.New()
	_, err := io.Copy(h, s.reader())
	must(b, err)
	return hex.EncodeToString(h.Sum(nil))
}

// counting gives blocks of which no two are alike.
type counting struct {
	block []byte
	n     int
}

func (c *counting) Read(p []byte) (int, error) {
	copy(c.block, fmt.Sprintf("%020d", c.n))
	c.n++
	return copy(p, c.block), nil
}

func status(b *testing.B, method, url string, s *stream, want int, header ...string) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), method, url, s.reader())
	must(b, err)
	req.ContentLength = s.size
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	must(b, err)
	text, err := io.ReadAll(res.Body)
	must(b, err)
	res.Body.Close()
	if res.StatusCode != want {
		b.Fatalf("%s: %d %s", method, res.StatusCode, text)
	}
}

// watchHeap gives the most memory that was in use, client included, until it is
// called, beyond what was in use before.
func watchHeap() (peak func() float64) {
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	before, most := now.HeapInuse, atomic.Uint64{}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		each := time.NewTicker(10 * time.Millisecond)
		defer each.Stop()
		for {
			select {
			case <-stop:
				return
			case <-each.C:
				runtime.ReadMemStats(&now)
				most.Store(max(most.Load(), now.HeapInuse))
			}
		}
	}()
	return func() float64 {
		close(stop)
		<-stopped
		return float64(max(most.Load(), before)-before) / mib
	}
}
