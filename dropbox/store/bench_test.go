//go:build !windows

package store_test

import (
	"crypto/rand"
	"fmt"
	"syscall"
	"testing"
	"time"

	"despatch/dropbox/store"
	"despatch/internal/auditlog"
)

// BenchmarkRestart opens log and intake over a folder with 100,000 deposits in its log,
// as a box does before it is ready: after a rush of one day, and after a year of days.
func BenchmarkRestart(b *testing.B) {
	for _, tt := range []struct {
		name           string
		deposits, each int
		days           int
	}{{"100000 today in a rush", 100_000, auditlog.MostLeaves, 1}, {"100000 in 200 days, 8 a head", 100_000, 8, 200}} {
		b.Run(tt.name, func(b *testing.B) {
			dir, a := b.TempDir(), newAccepting(b)
			f := quick(b, dir)
			fillLog(b, f, a, tt.deposits, tt.each, tt.days)
			book, _, err := a.open(b.Context(), f)
			must(b, err)
			book.Close()
			spent := func() (cpu time.Duration) {
				var u syscall.Rusage
				must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
				return time.Duration(u.Utime.Nano() + u.Stime.Nano())
			}
			var cpu time.Duration
			for b.Loop() {
				from := spent()
				s, err := store.OpenFolder(dir, func(err error) { b.Error(err) })
				must(b, err)
				book, _, err := a.open(b.Context(), s)
				must(b, err)
				cpu += spent() - from
				b.StopTimer()
				book.Close()
				b.StartTimer()
			}
			b.ReportMetric(float64(cpu.Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
}

// fillLog writes a log of so many deposits, so many a head, over some days to today.
// Only the last have their bytes, for only these are looked at.
func fillLog(b *testing.B, s store.Store, a *accepting, deposits, each, days int) {
	b.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	first := now.Add(-time.Duration(days-1) * 24 * time.Hour)
	var last *auditlog.Head
	for done := 0; done < deposits; {
		var leaves []auditlog.Leaf
		at := first.Add(time.Duration(float64(now.Sub(first)) * float64(done) / float64(deposits))).Truncate(time.Second)
		for ; len(leaves) < each && done < deposits; done++ {
			data := fmt.Appendf(nil, "deposit %d", done)
			id := sumOf(data)
			if deposits-done <= 200 {
				must(b, s.PutNew(b.Context(), "deposit/"+id[:2]+"/"+id, data))
			}
			l, err := auditlog.NewLeaf(auditlog.Record{Time: at, Account: a.account.Opaque, School: a.school, Deposit: id, Size: int64(len(data)), Slot: id}, rand.Reader)
			must(b, err)
			leaves = append(leaves, l)
		}
		h, err := auditlog.NewHead(last, leaves, a.signer)
		must(b, err)
		must(b, s.PutNew(b.Context(), store.Numbered("log/head/", h.Number), h.Format()))
		last = h
	}
	if last == nil { // there is something to open
		b.Fatal("no log")
	}
}
