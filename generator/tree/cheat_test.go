package tree_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"despatch/generator/tree"
	"despatch/internal/keysfile"
	"despatch/internal/sshsig"
)

// A cheat is a host that serves something else than was published. It gets the
// folder as it is and as it was one head before.
type cheat struct {
	name string
	do   func(t *testing.T, a *authority, now, before map[string][]byte, r *rand.Rand)
}

func cheats() []cheat {
	put := func(t *testing.T, a *authority, path string, data []byte) {
		must(t, os.WriteFile(filepath.Join(a.dir, filepath.FromSlash(path)), data, 0o644))
	}
	one := func(files map[string][]byte, r *rand.Rand, prefix string) string {
		var all []string
		for path := range files {
			if strings.HasPrefix(path, prefix) {
				all = append(all, path)
			}
		}
		if len(all) == 0 {
			panic("no file under " + prefix)
		}
		return all[r.IntN(len(all))]
	}
	return []cheat{
		{"rollback", func(t *testing.T, a *authority, _, before map[string][]byte, _ *rand.Rand) {
			for path, data := range before {
				put(t, a, path, data)
			}
		}},
		{"freeze of the head alone", func(t *testing.T, a *authority, _, before map[string][]byte, _ *rand.Rand) {
			put(t, a, "head", before["head"])
		}},
		{"mix of two heads", func(t *testing.T, a *authority, now, before map[string][]byte, r *rand.Rand) {
			for path, data := range before {
				if now[path] != nil && !bytes.Equal(now[path], data) && path != "head" {
					put(t, a, path, data)
				}
			}
		}},
		{"two files swapped", func(t *testing.T, a *authority, now, _ map[string][]byte, r *rand.Rand) {
			x, y := one(now, r, ""), one(now, r, "")
			for bytes.Equal(now[x], now[y]) {
				y = one(now, r, "")
			}
			put(t, a, x, now[y])
			put(t, a, y, now[x])
		}},
		{"a pack as another's ring", func(t *testing.T, a *authority, now, _ map[string][]byte, r *rand.Rand) {
			for path := range now {
				if strings.Contains(path, ".ring.") {
					put(t, a, path, now[one(now, r, "b/")])
				}
			}
		}},
		{"keys of another root", func(t *testing.T, a *authority, now, _ map[string][]byte, r *rand.Rand) {
			foreign := privateKey(77)
			put(t, a, one(now, r, "keys."), keysfile.Format(&keysfile.Keys{
				Serial: 9, Date: start, Root: sshsig.PublicOf(foreign), Heads: []sshsig.PublicKey{sshsig.PublicOf(foreign)},
			}, foreign))
		}},
		{"a file more", func(t *testing.T, a *authority, now, _ map[string][]byte, r *rand.Rand) {
			put(t, a, fmt.Sprintf("assets/more%d.js", r.IntN(1000)), []byte("fetch('/')"))
		}},
		{"a link in the place of a file", func(t *testing.T, a *authority, now, _ map[string][]byte, r *rand.Rand) {
			name := filepath.Join(a.dir, filepath.FromSlash(one(now, r, "b/")))
			outside := filepath.Join(t.TempDir(), "same bytes")
			data, err := os.ReadFile(name)
			must(t, err)
			must(t, os.WriteFile(outside, data, 0o644))
			must(t, os.Remove(name))
			if err := os.Symlink(outside, name); err != nil {
				t.Skipf("this system makes no symbolic links: %v", err)
			}
		}},
	}
}

func TestCheatingHostIsFoundOut(t *testing.T) {
	const seeds = 20
	for _, c := range cheats() {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(seeds) {
				a := newAuthority(t, t.TempDir())
				w := a.begin(a.small())
				before := contents(t, a.dir)
				a.shell(w, "two")
				a.index(w, 1)
				a.pack(w, "900001/visits-full", fmt.Sprintf("changed %d", seed))
				a.commit(w, start.Add(time.Hour))
				a.mustVerify(start)
				c.do(t, a, contents(t, a.dir), before, rand.New(rand.NewPCG(seed, 1)))
				findings, err := tree.Verify(a.dir, a.rootKey(), tree.VerifyOptions{Now: start, HighestSerial: 2, Heads: a.heads})
				must(t, err)
				if len(findings) == 0 {
					t.Errorf("seed %d: nothing is found", seed)
				}
			}
		})
	}
}

func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := make(map[string][]byte)
	for _, path := range files(t, dir) {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		must(t, err)
		all[path] = data
	}
	return all
}

func TestBuildRefusesALinkInTheTree(t *testing.T) {
	for _, path := range []string{"b/00", "assets/evil.js", "index.html", "pub/secret-00112233.html"} {
		a := newAuthority(t, t.TempDir())
		base := a.small()
		secret := filepath.Join(t.TempDir(), "head.key")
		must(t, os.WriteFile(secret, []byte("SECRET"), 0o600))
		name := filepath.Join(a.dir, filepath.FromSlash(path))
		must(t, os.RemoveAll(name))
		if err := os.Symlink(secret, name); err != nil {
			t.Skipf("this system makes no symbolic links: %v", err)
		}
		w := a.begin(base)
		for _, e := range base.Entries {
			must(t, w.Keep(e.Path))
		}
		_, _, err := w.Commit(a.at(start.Add(time.Hour)))
		if info, lerr := os.Lstat(name); err == nil && lerr == nil && info.Mode()&os.ModeSymlink != 0 {
			t.Errorf("%s: the link was published", path)
		}
		if data, rerr := os.ReadFile(secret); rerr != nil || string(data) != "SECRET" {
			t.Errorf("%s: what the link led to was touched: %q %v", path, data, rerr)
		}
	}
}
