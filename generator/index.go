package generator

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"

	"despatch/generator/page"
	"despatch/generator/source"
	"despatch/generator/tree"
	"despatch/internal/naming"
)

// newIndex makes the index of a compartment, without its packs and files. It
// needs no rendered page.
func newIndex(c *page.Compartment, epoch int, names naming.Key) *tree.Index {
	x := &tree.Index{Compartment: c.ID.Kind, Root: c.Root, Epoch: epoch}
	if c.School != nil {
		x.School = &tree.SchoolName{URN: c.School.URN, Name: c.School.Name, Opaque: names.School(c.School.URN)}
	}
	for _, l := range c.Lists {
		x.Lists = append(x.Lists, tree.List(l))
	}
	for _, i := range c.Items {
		x.Items = append(x.Items, tree.Item(i))
	}
	return x
}

// index keeps the published index when it was made from the same text and list
// views for the same recipient, or seals it anew.
func (s *sealing) index(x *tree.Index) error {
	text, err := tree.FormatIndex(x)
	if err != nil {
		return err
	}
	d := s.begin("index")
	d.bytes(text)
	lists, err := s.pagesOf(d, listsOnly)
	if err != nil {
		return err
	}
	now := indexState{Plain: d.sum()}
	if was, ok := s.published(now.Plain); ok {
		s.state.Indexes = append(s.state.Indexes, was)
		return s.writer.Keep(was.Path)
	}
	pages, err := s.rendered(lists)
	if err != nil {
		return err
	}
	if s.packed, err = tree.AppendIndex(s.packed[:0], x, text, pages); err != nil {
		return err
	}
	e, err := s.sealTo(naming.IndexPath(s.keys.Naming.Secret(s.id, s.line.Epoch)), s.packed)
	now.Path = e.Path
	s.state.Indexes = append(s.state.Indexes, now)
	return err
}

// published finds the index that was made from this, if it still stands.
func (s *sealing) published(plain [32]byte) (indexState, bool) {
	was := s.was[s.state.ID]
	if was == nil || s.base == nil {
		return indexState{}, false
	}
	for _, x := range was.Indexes {
		if x.Plain == plain {
			_, stands := s.base.Lookup(x.Path)
			return x, stands
		}
	}
	return indexState{}, false
}

// sums are the SHA-256 of attachments: taken from the known state where the file
// is unchanged, else of its content. Its methods may be called by several
// goroutines.
type sums struct {
	mu  sync.Mutex
	new map[string]*[32]byte // by path
}

func (s *sums) of(b *build, e source.Entry) ([32]byte, error) {
	if i, ok := b.plan.find(e.Path); ok && b.plan.sources[i].Sum != nil {
		return *b.plan.sources[i].Sum, nil
	}
	s.mu.Lock()
	known := s.new[e.Path]
	s.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	data, err := b.folder.ReadFile(e.Path)
	if err != nil {
		return [32]byte{}, err
	}
	sum := sha256.Sum256(data)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.new == nil {
		s.new = make(map[string]*[32]byte)
	}
	s.new[e.Path] = &sum
	return sum, nil
}

// store writes new sums to the sources that they are of.
func (s *sums) store(sources []sourceState) {
	if len(s.new) == 0 {
		return
	}
	for i := range sources {
		if sum := s.new[sources[i].Path]; sum != nil {
			sources[i].Sum = sum
		}
	}
}

func hexSum(sum [32]byte) string { return hex.EncodeToString(sum[:]) }

// ours are the stems of the indexes and identity files that this build publishes,
// also of those compartments that hold nothing any more.
func (b *build) ours() map[string]bool {
	b.stems.once.Do(func() {
		b.stems.set = make(map[string]bool)
		if files, err := b.keys.AccountFiles(); err == nil {
			for _, f := range files {
				b.stems.set[f.Stem] = true
			}
		}
		b.addIndexes(b.units)
		if b.known != nil {
			b.addIndexes(b.known.Units)
			return
		}
		for _, u := range b.units {
			b.addStems(u.ID) // what stands is not remembered: it is worked out
		}
	})
	return b.stems.set
}

func (b *build) addIndexes(units []unitState) {
	for i := range units {
		for _, x := range units[i].Indexes {
			stem, _, _ := strings.Cut(x.Path, ".")
			b.stems.set[stem] = true
		}
	}
}

// addStems adds the indexes of all compartments that a unit has keys for.
func (b *build) addStems(unit string) {
	school := unit
	if unit == authorityUnit {
		school = ""
	}
	if b.base == nil {
		return // nothing stands
	}
	keys, err := b.keys.School(school)
	if err != nil {
		return
	}
	for _, l := range keys.Lines {
		b.stems.set[naming.IndexPath(b.keys.Naming.Secret(unit+"/"+l.Kind, l.Epoch))] = true
	}
}

// heldRecords are the records of the authority that nobody gets, and why.
func (w *worker) heldRecords() []string {
	var held []string
	add := func(id, why string) {
		if why != "" {
			held = append(held, id+": "+why)
		}
	}
	for i := range w.common.Sheets {
		add(w.common.Sheets[i].Sheet.ID, w.common.Sheets[i].Held)
	}
	for i := range w.common.Returns {
		add(w.common.Returns[i].Form.ID, w.common.Returns[i].Held)
	}
	for i := range w.common.Documents {
		add(w.common.Documents[i].Document.ID, w.common.Documents[i].Held)
	}
	for i := range w.common.News {
		add(w.common.News[i].Item.ID, w.common.News[i].Held)
	}
	for i := range w.common.Results {
		add(w.common.Results[i].Result.ID, w.common.Results[i].Held)
	}
	return held
}
