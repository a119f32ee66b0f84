package source

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// SegmentsDir is where collect keeps what came with one head of a drop-box's log:
// a tar a head, in a folder a drop-box, named by the head's first leaf.
const SegmentsDir = "vault/segments"

// The ends of the names in a segment, after the deposit's id.
const (
	SealedEnd   = ".age"
	EnvelopeEnd = ".envelope"
	ReceiptEnd  = ".receipt"
)

// mostEvidence is the most that an envelope or a receipt may have, in bytes.
const mostEvidence = 64 << 10

// SegmentPath is where the segment of a head lies whose first leaf is given.
func SegmentPath(host string, first int64) string {
	return fmt.Sprintf("%s/%s/%010d.tar", SegmentsDir, host, first)
}

// Segments finds what was kept with a deposit. It lists the folders once, so it is for
// one piece of work.
type Segments struct {
	open  func(name string) (*os.File, error)
	names map[string][]string // of segments by folder, the oldest first
}

// Segments lists what was collected.
func (f *Folder) Segments() (*Segments, error) {
	s := &Segments{open: func(name string) (*os.File, error) { return f.root.Open(filepath.FromSlash(name)) }, names: make(map[string][]string)}
	hosts, err := fs.ReadDir(f.root.FS(), SegmentsDir)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	for _, host := range hosts {
		dir := path.Join(SegmentsDir, host.Name())
		entries, err := fs.ReadDir(f.root.FS(), dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".tar") {
				s.names[dir] = append(s.names[dir], e.Name())
			}
		}
	}
	return s, err
}

// Anywhere is the leaf of a deposit of which nobody says where in the log it is.
const Anywhere = -1

// Evidence gives what was kept under a deposit's id with an end: of its own file, as
// earlier versions and what was held first have it, or of the segment of its leaf. What
// is nowhere is fs.ErrNotExist.
func (s *Segments) Evidence(deposit, end string, leaf int) ([]byte, error) {
	data, err := s.whole(evidence(deposit) + end)
	if !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	for dir, names := range s.names {
		from, until := 0, len(names)
		if leaf != Anywhere {
			until, _ = slices.BinarySearch(names, fmt.Sprintf("%010d.tar", leaf+1))
			from = max(until-1, 0)
		}
		for i := until - 1; i >= from; i-- {
			data, err := s.member(path.Join(dir, names[i]), deposit+end)
			if !errors.Is(err, fs.ErrNotExist) {
				return data, err
			}
		}
	}
	return nil, fs.ErrNotExist
}

func (s *Segments) whole(name string) ([]byte, error) {
	file, err := s.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, mostEvidence))
}

func (s *Segments) member(segment, name string) ([]byte, error) {
	file, err := s.open(segment)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	for in := tar.NewReader(file); ; {
		h, err := in.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil, fs.ErrNotExist
		case err != nil:
			return nil, fmt.Errorf("%s: %w; put it back from its backup", segment, err)
		case h.Name == name:
			return io.ReadAll(io.LimitReader(in, mostEvidence))
		}
	}
}
