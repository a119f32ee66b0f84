// Package collect brings what schools sent from the drop-box into the authority's
// folder: events, and what they stand for in vault/.
//
// It follows the log from where it stopped, leaf by leaf, and skips none. It trusts
// the log's key, which the root signed, for the order and time of leaves, and the
// key of an account for who sent a deposit; it believes nothing else that the
// drop-box says. A log that goes back, was rewritten, has a gap or withholds what
// its checkpoint names is an alarm, and nothing of it is taken
// (TestCollectRefusesALogThatIsNotTheOneItSaw). A deposit that is not what it should
// be is kept and told, and holds back only what would follow from the silence of its
// own school (TestWhatIsNotAsItShouldBeIsKeptAndTold).
//
// An event's bytes are a function of the deposit and its leaf, so that two officers
// who collect write the same files, and whoever was interrupted collects again.
package collect

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"despatch/generator/source"
	"despatch/internal/auditlog"
	"despatch/internal/durable"
	"despatch/internal/keyring"
	"despatch/internal/keysfile"
	"despatch/internal/naming"
	"despatch/office/roster"
)

// A Collector collects into one authority's folder. All fields are required but
// Progress.
type Collector struct {
	Dir    string
	Box    *Box
	Key    ed25519.PrivateKey // of the collector's account
	Keys   *keysfile.Keys
	Naming naming.Key
	// Open gives the identity of a service's inbox. It is called only when there is a
	// deposit to open, so that nobody is asked for a passphrase in vain.
	Open     func(service string) (keyring.Key, error)
	Now      time.Time
	Progress func(done, total int, what string)

	folder  *source.Folder
	site    *source.Site
	records map[string]string // visit.yaml by item id
	listing *source.Listing
	returns map[string]*source.Return // by item id; nil until one is needed
	first   map[completion]int        // the first leaf of each return of a school that was taken
	moved   map[string]int            // the leaf of the last change of address, by account; nil until one is needed
	sent    *submissions
	permits map[permitted]int // the leaf of the last permission; nil until one is needed
	// passkeys are the leaves of the last word about each, by account and credential, and
	// published the credentials of each account; nil until one is needed.
	passkeys  map[string]int
	published map[string][]string
	roster    *roster.Roster
	keysOf    map[string][]keysfile.Account
	schools   map[string]string // URN by opaque id
	opening   sync.Mutex
	inboxes   map[string]keyring.Key // guarded by opening
}

// A Summary is what a collection did.
type Summary struct {
	Leaves int         // read of the log
	Taken  []Collected // events that are new
	Held   []Held      // all that is kept and not taken, also of earlier times
}

// A Collected is one deposit that became an event.
type Collected struct {
	File, Record, School, Answer string
}

// An Alarm says that the drop-box or its log is not what it was. Nothing of it was
// taken.
type Alarm struct{ text string }

func (a Alarm) Error() string { return a.text }

func alarm(format string, args ...any) error { return Alarm{fmt.Sprintf(format, args...)} }

// Run collects all that the log holds and that was not collected yet.
func (c *Collector) Run(ctx context.Context) (done Summary, err error) {
	keys, err := c.logKeys()
	if err != nil {
		return done, err
	}
	if err := c.readFolder(); err != nil {
		return done, err
	}
	defer c.folder.Close()
	unlock, err := c.lock()
	if err != nil {
		return done, err
	}
	defer unlock()
	if err := c.sweep(); err != nil {
		return done, err
	}
	if c.sent, err = readSubmissions(c.file(submissionsFile)); err != nil {
		return done, err
	}
	if c.roster, err = roster.Note(c.Dir, c.site, c.Now); err != nil {
		return done, err
	}
	last, err := c.lastHead(keys)
	if err != nil {
		return done, err
	}
	promised, err := c.promised(ctx, keys)
	if err != nil {
		return done, err
	}
	if err := c.again(&done); err != nil {
		return done, err
	}
	same, err := sameTree(last, promised, keys)
	if err != nil {
		return done, err
	}
	if !same {
		if err := c.bring(ctx, keys, last, promised, &done); err != nil {
			return done, err
		}
	}
	if err := c.settle(); err != nil {
		return done, err
	}
	done.Held, err = ReadHeld(c.Dir)
	return done, err
}

// bring signs in and follows the log.
func (c *Collector) bring(ctx context.Context, keys []note.Verifier, last *auditlog.Head, promised auditlog.Checkpoint, done *Summary) error {
	if err := c.Box.SignIn(ctx, c.Key); err != nil {
		return err
	}
	defer func() { _ = c.Box.SignOut(context.WithoutCancel(ctx)) }() // a session ends by itself
	if err := c.stillTheSame(ctx, keys, last, promised); err != nil {
		return err
	}
	return c.follow(ctx, keys, last, promised, done)
}

// lock keeps a second collection out of the folder.
func (c *Collector) lock() (unlock func(), err error) {
	if err := durable.MkdirAll(c.file("vault"), 0o700); err != nil {
		return nil, err
	}
	held, err := durable.Lock(c.file("vault/lock"), 0o600)
	if errors.Is(err, durable.ErrLocked) {
		return nil, errors.New("another despatch is collecting into this folder: wait until it is done, then run this again")
	}
	if err != nil {
		return nil, err
	}
	return func() { held.Close() }, nil
}

// readFolder reads which records and schools there are.
func (c *Collector) readFolder() error {
	var err error
	if c.folder, err = source.Open(c.Dir); err != nil {
		return err
	}
	listing, _, err := c.folder.Scan()
	if err != nil {
		c.folder.Close()
		return err
	}
	c.site, _ = c.folder.Site(listing)
	c.listing, c.returns, c.first, c.moved, c.permits = listing, nil, nil, nil, nil
	c.passkeys, c.published = nil, nil
	c.keysOf = make(map[string][]keysfile.Account)
	for _, a := range c.Keys.Accounts {
		c.keysOf[a.Opaque] = append(c.keysOf[a.Opaque], a)
	}
	c.records, c.schools, c.inboxes = make(map[string]string), make(map[string]string), make(map[string]keyring.Key)
	for _, e := range listing.Entries {
		if id, ok := e.VisitID(); ok && path.Base(e.Path) == "visit.yaml" {
			c.records[c.Naming.Item(id)] = e.Path
		}
	}
	for _, urn := range c.site.SchoolKeys() {
		c.schools[c.Naming.School(urn)] = urn
	}
	return nil
}

// depositFile is where a deposit lies that is large or held, as it was sent.
func depositFile(id string) string { return "vault/deposits/" + id[:2] + "/" + id + ".age" }

func (c *Collector) file(name string) string {
	return filepath.Join(c.Dir, filepath.FromSlash(name))
}
