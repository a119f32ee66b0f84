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
	"context"
	"crypto/sha256"
	"io"
	"slices"
	"strconv"
	"time"

	"despatch/generator/page"
	"despatch/internal/bag"
	"despatch/internal/sshsig"
	"despatch/internal/timestamp"
	"despatch/records/authority"
)

// Namespace is that of the signature over an archive's tag manifest.
const Namespace = "despatch-archive"

// OwnNamespace is that of the signature over the tag manifest of the archive that a
// person made of what they could read.
const OwnNamespace = "despatch-own-archive"

// format is the number of the form of archives that are written. Of form 1 there are
// none with a time stamp.
const format = 2

// The folders of an archive.
const (
	dataDir        = "data/"
	attachmentsDir = "attachments"
	recordsDir     = "records"
	subjectsDir    = "fingerprints"
	papersDir      = "pdf"
	responsesDir   = "responses"
	receiptsDir    = "receipts"
	proofDir       = "proof"
	treeDir        = "public" // of the authority's folder
)

// Options say what to archive.
type Options struct {
	Dir    string // the authority's folder
	School string // URN
	Period Period
	// Class is the one retention class whose records are archived; zero: all are.
	Class    authority.Retention
	Now      time.Time
	Progress func(done, total int, what string) // nil: nobody is told
}

// A Summary is what an archive holds.
type Summary struct {
	School   string
	Folder   string // the one folder in the zip
	Records  int
	Files    int
	Serial   int
	Stamped  string   // when and by whom; empty: not stamped
	Warnings []string // sentences
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
	s := Summary{School: m.school.Name, Folder: b.Folder, Records: m.records, Files: len(b.Files) + 5, Serial: m.tree.Head.Serial}
	if server := m.site.Settings.Timestamps.Server; server != "" {
		b.Stamp = s.stamp(ctx, timestamp.Server{Address: server})
	}
	if err := b.Write(w); err != nil {
		return Summary{}, err
	}
	return s, nil
}

// stamp asks for a time stamp over the tag manifest. An archive that gets none is
// as good but for that.
func (s *Summary) stamp(ctx context.Context, server timestamp.Server) func([]byte) []byte {
	return func(tags []byte) []byte {
		answer, token, err := server.Stamp(ctx, sha256.Sum256(tags))
		if err != nil {
			s.Warnings = append(s.Warnings, err.Error()+"; the archive is signed without a time stamp")
			return nil
		}
		s.Files++
		s.Stamped = stamped(token)
		return answer
	}
}

// stamped says when something was stamped and by whom.
func stamped(t *timestamp.Token) string {
	return t.Time.Format(sshsig.TimeLayout) + " by " + t.By
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
