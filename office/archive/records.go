package archive

import (
	"context"
	"crypto/sha256"
	"slices"

	"despatch/generator/page"
	"despatch/generator/source"
	"despatch/internal/bag"
	"despatch/records/visit"
)

// subjects gives the bytes that the fingerprint on each visit's page is of, and
// puts the fingerprints on the pages.
func (m *making) subjects(names page.Names) ([]bag.File, error) {
	var files []bag.File
	for i := range m.visits {
		v := &m.visits[i]
		if v.State.Status == visit.Draft || v.State.Status == visit.Withdrawn || !page.Listed(m.site, m.school, v) {
			continue
		}
		var sums [][32]byte
		sum := func(e source.Entry) ([32]byte, error) {
			data, err := m.folder.ReadFile(e.Path)
			sums = append(sums, sha256.Sum256(data))
			return sums[len(sums)-1], err
		}
		if err := names.SetSubject(v, sum); err != nil {
			return nil, err
		}
		text, err := names.Projection(v, sums)
		if err != nil {
			return nil, err
		}
		files = append(files, bag.File{Path: dataDir + subjectsDir + "/visit-" + v.ID + ".json", Data: text})
	}
	return files, nil
}

// projected projects every record that has a page, and the drafts that have a
// line.
func (m *making) projected() *projection {
	p := newProjection(m.site, m.school)
	p.now = m.Now
	p.answered = func(account string) string { return m.names().WhoAnswered(m.site, m.school, account) }
	shown := make(map[string]bool)
	for i := range m.whole.Pages {
		shown[m.whole.Pages[i].Key] = true
	}
	for i := range m.visits {
		if page.Listed(m.site, m.school, &m.visits[i]) {
			p.visit(&m.visits[i])
		}
	}
	c := m.common
	c.Returns = slices.DeleteFunc(c.Returns, func(f source.Return) bool { return !shown["return/"+f.ID] })
	for i := range c.Sheets {
		if shown["sheet/"+c.Sheets[i].Sheet.ID] {
			p.sheet(&c.Sheets[i], c)
		}
	}
	for i := range c.Returns {
		p.form(&c.Returns[i])
	}
	for i := range c.Documents {
		if shown["document/"+c.Documents[i].Document.ID] {
			p.document(&c.Documents[i])
		}
	}
	for i := range c.News {
		if shown["news/"+c.News[i].Item.ID] {
			p.news(&c.News[i])
		}
	}
	for i := range c.Results {
		if shown["result/"+c.Results[i].Result.ID] {
			p.result(&c.Results[i])
		}
	}
	return p
}

// projectEvents adds the events of the records that are kept, and gives what the
// school sent, as it was sent, with what proves it.
func (m *making) projectEvents(ctx context.Context, p *projection) (responses []bag.File, err error) {
	for i, entry := range m.events {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if m.Progress != nil {
			m.Progress(i+1, len(m.events), "events looked at")
		}
		record, err := m.folder.RecordOf(entry)
		if err != nil {
			return nil, err
		}
		withdrawn, ok := p.keeps[record]
		if !ok {
			continue
		}
		e, err := m.folder.Event(entry)
		if err != nil {
			return nil, err
		}
		if !withdrawn && p.concerns(e) {
			files, err := m.evidence(e)
			if err != nil {
				return nil, err
			}
			responses = append(responses, files...)
		}
		p.event(entry.Path, e)
	}
	return responses, nil
}
