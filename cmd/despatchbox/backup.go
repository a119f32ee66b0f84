package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"despatch/dropbox/backup"
	"despatch/dropbox/store"
	"despatch/internal/durable"
)

// Where a store that is put back is gathered until it is whole.
const restoringDir = "store.restoring"

func newBackup(e *env) *cobra.Command {
	withKeys := false
	c := &cobra.Command{
		Use:   "backup DIR",
		Short: "Copy the store, which may be in use, to a folder",
		Long: `Copy what the store holds and DIR/store lacks, from a folder or a bucket. The box may
be in use: what is copied is whole whenever it ends, and running it again goes on.
Sessions are left out. Uploads and drafts that the box deleted are deleted in the copy.
A store whose log is shorter than its copy is refused: it was set back.

With --with-keys, copy the keys and box.yaml too. Whoever has them can give false
receipts; keep such a copy as safe as the server. They change only when they are
rotated.`,
		Example: "  despatchbox -C /srv/box backup /mnt/backup\n  despatchbox -C /srv/box backup /mnt/safe --with-keys",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			conf, err := e.loadConfig()
			if err != nil {
				return err
			}
			return e.backup(c.Context(), conf, args[0], withKeys)
		},
	}
	c.Flags().BoolVar(&withKeys, "with-keys", false, "copy keys/ and box.yaml too")
	return c
}

func (e *env) backup(ctx context.Context, conf *config, dir string, withKeys bool) error {
	from, err := e.findStore(ctx, conf)
	if err != nil {
		return err
	}
	into := filepath.Join(dir, storeDir)
	if err := durable.MkdirAll(into, 0o700); err != nil {
		return err
	}
	to, err := store.OpenFolder(into, e.giveUp)
	if err != nil {
		return err
	}
	done, err := backup.Copy(ctx, from, to, backup.Options{Forget: true, Progress: e.progress("objects looked at")})
	if errors.Is(err, backup.ErrShorter) {
		return hinted{fmt.Errorf("back up the store: %w", err), "the store was set back, or this is another box's backup: run despatchbox fsck and compare; copy to another folder meanwhile"}
	}
	if err != nil {
		return fmt.Errorf("back up the store: %w; run it again to go on", err)
	}
	if withKeys {
		if err := e.copyKeys(dir); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(e.Stdout, "%d heads of the log; %d objects copied, %d were there, %d forgotten\n", done.Heads, done.Objects, done.Before, done.Forgotten)
	return err
}

// copyKeys copies the box's keys and settings. Newer ones take the place of older.
func (e *env) copyKeys(dir string) error {
	names := []string{confFile}
	entries, err := os.ReadDir(e.path(keysDir))
	if err != nil {
		return err
	}
	for _, k := range entries {
		names = append(names, keysDir+"/"+k.Name())
	}
	if err := durable.MkdirAll(filepath.Join(dir, keysDir), 0o700); err != nil {
		return err
	}
	for _, name := range names {
		data, err := os.ReadFile(e.path(name))
		if err != nil {
			return err
		}
		if err := durable.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func newRestore(e *env) *cobra.Command {
	verify := false
	c := &cobra.Command{
		Use:   "restore DIR",
		Short: "Put a backup back, and check all of it",
		Long: `Put the copy that backup made in DIR back as this box's store, and check every head,
leaf, deposit and slot as fsck does. The box must not run, and must have no store: move
store/ away, or name an empty bucket. keys/ and box.yaml must be there already. A folder
takes its place only when all of it was checked.

With --verify, check the copy against this box's keys and change nothing: the drill for
every day.

What is put back must be the newest there is. A store that is set back breaks promises
that were made since, and every browser and office that holds a later receipt notices.`,
		Example: "  despatchbox -C /srv/box restore /mnt/backup --verify\n  despatchbox -C /srv/box restore /mnt/backup",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			conf, err := e.loadConfig()
			if err != nil {
				return err
			}
			from, err := store.OpenFolder(filepath.Join(args[0], storeDir), e.giveUp)
			if err != nil {
				return err
			}
			if verify {
				return e.checkStore(c.Context(), conf, from)
			}
			return e.restore(c.Context(), conf, from)
		},
	}
	c.Flags().BoolVar(&verify, "verify", false, "only check the copy")
	return c
}

func (e *env) restore(ctx context.Context, conf *config, from store.Store) error {
	if conf.Bucket != (bucket{}) {
		return e.restoreBucket(ctx, conf, from)
	}
	if left, err := os.ReadDir(e.path(storeDir)); err == nil && len(left) > 0 {
		return hinted{fmt.Errorf("%s holds a store; nothing was changed", e.path(storeDir)), "stop the box and move it away, then run this again: mv store store.lost"}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	gathered := e.path(restoringDir)
	if err := durable.MkdirAll(gathered, 0o700); err != nil {
		return err
	}
	to, err := store.OpenFolder(gathered, e.giveUp)
	if err != nil {
		return err
	}
	if _, err := backup.Copy(ctx, from, to, backup.Options{Forget: true, Progress: e.progress("objects looked at")}); err != nil {
		return fmt.Errorf("put the backup back: %w; run it again to go on", err)
	}
	if err := e.checkStore(ctx, conf, to); err != nil {
		return hinted{err, "the copy is not whole, and was not put in place: look at " + gathered + ", or take an older backup and tell whoever holds receipts"}
	}
	if err := os.Remove(e.path(storeDir)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(gathered, e.path(storeDir)); err != nil {
		return err
	}
	return durable.SyncFolder(e.Dir)
}

// restoreBucket fills an empty bucket, heads in their order: there is no name that
// could be given to all of it at once.
func (e *env) restoreBucket(ctx context.Context, conf *config, from store.Store) error {
	to, err := e.openStore(ctx, conf, false)
	if err != nil {
		return err
	}
	if there, err := to.Highest(ctx, "log/head/"); err != nil || there > 0 {
		return errors.Join(err, fmt.Errorf("bucket %s holds a log of %d heads; nothing was changed: name an empty one", conf.Bucket.Name, there))
	}
	if _, err := backup.Copy(ctx, from, to, backup.Options{InOrder: true, Progress: e.progress("objects looked at")}); err != nil {
		return fmt.Errorf("put the backup back: %w; empty the bucket and run it again", err)
	}
	return e.checkStore(ctx, conf, to)
}

// progress says how far something is, at most once a second, after its first second.
func (e *env) progress(what string) func(n int) {
	said := make(chan time.Time, 1)
	said <- time.Now()
	return func(n int) {
		last := <-said
		if now := time.Now(); now.Sub(last) >= time.Second {
			fmt.Fprintf(e.Stderr, "despatchbox: %d %s\n", n, strings.TrimSpace(what))
			last = now
		}
		said <- last
	}
}
