package collect

import (
	"errors"
	"fmt"
	"time"

	"despatch/internal/auditlog"
	"despatch/internal/envelope"
	"despatch/records/datareturn"
)

// A Silence tells by what was collected that a school has sent nothing.
type Silence struct {
	c     *Collector
	heads []*auditlog.Head // the newest first, as far as they were needed
	held  []Held
	read  func(number int64) (*auditlog.Head, error)
	err   error
}

// Silence reads what was collected. Nothing is fetched.
func (c *Collector) Silence() (*Silence, error) {
	keys, err := c.logKeys()
	if err != nil {
		return nil, err
	}
	last, err := c.lastHead(keys)
	if err != nil {
		return nil, err
	}
	s := &Silence{c: c, read: func(number int64) (*auditlog.Head, error) { return c.collected(number, keys) }}
	if last != nil {
		s.heads = append(s.heads, last)
	}
	s.held, err = ReadHeld(c.Dir)
	return s, err
}

// Err is what went wrong meanwhile: what was told is then not to be relied on.
func (s *Silence) Err() error { return s.err }

// Later gives the first leaf after a moment. All leaves before it are collected: a
// head is noted only after the one before.
func (s *Silence) Later(than time.Time) (leaf int, ok bool) {
	h, i := s.later(than)
	if h == nil {
		return 0, false
	}
	return int(h.Before.Size) + i, true
}

// Prove gives the first leaf after a moment with the proof that it is in the log.
func (s *Silence) Prove(than time.Time) (l auditlog.Leaf, p auditlog.Proof, err error) {
	h, i := s.later(than)
	if h == nil {
		return l, p, errors.Join(s.err, errors.New("the log was not collected beyond that moment"))
	}
	p, err = h.Prove(i)
	return h.Leaves[i], p, err
}

// later finds the first leaf after a moment, or nil.
func (s *Silence) later(than time.Time) (in *auditlog.Head, at int) {
	for i := 0; i < len(s.heads); i++ {
		h := s.heads[i]
		for k, l := range h.Leaves {
			if l.Time.After(than) {
				in, at = h, k
				break
			}
		}
		if !h.Leaves[0].Time.After(than) || h.Number == 1 {
			break
		}
		if i+1 == len(s.heads) {
			before, err := s.read(h.Number - 1)
			if err != nil {
				s.err = err
				return nil, 0
			}
			s.heads = append(s.heads, before)
		}
	}
	return in, at
}

// Held says what a school sent up to a moment that was not taken, and might be an
// answer to a visit.
func (s *Silence) Held(school string, until time.Time) string {
	for _, h := range s.held {
		if h.School == school && h.Kind != datareturn.Kind && h.Kind != envelope.Opened && !h.Time.After(until) {
			return fmt.Sprintf("leaf %d of %s: %s", h.Leaf, h.Time.Format("2006-01-02 15:04"), h.Why)
		}
	}
	return ""
}
