package source_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"despatch/generator/source"
)

// county writes a folder of n visits at one school, with a report of 3 kB and
// two events each.
func county(tb testing.TB, n int) string {
	tb.Helper()
	la := minimal(tb)
	report := strings.Repeat("Leaders know their school well. The *curriculum* is ordered so that pupils build on what they know.\n\n", 30)
	for i := range n {
		id := fmt.Sprintf("2026-11-03-%04d-early-reading", i)
		write(tb, la, "content/visits/2026/"+id+"/visit.yaml", fmt.Sprintf(
			"format: 1\nprofile: focus\nschool: \"900001\"\ndate: 2026-11-03\nfocus: Early reading %d\ncategory: School improvement\nresponsible: Priya Usher\nreport: |\n  %s\n",
			i, strings.ReplaceAll(strings.TrimSpace(report), "\n", "\n  ")))
		write(tb, la, fmt.Sprintf("events/2026/11/o%d-submitted-%08x.yaml", 1793787120+i, i), "format: 1\nkind: submitted\nrecord: "+id+"\ntime: 2026-11-04T10:12:00Z\nby: Priya Usher\nrespond_by: 2026-11-18\nsum: [2026-11-05, 2026-11-06, 2026-11-09, 2026-11-10, 2026-11-11, 2026-11-12, 2026-11-13, 2026-11-16, 2026-11-17, 2026-11-18]\n")
		write(tb, la, fmt.Sprintf("events/2026/11/o%d-seen-%08x.yaml", 1793787220+i, i), "format: 1\nkind: seen\nrecord: "+id+"\ntime: 2026-11-04T10:22:00Z\nserial: 4\n")
	}
	return la
}

func BenchmarkScan(b *testing.B) {
	f := open(b, county(b, 500))
	for b.Loop() {
		if l, problems, err := f.Scan(); err != nil || len(problems) > 0 || len(l.Entries) < 1500 {
			b.Fatal(err, problems)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1500, "µs/file")
}

func BenchmarkVisits(b *testing.B) {
	const n = 500
	f := open(b, county(b, n))
	l, _, err := f.Scan()
	if err != nil {
		b.Fatal(err)
	}
	s, _ := f.Site(l)
	var files, events []source.Entry
	for _, e := range l.Entries {
		if _, ok := e.VisitID(); ok {
			files = append(files, e)
		}
		if e.IsEvent() {
			events = append(events, e)
		}
	}
	for b.Loop() {
		if visits, problems := f.Visits(s, files, events); len(visits) != n || len(problems) > 0 {
			b.Fatal(len(visits), problems)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/n, "µs/visit")
}

func write(tb testing.TB, la, path, text string) {
	tb.Helper()
	file := filepath.Join(la, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
}

func open(tb testing.TB, la string) *source.Folder {
	tb.Helper()
	f, err := source.Open(la)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	return f
}
