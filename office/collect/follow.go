package collect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"despatch/internal/auditlog"
)

// logKeys are the keys of this drop-box's log, out of all that were ever named.
func (c *Collector) logKeys() ([]note.Verifier, error) {
	var keys []note.Verifier
	for _, text := range c.Keys.Logs {
		v, err := note.NewVerifier(text)
		if err != nil {
			return nil, fmt.Errorf("the keys file's log key %.60q: %w", text, err)
		}
		if v.Name() == auditlog.Name(c.Keys.Box) {
			keys = append(keys, v)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("the keys file names no log of the drop-box %s: run despatch keys --box FILE", c.Keys.Box)
	}
	return keys, nil
}

// sameTree tells whether the drop-box's checkpoint is of the very tree that was
// collected.
func sameTree(last *auditlog.Head, promised auditlog.Checkpoint, keys []note.Verifier) (bool, error) {
	if last == nil || promised.Size != last.After.Size {
		return false, nil
	}
	own, err := auditlog.ParseCheckpoint(last.Checkpoint, keys...)
	if err == nil && own.Root != promised.Root {
		err = alarm("the drop-box shows two logs: its checkpoint of %d leaves is of another tree than the one that was collected", promised.Size)
	}
	return true, err
}

// headsDir is where the head objects of the log lie that were collected.
func (c *Collector) headsDir() string { return path.Join("vault/log", c.host()) }

// host names the drop-box's folders.
func (c *Collector) host() string {
	return strings.ReplaceAll(strings.TrimSuffix(auditlog.Name(c.Keys.Box), "/log"), ":", "-")
}

func headFile(number int64) string { return fmt.Sprintf("%010d", number) }

// lastHead is the last head object that was collected, or nil.
func (c *Collector) lastHead(keys []note.Verifier) (*auditlog.Head, error) {
	dir := c.file(c.headsDir())
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for i := len(entries) - 1; i >= 0; i-- {
		name := entries[i].Name()
		if len(name) != 10 || strings.Trim(name, "0123456789") != "" {
			continue // what a crash left of a file that was being written
		}
		number, err := strconv.ParseInt(name, 10, 64)
		if err != nil {
			return nil, err
		}
		return c.collected(number, keys)
	}
	return nil, nil
}

// collected reads a head that was collected.
func (c *Collector) collected(number int64, keys []note.Verifier) (*auditlog.Head, error) {
	name := path.Join(c.headsDir(), headFile(number))
	data, err := os.ReadFile(c.file(name))
	if err != nil {
		return nil, err
	}
	h, err := auditlog.ParseHead(data, keys...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; put it back from its backup", name, err)
	}
	return h, nil
}

// promised is the drop-box's word on its log before anything is read of it.
func (c *Collector) promised(ctx context.Context, keys []note.Verifier) (auditlog.Checkpoint, error) {
	data, err := c.Box.checkpoint(ctx)
	if err != nil {
		return auditlog.Checkpoint{}, fmt.Errorf("read the log's checkpoint: %w", err)
	}
	cp, err := auditlog.ParseCheckpoint(data, keys...)
	if err != nil {
		return cp, alarm("the drop-box's checkpoint is not of the log that the keys file names: %v", err)
	}
	return cp, nil
}

// stillTheSame compares what was collected last with what the drop-box says of it
// now. Its checkpoint may lie a little behind its heads, but not on another tree.
func (c *Collector) stillTheSame(ctx context.Context, keys []note.Verifier, last *auditlog.Head, promised auditlog.Checkpoint) error {
	if last == nil {
		return nil
	}
	now, err := c.Box.head(ctx, last.Number)
	switch {
	case errors.Is(err, errMissing):
		return alarm("the log has gone back: head %d was collected, and the drop-box no longer has it", last.Number)
	case err != nil:
		return fmt.Errorf("read head %d of the log: %w", last.Number, err)
	case string(now) != string(last.Format()):
		return alarm("the log was rewritten: head %d is another than the one that was collected", last.Number)
	case promised.Size >= last.After.Size:
		return nil
	}
	for number := last.Number - 1; number > 0; number-- {
		h, err := c.collected(number, keys)
		if err != nil {
			return err
		}
		if h.After.Size > promised.Size {
			continue
		}
		if _, err := sameTree(h, promised, keys); err != nil || h.After.Size == promised.Size {
			return err
		}
		break
	}
	return alarm("the drop-box shows two logs: its checkpoint of %d leaves is of none of the heads that were collected", promised.Size)
}

// follow reads every head after the last and takes its leaves.
func (c *Collector) follow(ctx context.Context, keys []note.Verifier, last *auditlog.Head, promised auditlog.Checkpoint, done *Summary) error {
	met := last != nil && last.After.Size >= promised.Size // stillTheSame has looked at it
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		number := int64(1)
		if last != nil {
			number = last.Number + 1
		}
		data, err := c.Box.head(ctx, number)
		if errors.Is(err, errMissing) {
			break
		}
		if err != nil {
			return fmt.Errorf("read head %d of the log: %w", number, err)
		}
		h, err := c.next(data, last, keys)
		if err != nil {
			return err
		}
		if h.After.Size == promised.Size {
			met = true
			if cp, err := auditlog.ParseCheckpoint(h.Checkpoint, keys...); err != nil || cp.Root != promised.Root {
				return alarm("the drop-box shows two logs: its checkpoint of %d leaves is of another tree than its head %d", promised.Size, h.Number)
			}
		}
		if err := c.takeHead(ctx, h, data, done); err != nil {
			return err
		}
		c.at(int(h.After.Size), int(max(promised.Size, h.After.Size)))
		last = h
	}
	if !met {
		return alarm("the drop-box withholds a part of its log: its checkpoint speaks of %d leaves, and no head that it gives ends there", promised.Size)
	}
	return nil
}

func (c *Collector) at(done, total int) {
	if c.Progress != nil {
		c.Progress(done, total, "leaves of the log")
	}
}

// next reads a head and checks that it goes on where the last one ended.
func (c *Collector) next(data []byte, last *auditlog.Head, keys []note.Verifier) (*auditlog.Head, error) {
	h, err := auditlog.ParseHead(data, keys...)
	if err != nil {
		return nil, alarm("the log's next head is not one: %v", err)
	}
	if last == nil && (h.Number != 1 || h.Before.Size != 0) {
		return nil, alarm("the log begins with head %d of a tree of %d leaves, not with its first", h.Number, h.Before.Size)
	}
	if last != nil {
		if err := h.Follows(last); err != nil {
			return nil, alarm("the log does not go on as it was: %v", err)
		}
	}
	return h, nil
}
