// Package archive makes a copy for keeping of what an authority published for one
// school, and checks such copies: a BagIt bag whose pages open from a stick with
// no network, with the records as files, the attachments, and the part of the
// published tree that proves it, signed by the head key in a namespace of its own
// (docs/formats.md, Archives).
//
// It trusts the authority's folder when it writes. What it reads it holds to the
// root that the caller gives: root, keys file, signer, tag manifest, manifest,
// files (TestEveryFlippedByteIsNamed, TestWhoMaySignAnArchive). An archive holds
// everything that the people of the school may read between them, so it is for
// whoever may read all of it; care content is never in one, nor officers' notes,
// drafts, or a word of another school (TestWhatIsNotTheSchoolsIsNotInItsArchive).
package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"despatch/generator"
	"despatch/generator/page"
	"despatch/generator/render"
	"despatch/generator/source"
	"despatch/generator/tree"
	"despatch/internal/bag"
	"despatch/internal/buildkeys"
	"despatch/internal/naming"
	"despatch/internal/sshsig"
	"despatch/layouts"
	"despatch/records/access"
	"despatch/records/calendar"
	"despatch/records/school"
	"despatch/records/visit"
)

// Namespace is that of the signature over an archive's tag manifest.
const Namespace = "despatch-archive"

// format is the number of the form of archives.
const format = 1

// The folders of an archive.
const (
	dataDir        = "data/"
	attachmentsDir = "attachments"
	recordsDir     = "records"
	subjectsDir    = "fingerprints"
	papersDir      = "pdf"
	responsesDir   = "responses"
	proofDir       = "proof"
	treeDir        = "public" // of the authority's folder
)

// Options say what to archive.
type Options struct {
	Dir      string // the authority's folder
	School   string // URN
	Period   Period
	Now      time.Time
	Progress func(done, total int, what string) // nil: nobody is told
}

// A Summary is what an archive holds.
type Summary struct {
	School  string
	Folder  string // the one folder in the zip
	Records int
	Files   int
	Serial  int
}

// UnknownSchool is Write's error for a URN that no school has.
type UnknownSchool struct{ urn string }

func (u UnknownSchool) Error() string { return "no school has the URN " + strconv.Quote(u.urn) }

// Write writes the archive of a school. The same folder, events and time give the
// same bytes.
func Write(ctx context.Context, w io.Writer, o Options) (Summary, error) {
	m, err := prepare(o)
	if err != nil {
		return Summary{}, err
	}
	defer m.folder.Close()
	b, err := m.bag(ctx)
	if err != nil {
		return Summary{}, err
	}
	b.Progress = o.Progress
	if err := b.Write(w); err != nil {
		return Summary{}, err
	}
	return Summary{m.school.Name, b.Folder, m.records, len(b.Files) + 5, m.tree.Head.Serial}, nil
}

// A making is one archive on its way.
type making struct {
	Options
	folder  *source.Folder
	listing *source.Listing
	site    *source.Site
	common  *source.Common
	school  *school.School
	visits  []source.Visit
	events  []source.Entry
	keys    *buildkeys.Keys
	tree    *tree.State
	sealed  []tree.Entry // of the school, in the tree
	whole   page.Compartment
	records int
}

// prepare reads what is there and makes sure that it is what was published.
func prepare(o Options) (*making, error) {
	m := &making{Options: o}
	var err error
	if m.keys, err = buildkeys.Load(o.Dir); err != nil {
		return nil, err
	}
	if m.folder, err = source.Open(o.Dir); err != nil {
		return nil, err
	}
	if err := m.read(); err != nil {
		return nil, errors.Join(err, m.folder.Close())
	}
	return m, nil
}

// wrong gives the problems that are no warnings as one error.
func wrong(problems []source.Problem) error {
	problems = slices.DeleteFunc(slices.Clone(problems), func(p source.Problem) bool { return p.Warning })
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("%s (and %d more): run despatch check", problems[0], len(problems)-1)
}

func (m *making) read() error {
	var problems []source.Problem
	var err error
	if m.listing, problems, err = m.folder.Scan(); err != nil {
		return err
	}
	if err := wrong(problems); err != nil {
		return err
	}
	if m.site, problems = m.folder.Site(m.listing); wrong(problems) != nil {
		return wrong(problems)
	}
	if m.school = m.site.Schools[m.School]; m.school == nil {
		return UnknownSchool{m.School}
	}
	public := filepath.Join(m.Dir, treeDir)
	if m.tree, err = tree.Read(os.DirFS(public), m.keys.Root); err != nil {
		return fmt.Errorf("read the published tree in %s: %w", public, err)
	}
	if m.sealed, err = generator.LastBuild(m.Dir, m.listing, m.tree, m.School, m.Now); err != nil {
		return err
	}
	if !m.tree.Keys.IsHead(sshsig.PublicOf(m.keys.HeadKey)) {
		return fmt.Errorf("the keys file that is published does not name %s: run despatch build", buildkeys.HeadKeyFile)
	}
	if m.common, problems = m.folder.Common(m.listing, m.site); wrong(problems) != nil {
		return wrong(problems)
	}
	visits, events := m.folder.BySchool(m.listing)
	if m.visits, problems = m.folder.Visits(m.site, visits[m.School], events[m.School]); wrong(problems) != nil {
		return wrong(problems)
	}
	m.events = m.eventsBut(events)
	m.choose()
	return nil
}

// eventsBut gives the events of the listing that are not about another school's
// visits.
func (m *making) eventsBut(bySchool map[string][]source.Entry) []source.Entry {
	others := make(map[string]bool)
	for school, events := range bySchool {
		for _, e := range events {
			others[e.Path] = school != m.School && school != ""
		}
	}
	return slices.DeleteFunc(slices.Clone(m.listing.Entries), func(e source.Entry) bool { return !e.IsEvent() || others[e.Path] })
}

// choose keeps what is of the period: visits by their date, all else by the day
// of its publication.
func (m *making) choose() {
	m.visits = slices.DeleteFunc(m.visits, func(v source.Visit) bool { return !m.Period.has(v.Date) })
	in := func(s *source.Standing) bool { return m.Period.has(calendar.On(s.PublishedAt)) }
	c := m.common
	c.Sheets = slices.DeleteFunc(c.Sheets, func(v source.Sheet) bool { return !in(&v.Standing) })
	c.Returns = slices.DeleteFunc(c.Returns, func(v source.Return) bool { return !in(&v.Standing) })
	c.Documents = slices.DeleteFunc(c.Documents, func(v source.Document) bool { return !in(&v.Standing) })
	c.News = slices.DeleteFunc(c.News, func(v source.News) bool { return !in(&v.Standing) })
	c.Results = slices.DeleteFunc(c.Results, func(v source.Result) bool { return !in(&v.Standing) })
}

// names gives pages names that a person can read.
func (m *making) names() page.Names {
	ids := make(map[string]string)
	for i := range m.visits {
		ids["visit/"+m.visits[i].ID] = "visit/" + visitID(&m.visits[i])
	}
	plain := func(key string) string {
		if id, ok := ids[key]; ok {
			key = id
		}
		if record, ok := strings.CutPrefix(key, "paper/"); ok {
			return "../" + papersDir + "/" + record
		}
		return strings.ReplaceAll(key, "/", "-")
	}
	return page.Names{
		Root: func(access.Compartment) string { return render.CopyPages },
		Name: plain,
		Item: m.keys.Naming.Item, Account: naming.OpaqueAccount,
		// What an address would read as something else is written as it must be.
		File: func(record, base string) string {
			return "../" + attachmentPath(record, strings.NewReplacer("%", "%25", "#", "%23").Replace(base))
		},
	}
}

func (m *making) bag(ctx context.Context) (*bag.Bag, error) {
	names := m.names()
	projections, err := m.subjects(names)
	if err != nil {
		return nil, err
	}
	m.whole = page.Whole(page.Options{Now: m.Now, Names: names}, m.site, m.common, m.school, m.visits)
	p := m.projected()
	responses, err := m.projectEvents(ctx, p)
	if err != nil {
		return nil, err
	}
	p.once()
	if p.err != nil {
		return nil, p.err
	}
	papers, err := m.papers(ctx, p, projections)
	if err != nil {
		return nil, err
	}
	m.records = len(p.keeps)
	b := &bag.Bag{Folder: m.folderName(), Modified: m.Now, Info: m.info()}
	b.Files = slices.Concat(projections, papers, responses)
	b.Sign = func(tags []byte) []byte { return sshsig.Sign(m.keys.HeadKey, Namespace, tags) }
	for file, data := range p.files {
		b.Files = append(b.Files, bag.File{Path: dataDir + recordsDir + "/" + file, Data: data})
	}
	for file, e := range p.attach {
		b.Files = append(b.Files, bag.File{Path: dataDir + file, Size: e.Size, Open: func() ([]byte, error) { return m.folder.ReadFile(e.Path) }})
	}
	proof, heads, err := m.proof()
	if err != nil {
		return nil, err
	}
	b.Files = append(b.Files, proof...)
	pages, err := m.pages(ctx, heads)
	if err != nil {
		return nil, err
	}
	b.Files = append(b.Files, pages...)
	tags, err := m.tags(b.Folder)
	if err != nil {
		return nil, err
	}
	b.Files = append(b.Files, tags...)
	return b, nil
}

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
// school sent with its responses, as it was sent.
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
		if e.Payload != "" && !withdrawn {
			sent, err := m.folder.ReadFile(source.PayloadPath(e.Payload))
			if err != nil {
				return nil, err
			}
			name := fmt.Sprintf("%010d-%s.txt", e.Leaf, record)
			responses = append(responses, bag.File{Path: dataDir + responsesDir + "/" + name, Data: sent})
		}
		p.event(entry.Path, e)
	}
	return responses, nil
}

// pages renders the pages of the copy.
func (m *making) pages(ctx context.Context, heads []page.HeadLine) ([]bag.File, error) {
	assets, err := layouts.Load()
	if err != nil {
		return nil, err
	}
	r, err := render.New(m.site, assets)
	if err != nil {
		return nil, err
	}
	lists := append(slices.Clone(m.whole.Lists), page.List{Area: "keys", Title: "Keys", Page: keysPage})
	made := "Archived on " + calendar.On(m.Now).Long() + " by " + m.site.Settings.Authority.Name + ": what it published for " + m.school.Name + ", " + m.Period.String() + "."
	offline := r.Offline(render.Copy{School: m.school.Name, Made: made, Lists: lists})
	all := append(slices.Clone(m.whole.Pages), page.Page{Key: "keys", Name: keysPage, Title: "Keys", View: m.keysView(heads)})
	files := make([]bag.File, 0, len(all)+8)
	for i := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var out bytes.Buffer
		if err := offline.Page(&out, &all[i]); err != nil {
			return nil, err
		}
		files = append(files, bag.File{Path: dataDir + render.CopyPages + "/" + all[i].Name, Data: out.Bytes()})
		if m.Progress != nil {
			m.Progress(i+1, len(all), "pages made")
		}
	}
	var cover bytes.Buffer
	if err := offline.Cover(&cover, "Archive", m.cover(lists)); err != nil {
		return nil, err
	}
	files = append(files, bag.File{Path: dataDir + render.CopyCover, Data: cover.Bytes()})
	for path, data := range offline.Files() {
		files = append(files, bag.File{Path: dataDir + path, Data: data})
	}
	return files, nil
}

const keysPage = "keys.html"

// folderName is the folder in the zip: it says whose archive it is and of when.
func (m *making) folderName() string {
	slug := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == '\'' || r == '’' || r == '.':
			return -1
		}
		return '-'
	}, m.school.Name)
	slug = strings.Join(strings.FieldsFunc(slug, func(r rune) bool { return r == '-' }), "-")
	return m.School + "-" + strings.Trim(slug[:min(len(slug), 40)], "-") + "-" + calendar.On(m.Now).String()
}

func (m *making) info() []bag.Field {
	s := m.site.Settings
	fields := []bag.Field{
		{Label: "Despatch-Archive-Format", Value: strconv.Itoa(format)},
		{Label: "Source-Organization", Value: s.Authority.Name},
		{Label: "External-Identifier", Value: "urn:despatch:" + s.Authority.Code + ":school:" + m.School},
		{Label: "External-Description", Value: "What " + s.Authority.Name + " published for " + m.school.Name + ", " + m.Period.String()},
		{Label: "Bagging-Date", Value: calendar.On(m.Now).String()},
		{Label: "Despatch-Made", Value: m.Now.UTC().Format(sshsig.TimeLayout)},
		{Label: "Despatch-School", Value: m.School},
		{Label: "Despatch-Serial", Value: strconv.Itoa(m.tree.Head.Serial)},
	}
	if !m.Period.From.IsZero() {
		fields = append(fields, bag.Field{Label: "Despatch-From", Value: m.Period.From.String()})
	}
	if !m.Period.To.IsZero() {
		fields = append(fields, bag.Field{Label: "Despatch-To", Value: m.Period.To.String()})
	}
	return fields
}
