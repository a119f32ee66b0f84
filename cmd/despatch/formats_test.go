package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// fences finds the commands of docs/formats.md.
var fences = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// TestFormatsPageCommands runs the commands of docs/formats.md, as they stand
// there, in a copy of the tree of a new demonstration: the real age, ssh-keygen,
// sha256sum and tar open and verify what one person may read, and no more.
func TestFormatsPageCommands(t *testing.T) {
	la := demoFolder(t)
	despatch(t, "-C", la, "build")
	work := t.TempDir()
	copied := filepath.Join(work, "tree")
	if err := os.CopyFS(copied, os.DirFS(filepath.Join(la, "public"))); err != nil {
		t.Fatal(err)
	}
	code, passphrase := demoAccount(t, la, "Colin Fairwether")
	runPage(t, copied, code, passphrase)

	opened, err := filepath.Glob(filepath.Join(copied, "s", "*", "*.html"))
	if err != nil || len(opened) == 0 {
		t.Fatalf("no page was opened (%v)", err)
	}
	for _, page := range opened {
		if text := read(t, page); strings.Contains(text, "phonics programme") {
			t.Errorf("%s, opened by a governor's ring, holds the text of a report that a governor may not read", page)
		}
	}
	if text := read(t, filepath.Join(work, "indexes.json")); !strings.Contains(text, `"compartment":"visits-audit"`) {
		t.Error("the governor's ring opened no index of the visits' audit")
	}
	if text := read(t, filepath.Join(work, "refused")); !strings.Contains(text, "no identity matched") {
		t.Error("the governor's ring opened everything")
	}
}

// runPage runs the page's commands under script(1), which gives age the terminal
// that it asks for the passphrase.
func runPage(t *testing.T, tree, code, passphrase string) {
	t.Helper()
	page := read(t, "../../docs/formats.md")
	var commands strings.Builder
	for _, fence := range fences.FindAllStringSubmatch(page, -1) {
		commands.WriteString(fence[1])
	}
	if strings.Count(commands.String(), "ssh-keygen -Y verify") < 2 {
		t.Fatal("docs/formats.md has lost its commands")
	}
	file := filepath.Join(t.TempDir(), "commands.sh")
	if err := os.WriteFile(file, []byte(commands.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	tools, err := filepath.Abs("../../.tools")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("script", "-qec", "bash -euo pipefail "+file, os.DevNull)
	cmd.Dir = tree
	cmd.Env = append(os.Environ(), "CODE="+code, "PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"))
	cmd.Stdin = strings.NewReader(passphrase + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the commands of docs/formats.md: %v\n%s", err, out)
	}
}

// despatch runs the program in this process and wants it to work.
func despatch(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), args, io.LimitReader(nil, 0), &stdout, &stderr); code != 0 {
		t.Fatalf("despatch %s: exit code %d\n%s", strings.Join(args, " "), code, stderr.String())
	}
	return stdout.String()
}

// demoAccount gives the folded code and the passphrase of a person of the
// demonstration.
func demoAccount(t *testing.T, la, name string) (code, passphrase string) {
	t.Helper()
	for line := range strings.Lines(read(t, filepath.Join(la, "private", "demo-accounts.tsv"))) {
		if cells := strings.Split(strings.TrimSpace(line), "\t"); cells[2] == name {
			return strings.ReplaceAll(cells[0], "-", ""), cells[1]
		}
	}
	t.Fatalf("nobody in the demonstration is called %s", name)
	return "", ""
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
