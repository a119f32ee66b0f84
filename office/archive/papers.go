package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"despatch/generator/page"
	"despatch/generator/paper"
	"despatch/internal/bag"
	"despatch/internal/buildkeys"
	"despatch/internal/pdfsign"
	"despatch/internal/tagpdf"
	"despatch/layouts"
)

// papers prints the records of the copy as PDF/A-3a, each with the file that it was
// printed from attached: of a visit the bytes that its fingerprint is of, of all
// else the record as it is in the archive. Pages are told their sizes, so it comes
// before these are rendered.
func (m *making) papers(ctx context.Context, p *projection, subjects []bag.File) ([]bag.File, error) {
	assets, err := layouts.Load()
	if err != nil {
		return nil, err
	}
	press, err := m.press(assets)
	if err != nil {
		return nil, err
	}
	var todo []*page.File
	for i := range m.whole.Files {
		if f := &m.whole.Files[i]; f.Paper != nil {
			todo = append(todo, f)
		}
	}
	sources := m.printedFrom(p, subjects)
	files := make([]bag.File, len(todo))
	errs := make([]error, len(todo))
	var next, done atomic.Int64
	var workers sync.WaitGroup
	var telling sync.Mutex
	for range min(runtime.GOMAXPROCS(0), len(todo)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(todo) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				files[i], errs[i] = m.print(press, todo[i], sources)
				if m.Progress != nil {
					telling.Lock()
					m.Progress(int(done.Add(1)), len(todo), "PDFs made")
					telling.Unlock()
				}
			}
		})
	}
	workers.Wait()
	return files, errors.Join(append(errs, ctx.Err())...)
}

// press is the press of the copy: signing where the authority's own is.
func (m *making) press(assets *layouts.Assets) (*paper.Press, error) {
	press, err := paper.New(m.site.Settings, assets)
	if err != nil {
		return nil, err
	}
	press = press.With(m.site.Logo)
	signer, err := pdfsign.Read(filepath.Join(m.Dir, filepath.FromSlash(buildkeys.PDFSignerFile)))
	if errors.Is(err, fs.ErrNotExist) {
		return press, nil
	}
	if err != nil {
		return nil, err
	}
	return press.SignedBy(signer), nil
}

// print prints one paper.
func (m *making) print(press *paper.Press, f *page.File, sources map[string]tagpdf.Attachment) (bag.File, error) {
	record := strings.TrimPrefix(f.Key, "paper/")
	var attached []tagpdf.Attachment
	if _, proof := f.Paper.View.(*page.ProofView); !proof { // whose proof lies in receiptsDir
		from, ok := sources[record]
		if !ok {
			return bag.File{}, fmt.Errorf("print %s: the record is not in the archive", record)
		}
		from.Date = f.Paper.Date.Start()
		attached = append(attached, from)
	}
	data, err := press.Print(f.Paper, attached...)
	if err != nil {
		return bag.File{}, err
	}
	f.Made(int64(len(data)))
	return bag.File{Path: dataDir + path.Join(papersDir, path.Base(f.Name)), Data: data}, nil
}

// printedFrom gives what is attached to the paper of each record.
func (m *making) printedFrom(p *projection, subjects []bag.File) map[string]tagpdf.Attachment {
	all := make(map[string]tagpdf.Attachment)
	for file, data := range p.files {
		folder, base := path.Split(file)
		record := strings.TrimSuffix(base, ".md")
		if base == "document.yaml" {
			record = path.Base(folder)
		}
		media := "text/markdown"
		if path.Ext(base) == ".yaml" {
			media = "application/yaml"
		}
		all[record] = tagpdf.Attachment{Name: base, Type: media, Relation: "Source", Data: data, About: "The record as it was published"}
	}
	for _, s := range subjects {
		name := path.Base(s.Path)
		record := strings.TrimSuffix(strings.TrimPrefix(name, "visit-"), ".json")
		all[record] = tagpdf.Attachment{Name: name, Type: "application/json", Relation: "Source", Data: s.Data, About: "What the fingerprint of this record is the SHA-256 of"}
	}
	return all
}
