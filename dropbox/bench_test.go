package dropbox_test

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"despatch/dropbox/login"
	"despatch/internal/durable"
)

// BenchmarkDepositsBesideTheDisk is goal P7: 256 clients deposit over HTTP, each
// answer being a receipt of a deposit that is durable and in the log. Its floor is
// one file a request, synced and linked into a synced folder, of the same bytes for
// as many writers, in the same run, in turn. Run it on a real disk: go test -bench
// Deposits -benchtime 1x.
func BenchmarkDepositsBesideTheDisk(b *testing.B) {
	const clients, each, rounds = 256, 12, 5
	box, all := boxOf(b, clients, true)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients, MaxConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	floor := b.TempDir()
	for i := range 256 {
		must(b, os.Mkdir(filepath.Join(floor, fmt.Sprintf("%02x", i)), 0o700))
	}
	// Each client changes the end of its own bytes, so that memory is the box's.
	bodies := make([][]byte, clients)
	for c := range bodies {
		bodies[c] = deposit(b)
	}
	another := func(c int) []byte {
		copy(bodies[c][len(bodies[c])-26:], rand.Text())
		return bodies[c]
	}
	for range b.N {
		var speeds, floors, middles, ends []float64
		for range rounds {
			took, _ := inTurns(clients, each, func(c int) {
				body := another(c)
				id := hashOf(body)
				if err := durable.WriteNew(filepath.Join(floor, id[:2], id), body, 0o600); err != nil {
					b.Error(err)
				}
			})
			floors = append(floors, clients*each/took.Seconds())
			took, waits := inTurns(clients, each, func(c int) {
				postOne(b, client, box.url, all[c], another(c))
			})
			speeds = append(speeds, clients*each/took.Seconds())
			slices.Sort(waits)
			middles = append(middles, waits[len(waits)/2].Seconds()*1000)
			ends = append(ends, waits[len(waits)*99/100].Seconds()*1000)
		}
		b.ReportMetric(median(speeds), "deposits/s")
		b.ReportMetric(median(floors), "floor-puts/s")
		b.ReportMetric(median(speeds)/median(floors), "of-floor")
		b.ReportMetric(median(middles), "p50-ms")
		b.ReportMetric(median(ends), "p99-ms")
		b.ReportMetric(peakMiB(b), "peak-MiB")
		b.ReportMetric(0, "ns/op")
	}
}

// inTurns lets clients do something at once, each several times in turn, and gives
// how long all of it and each of it took.
func inTurns(clients, each int, do func(c int)) (time.Duration, []time.Duration) {
	waits := make([]time.Duration, clients*each)
	started := time.Now()
	var together sync.WaitGroup
	for c := range clients {
		together.Go(func() {
			for i := range each {
				from := time.Now()
				do(c)
				waits[c*each+i] = time.Since(from)
			}
		})
	}
	together.Wait()
	return time.Since(started), waits
}

// postOne deposits over a connection that is kept.
func postOne(b *testing.B, client *http.Client, url string, p *person, data []byte) {
	id := hashOf(data)
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url+"/box/deposits/"+id+"?school="+p.school+"&slot="+hashOf([]byte(id)), bytes.NewReader(data))
	if err != nil {
		b.Error(err)
		return
	}
	req.AddCookie(&http.Cookie{Name: login.Cookie, Value: p.cookie})
	res, err := client.Do(req)
	if err != nil {
		b.Error(err)
		return
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusCreated || !strings.HasPrefix(string(text), "despatch-receipt 1\n") {
		b.Errorf("%d %.200s %v", res.StatusCode, text, err)
	}
}

func median[T cmp.Ordered](of []T) T {
	slices.Sort(of)
	return of[len(of)/2]
}

// peakMiB is the most memory that this process had, clients and floor included.
func peakMiB(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0 // only Linux tells
	}
	var kib float64
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			_, err = fmt.Sscan(rest, &kib)
			must(b, err)
		}
	}
	return kib / 1024
}
