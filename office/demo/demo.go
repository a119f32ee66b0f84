// Package demo makes the demonstration: the fictional authority of package
// content, with its dates moved so that its today is today
// (TestDemoMovesItsDayToToday), and with keys for everyone in it.
//
// Dates move by the days between the content's base day, Wednesday 18 November
// 2026, and today. A working day stays one: what had happened by the base day
// lands on the last working day before, what is to come on the next one after.
// Deadlines are counted afresh from the real calendar; dates before 2020, when
// schools opened, stay as they are.
//
// It is the only package that writes down other people's passphrases, and only
// those of people who do not exist.
package demo

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"despatch/content"
	"despatch/internal/durable"
	"despatch/internal/strictyaml"
	"despatch/records/authority"
	"despatch/records/calendar"
)

// BaseDay is the day that the content as written is about.
func BaseDay() calendar.Date {
	return calendar.Date{Year: 2026, Month: time.November, Day: 18}
}

// CopyContent writes the fictional authority into dir as of now, without any
// keys: despatch.yaml, content/ and events/. dir must be empty or not there.
func CopyContent(dir string, now time.Time) error {
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty; the demonstration wants a folder of its own", dir)
	}
	files, err := Files(now)
	if err != nil {
		return err
	}
	var batch durable.Batch
	for path, data := range files {
		name := filepath.Join(dir, filepath.FromSlash(path))
		if err := durable.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := batch.WriteFile(name, data, 0o644); err != nil {
			return err
		}
	}
	return batch.Sync()
}

// Files gives the fictional authority as of now, without any keys: what
// CopyContent writes, by path.
func Files(now time.Time) (map[string][]byte, error) {
	written, err := load()
	if err != nil {
		return nil, err
	}
	moved, err := move(written, now)
	if err != nil {
		return nil, err
	}
	files := make(map[string][]byte, len(moved))
	for _, f := range moved {
		files[f.path] = f.data
	}
	return files, nil
}

// A file is one file of an authority's folder.
type file struct {
	path string
	data []byte
}

func load() ([]file, error) {
	var files []file
	err := content.Walk(func(path string, data []byte) error {
		files = append(files, file{path, data})
		return nil
	})
	return files, err
}

// move gives the files as of now.
func move(files []file, now time.Time) ([]file, error) {
	settings, err := settingsOf(files)
	if err != nil {
		return nil, err
	}
	s := newShift(settings.Closures, now)
	s.numberSheets(files)
	var moved, happened []file
	for _, f := range files {
		switch ext := path.Ext(f.path); {
		case strings.HasPrefix(f.path, "events/"):
			happened = append(happened, f)
		case (ext == ".yaml" || ext == ".md") && !inFolder(f.path, "attachments") && !inFolder(f.path, "files"):
			moved = append(moved, file{s.path(f.path), s.text(f.data)})
		default:
			moved = append(moved, file{s.path(f.path), f.data})
		}
	}
	events, err := s.events(happened)
	if err != nil {
		return nil, err
	}
	return append(moved, events...), nil
}

func inFolder(name, folder string) bool { return path.Base(path.Dir(name)) == folder }

func settingsOf(files []file) (*authority.Settings, error) {
	for _, f := range files {
		if f.path != "despatch.yaml" {
			continue
		}
		var s authority.Settings
		if problems := strictyaml.Decode(f.data, &s); len(problems) > 0 {
			return nil, fmt.Errorf("%s:%d:%d: %s", f.path, problems[0].Line, problems[0].Column, problems[0].Text)
		}
		return &s, nil
	}
	return nil, fmt.Errorf("the demonstration's content has no despatch.yaml")
}
