package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"despatch/generator"
	"despatch/internal/buildkeys"
)

// BenchmarkFullBuild builds everything from nothing: the folder that -la names,
// or the small corpus of the tests.
func BenchmarkFullBuild(b *testing.B) {
	dir := *la
	if dir == "" {
		dir, _ = small(b)
	}
	var made generator.Summary
	for b.Loop() {
		b.StopTimer()
		for _, old := range []string{"public", "cache", buildkeys.HeadsDir} {
			if err := os.RemoveAll(filepath.Join(dir, filepath.FromSlash(old))); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		var err error
		if made, err = generator.Build(context.Background(), generator.Options{Dir: dir, Now: time.Now()}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(made.Pages), "pages/op")
	b.ReportMetric(float64(made.Sealed), "sealed/op")
}

// BenchmarkBuildWithoutChanges looks at every source and does nothing.
func BenchmarkBuildWithoutChanges(b *testing.B) {
	dir := *la
	if dir == "" {
		dir, _ = small(b)
	}
	o := generator.Options{Dir: dir, Now: time.Now()}
	build := func() generator.Summary {
		made, err := generator.Build(context.Background(), o)
		if err != nil {
			b.Fatal(err)
		}
		return made
	}
	build()
	for b.Loop() {
		if made := build(); made.Changed {
			b.Fatal("a build without changes changed the tree")
		}
	}
}
