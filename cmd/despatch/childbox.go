package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// A childBox is a drop-box that this program starts and ends with itself. It stays a
// program of its own, for it may not reach what opens deposits.
type childBox struct {
	program, dir string
	flags        []string
	stderr       io.Writer // its log; nil: told only when it does not start

	running *exec.Cmd
	said    lastSaid
}

// start returns when it serves.
func (b *childBox) start(ctx context.Context) error {
	c := exec.CommandContext(ctx, b.program, append([]string{"-C", b.dir, "serve"}, b.flags...)...)
	c.Cancel = func() error { return askToEnd(c.Process) }
	c.WaitDelay = 30 * time.Second // it finishes what is on its way
	c.Stderr = &b.said
	if b.stderr != nil {
		c.Stderr = io.MultiWriter(&b.said, b.stderr)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return fmt.Errorf("start the drop-box: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "serving ") {
		return fmt.Errorf("the drop-box in %s does not start: %w", b.dir, errors.Join(c.Wait(), errors.New(b.said.String())))
	}
	b.running = c
	return nil
}

// wait gives nil once it ended because ctx did.
func (b *childBox) wait(ctx context.Context) error {
	err := b.running.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("the drop-box in %s ended by itself: %w", b.dir, errors.Join(err, errors.New(b.said.String())))
}

// lastSaid keeps the end of what a program says.
type lastSaid struct{ text string }

const mostWords = 4 << 10

func (l *lastSaid) Write(p []byte) (int, error) {
	l.text += string(p)
	l.text = l.text[max(0, len(l.text)-mostWords):]
	return len(p), nil
}

func (l *lastSaid) String() string { return strings.TrimSpace(l.text) }
