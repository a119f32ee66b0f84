package collect

import (
	"archive/tar"
	"bufio"
	"errors"
	"os"
	"time"

	"despatch/generator/source"
	"despatch/internal/durable"
)

// A segment holds what came with one head of the log: the deposits as they were sent,
// what their senders signed and the drop-box's receipts, in the order of the log. One
// file instead of three a deposit is what makes collecting fast. Its bytes are a
// function of the head and of what was taken of it, whoever writes it.
type segment struct {
	temp  string
	file  *os.File
	out   *bufio.Writer
	in    *tar.Writer
	notes map[string][]byte // envelopes, for what takes one back in the same head
}

func newSegment(temps string) (*segment, error) {
	f, err := os.CreateTemp(temps, durable.TempPrefix+"*")
	if err != nil {
		return nil, err
	}
	s := &segment{temp: f.Name(), file: f, out: bufio.NewWriterSize(f, 1<<20), notes: make(map[string][]byte)}
	s.in = tar.NewWriter(s.out)
	return s, nil
}

func (s *segment) add(name string, data []byte) error {
	err := s.in.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600, Size: int64(len(data)), ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR})
	if err != nil {
		return err
	}
	_, err = s.in.Write(data)
	return err
}

// addDeposit adds a deposit with what was kept of it, unless it is held: what is held
// has files of its own, for it is looked at again.
func (s *segment) addDeposit(b *brought, isHeld bool) error {
	id := b.record.Deposit
	var errs []error
	if b.sealed.file == "" && !isHeld {
		errs = append(errs, s.add(id+source.SealedEnd, b.sealed.bytes))
	}
	if signed, ok := s.notes[id]; ok {
		errs = append(errs, s.add(id+source.EnvelopeEnd, signed))
	}
	if b.receipt != nil {
		errs = append(errs, s.add(id+source.ReceiptEnd, b.receipt))
	}
	return errors.Join(errs...)
}

// end closes the file, which then waits for its name.
func (s *segment) end() error {
	return errors.Join(s.in.Close(), s.out.Flush(), s.file.Close())
}

// drop removes a segment that got no name.
func (s *segment) drop() {
	s.file.Close()
	os.Remove(s.temp) // of one that was put at its place there is none
}
