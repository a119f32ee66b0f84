package generator

import (
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"despatch/generator/source"
)

// authorityUnit is the id of the authority's own unit; all others are schools.
const authorityUnit = "-"

// racy is how close to its listing a file's last change may be so that a later
// one could leave the same time behind (security section 1.8).
const racy = 2 * time.Second

// A plan says what could have changed since a known state: which units must be
// looked into again, and what must be read that is there once. Without a known
// state that is everything.
type plan struct {
	sources []sourceState
	units   []string // ids, by sourceState.Unit
	dirty   []bool   // by unit
	all     bool     // every unit is to be looked into
	site    bool     // settings, schools, accounts … are to be read again
	common  bool     // sheets, returns … are to be read again
	keys    bool     // key files are to be read again
	wrong   []source.Problem

	folder *source.Folder
	byName map[string]int32
	visits map[string]int32 // units of visits, by record; made when first asked for
	parts  []int            // sources of touched visit folders
	events []int            // touched events
	moved  []int32          // units that lost or gained a visit
}

// quiet reports that no source differs from what was known.
func (p *plan) quiet() bool {
	return !p.all && !p.site && !p.common && !p.keys && len(p.wrong) == 0 && !slices.Contains(p.dirty, true)
}

// planFrom compares a listing, sorted by path, with what was known of it; known
// may be nil.
func planFrom(folder *source.Folder, known *state, entries []source.Entry) *plan {
	p := &plan{folder: folder, byName: make(map[string]int32), sources: make([]sourceState, len(entries))}
	p.unit(authorityUnit)
	var old []sourceState
	var seen int64
	if known == nil {
		p.all, p.site, p.common, p.keys = true, true, true, true
	} else {
		old, seen = known.Sources, known.Seen.UnixNano()
		for _, u := range known.Units {
			p.unit(u.ID)
		}
	}
	at := 0
	for i, e := range entries {
		for ; at < len(old) && old[at].Path < e.Path; at++ {
			p.gone(&old[at])
		}
		now := sourceState{Path: e.Path, Size: e.Size, ModTime: e.ModTime.UnixNano(), Inode: e.Inode, Unit: sourceOfAll}
		if at < len(old) && old[at].Path == e.Path {
			was := &old[at]
			at++
			now.Unit = was.Unit
			if was.Size == now.Size && was.ModTime == now.ModTime && was.Inode == now.Inode && seen-now.ModTime >= int64(racy) {
				now.Sum = was.Sum
				p.sources[i] = now
				continue
			}
		}
		p.sources[i] = now
		p.changed(i)
	}
	for ; at < len(old); at++ {
		p.gone(&old[at])
	}
	p.placeVisits()
	p.placeEvents()
	return p
}

// unit gives the index of a unit, which it makes when it is new.
func (p *plan) unit(id string) int32 {
	if i, ok := p.byName[id]; ok {
		return i
	}
	i := int32(len(p.units))
	p.byName[id] = i
	p.units = append(p.units, id)
	p.dirty = append(p.dirty, false)
	return i
}

// soil marks a unit as to be looked into.
func (p *plan) soil(unit int32) {
	if unit == sourceOfAll {
		p.all = true
		return
	}
	p.dirty[unit] = true
}

// changed notes a source that is new or differs.
func (p *plan) changed(i int) {
	s := &p.sources[i]
	switch {
	case strings.HasPrefix(s.Path, "content/visits/"):
		p.parts = append(p.parts, i)
	case strings.HasPrefix(s.Path, "events/"):
		p.events = append(p.events, i)
	default:
		p.once(s.Path)
	}
}

// gone notes a source that is there no more.
func (p *plan) gone(s *sourceState) {
	switch {
	case strings.HasPrefix(s.Path, "content/visits/"):
		p.soil(s.Unit)
		if path.Base(s.Path) == "visit.yaml" {
			p.moved = append(p.moved, s.Unit)
		}
	case strings.HasPrefix(s.Path, "events/"):
		p.soil(s.Unit)
		p.common = p.common || s.Unit == sourceOfAll
	default:
		p.once(s.Path)
	}
}

// once notes a change of a file that is neither a visit's nor an event.
func (p *plan) once(file string) {
	dir, name := path.Split(file)
	switch dir {
	case "content/schools/":
		// A school's own record shows on its own pages, and its tags decide
		// which groups it is in.
		p.site, p.common = true, true
		p.soil(p.unit(strings.TrimSuffix(name, ".yaml")))
		p.soil(p.unit(authorityUnit))
	case "content/accounts/":
		p.site = true // rings are made by enrol; choose finds the schools whose pages name it
	case "public-keys/compartments/":
		school := strings.TrimSuffix(name, ".txt")
		if school == "la" {
			school = authorityUnit
		}
		p.keys = true
		p.soil(p.unit(school))
	case "public-keys/", "public-keys/accounts/":
		p.keys = true
	case "private/":
		p.keys, p.all = true, true
	case "", "content/", "content/publishers/", "content/profiles/":
		p.site, p.common, p.all = true, true, true
	default:
		p.common, p.all = true, true
	}
}

// placeVisits finds the unit of every touched visit: the school that its
// visit.yaml names, which its other files follow.
func (p *plan) placeVisits() {
	folders := make(map[string][]int)
	for _, i := range p.parts {
		dir := visitFolder(p.sources[i].Path)
		if _, ok := folders[dir]; !ok {
			folders[dir] = p.inFolder(dir)
		}
	}
	dirs := make([]string, 0, len(folders))
	for dir := range folders {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	schools, errs := make([]string, len(dirs)), make([]error, len(dirs))
	parallel(len(dirs), func(i int) {
		main := dirs[i] + "visit.yaml"
		if j, ok := p.find(main); ok {
			schools[i], errs[i] = p.folder.SchoolOf(source.Entry{Path: p.sources[j].Path})
		}
	})
	for i, dir := range dirs {
		unit := int32(sourceOfAll)
		switch {
		case errs[i] != nil:
			p.wrong = append(p.wrong, source.Problem{File: dir + "visit.yaml", Text: strings.TrimPrefix(errs[i].Error(), dir+"visit.yaml: ")})
		case schools[i] == "":
			p.wrong = append(p.wrong, source.Problem{File: strings.TrimSuffix(dir, "/"), Text: "the visit has no visit.yaml"})
		default:
			unit = p.unit(schools[i])
		}
		p.place(folders[dir], unit)
	}
}

// place puts the files of one visit into a unit.
func (p *plan) place(files []int, unit int32) {
	p.soil(unit)
	for _, i := range files {
		s := &p.sources[i]
		if s.Unit == unit {
			continue
		}
		if s.Unit != sourceOfAll {
			p.soil(s.Unit)
		}
		if path.Base(s.Path) == "visit.yaml" {
			p.moved = append(p.moved, s.Unit)
		}
		s.Unit = unit
	}
}

// placeEvents finds the units of touched events, and anew those of events whose
// visit came, went or moved to another school.
func (p *plan) placeEvents() {
	touched := p.events
	if len(p.moved) > 0 {
		moved := make(map[int32]bool, len(p.moved)+1)
		moved[sourceOfAll] = true
		for _, u := range p.moved {
			moved[u] = true
		}
		touched = nil
		known := make(map[int]bool, len(p.events))
		for _, i := range p.events {
			known[i] = true
		}
		for i := range p.sources {
			if strings.HasPrefix(p.sources[i].Path, "events/") && (known[i] || moved[p.sources[i].Unit]) {
				touched = append(touched, i)
			}
		}
	}
	records, errs := make([]string, len(touched)), make([]error, len(touched))
	parallel(len(touched), func(i int) {
		records[i], errs[i] = p.folder.RecordOf(source.Entry{Path: p.sources[touched[i]].Path})
	})
	fresh := make(map[int]bool, len(p.events))
	for _, i := range p.events {
		fresh[i] = true
	}
	for i, at := range touched {
		file := p.sources[at].Path
		if errs[i] != nil {
			p.wrong = append(p.wrong, source.Problem{File: file, Text: strings.TrimPrefix(errs[i].Error(), file+": ")})
			continue
		}
		p.placeEvent(at, records[i], fresh[at])
	}
}

// placeEvent puts an event into the unit of its visit; an event of any other
// record may concern every unit.
func (p *plan) placeEvent(at int, record string, fresh bool) {
	s := &p.sources[at]
	unit, ok := p.visitUnits()[record]
	if !ok {
		unit = sourceOfAll
	}
	if !fresh && s.Unit == unit {
		return
	}
	if s.Unit != sourceOfAll {
		p.soil(s.Unit)
	}
	s.Unit = unit
	p.soil(unit)
	p.common = p.common || unit == sourceOfAll
}

// visitUnits gives the unit of every visit.
func (p *plan) visitUnits() map[string]int32 {
	if p.visits == nil {
		p.visits = make(map[string]int32)
		for i := range p.sources {
			s := &p.sources[i]
			if strings.HasPrefix(s.Path, "content/visits/") && path.Base(s.Path) == "visit.yaml" {
				p.visits[path.Base(path.Dir(s.Path))] = s.Unit
			}
		}
	}
	return p.visits
}

// visitFolder is content/visits/<year>/<id>/ of a file that is in it.
func visitFolder(file string) string {
	n := 0
	for i := range len(file) {
		if file[i] == '/' {
			if n++; n == 4 {
				return file[:i+1]
			}
		}
	}
	return file
}

// find gives the index of a source.
func (p *plan) find(file string) (int, bool) {
	return slices.BinarySearchFunc(p.sources, file, func(s sourceState, file string) int { return strings.Compare(s.Path, file) })
}

// inFolder gives the sources whose paths start with dir, which are neighbours.
func (p *plan) inFolder(dir string) []int {
	var in []int
	i, _ := p.find(dir)
	for ; i < len(p.sources) && strings.HasPrefix(p.sources[i].Path, dir); i++ {
		in = append(in, i)
	}
	return in
}

// parallel calls f for 0 to n-1 on all processors.
func parallel(n int, f func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := int(next.Add(1) - 1); i < n; i = int(next.Add(1) - 1) {
				f(i)
			}
		})
	}
	wg.Wait()
}

// shared gives those of a listing that more than one unit may depend on. The
// listing is the one that the plan was made from, or its beginning.
func (p *plan) shared(listing []source.Entry) []source.Entry {
	var in []source.Entry
	for i, e := range listing {
		if p.sources[i].Unit == sourceOfAll {
			in = append(in, e)
		}
	}
	return in
}

// parted parts a group into the files of visits and the events.
func parted(listing []source.Entry, group []int32) (files, events []source.Entry) {
	for _, i := range group {
		if e := listing[i]; e.IsEvent() {
			events = append(events, e)
		} else {
			files = append(files, e)
		}
	}
	return files, events
}

// groups gives, for every unit, the indexes of its sources: one pass where
// filesOf for each unit would be many.
func (p *plan) groups() [][]int32 {
	counts := make([]int, len(p.units))
	for i := range p.sources {
		if u := p.sources[i].Unit; u >= 0 {
			counts[u]++
		}
	}
	groups := make([][]int32, len(p.units))
	for u, n := range counts {
		groups[u] = make([]int32, 0, n)
	}
	for i := range p.sources {
		if u := p.sources[i].Unit; u >= 0 {
			groups[u] = append(groups[u], int32(i))
		}
	}
	return groups
}
