//go:build unix

package source_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"despatch/generator/source"
)

func TestOpenRefusesAFolderThatIsNoAuthoritys(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "none")} {
		if f, err := source.Open(dir); err == nil {
			f.Close()
			t.Errorf("%s was opened", dir)
		}
	}
	dir := t.TempDir()
	if err := os.Symlink("/etc/hosts", filepath.Join(dir, "despatch.yaml")); err != nil {
		t.Fatal(err)
	}
	if f, err := source.Open(dir); err == nil {
		f.Close()
		t.Error("a folder whose despatch.yaml is a link was opened")
	}
}

func TestScanPassesOverEditorsLeavings(t *testing.T) {
	la := minimal(t)
	for _, name := range []string{".git/config", "content/.DS_Store", "content/schools/900001.yaml~", "content/schools/.#900001.yaml", "content/schools/.900001.yaml.swp", "content/schools/#900001.yaml#", "content/sheets/2026/Thumbs.db", "content/schools/~$900001.yaml", "content/schools/900001.yaml.bak"} {
		write(t, la, name, "x")
	}
	if problems := open(t, la).Check(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), nil); len(problems) > 0 {
		t.Errorf("%v", problems)
	}
}

func TestScanListsSortedAndRelative(t *testing.T) {
	l, problems, err := open(t, minimal(t)).Scan()
	if err != nil || len(problems) > 0 || len(l.Entries) != 9 {
		t.Fatalf("%d entries, %v, %v", len(l.Entries), problems, err)
	}
	for i, e := range l.Entries {
		if i > 0 && l.Entries[i-1].Path >= e.Path || e.Size == 0 || e.ModTime.IsZero() || e.Inode == 0 {
			t.Errorf("%+v", e)
		}
	}
}

func TestScanRefuses(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret.yaml")
	if err := os.WriteFile(outside, []byte("format: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := func(old string) func(string) error { return func(file string) error { return os.Symlink(old, file) } }
	plain := func(file string) error { return os.WriteFile(file, []byte("x"), 0o644) }
	const visit = "content/visits/2026/2026-11-03-k7q2-early-reading/"
	tests := []struct {
		name, path string
		make       func(string) error
		want       string
	}{
		{"a link to a file outside", "content/schools/900009.yaml", link(outside), "this is a symbolic link"},
		{"a link to a folder outside", "content/visits/2026/2026-11-03-k7q2-linked", link(filepath.Dir(outside)), "this is a symbolic link"},
		{"a link inside", "content/schools/900009.yaml", link("900001.yaml"), "this is a symbolic link"},
		{"a dangling link", "content/schools/900009.yaml", link("nowhere"), "this is a symbolic link"},
		{"a hard link", "content/schools/900009.yaml", func(file string) error { return os.Link(outside, file) }, "has 2 names (hard links)"},
		{"a pipe", "content/schools/900009.yaml", func(file string) error { return syscall.Mkfifo(file, 0o600) }, "a device, pipe or socket"},
		{"a file for a folder", "events", plain, "events: this is a file; it must be a folder"},
		{"a twin in case", "content/schools/900001.YAML", plain, "differs from"},
		{"another type", "content/schools/900002.yml", plain, "nothing reads this file (want <id>.yaml)"},
		{"an id in capitals", "content/schools/Fern.yaml", plain, `"Fern" cannot be an id`},
		{"a folder of one's own", "content/minutes/2026/x.md", plain, "nothing reads a file here"},
		{"a file at the top", "content/notes.txt", plain, "nothing reads a file here"},
		{"no year", "content/visits/new/2026-11-03-k7q2-early-reading/visit.yaml", plain, `"new" is not a year`},
		{"another year", "content/sheets/2025/2026-11-03-k7q2-reading.md", plain, "move it to 2026"},
		{"an id without a slug", "content/sheets/2026/2026-11-03-k7q2.md", plain, "is not an id (want one like"},
		{"an id without a date", "content/sheets/2026/reading.md", plain, "is not an id"},
		{"an id with a long date", "content/sheets/2026/2026-11-3-k7q2-reading.md", plain, "is not an id"},
		{"a file beside visit.yaml", visit + "plan.pdf", plain, "want visit.yaml, or files under attachments/"},
		{"a folder in attachments", visit + "attachments/more/plan.pdf", plain, "nothing reads a file here"},
		{"a name turned round", visit + "attachments/plan\u202efdp.exe", plain, "control or bidirectional"},
		{"a name with a line end", visit + "attachments/a\nb.pdf", plain, "control or bidirectional"},
		{"a name with an accent apart", visit + "attachments/cafe\u0301.pdf", plain, "not in NFC"},
		{"a device of Windows", visit + "attachments/con.pdf", plain, "is a device on Windows"},
		{"another device of Windows", visit + "attachments/LPT1.tar.pdf", plain, "is a device on Windows"},
		{"a character of Windows", visit + "attachments/what?.pdf", plain, "that Windows refuses"},
		{"a name that ends with a dot", visit + "attachments/plan.", plain, "space or a dot"},
		{"a name that is no UTF-8", visit + "attachments/caf\xe9.pdf", plain, "not UTF-8"},
		{"a long name", visit + "attachments/" + strings.Repeat("a", 140) + ".pdf", plain, "has 144 bytes"},
		{"an event elsewhere", "events/o1793787120-submitted-00000000.yaml", plain, "events are in events/<year>/<month>/"},
		{"an event's odd name", "events/2026/11/o1793787120-submitted.yaml", plain, "is not the name of an event"},
		{"an event of an unknown kind", "events/2026/11/o1793787120-inspected-00000000.yaml", plain, `unknown kind "inspected"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			la := minimal(t)
			file := filepath.Join(la, filepath.FromSlash(tt.path))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := tt.make(file); err != nil {
				t.Fatal(err)
			}
			l, problems, err := open(t, la).Scan()
			if err != nil {
				t.Fatal(err)
			}
			if len(problems) == 0 || !says(problems, tt.want) {
				t.Errorf("problems %v, want one with %q", problems, tt.want)
			}
			if tt.name == "a twin in case" {
				return // one of the two stays listed
			}
			for _, e := range l.Entries {
				if e.Path == tt.path {
					t.Error("it is listed all the same")
				}
			}
		})
	}
}

func TestReadingStaysInTheFolder(t *testing.T) {
	la := minimal(t)
	f := open(t, la)
	if err := os.WriteFile(filepath.Join(filepath.Dir(la), "outside.txt"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc", filepath.Join(la, "content", "etc")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"../outside.txt", "/etc/hosts", "content/etc/hosts", "content", "content/none.yaml", ""} {
		if data, err := f.ReadFile(path); err == nil {
			t.Errorf("%q was read: %d bytes", path, len(data))
		}
	}
}

func TestScanPassesOverFoldersThatGoAwayMeanwhile(t *testing.T) {
	la := minimal(t)
	f := open(t, la)
	news := filepath.Join(la, "content", "news")
	done := make(chan error, 1)
	go func() {
		for range 1000 {
			if err := errors.Join(os.MkdirAll(filepath.Join(news, "2026"), 0o755), os.RemoveAll(news)); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	var wrong error
	for {
		if _, _, err := f.Scan(); err != nil {
			wrong = err
		}
		select {
		case err := <-done:
			if err := errors.Join(err, wrong); err != nil {
				t.Error(err)
			}
			return
		default:
		}
	}
}
