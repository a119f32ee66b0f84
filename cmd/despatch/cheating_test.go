package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"despatch/dropbox/boxkeys"
	"despatch/internal/auditlog"
)

// A cheat is a box that lies with its own keys: all that it shows is well signed.
type cheat struct {
	l      *loop
	luck   *rand.Rand
	signer note.Signer
	heads  []*auditlog.Head // of the log as it is; heads[0] is the first
	seen   int              // how many of them the office has collected
}

// show has the door give other heads from a number on (nil: it says that there is
// none), and their last checkpoint.
func (c *cheat) show(from int64, heads []*auditlog.Head, checkpoint []byte) {
	c.l.tell(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/log/checkpoint" && checkpoint != nil {
			_, _ = w.Write(checkpoint)
			return true
		}
		number, isHead := strings.CutPrefix(r.URL.Path, "/box/heads/")
		n, err := strconv.ParseInt(number, 10, 64)
		if !isHead || err != nil || n < from {
			return false
		}
		if i := int(n - from); i < len(heads) {
			_, _ = w.Write(heads[i].Format())
		} else {
			w.WriteHeader(http.StatusNotFound)
		}
		return true
	})
}

// fork tells the log anew from heads[at] on, with that head's leaves changed.
func (c *cheat) fork(at int, change func(*auditlog.Leaf)) []*auditlog.Head {
	c.l.t.Helper()
	var prev *auditlog.Head
	if at > 0 {
		prev = c.heads[at-1]
	}
	var out []*auditlog.Head
	for i, h := range c.heads[at:] {
		leaves := append([]auditlog.Leaf(nil), h.Leaves...)
		if i == 0 {
			change(&leaves[c.luck.IntN(len(leaves))])
		}
		next, err := auditlog.NewHead(prev, leaves, c.signer)
		must(c.l.t, err)
		out, prev = append(out, next), next
	}
	return out
}

func last(heads []*auditlog.Head) *auditlog.Head { return heads[len(heads)-1] }

// cheats are what a box may try that holds its keys, and what is said of it.
var cheats = []struct {
	name, want string
	do         func(c *cheat)
}{
	{"two views of what was collected", "the log was rewritten", func(c *cheat) {
		at := c.luck.IntN(c.seen)
		forked := c.fork(at, func(l *auditlog.Leaf) { l.Salt[c.luck.IntN(16)] ^= 1 })
		c.show(int64(at+1), forked, last(forked).Checkpoint)
	}},
	{"a checkpoint of another log than its heads", "shows two logs", func(c *cheat) {
		forked := c.fork(c.seen+c.luck.IntN(len(c.heads)-c.seen), func(l *auditlog.Leaf) { l.Salt[c.luck.IntN(16)] ^= 1 })
		c.show(last(c.heads).Number+1, nil, last(forked).Checkpoint)
	}},
	{"a backdated leaf", "the log does not go on as it was", func(c *cheat) {
		at := c.seen + c.luck.IntN(len(c.heads)-c.seen)
		prev := *c.heads[at-1]
		leaf := c.heads[at].Leaves[0]
		leaf.Time = prev.Last().Add(-time.Duration(1+c.luck.IntN(1_000_000)) * time.Second)
		prev.Leaves = []auditlog.Leaf{leaf} // as if the time before were this
		h, err := auditlog.NewHead(&prev, []auditlog.Leaf{leaf}, c.signer)
		must(c.l.t, err)
		c.show(h.Number, []*auditlog.Head{h}, h.Checkpoint)
	}},
	{"gone back", "the log has gone back", func(c *cheat) {
		at := c.luck.IntN(c.seen - 1)
		c.show(int64(at+2), nil, c.heads[at].Checkpoint)
	}},
	{"a part withheld", "withholds a part of its log", func(c *cheat) {
		c.show(int64(c.seen+1+c.luck.IntN(len(c.heads)-c.seen)), nil, nil)
	}},
	{"a deposit dropped of which the log tells", "a deposit that the drop-box does not have", func(c *cheat) {
		c.deposits(func(w http.ResponseWriter, _ string) { w.WriteHeader(http.StatusNotFound) })
	}},
	{"another deposit in its place", "gives other bytes for leaf", func(c *cheat) {
		other := last(c.heads).Leaves[0].Deposit
		data, err := os.ReadFile(filepath.Join(c.l.dirs.box, "store", "deposit", other[:2], other))
		must(c.l.t, err)
		c.deposits(func(w http.ResponseWriter, _ string) { _, _ = w.Write(data) })
	}},
	{"a deposit as another account's and school's", "another account signed it than the one that sent it", func(c *cheat) {
		from := last(c.heads).Leaves[0]
		forked := c.fork(c.seen, func(l *auditlog.Leaf) { l.Account, l.School = from.Account, from.School })
		c.show(int64(c.seen+1), forked, last(forked).Checkpoint)
	}},
}

// deposits has the door lie about one deposit that was not collected yet, not the last.
func (c *cheat) deposits(lie func(http.ResponseWriter, string)) {
	h := c.heads[c.seen+c.luck.IntN(len(c.heads)-c.seen-1)]
	id := h.Leaves[c.luck.IntN(len(h.Leaves))].Deposit
	c.l.tell(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/box/deposits/"+id {
			return false
		}
		lie(w, id)
		return true
	})
}

// newCheat is a box whose log the office has collected half of: heads of one deposit
// each, the last of another account.
func newCheat(t *testing.T) *cheat {
	t.Helper()
	l := newLoop(t)
	send := func(code, slot string) {
		d := l.answer(code, "accurate", "")
		if code == stranger {
			d.forWhich, d.env.School = l.keys.Naming.School("900002"), l.keys.Naming.School("900002")
		}
		d.slot = strings.Repeat(slot, 64)
		l.sent(d)
	}
	for n := range 4 {
		send(head, fmt.Sprintf("%x", n))
	}
	l.collect() // of one visit one answer is taken, the others are held
	c := &cheat{l: l, seen: len(l.files("vault/log"))}
	for n := range 4 {
		send(head, fmt.Sprintf("%x", 4+n))
	}
	send(stranger, "e")
	keys, err := boxkeys.Load(filepath.Join(l.dirs.box, "keys"))
	must(t, err)
	signer, text, err := auditlog.Key(auditlog.Name(l.box), keys.Log)
	must(t, err)
	verifier, err := note.NewVerifier(text)
	must(t, err)
	c.signer = signer
	names, err := filepath.Glob(filepath.Join(l.dirs.box, "store", "log", "head", "*"))
	must(t, err)
	for _, name := range names {
		data, err := os.ReadFile(name)
		must(t, err)
		h, err := auditlog.ParseHead(data, verifier)
		must(t, err)
		c.heads = append(c.heads, h)
	}
	if c.seen < 3 || len(c.heads) < c.seen+4 {
		t.Fatalf("the office has collected %d heads of %d", c.seen, len(c.heads))
	}
	return c
}

// TestABoxThatCheatsWithItsOwnKeysIsFoundOut has a box lie in all these ways, each at
// other places for each seed; honest again, it is collected from as if nothing had been.
// A collector that trusts what is well signed is found out by the same lies.
func TestABoxThatCheatsWithItsOwnKeysIsFoundOut(t *testing.T) {
	if testing.Short() {
		t.Skip("make test-all has time for it")
	}
	seeds := setting(t, "DESPATCH_SEEDS", 1)
	c := newCheat(t)
	start := filepath.Join(t.TempDir(), "start")
	must(t, exec.Command("cp", "-a", c.l.dir, start).Run())
	c.l.collect()
	honest := c.l.files("events") // of the log as it is
	c.back(start)
	for seed := range seeds {
		for _, kind := range cheats {
			c.luck = rand.New(rand.NewPCG(uint64(seed), 17))
			kind.do(c)
			code, said := c.l.collect()
			c.l.honest()
			if code != 1 || !strings.Contains(said, kind.want) {
				t.Errorf("%s, seed %d: exit %d, want %q\n%s", kind.name, seed, code, kind.want, said)
			}
			for name, text := range c.l.files("events") {
				if honest[name] != text && !strings.HasSuffix(name, "-refused.yaml") { // which says why
					t.Errorf("%s, seed %d: an event was made of it: %s", kind.name, seed, name)
				}
			}
			c.back(start)
		}
	}
	if code, said := c.l.collect(); code != 1 || strings.Contains(said, "hint: nothing of it was taken") {
		t.Errorf("honest again: exit %d\n%s", code, said)
	}
	t.Logf("%d kinds of lies, %d seeds each, all told", len(cheats), seeds)
}

// TestACollectorThatTrustsWhatIsSignedIsFoundOut is the broken twin: a collector that
// does not compare what it is shown with what it has seen says nothing of these lies.
func TestACollectorThatTrustsWhatIsSignedIsFoundOut(t *testing.T) {
	if os.Getenv("DESPATCH_SEEDS") == "" {
		t.Skip("make hostile builds the twin")
	}
	file, err := filepath.Abs("../../office/collect/follow.go")
	must(t, err)
	text, err := os.ReadFile(file)
	must(t, err)
	for _, check := range []string{"if err := h.Follows(last); err != nil {", "case string(now) != string(last.Format()):"} {
		if bytes.Count(text, []byte(check)) != 1 {
			t.Fatalf("follow.go has not once: %s", check)
		}
	}
	text = bytes.Replace(text, []byte("if err := h.Follows(last); err != nil {"), []byte("if err := h.Follows(last); err != nil && last == nil {"), 1)
	text = bytes.Replace(text, []byte("case string(now) != string(last.Format()):"), []byte("case string(now) == \"\":"), 1)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "follow.go"), text, 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "overlay"), fmt.Appendf(nil, `{"Replace":{%q:%q}}`, file, filepath.Join(dir, "follow.go")), 0o600))
	program := filepath.Join(dir, "despatch")
	if out, err := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay"), "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c := newCheat(t)
	start := filepath.Join(t.TempDir(), "start")
	must(t, exec.Command("cp", "-a", c.l.dir, start).Run())
	for _, kind := range cheats {
		if kind.name != "two views of what was collected" && kind.name != "a backdated leaf" {
			continue
		}
		c.luck = rand.New(rand.NewPCG(1, 17))
		kind.do(c)
		said, _ := exec.Command(program, "-C", c.l.dir, "collect", "--passphrase-file", c.l.pass).CombinedOutput()
		c.l.honest()
		if bytes.Contains(said, []byte(kind.want)) {
			t.Errorf("%s: the twin says so too\n%s", kind.name, said)
		}
		c.back(start)
	}
}

// back has the office's folder be as it was.
func (c *cheat) back(start string) {
	c.l.t.Helper()
	must(c.l.t, os.RemoveAll(c.l.dir))
	must(c.l.t, exec.Command("cp", "-a", start, c.l.dir).Run())
}
