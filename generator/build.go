package generator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"despatch/generator/page"
	"despatch/generator/paper"
	"despatch/generator/render"
	"despatch/generator/source"
	"despatch/generator/tree"
	"despatch/internal/buildkeys"
	"despatch/internal/pdfsign"
	"despatch/internal/timestamp"
	"despatch/records/authority"
	"despatch/records/calendar"
)

// A build is one pass from a listing to a head.
type build struct {
	*engine
	o       Options
	seen    time.Time      // when the entries were listed, by the clock of the file system
	entries []source.Entry // sources, then key files

	plan    *plan
	writer  *tree.Writer
	sums    sums
	units   []unitState // by plan.units
	todo    []int32     // units to look into
	was     map[string]*unitState
	stems   stems
	summary Summary
}

// stems are the names, up to their hashes, of what a build may replace though
// the names themselves do not tell whose it is.
type stems struct {
	once sync.Once
	set  map[string]bool
}

func (b *build) run(ctx context.Context) (Summary, error) {
	if err := b.arrange(); err != nil {
		return b.summary, err
	}
	if b.upToDate() {
		return b.summary, nil
	}
	if err := b.read(); err != nil {
		return b.summary, err
	}
	if err := b.begin(ctx); err != nil {
		return b.summary, err
	}
	if err := b.write(ctx); err != nil {
		return b.summary, errors.Join(err, b.writer.Abort(), b.lock.idle())
	}
	return b.summary, b.lock.idle()
}

// arrange finds out what is to be done.
func (b *build) arrange() error {
	known := b.known
	if known != nil {
		sum, err := headSum(filepath.Join(b.dir, publicDir))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if sum != known.Head {
			b.base = nil
			known = nil
		}
	}
	b.plan = planFrom(b.folder, known, b.entries)
	if known == nil || b.o.Verify || b.o.Now.Before(known.Clock) || !known.Next.IsZero() && !b.o.Now.Before(known.Next) {
		b.plan.all = true
	}
	if b.o.Verify {
		b.plan.site, b.plan.common, b.plan.keys = true, true, true
		for i := range b.plan.sources {
			b.plan.sources[i].Sum = nil
		}
	}
	b.summary.Units = len(b.plan.units)
	return nil
}

// upToDate reports that there is nothing to do at all.
func (b *build) upToDate() bool {
	if !b.plan.quiet() || len(b.refused) > 0 {
		return false
	}
	if b.known.From != "" {
		// Another officer may have published what is not here yet.
		there, err := headSum(b.known.From)
		if err == nil && there != b.known.Head && newer(b.known.From, filepath.Join(b.dir, publicDir)) {
			return false
		}
	}
	b.summary.Serial = b.known.Serial
	b.summary.Held = b.known.held()
	return true
}

// read reads what is there once, as far as it changed.
func (b *build) read() error {
	var err error
	if b.keys == nil || b.plan.keys {
		if b.keys, err = buildkeys.Load(b.dir); err != nil {
			return err
		}
	}
	problems := slices.Concat(b.refused, b.plan.wrong)
	shared := &source.Listing{Entries: b.plan.shared(b.listing.Entries)}
	if b.site == nil || b.plan.site {
		var more []source.Problem
		if b.site, more = b.folder.Site(shared); more != nil {
			problems = append(problems, more...)
		}
		b.render = nil
	}
	if b.common == nil || b.plan.common {
		var more []source.Problem
		b.common, more = b.folder.Common(shared, b.site)
		problems = append(problems, more...)
	}
	wrong, warnings := split(problems)
	b.summary.Warnings = warnings
	if len(wrong) > 0 {
		b.forget()
		return Problems(sortProblems(wrong))
	}
	if b.render == nil {
		if b.render, err = render.New(b.site, b.assets); err != nil {
			return err
		}
	}
	if b.press == nil || b.plan.site || b.plan.keys {
		return b.readSigner()
	}
	return nil
}

// readSigner prepares the press, with the key that signs PDFs where there is one.
func (b *build) readSigner() error {
	press, err := paper.New(b.site.Settings, b.assets)
	if err != nil {
		return err
	}
	press = press.With(b.site.Logo)
	signer, err := pdfsign.Read(filepath.Join(b.dir, filepath.FromSlash(buildkeys.PDFSignerFile)))
	if errors.Is(err, fs.ErrNotExist) {
		b.press = press
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w; despatch pdf-signer makes another", err)
	}
	b.press, b.unstamped = press.SignedBy(signer), nil
	if server := b.site.Settings.Timestamps.Server; server != "" {
		b.unstamped = b.press
		b.press = press.SignedBy(signer.StampedBy(b.stamp(timestamp.Server{Address: server})))
	}
	if !b.o.Now.Before(signer.Until()) {
		b.summary.Warnings = append(b.summary.Warnings, source.Problem{
			File: buildkeys.PDFSignerFile, Warning: true,
			Text: "the certificate that signs PDFs expired on " + calendar.On(signer.Until()).Long() + " (despatch pdf-signer makes another)",
		})
	}
	return nil
}

// forget drops what was read, so that the next look reads it again.
func (e *engine) forget() {
	e.site, e.common, e.render, e.press, e.unstamped = nil, nil, nil, nil, nil
}

// begin starts the new tree on top of the newest published one.
func (b *build) begin(ctx context.Context) error {
	public := filepath.Join(b.dir, publicDir)
	if from := b.published(); from != "" && newer(from, public) {
		// Another officer published last: their files are taken over as they are.
		if _, err := tree.Deploy(ctx, from, tree.Folder(public), b.keys.Root, tree.DeployOptions{}); err != nil {
			return fmt.Errorf("take over what is published in %s: %w", from, err)
		}
		b.base, b.plan.all = nil, true
	}
	if b.base == nil {
		base, err := tree.Read(os.DirFS(public), b.keys.Root)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("read the published tree in %s: %w", public, err)
		}
		b.base = base
	}
	b.choose()
	var err error
	b.writer, err = tree.Begin(public, b.base, b.keys.Naming, tree.WriterOptions{Mine: b.mine, KeepRest: b.partly()})
	if err != nil {
		return err
	}
	return b.lock.writing()
}

// published is the folder that is deployed to, from which builds start. A bucket is
// none: what stands there is looked at by deploy.
func (b *build) published() string {
	p := b.site.Settings.Portal.Published
	if authority.IsBucket(p) {
		return ""
	}
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(b.dir, filepath.FromSlash(p))
}

// partly reports that nothing but single units changed: then the rest of the tree
// stays without a look at it.
func (b *build) partly() bool { return !b.plan.all && !b.plan.site && !b.plan.common && !b.plan.keys }

// choose settles which units are looked into; of the others it is kept what they
// had.
func (b *build) choose() {
	for _, urn := range b.site.SchoolKeys() {
		b.plan.unit(urn)
	}
	b.was = make(map[string]*unitState)
	if b.known != nil {
		for i := range b.known.Units {
			b.was[b.known.Units[i].ID] = &b.known.Units[i]
		}
	}
	var d digester
	b.units = make([]unitState, len(b.plan.units))
	for i, id := range b.plan.units {
		people := b.peopleOf(&d, id)
		if was := b.was[id]; was != nil && (was.People != people || was.Late) {
			b.plan.dirty[i] = true
		}
		if b.plan.all || b.plan.dirty[i] {
			b.todo = append(b.todo, int32(i))
		} else {
			b.units[i] = *b.was[id]
		}
		b.units[i].ID, b.units[i].People = id, people
	}
	b.summary.Units, b.summary.Planned = len(b.plan.units), len(b.todo)
}

// peopleOf is the digest of the accounts at a unit's school. A school's pages name
// its people, and an account that moved or is gone says no more where it was.
func (b *build) peopleOf(d *digester, id string) [32]byte {
	if was := b.was[id]; was != nil && b.partly() {
		return was.People // no account changed
	}
	d.reset()
	for _, a := range b.site.People(id) {
		d.text(a.Code)
		d.text(a.Name)
		d.text(a.Email)
		for _, at := range a.Schools {
			if at.School == id {
				_ = d.value(at) // strings only: a digest never lacks
			}
		}
	}
	return d.sum()
}

// settle makes what was seen and made the known state.
func (b *build) settle(s *tree.State) {
	p := b.plan
	sources := slices.DeleteFunc(p.sources, func(s sourceState) bool { return s.Path == buildkeys.PurgeFile })
	b.sums.store(sources)
	b.known = &state{
		Program: b.program, Head: s.HeadSum, Serial: s.Head.Serial, From: b.published(),
		Clock: b.o.Now, Next: b.nextChange(), Seen: b.seen,
		Sources: sources, Units: b.units, fresh: true,
	}
	b.summary.Held = b.known.held()
}

// nextChange is the next moment at which the clock alone changes what is
// published.
func (b *build) nextChange() time.Time {
	turn := render.SecurityTurn(b.o.Now)
	if next := page.NextChange(b.site, b.common, b.o.Now); !next.IsZero() && next.Before(turn) {
		return next
	}
	return turn
}

// held are the reasons why something is not published, sorted.
func (s *state) held() []string {
	var all []string
	for i := range s.Units {
		all = append(all, s.Units[i].Held...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// headSum is the SHA-256 of a tree's head, in hex.
func headSum(dir string) (string, error) {
	data, err := os.ReadFile(filepath.Join(dir, "head"))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// newer reports whether the head in one folder has a higher serial than that in
// another. Neither is believed: whoever reads the tree verifies it.
func newer(dir, than string) bool { return serialIn(dir) > serialIn(than) }

func serialIn(dir string) int {
	data, err := os.ReadFile(filepath.Join(dir, "head"))
	if err != nil {
		return 0
	}
	h, err := tree.ParseHead(data)
	if err != nil {
		return 0
	}
	return h.Serial
}

// mine tells for indexes and identity files whether this build publishes them.
func (b *build) mine(path string) bool {
	stem, _, _ := strings.Cut(path, ".")
	return b.ours()[stem]
}
