package generator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"

	"despatch/generator/page"
	"despatch/generator/source"
	"despatch/generator/tree"
	"despatch/internal/buildkeys"
	"despatch/internal/seal"
	"despatch/records/access"
)

// packFormat is part of every pack's name. It is raised when the same views would
// be packed in another way.
const packFormat = 1

// mostInPack is the largest attachment, in bytes, that rides in a pack.
const mostInPack = 1 << 20

// seal looks into the units that are to do, several at a time, and puts what
// changed into the tree. All problems of all of them are one error.
func (b *build) seal(ctx context.Context) error {
	groups := b.plan.groups()
	r := results{progress: b.o.Progress, total: len(b.todo)}
	jobs := make(chan int32)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(b.todo)) {
		workers.Go(func() {
			w := worker{build: b}
			for i := range jobs {
				state, problems, err := w.unit(b.plan.units[i], groups[i])
				state.People = b.units[i].People
				b.units[i] = state
				r.add(&w, problems, err)
			}
		})
	}
	for _, i := range b.todo {
		if ctx.Err() != nil || r.broken() {
			break
		}
		jobs <- i
	}
	close(jobs)
	workers.Wait()
	b.summary.Pages, b.summary.Sealed = r.pages, r.sealed
	if err := errors.Join(ctx.Err(), r.err); err != nil {
		return err
	}
	if why := b.notStamped.Load(); why != nil {
		r.problems = append(r.problems, source.Problem{File: "despatch.yaml", Warning: true, Text: "timestamps.server: " + (*why).Error() + "; the PDFs printed now are signed without a time, and the next build asks again"})
	}
	wrong, warnings := split(r.problems)
	b.summary.Warnings = sortProblems(append(b.summary.Warnings, warnings...))
	if len(wrong) > 0 {
		return Problems(sortProblems(wrong))
	}
	return nil
}

// results gathers what workers did.
type results struct {
	progress func(done, total int, what string)
	total    int

	mu            sync.Mutex
	done          int
	pages, sealed int
	problems      []source.Problem
	err           error // the first that is no problem of the sources
}

func (r *results) add(w *worker, problems []source.Problem, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	r.pages, r.sealed = r.pages+w.pages, r.sealed+w.sealed
	w.pages, w.sealed = 0, 0
	r.problems = append(r.problems, problems...)
	if r.err == nil {
		r.err = err
	}
	if r.progress != nil {
		r.progress(r.done, r.total, "schools")
	}
}

func (r *results) broken() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err != nil
}

// A worker looks into one unit after another, with buffers of its own.
type worker struct {
	*build
	digest digester
	packed []byte
	out    []byte
	html   []*bytes.Buffer
	kept   *paperStore // of the unit

	pages, sealed int
}

// unit plans a school, or the authority itself, and seals what is new.
func (w *worker) unit(id string, group []int32) (unitState, []source.Problem, error) {
	state := unitState{ID: id}
	files, events := parted(w.entries, visitParts(w.entries, group))
	o := page.Options{Now: w.o.Now, Names: PageNames(w.keys)}
	var all []page.Compartment
	var visits []source.Visit
	var problems []source.Problem
	school := ""
	if id == authorityUnit {
		all = page.Authority(o, w.site, w.common)
		state.Held = w.heldRecords()
	} else {
		visits, problems = w.folder.Visits(w.site, files, events)
		sc := w.site.Schools[id]
		if wrong, _ := split(problems); len(wrong) > 0 || sc == nil {
			return state, problems, nil
		}
		for i := range visits {
			if err := o.Names.SetSubject(&visits[i], func(e source.Entry) ([32]byte, error) { return w.build.sums.of(w.build, e) }); err != nil {
				return state, problems, err
			}
		}
		school = id
		all = page.School(o, w.site, w.common, sc, visits)
	}
	keys, err := w.keys.School(school)
	if errors.Is(err, fs.ErrNotExist) {
		keys, err = nil, nil // told as held, below
	}
	if err != nil {
		return state, problems, err
	}
	if w.kept, err = papersOf(w.dir, id); err != nil {
		return state, problems, err
	}
	for i := range all {
		if err := w.compartment(&state, keys, &all[i]); err != nil {
			if wrong := w.badText(id, visits); len(wrong) > 0 {
				return state, append(problems, wrong...), nil
			}
			return state, problems, fmt.Errorf("%s: %w", all[i].ID.ID(), err)
		}
	}
	return state, problems, w.kept.sweep()
}

// visitParts leaves out key files, which are in a unit's group for their changes
// only.
func visitParts(entries []source.Entry, group []int32) []int32 {
	return slices.DeleteFunc(slices.Clone(group), func(i int32) bool { return strings.HasPrefix(entries[i].Path, "public-keys/") })
}

// badText looks for the Markdown that a page could not be made of.
func (w *worker) badText(unit string, visits []source.Visit) []source.Problem {
	m := markdown{folder: w.folder, press: w.press}
	problems := m.common(w.common)
	if unit != authorityUnit {
		problems = append(problems, m.Visits(visits)...)
	}
	return problems
}

// compartment puts the packs, files and index of one compartment into the tree.
// Without a key for it everything in it is held.
func (w *worker) compartment(state *unitState, keys *buildkeys.Recipients, c *page.Compartment) error {
	if len(c.Pages)+len(c.Items) == 0 {
		return nil
	}
	if keys == nil && access.IsPerson(c.ID.Kind) {
		return nil // told of the school's other compartments
	}
	if keys == nil {
		state.Held = append(state.Held, fmt.Sprintf("%s: there are no keys for it yet; run despatch keys --make", c.ID.ID()))
		return nil
	}
	line, ok := keys.Find(c.ID.Kind)
	if !ok && access.IsPerson(c.ID.Kind) {
		return nil // nobody who could read it has keys yet
	}
	if !ok {
		state.Held = append(state.Held, fmt.Sprintf("%s: there is no key for it yet; run despatch keys --make", c.ID.ID()))
		return nil
	}
	s := sealing{worker: w, c: c, line: line, state: state, id: c.ID.ID(), printed: map[string]printing{}}
	if err := s.papers(); err != nil {
		return err
	}
	index := newIndex(c, line.Epoch, w.keys.Naming)
	for _, year := range years(c) {
		for _, make := range []func(int) (*tree.IndexPack, error){s.year, s.papersOfYear} {
			p, err := make(year)
			if err != nil {
				return err
			}
			if p != nil {
				index.Packs = append(index.Packs, *p)
			}
		}
	}
	s.kept.packed()
	for i := range c.Files {
		f, err := s.file(&c.Files[i])
		if err != nil {
			return err
		}
		index.Files = append(index.Files, f)
	}
	return s.index(index)
}

// years are the school years that a compartment has packs of.
func years(c *page.Compartment) []int {
	var all []int
	for i := range c.Pages {
		all = append(all, c.Pages[i].Year)
	}
	for i := range c.Files {
		all = append(all, c.Files[i].Year)
	}
	slices.Sort(all)
	return slices.Compact(slices.DeleteFunc(all, func(year int) bool { return year == listsOnly }))
}

// A sealing puts one compartment into the tree.
type sealing struct {
	*worker
	c     *page.Compartment
	id    string
	line  buildkeys.Line
	state *unitState
	to    *seal.Recipient // parsed when first needed: most builds seal little

	printed map[string]printing // papers by the keys of their files
}

func (s *sealing) recipient() (*seal.Recipient, error) {
	if s.to == nil {
		to, err := seal.ParseRecipient(s.line.Recipient)
		if err != nil {
			return nil, err
		}
		s.to = to
	}
	return s.to, nil
}

// begin starts a digest with what goes into every sealed file.
func (s *sealing) begin(what string) *digester {
	d := &s.digest
	d.reset()
	d.text(what)
	d.number(packFormat)
	d.text(s.line.Recipient)
	d.text(s.c.Root)
	return d
}

// listsOnly is the year of list pages, which ride in the index.
const listsOnly = 0

// pagesOf adds the pages of one school year to a digest and gives them.
func (s *sealing) pagesOf(d *digester, year int) ([]*page.Page, error) {
	d.bytes(s.render.Digest())
	d.number(year)
	var pages []*page.Page
	for i := range s.c.Pages {
		p := &s.c.Pages[i]
		if p.Year != year {
			continue
		}
		if p.Draft {
			return nil, fmt.Errorf("the draft %s was about to be sealed; this is a fault of despatch", p.Key)
		}
		pages = append(pages, p)
		d.text(p.Name)
		d.text(p.Title)
		if err := d.value(p.View); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// year keeps or makes the pack of one school year. It is nil where there is
// nothing to put in one.
func (s *sealing) year(year int) (*tree.IndexPack, error) {
	d := s.begin("pack")
	pages, err := s.pagesOf(d, year)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, p := range pages {
		names = append(names, p.Name)
	}
	var files []*page.File
	for i := range s.c.Files {
		f := &s.c.Files[i]
		if f.Year != year || f.Paper != nil || f.Size > mostInPack {
			continue
		}
		sum, err := s.build.sums.of(s.build, f.Source)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
		names = append(names, f.Name)
		d.text(f.Name)
		d.bytes(sum[:])
	}
	return s.pack(d, names, func() ([]tree.PackFile, error) { return s.together(pages, files) })
}

// pack keeps or makes a pack of what the digest tells.
func (s *sealing) pack(d *digester, names []string, in func() ([]tree.PackFile, error)) (*tree.IndexPack, error) {
	if len(names) == 0 {
		return nil, nil
	}
	digest := d.sum()
	slices.Sort(names)
	e, err := s.put(s.keys.Naming.Pack(s.id, s.line.Epoch, digest[:]), func() ([]byte, error) {
		files, err := in()
		if err != nil {
			return nil, err
		}
		s.packed, err = tree.AppendPack(s.packed[:0], files)
		return s.packed, err
	})
	if err != nil {
		return nil, err
	}
	return &tree.IndexPack{Path: e.Path, SHA256: hexSum(e.Sum), Names: names}, nil
}

// put keeps the published file of a stem, or seals what plain gives.
func (s *sealing) put(stem string, plain func() ([]byte, error)) (tree.Entry, error) {
	if path, ok := s.writer.Has(stem); ok && s.base != nil {
		if e, ok := s.base.Lookup(path); ok {
			s.state.Paths = append(s.state.Paths, path)
			return e, s.writer.Keep(path)
		}
	}
	data, err := plain()
	if err != nil {
		return tree.Entry{}, err
	}
	e, err := s.sealTo(stem, data)
	if err == nil {
		s.state.Paths = append(s.state.Paths, e.Path)
	}
	return e, err
}

func (s *sealing) sealTo(stem string, plain []byte) (tree.Entry, error) {
	to, err := s.recipient()
	if err != nil {
		return tree.Entry{}, err
	}
	if s.out, err = to.Seal(s.out[:0], plain); err != nil {
		return tree.Entry{}, err
	}
	s.sealed++
	return s.writer.Put(stem, ".age", s.out)
}

// rendered renders pages. They are good until the next call.
func (s *sealing) rendered(pages []*page.Page) ([]tree.PackFile, error) {
	in := make([]tree.PackFile, 0, len(pages))
	for i, p := range pages {
		if i == len(s.html) {
			s.html = append(s.html, new(bytes.Buffer))
		}
		out := s.html[i]
		out.Reset()
		if err := s.render.Page(out, p, s.c.School); err != nil {
			return nil, err
		}
		s.pages++
		in = append(in, tree.PackFile{Name: s.c.Root + "/" + p.Name, Data: out.Bytes()})
	}
	return in, nil
}

// together renders pages and reads files.
func (s *sealing) together(pages []*page.Page, files []*page.File) ([]tree.PackFile, error) {
	in, err := s.rendered(pages)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		data, err := s.folder.ReadFile(f.Source.Path)
		if err != nil {
			return nil, err
		}
		in = append(in, tree.PackFile{Name: s.c.Root + "/" + f.Name, Data: data})
	}
	return in, nil
}

// file lists an attachment; a large one is sealed on its own.
func (s *sealing) file(f *page.File) (tree.IndexFile, error) {
	listed := tree.IndexFile{Name: f.Name, Type: f.Type, Title: f.Title, Size: f.Size}
	if f.Size <= mostInPack || f.Paper != nil {
		return listed, nil
	}
	sum, err := s.build.sums.of(s.build, f.Source)
	if err != nil {
		return listed, err
	}
	d := s.begin("file")
	d.text(f.Name)
	d.bytes(sum[:])
	digest := d.sum()
	e, err := s.put(s.keys.Naming.Pack(s.id, s.line.Epoch, digest[:]), func() ([]byte, error) {
		data, err := s.folder.ReadFile(f.Source.Path)
		if err != nil {
			return nil, err
		}
		return tree.BuildFile(tree.PackFile{Name: s.c.Root + "/" + f.Name, Data: data})
	})
	listed.Path, listed.SHA256 = e.Path, hexSum(e.Sum)
	return listed, err
}
