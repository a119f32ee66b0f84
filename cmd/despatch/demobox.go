package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"despatch/internal/durable"
	"despatch/internal/keyring"
	"despatch/office/demo"
	"despatch/office/enrol"
)

// Where the demonstration keeps its drop-box, and the lines by which that is named.
const (
	demoBoxDir   = "drop-box"
	demoBoxLines = "drop-box/lines.txt"
)

// A demoBox is the demonstration's drop-box: a program of its own, as everywhere,
// which serves the site too. Its origin stands in receipts and in the keys file, so
// its port is chosen once.
type demoBox struct {
	env     *env
	program string
	origin  string
	port    int
	open    func(service string) (keyring.Key, error)
}

// findDemoBox makes the drop-box of the demonstration, or finds it. Why there is
// none is a sentence for people, or empty.
func (e *env) findDemoBox(ctx context.Context, program string, port int) (box *demoBox, why string, err error) {
	if e.clock != "" {
		return nil, "a drop-box knows no --clock", nil
	}
	if program == "" {
		program = siblingProgram("despatchbox")
	}
	if _, err := os.Stat(program); err != nil {
		return nil, fmt.Sprintf("%s is not there", program), nil
	}
	b := &demoBox{env: e, program: program}
	lines, err := os.ReadFile(filepath.Join(e.Dir, filepath.FromSlash(demoBoxLines)))
	if errors.Is(err, fs.ErrNotExist) {
		return b, "", b.make(ctx, port)
	}
	if err != nil {
		return nil, "", err
	}
	named, err := enrol.ParseBox(lines)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", demoBoxLines, err)
	}
	if err := b.at(named.Origin); err != nil {
		return nil, "", err
	}
	if port != 0 && port != demoPort && port != b.port {
		return nil, fmt.Sprintf("it was made for port %d, which its receipts name", b.port), nil
	}
	free, err := listenExactly(b.port)
	if err != nil {
		return nil, fmt.Sprintf("its port %d is taken", b.port), nil
	}
	return b, "", errors.Join(free.Close(), b.name(named))
}

// siblingProgram is a program beside this one.
func siblingProgram(name string) string {
	own, err := os.Executable()
	if err != nil {
		return name
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(filepath.Dir(own), name)
}

func (b *demoBox) at(origin string) error {
	u, err := url.Parse(origin)
	if err != nil {
		return err
	}
	b.origin = origin
	b.port, err = strconv.Atoi(u.Port())
	return err
}

// make makes the drop-box and has the authority's keys name it. What an earlier
// start left half made is made anew: nobody was told of it.
func (b *demoBox) make(ctx context.Context, port int) error {
	free, port, err := listenLocal(port, "despatch demo --port 9000")
	if err != nil {
		return err
	}
	if err := errors.Join(free.Close(), b.at(fmt.Sprintf("http://localhost:%d", port))); err != nil {
		return err
	}
	dir := filepath.Join(b.env.Dir, demoBoxDir)
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	var said, wrong bytes.Buffer
	c := exec.CommandContext(ctx, b.program, "init", dir, "--origin", b.origin, "--root", filepath.Join(b.env.Dir, "public-keys", "root.pub"))
	c.Stdout, c.Stderr = &said, &wrong
	if err := c.Run(); err != nil {
		return fmt.Errorf("make the demonstration's drop-box: %w: %s", err, strings.TrimSpace(wrong.String()))
	}
	named, err := enrol.ParseBox(said.Bytes())
	if err != nil {
		return fmt.Errorf("make the demonstration's drop-box: %w", err)
	}
	if err := durable.WriteFile(filepath.Join(b.env.Dir, filepath.FromSlash(demoBoxLines)), said.Bytes(), 0o644); err != nil {
		return err
	}
	return b.name(named)
}

// name has despatch.yaml and the keys file name the drop-box.
func (b *demoBox) name(named *enrol.Box) error {
	now, err := b.env.Now()
	if err != nil {
		return err
	}
	site, err := b.env.readSite()
	if err != nil {
		return err
	}
	if site, err = b.env.writeBox(site, named.Origin); err != nil {
		return err
	}
	office, err := demo.Unlock(b.env.Dir)
	if err != nil {
		return err
	}
	b.open = office.OpenInbox
	return office.SetBox(site, named, now)
}

// child is how it is run: it serves the site too.
func (b *demoBox) child() *childBox {
	return &childBox{program: b.program, dir: filepath.Join(b.env.Dir, demoBoxDir), flags: []string{
		"--listen", fmt.Sprintf("127.0.0.1:%d", b.port), "--operations", "127.0.0.1:0", "--site", filepath.Join(b.env.Dir, "public"), "--store-may-forget",
	}}
}
