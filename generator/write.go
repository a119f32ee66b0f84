package generator

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"

	"despatch/generator/page"
	"despatch/generator/tree"
	"despatch/internal/buildkeys"
)

// write seals what changed and commits the new head.
func (b *build) write(ctx context.Context) error {
	if err := b.seal(ctx); err != nil {
		return err
	}
	if b.partly() {
		b.dropOld()
	} else if err := b.putRest(); err != nil {
		return err
	}
	purge, err := b.keys.Purge()
	if err != nil {
		return err
	}
	next, changed, err := b.writer.Commit(tree.CommitOptions{Now: b.o.Now, HeadKey: b.keys.HeadKey, Keys: b.keys.Signed, Purge: purge})
	if err != nil {
		return err
	}
	if changed {
		if err := tree.Heads(filepath.Join(b.dir, filepath.FromSlash(buildkeys.HeadsDir))).Save(next); err != nil {
			return err
		}
	}
	if len(purge) > 0 {
		if err := b.keys.ClearPurge(purge); err != nil {
			return err
		}
	}
	b.base = next
	b.settle(next)
	b.summary.Changed, b.summary.Serial, b.summary.Site = changed, next.Head.Serial, b.site
	return nil
}

// dropOld takes off the list what the units that were looked into had and have no
// more. What replaces a file of the same stem does so by itself.
func (b *build) dropOld() {
	for _, i := range b.todo {
		was, now := b.was[b.plan.units[i]], &b.units[i]
		if was == nil {
			continue
		}
		for _, p := range was.Paths {
			if !slices.Contains(now.Paths, p) {
				b.writer.Drop(p)
			}
		}
		for _, x := range was.Indexes {
			if !slices.ContainsFunc(now.Indexes, func(n indexState) bool { return n.Path == x.Path }) {
				b.writer.Drop(x.Path)
			}
		}
	}
}

// putRest puts or keeps everything that is not of a unit that was looked into.
func (b *build) putRest() error {
	if !b.plan.all {
		for i := range b.units {
			if b.plan.dirty[i] {
				continue
			}
			if err := b.keepUnit(&b.units[i]); err != nil {
				return err
			}
		}
	}
	if err := b.putShell(); err != nil {
		return err
	}
	if err := b.putPublic(); err != nil {
		return err
	}
	return b.putAccounts()
}

func (b *build) keepUnit(u *unitState) error {
	for _, p := range u.Paths {
		if err := b.writer.Keep(p); err != nil {
			return err
		}
	}
	for _, x := range u.Indexes {
		if err := b.writer.Keep(x.Path); err != nil {
			return err
		}
	}
	return nil
}

func (b *build) putShell() error {
	files, err := b.render.Shell(b.o.Now)
	if err != nil {
		return err
	}
	for _, more := range []map[string][]byte{b.assets.Files, files} {
		for path, data := range more {
			if err := b.writer.PutShell(path, data); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *build) putPublic() error {
	pages := page.Public(page.Options{Now: b.o.Now, Names: PageNames(b.keys)}, b.site, b.common)
	for i := range pages {
		var out bytes.Buffer
		if err := b.render.Public(&out, &pages[i]); err != nil {
			return err
		}
		if err := b.writer.PutPublic(b.keys.Naming.Pub(pages[i].Slug), out.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func (b *build) putAccounts() error {
	files, err := b.keys.AccountFiles()
	if err != nil {
		return err
	}
	for _, f := range files {
		data, err := b.keys.Read(f)
		if err != nil {
			return err
		}
		if _, err := b.writer.Put(f.Stem, f.Ext, data); err != nil {
			return err
		}
	}
	return nil
}
