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
	"strconv"
	"strings"

	"despatch/generator/page"
	"despatch/generator/paper"
	"despatch/generator/tree"
	"despatch/internal/pdfsign"
	"despatch/internal/timestamp"
)

// papersDir is the part of the cache that keeps printed papers, one folder a
// unit. A paper is asked for by the digest of what it is made of, so a build
// prints only what is new; what a unit needs no more is removed when the unit is
// next looked into, so that nothing outlives its record here.
const papersDir = "papers"

// A paperStore keeps the papers of one unit: <digest>.<size>.<sum>.pdf, each its
// own proof that it is whole. It is disposable.
type paperStore struct {
	dir  string
	have map[string]string // file by digest
	used map[string]bool   // digests
	made bool              // the folder is there
	// fresh are papers that were kept a moment ago and are not packed yet, by
	// digest, at most mostFresh bytes of them.
	fresh map[string][]byte
	held  int // bytes of fresh
}

// mostFresh bounds what waits in memory to be packed.
const mostFresh = 4 << 20

// papersOf lists what is kept for a unit.
func papersOf(dir, unit string) (*paperStore, error) {
	s := &paperStore{dir: filepath.Join(dir, cacheDir, papersDir, unit), have: map[string]string{}, used: map[string]bool{}, fresh: map[string][]byte{}}
	list, err := os.ReadDir(s.dir)
	s.made = err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range list {
		digest, _, _ := strings.Cut(e.Name(), ".")
		s.have[digest] = e.Name()
	}
	return s, nil
}

// size gives how large a paper is that is kept.
func (s *paperStore) size(digest string) (int64, bool) {
	parts := strings.Split(s.have[digest], ".")
	if len(parts) != 4 {
		return 0, false
	}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	return n, err == nil
}

// read gives a paper that is kept, if it is whole.
func (s *paperStore) read(digest string) ([]byte, bool) {
	if data, ok := s.fresh[digest]; ok {
		return data, true
	}
	name, ok := s.have[digest]
	if !ok {
		return nil, false
	}
	data, err := os.ReadFile(filepath.Join(s.dir, name))
	return data, err == nil && paperName(digest, data) == name
}

// packed forgets the papers that waited to be packed.
func (s *paperStore) packed() { clear(s.fresh); s.held = 0 }

// keep writes a paper. It is not synced: one that a power cut damaged is told by
// its name.
func (s *paperStore) keep(digest string, data []byte) error {
	name := paperName(digest, data)
	if !s.made {
		if err := os.MkdirAll(s.dir, 0o700); err != nil {
			return err
		}
		s.made = true
	}
	if s.held+len(data) <= mostFresh {
		s.fresh[digest] = data
		s.held += len(data)
	}
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		return err
	}
	s.have[digest] = name
	return os.Rename(path+".new", path)
}

func paperName(digest string, data []byte) string {
	sum := sha256.Sum256(data)
	return fmt.Sprintf("%s.%d.%x.pdf", digest, len(data), sum[:8])
}

// sweep removes what was not used.
func (s *paperStore) sweep() error {
	for digest, name := range s.have {
		if s.used[digest] {
			continue
		}
		if err := os.Remove(filepath.Join(s.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// A printing is one paper: the digest of what it is made of, and who prints it.
type printing struct {
	digest string
	press  *paper.Press
}

// papers makes sure of the papers of the compartment and tells its pages their
// sizes. It must come before the pages' digests are taken.
func (s *sealing) papers() error {
	for i := range s.c.Files {
		f := &s.c.Files[i]
		if f.Paper == nil {
			continue
		}
		p, size, err := s.print(f)
		if err != nil {
			return err
		}
		s.printed[f.Key] = p
		s.kept.used[p.digest] = true
		f.Made(size)
	}
	return nil
}

// print makes sure of one paper. One that cannot be stamped is printed without a
// time, under another digest, and its unit is looked into again next time.
func (s *sealing) print(f *page.File) (p printing, size int64, err error) {
	if p, err = s.printing(s.press, f); err != nil {
		return p, 0, err
	}
	if size, ok := s.kept.size(p.digest); ok {
		return p, size, nil
	}
	data, err := s.press.Print(f.Paper)
	if errors.Is(err, pdfsign.ErrNotStamped) {
		s.state.Late = true
		if p, err = s.printing(s.unstamped, f); err != nil {
			return p, 0, err
		}
		if size, ok := s.kept.size(p.digest); ok {
			return p, size, nil
		}
		data, err = s.unstamped.Print(f.Paper)
	}
	if err != nil {
		return p, 0, err
	}
	return p, int64(len(data)), s.kept.keep(p.digest, data)
}

func (s *sealing) printing(press *paper.Press, f *page.File) (printing, error) {
	d := &s.digest
	d.reset()
	d.bytes(press.Digest())
	if err := d.value(f.Paper); err != nil {
		return printing{}, err
	}
	sum := d.sum()
	return printing{hex.EncodeToString(sum[:16]), press}, nil
}

// stamp asks a server for time stamps. After it has failed once, nothing more is
// asked of it in the same build.
func (e *engine) stamp(server timestamp.Server) pdfsign.Stamp {
	return func(sum [sha256.Size]byte) ([]byte, error) {
		if why := e.notStamped.Load(); why != nil {
			return nil, *why
		}
		_, token, err := server.Stamp(context.Background(), sum)
		if err != nil {
			e.notStamped.CompareAndSwap(nil, &err)
			return nil, err
		}
		return token.DER, nil
	}
}

// paper gives the bytes of a paper. One that is lost and cannot be stamped again
// is an error: its name promises the stamp.
func (s *sealing) paper(f *page.File) ([]byte, error) {
	p := s.printed[f.Key]
	if data, ok := s.kept.read(p.digest); ok {
		return data, nil
	}
	data, err := p.press.Print(f.Paper)
	if err != nil {
		return nil, err
	}
	return data, s.kept.keep(p.digest, data)
}

// papersOfYear keeps or makes the pack of one school year's papers. They are
// apart from the pages, so that whoever reads waits for no paper, and together,
// so that the host cannot count them.
func (s *sealing) papersOfYear(year int) (*tree.IndexPack, error) {
	d := s.begin("papers")
	d.number(year)
	var files []*page.File
	var names []string
	for i := range s.c.Files {
		f := &s.c.Files[i]
		if f.Paper == nil || f.Year != year {
			continue
		}
		files, names = append(files, f), append(names, f.Name)
		d.text(f.Name)
		d.text(s.printed[f.Key].digest)
	}
	return s.pack(d, names, func() ([]tree.PackFile, error) {
		var in []tree.PackFile
		for _, f := range files {
			data, err := s.paper(f)
			if err != nil {
				return nil, err
			}
			in = append(in, tree.PackFile{Name: s.c.Root + "/" + f.Name, Data: data})
		}
		return in, nil
	})
}
