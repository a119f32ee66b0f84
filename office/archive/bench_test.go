package archive_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"despatch/generator"
	"despatch/internal/durable"
	"despatch/office/archive"
	"despatch/office/demo"
)

// BenchmarkArchiveOf200Visits archives a school with 200 visits, each with a
// report of 3 kB and a PDF made of it, and checks the archive.
func BenchmarkArchiveOf200Visits(b *testing.B) {
	la := filepath.Join(b.TempDir(), "la")
	if err := demo.Write(context.Background(), la, noon, nil); err != nil {
		b.Fatal(err)
	}
	sentence := "Staff say sounds precisely, and pupils know the routines and lose little time between activities. "
	for i := range 200 {
		day := time.Date(2025, 1, 6, 11, 0, 0, 0, time.UTC).AddDate(0, 0, i*3)
		id := fmt.Sprintf("%s-a%03d-visit", day.Format("2006-01-02"), i)
		files := map[string]string{
			"content/visits/" + id[:4] + "/" + id + "/visit.yaml":                               fmt.Sprintf("format: 1\nprofile: other\nschool: \"900001\"\ndate: %s\nfocus: Visit %d\nresponsible: Priya Usher\n", id[:10], i),
			"content/visits/" + id[:4] + "/" + id + "/report.md":                                "# What was seen\n\n" + strings.Repeat(strings.Repeat(sentence, 4)+"\n\n", 8),
			fmt.Sprintf("events/%s/o%d-issued-%08x.yaml", day.Format("2006/01"), day.Unix(), i): fmt.Sprintf("format: 1\nkind: issued\nrecord: %s\ntime: %s\nby: Priya Usher\n", id, day.Format(time.RFC3339)),
		}
		for path, text := range files {
			name := filepath.Join(la, filepath.FromSlash(path))
			if err := durable.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	if _, err := generator.Build(context.Background(), generator.Options{Dir: la, Now: noon}); err != nil {
		b.Fatal(err)
	}
	o := archive.Options{Dir: la, School: "900001", Now: noon.Add(time.Minute)}
	zipped := filepath.Join(b.TempDir(), "a.zip")
	for b.Loop() {
		err := durable.WriteTo(zipped, 0o600, func(w io.Writer) error {
			_, err := archive.Write(context.Background(), w, o)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	info, err := os.Stat(zipped)
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	if _, findings, err := archive.Verify(zipped, archive.Trust{Fingerprint: rootOf(b, la)}, nil); err != nil || len(findings) > 0 {
		b.Fatal(err, findings)
	}
	b.ReportMetric(float64(time.Since(start).Milliseconds()), "verify-ms")
	b.ReportMetric(float64(info.Size())/1e6, "MB")
}
